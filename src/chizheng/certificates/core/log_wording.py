"""What log, status, trust and register say when they refuse; one sentence per code, made only here.

`refused(code)` is for proofs, signatures and chains that do not hold (422: nothing to correct in the
asking), `bad(code)` for bytes that are not what they claim to be (400).
"""

from __future__ import annotations

from chizheng.kernel.errors import BadInput, Conflict, Refused
from chizheng.kernel.wording import Wording

WORDING: dict[str, Wording] = {
    # proofs and notes
    "proof_shape": Wording(
        zh="证明的条数或大小不符：{what}", en="the proof has the wrong number of hashes or sizes: {what}"
    ),
    "inclusion_mismatch": Wording(
        zh="包含证明不成立：第{index}条不在所给的日志根中",
        en="the inclusion proof does not hold: entry {index} is not under the given root",
    ),
    "consistency_mismatch": Wording(
        zh="一致性证明不成立：大小{old}的旧日志不是大小{new}的新日志的前段，日志被改写过",
        en="the consistency proof does not hold: the log of size {old} is no prefix of the one of size "
        "{new}; the log was rewritten",
    ),
    "note_malformed": Wording(zh="签名文本格式不对：{what}", en="the signed note is malformed: {what}"),
    "vkey_malformed": Wording(
        zh="公钥“{vkey}”格式不对：{what}", en="the verifier key '{vkey}' is malformed: {what}"
    ),
    "signature_bad": Wording(
        zh="“{name}”的签名验证不通过：文本被改过，或签名是伪造的",
        en="the signature of '{name}' does not verify: the text was changed or the signature forged",
    ),
    "signature_missing": Wording(
        zh="没有可信公钥的签名（需要：{wanted}）", en="no signature by a trusted key (wanted: {wanted})"
    ),
    "checkpoint_malformed": Wording(zh="检查点格式不对：{what}", en="the checkpoint is malformed: {what}"),
    "origin_unknown": Wording(
        zh="日志来源“{origin}”不在可信名单内", en="the log origin '{origin}' is not a trusted one"
    ),
    "quorum_missing": Wording(
        zh="见证签名不足：需要{k}个，只有{got}个（{names}）",
        en="too few witnesses: {k} needed, {got} found ({names})",
    ),
    "tlog_proof_malformed": Wording(
        zh=".tlog-proof 文件格式不对：{what}", en="the .tlog-proof is malformed: {what}"
    ),
    "tile_malformed": Wording(zh="瓦片{path}不对：{what}", en="tile {path} is wrong: {what}"),
    # the log on disk
    "log_broken": Wording(
        zh="日志目录不完整：{what}。请停止写入，从镜像恢复后再试",
        en="the log directory is broken: {what}. Stop writing and restore from the mirror",
    ),
    "log_missing": Wording(zh="{path} 里没有日志检查点", en="there is no log checkpoint in {path}"),
    "batch_conflict": Wording(
        zh="批次“{batch}”已写入日志，但内容与这次不同；更正请另立新条目",
        en="batch '{batch}' is in the log already with other entries; correct with new entries",
    ),
    "batch_malformed": Wording(zh="批次不能写入：{what}", en="the batch cannot be written: {what}"),
    "checkpoint_moved": Wording(
        zh="检查点已被他人推进：预期大小{expected}，现在是{found}；请重试",
        en="the checkpoint moved: expected size {expected}, found {found}; try again",
    ),
    "not_in_log": Wording(
        zh="第{index}条不存在：日志只有{size}条", en="no entry {index}: the log holds {size}"
    ),
    "witness_stale": Wording(
        zh="见证方记录的大小是{found}，请求的旧大小是{asked}",
        en="the witness stands at size {found}, the request starts from {asked}",
    ),
    "witness_older": Wording(
        zh="检查点比请求的旧大小还旧：{new} < {old}",
        en="the checkpoint is older than the old size: {new} < {old}",
    ),
    "witness_refused": Wording(
        zh="见证方 {url} 未签名：{what}", en="the witness at {url} did not sign: {what}"
    ),
    # commitments
    "entry_malformed": Wording(zh="日志条目格式不对：{what}", en="the log entry is malformed: {what}"),
    "evidence_missing": Wording(
        zh="核发证据不成立（{step}）：{what}", en="the evidence for issuing does not hold ({step}): {what}"
    ),
    # status
    "status_out_of_range": Wording(
        zh="状态序号{slot}超出{year}年的容量{capacity}",
        en="status index {slot} is beyond the capacity {capacity} of {year}",
    ),
    "status_year_unknown": Wording(zh="没有{year}年的状态分片", en="there is no status shard for {year}"),
    "status_malformed": Wording(zh="状态数据格式不对：{what}", en="the status bytes are malformed: {what}"),
    "status_gap": Wording(
        zh="状态增量接不上：手里是第{have}版，这份增量从第{base}版开始；请补齐或重取全量",
        en="the delta does not follow: version {have} is held, the delta starts from {base}; fetch the "
        "missing deltas or the whole bundle",
    ),
    "status_chain": Wording(
        zh="状态数据与签名的摘要不符：{what}", en="the status data differ from the signed digest: {what}"
    ),
    # trust
    "trust_malformed": Wording(zh="信任名单格式不对：{what}", en="the trust list is malformed: {what}"),
    "trust_rollback": Wording(
        zh="信任名单版本倒退：手里是第{have}版，来的是第{got}版，已拒绝",
        en="trust list rollback refused: version {have} is held, {got} was offered",
    ),
    "trust_threshold": Wording(
        zh="信任名单的根签名不足：{whose}需要{need}个，只有{got}个",
        en="too few root signatures on the trust list: {whose} need {need}, {got} found",
    ),
    "trust_expired": Wording(
        zh="信任名单已于{expires}过期，请更新", en="the trust list expired at {expires}; update it"
    ),
    # command line
    "file_missing": Wording(zh="读不到文件{path}", en="file {path} cannot be read"),
    "address_malformed": Wording(
        zh="地址“{address}”应为 主机:端口", en="the address '{address}' should be host:port"
    ),
    "one_of": Wording(zh="请给出其中一个：{what}", en="give one of: {what}"),
    # keys
    "passphrase_missing": Wording(
        zh="需要口令：请设置环境变量 {env} 或 {env}_FILE",
        en="a passphrase is needed: set {env} or {env}_FILE",
    ),
    "passphrase_wrong": Wording(
        zh="口令不对，或密钥文件被改过：{path}", en="wrong passphrase, or the key file was changed: {path}"
    ),
    "key_file_malformed": Wording(zh="密钥文件{path}不对：{what}", en="key file {path} is wrong: {what}"),
    "pkcs11_missing": Wording(
        zh="要用硬件密码设备，请先安装 python-pkcs11（pip install python-pkcs11）并设置模块路径",
        en="to use a token install python-pkcs11 (pip install python-pkcs11) and name its module",
    ),
    "pkcs11_fault": Wording(zh="密码设备出错：{what}", en="the token failed: {what}"),
    # register and buckets
    "register_malformed": Wording(
        zh="登记快照{path}不对：{what}", en="register snapshot {path} is wrong: {what}"
    ),
    "register_duplicate": Wording(
        zh="登记快照里有{count}对相同的编号加姓名，第一对在输入的第{first}行和第{second}行；请先合并或更正",
        en="the snapshot has {count} equal pairs of number and name, the first in input rows {first} and "
        "{second}; merge or correct them",
    ),
    "bucket_full": Wording(
        zh="桶{prefix}已满（容量{capacity}）：请以更大的容量重新发布全部桶",
        en="bucket {prefix} is full (capacity {capacity}): publish all buckets anew with more room",
    ),
    "bucket_bits": Wording(
        zh="CHIZHENG_BUCKET_BITS 应为 0 至 {most} 的整数，现为“{value}”；留空则按登记簿大小决定",
        en="CHIZHENG_BUCKET_BITS must be a whole number from 0 to {most}, not '{value}'; empty follows the register",
    ),
    "bucket_malformed": Wording(zh="桶文件{path}不对：{what}", en="bucket {path} is wrong: {what}"),
}


def refused(code: str, **params: object) -> Refused:
    """A check that does not hold."""
    return Refused(code, WORDING[code], **params)


def bad(code: str, **params: object) -> BadInput:
    """Bytes that are not what they should be."""
    return BadInput(code, WORDING[code], **params)


def conflict(code: str, **params: object) -> Conflict:
    """A state that stands against the request."""
    return Conflict(code, WORDING[code], **params)

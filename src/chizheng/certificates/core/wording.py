"""What certificates say when something does not fit, and how verdicts read: Chinese and English."""

from __future__ import annotations

from typing import Final

from chizheng.kernel.wording import Wording

W = Wording

FAULTS: Final = {
    # numbers
    "no_number": W("没有证书编号，请填写", "There is no certificate number; please enter one"),
    "bad_check_code": W(
        "校验码是 8 位字母数字，印在证书二维码旁；“{typed}”不是，请重新对照输入",
        "A check code is 8 letters and digits, printed beside the QR code; '{typed}' is not one: type it again",
    ),
    "number_too_long": W(
        "证书编号超过 {longest} 个字符，请核对", "The number has more than {longest} characters; check it"
    ),
    "bad_institution_number": W(
        "“{number}”不是八位鉴定机构编号（省/行业2位、地市2位、类别0–4、序号3位）",
        "'{number}' is not an 8-digit institution number (department 2, prefecture 2, kind 0-4, sequence 3)",
    ),
    "serial_out_of_range": W(
        "顺序号 {serial} 超出 00001–99999；号段用尽须由核发机构决定，不得回绕",
        "Serial {serial} is outside 00001-99999; when a range is used up the issuing centre decides, "
        "it never wraps",
    ),
    "level_out_of_range": W("等级 {level} 不在 1–5", "Level {level} is not within 1-5"),
    "year_out_of_range": W("年份 {year} 不在 {first}–{last}", "Year {year} is not within {first}-{last}"),
    "not_thirteen_digits": W("“{number}”不是十三位数字", "'{number}' is not thirteen digits"),
    "bad_skill_number": W(
        "“{number}”不是二十二位职业技能等级证书编号",
        "'{number}' is not a 22-character skill level certificate number",
    ),
    # records and envelopes
    "bad_claims": W(
        "证书数据的“{field}”不合格式：{value}", "Field '{field}' of the certificate does not fit: {value}"
    ),
    "bad_cbor": W("数据编码不合格式：{what}", "The encoding does not fit: {what}"),
    "bad_cose": W("签名信封不合格式：{what}", "The signed envelope does not fit: {what}"),
    "bad_base45": W("二维码文字不是有效的 Base45 编码", "The QR text is not valid base45"),
    "bad_base58": W("不是有效的 Base58 编码", "Not valid base58"),
    "bad_json": W("不是可读的 JSON：{what}", "Not readable JSON: {what}"),
    "bad_vc": W("可验证凭证不合格式：{what}", "The verifiable credential does not fit: {what}"),
    "bad_sdjwt": W("SD-JWT 凭证不合格式：{what}", "The SD-JWT credential does not fit: {what}"),
    "out_of_profile": W(
        "JSON 超出签名规范范围（不得有小数、超大整数）：{what}",
        "The JSON leaves the signing profile (no floats, no huge integers): {what}",
    ),
    "bad_promise": W("日志承诺不是 76 字节的有效数据", "The log promise is not 76 valid bytes"),
    "not_a_certificate_qr": W(
        "不是本系统证书的二维码（应以“{prefix}”开头）",
        "Not the QR text of a certificate (it begins with '{prefix}')",
    ),
    "unreadable_input": W(
        "认不出所给内容；可以是二维码文字、证书图片或 PDF、可验证凭证 JSON、SD-JWT，或证书编号加姓名",
        "Not recognised; give a QR text, a picture or PDF of a certificate, a credential as JSON, an SD-JWT, "
        "or a certificate number with a name",
    ),
    # keys
    "bad_key": W("不是有效的 {algorithm} 密钥", "Not a valid {algorithm} key"),
    "bad_signature": W("签名与内容不符", "The signature does not belong to the content"),
    "no_signer": W("{algorithm} 仅用于验签，不能签发", "{algorithm} is only verified here, never signed"),
    "no_sm2": W(
        "使用 SM2 需安装 {package}（requirements/sm2.in）", "SM2 needs {package} (requirements/sm2.in)"
    ),
    # issuing
    "not_linted": W(
        "证书未通过签发前检查：{findings}", "The certificate did not pass lint before signing: {findings}"
    ),
    "not_verified": W("核验未通过：{verdict}。{reasons}", "Not verified: {verdict}. {reasons}"),
}

VERDICTS: Final = {
    "valid": W("有效", "Valid"),
    "suspended": W("暂停使用", "Suspended"),
    "revoked": W("已撤销", "Revoked"),
    "superseded": W("已被新版本替代", "Superseded"),
    "legacy": W("已登记（旧证，无考核过程存证）", "Registered (legacy, not evidence-linked)"),
    "unrecognised_issuer": W("发证机构无法识别", "Unrecognised issuer"),
    "not_found": W("未查到", "Not found"),
    "name_mismatch": W("姓名不符", "Name does not match"),
    # headlines that say more than the verdict alone
    "code_mismatch": W("校验码不符", "Check code does not match"),
    "stale": W("真实，是否仍有效待确认", "Genuine; whether still valid is to be confirmed"),
    "forged": W("不真实", "Not authentic"),
}

NEXT: Final = {
    # what whoever asked should do now, by verdict; `stale` and `unread` stand before the verdict
    "valid": W(
        "可以采信。请核对来人身份证件上的姓名和号码，并看职业、等级是否合用。",
        "You may rely on it. Compare name and number with the bearer's identity document, and see whether "
        "occupation and level are the ones you need.",
    ),
    "stale": W(
        "证书是真的，但还不能确认今天没有被撤销：联网更新数据后再核验一次，之前不要凭它办理。",
        "The certificate is genuine, but whether it was revoked since is not known: go online, update and check "
        "again; do not act on it before.",
    ),
    "legacy": W(
        "登记的内容可以采信；考核过程没有存证，有疑问的请向发证机构调阅档案。",
        "You may rely on what is registered; its examination left no evidence, so in doubt ask the issuer for the "
        "archive.",
    ),
    "suspended": W(
        "复核有结果之前不要凭它办理；请持证人向发证机构查询，以后再核验。",
        "Do not act on it while it is reviewed; the holder may ask the issuer, and you check again later.",
    ),
    "revoked": W(
        "不要凭它办理。持证人有异议的，可以向发证机构申诉。",
        "Do not act on it. A holder who disagrees may appeal to the issuer.",
    ),
    "superseded": W(
        "请持证人出示新的一版，再核验新的一版；旧件不再使用。",
        "Ask the holder for the newer version and check that one; the old one is not used any more.",
    ),
    "unrecognised_issuer": W(
        "这里判断不了真假。请照证书上写的发证机构的电话或网站核实，不要用来人给的联系方式。",
        "This cannot be judged here. Ask the body named on it, by contact details you find yourself, not by "
        "those the bearer gives.",
    ),
    "not_found": W(
        "先对照原件重新输入编号；仍查不到的，请持证人到发证机构补登记。查不到不等于假证，但现在不能凭它办理。",
        "Type the number again from the original; if it is still not found, the holder asks the issuer to register "
        "it. Not found does not mean fake, but do not act on it now.",
    ),
    "name_mismatch": W(
        "请照身份证件重新输入姓名；仍不符的，不要采信，并告诉发证机构。",
        "Type the name again from the identity document; if it still differs do not rely on it, and tell the issuer.",
    ),
    "code_mismatch": W(
        "请照证书原件重新输入校验码；仍不符的，这件可能是旧件或仿制件，不要采信，并告诉发证机构。",
        "Type the check code again from the original; if it still differs this may be an old or imitated paper: do "
        "not rely on it, and tell the issuer.",
    ),
    "forged": W(
        "不要采信。先请持证人出示原件，重新扫码或重新上传；结果仍然这样的，留下照片，向劳动保障监察机构或发证机构举报。",
        "Do not rely on it. Scan or upload the original once more; if the answer stays, keep a picture and report it "
        "to the labour inspection or the issuer.",
    ),
    "unread": W("按说明改正这一行，再核验一次。", "Mend it as the reason says and check again."),
}

REASONS: Final = {
    "genuine": W(
        "签名有效，由{issuer}签发，签发后内容未被改动",
        "Signature valid: issued by {issuer}, unchanged since",
    ),
    "logged": W(
        "已于 {time} 登记入透明日志（第 {index} 条）",
        "Entered in the transparency log on {time} (entry {index})",
    ),
    "registered": W("电子注册库中有此证书", "The certificate is in the electronic register"),
    "status_good": W("截至 {as_of} 未被撤销或暂停", "Neither revoked nor suspended as of {as_of}"),
    "legacy_entry": W(
        "旧证补录：由核发机构依据档案登记，考核过程没有电子存证",
        "Entered from the issuer's archive; its examination left no electronic evidence",
    ),
    "suspended": W("核发机构已暂停其使用，正在复核", "The issuer has suspended it while it is reviewed"),
    "revoked": W("核发机构已撤销", "The issuer has revoked it"),
    "superseded": W("已更正或补发，请出示新版本", "It was corrected or reissued; ask for the newer version"),
    "unreadable": W("内容残缺或被改动，无法读取：{what}", "Damaged or altered, it cannot be read: {what}"),
    "bad_signature": W(
        "签名与内容不符：内容被改动，或并非该机构签发",
        "The signature does not fit: altered, or not made by that issuer",
    ),
    "unknown_key": W(
        "签名密钥不在信任名单中；可能是其他系统的证书，请向发证机构核实",
        "The signing key is not on the trust list; perhaps another system's: ask the body named on it",
    ),
    "unknown_institution": W(
        "不认识机构代码“{code}”；这不等于假证，请向证书所载机构核实",
        "Institution code '{code}' is not known here; that does not make it a fake: ask the body named on it",
    ),
    "unknown_scheme": W(
        "编号不属于已知的编码规则；这不等于假证，请向证书所载机构核实",
        "The number follows no scheme known here; that does not make it a fake: ask the body named on it",
    ),
    "other_authority": W(
        "证书写明由“{authority}”核发，签名却来自别的机构",
        "It names '{authority}' as its authority but another body signed it",
    ),
    "key_not_valid_then": W(
        "签发日期 {issued} 不在该密钥有效期内", "Its date {issued} is outside the period of the key"
    ),
    "key_cut_off": W(
        "签名密钥不涵盖日志第 {index} 条：登记时该密钥已作废或尚未启用",
        "The key does not cover log entry {index}: it had ended, or had not begun",
    ),
    "not_logged": W(
        "没有透明日志的登记承诺，单凭签名不予承认",
        "It carries no promise of the transparency log; the signature alone is not accepted",
    ),
    "unknown_log": W("登记承诺来自信任名单以外的日志", "The promise comes from a log not on the trust list"),
    "bad_promise": W(
        "日志登记承诺与证书内容不符", "The promise of the log does not belong to this certificate"
    ),
    "not_yet": W("日期 {dated} 尚未到来", "It is dated {dated}, a day that has not come yet"),
    "log_not_valid_then": W(
        "登记时间 {logged} 不在该日志公钥的有效期内",
        "Entered on {logged}, outside the period of that log's key",
    ),
    "print_differs": W(
        "二维码是编号 {number} 的证书的，与所在文件上印的编号或姓名不符：疑似移贴",
        "The QR code belongs to certificate {number}, not to what is printed around it: pasted over?",
    ),
    "lookalike": W(
        "编号中有形似数字或字母的其他字符：{characters}；请核对后重新输入",
        "The number holds characters that only look like digits or letters: {characters}; type it again",
    ),
    "dated_ahead": W(
        "证书日期 {issued} 晚于登记时间 {logged}", "Dated {issued}, after its entry in the log on {logged}"
    ),
    "backdated": W(
        "证书日期 {issued} 比登记时间 {logged} 早 {days} 天，超过允许的 {allowed} 天：疑似倒填日期",
        "Dated {issued} but entered {logged}, {days} days later, more than the {allowed} allowed: backdated",
    ),
    "name_differs": W(
        "所查姓名与证书登记的姓名不一致，请与持证人的身份证件核对",
        "The name asked for is not the one registered; compare with the bearer's identity document",
    ),
    "code_differs": W(
        "校验码与证书不符，请重新对照输入", "The check code does not belong to it; type it again"
    ),
    "number_twice": W(
        "同一编号登记了不止一张证书，正由核发机构处理",
        "More than one certificate is registered under this number; the issuer is deciding",
    ),
    "not_in_register": W(
        "电子注册库中没有此编号：可能编号有误、尚未上传，或早于建库时间",
        "No such number in the register: mistyped, not uploaded yet, or older than the register",
    ),
    "status_unknown": W(
        "手头没有 {year} 年的状态数据，无法确认是否已被撤销",
        "No status data for {year} at hand; whether it was revoked is not known",
    ),
    "stale": W(
        "状态数据截至 {as_of}，已超过 {days} 天，请联网更新后再核验",
        "Status data are of {as_of}, older than {days} days: update and check again",
    ),
    "binding_missing": W(
        "没有持有人密钥的当场证明", "The holder's key has not proved possession for this check"
    ),
}

STEPS: Final = {
    "ROSTER": W("考前名册", "Roster"),
    "ADDENDUM": W("追加名册", "Addendum"),
    "ATTEND": W("到考", "Attendance"),
    "SUBMIT": W("交卷封存", "Papers sealed"),
    "SCORE": W("成绩 / 合格", "Marks / passes"),
    "CORRECTION": W("成绩更正", "Correction"),
}
"""The steps of a sitting's chain in the log, as pages name them."""

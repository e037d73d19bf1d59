"""What the auditor says, one sentence per finding."""

from __future__ import annotations

from chizheng.kernel.wording import Wording

WORDING: dict[str, Wording] = {
    # the log itself
    "head_unreadable": Wording(
        zh="检查点{head}无法验证：{what}", en="head {head} cannot be verified: {what}"
    ),
    "head_unsigned": Wording(
        zh="检查点{head}没有日志公钥的签名", en="head {head} is not signed by the log key"
    ),
    "origin_differs": Wording(
        zh="检查点{head}的来源“{origin}”与日志不同", en="head {head} has another origin: '{origin}'"
    ),
    "rewritten": Wording(
        zh="条目推不出检查点{head}（大小{size}）的根：日志被改写或损坏",
        en="the entries do not lead to the root of head {head} (size {size}): rewritten or damaged",
    ),
    "shrunk": Wording(
        zh="曾签署过大小{size}的检查点，现在只展示{now}条：有条目被藏起",
        en="a head of size {size} was signed, now only {now} entries are shown: entries are hidden",
    ),
    "split_view": Wording(
        zh="大小{size}有两个不同的签名根（来自{head}）：日志对不同的人展示了不同的历史",
        en="two different signed roots for size {size} (seen in {head}): the log shows different histories",
    ),
    "entries_missing": Wording(
        zh="条目文件{path}缺失或损坏：{what}", en="entry file {path} is missing or damaged: {what}"
    ),
    "quorum_missing": Wording(
        zh="检查点{head}只有{got}个见证签名，需要{k}个",
        en="head {head} has {got} cosignatures, {k} are needed",
    ),
    "entry_unreadable": Wording(zh="第{index}条无法解读：{what}", en="entry {index} cannot be read: {what}"),
    "withdrawn_many": Wording(
        zh="{day}一天内逐张暂停或撤销超过{most}张（到第{index}条）：请核对依据",
        en="more than {most} certificates were suspended or revoked one by one on {day} (up to entry {index})",
    ),
    # order and time
    "step_twice": Wording(
        zh="批次{sitting}的{kind}写了两次（第{index}条）；更正应另立CORRECTION",
        en="sitting {sitting} has {kind} twice (entry {index}); a correction has its own kind",
    ),
    "out_of_order": Wording(
        zh="批次{sitting}：{kind}（第{index}条）出现时还没有{before}",
        en="sitting {sitting}: {kind} (entry {index}) came before {before}",
    ),
    "ledger_forked": Wording(
        zh="第{index}条操作记录封存（第{number}号）接不上前一号（应为第{expected}号）：操作记录可能被改写过",
        en="entry {index} seals the ledger (seal {number}) but does not follow the one before (expected {expected}): "
        "the ledger may have been rewritten",
    ),
    "backdated": Wording(
        zh="第{index}条（{kind}，批次{sitting}）自称{claimed}，但那时的日志里没有它（最早{earliest}）：倒签",
        en="entry {index} ({kind}, sitting {sitting}) claims {claimed}, but the log of that time did not "
        "have it (earliest {earliest}): backdated",
    ),
    "postdated": Wording(
        zh="第{index}条（{kind}，批次{sitting}）自称{claimed}，晚于见证时间{latest}",
        en="entry {index} ({kind}, sitting {sitting}) claims {claimed}, later than witnessed at {latest}",
    ),
    "roster_after_start": Wording(
        zh="批次{sitting}：名册在开考（{starts}）之后才入日志（{seen}）",
        en="sitting {sitting}: the roster was logged ({seen}) after the exam started ({starts})",
    ),
    "roster_late": Wording(
        zh="批次{sitting}：名册入日志（{seen}）距开考（{starts}）不足规定时间",
        en="sitting {sitting}: the roster was logged ({seen}) too close to the start ({starts})",
    ),
    "addendum": Wording(
        zh="批次{sitting}：名册关闭后追加{count}人（第{index}条）",
        en="sitting {sitting}: {count} people were added after the roster closed (entry {index})",
    ),
    "addenda_many": Wording(
        zh="批次{sitting}：追加{added}人，超过名册{roster}人的允许比例",
        en="sitting {sitting}: {added} added to a roster of {roster}, more than the permitted share",
    ),
    "attend_late": Wording(
        zh="批次{sitting}：到场记录入日志（{seen}）离开考（{starts}）太远",
        en="sitting {sitting}: attendance was logged ({seen}) too far from the start ({starts})",
    ),
    "unseparated": Wording(
        zh="批次{sitting}：{before}与{kind}首次出现在同一检查点，先后无法证明",
        en="sitting {sitting}: {before} and {kind} first appear under the same head; their order is unproven",
    ),
    # counting laws
    "attended_over_roster": Wording(
        zh="批次{sitting}：到场{high}人，多于名册加追加{low}人",
        en="sitting {sitting}: {high} attended, only {low} on roster and addenda",
    ),
    "submitted_over_attended": Wording(
        zh="批次{sitting}：交卷{high}份，多于到场{low}人",
        en="sitting {sitting}: {high} submitted, only {low} attended",
    ),
    "scored_over_submitted": Wording(
        zh="批次{sitting}：评分{high}份，多于交卷{low}份",
        en="sitting {sitting}: {high} marked, only {low} submitted",
    ),
    "passes_over_scored": Wording(
        zh="批次{sitting}：合格{high}人，多于评分{low}份",
        en="sitting {sitting}: {high} passed, only {low} marked",
    ),
    "certs_over_passes": Wording(
        zh="批次{sitting}：证书{high}张，多于合格{low}人",
        en="sitting {sitting}: {high} certificates, only {low} passed",
    ),
    "roster_count": Wording(
        zh="批次{sitting}：第{index}条写明{count}人，却列出{listed}个人员标记",
        en="sitting {sitting}: entry {index} states {count} people and lists {listed} nullifiers",
    ),
    "person_twice": Wording(
        zh="同一人在同一职业、等级、时段出现在两个批次：{other}与{sitting}",
        en="one person is entered twice for one occupation, level and window: {other} and {sitting}",
    ),
    "not_on_roster": Wording(
        zh="批次{sitting}：第{index}条的证书属于不在名册上的人",
        en="sitting {sitting}: the certificate of entry {index} belongs to nobody on the roster",
    ),
    "certified_twice": Wording(
        zh="批次{sitting}：同一人有两张证书（第{index}条）",
        en="sitting {sitting}: one person has two certificates (entry {index})",
    ),
    "digest_twice": Wording(
        zh="第{index}条与第{other}条是同一张证书", en="entries {index} and {other} are the same certificate"
    ),
    "bad_reference": Wording(
        zh="第{index}条（{kind}）引用的“{reference}”不存在或不是所需的条目",
        en="entry {index} ({kind}) refers to '{reference}', which is missing or of another kind",
    ),
    "number_twice": Wording(
        zh="第{index}条与第{other}条：同一编号、同一版次有两张证书",
        en="entries {index} and {other}: two certificates with one number and version",
    ),
    "number_conflict": Wording(
        zh="第{index}条与第{other}条：两张旧证同号，已作为重号登记，等待或已经有人处理",
        en="entries {index} and {other}: two legacy certificates on one number, recorded as a conflict for "
        "people to decide",
    ),
    "uncovered": Wording(
        zh="第{index}条证书没有相应的核发记录（ISSUE）支撑：只有签名，没有证据链",
        en="the certificate of entry {index} is not accounted for by an ISSUE entry: no chain of evidence",
    ),
    "issue_short": Wording(
        zh="第{index}条之前的核发记录还差{left}张证书",
        en="before entry {index}, {left} certificates of an ISSUE are missing",
    ),
    "certs_over_exception": Wording(
        zh="例外{reference}（{cause}）准许{low}张，已核发{high}张",
        en="exception {reference} ({cause}) allows {low} certificates, {high} were issued",
    ),
    "certified_after_annul": Wording(
        zh="批次{sitting}已作废，之后又核发证书（第{index}条）",
        en="sitting {sitting} was annulled and a certificate issued afterwards (entry {index})",
    ),
    "annulled_not_revoked": Wording(
        zh="批次{sitting}已作废，还有{left}张证书没有撤销",
        en="sitting {sitting} was annulled, {left} of its certificates are not revoked",
    ),
    "one_approver": Wording(
        zh="第{index}条（{kind}）没有两位不同的批准人",
        en="entry {index} ({kind}) lacks two different approvers",
    ),
    "status_illegal": Wording(
        zh="第{index}条：{year}年序号{slot}的状态不能从“{was}”执行“{turn}”",
        en="entry {index}: status {slot} of {year} cannot go from '{was}' by '{turn}'",
    ),
    "corrected": Wording(
        zh="批次{sitting}：{kind}被更正（第{index}条），原数{was}，现数{now}",
        en="sitting {sitting}: {kind} was corrected (entry {index}) from {was} to {now}",
    ),
    "status_differs": Wording(
        zh="{year}年状态位图与日志推出的不同：日志有{logged}张非有效，位图有{shown}张，首个不同序号{slot}",
        en="the status shard of {year} differs from what the log gives: {logged} not valid by the log, "
        "{shown} by the list, first difference at {slot}",
    ),
}

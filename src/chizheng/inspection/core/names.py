"""What pages call clocks, papers, steps, outcomes, violations and the states beside the case."""

from __future__ import annotations

from chizheng.inspection.core.documents import FORMS
from chizheng.kernel.wording import Wording

CLOCKS = {
    "accept": Wording("受理期限", "to accept or refuse"),
    "tell_complainant": Wording("告知投诉人", "to tell the complainant"),
    "return_evidence": Wording("处理登记保存的证据", "to dispose of registered evidence"),
    "request_hearing": Wording("申请听证期限", "to ask for a hearing"),
    "serve": Wording("送达期限", "to serve the decision"),
    "report_up": Wording("上报备案", "to report upward"),
    "pay": Wording("缴款期限", "to pay"),
    "withdraw_publication": Wording("撤回公布", "to withdraw the publication"),
    "investigate": Wording("调查期限", "to end the investigation"),
}
KINDS = {kind.value: form.title for kind, form in FORMS.items()}
OUTCOMES = {
    "": Wording("办理中", "open"),
    "penalty": Wording("行政处罚", "penalty"),
    "order": Wording("责令改正", "order to correct"),
    "no_penalty": Wording("不予处罚", "no penalty"),
    "cancelled": Wording("已改正，撤销立案", "corrected and cancelled"),
    "transferred": Wording("移送", "transferred"),
    "refused": Wording("不予受理", "refused"),
}
REMEDY_STATES = {
    "open": Wording("未申请复议、诉讼", "no remedy sought"),
    "reconsideration": Wording("行政复议中", "in reconsideration"),
    "lawsuit": Wording("行政诉讼中", "in court"),
    "final": Wording("已确定", "final"),
    "upheld": Wording("复议维持", "upheld"),
    "annulled": Wording("已撤销", "annulled"),
    "unpublished": Wording("未公布", "not published"),
    "published": Wording("已公布", "published"),
    "withdrawn": Wording("已撤回公布", "withdrawn"),
    "expired": Wording("公布期满", "publication ended"),
}
EVENT_NAMES: dict[str, Wording] = {
    "receive": Wording("收到", "received"),
    "ask_supplement": Wording("要求补正", "ask for more"),
    "accept": Wording("受理", "accept"),
    "refuse": Wording("不予受理", "refuse"),
    "supplement": Wording("收到补正", "supplemented"),
    "archive": Wording("归档", "archive"),
    "file": Wording("批准立案", "file the case"),
    "assign": Wording("指派办案人员", "assign inspectors"),
    "suspend": Wording("中止调查", "suspend"),
    "extend": Wording("批准延期", "extend"),
    "give_notice": Wording("事先告知", "give advance notice"),
    "submit": Wording("提交审核", "submit for review"),
    "resume": Wording("恢复调查", "resume"),
    "terminate": Wording("终止调查", "terminate"),
    "request_hearing": Wording("当事人申请听证", "hearing requested"),
    "close_hearing": Wording("听证结束", "hearing closed"),
    "withdraw_hearing": Wording("撤回听证申请", "hearing withdrawn"),
    "send_back": Wording("退回补充调查", "send back"),
    "decide_order": Wording("责令改正", "order to correct"),
    "decide_no_penalty": Wording("不予处罚", "no penalty"),
    "decide_cancel": Wording("已改正，撤销立案", "corrected: cancel the case"),
    "decide_transfer": Wording("移送", "transfer"),
    "decide_penalty": Wording("处罚决定", "decide a penalty"),
    "serve": Wording("送达", "serve"),
    "perform": Wording("履行完毕", "performed"),
    "remind": Wording("催告", "remind"),
    "annul": Wording("撤销决定", "annul the decision"),
    "apply_to_court": Wording("申请法院强制执行", "apply to the court"),
    "end_enforcement": Wording("终结执行", "enforcement ended"),
    "close": Wording("结案", "close"),
    "apply_reconsideration": Wording("申请行政复议", "reconsideration applied for"),
    "sue": Wording("提起行政诉讼", "lawsuit"),
    "expire": Wording("期满", "time is over"),
    "withdraw": Wording("撤回", "withdraw"),
    "uphold": Wording("维持", "uphold"),
    "publish": Wording("公布", "publish"),
    "report_up": Wording("上报备案", "report upward"),
    "register_evidence": Wording("证据先行登记保存", "register evidence"),
    "dispose_evidence": Wording("处理登记保存的证据", "dispose of registered evidence"),
}
"""What each event is called on a button."""

VIOLATIONS = {
    "recruit_without_certificate": Wording("安排无证人员从事准入岗位", "uncertified workers in gated posts"),
    "refer_without_certificate": Wording(
        "介绍无证人员从事准入岗位", "uncertified workers referred to gated posts"
    ),
    "demand_without_basis": Wording("没有依据而要求求职者持证", "a certificate demanded without a basis"),
    "special_work_without_licence": Wording("特种作业人员无证上岗", "special work without the licence"),
    "special_work_not_corrected": Wording(
        "特种作业人员无证上岗，逾期未改正", "special work without the licence, not corrected in time"
    ),
    "obstructs_inspection": Wording(
        "阻挠检查、隐匿伪造材料、拒不改正、打击报复",
        "inspection obstructed, papers forged, orders refused, retaliation",
    ),
    "assessment_body_breaks_rules": Wording(
        "职业介绍、培训、技能鉴定机构违反规定", "an agency, training or assessment body breaks the rules"
    ),
    "assessment_without_licence": Wording(
        "未经许可从事职业介绍、培训、技能鉴定", "agency, training or assessment without a licence"
    ),
    "indiscriminate_issuing": Wording("滥发证书", "certificates issued indiscriminately"),
    "agency_false_information": Wording("中介机构提供虚假信息", "an agency gives false information"),
    "agency_takes_deposit": Wording("中介机构收取押金", "an agency takes a deposit"),
    "agency_does_not_vet": Wording("中介机构不审核招聘材料", "an agency does not vet what employers hand in"),
    "training_fund_not_drawn": Wording(
        "未按规定提取使用职工教育经费", "the training fund is not drawn or used as prescribed"
    ),
    "overseas_untrained": Wording("派出未经培训的劳务人员", "untrained workers sent abroad"),
}
"""What may be held against an employer, whether or not some law row punishes it today."""

SIGNAL_NAMES = {
    "evidence": Wording(
        "登记库中查不到证书的人数（按入库率校正）",
        "workers without a certificate in the register (corrected for coverage)",
    ),
    "posts": Wording("准入岗位数", "gated posts"),
    "complaints": Wording("近一年投诉举报", "complaints in a year"),
    "past_violations": Wording("近三年查处", "violations in three years"),
    "years_unvisited": Wording("多久没有检查", "time since the last visit"),
    "turnover": Wording("人员流动", "turnover"),
    "late_filings": Wording("逾期备案", "late filings"),
    "silent_ads": Wording("招聘信息未写明资格要求", "advertisements that name no qualification"),
    "agency_share": Wording("派遣用工", "agency workers"),
    "letter_ignored": Wording("收到告知函后没有改正", "nothing changed after a letter"),
    "young": Wording("成立不满两年", "founded less than two years ago"),
    "accidents": Wording("近三年工伤", "accidents in three years"),
}
"""Short names of the signals of `core.targeting`."""

"""What pages call clocks, papers, outcomes and the states beside the case."""

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

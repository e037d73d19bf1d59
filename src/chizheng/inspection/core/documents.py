"""Documents of a case 文书 as content: title, addressee, paragraphs, signatures. Templates set the type.

Every document that burdens somebody cites its clause and tells the remedies; `document` refuses one that
lacks a field it must state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording


class Kind(StrEnum):
    FILING = "filing"  # 立案审批表
    INQUIRY = "inquiry"  # 调查询问笔录
    NOTICE = "notice"  # 行政处罚事先告知书
    HEARING = "hearing"  # 听证通知书
    ORDER = "order"  # 限期改正指令书
    PENALTY = "penalty"  # 行政处罚决定书
    NO_PENALTY = "no_penalty"  # 不予处罚决定书
    CANCELLATION = "cancellation"  # 撤销立案决定书
    ADVICE = "advice"  # 劳动保障监察建议书
    RECEIPT = "receipt"  # 送达回证


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a kind: paragraphs to be filled, and who signs."""

    title: Wording
    paragraphs: tuple[Wording, ...]
    signatures: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A filled document; `number` is the case number with the serial of the document."""

    kind: Kind
    number: str
    title: str
    addressee: str
    paragraphs: tuple[str, ...]
    signatures: tuple[str, ...]


_FACTS = Wording(
    zh="经查，{facts}。证据：{evidence}。", en="It was found that {facts}. Evidence: {evidence}."
)
_BASIS = Wording(zh="上述行为违反{violated}。", en="This violates {violated}.")
_REMEDIES = Wording(
    zh="如不服本决定，可依法申请行政复议或者提起行政诉讼：{remedies}。复议、诉讼期间不停止执行，法律另有规定的除外。",
    en="Against this decision reconsideration or a lawsuit is open: {remedies}. Neither suspends enforcement "
    "unless a law says so.",
)
_INSPECTORS = Wording(zh="监察员：{inspectors}", en="Inspectors: {inspectors}")
_SEAL = Wording(zh="{authority}（盖章）{date}", en="{authority} (seal) {date}")

FORMS: dict[Kind, Form] = {
    Kind.FILING: Form(
        Wording(zh="劳动保障监察立案审批表", en="Approval to File a Case"),
        (
            Wording(zh="案件来源：{source}。", en="Source: {source}."),
            Wording(zh="基本情况：{facts}。", en="Facts: {facts}."),
            Wording(
                zh="承办人意见：涉嫌违反劳动保障法律、法规或者规章，建议立案。",
                en="The inspectors suspect a breach of labour law and propose to file the case.",
            ),
        ),
        (_INSPECTORS, Wording(zh="审批人：{approver}　{date}", en="Approved by: {approver} {date}")),
    ),
    Kind.INQUIRY: Form(
        Wording(zh="劳动保障监察询问笔录", en="Record of Inquiry"),
        (
            Wording(zh="时间：{time}；地点：{place}。", en="Time: {time}; place: {place}."),
            Wording(
                zh="我们是{authority}的监察员，已出示证件。你有申请回避、陈述和申辩的权利，应当如实回答。",
                en="We are inspectors of {authority} and have shown our cards. You may ask us to stand aside, "
                "and you may state your case; you must answer truthfully.",
            ),
            Wording(zh="{record}", en="{record}"),
            Wording(
                zh="以上笔录已交被询问人核对。", en="This record was given to the person questioned to check."
            ),
        ),
        (Wording(zh="被询问人（签名）：　　　　　　　　", en="Person questioned (signature): ____________"), _INSPECTORS),
    ),
    Kind.NOTICE: Form(
        Wording(zh="行政处罚事先告知书", en="Advance Notice of Penalty"),
        (
            _FACTS, _BASIS,
            Wording(zh="依据{sanction}，拟作出：{proposed}。", en="By {sanction} it is proposed: {proposed}."),
            Wording(
                zh="你单位有权陈述、申辩；{hearing}。",
                en="You may state and defend your case; {hearing}.",
            ),
        ),
        (_INSPECTORS, _SEAL),
    ),
    Kind.HEARING: Form(
        Wording(zh="听证通知书", en="Notice of Hearing"),
        (
            Wording(
                zh="定于{time}在{place}举行听证，由{chair}主持；主持人不是本案调查人员。",
                en="The hearing is held on {time} at {place}, chaired by {chair}, who did not investigate.",
            ),
            Wording(
                zh="可以亲自参加，也可以委托一至二人代理；可以申请主持人回避。",
                en="You may come, or send one or two agents; you may ask the chair to stand aside.",
            ),
        ),
        (_SEAL,),
    ),
    Kind.ORDER: Form(
        Wording(zh="劳动保障监察限期改正指令书", en="Order to Correct"),
        (
            _FACTS, _BASIS,
            Wording(
                zh="依据{sanction}，责令你单位于{deadline}前改正：{correction}，并书面报告结果。",
                en="By {sanction} you are ordered to correct by {deadline}: {correction}, and to report in writing.",
            ),
            _REMEDIES,
        ),
        (_INSPECTORS, _SEAL),
    ),
    Kind.PENALTY: Form(
        Wording(zh="行政处罚决定书", en="Decision of Penalty"),
        (
            _FACTS, _BASIS,
            Wording(zh="{heard}。", en="{heard}."),
            Wording(zh="依据{sanction}，决定：{decided}。", en="By {sanction} it is decided: {decided}."),
            Wording(
                zh="请于{deadline}前缴至{bank}；逾期每日按罚款数额的{late}加处罚款，不超过罚款数额。",
                en="Pay by {deadline} to {bank}; late payment adds {late} of the fine a day, at most the fine.",
            ),
            _REMEDIES,
        ),
        (_SEAL,),
    ),
    Kind.NO_PENALTY: Form(
        Wording(zh="不予行政处罚决定书", en="Decision of No Penalty"),
        (
            _FACTS,
            Wording(zh="依据{sanction}，决定不予处罚。", en="By {sanction} no penalty is imposed."),
            _REMEDIES,
        ),
        (_SEAL,),
    ),
    Kind.CANCELLATION: Form(
        Wording(zh="撤销立案决定书", en="Decision to Cancel the Case"),
        (
            _FACTS,
            Wording(
                zh="情节轻微且已改正（或已无可适用的处罚依据），依据{sanction}，撤销立案。",
                en="The matter is trivial and corrected (or no sanction applies any more): by {sanction} the case "
                "is cancelled.",
            ),
        ),
        (_SEAL,),
    ),
    Kind.ADVICE: Form(
        Wording(zh="劳动保障监察建议书", en="Advice of Labour Inspection"),
        (
            _FACTS,
            Wording(
                zh="该岗位的持证要求见{violated}。现行法律、法规、规章没有对此设定处罚，本机关不予处罚。",
                en="What the post demands is said in {violated}. No law, regulation or rule in force punishes this; "
                "nothing is imposed.",
            ),
            Wording(
                zh="为保障劳动者和公众安全，建议你单位：{advice}。请于{deadline}前告知办理情况。",
                en="For the safety of workers and the public we advise you: {advice}. Please tell us by {deadline} "
                "what was done.",
            ),
        ),
        (_INSPECTORS, _SEAL),
    ),
    Kind.RECEIPT: Form(
        Wording(zh="送达回证", en="Receipt of Service"),
        (
            Wording(zh="送达文书：{served}。", en="Document served: {served}."),
            Wording(
                zh="送达方式：{manner}；送达地点：{place}。", en="Manner of service: {manner}; place: {place}."
            ),
        ),
        (
            Wording(zh="受送达人（签名或盖章）：　　　　　　　　　　年　　月　　日", en="Received by: ____________ on ____"),
            Wording(zh="送达人：{inspectors}", en="Served by: {inspectors}"),
        ),
    ),
}  # fmt: skip

FIELD_MISSING = Wording(
    zh="《{title}》缺少“{fields}”；请先补充案件信息", en="{title} lacks '{fields}'; complete the case first"
)


def document(
    kind: Kind, number: str, addressee: str, fields: Mapping[str, object], lang: str = "zh"
) -> Document:
    """Fill the form of `kind`; raises BadInput naming every field that is missing or empty."""
    form = FORMS[kind]
    missing = sorted(f for f in fields_of(kind) if not str(fields.get(f, "")).strip())
    if missing:
        raise BadInput(
            "document_field_missing", FIELD_MISSING, title=form.title.say(lang), fields="、".join(missing)
        )
    texts = {key: str(value) for key, value in fields.items()}
    return Document(
        kind,
        number,
        form.title.say(lang),
        addressee,
        tuple(p.say(lang, **texts) for p in form.paragraphs),
        tuple(s.say(lang, **texts) for s in form.signatures),
    )


def fields_of(kind: Kind) -> frozenset[str]:
    """The fields a document of `kind` must state."""
    form = FORMS[kind]
    found: set[str] = set()
    for wording in (*form.paragraphs, *form.signatures):
        found |= set(_names(wording.zh)) | set(_names(wording.en))
    return frozenset(found)


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]

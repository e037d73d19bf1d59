"""Papers of a case 文书: what is still to be made out, what the case already knows of each, and making one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from chizheng.catalogue.queries import region_name
from chizheng.inspection.core import documents
from chizheng.inspection.core.documents import Kind
from chizheng.inspection.io.papers import check_letters
from chizheng.inspection.models import Case, CasePaper
from chizheng.inspection.usecases.work_case import PAPER_OF, due_of, require_acting
from chizheng.kernel.errors import NotFound
from chizheng.kernel.money import Money
from chizheng.law.io.shelf import law
from chizheng.law.types import SanctionRow
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.roles import Role

WANTED = {
    "file": Kind.FILING,
    "give_notice": Kind.NOTICE,
    "request_hearing": Kind.HEARING,
    **PAPER_OF,
    "serve": Kind.RECEIPT,
}
"""Steps of a case and the paper each asks for."""


def wanted(case: Case) -> list[Kind]:
    """Papers that steps asked for and that were not made out since."""
    found: dict[Kind, datetime] = {}
    for event in case.events.all():
        if event.table == "case" and event.name in WANTED:
            found[WANTED[event.name]] = event.at
    made = list(case.papers.values_list("kind", "made_at"))
    return [kind for kind, at in found.items() if not any(k == kind.value and m >= at for k, m in made)]


@transaction.atomic
def make_paper(
    *,
    case: Case,
    kind: Kind,
    fields: Mapping[str, str],
    actor: Account,
    now: datetime,
    lang: str = "zh",
) -> CasePaper:
    """Make out a paper of the case; raises BadInput naming what is missing. It is kept as it was made."""
    require_jurisdiction(actor, region=case.region)
    if actor.role == Role.INSPECTOR:
        require_acting(case, actor)
    Case.objects.select_for_update().get(pk=case.pk)
    serial = case.papers.count() + 1
    made = documents.document(kind, f"{case.number}-{serial}", case.employer.name, fields, lang)
    content = json.dumps(
        {"title": made.title, "number": made.number, "addressee": f"当事人：{made.addressee}" if kind.value in INTERNAL else f"{made.addressee}：", "paragraphs": made.paragraphs,
         "signatures": made.signatures},
        ensure_ascii=False,
    )  # fmt: skip
    check_letters(content)
    last = case.papers.order_by("serial").last()
    if last is not None and last.kind == kind.value and _same(last, content):
        return last
    paper = CasePaper.objects.create(
        case=case, kind=kind.value, serial=serial, content=content, made_at=now, made_by=actor
    )
    ledger.record(verb="inspection.make_paper", subject=paper, actor=actor, now=now, kind=kind.value)
    return paper


def _same(paper: CasePaper, content: str) -> bool:
    """The same words, whatever the serial in the number."""
    one, other = json.loads(paper.content), json.loads(content)
    return {**one, "number": ""} == {**other, "number": ""}


def prefilled(case: Case, kind: Kind, *, on: date) -> dict[str, str]:
    """What the case already knows of the fields of a paper; clerks see and change it before it is made out."""
    told = case.proposals.order_by("id").last()
    row = next((s for s in law().sanctions if told and s.code == told.sanction), None)
    sentence = _imposed(row, told.fine_fen) if row and told else ""
    clocks = {d.clock: d.day for d in due_of(case)}
    comply = on + timedelta(days=law().number("inspection.comply_days", on=on, place=case.region))
    basis = told.citation if told else ""
    cited = _cited(case)
    known: dict[str, str] = {
        "time": chinese_day(on), "facts": case.facts, "violated": "；".join(cited) or basis,
        "sanction": basis or _order_basis(case, on), "proposed": sentence, "decided": sentence, "place": case.employer.address or region_name(case.region, on=on),
        "evidence": "、".join(case.evidence.order_by("id").values_list("title", flat=True)),
        "inspectors": _inspectors(case),
        "authority": _authority(case), "date": chinese_day(on),
        "deadline": chinese_day(clocks.get("pay") or comply),
        "correction": "停止安排未取得相应职业资格证书的人员在该岗位独立上岗；安排培训、鉴定，或者调整岗位并更新用工备案",
        "advice": "安排相关人员参加培训和鉴定，或者调整岗位，并更新用工备案",
        "hearing": _hearing(case, clocks.get("request_hearing")), "heard": "已告知拟处罚内容，并听取当事人陈述、申辩",
        "bank": "决定书所附缴款通知载明的银行", "approver": "", "late": _said("penalty.late_daily_share", case, on),
        "manner": "直接送达", "source": _source(case),
        "remedies": f"收到之日起 {_said('remedy.reconsideration_days', case, on)} 日内申请行政复议，{_said('remedy.lawsuit_months', case, on)} 个月内提起行政诉讼",
        "served": "、".join(dict.fromkeys(f"《{_title(p)}》" for p in case.papers.exclude(kind__in=INTERNAL).order_by("serial"))),
    }  # fmt: skip
    return {field: known.get(field, "") for field in sorted(documents.fields_of(kind))}


def chinese_day(day: date) -> str:
    """As papers write a day.

    >>> chinese_day(date(2026, 9, 7))
    '2026年9月7日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def _inspectors(case: Case) -> str:
    """Who acts; before a team is assigned, who registered the case."""
    acting = [t.officer.display for t in case.team.filter(until=None).select_related("officer")]
    return "、".join(acting or ([case.opened_by.display] if case.opened_by else []))


_IMPOSED = {
    "warning": "警告", "order": "责令改正", "confiscation": "没收违法所得", "suspension": "责令停产停业",
    "revoke_licence": "吊销许可证", "closure": "取缔", "void": "证书无效",
}  # fmt: skip


def _imposed(row: SanctionRow, fine_fen: int) -> str:
    """What a row lets impose, in words, with the amount; clerks strike out what is not imposed."""
    parts = [_IMPOSED[k] for k in row.kinds if k in _IMPOSED]
    if fine_fen:
        parts.append(f"罚款 {Money(fine_fen)} 元")
    return "，".join(parts)


INTERNAL = ("filing", "inquiry", "receipt")
"""Papers that are for the file, not for the party."""


def _cited(case: Case) -> list[str]:
    """The texts that the frozen findings of the case name."""
    texts: dict[str, None] = {}
    for piece in case.evidence.order_by("id"):
        for finding in json.loads(piece.snapshot).get("findings", ()):
            texts[finding["citation"]] = None
    return list(texts)


def _authority(case: Case) -> str:
    """The body that acts: that of a leader of the smallest place around the case, else named after the place."""
    leaders = Account.objects.filter(role=Role.AUTHORITY, is_active=True).select_related("organisation")
    near = [a for a in leaders if case.region.startswith(a.region)]
    best = max(near, key=lambda a: (len(a.region), a.organisation_id is not None), default=None)
    if best is not None and best.organisation is not None:
        return best.organisation.name
    return (
        f"{region_name(best.region, on=case.found_on)}劳动保障行政部门"
        if best is not None and best.region
        else ""
    )


def _order_basis(case: Case, on: date) -> str:
    """The clause an order, a cancellation or no penalty rests on (regulation of 2004, article 18)."""
    try:
        return law().value("inspection.order_to_correct", on=on, place=case.region).citation.say()
    except NotFound:
        return ""


def _hearing(case: Case, last: date | None) -> str:
    if not case.hearing_offered:
        return "本案不属于应当告知听证权利的情形"
    return f"可在{chinese_day(last) if last else '法定期限'}前申请听证"


def _source(case: Case) -> str:
    if case.complaints.exists():
        return "投诉举报"
    if case.recipient is not None:
        return "告知函期满后重新比对没有变化"
    return "检查发现" if case.visit is not None else "比对筛查"


def _said(name: str, case: Case, on: date) -> str:
    """A value of the law as a paper says it; '' before the law knew it."""
    try:
        value = law().value(name, on=on, place=case.region)
    except NotFound:
        return ""
    return f"{float(str(value.value)):.0%}" if value.unit.startswith("share") else str(value.value)


def _title(paper: CasePaper) -> str:
    return str(json.loads(paper.content)["title"])

"""Cases: opened on frozen evidence, moved along the table, each move one event and one ledger line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from chizheng.inspection.core import cases as core
from chizheng.inspection.core import casework, documents
from chizheng.inspection.models import (
    CampaignEmployer,
    Case,
    CaseDocument,
    CaseEvent,
    CaseInspector,
    Complaint,
    Finding,
    InspectorCard,
    Recusal,
)
from chizheng.kernel.errors import Conflict, Forbidden, Refused
from chizheng.kernel.money import Money
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import SanctionRow
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import clock, ledger

VIOLATION = "recruit_without_certificate"

_CHANGED = Wording(
    zh="该单位已有改正，不立案；只有没有变化的单位才转为案件",
    en="this employer changed something; only unchanged ones become cases",
)
_NOT_ON_TEAM = Wording(zh="只有本案监察员可以办理", en="only this case's inspectors may do this")
_HEARING_DUE = Wording(
    zh="拟作处罚达到听证标准，听证申请期（至 {day}）未满，不能送审",
    en="a hearing may still be asked for until {day}",
)
_OTHER_THAN_PROPOSED = Wording(
    zh="决定重于告知的内容，应当重新告知",
    en="the decision is heavier than what was announced; give notice again",
)
_OWN_WAY = Wording(zh="请使用该步骤自己的表单", en="use the form of this step")


def evidence_of(findings: Sequence[Finding]) -> dict[str, Any]:
    """What the screening knew, as it is frozen into the case."""
    return {
        "screenings": sorted({(str(f.run.uuid), f.run.row_hash) for f in findings}),
        "findings": [
            {
                "person": f.person_masked, "tail": f.document_tail, "occupation": f.occupation, "level": f.level,
                "from": f.uncovered_from.isoformat(), "until": f.uncovered_until.isoformat(), "citation": f.citation,
                "filing": f.filing_id,
            }
            for f in findings
        ],
    }  # fmt: skip


@transaction.atomic
def open_case(
    *, employer: Organisation, violation: str, act_start: date, act_end: date | None, evidence: dict[str, Any],
    actor: Account, now: datetime, letter: CampaignEmployer | None = None, complaint: Complaint | None = None,
) -> Case:  # fmt: skip
    """Receive a case with its evidence frozen; raises Refused where the offence has lapsed."""
    require_jurisdiction(actor, region=employer.region)
    today = clock.day_of(now)
    casework.check_limit(
        casework.Offence(violation, employer.region, act_start, act_end), law(), found_on=today
    )
    Organisation.objects.select_for_update().get(pk=employer.pk)
    text = json.dumps(evidence, ensure_ascii=False, sort_keys=True)
    case = Case.objects.create(
        number=_number(employer.region, today), employer=employer, place=employer.region, violation=violation,
        act_start=act_start, act_end=act_end, evidence=evidence,
        evidence_sha256=hashlib.sha256(text.encode()).hexdigest(), letter=letter, complaint=complaint, opened_at=now,
    )  # fmt: skip
    _append(case, "receive", today, actor, now)
    ledger.record(verb="inspection.open_case", subject=case, actor=actor, now=now, violation=violation)
    return case


def open_from_letter(*, member: CampaignEmployer, actor: Account, now: datetime) -> Case:
    """A case against an employer that was written to and did nothing; raises Conflict for any other."""
    existing = Case.objects.filter(letter=member).first()
    if existing is not None:
        return existing
    if member.arm != CampaignEmployer.Arm.LETTER or member.change != CampaignEmployer.Change.UNCHANGED:
        raise Conflict("not_unchanged", _CHANGED)
    rematch = member.campaign.rematch
    assert rematch is not None  # `change` is written by the rematch
    findings = list(rematch.findings.filter(employer=member.employer).select_related("run", "filing"))
    start = min(f.filing.period.lower for f in findings)
    return open_case(
        employer=member.employer, violation=VIOLATION, act_start=start, act_end=None,
        evidence=evidence_of(findings), actor=actor, now=now, letter=member,
    )  # fmt: skip


def _number(place: str, today: date) -> str:
    """The next number of the place's year; two cases opened at once wait for each other."""
    stem = f"劳监{place}〔{today.year}〕"
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [stem])
    last = Case.objects.filter(number__startswith=stem).count()
    return f"{stem}{last + 1}号"


def history(case: Case) -> list[core.CaseEvent]:
    return [core.CaseEvent(e.name, e.on) for e in case.events.order_by("serial")]


def _append(
    case: Case, name: str, on: date, actor: Account | None, now: datetime, note: str = "", **detail: Any
) -> CaseEvent:
    serial = case.events.count() + 1
    return CaseEvent.objects.create(
        case=case, serial=serial, name=name, on=on, at=now, by=actor, note=note, detail=detail
    )


def inspector_of(account: Account) -> casework.Inspector:
    """The officer as the rules see him: the card that lasts longest, and whom he keeps away from."""
    card = InspectorCard.objects.filter(account=account).order_by("-period").first()
    return casework.Inspector(
        account.username,
        Period(card.period.lower, card.period.upper) if card else None,
        frozenset(
            str(e) for e in Recusal.objects.filter(account=account).values_list("employer_id", flat=True)
        ),
    )


def team_of(case: Case) -> list[Account]:
    return [row.account for row in case.inspectors.filter(until__isnull=True).select_related("account")]


@transaction.atomic
def assign(*, case: Case, team: Sequence[Account], actor: Account, now: datetime) -> Case:
    """Two inspectors with cards, none recused, take the case."""
    held = _hold(case, actor)
    today = clock.day_of(now)
    casework.check_team([inspector_of(a) for a in team], str(held.employer_id), law(), on=today)
    _move(held, "assign", actor, now, team=[a.pk for a in team])
    CaseInspector.objects.bulk_create([CaseInspector(case=held, account=a, since=today) for a in team])
    return held


@transaction.atomic
def recuse(*, case: Case, reason: str, actor: Account, now: datetime) -> Recusal:
    """An inspector declares an interest in the employer: off the case at once, and of later ones."""
    held = _hold(case, actor)
    row, _ = Recusal.objects.get_or_create(
        account=actor, employer=held.employer, defaults={"reason": reason, "at": now}
    )
    held.inspectors.filter(account=actor, until__isnull=True).update(until=clock.day_of(now))
    ledger.record(verb="inspection.recuse", subject=held, actor=actor, now=now)
    return row


def _hold(case: Case, actor: Account) -> Case:
    held = Case.objects.select_for_update().select_related("employer").get(pk=case.pk)
    require_jurisdiction(actor, region=held.place)
    return held


def _move(case: Case, name: str, actor: Account, now: datetime, note: str = "", **detail: Any) -> None:
    case.state = core.CASE.next(case.state, name)
    _append(case, name, clock.day_of(now), actor, now, note, **detail)
    case.save(update_fields=["state", "proposal"])
    ledger.record(verb=f"inspection.case_{name}", subject=case, actor=actor, now=now, state=case.state)


OWN_WAYS = frozenset({"assign", "give_notice", "request_hearing", "serve"})
"""Moves with a use case of their own, as have all decisions: a bare move would go round their checks."""


@transaction.atomic
def move_case(*, case: Case, event: str, actor: Account, now: datetime, note: str = "") -> Case:
    """A move along the table; raises Conflict where it has none, Forbidden for who is not on the team."""
    if event in OWN_WAYS or event.startswith("decide_"):
        raise Conflict("not_a_plain_move", _OWN_WAY)
    held = _hold(case, actor)
    _require_team(held, actor)
    if event == "submit":
        _hearing_over(held, clock.day_of(now))
    _move(held, event, actor, now, note)
    return held


def _require_team(case: Case, actor: Account) -> None:
    team = [a.pk for a in team_of(case)]
    if team and actor.pk not in team:
        raise Forbidden("not_on_team", _NOT_ON_TEAM)
    needed = law().number("inspection.inspectors_min", on=clock.day_of(case.opened_at))
    if case.inspectors.exists() and len(team) < needed:
        casework.check_team(
            [inspector_of(a) for a in team_of(case)],
            str(case.employer_id),
            law(),
            on=clock.day_of(case.opened_at),
        )


def offence(case: Case) -> casework.Offence:
    return casework.Offence(case.violation, case.place, case.act_start, case.act_end)


def open_sanctions(case: Case, on: date) -> list[SanctionRow]:
    """What the law data let a decision of that day choose from."""
    return casework.applicable(law(), offence(case), decided_on=on)


@transaction.atomic
def give_notice(*, case: Case, code: str, fine_fen: int, actor: Account, now: datetime) -> Case:
    """Announce the penalty proposed, its clause, and the right to be heard; refuses what no row carries."""
    held = _hold(case, actor)
    _require_team(held, actor)
    today = clock.day_of(now)
    imposed = _imposed(held, code, fine_fen)
    row = casework.check_sanction(law(), offence(held), imposed, decided_on=today)
    hearing = casework.needs_hearing(law(), imposed, row, on=today, place=held.place, against_person=False)
    held.proposal = {**asdict(imposed), "hearing": hearing}
    _move(held, "give_notice", actor, now, code=code, fine_fen=fine_fen, hearing=hearing)
    due = next((d for d in due_of(held) if d.clock == "request_hearing"), None)
    words = (
        f"本案达到听证标准，可于{due.day.isoformat() if due and due.day else '法定期限'}前申请听证"
        if hearing
        else "本案未达到听证标准"
    )
    _issue(held, documents.Kind.NOTICE, actor, now, {
        "sanction": row.citation.say(), "proposed": _penalty_words(row, fine_fen), "hearing": words,
    })  # fmt: skip
    return held


def _imposed(case: Case, code: str, fine_fen: int) -> casework.Imposed:
    persons = len({f["filing"] for f in case.evidence.get("findings", [])}) or 1
    return casework.Imposed(code, fine_fen, persons=persons)


def _penalty_words(row: SanctionRow, fine_fen: int) -> str:
    return row.wording.zh + (f"；罚款{Money(fine_fen)}元" if fine_fen else "")


def due_of(case: Case) -> list[core.Due]:
    """What runs on the case, by the calendar of working days."""
    from chizheng.law.io.calendars import calendar

    return core.due(history(case), law(), calendar(), case.place)


def _hearing_over(case: Case, today: date) -> None:
    """A hearing that was offered may be asked for until its term ends."""
    if case.state != "noticed" or not case.proposal.get("hearing"):
        return
    due = next((d for d in due_of(case) if d.clock == "request_hearing"), None)
    if due is not None and due.day is not None and today <= due.day:
        raise Conflict("hearing_term", _HEARING_DUE, day=due.day.isoformat())


@transaction.atomic
def request_hearing(
    *, case: Case, chair: Account, held_on: date, place: str, actor: Account, now: datetime
) -> Case:
    """The employer wants to be heard; who investigated does not chair."""
    held = _hold(case, actor)
    _require_team(held, actor)
    casework.check_hearing(chair.username, [a.username for a in team_of(held)])
    _move(held, "request_hearing", actor, now, chair=chair.pk, held_on=held_on.isoformat())
    _issue(held, documents.Kind.HEARING, actor, now, {
        "time": held_on.isoformat(), "place": place, "chair": chair.display,
    })  # fmt: skip
    return held


@transaction.atomic
def decide(
    *, case: Case, event: str, actor: Account, now: datetime, code: str = "", fine_fen: int = 0,
    deadline: date | None = None, note: str = "",
) -> Case:  # fmt: skip
    """Decide with a sanction that the law data carry, not heavier than announced; the document is issued."""
    held = _hold(case, actor)
    _require_team(held, actor)
    today = clock.day_of(now)
    deadline = deadline or today + timedelta(days=int(law().number("inspection.comply_days", on=today)))
    fields: dict[str, object] = {"deadline": deadline.isoformat(), "remedies": _remedies(today)}
    if event in ("decide_penalty", "decide_order"):
        row = casework.check_sanction(law(), offence(held), _imposed(held, code, fine_fen), decided_on=today)
        if event == "decide_order" and "order" not in row.kinds:
            raise Refused("no_order_here", _NO_ORDER, clause=row.citation.say())
        if event == "decide_penalty" and (
            code != held.proposal.get("code") or fine_fen > held.proposal.get("fine_fen", 0)
        ):
            raise Refused("heavier_than_announced", _OTHER_THAN_PROPOSED)
        fields |= {
            "sanction": row.citation.say(), "decided": _penalty_words(row, fine_fen), "bank": _BANK,
            "late": _late(today), "heard": note or "已告知拟处罚内容，并听取陈述、申辩。",
            "correction": "停止安排未取得相应职业资格证书的人员在准入岗位独立上岗",
        }  # fmt: skip
    else:
        fields["sanction"] = note
    if event == "decide_transfer":
        _move(held, event, actor, now, note)
        return held
    _move(held, event, actor, now, note, code=code, fine_fen=fine_fen, deadline=deadline.isoformat())
    _issue(held, _DECISION[event], actor, now, fields)
    return held


_NO_ORDER = Wording(zh="{clause} 没有规定责令改正", en="{clause} provides for no order to correct")
_BANK = "决定书所附缴款通知载明的银行"
_DECISION = {
    "decide_penalty": documents.Kind.PENALTY, "decide_order": documents.Kind.ORDER,
    "decide_no_penalty": documents.Kind.NO_PENALTY, "decide_cancel": documents.Kind.CANCELLATION,
}  # fmt: skip


def _remedies(today: date) -> str:
    days, months = (
        law().number(f"remedy.{name}", on=today) for name in ("reconsideration_days", "lawsuit_months")
    )
    return f"自收到本决定之日起 {days} 日内申请行政复议，或者 {months} 个月内提起行政诉讼"


def _late(today: date) -> str:
    return f"{float(str(law().value('penalty.late_daily_share', on=today).value)):.0%}"


@transaction.atomic
def serve(*, case: Case, manner: str, place: str, actor: Account, now: datetime) -> Case:
    """Hand the decision over, with a receipt."""
    held = _hold(case, actor)
    _require_team(held, actor)
    last = held.documents.order_by("-serial").first()
    _move(held, "serve", actor, now, manner=manner)
    _issue(held, documents.Kind.RECEIPT, actor, now, {
        "served": last.title if last else "", "manner": manner, "place": place,
    })  # fmt: skip
    return held


@transaction.atomic
def publish(*, case: Case, actor: Account, now: datetime) -> Case:
    """Make a served decision public; twice is once."""
    held = _hold(case, actor)
    if held.published_on is None:
        if core.outcome(history(held)) not in (core.Outcome.PENALTY, core.Outcome.ORDER) or held.state in (
            "decided_penalty", "decided_order",
        ):  # fmt: skip
            raise Conflict("not_publishable", _NOT_PUBLISHABLE)
        held.published_on = clock.day_of(now)
        held.save(update_fields=["published_on"])
        _append(held, "publish", held.published_on, actor, now)
        ledger.record(verb="inspection.publish_case", subject=held, actor=actor, now=now)
    return held


_NOT_PUBLISHABLE = Wording(
    zh="只有已送达的处罚决定或责令改正可以公布", en="only a served penalty or order can be published"
)


def _issue(
    case: Case, kind: documents.Kind, actor: Account, now: datetime, fields: Mapping[str, object]
) -> CaseDocument:
    findings = case.evidence.get("findings", [])
    occupations = "、".join(dict.fromkeys(f["occupation"] for f in findings))
    people = len({f["filing"] for f in findings})
    common: dict[str, object] = {
        "facts": f"你单位自{case.act_start.isoformat()}起安排{people}名未取得相应职业资格证书的人员从事{occupations}等准入岗位"
        if findings
        else case.evidence.get("facts", "投诉反映的事实"),
        "evidence": f"用工备案与证书登记比对结果（证据摘要 {case.evidence_sha256[:16]}）",
        "violated": "、".join(dict.fromkeys(f["citation"] for f in findings)) or "劳动就业准入规定",
        "inspectors": "、".join(a.display for a in team_of(case)), "authority": "劳动保障监察机构",
        "date": clock.day_of(now).isoformat(),
    }  # fmt: skip
    serial = case.documents.count() + 1
    made = documents.document(kind, f"{case.number}-{serial}", case.employer.name, {**common, **fields})
    return CaseDocument.objects.create(
        case=case, serial=serial, kind=kind.value, title=made.title,
        content=json.dumps(asdict(made), ensure_ascii=False), by=actor, at=now,
    )  # fmt: skip

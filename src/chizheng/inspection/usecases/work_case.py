"""Cases: opened, moved by the state tables under the rules of casework, with papers and frozen evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction

from chizheng.assessment.stored import keep
from chizheng.inspection.core import cases as core
from chizheng.inspection.core import casework, documents
from chizheng.inspection.core.cases import CASE, PUBLICATION, REMEDY, CaseEvent
from chizheng.inspection.core.casework import Imposed, Inspector, Offence
from chizheng.inspection.core.documents import Kind
from chizheng.inspection.core.names import EVENT_NAMES
from chizheng.inspection.core.wording import WORDING
from chizheng.inspection.models import (
    Case,
    CaseOfficer,
    Complaint,
    Evidence,
    Finding,
    PlannedVisit,
    Proposal,
    Recipient,
    Recusal,
)
from chizheng.inspection.models import CaseEvent as EventRow
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from chizheng.kernel.periods import FAR_FUTURE, Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.calendars import calendar
from chizheng.law.io.shelf import law
from chizheng.law.types import SanctionRow
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.numbering import next_number
from chizheng.platform.roles import Role
from chizheng.platform.sealing import mask

BY_AUTHORITY = frozenset(
    {
        "file",
        "extend",
        "annul",
        "decide_penalty",
        "decide_order",
        "decide_no_penalty",
        "decide_cancel",
        "decide_transfer",
    }
)
"""Acts that a leader of the authority approves; the inspectors do the others."""
BEFORE_TEAM = frozenset({"accept", "refuse", "ask_supplement", "supplement", "assign", "archive"})
WITH_SANCTION = frozenset({"give_notice", "decide_penalty", "decide_order"})
ASIDE = frozenset({"receive", "report_up", "register_evidence", "dispose_evidence"})
"""Events that move no table but start or stop a clock."""
PAPER_OF = {
    "decide_penalty": Kind.PENALTY, "decide_order": Kind.ORDER, "decide_no_penalty": Kind.NO_PENALTY,
    "decide_cancel": Kind.CANCELLATION,
}  # fmt: skip
"""What each decision is made out as, before it is served."""

_ROLE = Wording(zh="“{event}”须由劳动行政部门负责人办理", en="'{event}' is done by a leader of the authority")
_INSPECTORS = Wording(zh="这一步由监察员办理", en="this step is done by the inspectors")
_TEAM = Wording(
    zh="您不是本案办案人员；请由本案监察员办理", en="you do not act in this case; its inspectors do"
)
_SELF = Wording(
    zh="调查人员不得对本案作出决定；请由另一位负责人决定",
    en="who investigated does not decide; another leader must",
)
_DAY = Wording(
    zh="日期 {on} 应在上一步（{last}）之后且不晚于今天（{today}）",
    en="the day {on} must lie between the last step ({last}) and today ({today})",
)
_NO_HEARING = Wording(
    zh="本案没有告知听证权利，或申请期限（{last}）已过",
    en="no hearing was offered, or the time to ask for one ({last}) is over",
)
_WAIT = Wording(
    zh="当事人可在 {last} 前申请听证；期满后才能提交审核",
    en="the party may ask for a hearing until {last}; submit after that day",
)
_HEAVIER = Wording(
    zh="决定不得重于事先告知的处罚（{told}）；确需加重的，先重新告知",
    en="the decision may not be heavier than the notice ({told}); give notice anew",
)
_NO_ORDER = Wording(zh="{clause} 没有规定责令改正", en="{clause} knows no order to correct")
_NO_SANCTION = Wording(
    zh="法规库中没有对该行为设定处罚的法律、法规或者规章（行为时和现在都有效的），不能拟作处罚；可以责令改正、"
    "提出监察建议、撤销立案或者移送",
    en="no law, regulation or rule that punishes this act both then and now is known, so no penalty can be entered; "
    "order to correct, advise, cancel the case or transfer it",
)
_PAPER_FIRST = Wording(zh="请先制作《{paper}》，再送达", en="make out the {paper} before serving it")
_NOT_ACTING = Wording(zh="您不是本案办案人员，无需回避", en="you do not act in this case")
_ALREADY = Wording(zh="该监察员已在本案中", en="this inspector acts in the case already")
_NO_TEAM = Wording(zh="请先指派办案人员", en="assign inspectors first")
_CHANGED = Wording(
    zh="该单位收到告知函后已有改正或尚未重新比对；只有没有变化的单位才转为案件",
    en="this employer changed something, or was not matched again yet; only unchanged ones become cases",
)
_NOBODY_FOUND = Wording(
    zh="这次检查没有发现无证人员，或还没有登记结果",
    en="this visit found nobody uncertified, or has no result yet",
)
_REFUSED = Wording(zh="该投诉已决定不予受理", en="this complaint was refused")
_CHAIR = Wording(zh="请指定听证主持人", en="name who chaired the hearing")
_NOT_OVER = Wording(zh="处罚决定送达后才能公布", en="only a decision that was served is published")
_EMPTY = Wording(
    zh="证据为空；请选择比对发现或上传文件", en="the evidence is empty; choose findings or a file"
)


@transaction.atomic
def open_case(
    *, employer: Organisation, violation: str, facts: str, act_start: date, act_end: date | None, region: str,
    actor: Account, now: datetime, complaint: Complaint | None = None, recipient: Recipient | None = None,
    visit: PlannedVisit | None = None, received_on: date | None = None,
) -> Case:  # fmt: skip
    """A matter received, from a complaint, a letter nobody acted on, a visit or otherwise; each gives one case.

    Raises Conflict for a letter that changed something or a visit that found nobody, or for a complaint
    that was refused.
    """
    require_jurisdiction(actor, region=region)
    known = Case.objects.filter(recipient=recipient) if recipient else Case.objects.filter(visit=visit)
    if (recipient or visit) and (found := known.first()) is not None:
        return found
    if recipient is not None and recipient.change != Recipient.Change.UNCHANGED:
        raise Conflict("not_unchanged", _CHANGED)
    if visit is not None and not visit.uncertified:
        raise Conflict("nobody_found", _NOBODY_FOUND)
    if complaint is not None:
        complaint = Complaint.objects.select_for_update().get(pk=complaint.pk)
        if complaint.case is not None:
            return complaint.case
        if complaint.refused_on is not None:
            raise Conflict("complaint_refused", _REFUSED)
    day = received_on or (clock.day_of(complaint.received_at) if complaint else clock.day_of(now))
    case = Case.objects.create(
        number=_number(region, day.year), employer=employer, region=region, violation=violation, facts=facts,
        act_start=act_start, act_end=act_end, found_on=day, recipient=recipient, visit=visit, opened_by=actor,
        created_at=now,
    )  # fmt: skip
    _append(case, "", "receive", day, actor, now)
    if complaint is not None:
        complaint.case, complaint.employer = case, employer
        complaint.save(update_fields=["case", "employer"])
    ledger.record(verb="inspection.open_case", subject=case, actor=actor, now=now, violation=violation)
    return case


def history_of(case: Case) -> list[CaseEvent]:
    """Events of the case's own table and those beside it, as the clocks read them."""
    return [CaseEvent(e.name, e.on) for e in case.events.all() if e.table != EventRow.Table.REMEDY]


def _own(case: Case) -> list[CaseEvent]:
    return [CaseEvent(e.name, e.on) for e in case.events.all() if e.table == EventRow.Table.CASE]


def due_of(case: Case) -> list[core.Due]:
    """What runs on a case, soonest first."""
    return core.due(history_of(case), law(), calendar(), case.region)


def open_moves(case: Case) -> list[str]:
    """Events possible now, in the order of the table."""
    return [event for state, event in CASE.moves if state == case.state]


@transaction.atomic
def move_case(
    *, case: Case, event: str, on: date, actor: Account, now: datetime, note: str = "",
    officers: Sequence[Account] = (), imposed: Imposed | None = None, chair: Account | None = None,
) -> Case:  # fmt: skip
    """One event of the case's table. Raises Conflict for a jump, Refused with the clause for a broken rule,
    Forbidden for the wrong role or somebody outside the team. The same event of the same day again, as
    the last one, changes nothing.
    """
    held = Case.objects.select_for_update().get(pk=case.pk)
    last = held.events.order_by("id").last()
    if last is not None and (last.name, last.on, last.table) == (event, on, EventRow.Table.CASE):
        if (last.actor_id, last.note) != (actor.pk, note) or not _proposed(held, event, imposed):
            raise Conflict("moved_already", _MOVED, event=EVENT_NAMES[event].zh)
        return held
    _may(held, event, actor)
    today = clock.day_of(now)
    if last is not None and not last.on <= on <= today:
        raise BadInput("event_day", _DAY, on=on, last=last.on, today=today)
    state = CASE.next(held.state, event)
    _hold_to_rules(held, event, on, actor, officers, imposed, chair)
    _append(held, EventRow.Table.CASE, event, on, actor, now, note)
    held.state = state
    held.outcome = core.outcome(_own(held)) or ""
    held.save(update_fields=["state", "outcome", "hearing_offered"])
    ledger.record(
        verb=f"inspection.case_{event}", subject=held, actor=actor, now=now, on=str(on), basis=note[:200]
    )
    return held


def _proposed(case: Case, event: str, imposed: Imposed | None) -> bool:
    """Is what is imposed here the very thing that stands in the case's last proposal?"""
    if event not in WITH_SANCTION or imposed is None:
        return True
    last = case.proposals.order_by("id").last()
    return last is not None and (last.sanction, last.fine_fen) == (imposed.code, imposed.fine_fen)


def _number(region: str, year: int) -> str:
    """The next number of the place's year."""
    return f"劳监{region}〔{year}〕{next_number(f'inspection.case:{region}', year)}号"


def _may(case: Case, event: str, actor: Account) -> None:
    require_jurisdiction(actor, region=case.region)
    team = _acting(case)
    if event in BY_AUTHORITY:
        if actor.role != Role.AUTHORITY:
            raise Forbidden("by_authority", _ROLE, event=EVENT_NAMES[event].zh)
        if by_same_hand(actor, *team):
            raise Refused("decides_own_case", _SELF)
        return
    if actor.role != Role.INSPECTOR:
        raise Forbidden("by_inspectors", _INSPECTORS)
    if event not in BEFORE_TEAM and actor.pk not in team:
        raise Forbidden("not_in_team", _TEAM)
    if event not in BEFORE_TEAM:  # somebody may have stood aside meanwhile
        needed = law().value("inspection.inspectors_min", on=case.found_on)
        people = {_who(officer) for officer in Account.objects.filter(pk__in=team)}
        if len(people) < law().number("inspection.inspectors_min", on=case.found_on):
            raise Refused(
                "too_few_inspectors", WORDING["too_few_inspectors"], needed=needed.value, given=len(people),
                clause=needed.citation.say(),
            )  # fmt: skip


def _acting(case: Case) -> set[int]:
    """Who acts in a case now."""
    return set(case.team.filter(until__isnull=True).values_list("officer_id", flat=True))


def _hold_to_rules(
    case: Case, event: str, on: date, actor: Account, officers: Sequence[Account], imposed: Imposed | None,
    chair: Account | None,
) -> None:  # fmt: skip
    if event == "file":
        casework.check_limit(offence_of(case), law(), found_on=case.found_on)
    elif event == "assign":
        casework.check_team([_inspector(o, on) for o in officers], str(case.employer_id), law(), on=on)
        CaseOfficer.objects.bulk_create(
            [CaseOfficer(case=case, officer=o, since=on) for o in officers], ignore_conflicts=True
        )
    elif event == "request_hearing":
        last = _last_to_ask(case)
        if not case.hearing_offered or last is None or on > last:
            raise Refused("no_hearing", _NO_HEARING, last=last or "—")
    elif event == "submit" and case.state == "noticed" and case.hearing_offered:
        last = _last_to_ask(case)
        if last is not None and on <= last:
            raise Refused("hearing_open", _WAIT, last=last)
    elif event == "close_hearing":
        if chair is None:
            raise BadInput("no_chair", _CHAIR)
        if by_same_hand(chair, *case.team.values_list("officer_id", flat=True)):
            raise Refused("chair_investigated", WORDING["chair_investigated"], officer=chair.display)
        casework.check_hearing(
            chair.username,
            [t.officer.username for t in case.team.select_related("officer")],  # all who ever did
        )
    elif event == "serve":
        _papers_first(case)
    if event in WITH_SANCTION:
        _propose(case, event, on, imposed)


def _papers_first(case: Case) -> None:
    """What is served is the decision as it was made out."""
    decided = case.events.filter(name__in=PAPER_OF, table=EventRow.Table.CASE).order_by("id").last()
    if decided is None:
        return
    kind = PAPER_OF[decided.name]
    if not case.papers.filter(kind=kind.value, made_at__gte=decided.at).exists():
        raise Refused("paper_first", _PAPER_FIRST, paper=documents.FORMS[kind].title.zh)


def _last_to_ask(case: Case) -> date | None:
    return next((d.day for d in due_of(case) if d.clock == "request_hearing"), None)


def _who(account: Account) -> str:
    """The person of an account, or the account where no person is known."""
    return f"account {account.pk}" if account.person_id is None else f"person {account.person_id}"


def _inspector(account: Account, on: date) -> Inspector:
    card = account.inspector_cards.filter(period__contains=on).first()
    period = Period(card.period.lower, card.period.upper or FAR_FUTURE) if card else None
    recused = account.recusals.values_list("employer_id", flat=True)
    return Inspector(account.display, period, frozenset(map(str, recused)), who=_who(account))


def offence_of(case: Case) -> Offence:
    return Offence(case.violation, case.region, case.act_start, case.act_end)


def sanctions_of(case: Case, *, on: date) -> list[SanctionRow]:
    """The law rows that may be cited in this case on a day."""
    return casework.applicable(law(), offence_of(case), decided_on=on)


def _propose(case: Case, event: str, on: date, imposed: Imposed | None) -> None:
    """A sanction named in a notice or decision: open on that day, inside its frame, not above the notice."""
    imposed = imposed or Imposed("")
    if not imposed.code and not sanctions_of(case, on=on):
        if event != "decide_order":
            raise Refused("no_sanction", _NO_SANCTION)
        basis = law().value("inspection.order_to_correct", on=on, place=case.region).citation.say()
        Proposal.objects.create(case=case, sanction="", citation=basis, hearing=False, decided=True, on=on)
        return
    row = casework.check_sanction(law(), offence_of(case), imposed, decided_on=on)
    if event == "decide_order" and "order" not in row.kinds:
        raise Refused("no_order_here", _NO_ORDER, clause=row.citation.say())
    told = case.proposals.filter(decided=False).order_by("id").last()
    heavier = told is not None and (row.code != told.sanction or imposed.fine_fen > told.fine_fen)
    if event == "decide_penalty" and told is not None and heavier:
        raise Refused("heavier_than_notice", _HEAVIER, told=f"{told.citation} {told.fine_fen / 100:.2f}")
    hearing = casework.needs_hearing(law(), imposed, row, on=on, place=case.region, against_person=False)
    Proposal.objects.create(
        case=case, sanction=row.code, citation=row.citation.say(), fine_fen=imposed.fine_fen, persons=imposed.persons,
        person_days=imposed.person_days, illegal_income_fen=imposed.illegal_income_fen, hearing=hearing,
        decided=event != "give_notice", on=on,
    )  # fmt: skip
    if event == "give_notice":
        case.hearing_offered = hearing


@transaction.atomic
def move_beside(
    *, case: Case, table: str, event: str, on: date, actor: Account, now: datetime, note: str = ""
) -> Case:
    """A move of the remedy or publication table, or (table '') an event that only a clock hears."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    require_jurisdiction(actor, region=held.region)
    today = clock.day_of(now)
    if on > today or on < held.found_on:
        raise BadInput("event_day", _DAY, on=on, last=held.found_on, today=today)
    if table == EventRow.Table.REMEDY:
        held.remedy_state = REMEDY.next(held.remedy_state, event)
    elif table == EventRow.Table.PUBLICATION:
        if event == "publish" and not held.events.filter(name="serve").exists():
            raise Refused("not_served", _NOT_OVER)
        held.publication_state = PUBLICATION.next(held.publication_state, event)
    elif event not in ASIDE:
        raise NotFound("no_such_event", _NO_EVENT, event=event)
    _append(held, table, event, on, actor, now, note)
    held.save(update_fields=["remedy_state", "publication_state"])
    ledger.record(
        verb=f"inspection.{table or 'case'}_{event}", subject=held, actor=actor, now=now, on=str(on)
    )
    return held


_MOVED = Wording(
    zh="“{event}”今天已由另一位同事（或以另一内容）办理；请刷新后核对，不要重复办理",
    en="'{event}' was done today by a colleague, or with another content; reload and compare",
)
_NO_EVENT = Wording(zh="没有“{event}”这一步", en="there is no step '{event}'")


def _append(
    case: Case, table: str, name: str, on: date, actor: Account, now: datetime, note: str = ""
) -> EventRow:
    return EventRow.objects.create(case=case, table=table, name=name, on=on, note=note, actor=actor, at=now)


@transaction.atomic
def rebuild_case(*, case: Case) -> Case:
    """The caches again, from the events."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    own = _own(held)
    held.state, held.outcome = core.state(own), core.outcome(own) or ""
    held.remedy_state = REMEDY.fold(e.name for e in held.events.filter(table="remedy"))
    held.publication_state = PUBLICATION.fold(e.name for e in held.events.filter(table="publication"))
    held.save(update_fields=["state", "outcome", "remedy_state", "publication_state"])
    return held


@transaction.atomic
def take_evidence(
    *, case: Case, title: str, actor: Account, now: datetime, findings: Collection[Finding] = (), file_name: str = "",
    content: bytes = b"",
) -> Evidence:  # fmt: skip
    """Freeze findings with their filings as known now, or a file; the same content is one piece."""
    require_acting(case, actor)
    if not findings and not content:
        raise BadInput("no_evidence", _EMPTY)
    snapshot: dict[str, object] = {"file": file_name, "sha256": hashlib.sha256(content).hexdigest()} if content else {
        "findings": [
            {
                "finding": str(f.uuid), "name": f.filing.name, "document": mask(f.filing.number),
                "post": f.filing.post, "occupation": f.occupation, "place": f.region,
                "employed_since": str(f.filing.period.lower), "missing_from": str(f.first_day), "citation": f.citation,
                "known_then": f.snapshot,
            }
            for f in sorted(findings, key=lambda f: f.pk)
        ]
    }  # fmt: skip
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    known = case.evidence.filter(sha256=sha256).first()
    if known is not None:
        return known
    taken = Evidence.objects.create(
        case=case, title=title[:120], snapshot=text, sha256=sha256, stored_as=keep(content) if content else "",
        taken_at=now, taken_by=actor,
    )  # fmt: skip
    ledger.record(verb="inspection.take_evidence", subject=taken, actor=actor, now=now, sha256=sha256)
    return taken


def require_acting(case: Case, actor: Account) -> None:
    """Raises Forbidden for who is no inspector of the jurisdiction, or does not act once a team is assigned."""
    require_jurisdiction(actor, region=case.region)
    if actor.role != Role.INSPECTOR:
        raise Forbidden("by_inspectors", _INSPECTORS)
    if case.team.exists() and actor.pk not in _acting(case):
        raise Forbidden("not_in_team", _TEAM)


@transaction.atomic
def recuse(*, case: Case, reason: str, actor: Account, now: datetime) -> Recusal:
    """An inspector tells of an interest in the employer: out of this case at once, and of later ones."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    require_jurisdiction(actor, region=held.region)
    known = Recusal.objects.filter(officer=actor, employer=held.employer).first()
    if actor.pk not in _acting(held):
        if known is not None:
            return known
        raise Conflict("not_acting", _NOT_ACTING)
    known = known or Recusal.objects.create(
        officer=actor, employer=held.employer, reason=reason[:200], at=now
    )
    held.team.filter(officer=actor, until__isnull=True).update(until=clock.day_of(now))
    ledger.record(verb="inspection.recuse", subject=held, actor=actor, now=now)
    return known


@transaction.atomic
def join_case(*, case: Case, officer: Account, actor: Account, now: datetime) -> Case:
    """A leader puts an inspector with a card and without an interest into a case that has begun."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    require_jurisdiction(actor, region=held.region)
    require_jurisdiction(officer, region=held.region)
    if actor.role != Role.AUTHORITY:
        raise Forbidden("by_authority", _ROLE, event=EVENT_NAMES["assign"].zh)
    if not held.team.exists():
        raise Conflict("no_team", _NO_TEAM)
    acting = _acting(held)
    if officer.pk in acting:
        raise Conflict("acts_already", _ALREADY)
    today = clock.day_of(now)
    team = [*Account.objects.filter(pk__in=acting), officer]
    casework.check_team([_inspector(o, today) for o in team], str(held.employer_id), law(), on=today)
    CaseOfficer.objects.create(case=held, officer=officer, since=today)
    ledger.record(verb="inspection.join_case", subject=held, actor=actor, now=now, officer=officer.pk)
    return held

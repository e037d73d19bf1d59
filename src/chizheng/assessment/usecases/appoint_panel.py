"""The centre appoints a session's panel 考评组: stations do not choose their assessors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from django.db import transaction

from chizheng.assessment.core.panels import Objection, Seat, objections
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Assessor, AssessorTie, PanelMember, Session
from chizheng.assessment.queries import days_sat, met_before, ties_to
from chizheng.assessment.terms import panel_terms, rotation_terms
from chizheng.assessment.usecases.move_session import lock, require_acting
from chizheng.kernel.errors import Refused
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Person
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger

_AGAINST = Wording(zh="考评组不能成立：{why_zh}", en="this panel may not sit: {why_en}")


def panel_objections(session: Session, members: Sequence[tuple[Assessor, bool]]) -> list[Objection]:
    """What stands against these members (assessor, leader) on the exam day, with who sat here before."""
    least, odd, ranks = panel_terms(on=session.exam_date, place=session.region)
    rotation = rotation_terms(on=session.exam_date, place=session.region)
    cards = [a.pk for a, _ in members]
    past = days_sat(session, most=rotation.in_a_row)
    met, tied = met_before(session, cards, months=rotation.months), ties_to(session, cards)
    seats = [
        Seat(
            a.card_number,
            Period(a.period.lower, a.period.upper),
            frozenset(a.trades),
            ranks[a.rank],
            a.employer_id,
            leader,
            in_a_row=len(list(takewhile(lambda day, pk=a.pk: pk in day, past))),  # type: ignore[misc]
            met=met.get(a.pk, 0),
            tied=tied.get(a.pk, 0),
        )
        for a, leader in members
    ]
    return objections(
        seats,
        occupation=session.occupation,
        level=session.level,
        exam_day=session.exam_date,
        unit=session.station_id,
        least=least,
        odd=odd,
        rotation=rotation,
        former=frozenset(past[0].values()) if past else frozenset(),
    )


def require_panel(session: Session) -> None:
    """Raises Refused unless the appointed panel may sit on the exam day."""
    members = [(m.assessor, m.leader) for m in session.panel.select_related("assessor")]
    _refuse(panel_objections(session, members))


def _refuse(found: Sequence[Objection]) -> None:
    if found:
        raise Refused(
            "panel",
            _AGAINST,
            why_zh="；".join(o.say("zh") for o in found),
            why_en="; ".join(o.say("en") for o in found),
        )


@transaction.atomic
def appoint_panel(
    *, session: Session, members: Sequence[tuple[Assessor, bool]], actor: Account | None, now: datetime
) -> list[PanelMember]:
    """Appoint (assessor, is leader) pairs in place of the former panel; the same panel twice is one act.

    Raises Refused with everything that stands against the panel: number, cards on the exam day, rank,
    trade, own unit of the station, ties to candidates, and rotation: too often in a row at one station, too
    few new members, the same candidates again within the term.
    """
    held = lock(session)
    require_acting(held, actor, Event.REVIEW)  # appointing is the centre's, as reviewing is
    _refuse(panel_objections(held, members))
    now_sitting = {(m.assessor_id, m.leader) for m in held.panel.all()}
    if now_sitting == {(a.pk, leader) for a, leader in members}:
        return list(held.panel.all())
    held.panel.all().delete()
    rows = PanelMember.objects.bulk_create(
        PanelMember(session=held, assessor=a, leader=leader) for a, leader in members
    )
    ledger.record(
        verb="assessment.appoint_panel",
        subject=held,
        actor=actor,
        now=now,
        assessors=[a.pk for a, _ in members],
        leader=next(a.pk for a, leader in members if leader),
    )
    return rows


@transaction.atomic
def declare_tie(
    *, assessor: Assessor, person: Person, relation: str, actor: Account | None, now: datetime
) -> AssessorTie:
    """Declare that an assessor is tied to a person and never assesses them; twice is once.

    The centre declares for assessors of its region. A panel appointed already is judged again on the exam day.
    """
    if actor is not None:
        require_jurisdiction(actor, region=assessor.region)
    row, made = AssessorTie.objects.get_or_create(
        assessor=assessor, person=person,
        defaults={"relation": relation, "declared_by": actor, "declared_at": now},
    )  # fmt: skip
    if made:
        ledger.record(verb="assessment.declare_tie", subject=row, actor=actor, now=now, relation=relation)
    return row

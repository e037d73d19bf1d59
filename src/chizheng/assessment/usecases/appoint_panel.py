"""The centre appoints a session's panel 考评组: stations do not choose their assessors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.panels import Objection, Seat, objections
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Assessor, PanelMember, Session
from chizheng.assessment.terms import panel_terms
from chizheng.assessment.usecases.move_session import lock, require_acting
from chizheng.kernel.errors import Refused
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger

_AGAINST = Wording(zh="考评组不能成立：{why_zh}", en="this panel may not sit: {why_en}")


def panel_objections(session: Session, members: Sequence[tuple[Assessor, bool]]) -> list[Objection]:
    """What stands against these members (assessor, leader) on the exam day."""
    least, odd, ranks = panel_terms(on=session.exam_date, place=session.region)
    seats = [
        Seat(
            a.card_number,
            Period(a.period.lower, a.period.upper),
            frozenset(a.trades),
            ranks[a.rank],
            a.employer_id,
            leader,
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
    trade, own unit of the station.
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

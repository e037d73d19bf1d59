"""The roster is frozen and numbered; then candidates get rooms and seats."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.marks import MarkState, Part
from chizheng.assessment.core.seating import rooms, spread
from chizheng.assessment.core.states import Event, State
from chizheng.assessment.models import Mark, Registration, Session
from chizheng.assessment.queries import credits_of
from chizheng.assessment.terms import room_sizes, terms_of
from chizheng.assessment.usecases.move_session import lock, move_session
from chizheng.kernel.errors import BadInput, Conflict
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform.models import LongWork

_NOBODY = Wording(zh="还没有考生报名，不能截止", en="nobody is enrolled yet")
_RUNNING = Wording(
    zh="还有报名表正在核对，请等它完成再截止", en="a sheet is still being checked; wait until it is done"
)
_ROOM = Wording(zh="考场座位数应为：{sizes}", en="a room has one of these numbers of seats: {sizes}")


@transaction.atomic
def close_enrolment(*, session: Session, actor: Account | None, now: datetime) -> Session:
    """Freeze the roster: admission numbers in the order of enrolment, kept parts carried over.

    Twice is once. Raises Conflict while a sheet is being checked or nobody is enrolled.
    """
    held = lock(session)
    if held.state == State.CLOSED:
        return held
    if held.uploads.exclude(work__state__in=[LongWork.State.DONE, LongWork.State.FAILED]).exists():
        raise Conflict("import_running", _RUNNING)
    roster = list(held.registrations.filter(state=Registration.State.ENROLLED).order_by("id"))
    if not roster:
        raise Conflict("empty_roster", _NOBODY)
    year, institution, sequence = held.number.split("-")
    for place, registration in enumerate(roster, 1):
        registration.admission_number = f"{year[2:]}{institution}{sequence}{place:04d}"
    Registration.objects.bulk_update(roster, ["admission_number"], batch_size=1000)
    _carry_credits(held, roster, now)
    return move_session(session=held, event=Event.CLOSE, actor=actor, now=now)


def _carry_credits(session: Session, roster: list[Registration], now: datetime) -> None:
    """A kept part gets the mark it was passed with, with its source."""
    keeping = [r for r in roster if ExamKind.KEPT in (r.theory, r.practice, r.review)]
    found = credits_of([r.person_id for r in keeping], session, terms_of(session))
    Mark.objects.bulk_create(
        Mark(
            registration=r,
            part=part,
            state=MarkState.CREDIT,
            score=source.score,
            entered_at=now,
            credit_from=source,
        )
        for r in keeping
        for part in Part
        if getattr(r, part.value) == ExamKind.KEPT and (source := found.get(r.person_id, {}).get(part))
    )


@transaction.atomic
def seat(*, session: Session, actor: Account | None, now: datetime, room_size: int | None = None) -> Session:
    """Give every candidate a room and a seat, neighbours from different units as far as can be.

    The same roster and size give the same seats. Raises BadInput for a size the law value does not list.
    """
    held = lock(session)
    sizes = room_sizes(on=held.exam_date, place=held.region)
    size = room_size or sizes[0]
    if size not in sizes:
        raise BadInput("room_size", _ROOM, sizes="、".join(map(str, sizes)))
    moved = move_session(session=held, event=Event.SEAT, actor=actor, now=now, basis=f"每场{size}座")
    roster = list(moved.registrations.filter(state=Registration.State.ENROLLED).order_by("id"))
    moved.registrations.update(room=None, seat=None)  # so that no two hold one seat in between
    order = spread([r.employer for r in roster])
    taken = 0
    for room, seats in enumerate(rooms(len(roster), size), 1):
        for place, index in enumerate(order[taken : taken + seats], 1):
            roster[index].room, roster[index].seat = room, place
        taken += seats
    Registration.objects.bulk_update(roster, ["room", "seat"], batch_size=1000)
    return moved

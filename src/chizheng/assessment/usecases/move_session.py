"""The one door through which a session changes its state: table, roles, jurisdiction, two people, ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.states import BY, SESSION, TWO_PEOPLE, Event
from chizheng.assessment.models import Session, SessionEvent
from chizheng.assessment.queries import require_not_sitting
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.copying import copy_rows
from chizheng.platform.happenings import announce

_ROLE = Wording(
    zh="“{event}”不由您的岗位办理；应由{roles}办理", en="'{event}' is not done by your desk, but by: {roles}"
)
_STATION = Wording(zh="只能办理本站的批次", en="a station acts on its own sessions only")
_ONE_PERSON = Wording(
    zh="“{first}”与“{second}”必须由两个人办理；请由另一位同事操作",
    en="'{first}' and '{second}' take two people; ask a colleague",
)


_BEFORE_SEATS = frozenset({Event.PUBLISH, Event.CLOSE})
"""What a clerk may still do in a session in which they sit themselves: the rest is a colleague's."""


def lock(session: Session) -> Session:
    """The session under a row lock, for the rest of the transaction."""
    return (
        Session.objects.select_for_update(of=("self",))
        .select_related("station", "licence")
        .get(pk=session.pk)
    )


def require_acting(session: Session, actor: Account | None, event: Event) -> None:
    """May this account cause `event` here? Without an account it is a process of ours."""
    if actor is None:
        return
    if actor.role not in BY[event]:
        raise Forbidden("not_your_desk", _ROLE, event=event.value, roles=", ".join(sorted(BY[event])))
    if actor.role == "station":
        if actor.organisation_id != session.station_id:
            raise Forbidden("other_station", _STATION)
    else:
        require_jurisdiction(actor, region=session.region, industry=session.industry)
    if event not in _BEFORE_SEATS:
        require_not_sitting(session, actor)


@transaction.atomic
def move_session(
    *, session: Session, event: Event | str, actor: Account | None, now: datetime, basis: str = ""
) -> Session:
    """Move a session by an event of `core.states.SESSION`; the same event twice in a row is one.

    Raises Conflict where the table has no such move, Forbidden where role, jurisdiction or the rule of
    two people stand against it.
    """
    event = Event(event)
    held = lock(session)
    require_acting(held, actor, event)
    last = held.events.order_by("-id").first()
    if last is not None and last.event == event and last.state == held.state:
        return held
    state = SESSION.next(held.state, event)
    for first, second in TWO_PEOPLE:
        if event is second and actor is not None:
            before = held.events.filter(event=first).order_by("-id").first()
            if before is not None and by_same_hand(actor, before.actor_id):
                raise Conflict("two_people", _ONE_PERSON, first=first.value, second=second.value)
    SessionEvent.objects.create(session=held, event=event, state=state, at=now, actor=actor, basis=basis)
    held.state = state
    held.save(update_fields=["state"])
    ledger.record(
        verb=f"assessment.session.{event.value}", subject=held, actor=actor, now=now, basis=basis, state=state
    )
    session.state = state
    announce("session_moved", session=held.pk, state=state, at=now)
    return held


@transaction.atomic
def move_sessions(*, sessions: Collection[int], event: Event, now: datetime) -> None:
    """`move_session` for many at once, by a process of ours; those that the event has moved are left alone."""
    rows = Session.objects.select_for_update(of=("self",)).filter(pk__in=sessions).order_by("pk")
    held = list(rows.only("state"))
    latest = {
        session: (last, state)
        for session, last, state in SessionEvent.objects.filter(session__in=sessions)
        .order_by("session_id", "-id")
        .distinct("session_id")
        .values_list("session_id", "event", "state")
    }
    moved: dict[str, list[Session]] = defaultdict(list)
    for session in held:
        if latest.get(session.pk) != (event, session.state):
            session.state = SESSION.next(session.state, event)
            moved[session.state].append(session)
    for state, some in moved.items():
        Session.objects.filter(pk__in=[session.pk for session in some]).update(state=state)
        copy_rows(
            SessionEvent._meta.db_table,
            (("session_id", "int8"), ("event", "varchar"), ("state", "varchar"), ("at", "timestamptz"), ("basis", "text")),
            ((session.pk, str(event), str(state), now, "") for session in some),
        )  # fmt: skip
        ledger.record_each(
            verb=f"assessment.session.{event.value}", now=now,
            subjects={session: {"state": state} for session in some},
        )  # fmt: skip
        for session in some:
            announce("session_moved", session=session.pk, state=state, at=now)


@transaction.atomic
def rebuild_session(*, session: Session) -> bool:
    """Compute the cached state from the events again; True if it was wrong."""
    held = lock(session)
    state = SESSION.fold(Event(e) for e in held.events.order_by("id").values_list("event", flat=True))
    if held.state == state:
        return False
    held.state = state
    held.save(update_fields=["state"])
    return True

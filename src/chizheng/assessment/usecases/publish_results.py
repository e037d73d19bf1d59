"""Results are computed, shown to the candidates for the publicity period, and sent to the centre."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.marks import MISSING, Mark, MarkState, Part, result
from chizheng.assessment.core.states import Event, State
from chizheng.assessment.models import Registration, Result, Session
from chizheng.assessment.terms import publicity_end, terms_of
from chizheng.assessment.usecases.move_session import lock, move_session
from chizheng.kernel.errors import Refused
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform.clock import day_of

_PUBLICITY = Wording(
    zh="成绩公示到{until}（含当日）为止，之后才能报送；复核申请须先办结",
    en="results are on show until {until} (inclusive); they can be submitted after that",
)


@transaction.atomic
def rebuild_results(*, session: Session, now: datetime) -> int:
    """Compute every outcome of the session from its marks; returns how many rows changed."""
    held = terms_of(session)
    rows = (
        session.registrations.filter(state=Registration.State.ENROLLED)
        .prefetch_related("marks")
        .select_related("result")
        .order_by("id")
    )
    fresh, changed = [], []
    for registration in rows:
        marks = {
            Part(m.part): MISSING if m.disputed else Mark(MarkState(m.state), m.score)
            for m in registration.marks.all()
        }
        outcome = result(held.parts, marks, held.pass_mark).outcome
        cached: Result | None = getattr(registration, "result", None)
        if cached is None:
            fresh.append(Result(registration=registration, outcome=outcome, computed_at=now))
        elif cached.outcome != outcome:
            cached.outcome, cached.computed_at = outcome, now
            changed.append(cached)
    Result.objects.bulk_create(fresh, batch_size=1000)
    Result.objects.bulk_update(changed, ["outcome", "computed_at"], batch_size=1000)
    return len(fresh) + len(changed)


@transaction.atomic
def publish_results(*, session: Session, actor: Account | None, now: datetime) -> Session:
    """Compute and publish; the publicity period begins. Twice is once."""
    held = lock(session)
    if held.state == State.PUBLISHED:
        return held
    moved = move_session(session=held, event=Event.PUBLISH_RESULTS, actor=actor, now=now)
    rebuild_results(session=moved, now=now)
    moved.published_on = day_of(now)
    moved.publicity_until = publicity_end(moved.published_on, place=moved.region)
    moved.save(update_fields=["published_on", "publicity_until"])
    return moved


@transaction.atomic
def submit_to_centre(*, session: Session, actor: Account | None, now: datetime, basis: str = "") -> Session:
    """Send the session to the centre after the publicity period; raises Refused before its end."""
    held = lock(session)
    if held.state == State.PUBLISHED and held.publicity_until and day_of(now) <= held.publicity_until:
        raise Refused("publicity", _PUBLICITY, until=held.publicity_until)
    return move_session(session=held, event=Event.SUBMIT, actor=actor, now=now, basis=basis)

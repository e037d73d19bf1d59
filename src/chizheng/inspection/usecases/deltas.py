"""The delta of every place's newest series of screenings: what changed since, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chizheng.inspection.models import Screening
from chizheng.inspection.usecases.run_screening import run_screening, start_screening
from chizheng.platform.clock import day_of
from chizheng.platform.models import LongWork

_OVER = (LongWork.State.DONE, LongWork.State.FAILED)


def deltas_due(*, now: datetime) -> Iterator[Screening]:
    """Finish deltas of ours that a stopped process left, then make today's where a place has none."""
    left = Screening.objects.filter(series__isnull=False, by__isnull=True).exclude(work__state__in=_OVER)
    for run in left.order_by("pk"):
        yield run_screening(run=run, now=now)
    day = day_of(now)
    newest: dict[str, Screening] = {}
    for run in Screening.objects.filter(work__state=LongWork.State.DONE).order_by("pk"):
        newest[run.place] = run
    for place, last in sorted(newest.items()):
        if last.until_date <= day:
            run = start_screening(
                start=day, until=day + timedelta(days=1), place=place, actor=None, now=now, after=last
            )
            yield run_screening(run=run, now=now)

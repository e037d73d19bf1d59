"""The day's round: every job of every context, one after another; what one does wrong does not stop the others."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from chizheng.kernel.errors import BadInput, ChizhengError, Conflict
from chizheng.kernel.wording import Wording
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.daily import Did, Job
from chizheng.platform.models import LedgerEntry
from chizheng.portal.rooms import modules

VERB: Final = "portal.daily"
_LOCK: Final = 5_721_903_307
_BUSY = Wording(
    zh="另一个 chizheng daily 正在运行；它结束后再试",
    en="another `chizheng daily` is at work; try when it is done",
)
_UNKNOWN = Wording(
    zh="没有名为“{name}”的每日任务；chizheng daily --list 列出全部",
    en="there is no daily job '{name}'; `chizheng daily --list` names them all",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one job. `state`: done, failed, or passed over; `said`: why, where it is not done."""

    job: Job
    state: str
    did: Did = field(default_factory=dict)
    said: str = ""
    code: str = ""
    seconds: float = 0.0


def jobs() -> list[Job]:
    """All jobs in the order they run: by context upstream first, then those that come behind all others."""
    found = [job for _, module in modules("daily") for job in module.JOBS]
    return sorted(found, key=lambda job: job.last)


def chosen(names: Sequence[str]) -> list[Job]:
    """The jobs of these names, in their order; raises BadInput for a name that is none."""
    every = jobs()
    known = {job.name for job in every}
    for name in names:
        if name not in known:
            raise BadInput("daily_job", _UNKNOWN, name=name[:60])
    return [job for job in every if job.name in names]


def run_round(
    todo: Sequence[Job], *, now: Callable[[], datetime], begun: Callable[[Job], None] = lambda job: None
) -> Iterator[Outcome]:
    """Run the jobs, yielding what came of each; raises Conflict where another round is at work.

    What was done is in the ledger once the round ends, also where it was broken off.
    """
    with _alone():
        outcomes: list[Outcome] = []
        try:
            for job in todo:
                begun(job)
                outcomes.append(_run(job, now()))
                yield outcomes[-1]
        finally:
            _record(outcomes, len(todo), now())


def last_runs() -> dict[str, datetime]:
    """When each job last went through, as far as the last hundred rounds know."""
    found: dict[str, datetime] = {}
    entries = LedgerEntry.objects.filter(verb=VERB).order_by("-at", "-id")[:100]
    for at, detail in entries.values_list("at", "detail"):
        for name, told in detail["jobs"].items():
            if told["state"] == "done":
                found.setdefault(name, at)
    return found


def _run(job: Job, now: datetime) -> Outcome:
    start = time.monotonic()
    try:
        if lacking := job.lacks():
            return Outcome(job, "passed", said=lacking)
        did = dict(job.run(now))
    except ChizhengError as fault:
        said = fault.say(os.environ.get("CHIZHENG_LANG", "zh"))
        return Outcome(job, "failed", said=said, code=fault.code, seconds=time.monotonic() - start)
    except Exception as fault:  # one job's fault is not the others'
        logging.getLogger(__name__).exception("daily job %s failed", job.name)
        if not connection.in_atomic_block:  # a connection that broke would fail all that follow
            connection.close_if_unusable_or_obsolete()
        said, code = f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}", type(fault).__name__
        return Outcome(job, "failed", said=said, code=code, seconds=time.monotonic() - start)
    state = "failed" if any(did.get(name) for name in job.faults) else "done"
    return Outcome(job, state, did, seconds=time.monotonic() - start)


@transaction.atomic
def _record(outcomes: Sequence[Outcome], wanted: int, now: datetime) -> None:
    told = {
        o.job.name: {"state": o.state, "did": {k: n for k, n in o.did.items() if n}, "code": o.code}
        for o in outcomes
    }
    ledger.record(
        verb=VERB, subject=("portal.daily", day_of(now).isoformat()), actor=None, now=now, jobs=told,
        failed=sum(o.state == "failed" for o in outcomes), left=wanted - len(outcomes),
    )  # fmt: skip


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the round's lock, on a connection of its own: jobs may close theirs, and a process that dies lets go."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
            if cursor.fetchone() != (True,):
                raise Conflict("daily_busy", _BUSY)
        try:
            yield
        finally:  # at once: closing alone lets go when the server comes to it
            with own.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
    finally:
        own.close()

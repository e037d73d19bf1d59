"""What inspection does every day."""

from __future__ import annotations

from datetime import datetime

from chizheng.inspection.usecases.deltas import deltas_due
from chizheng.inspection.usecases.double_claims import announce_double_claims
from chizheng.inspection.usecases.forget_files import forget_files
from chizheng.inspection.usecases.send_letters import due_campaigns, rematch
from chizheng.kernel.wording import Wording
from chizheng.platform.clock import day_of
from chizheng.platform.daily import Did, Job


def _deltas(now: datetime) -> Did:
    runs = list(deltas_due(now=now))
    return {
        "runs": len(runs),
        "changed": sum(r.changed or 0 for r in runs),
        "found": sum(r.found or 0 for r in runs),
    }


def _double_claims(now: datetime) -> Did:
    return {"cases": announce_double_claims(now=now)}


def _letters(now: datetime) -> Did:
    done = [rematch(campaign=c, actor=None, now=now) for c in due_campaigns(on=day_of(now))]
    return {"campaigns": len(done), "to_visit": sum(len(c.result["to_visit"]) for c in done)}


def _forget(now: datetime) -> Did:
    return {"files": forget_files(now=now)}


JOBS = (
    Job("inspection.deltas", Wording(zh="筛查增量比对", en="the delta of screenings"), _deltas),
    Job("inspection.double_claims", Wording(zh="一证两用线索移交调查", en="hand over certificates claimed twice"),
        _double_claims),
    Job("inspection.letters", Wording(zh="到期告知函重新比对", en="match letters again when due"), _letters),
    Job("inspection.forget", Wording(zh="删除到期的用工备案表", en="remove filed workbooks past their time"), _forget),
)  # fmt: skip

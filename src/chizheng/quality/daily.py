"""What quality does every day: what listeners missed, and the surveillance of all that is known."""

from __future__ import annotations

from datetime import datetime

from chizheng.kernel.wording import Wording
from chizheng.platform.daily import Did, Job
from chizheng.quality.models import Run
from chizheng.quality.usecases.calibrate_paper import calibrations_due
from chizheng.quality.usecases.gate import late_due
from chizheng.quality.usecases.statistics import reports_due
from chizheng.quality.usecases.surveillance import run_surveillance


def _reports(now: datetime) -> Did:
    return {"reports": sum(1 for _ in reports_due(now=now))}


def _late(now: datetime) -> Did:
    return {"late": late_due(now=now)}


def _calibrations(now: datetime) -> Did:
    return {"calibrations": sum(1 for _ in calibrations_due(now=now))}


def _surveillance(now: datetime) -> Did:
    last = Run.objects.order_by("-pk").first()
    run = run_surveillance(region="", now=now)
    fresh = last is None or run.pk > last.pk  # the same results again are the run there was
    return {"runs": int(fresh), "flagged": run.flags.filter(flagged=True).count() if fresh else 0}


JOBS = (
    Job("quality.reports", Wording(zh="补做批次统计报告", en="make reports of sittings that were missed"), _reports),
    Job("quality.late", Wording(zh="查名册迟报的批次", en="hold sittings whose roster came late"), _late),
    Job("quality.calibrations", Wording(zh="完成中断的题目标定", en="finish calibrations that stopped"), _calibrations),
    Job("quality.surveillance", Wording(zh="全国成绩监测", en="weigh all results"), _surveillance),
)  # fmt: skip

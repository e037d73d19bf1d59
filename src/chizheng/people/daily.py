"""What accounts need every day."""

from __future__ import annotations

from datetime import datetime

from chizheng.kernel.wording import Wording
from chizheng.people.sign_in import forget_failures
from chizheng.platform import throttle
from chizheng.platform.clock import day_of
from chizheng.platform.daily import Did, Job


def _forget(now: datetime) -> Did:
    return {"sign_ins": forget_failures(now=now), "tallies": throttle.forget(before=day_of(now))}


JOBS = (
    Job(
        "people.forget",
        Wording(
            zh="删除过期的登录失败记录和访问计数", en="remove failed sign-ins and tallies past their time"
        ),
        _forget,
    ),
)

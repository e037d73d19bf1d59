"""What assessment does every day."""

from __future__ import annotations

from datetime import datetime

from chizheng.assessment.usecases.retire import retire
from chizheng.kernel.wording import Wording
from chizheng.platform.daily import Did, Job


def _retire(now: datetime) -> Did:
    files, particulars = retire(now=now)
    return {"files": files, "particulars": particulars}


JOBS = (
    Job(
        "assessment.retire",
        Wording(
            zh="删除到期的报名表和申报材料",
            en="remove enrolment files and candidates' particulars past their time",
        ),
        _retire,
    ),
)

"""Years in the occupation are a number, and no more than there were since the first job."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.eligibility import whole_years
from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if row.cell("years") and row.years is None:
        yield row.fault("years", "years_unreadable")
    if row.cell("work_start") and row.work_start is None:
        yield row.fault("work_start", "date_unreadable")
    start = row.work_start or row.birth
    if start is None or row.years is None:
        return
    most = whole_years(start, setting.judged_on) + 1  # people round up
    if row.years > most:
        yield row.fault("years", "years_too_many", years=str(row.years), most=most, since=start.year)

"""Some places forbid two levels of one occupation in one year (value assessment.levels_per_year)."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    limit = setting.terms.levels_per_year
    if not limit:
        return
    year = setting.exam_day.year
    levels = {
        other.level
        for other in facts.elsewhere
        if other.exam_day.year == year and setting.is_own(other.occupation) and other.level != setting.level
    }
    if len(levels) >= limit:
        yield row.fault("level", "levels_in_a_year", year=year, limit=limit)

"""The calendar we ship: `chinesecalendar` where it reaches, our own tables before, weekdays beyond."""

from __future__ import annotations

from functools import cache

from chizheng.law.calendar import WorkingCalendar
from chizheng.law.io.shelf import law
from chizheng.law.types import CalendarRow


@cache
def calendar() -> WorkingCalendar:
    """Working days of China; the package's years (2004 on) are verified, ours (1997-2003) are not."""
    return WorkingCalendar([*law().calendars, *package_years()])


def package_years() -> list[CalendarRow]:
    """The years `chinesecalendar` knows, with its holidays and make-up working days."""
    from chinese_calendar.constants import holidays, workdays

    years = sorted({d.year for d in holidays})
    return [
        CalendarRow(
            year,
            frozenset(d for d in holidays if d.year == year),
            frozenset(d for d in workdays if d.year == year),
            verified=True,
            note="chinesecalendar",
        )
        for year in years
    ]

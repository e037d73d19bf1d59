"""Working-day arithmetic 工作日: deadlines by the holidays of the year, and how far they can be trusted.

A year without a table counts Monday to Friday, and every answer that touched it says so (`covered`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from chizheng.law.types import CalendarRow

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """Is it a working day; does a table cover the year; is that table verified?"""

    working: bool
    covered: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day found by counting, with the weakest table it was counted on."""

    day: date
    covered: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A number of working days, with the weakest table it was counted on."""

    count: int
    covered: bool
    verified: bool


class WorkingCalendar:
    """The working days of China, from one table a year (`law.io.calendars.calendar()` is the shipped one)."""

    def __init__(self, years: Iterable[CalendarRow]) -> None:
        self._years = {row.year: row for row in years}

    def on(self, day: date) -> DayAnswer:
        row = self._years.get(day.year)
        if row is None:
            return DayAnswer(day.weekday() < 5, False, False)
        working = day in row.workdays or (day.weekday() < 5 and day not in row.holidays)
        return DayAnswer(working, True, row.verified)

    def is_working(self, day: date) -> bool:
        return self.on(day).working

    def add(self, start: date, working_days: int) -> Deadline:
        """The last day of a period of `working_days` working days; the day of the event does not count.

        Negative counts go back. Zero gives the start itself if it is a working day, else the next one.
        """
        step = _DAY if working_days >= 0 else -_DAY
        day, left = start, abs(working_days)
        covered = verified = True
        while True:
            answer = self.on(day)
            covered, verified = covered and answer.covered, verified and answer.verified
            if answer.working and day != start:
                left -= 1
            if left <= 0 and answer.working:
                return Deadline(day, covered, verified)
            day += step

    def between(self, start: date, end: date) -> WorkingDays:
        """Working days in the half-open `[start, end)`; an empty or reversed period has none."""
        count, covered, verified = 0, True, True
        day = start
        while day < end:
            answer = self.on(day)
            count += answer.working
            covered, verified = covered and answer.covered, verified and answer.verified
            day += _DAY
        return WorkingDays(count, covered, verified)

    def elapsed(self, start: date, on: date) -> WorkingDays:
        """Working days of a clock that began with the event on `start`, the day `on` included."""
        return self.between(start + _DAY, on + _DAY)

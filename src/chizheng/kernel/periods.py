"""Half-open periods of local dates, `[start, end)`; an open end is `None`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FAR_FUTURE = date(9999, 12, 31)
"""The sentinel that stands for an open end where a column may not be null (screening, exports)."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period of policy dates, half-open: `start` is inside, `end` is not.

    >>> order6 = Period(date(2000, 7, 1), date(2015, 11, 12))
    >>> order6.contains(date(2015, 11, 11)), order6.contains(date(2015, 11, 12))
    (True, False)
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"period ends before it begins: [{self.start}, {self.end})")

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)

    def intersect(self, other: Period) -> Period | None:
        if not self.overlaps(other):
            return None
        ends = [e for e in (self.end, other.end) if e is not None]
        return Period(max(self.start, other.start), min(ends) if ends else None)

    @property
    def last_day(self) -> date | None:
        """The last day inside, for people who read inclusive dates; `None` while open."""
        return None if self.end is None else self.end - timedelta(days=1)

    @property
    def closed_end(self) -> date:
        """`end`, with the far-future sentinel for an open one."""
        return self.end or FAR_FUTURE

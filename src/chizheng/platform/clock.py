"""The only reader of the clock. Views, commands and jobs read it and hand the instant or day inward."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The civil day in China, on which policy dates are judged."""
    return datetime.now(CHINA).date()


def day_of(instant: datetime) -> date:
    """The civil day in China of an aware instant."""
    return instant.astimezone(CHINA).date()

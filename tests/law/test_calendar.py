"""Working-day arithmetic: golden days of known years, and its algebra."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.law.calendar import WorkingCalendar
from chizheng.law.io.calendars import calendar
from chizheng.law.types import CalendarRow

CAL = calendar()
DAYS = st.dates(date(1996, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "working", "covered", "verified"),
    [
        (date(2026, 10, 1), False, True, True),  # National Day
        (date(2026, 10, 10), True, True, True),  # a make-up Saturday (holiday notice of the State Council)
        (date(2024, 2, 4), True, True, True),  # a make-up Sunday before Spring Festival
        (date(2027, 10, 1), True, False, False),  # no table yet: a Friday
        (date(1998, 1, 28), False, True, False),  # first day of the lunar year
        (date(1999, 10, 1), False, True, False),
        (date(1996, 10, 1), True, False, False),
    ],
)
def test_known_days(day: date, working: bool, covered: bool, verified: bool) -> None:
    answer = CAL.on(day)
    assert (answer.working, answer.covered, answer.verified) == (working, covered, verified)


def test_five_working_days_over_national_day() -> None:
    """Received on 28 September 2026: 29, 30 September, then 8, 9 and the make-up Saturday 10 October."""
    assert CAL.add(date(2026, 9, 28), 5).day == date(2026, 10, 10)


def test_a_deadline_beyond_the_tables_says_so() -> None:
    late = CAL.add(date(2026, 12, 30), 5)
    assert (late.covered, late.verified) == (False, False)
    assert CAL.add(date(2026, 9, 28), 5).verified


@given(start=DAYS, n=st.integers(1, 90))
def test_adding_days_then_counting_them_gives_them_back(start: date, n: int) -> None:
    end = CAL.add(start, n).day
    assert CAL.elapsed(start, end).count == n
    assert CAL.is_working(end)


@given(start=DAYS, n=st.integers(1, 60), m=st.integers(1, 60))
def test_counting_on_is_counting_once(start: date, n: int, m: int) -> None:
    assert CAL.add(CAL.add(start, n).day, m).day == CAL.add(start, n + m).day


@given(start=DAYS, n=st.integers(1, 60))
def test_backward_is_the_mirror_of_forward(start: date, n: int) -> None:
    end = CAL.add(start, n).day
    back = CAL.add(end, -n).day
    if CAL.is_working(start):
        assert back == start
    else:
        assert back < start


@given(a=DAYS, b=DAYS, c=DAYS)
def test_between_is_additive(a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    assert CAL.between(a, b).count + CAL.between(b, c).count == CAL.between(a, c).count
    assert CAL.between(b, a).count == 0 or a == b


def test_an_empty_calendar_knows_weekdays_only() -> None:
    bare = WorkingCalendar([])
    assert bare.is_working(date(2026, 10, 1))
    assert not bare.on(date(2026, 10, 1)).covered


def test_a_make_up_day_wins_over_a_weekend() -> None:
    saturday = date(2030, 1, 5)
    one = WorkingCalendar([CalendarRow(2030, frozenset(), frozenset({saturday}), True)])
    assert one.is_working(saturday) and not one.is_working(saturday + timedelta(days=1))

"""Properties of the shared nouns."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.kernel.errors import Conflict
from chizheng.kernel.levels import covers, highest, lowest
from chizheng.kernel.money import Money
from chizheng.kernel.periods import Period
from chizheng.kernel.places import contains, lineage
from chizheng.kernel.states import StateTable

days = st.dates(date(1980, 1, 1), date(2100, 1, 1))
periods = st.builds(
    lambda start, length: Period(start, None if length is None else start + timedelta(days=length)),
    days,
    st.none() | st.integers(1, 4000),
)


@given(periods, days)
def test_last_day_is_inside_and_end_is_not(period: Period, day: date) -> None:
    assert period.contains(period.start)
    if period.end is not None:
        assert not period.contains(period.end)
        assert period.contains(period.last_day)
    assert period.contains(day) == (period.start <= day < period.closed_end)


@given(periods, periods, days)
def test_intersection_holds_exactly_the_common_days(a: Period, b: Period, day: date) -> None:
    both = a.intersect(b)
    assert (both is not None) == a.overlaps(b)
    assert (both is not None and both.contains(day)) == (a.contains(day) and b.contains(day))


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Period(date(2000, 1, 2), date(2000, 1, 2))


@given(st.integers(1, 5), st.integers(1, 5))
def test_a_higher_level_covers_a_lower_one(held: int, required: int) -> None:
    assert covers(held, required) == (highest([held, required]) == held)
    assert covers(held, None)
    assert lowest([held, required]) == max(held, required)


def test_places_contain_by_prefix() -> None:
    assert all(contains(outer, "440103") for outer in lineage("440103"))
    assert not contains("45", "440103")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_round_trips_yuan(yuan: Decimal) -> None:
    assert Money.from_yuan(yuan).yuan == yuan


def test_an_illegal_move_names_the_legal_ones() -> None:
    table = StateTable("door", "shut", {("shut", "open"): "open", ("open", "shut"): "shut"})
    assert table.fold(["open", "shut", "open"]) == "open"
    with pytest.raises(Conflict, match="open"):
        table.next("shut", "shut")
    assert table.terminal == set()
    assert table.reachable() == table.states

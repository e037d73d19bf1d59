"""Two markers and a third: the mean, the threshold on each side, and what a paper still needs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.assessment.core.markers import Needs, settle
from chizheng.assessment.core.panels import Rotation, Seat, objections
from chizheng.kernel.periods import Period

SHARE = Decimal("0.3")
scores = st.decimals(0, 100, places=2)


def points(*given: str) -> list[Decimal]:
    return [Decimal(g) for g in given]


@pytest.mark.parametrize(
    ("given", "needs", "mark"),
    [
        ((), "second", None),
        (("80",), "second", None),
        (("80", "50"), "nothing", "65.00"),  # exactly the threshold is no disagreement
        (("80", "49.99"), "third", None),
        (("49.99", "80"), "third", None),
        (("80", "49.99", "70"), "nothing", "66.66"),
        (("0.01", "0.02"), "nothing", "0.02"),  # halves go up
    ],
)
def test_what_a_paper_needs(given: tuple[str, ...], needs: str, mark: str | None) -> None:
    found = settle(points(*given), share=SHARE)
    assert found.needs == needs
    assert found.mark == (Decimal(mark) if mark else None)


@given(scores, scores, scores)
def test_the_mark_lies_between_the_scores_whoever_marked_first(a: Decimal, b: Decimal, c: Decimal) -> None:
    one, other = settle([a, b], share=SHARE), settle([b, a], share=SHARE)
    assert (one.needs, one.mark) == (other.needs, other.mark)
    for marks in ([a, b], [a, b, c]):
        found = settle(marks, share=SHARE)
        if found.needs is Needs.NOTHING:
            assert found.mark is not None and min(marks) <= found.mark <= max(marks)
            assert found.mark == round(found.mark, 2)


def test_a_fourth_marker_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="at most 3"):
        settle(points("1", "2", "3", "4"), share=SHARE)


# --- rotation

ROTATION = Rotation(in_a_row=3, turnover=1 / 3, months=3)


def seat(n: int, **more: int) -> Seat:
    whole = Period(date(2020, 1, 1))
    return Seat(f"K{n}", whole, frozenset({"焊工"}), frozenset({4}), None, n == 0, **more)


def against(seats: list[Seat], former: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    found = objections(
        seats, occupation="焊工", level=4, exam_day=date(2026, 1, 1), unit=1, least=3, odd=True, rotation=ROTATION,
        former=frozenset(former),
    )  # fmt: skip
    assert all(o.say("zh") and o.say("en") for o in found)
    return [o.code for o in found]


def test_a_panel_with_nothing_behind_it_sits() -> None:
    assert against([seat(0), seat(1), seat(2)]) == []


@pytest.mark.parametrize(("times", "codes"), [(2, []), (3, ["panel_in_a_row"])])
def test_nobody_sits_at_one_station_more_often_in_a_row_than_the_law_value(
    times: int, codes: list[str]
) -> None:
    assert against([seat(0, in_a_row=times), seat(1), seat(2)]) == codes


@pytest.mark.parametrize(("former", "codes"), [({"K0", "K1"}, []), ({"K0", "K1", "K2"}, ["panel_turnover"])])
def test_a_third_of_the_panel_is_new(former: set[str], codes: list[str]) -> None:
    assert against([seat(0), seat(1), seat(2)], former) == codes


def test_candidates_met_lately_and_ties_recuse() -> None:
    assert against([seat(0, met=2), seat(1, tied=1), seat(2)]) == ["panel_met", "panel_tied"]

"""Panels: number, cards, rank, trade, own unit, one leader."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chizheng.assessment.core.panels import Seat, objections
from chizheng.kernel.periods import Period

EXAM = date(2026, 4, 18)
FIT = Seat(
    "K1", Period(date(2024, 1, 1), date(2027, 1, 1)), frozenset({"焊工"}), frozenset({5, 4, 3}), 7, False
)


def panel(*changes: dict[str, object]) -> list[Seat]:
    seats = [replace(FIT, card="K0", leader=True), replace(FIT, card="K1"), replace(FIT, card="K2")]
    return [replace(s, **c) for s, c in zip(seats, [*changes, {}, {}, {}], strict=False)]  # type: ignore[arg-type]


def against(seats: list[Seat], level: int = 3) -> list[str]:
    return [
        o.code
        for o in objections(seats, occupation="焊工", level=level, exam_day=EXAM, unit=1, least=3, odd=True)
    ]


def test_a_fitting_panel_sits() -> None:
    assert against(panel()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {"period": Period(date(2023, 4, 18), EXAM)},
            "panel_card_expired",
        ),  # the last day was the day before
        ({"trades": frozenset({"车工"})}, "panel_trade"),
        ({"levels": frozenset({5, 4})}, "panel_rank"),
        ({"unit": 1}, "panel_same_unit"),
        ({"leader": False}, "panel_leader"),
    ],
)
def test_what_stands_against_a_member(change: dict[str, object], code: str) -> None:
    found = objections(panel(change), occupation="焊工", level=3, exam_day=EXAM, unit=1, least=3, odd=True)
    assert [o.code for o in found] == [code]
    assert found[0].say("zh") and found[0].say("en")


def test_numbers() -> None:
    assert against(panel()[:2]) == ["panel_small"]
    assert against([*panel(), replace(FIT, card="K3")]) == ["panel_even"]
    assert against([]) == ["panel_small", "panel_leader"]
    assert against([*panel({"leader": True}, {"leader": True})]) == ["panel_leader"]

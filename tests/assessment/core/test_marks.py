"""Marks and outcomes: absent is not zero, nothing is rounded, incomplete until all is there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.assessment.core.marks import (
    ABSENT,
    MISCONDUCT,
    MISSING,
    Mark,
    MarkState,
    Outcome,
    Part,
    anniversary,
    credit_holds,
    read_mark,
    result,
    scored,
)
from chizheng.kernel.errors import BadInput

PASS = Decimal(60)
points = st.decimals(0, 100, places=2)
marks = st.one_of(
    st.sampled_from([MISSING, ABSENT, MISCONDUCT]),
    points.map(scored),
    points.map(lambda p: Mark(MarkState.CREDIT, p)),
)
parts = st.sampled_from([(Part.THEORY, Part.PRACTICE), tuple(Part)])
sets = st.fixed_dictionaries({}, optional={p: marks for p in Part})


@given(parts, sets)
def test_incomplete_exactly_while_a_part_is_missing(
    required: tuple[Part, ...], given_marks: dict[Part, Mark]
) -> None:
    found = result(required, given_marks, PASS)
    missing = [p for p in required if given_marks.get(p, MISSING) == MISSING]
    assert (found.outcome is Outcome.INCOMPLETE) == bool(missing)
    assert list(found.missing) == missing


@given(parts, sets)
def test_a_pass_needs_every_part(required: tuple[Part, ...], given_marks: dict[Part, Mark]) -> None:
    found = result(required, given_marks, PASS)
    good = [
        p in given_marks
        and (given_marks[p].state is MarkState.CREDIT
             or (given_marks[p].state is MarkState.SCORED and given_marks[p].score >= PASS))
        for p in required
    ]  # fmt: skip
    assert (found.outcome is Outcome.PASS) == all(good)


@given(parts, sets, points)
def test_a_better_mark_never_makes_it_worse(
    required: tuple[Part, ...], given_marks: dict[Part, Mark], more: Decimal
) -> None:
    order = [Outcome.FAIL, Outcome.INCOMPLETE, Outcome.PASS]
    before = result(required, given_marks, PASS).outcome
    for part, mark in given_marks.items():
        if mark.state is MarkState.SCORED and mark.score is not None and more >= mark.score:
            after = result(required, given_marks | {part: scored(more)}, PASS).outcome
            assert order.index(after) >= order.index(before)


@given(points, points)
def test_the_pass_mark_is_inside(mark: Decimal, pass_mark: Decimal) -> None:
    outcome = result((Part.THEORY,), {Part.THEORY: scored(mark)}, pass_mark).outcome
    assert (outcome is Outcome.PASS) == (mark >= pass_mark)


@given(points)
def test_a_mark_is_read_as_it_was_written(mark: Decimal) -> None:
    assert read_mark(str(mark)) == scored(mark)


@pytest.mark.parametrize(
    ("text", "mark"),
    [("６０", scored(60)), (" 59.5 分", scored("59.5")), ("0", scored(0)), ("缺考", ABSENT), ("缺 考", ABSENT),
     ("违纪", MISCONDUCT), ("作弊", MISCONDUCT), ("", MISSING), ("  ", MISSING), ("100.00", scored(100))],
)  # fmt: skip
def test_words_and_widths(text: str, mark: Mark) -> None:
    assert read_mark(text) == mark


@pytest.mark.parametrize(
    ("text", "code"),
    [("100.01", "mark_range"), ("-1", "mark_range"), ("NaN", "mark_range"), ("Infinity", "mark_range"),
     ("59.995", "mark_decimals"), ("六十", "mark_unreadable"), ("60/100", "mark_unreadable")],
)  # fmt: skip
def test_what_is_no_mark_says_what_to_do(text: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_mark(text)
    assert caught.value.code == code and caught.value.say("en")


def test_a_state_without_score_has_none() -> None:
    with pytest.raises(ValueError):
        Mark(MarkState.ABSENT, Decimal(0))
    with pytest.raises(ValueError):
        Mark(MarkState.SCORED)


days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(days, days, st.integers(1, 5))
def test_credit_is_half_open(passed: date, exam: date, years: int) -> None:
    assert credit_holds(passed, on=exam, years=years) == (passed <= exam < anniversary(passed, years))


def test_credit_of_two_years_at_its_edges() -> None:
    assert credit_holds(date(2024, 4, 18), on=date(2026, 4, 17), years=2)
    assert not credit_holds(date(2024, 4, 18), on=date(2026, 4, 18), years=2)
    assert credit_holds(date(2024, 2, 29), on=date(2026, 2, 28), years=2)
    assert not credit_holds(date(2024, 4, 18), on=date(2024, 4, 17), years=2)

"""Credit grades from the year's record, repair, and statistics that keep cancelled cases apart."""

from __future__ import annotations

from datetime import date

import pytest

from chizheng.inspection.core.cases import CaseEvent, Outcome
from chizheng.inspection.core.grades import YearRecord, count_outcomes, grade, repair
from chizheng.kernel.errors import NotFound
from chizheng.law.io.shelf import law

LAW, DAY = law(), date(2026, 3, 1)
P, C = Outcome.PENALTY, Outcome.CANCELLED


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (YearRecord(2025), "A"),
        (YearRecord(2025, (C, C, C, C)), "A"),
        (YearRecord(2025, (P,)), "B"),
        (YearRecord(2025, (P, Outcome.ORDER)), "B"),
        (YearRecord(2025, (P, P, Outcome.ORDER)), "C"),
        (YearRecord(2025, (), frozenset({"forced_labour"})), "C"),
        (YearRecord(2025, (), technical_posts=10, certified_posts=5), "B"),
        (YearRecord(2025, (), technical_posts=10, certified_posts=6), "A"),
    ],
)
def test_grades(record, expected):
    given = grade(record, LAW, on=DAY)
    assert given.grade == expected
    assert all(given.say("zh")) and all(given.say("en"))
    assert given.citation.instrument == "chengxin-2017"


def test_no_grade_before_the_rules():
    with pytest.raises(NotFound):
        grade(YearRecord(2000), LAW, on=date(2001, 1, 1))


def test_repair_is_one_step_and_needs_performance():
    c = grade(YearRecord(2025, (P, P, P)), LAW, on=DAY)
    assert repair(c, decisions_performed=False, found_since=0) == c
    assert repair(c, decisions_performed=True, found_since=1) == c
    b = repair(c, decisions_performed=True, found_since=0)
    assert b.grade == "B"
    assert (
        repair(
            repair(b, decisions_performed=True, found_since=0), decisions_performed=True, found_since=0
        ).grade
        == "A"
    )


def test_statistics_keep_cancelled_apart():
    histories = [[CaseEvent(n, DAY)] for n in ("decide_cancel", "decide_cancel", "decide_no_penalty", "file")]
    assert count_outcomes(histories) == {Outcome.CANCELLED: 2, Outcome.NO_PENALTY: 1, None: 1}

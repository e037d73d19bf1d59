"""Demands without a gate: brute force, the desk's decision, and the day since which they are unlawful."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest

from chizheng.access.core.gate import Verdict, decide
from chizheng.inspection.core.gates import law_gates, unlawful_from
from chizheng.inspection.core.screening import Question
from chizheng.inspection.io import tables
from chizheng.inspection.io.engines import duckdb as embedded
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import FAR_FUTURE
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from tests.inspection.io.test_equals_decide import NAMES, PLACES
from tests.inspection.tables_of import read, write

COLUMNS = "demand BIGINT, employer BIGINT, occupation VARCHAR, place VARCHAR, start_date DATE, end_date DATE"


def ask(tmp_path, rows, question):
    path = write(tmp_path / "d.parquet", COLUMNS, rows)
    said = {g.occupation for g in law().gates} | {n for s in law().successions for n in (s.old, s.new)}
    numbers = {canonical(n): i for i, n in enumerate(sorted(said | set(NAMES)), 1)}
    with duckdb.connect() as con:
        demands = tables.open_table(con, tables.DEMANDS, path)
    since = unlawful_from(law())
    found = embedded.overgating(
        demands, law_gates(law(), numbers, (), Act.RECRUIT), numbers, question, since, tmp_path / "out"
    )
    answer = read(tmp_path / "out/overgating", "demand, first_day")
    assert found.rows == len(answer)
    return answer


@pytest.mark.parametrize("day", [date(2015, 11, 12), date(2018, 1, 1), date(2021, 11, 23), date(2026, 9, 1)])
def test_equals_decide(tmp_path, day):
    rng = random.Random(day.toordinal())
    rows = [(i, i, rng.choice(NAMES), rng.choice(PLACES), date(2010, 1, 1), FAR_FUTURE) for i in range(400)]
    found = {demand for demand, _ in ask(tmp_path, rows, Question.on(day))}
    expected = {
        demand
        for demand, _, name, place, _, _ in rows
        if decide(law(), act=Act.RECRUIT, occupation=name, on=day, place=place, demanded=True).verdict
        is Verdict.OVER_GATED
    }
    assert found == expected
    assert 0 < len(found) < len(rows)


def test_nothing_before_it_was_unlawful(tmp_path):
    row = (1, 1, "车工", "110101", date(2015, 1, 1), FAR_FUTURE)
    since = unlawful_from(law())
    assert ask(tmp_path, [row], Question.on(since - timedelta(days=1))) == []
    assert ask(tmp_path, [row], Question(date(2015, 1, 1), date(2020, 1, 1))) == [(1, since)]

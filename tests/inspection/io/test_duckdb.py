"""The SQL on DuckDB against brute force, its hash, its buckets and its resumption."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from chizheng.inspection.core.gates import ANY_LEVEL, Gate, GateBook
from chizheng.inspection.core.screening import Depth, Question, RowHash
from chizheng.inspection.io import tables
from chizheng.inspection.io.engines import duckdb as embedded
from chizheng.kernel.errors import Conflict
from tests.inspection.reference import Bar, Held, Job, uncovered_days
from tests.inspection.tables_of import TYPES, read, write
from tests.inspection.worlds import DAYS, world

MASK = 2**64 - 1


def lay(tmp: Path, held: list[Held], jobs: list[Job], bars: list[Bar], exemptions: Path | None = None):
    certificates = write(
        tmp / "c.parquet",
        TYPES["certificates"],
        [(h.person, h.occupation, h.level, h.start, h.end) for h in held],
    )
    employment = write(
        tmp / "e.parquet",
        TYPES["employment"],
        [(j.filing, j.person, j.employer, j.occupation, j.place, j.start, j.end, j.level) for j in jobs],
    )
    book = GateBook(
        tuple(
            Gate(
                b.gate,
                b.occupation,
                b.place,
                b.level,
                b.start,
                b.end,
                f"第{b.gate}条",
                b.occupation,
                b.in_post_before,
                b.in_post_from,
            )
            for b in bars
        )
    )
    with duckdb.connect() as con:
        return embedded.Inputs(
            tables.open_table(con, tables.CERTIFICATES, certificates),
            tables.open_table(con, tables.EMPLOYMENT, employment),
            book,
            {},
            tables.open_table(con, tables.EXEMPTIONS, exemptions) if exemptions else None,
        )


def intervals(days: list[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and runs[-1][1] == day:
            runs[-1] = (runs[-1][0], day + timedelta(days=1))
        else:
            runs.append((day, day + timedelta(days=1)))
    return runs


def splitmix(columns: list[int]) -> int:
    """The row hash in plain integers, from the published algorithm."""
    acc = 0
    for value in columns:
        x = ((acc ^ (value & MASK)) + 0x9E3779B97F4A7C15) & MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        acc = x ^ (x >> 31)
    return acc


def number(value: object) -> int:
    return (value - date(1970, 1, 1)).days if isinstance(value, date) else int(value)  # type: ignore[call-overload]


FIRST, UNTIL = DAYS[0] - timedelta(days=2), DAYS[-1] + timedelta(days=5)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("first", "until"), [(FIRST, UNTIL), (DAYS[5], DAYS[10]), (DAYS[8], DAYS[9])])
def test_equals_brute_force(tmp_path, seed, first, until):
    held, jobs, bars = world(seed, 400)
    truth = uncovered_days(held, jobs, bars, first, until)
    inputs = lay(tmp_path, held, jobs, bars)
    embedded.screen(inputs, Question(first, until), tmp_path / "d1")
    embedded.screen(inputs, Question(first, until, depth=Depth.UNCOVERED), tmp_path / "d2")
    d1 = read(tmp_path / "d1/findings", "filing, gate, first_day")
    d2 = read(tmp_path / "d2/findings", "filing, gate, first_day, uncovered_from, uncovered_until, days")
    assert d1 == sorted((f, g, day) for (f, g), (day, bare) in truth.items() if bare[:1] == [day])
    assert d2 == sorted(
        (f, g, day, a, b, (b - a).days) for (f, g), (day, bare) in truth.items() for a, b in intervals(bare)
    )
    assert d1 and len(d2) >= len(d1)


def test_ten_thousand_against_brute_force(tmp_path):
    held, jobs, bars = world(7, 10_000)
    first, until = DAYS[3], DAYS[6]
    outcome = embedded.screen(
        lay(tmp_path, held, jobs, bars), Question(first, until, depth=Depth.UNCOVERED), tmp_path / "out"
    )
    by_filing = {j.filing: j for j in jobs}
    by_gate = {b.gate: b for b in bars}
    total, rows = 0, 0
    for (filing, gate), (day, bare) in uncovered_days(held, jobs, bars, first, until).items():
        job, bar = by_filing[filing], by_gate[gate]
        for a, b in intervals(bare):
            end = min(until, job.end, bar.end)
            total = (total + splitmix([number(v) for v in (filing, job.person, gate, day, end, a, b)])) & MASK
            rows += 1
    assert outcome.hash == RowHash(rows, total)


def test_a_certificate_of_a_later_lower_level_hides_nothing(tmp_path):
    held = [Held(1, 1, 3, DAYS[0], date(9999, 12, 31)), Held(1, 1, 5, DAYS[5], date(9999, 12, 31))]
    jobs = [Job(1, 1, 1, 1, 110101, DAYS[6], date(9999, 12, 31))]
    bars = [Bar(1, 1, 0, 4, DAYS[0], date(9999, 12, 31))]
    outcome = embedded.screen(lay(tmp_path, held, jobs, bars), Question.on(DAYS[8]), tmp_path / "out")
    assert outcome.hash.rows == 0


def test_an_approved_exemption_lets_off_on_its_days_only(tmp_path):
    jobs = [Job(1, 1, 1, 1, 110101, DAYS[0], date(9999, 12, 31))]
    bars = [Bar(1, 1, 0, 4, DAYS[0], date(9999, 12, 31))]
    exemptions = write(
        tmp_path / "x.parquet",
        "person BIGINT, occupation INTEGER, code VARCHAR, valid_from DATE, valid_until DATE",
        [(1, 1, "approved", DAYS[2], DAYS[8])],
    )
    inputs = lay(tmp_path, [], jobs, bars, exemptions)
    question = Question(DAYS[0], DAYS[10], depth=Depth.UNCOVERED)
    embedded.screen(inputs, question, tmp_path / "out")
    found = read(tmp_path / "out/findings", "uncovered_from, uncovered_until")
    assert found == [(DAYS[0], DAYS[2]), (DAYS[8], DAYS[10])]


def test_place_narrows_the_filings(tmp_path):
    held, jobs, bars = world(11, 500)
    inputs = lay(tmp_path, held, jobs, bars)
    whole = embedded.screen(inputs, Question.on(DAYS[6]), tmp_path / "all")
    inside = embedded.screen(inputs, Question.on(DAYS[6], "44"), tmp_path / "44")
    places = {p for (p,) in read(tmp_path / "44/findings", "place")}
    assert 0 < inside.hash.rows < whole.hash.rows
    assert all(440000 <= p < 450000 for p in places)


def test_buckets_and_interruption_change_nothing(tmp_path):
    held, jobs, bars = world(5, 1000)
    inputs = lay(tmp_path, held, jobs, bars)
    question = Question(FIRST, UNTIL)
    whole = embedded.screen(inputs, question, tmp_path / "whole")
    limits = embedded.Limits(buckets=5)
    cut = embedded.screen(inputs, question, tmp_path / "cut", limits)
    os.remove(tmp_path / "cut/findings/part-0002.parquet")
    again = embedded.screen(inputs, question, tmp_path / "cut", limits)
    assert whole.hash == cut.hash == again.hash
    assert again.resumed == 4


def test_a_folder_of_another_question_is_refused(tmp_path):
    inputs = lay(tmp_path, *world(5, 50))
    embedded.screen(inputs, Question.on(DAYS[6]), tmp_path / "out")
    with pytest.raises(Conflict, match="other_question"):
        embedded.screen(inputs, Question.on(DAYS[7]), tmp_path / "out")


def test_findings_cite_their_gate(tmp_path):
    inputs = lay(tmp_path, *world(5, 200))
    embedded.screen(inputs, Question.on(DAYS[6]), tmp_path / "out")
    rows = read(tmp_path / "out/findings", "gate, citation, level")
    assert rows
    assert all(citation == f"第{gate}条" and level <= ANY_LEVEL for gate, citation, level in rows)

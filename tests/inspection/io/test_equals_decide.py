"""The national question and the desk's are one rule: the SQL against `gate.decide`, person by person."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest

from chizheng.access.core.gate import HeldCertificate, Verdict, decide
from chizheng.inspection.core.gates import ANY_LEVEL, law_gates
from chizheng.inspection.core.screening import Question
from chizheng.inspection.io import tables
from chizheng.inspection.io.engines import duckdb as embedded
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import FAR_FUTURE
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from tests.inspection.tables_of import read, write

GRADED = ["车工", "焊工", "电焊工", "维修电工", "电工", "中式烹调师", "保健按摩师", "水稻种植员"]
UNGRADED = [
    "保安员",
    "汽车驾驶员",
    "游泳救生员",
    "应急救援员",
    "消防设施操作员",
    "建(构)筑物消防员",
    "占卜师",
]
NAMES = GRADED + UNGRADED
EDGES = [
    date(1997, 8, 25),
    date(2000, 3, 16),
    date(2000, 7, 1),
    date(1999, 5, 1),
    date(2015, 7, 29),
    date(2015, 11, 12),
    date(2017, 9, 12),
    date(2021, 11, 23),
    date(2026, 9, 1),
    date(2029, 9, 1),
]
PLACES = ["440103", "110101", "4401", "37", "3303"]
CODES = sorted({e.code for e in law().exemptions if e.in_post_before is None})


def near(rng: random.Random) -> date:
    return rng.choice(EDGES) + timedelta(days=rng.choice([-400, -30, -1, 0, 0, 1, 30, 400, 2000]))


def draw(seed: int, persons: int) -> list[tuple]:
    """(person, occupation, post level, place, since, held, exemption codes with periods)"""
    rng = random.Random(seed)
    world = []
    for person in range(persons):
        occupation = rng.choice(NAMES)
        held = [
            (
                rng.choice([occupation, occupation, *NAMES]),
                rng.choice([1, 2, 3, 4, 5, None]),
                near(rng),
                rng.choice([None, None, near(rng)]),
            )
            for _ in range(rng.choice([0, 1, 1, 2]))
        ]
        claims = [(rng.choice(CODES), near(rng), near(rng))] if rng.random() < 0.25 else []
        world.append(
            (
                person,
                occupation,
                rng.choice([None, None, 5, 4, 3]),
                rng.choice(PLACES),
                near(rng),
                held,
                claims,
            )
        )
    return world


def lay(tmp_path, world):
    certificates = write(
        tmp_path / "c.parquet",
        "person BIGINT, occupation VARCHAR, level INTEGER, valid_from DATE, valid_until DATE",
        [(p, o, ANY_LEVEL if lv is None else lv, a, b) for p, *_, held, _ in world for o, lv, a, b in held],
    )
    employment = write(
        tmp_path / "e.parquet",
        "filing BIGINT, person BIGINT, employer BIGINT, occupation VARCHAR, level INTEGER, place VARCHAR, "
        "start_date DATE, end_date DATE",
        [(p, p, 1, o, lv, place, since, FAR_FUTURE) for p, o, lv, place, since, _, _ in world],
    )
    exemptions = write(
        tmp_path / "x.parquet",
        "person BIGINT, occupation VARCHAR, code VARCHAR, valid_from DATE, valid_until DATE",
        [(p, o, code, a, b) for p, o, *_, claims in world for code, a, b in claims],
    )
    shipped = law()
    said = {g.occupation for g in shipped.gates} | {n for s in shipped.successions for n in (s.old, s.new)}
    numbers = {canonical(n): i for i, n in enumerate(sorted(said | set(NAMES)), 1)}
    book = law_gates(shipped, numbers, {canonical(n) for n in GRADED})
    with duckdb.connect() as con:
        return embedded.Inputs(
            tables.open_table(con, tables.CERTIFICATES, certificates),
            tables.open_table(con, tables.EMPLOYMENT, employment),
            book,
            numbers,
            tables.open_table(con, tables.EXEMPTIONS, exemptions),
        )


@pytest.mark.parametrize("day", [e + timedelta(days=d) for e in EDGES for d in (-1, 0)] + [date(2010, 1, 1)])
def test_screening_equals_decide(tmp_path, day):
    world = draw(day.toordinal(), 1500)
    embedded.screen(lay(tmp_path, world), Question.on(day), tmp_path / "out")
    found = {p for (p,) in read(tmp_path / "out/findings", "DISTINCT person")}
    levels = {canonical(n): frozenset({5, 4, 3, 2, 1}) for n in GRADED}
    missing = set()
    for person, occupation, level, place, since, held, claims in world:
        if since > day:
            continue
        decision = decide(
            law(),
            act=Act.POST,
            occupation=occupation,
            on=day,
            place=place,
            level=level,
            held=[HeldCertificate(o, lv, a, b) for o, lv, a, b in held],
            exemptions=[code for code, a, b in claims if a <= day < b],
            occupation_levels=levels,
            already_in_post_since=since,
        )
        if decision.verdict is Verdict.MISSING:
            missing.add(person)
    assert found == missing
    assert missing or day < EDGES[0]  # every later day tried has somebody on both sides of the rule
    assert len(missing) < len(world)

"""The key-sorted path gives the row hash of the SQL; a delta gives the hash of a full run."""

from __future__ import annotations

import random
from datetime import date

import duckdb
import numpy as np
import pytest

from chizheng.inspection.core import merge
from chizheng.inspection.core.merge import Covers, Filings, GateIndex
from chizheng.inspection.core.screening import Question
from chizheng.inspection.io import sorted as columns
from chizheng.inspection.io.engines import duckdb as embedded
from tests.inspection.io.test_duckdb import FIRST, UNTIL, lay
from tests.inspection.reference import Held
from tests.inspection.worlds import DAYS, world


def load(inputs):
    with duckdb.connect() as con:
        return columns.load(con, inputs.certificates, inputs.employment)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("first", "until"), [(FIRST, UNTIL), (DAYS[8], DAYS[9]), (date(1990, 1, 1), date(1990, 1, 2))]
)
def test_equals_the_sql(tmp_path, seed, first, until):
    inputs = lay(tmp_path, *world(seed, 3000))
    covers, filings = load(inputs)
    found = merge.screen(covers, filings, GateIndex(inputs.book.gates, first, until))
    assert found.hash() == embedded.screen(inputs, Question(first, until), tmp_path / "out").hash
    assert (np.diff(found.person) >= 0).all()


def test_a_delta_is_a_full_run(tmp_path):
    held, jobs, bars = world(9, 3000)
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = lay(tmp_path / "old", held, jobs, bars)
    before = merge.screen(*load(old), GateIndex(old.book.gates, FIRST, UNTIL))
    rng = random.Random(1)
    changed = set(rng.sample(sorted({j.person for j in jobs}), 60))
    held = [h for h in held if h.person not in changed or rng.random() < 0.5]
    held += [Held(p, rng.randrange(1, 6), 3, DAYS[0], date(9999, 12, 31)) for p in changed]
    jobs = [j for j in jobs if j.person not in changed or rng.random() < 0.8]
    new = lay(tmp_path / "new", held, jobs, bars)
    persons = np.array(sorted(changed), dtype=np.int64)
    delta = merge.rescreen(
        before, before.hash(), persons, *load(new), GateIndex(new.book.gates, FIRST, UNTIL)
    )
    assert delta.hash == embedded.screen(new, Question(FIRST, UNTIL), tmp_path / "out").hash
    assert set(delta.removed.person) | set(delta.added.person) <= changed
    assert len(delta.removed.person) > 0 and len(delta.added.person) > 0


def test_kept_columns_are_mapped_as_they_were(tmp_path):
    covers, filings = load(lay(tmp_path, *world(4, 200)))
    columns.keep(tmp_path / "c", covers)
    columns.keep(tmp_path / "f", filings)
    index = GateIndex(lay(tmp_path, *world(4, 200)).book.gates, FIRST, UNTIL)
    there = columns.mapped(tmp_path / "c", Covers), columns.mapped(tmp_path / "f", Filings)
    assert merge.screen(*there, index).hash() == merge.screen(covers, filings, index).hash()

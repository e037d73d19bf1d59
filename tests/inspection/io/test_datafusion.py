"""A second embedded engine, Apache DataFusion, gives the same rows for the same text."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest

from chizheng.inspection.core.portable import fill
from chizheng.inspection.core.screening import HASHED, Depth, Question, RowHash, row_hash
from chizheng.inspection.io import tables, texts
from chizheng.inspection.io.engines import duckdb as embedded
from chizheng.inspection.io.synthetic import write_province
from tests.inspection.io.test_duckdb import FIRST, UNTIL, lay
from tests.inspection.worlds import world

datafusion = pytest.importorskip("datafusion")


def on_datafusion(inputs: embedded.Inputs, question: Question, tmp: Path) -> RowHash:
    """The definition on DataFusion over the same Parquet files; gates are handed over as Parquet too."""
    gates, exempt = tmp / "gates-as-laid.parquet", tmp / "exempt.parquet"
    with closing(duckdb.connect()) as con:
        embedded.lay(con, "gates", embedded.GATE_TYPES, inputs.book.gates)
        con.execute(f"COPY gates TO '{gates}' (FORMAT parquet)")
        con.execute(
            "COPY (SELECT 1::BIGINT AS person, 1::INTEGER AS occupation, 1::BIGINT AS gate, "
            f"DATE '2000-01-01' AS valid_from, DATE '2000-01-01' AS valid_until LIMIT 0) TO '{exempt}'"
        )
    ctx = datafusion.SessionContext()
    for name, path in (
        ("gates", gates),
        ("exempt", exempt),
        ("given_c", inputs.certificates.root),
        ("given_e", inputs.employment.root),
    ):
        ctx.register_parquet(name, str(path))
    ctx.sql(f"CREATE VIEW covers AS {tables.covers_sql(inputs.certificates, 'given_c')}")
    ctx.sql(f"CREATE VIEW employment AS {tables.employment_sql(inputs.employment, 'given_e', 0, 10**6)}")
    text = fill(
        texts.definition(question.depth),
        {"from_date": question.from_date, "until_date": question.until_date},
    )
    total = RowHash()
    for batch in ctx.sql(text).collect():
        columns = [batch.column(batch.schema.get_field_index(c)) for c in HASHED[question.depth]]
        total = total + row_hash([np.asarray(c.to_numpy(False)).astype("int64") for c in columns])
    return total


@pytest.mark.parametrize("depth", Depth)
def test_edge_days(tmp_path, depth):
    inputs = lay(tmp_path, *world(31, 20_000))
    question = Question(FIRST, UNTIL, depth=depth)
    ours = embedded.screen(inputs, question, tmp_path / "out")
    assert ours.hash == on_datafusion(inputs, question, tmp_path)
    assert ours.hash.rows > 5_000


@pytest.mark.parametrize("depth", Depth)
def test_a_million_rows(tmp_path, depth):
    files = write_province(tmp_path / "p", certificates=400_000, employment=600_000)
    with closing(duckdb.connect()) as con:
        given = tables.open_table(con, tables.GATES, files.gates)
        inputs = embedded.Inputs(
            tables.open_table(con, tables.CERTIFICATES, files.certificates),
            tables.open_table(con, tables.EMPLOYMENT, files.employment),
            tables.read_gates(con, given, {}),
            {},
        )
    question = Question(FIRST.replace(year=1998), UNTIL, depth=depth)
    ours = embedded.screen(inputs, question, tmp_path / "out")
    assert ours.hash == on_datafusion(inputs, question, tmp_path)
    assert ours.hash.rows > 100_000

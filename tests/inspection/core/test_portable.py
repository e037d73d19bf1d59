"""The subset of SQL: our texts are inside, what fails somewhere is refused, other dialects read it."""

from __future__ import annotations

from datetime import date

import pytest
import sqlglot

from chizheng.inspection.core.portable import compose, fill
from chizheng.inspection.core.screening import Depth
from chizheng.inspection.core.subset import check
from chizheng.inspection.io import texts
from chizheng.kernel.errors import BadInput

TEXTS = {
    "gated": texts.read("gated"),
    "first_day": texts.definition(Depth.FIRST_DAY),
    "uncovered": texts.definition(Depth.UNCOVERED),
    "overgating": texts.overgating(),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_our_definitions_are_portable(text):
    check(text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("dialect", ["duckdb", "spark", "postgres"])
def test_other_dialects_read_it_as_it_stands(text, dialect):
    filled = fill(text, dict.fromkeys(("from_date", "until_date", "unlawful_from"), date(2026, 1, 1)))
    assert sqlglot.parse_one(filled) == sqlglot.parse_one(filled, read=dialect)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM t ASOF JOIN u ON t.a = u.a AND t.b >= u.b",
        "SELECT a FROM t ANTI JOIN u ON t.a = u.a",
        "SELECT a FROM t SEMI JOIN u ON t.a = u.a",
        "SELECT a FROM t CROSS JOIN u",
        "SELECT a FROM t JOIN u ON t.a < u.a",
        "SELECT a FROM t RIGHT JOIN u ON t.a = u.a",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
        "SELECT a FROM t UNION SELECT a FROM u",
        "SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a) = 1",
        "SELECT SUM(a) OVER (PARTITION BY b) FROM t",
        "SELECT UNNEST(a) FROM t",
        "SELECT DATEDIFF('day', a, b) FROM t",
        "SELECT CAST(a AS BIGINT) FROM t",
        "SELECT DISTINCT ON (a) a, b FROM t",
        "SELECT a FROM t WHERE a IN (SELECT a FROM u)",
        "SELECT a FROM t; SELECT b FROM t",
        "DELETE FROM t",
    ],
)
def test_what_engines_do_differently_is_refused(text):
    with pytest.raises(BadInput, match="sql_not_portable"):
        check(text)


def test_compose_merges_common_table_expressions():
    text = compose("-- why\nWITH b AS (SELECT x FROM a)\nSELECT x FROM b", a="SELECT 1 AS x")
    assert sqlglot.parse_one(text).find(sqlglot.exp.With).expressions[0].alias == "a"
    assert "--" not in text


def test_only_known_dates_are_filled_in():
    with pytest.raises(KeyError):
        fill("SELECT :other", {"day": date(2026, 1, 1)})

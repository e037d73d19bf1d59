"""Extracts of the register as Parquet: CSV as PostgreSQL streams it, typed and packed by DuckDB."""

# ruff: noqa: S608 - only our own column names and quoted paths enter the SQL

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from chizheng.inspection.io.tables import quoted

TYPES = {
    "certificates": {
        "person": "BIGINT", "occupation": "VARCHAR", "level": "INTEGER", "valid_from": "DATE", "valid_until": "DATE",
    },
    "employment": {
        "filing": "BIGINT", "person": "BIGINT", "employer": "BIGINT", "occupation": "VARCHAR", "level": "INTEGER",
        "place": "VARCHAR", "start_date": "DATE", "end_date": "DATE",
    },
    "exemptions": {
        "person": "BIGINT", "occupation": "VARCHAR", "code": "VARCHAR", "valid_from": "DATE", "valid_until": "DATE",
    },
    "demands": {
        "demand": "BIGINT", "employer": "BIGINT", "occupation": "VARCHAR", "place": "VARCHAR", "start_date": "DATE",
        "end_date": "DATE",
    },
    "changed": {"person": "BIGINT"},
}  # fmt: skip
"""Columns of the extracts (docs/formats), in the order in which PostgreSQL sends them."""


def pack(chunks: Iterable[bytes], kind: str, target: Path) -> int:
    """Write CSV chunks (no header, columns of `TYPES[kind]`) to `target` as Parquet; gives the rows."""
    columns = TYPES[kind]
    csv = target.with_suffix(".csv")
    with csv.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
    try:
        with closing(duckdb.connect(config={"threads": 2, "preserve_insertion_order": True})) as con:
            types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
            if csv.stat().st_size:
                source = f"read_csv({quoted(str(csv))}, header = false, columns = {{{types}}}, nullstr = '')"
            else:
                fields = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
                source = f"(SELECT {fields} WHERE false)"
            con.execute(
                f"COPY (SELECT * FROM {source}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION snappy)"
            )
            return int(con.execute(f"SELECT count(*) FROM {quoted(str(target))}").fetchall()[0][0])
    finally:
        csv.unlink(missing_ok=True)


def names(*paths: Path) -> list[str]:
    """The occupations that occur in the tables, each once, in order."""
    union = " UNION ".join(f"SELECT occupation FROM {quoted(str(p))}" for p in paths)
    with closing(duckdb.connect(config={"threads": 1})) as con:
        return [name for (name,) in con.execute(f"{union} ORDER BY occupation").fetchall()]


def persons(path: Path) -> set[int]:
    """The person keys of a table."""
    with closing(duckdb.connect(config={"threads": 1})) as con:
        return {key for (key,) in con.execute(f"SELECT DISTINCT person FROM {quoted(str(path))}").fetchall()}


def findings(folder: Path, *, intervals: bool, batch: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
    """Findings in batches: filing, employer, gate, name of the gate's occupation, level, citation, from, until.

    The days are those without a certificate (`intervals`), or those in a gated post of which the first was.
    """
    days = "uncovered_from, uncovered_until" if intervals else "first_day, end_day"
    with closing(duckdb.connect(config={"threads": 1})) as con:
        cursor = con.execute(
            f"SELECT filing, employer, gate, occupation_name, level, citation, {days} "
            f"FROM read_parquet({quoted(str(folder / '*.parquet'))}) ORDER BY filing, gate, 7"
        )
        while rows := cursor.fetchmany(batch):
            yield rows


def rows_of(folder: Path, columns: str, order: str) -> list[tuple[Any, ...]]:
    """Rows of the Parquet files in a folder of answers."""
    with closing(duckdb.connect(config={"threads": 1})) as con:
        return con.execute(
            f"SELECT {columns} FROM read_parquet({quoted(str(folder / '*.parquet'))}) ORDER BY {order}"
        ).fetchall()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

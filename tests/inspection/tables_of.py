"""Small tables written as Parquet for the tests of screening."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb

TYPES = {
    "certificates": "person BIGINT, occupation INTEGER, level INTEGER, valid_from DATE, valid_until DATE",
    "employment": "filing BIGINT, person BIGINT, employer BIGINT, occupation INTEGER, place INTEGER, "
    "start_date DATE, end_date DATE, level INTEGER",
    "gates": "gate BIGINT, occupation INTEGER, place INTEGER, level INTEGER, valid_from DATE, valid_until DATE, "
    "in_post_before DATE, in_post_from DATE, citation VARCHAR",
    "demands": "demand BIGINT, employer BIGINT, occupation INTEGER, place INTEGER, start_date DATE, end_date DATE",
}


def write(path: Path, columns: str, rows: Sequence[tuple]) -> Path:
    """One Parquet file of `rows` under the column definitions `columns`."""
    with closing(duckdb.connect()) as con:
        con.execute(f"CREATE TABLE t ({columns})")
        if rows:
            width = len(columns.split(","))
            kinds = [c.split()[-1] for c in columns.split(",")]
            chosen = ", ".join(f"unnest(${i + 1}::{kinds[i]}[])" for i in range(width))
            con.execute(f"INSERT INTO t SELECT {chosen}", [list(c) for c in zip(*rows, strict=True)])
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


def read(folder: Path, columns: str) -> list[tuple]:
    with closing(duckdb.connect()) as con:
        return con.execute(
            f"SELECT {columns} FROM read_parquet('{folder}/*.parquet') ORDER BY ALL"
        ).fetchall()


def read_file(path: Path, columns: str) -> list[tuple]:
    with closing(duckdb.connect()) as con:
        return con.execute(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY ALL").fetchall()

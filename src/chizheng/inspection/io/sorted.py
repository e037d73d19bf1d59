"""Key-sorted columns for `core.merge`, read from the Parquet tables and kept as .npy files to map."""

# ruff: noqa: S608 - only our own names, checked columns, dates and quoted paths enter the SQL

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np

from chizheng.inspection.core.merge import Covers, Filings, link
from chizheng.inspection.io import tables

_T = TypeVar("_T", Covers, Filings)


def load(
    con: duckdb.DuckDBPyConnection, certificates: tables.Source, employment: tables.Source
) -> tuple[Covers, Filings]:
    """Sort both tables by (person, occupation) and link them; occupations must be numbers."""
    covers = con.execute(
        "SELECT person, occupation, level::TINYINT AS level, valid_from - DATE '1970-01-01' AS valid_from, "
        f"valid_until - DATE '1970-01-01' AS valid_until "
        f"FROM ({tables.covers_sql(certificates, certificates.scan())}) "
        "ORDER BY person, occupation"
    ).fetchnumpy()
    filings = con.execute(
        "SELECT filing, person, occupation, level::TINYINT AS level, place, "
        "start_date - DATE '1970-01-01' AS start_date, "
        "end_date - DATE '1970-01-01' AS end_date "
        f"FROM ({tables.employment_sql(employment, employment.scan(), 0, 10**6)}) ORDER BY person, occupation"
    ).fetchnumpy()
    held = Covers(**_plain(covers, Covers))
    empty: dict[str, Any] = {"first": np.empty(0, np.int32), "count": np.empty(0, np.int8)}
    return held, link(held, Filings(**_plain(filings, Filings), **empty))


def _plain(columns: dict[str, Any], kind: type[Covers] | type[Filings]) -> dict[str, Any]:
    wanted = {"person": np.int64, "filing": np.int64, "level": np.int8}
    names = [f.name for f in fields(kind) if f.name in columns]
    return {n: np.ascontiguousarray(columns[n], dtype=wanted.get(n, np.int32)) for n in names}


def keep(folder: Path, table: Covers | Filings) -> None:
    """Write every column of `table` as `<folder>/<column>.npy`."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(table):
        np.save(folder / f"{field.name}.npy", getattr(table, field.name))


def mapped(folder: Path, kind: type[_T]) -> _T:
    """The table kept in `folder`, mapped into memory and not read before it is used."""
    return kind(**{f.name: np.load(folder / f"{f.name}.npy", mmap_mode="r") for f in fields(kind)})

"""Screening on DuckDB, inside this process: bounded memory, spilling, resumable by key range.

Connections are explicit and closed; the answer is written by the engine, bucket by bucket, each under a
temporary name first, so that an interrupted run goes on where it stopped.
"""

# ruff: noqa: S608 - only our own names, checked columns, dates and quoted paths enter the SQL

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from chizheng.inspection.core.gates import GateBook, place_range
from chizheng.inspection.core.portable import compose, fill
from chizheng.inspection.core.screening import HASHED, HASHED_DEMANDS, Depth, Question, RowHash, row_hash
from chizheng.inspection.core.wording import WORDING
from chizheng.inspection.io import tables, texts
from chizheng.kernel.errors import Conflict, Unavailable
from chizheng.kernel.names import canonical

Progress = Callable[[int, int], None]
BATCH = 1_000_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked sources, the gates, and the numbers of occupations that are written as names (as written)."""

    certificates: tables.Source
    employment: tables.Source
    book: GateBook
    names: dict[str, int]
    exemptions: tables.Source | None = None
    changed: tables.Source | None = None
    """Only these persons are screened (a delta)."""

    @property
    def titles(self) -> dict[int, str]:
        """Number to canonical name."""
        return {number: canonical(name) for name, number in self.names.items()}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. `buckets` cuts the persons into key ranges that are answered one after another."""

    memory_mb: int = 2048
    threads: int = 2
    buckets: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: hash (with the number of rows), persons, employers, and CPU seconds of the SQL."""

    hash: RowHash
    persons: int
    employers: int
    cpu_seconds: float
    resumed: int = 0


def connect(limits: Limits, spill: Path) -> duckdb.DuckDBPyConnection:
    """An explicit connection with bounded memory that spills into `spill`."""
    return duckdb.connect(
        config={
            "threads": limits.threads,
            "memory_limit": f"{limits.memory_mb}MB",
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
        }
    )


def screen(
    inputs: Inputs,
    question: Question,
    out: Path,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Answer `question` into `out/findings/part-*.parquet`; running it twice gives the same files.

    Raises Conflict if `out` holds parts of another question, Unavailable if the engine fails.
    """
    limits = limits or Limits()
    folder = out / "findings"
    folder.mkdir(parents=True, exist_ok=True)
    _claim(out, inputs, question, limits)
    spill = out / "spill"
    started = time.process_time()
    resumed = 0
    try:
        with closing(connect(limits, spill)) as con:
            _lay(con, inputs, question)
            ranges = _ranges(con, inputs, limits.buckets)
            for number, (low, high) in enumerate(ranges):
                part = folder / f"part-{number:04d}.parquet"
                if part.exists():
                    resumed += 1
                else:
                    half = part.with_suffix(".half")
                    con.execute(_copy(inputs, question, low, high, half))
                    os.replace(half, part)
                if progress:
                    progress(number + 1, len(ranges))
        cpu = time.process_time() - started
        return summarise(folder, question.depth, cpu, resumed, limits)
    except duckdb.Error as error:
        raise Unavailable(
            "engine_failed", WORDING["engine_failed"], engine="DuckDB", reason=str(error).splitlines()[0]
        ) from error
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _lay(con: duckdb.DuckDBPyConnection, inputs: Inputs, question: Question) -> None:
    """Create the relations of the definition: gates, names and, as views over the files, the rest."""
    book = inputs.book
    lay(con, "gates", GATE_TYPES, book.gates)
    lay(con, "names", {"name": "VARCHAR", "occupation": "INTEGER"}, list(inputs.names.items()))
    lay(con, "titles", {"occupation": "INTEGER", "name": "VARCHAR"}, list(inputs.titles.items()))
    covers = tables.covers_sql(inputs.certificates, inputs.certificates.scan())
    if book.openers:
        lay(con, "openers", {"occupation": "INTEGER", "target": "INTEGER"}, book.openers)
        covers += (
            " UNION ALL SELECT c.person, o.target AS occupation, c.level, c.valid_from, c.valid_until "
            f"FROM ({covers}) c JOIN openers o ON o.occupation = c.occupation"
        )
    only = ""
    if inputs.changed:
        con.execute(f"CREATE TABLE changed AS SELECT DISTINCT person FROM {inputs.changed.scan()}")
        only = " WHERE person IN (SELECT person FROM changed)"
    con.execute(f"CREATE VIEW all_covers AS SELECT * FROM ({covers}){only}")
    con.execute(
        "CREATE TABLE exempt (person BIGINT, occupation INTEGER, gate BIGINT, "
        "valid_from DATE, valid_until DATE)"
    )
    if inputs.exemptions:
        lay(con, "exempting", EXEMPTING_TYPES, book.exempting or ())
        con.execute(
            "INSERT INTO exempt "
            + tables.exempt_sql(
                inputs.exemptions, inputs.exemptions.scan(), by_code=book.exempting is not None
            )
        )
    low, high = place_range(question.place)
    filings = tables.employment_sql(inputs.employment, inputs.employment.scan(), low, high)
    con.execute(f"CREATE VIEW all_employment AS SELECT * FROM ({filings}){only}")


def gated_posts(inputs: Inputs, question: Question, limits: Limits | None = None) -> dict[int, int]:
    """Employer to the number of its filings that some gate binds in the period, covered or not."""
    limits = limits or Limits()
    text = fill(
        compose(texts.read("gated")), {"from_date": question.from_date, "until_date": question.until_date}
    )
    with closing(duckdb.connect(config={"threads": limits.threads})) as con:
        _lay(con, inputs, question)
        rows = con.execute(
            f"WITH employment AS (SELECT * FROM all_employment) SELECT employer, count(DISTINCT filing) "
            f"FROM ({text}) WHERE first_day < end_day GROUP BY employer"
        ).fetchall()
    return dict(rows)


GATE_TYPES = {
    "gate": "BIGINT",
    "occupation": "INTEGER",
    "opened_by": "INTEGER",
    "place": "INTEGER",
    "level": "INTEGER",
    "level_floor": "INTEGER",
    "valid_from": "DATE",
    "valid_until": "DATE",
    "in_post_before": "DATE",
    "in_post_from": "DATE",
    "citation": "VARCHAR",
}
EXEMPTING_TYPES = {"code": "VARCHAR", "gate": "BIGINT", "valid_from": "DATE", "valid_until": "DATE"}


def lay(con: duckdb.DuckDBPyConnection, name: str, types: dict[str, str], rows: Sequence[Any]) -> None:
    """Put a few thousand rows (tuples, or objects with the fields of `types`) into table `name`."""
    columns = [
        [row[i] if isinstance(row, tuple) else getattr(row, field) for row in rows]
        for i, field in enumerate(types)
    ]
    chosen = ", ".join(
        f"unnest(${i}::{kind}[]) AS {field}" for i, (field, kind) in enumerate(types.items(), 1)
    )
    con.execute(f"CREATE TABLE {name} AS SELECT {chosen}", columns)


def _ranges(
    con: duckdb.DuckDBPyConnection, inputs: Inputs, buckets: int
) -> list[tuple[int, int] | tuple[None, None]]:
    """Half-open ranges of the person key that cover all filings; one unbounded range for one bucket."""
    if buckets <= 1:
        return [(None, None)]
    low, high = con.execute(f"SELECT min(person), max(person) FROM {inputs.employment.scan()}").fetchall()[0]
    if low is None:
        return [(None, None)]
    edges = [low + (high + 1 - low) * i // buckets for i in range(buckets + 1)]
    return [(a, b) for a, b in itertools.pairwise(edges) if a < b]


def _copy(inputs: Inputs, question: Question, low: int | None, high: int | None, target: Path) -> str:
    bounds = "" if low is None else f" WHERE person >= {low} AND person < {high}"
    text = texts.definition(question.depth)
    text = fill(text, {"from_date": question.from_date, "until_date": question.until_date})
    text = (
        f"WITH covers AS (SELECT * FROM all_covers{bounds}), "
        f"employment AS (SELECT * FROM all_employment{bounds}), {text.removeprefix('WITH ')}"
    )
    days = ", f.uncovered_until - f.uncovered_from AS days" if question.depth is Depth.UNCOVERED else ""
    name = ", n.name AS occupation_name" if inputs.names else ""
    joined = " LEFT JOIN titles n ON n.occupation = f.occupation" if inputs.names else ""
    return (
        f"COPY (SELECT f.*{days}, g.citation{name} FROM ({text}) f JOIN gates g ON g.gate = f.gate{joined}) "
        f"TO {tables.quoted(str(target))} (FORMAT parquet, COMPRESSION snappy)"
    )


def _claim(out: Path, inputs: Inputs, question: Question, limits: Limits) -> None:
    """Leave the fingerprint of the question in `out`, or refuse a folder that bears another."""
    seal = hashlib.sha256()
    for source in (inputs.certificates, inputs.employment, inputs.exemptions, inputs.changed):
        for path in source.files() if source else ():
            stat = path.stat()
            seal.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns};".encode())
    seal.update(repr((inputs.book, sorted(inputs.names.items()), question, limits.buckets)).encode())
    seal.update(texts.definition(question.depth).encode())
    mark = out / "question.json"
    digest = seal.hexdigest()
    if mark.exists() and json.loads(mark.read_text())["fingerprint"] != digest:
        raise Conflict("other_question", WORDING["other_question"], path=out)
    mark.write_text(
        json.dumps(
            {
                "fingerprint": digest,
                "from": str(question.from_date),
                "until": str(question.until_date),
                "place": question.place,
                "depth": question.depth,
            },
            indent=1,
        )
    )


def replaced(previous: Path, changed: tables.Source, depth: Depth, out: Path, limits: Limits) -> RowHash:
    """Write the findings of `previous` that a delta replaces to `out/replaced.parquet`; gives their hash."""
    part = out / "replaced.parquet"
    source = f"read_parquet({tables.quoted(str(previous / 'findings' / '*.parquet'))})"
    with closing(connect(limits, out / "spill")) as con:
        con.execute(
            f"COPY (SELECT * FROM {source} WHERE person IN (SELECT person FROM {changed.scan()})) "
            f"TO {tables.quoted(str(part))} (FORMAT parquet, COMPRESSION snappy)"
        )
        return _hash_part(con, part, HASHED[depth])


def summarise(folder: Path, depth: Depth, cpu: float, resumed: int, limits: Limits) -> Outcome:
    """Count and hash the findings in `folder`, whichever engine wrote them."""
    source = f"read_parquet({tables.quoted(str(folder / '*.parquet'))})"
    with closing(
        duckdb.connect(config={"threads": limits.threads, "memory_limit": f"{limits.memory_mb}MB"})
    ) as con:
        persons, employers = con.execute(
            f"SELECT count(DISTINCT person), count(DISTINCT employer) FROM {source}"
        ).fetchall()[0]
        answer = RowHash()
        for part in sorted(folder.glob("*.parquet")):
            answer = answer + _hash_part(con, part, HASHED[depth])
    return Outcome(answer, persons, employers, cpu, resumed)


def overgating(
    demands: tables.Source,
    bases: GateBook,
    names: dict[str, int],
    question: Question,
    unlawful_from: date,
    out: Path,
    limits: Limits | None = None,
) -> RowHash:
    """Demands of employers and agencies that no gate backs, into `out/overgating/part-0000.parquet`."""
    limits = limits or Limits()
    folder = out / "overgating"
    folder.mkdir(parents=True, exist_ok=True)
    text = fill(
        texts.overgating(),
        {"from_date": question.from_date, "until_date": question.until_date, "unlawful_from": unlawful_from},
    )
    low, high = place_range(question.place)
    part = folder / "part-0000.parquet"
    half = part.with_suffix(".half")
    try:
        with closing(connect(limits, out / "spill")) as con:
            lay(con, "bases", GATE_TYPES, bases.gates)
            lay(con, "names", {"name": "VARCHAR", "occupation": "INTEGER"}, list(names.items()))
            asked = tables.employment_sql(demands, demands.scan(), low, high, key="demand")
            con.execute(f"CREATE VIEW demands AS {asked}")
            con.execute(f"COPY ({text}) TO {tables.quoted(str(half))} (FORMAT parquet, COMPRESSION snappy)")
            os.replace(half, part)
            return _hash_part(con, part, HASHED_DEMANDS)
    except duckdb.Error as error:
        raise Unavailable(
            "engine_failed", WORDING["engine_failed"], engine="DuckDB", reason=str(error).splitlines()[0]
        ) from error
    finally:
        shutil.rmtree(out / "spill", ignore_errors=True)


def _hash_part(con: duckdb.DuckDBPyConnection, part: Path, hashed: Sequence[str]) -> RowHash:
    """Hash of one file of findings, read a million rows at a time."""
    chosen = ", ".join(
        f"CAST({c} - DATE '1970-01-01' AS BIGINT) AS {c}" if c.endswith(("_day", "_from", "_until")) else c
        for c in hashed
    )
    source = f"read_parquet({tables.quoted(str(part))}, file_row_number = true)"
    rows = con.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    answer = RowHash()
    for start in range(0, rows, BATCH):
        batch = con.execute(
            f"SELECT {chosen} FROM {source} WHERE file_row_number >= {start} "
            f"AND file_row_number < {start + BATCH}"
        ).fetchnumpy()
        answer = answer + row_hash([np.asarray(batch[c], dtype=np.int64) for c in hashed])
    return answer

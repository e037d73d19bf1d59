"""Screening on DuckDB, inside this process: bounded memory, spilling, resumable by key range.

Connections are explicit and closed; the answer is written by the engine, bucket by bucket, each under a
temporary name first, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from chizheng.inspection.core.portable import fill
from chizheng.inspection.core.screening import HASHED, Depth, Gate, Question, RowHash, place_range, row_hash
from chizheng.inspection.core.wording import WORDING
from chizheng.inspection.io import tables, texts
from chizheng.kernel.errors import Conflict, Unavailable

Progress = Callable[[int, int], None]
BATCH = 1_000_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked sources, the gates, and the numbers of the occupations that are written as names."""

    certificates: tables.Source
    employment: tables.Source
    gates: Sequence[Gate]
    names: dict[str, int]
    exemptions: tables.Source | None = None


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
    inputs: Inputs, question: Question, out: Path, limits: Limits | None = None, progress: Progress | None = None
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
    lay_gates(con, inputs.gates)
    con.execute("CREATE TABLE names AS SELECT unnest($1::VARCHAR[]) AS name, unnest($2::INTEGER[]) AS occupation",
                [list(inputs.names), list(inputs.names.values())])  # fmt: skip
    covers = tables.covers_sql(inputs.certificates, inputs.certificates.scan())
    if inputs.exemptions:
        covers += " UNION ALL " + tables.covers_sql(inputs.exemptions, inputs.exemptions.scan(), exempt=True)
    con.execute(f"CREATE VIEW all_covers AS {covers}")
    low, high = place_range(question.place)
    con.execute(
        f"CREATE VIEW all_employment AS {tables.employment_sql(inputs.employment, inputs.employment.scan(), low, high)}"
    )


def lay_gates(con: duckdb.DuckDBPyConnection, gates: Sequence[Gate], name: str = "gates") -> None:
    """Put the gates into a table; few thousand rows, so lists are quick enough."""
    columns: list[list[Any]] = [
        [getattr(g, field) for g in gates]
        for field in ("gate", "occupation", "place", "level", "valid_from", "valid_until", "in_post_from", "citation")
    ]
    con.execute(
        f"CREATE TABLE {name} AS SELECT unnest($1::BIGINT[]) AS gate, unnest($2::INTEGER[]) AS occupation, "
        "unnest($3::INTEGER[]) AS place, unnest($4::INTEGER[]) AS level, unnest($5::DATE[]) AS valid_from, "
        "unnest($6::DATE[]) AS valid_until, unnest($7::DATE[]) AS in_post_from, unnest($8::VARCHAR[]) AS citation",
        columns,
    )


def _ranges(con: duckdb.DuckDBPyConnection, inputs: Inputs, buckets: int) -> list[tuple[int, int] | tuple[None, None]]:
    """Half-open ranges of the person key that cover all filings; one unbounded range for one bucket."""
    if buckets <= 1:
        return [(None, None)]
    low, high = con.execute(f"SELECT min(person), max(person) FROM {inputs.employment.scan()}").fetchall()[0]
    if low is None:
        return [(None, None)]
    edges = [low + (high + 1 - low) * i // buckets for i in range(buckets + 1)]
    return [(a, b) for a, b in zip(edges, edges[1:], strict=False) if a < b]


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
    joined = " LEFT JOIN names n ON n.occupation = f.occupation" if inputs.names else ""
    return (
        f"COPY (SELECT f.*{days}, g.citation{name} FROM ({text}) f JOIN gates g ON g.gate = f.gate{joined}) "
        f"TO {tables.quoted(str(target))} (FORMAT parquet, COMPRESSION snappy)"
    )


def _claim(out: Path, inputs: Inputs, question: Question, limits: Limits) -> None:
    """Leave the fingerprint of the question in `out`, or refuse a folder that bears another."""
    seal = hashlib.sha256()
    for source in (inputs.certificates, inputs.employment, inputs.exemptions):
        for path in sorted(Path(source.path).parent.glob(Path(source.path).name)) if source else ():
            stat = path.stat()
            seal.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns};".encode())
    seal.update(repr((list(inputs.gates), sorted(inputs.names.items()), question, limits.buckets)).encode())
    seal.update(texts.definition(question.depth).encode())
    mark = out / "question.json"
    digest = seal.hexdigest()
    if mark.exists() and json.loads(mark.read_text())["fingerprint"] != digest:
        raise Conflict("other_question", WORDING["other_question"], path=out)
    mark.write_text(json.dumps({"fingerprint": digest, "from": str(question.from_date), "until": str(question.until_date),
                                "place": question.place, "depth": question.depth}, indent=1))  # fmt: skip


def summarise(folder: Path, depth: Depth, cpu: float, resumed: int, limits: Limits) -> Outcome:
    """Count and hash the findings in `folder`, whichever engine wrote them."""
    source = f"read_parquet({tables.quoted(str(folder / '*.parquet'))})"
    with closing(duckdb.connect(config={"threads": limits.threads, "memory_limit": f"{limits.memory_mb}MB"})) as con:
        persons, employers = con.execute(
            f"SELECT count(DISTINCT person), count(DISTINCT employer) FROM {source}"
        ).fetchall()[0]
        answer = RowHash()
        for part in sorted(folder.glob("*.parquet")):
            answer = answer + _hash_part(con, part, depth)
    return Outcome(answer, persons, employers, cpu, resumed)


def _hash_part(con: duckdb.DuckDBPyConnection, part: Path, depth: Depth) -> RowHash:
    """Hash of one file of findings, read a million rows at a time."""
    chosen = ", ".join(
        f"CAST({c} - DATE '1970-01-01' AS BIGINT) AS {c}" if c.endswith(("_day", "_from", "_until")) else c
        for c in HASHED[depth]
    )
    source = f"read_parquet({tables.quoted(str(part))}, file_row_number = true)"
    rows = con.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    answer = RowHash()
    for start in range(0, rows, BATCH):
        batch = con.execute(
            f"SELECT {chosen} FROM {source} WHERE file_row_number >= {start} AND file_row_number < {start + BATCH}"
        ).fetchnumpy()
        answer = answer + row_hash([np.asarray(batch[c], dtype=np.int64) for c in HASHED[depth]])
    return answer

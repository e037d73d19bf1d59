"""Screening on Spark, when the tables outgrow one machine: the same text, the same row hash.

Needs pyspark (requirements/spark.lock) and Java, and paths that every worker sees. `master` is what Spark
takes: `local[2]`, `local-cluster[2,1,1024]`, `spark://host:7077`.
"""

# ruff: noqa: S608 - only our own names, checked columns, dates and quoted paths enter the SQL

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chizheng.inspection.core.gates import place_range
from chizheng.inspection.core.portable import fill
from chizheng.inspection.core.screening import Depth, Question
from chizheng.inspection.core.wording import WORDING
from chizheng.inspection.io import tables, texts
from chizheng.inspection.io.engines.duckdb import (
    EXEMPTING_TYPES,
    GATE_TYPES,
    Inputs,
    Limits,
    Outcome,
    summarise,
)
from chizheng.kernel.errors import Unavailable

_TYPES = {"BIGINT": "bigint", "INTEGER": "int", "DATE": "date", "VARCHAR": "string"}


@contextmanager
def session(master: str, settings: dict[str, str] | None = None) -> Iterator[Any]:
    """A Spark session that is stopped at the end; raises Unavailable without pyspark or Java."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise Unavailable("spark_missing", WORDING["spark_missing"], reason="java")
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Unavailable("spark_missing", WORDING["spark_missing"], reason=error.name) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = (
        SparkSession.builder.appName("chizheng screen")
        .master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.log.level", "ERROR")
    )
    if master.startswith("local") or "127.0.0.1" in master:
        builder = builder.config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
    for key, value in (settings or {}).items():
        builder = builder.config(key, value)
    try:
        spark = builder.getOrCreate()
    except Exception as error:
        raise Unavailable("spark_missing", WORDING["spark_missing"], reason=_first_line(error)) from error
    try:
        yield spark
    finally:
        spark.stop()


def screen(
    inputs: Inputs, question: Question, out: Path, *, master: str, limits: Limits | None = None
) -> Outcome:
    """Answer `question` on the Spark at `master` into `out/findings/*.parquet`, replacing what was there."""
    with session(master) as spark:
        return answer(spark, inputs, question, out, limits)


def answer(
    spark: Any, inputs: Inputs, question: Question, out: Path, limits: Limits | None = None
) -> Outcome:
    """As `screen`, in a session that is already there."""
    folder = (out / "findings").resolve()
    started = time.process_time()
    try:
        _lay(spark, inputs, question)
        _findings(spark, inputs, question).write.mode("overwrite").parquet(folder.as_uri())
    except Exception as error:
        raise Unavailable(
            "engine_failed", WORDING["engine_failed"], engine="Spark", reason=_first_line(error)
        ) from error
    cpu = time.process_time() - started  # of the driver's Python only: the work is done elsewhere
    return summarise(folder, question.depth, cpu, 0, limits or Limits())


def _lay(spark: Any, inputs: Inputs, question: Question) -> None:
    """The relations of the definition as temporary views."""
    book = inputs.book
    _rows(spark, "gates", GATE_TYPES, book.gates)
    _rows(spark, "names", {"name": "VARCHAR", "occupation": "INTEGER"}, list(inputs.names.items()))
    _rows(spark, "titles", {"occupation": "INTEGER", "name": "VARCHAR"}, list(inputs.titles.items()))
    _file(spark, "given_certificates", inputs.certificates)
    covers = tables.covers_sql(inputs.certificates, "given_certificates")
    if book.openers:
        _rows(spark, "openers", {"occupation": "INTEGER", "target": "INTEGER"}, book.openers)
        covers += (
            " UNION ALL SELECT c.person, o.target AS occupation, c.level, c.valid_from, c.valid_until "
            f"FROM ({covers}) c JOIN openers o ON o.occupation = c.occupation"
        )
    spark.sql(covers).createOrReplaceTempView("covers")
    if inputs.exemptions:
        _rows(spark, "exempting", EXEMPTING_TYPES, book.exempting or ())
        _file(spark, "given_exemptions", inputs.exemptions)
        exempt = tables.exempt_sql(inputs.exemptions, "given_exemptions", by_code=book.exempting is not None)
        spark.sql(exempt).createOrReplaceTempView("exempt")
    else:
        types = {"person": "BIGINT", "occupation": "INTEGER", "gate": "BIGINT"}
        _rows(spark, "exempt", types | {"valid_from": "DATE", "valid_until": "DATE"}, ())
    _file(spark, "given_employment", inputs.employment)
    low, high = place_range(question.place)
    filings = tables.employment_sql(inputs.employment, "given_employment", low, high)
    spark.sql(filings).createOrReplaceTempView("employment")


def _findings(spark: Any, inputs: Inputs, question: Question) -> Any:
    text = fill(
        texts.definition(question.depth),
        {"from_date": question.from_date, "until_date": question.until_date},
    )
    spark.sql(text).createOrReplaceTempView("found")
    days = (
        ", CAST(datediff(f.uncovered_until, f.uncovered_from) AS BIGINT) AS days"
        if question.depth is Depth.UNCOVERED
        else ""
    )
    name, joined = ", n.name AS occupation_name", " LEFT JOIN titles n ON n.occupation = f.occupation"
    if not inputs.names:
        name = joined = ""
    return spark.sql(
        f"SELECT f.*{days}, g.citation{name} FROM found f JOIN gates g ON g.gate = f.gate{joined}"
    )


def _file(spark: Any, view: str, source: tables.Source) -> None:
    reader = spark.read.option("recursiveFileLookup", "true")
    reader.parquet(source.root.resolve().as_uri()).createOrReplaceTempView(view)


def _rows(spark: Any, view: str, types: dict[str, str], rows: Any) -> None:
    """A few thousand rows (tuples, or objects with the fields of `types`) as a temporary view."""
    schema = ", ".join(f"{field} {_TYPES[kind]}" for field, kind in types.items())
    plain = [row if isinstance(row, tuple) else tuple(getattr(row, f) for f in types) for row in rows]
    spark.createDataFrame(plain, schema).createOrReplaceTempView(view)


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)

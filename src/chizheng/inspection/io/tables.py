"""Reading the tables of a screening: Parquet files whose columns are checked before anything is asked.

Checks use the types and the statistics in the files' footers and cost next to nothing; rows are read only
to name examples of what is wrong. Formats: `docs/formats/*-parquet.md`.
"""

# ruff: noqa: S608 - only our own names, checked columns, dates and quoted paths enter the SQL

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from chizheng.inspection.core.gates import ANY_LEVEL, BEGINNING, Gate, GateBook, place_number
from chizheng.inspection.core.wording import WORDING
from chizheng.kernel.errors import BadInput, NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import FAR_FUTURE

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_REMEDY = {
    "key": "请用有符号 64 位整数（BIGINT；63 位键，无符号键在 Spark 中会变成小数） / use a signed 64-bit key",
    "whole": "请转换为整数（CAST AS INTEGER） / cast it to INTEGER",
    "day": "请转换为日期（CAST AS DATE） / cast it to DATE",
    "name or number": "请用职业名称（文本）或编号（整数） / use official names or integer numbers",
    "place": "请用 GB/T 2260 代码（文本或整数） / use GB/T 2260 codes as text or integer",
    "text": "请用文本 / use text",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column a table must (or may) have; `low..high` bound whole numbers."""

    name: str
    kind: str
    required: bool = True
    nullable: bool = False
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table with the page that documents it."""

    name: str
    page: str
    columns: tuple[Column, ...]


CERTIFICATES = Table(
    "certificates",
    "certificates-parquet.md",
    (
        Column("person", "key"),
        Column("occupation", "name or number"),
        Column("level", "whole", low=1, high=9),
        Column("valid_from", "day"),
        Column("valid_until", "day", nullable=True),
    ),
)
EXEMPTIONS = Table(
    "exemptions",
    "certificates-parquet.md",
    (
        Column("person", "key"),
        Column("occupation", "name or number"),
        Column("code", "text"),
        Column("valid_from", "day"),
        Column("valid_until", "day", nullable=True),
    ),
)
EMPLOYMENT = Table(
    "employment",
    "employment-parquet.md",
    (
        Column("filing", "key"),
        Column("person", "key"),
        Column("employer", "key"),
        Column("occupation", "name or number"),
        Column("level", "whole", required=False, nullable=True, low=1, high=9),
        Column("place", "place", low=0, high=999_999),
        Column("start_date", "day"),
        Column("end_date", "day", nullable=True),
    ),
)
GATES = Table(
    "gates",
    "gates-parquet.md",
    (
        Column("gate", "key"),
        Column("occupation", "name or number"),
        Column("place", "place", low=0, high=999_999),
        Column("level", "whole", nullable=True, low=1, high=9),
        Column("valid_from", "day"),
        Column("valid_until", "day", nullable=True),
        Column("in_post_before", "day", required=False, nullable=True),
        Column("in_post_from", "day", required=False, nullable=True),
        Column("citation", "text"),
    ),
)
DEMANDS = Table(
    "demands",
    "employment-parquet.md",
    (
        Column("demand", "key"),
        Column("employer", "key"),
        Column("occupation", "name or number"),
        Column("place", "place", low=0, high=999_999),
        Column("start_date", "day"),
        Column("end_date", "day", nullable=True),
    ),
)
CHANGED = Table("changed", "findings-parquet.md", (Column("person", "key"),))
OCCUPATIONS = Table(
    "occupations",
    "gates-parquet.md",
    (
        Column("occupation", "whole"),
        Column("name", "text"),
        Column("graded", "truth", required=False, nullable=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A checked file (or folder of files): where, and the types its columns were found to have."""

    table: Table
    root: Path
    types: dict[str, str]
    nulls: frozenset[str]

    @property
    def named(self) -> bool:
        """Are occupations written as names?"""
        return self.types.get("occupation") == "VARCHAR"

    @property
    def path(self) -> str:
        """What DuckDB is given to read: the file, or every Parquet file beneath the folder."""
        return str(self.root / "**" / "*.parquet") if self.root.is_dir() else str(self.root)

    def files(self) -> list[Path]:
        return sorted(self.root.rglob("*.parquet")) if self.root.is_dir() else [self.root]

    def scan(self) -> str:
        """The table function that reads it."""
        return f"read_parquet({quoted(self.path)})"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def open_table(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Source:
    """Check `path` (a file, or a folder of *.parquet) against `table`; BadInput says what to change."""
    if not path.exists():
        raise NotFound("file_missing", WORDING["file_missing"], path=path)
    source = Source(table, path, {}, frozenset())
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {source.scan()}").fetchall()
    except duckdb.Error as error:
        raise BadInput(
            "file_unreadable", WORDING["file_unreadable"], path=path, reason=str(error).splitlines()[0]
        ) from None
    types = {str(row[0]): str(row[1]) for row in described}
    for column in table.columns:
        if column.name not in types:
            if not column.required:
                continue
            raise BadInput(
                "column_missing", WORDING["column_missing"], path=path, column=column.name,
                kind=column.kind, found=", ".join(types), page=table.page,
            )  # fmt: skip
        if not _fits(column.kind, types[column.name]):
            raise BadInput(
                "column_type", WORDING["column_type"], path=path, column=column.name,
                found=types[column.name], kind=column.kind, remedy=_REMEDY.get(column.kind, ""),
            )  # fmt: skip
    source = replace(source, types=types)
    return replace(source, nulls=_check_values(con, source))


def _fits(kind: str, found: str) -> bool:
    if kind in ("key", "whole"):
        return found in _INTEGERS
    if kind == "day":
        return found == "DATE"
    if kind in ("name or number", "place"):
        return found in _INTEGERS or found == "VARCHAR"
    if kind == "truth":
        return found == "BOOLEAN"
    return found == "VARCHAR"


def _check_values(con: duckdb.DuckDBPyConnection, source: Source) -> frozenset[str]:
    """Names of the columns that hold nulls where they may; refuses nulls and ranges that are wrong."""
    stats = con.execute(
        "SELECT path_in_schema, sum(num_values - coalesce(stats_null_count, 0)), sum(num_values), "
        "bool_and(stats_null_count IS NOT NULL), "
        "min(try_cast(coalesce(stats_min_value, stats_min) AS BIGINT)), "
        "max(try_cast(coalesce(stats_max_value, stats_max) AS BIGINT)), "
        "bool_and(coalesce(stats_min_value, stats_min) IS NOT NULL) "
        f"FROM parquet_metadata({quoted(source.path)}) GROUP BY path_in_schema"
    ).fetchall()
    known = {str(row[0]): row[1:] for row in stats}
    holding = set()
    for column in source.table.columns:
        if column.name not in source.types:
            continue
        present, values, counted, low, high, bounded = known.get(
            column.name, (0, 0, False, None, None, False)
        )
        if not counted or present < values:
            nulls = _rows(con, source, f"{column.name} IS NULL", column.name)
            if nulls and not column.nullable:
                _refuse_rows("column_null", source, column, nulls)
            if nulls:
                holding.add(column.name)
        if column.low is not None and source.types[column.name] in _INTEGERS:
            inside = bounded and low is not None and column.low <= low and high <= (column.high or high)
            if not inside:
                wrong = _rows(
                    con, source, f"{column.name} NOT BETWEEN {column.low} AND {column.high}", column.name
                )
                if wrong:
                    _refuse_rows("column_range", source, column, wrong)
        if column.kind == "place" and source.types[column.name] == "VARCHAR":
            wrong = _rows(
                con, source, f"NOT regexp_full_match({column.name}, '([0-9]{{2}}){{0,3}}')", column.name
            )
            if wrong:
                _refuse_rows("column_range", source, column, wrong)
    return frozenset(holding)


def _rows(
    con: duckdb.DuckDBPyConnection, source: Source, condition: str, column: str
) -> list[tuple[Any, ...]]:
    """Up to three rows (row number from 1, value, count of all) that meet `condition`."""
    return con.execute(
        f"SELECT file_row_number + 1, {column}, count(*) OVER () FROM "
        f"read_parquet({quoted(source.path)}, file_row_number = true) WHERE {condition} LIMIT 3"
    ).fetchall()


def _refuse_rows(code: str, source: Source, column: Column, rows: list[tuple[Any, ...]]) -> None:
    raise BadInput(
        code, WORDING[code], path=source.path, column=column.name, count=rows[0][2],
        rows=", ".join(str(r[0]) for r in rows), values=", ".join(str(r[1]) for r in rows),
        low=column.low, high=column.high,
        remedy="地区用 6 位 GB/T 2260 代码 / six-digit codes" if column.kind == "place"
        else "等级 5 最低、1 最高，9 为不分等级 / 5 lowest, 1 highest, 9 without levels",
    )  # fmt: skip


def read_gates(con: duckdb.DuckDBPyConnection, source: Source, numbers: dict[str, int]) -> GateBook:
    """The gates of a file; names are looked up in `numbers`, and added to it where they are new."""
    before, bound = (c if c in source.types else "NULL" for c in ("in_post_before", "in_post_from"))
    rows = con.execute(
        f"SELECT gate, occupation, place, level, valid_from, valid_until, {before}, {bound}, citation "
        f"FROM {source.scan()} ORDER BY gate"
    ).fetchall()
    gates = []
    for gate, occupation, place, level, start, end, in_post_before, in_post_from, citation in rows:
        if isinstance(occupation, str):
            occupation = numbers.setdefault(canonical(occupation), len(numbers) + 1)
        until = end or FAR_FUTURE
        if until > start:
            gates.append(
                Gate(
                    gate=gate,
                    occupation=occupation,
                    place=place_number(place) if isinstance(place, str) else int(place),
                    level=ANY_LEVEL if level is None else level,
                    valid_from=start,
                    valid_until=until,
                    citation=citation,
                    opened_by=occupation,
                    in_post_before=in_post_before or BEGINNING,
                    in_post_from=in_post_from or start,
                )
            )
    return GateBook(tuple(gates))


def empty_filings(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, list[Any]]:
    """How many filings end before they begin, and the numbers of up to three of them."""
    rows = con.execute(
        f"SELECT filing, count(*) OVER () FROM {source.scan()} WHERE end_date <= start_date LIMIT 3"
    ).fetchall()
    return (int(rows[0][1]), [r[0] for r in rows]) if rows else (0, [])


def _open_end(source: Source, column: str) -> str:
    """The end of a period, with the sentinel in the place of nulls if there are any."""
    return f"COALESCE(r.{column}, DATE '{FAR_FUTURE}')" if column in source.nulls else f"r.{column}"


def _level(source: Source) -> str:
    """The level the post asks for; ANY_LEVEL where none is stated."""
    if "level" not in source.types:
        return str(ANY_LEVEL)
    return f"COALESCE(r.level, {ANY_LEVEL})" if "level" in source.nulls else "r.level"


def _place(source: Source) -> str:
    """Places as six-digit numbers."""
    return (
        "CAST(RPAD(r.place, 6, '0') AS INTEGER)"
        if source.types["place"] == "VARCHAR"
        else "CAST(r.place AS INTEGER)"
    )


def covers_sql(source: Source, relation: str) -> str:
    """The SELECT that turns certificates as given into covers as the definition wants them.

    It joins `names(name, occupation)` where occupations are written as names. Spelled so that DuckDB and
    Spark both run it.
    """
    end = _open_end(source, "valid_until")
    occupation, join = _occupation(source)
    return (
        f"SELECT CAST(r.person AS BIGINT) AS person, {occupation} AS occupation, "
        f"CAST(r.level AS INTEGER) AS level, r.valid_from, {end} AS valid_until "
        f"FROM {relation} r{join} WHERE r.valid_from < {end}"
    )


def exempt_sql(source: Source, relation: str, *, by_code: bool) -> str:
    """The SELECT that turns approved exemptions into `exempt`, by way of `gates` (and `exempting`)."""
    end = _open_end(source, "valid_until")
    occupation, join = _occupation(source)
    start = "r.valid_from"
    if by_code:
        join += " JOIN exempting q ON q.code = r.code JOIN gates g ON g.gate = q.gate"
        start, end = f"GREATEST({start}, q.valid_from)", f"LEAST({end}, q.valid_until)"
    else:
        join += f" JOIN gates g ON g.occupation = {occupation}"
    return (
        f"SELECT CAST(r.person AS BIGINT) AS person, {occupation} AS occupation, g.gate, "
        f"{start} AS valid_from, {end} AS valid_until FROM {relation} r{join} "
        f"WHERE g.occupation = {occupation} AND {start} < {end}"
    )


def employment_sql(source: Source, relation: str, low: int, high: int, key: str = "filing") -> str:
    """Filings (or demands) within places [low, high) as the definition wants them."""
    end = _open_end(source, "end_date")
    occupation, join = _occupation(source)
    place = _place(source)
    person = level = ""
    if key == "filing":
        person = "CAST(r.person AS BIGINT) AS person, "
        level = f"CAST({_level(source)} AS INTEGER) AS level, "
    where = "" if (low, high) == (0, 1_000_000) else f" WHERE {place} >= {low} AND {place} < {high}"
    return (
        f"SELECT CAST(r.{key} AS BIGINT) AS {key}, {person}CAST(r.employer AS BIGINT) AS employer, "
        f"{occupation} AS occupation, {level}{place} AS place, r.start_date, {end} AS end_date "
        f"FROM {relation} r{join}{where}"
    )


def _occupation(source: Source) -> tuple[str, str]:
    if source.named:
        return "n.occupation", " JOIN names n ON n.name = r.occupation"
    return "CAST(r.occupation AS INTEGER)", ""

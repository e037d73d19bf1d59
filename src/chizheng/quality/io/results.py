"""Tables of results (CSV or Parquet), read by DuckDB into sorted, coded columns on disk.

Format: `docs/formats/results.md`. Ten million rows pass through a temporary database file, so memory
stays under `MEMORY_LIMIT`; stations come back whole, in chunks, in an order that does not depend on the
order of the rows of the file.
"""

# ruff: noqa: S608 - identifiers come from the fixed lists below; values are parameters

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

import duckdb
import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.errors import BadInput
from chizheng.platform.io.exports import CsvWriter
from chizheng.quality.core.surveillance.circles import Meetings
from chizheng.quality.core.surveillance.survey import Marks
from chizheng.quality.core.surveillance.world import SMALL_PARTITION
from chizheng.quality.core.wording import WORDING
from chizheng.quality.io.result_files import cell, quoted, readable, whole_text

MEMORY_LIMIT = "1500MB"
REQUIRED = ("station", "theory", "practical")
OPTIONAL = (
    "assessor", "session", "date", "candidate", "occupation", "level", "room", "region", "school", "person",
    "seconds",
)  # fmt: skip
CHINESE = {
    name: column
    for column, names in {
        "station": "鉴定站 鉴定所 鉴定所站",
        "assessor": "考评员",
        "session": "鉴定批次 批次",
        "date": "日期 考试日期",
        "candidate": "考生 准考证号",
        "theory": "理论成绩",
        "practical": "实操成绩 技能成绩",
        "occupation": "职业 工种",
        "level": "等级",
        "room": "考场",
        "region": "地区 行政区划",
        "school": "培训机构 工作单位",
        "person": "人员编号",
        "seconds": "评分用时 评分用时（秒）",
    }.items()
    for name in names.split()
}
ITEM_NAME = re.compile(r"(?i)(item|题目|试题|题|q|t|i)[ _-]?\d{1,3}|第\d{1,3}题")
"""Columns that are taken for items: the options chosen stand in the table of results itself."""
WIDE = "items"
SHOWN = 5
OURS = ("results.duckdb*", "source.txt", "basis.txt", "populations.bin", "piece-*.bin", "*.part")
"""Files that a run keeps in its folder; nothing else in it is ever touched."""
FORMAT = 1
"""Of the kept database: another number, and it is made anew."""
ORDER = "ORDER BY station, partition, theory, practical, assessor, session, candidate"


@dataclass(frozen=True, slots=True)
class Labels:
    """Names behind the codes; '' stands for a blank field."""

    station: tuple[str, ...]
    assessor: tuple[str, ...]
    session: tuple[str, ...]
    partition: tuple[tuple[str, str], ...]


class Results:
    """An opened table of results; use as a context manager.

    Without `folder` the temporary database goes with it. With `folder` the coded table is kept there and found again
    when the same file is opened (told by name, size and time of change); it is then open for reading only, so that
    several processes may read it at once.
    """

    def __init__(
        self, path: Path, folder: Path | None = None, *, memory: str = MEMORY_LIMIT, threads: int = 0
    ) -> None:
        if not path.is_file():
            raise BadInput("no_such_file", WORDING["no_such_file"], path=str(path))
        self._temporary = tempfile.TemporaryDirectory(prefix="chizheng-surveil-") if folder is None else None
        home = Path(self._temporary.name) if self._temporary else folder
        assert home is not None
        self._settings = {"memory_limit": memory, "temp_directory": str(home / "spill")}
        if threads:
            self._settings["threads"] = str(threads)
        database, stamp = home / "results.duckdb", home / "source.txt"
        source = f"{FORMAT}\n{path.resolve()}\n{path.stat().st_size}\n{path.stat().st_mtime_ns}\n"
        try:
            if not (stamp.is_file() and database.is_file() and stamp.read_text(encoding="utf-8") == source):
                for pattern in OURS:
                    for old in home.glob(pattern):
                        old.unlink()
                self._con = duckdb.connect(str(database), config=dict(self._settings))
                self._load(path)
                self._con.close()
                stamp.write_text(source, encoding="utf-8")
            self._con = duckdb.connect(str(database), read_only=True, config=dict(self._settings))
            self._describe()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, and drop it where it was temporary."""
        if hasattr(self, "_con"):
            self._con.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _load(self, path: Path) -> None:
        with readable(path) as (plain, source):
            items, columns = self._take(plain, source)
        present = sorted(columns) + ([WIDE] if len(items) > 1 else [])
        self._con.execute("CREATE TABLE present AS SELECT unnest($names) AS name", {"names": present})
        for column in ("theory", "practical"):
            self._con.execute(
                f"UPDATE raw SET {column} = '' WHERE lower({column}) IN ('nan', 'null', 'none')"
            )
        self._refuse_bad_rows()
        self._code()

    def _take(self, path: Path, source: str) -> tuple[list[str], list[str]]:
        """The file's cells as texts; returns the columns that are items, and the known ones."""
        described = self._con.execute(f"DESCRIBE SELECT * FROM {source}", {"path": str(path)}).fetchall()
        columns = self._columns([row[0] for row in described])
        picked = ", ".join(
            f"{cell(c, quoted(columns[c]))} AS {c}" if c in columns else f"'' AS {c}"
            for c in REQUIRED + OPTIONAL
        )
        short = f"{quoted(described[-1][0])} IS NULL" if source.startswith("read_csv") else "false"
        picked += f", {short} AS short"
        self._con.execute(
            f"CREATE TABLE raw AS SELECT row_number() OVER () + 1 AS line, {picked} FROM {source}",
            {"path": str(path)},
        )
        items = [row[0] for row in described if ITEM_NAME.fullmatch(str(row[0]).strip())]
        return items, list(columns)

    @staticmethod
    def _columns(names: Sequence[str]) -> dict[str, str]:
        known = {}
        for name in names:
            plain = name.strip().lstrip("\ufeff").lower()
            plain = CHINESE.get(plain, plain)
            if plain in REQUIRED + OPTIONAL and plain not in known:
                known[plain] = name
        missing = [c for c in REQUIRED if c not in known]
        if missing:
            raise BadInput(
                "missing_columns",
                WORDING["missing_columns"],
                missing=", ".join(missing),
                present=", ".join(names),
            )
        return known

    def _refuse_bad_rows(self) -> None:
        number = "TRY_CAST({0} AS DOUBLE)"
        checks = [("station", "short", "short_row"), ("station", "NOT short AND station = ''", "blank")]
        for column in ("theory", "practical"):
            value = number.format(column)
            checks.append((column, f"{column} <> '' AND {value} IS NULL", "not_a_number"))
            checks.append(
                (column, f"{value} IS NOT NULL AND NOT ({value} BETWEEN 0 AND 100)", "out_of_range")
            )
        checks.append(("seconds", f"seconds <> '' AND {number.format('seconds')} IS NULL", "not_seconds"))
        checks.append(("date", "date <> '' AND TRY_CAST(date AS DATE) IS NULL", "not_a_date"))
        found: list[tuple[int, str, str, str]] = []
        total = 0
        for column, where, fault in checks:
            total += int(self._con.execute(f"SELECT count(*) FROM raw WHERE {where}").fetchall()[0][0])
            rows = self._con.execute(
                f"SELECT line, {column} FROM raw WHERE {where} ORDER BY line LIMIT {SHOWN}"
            ).fetchall()
            found += [(int(line), column, str(value), fault) for line, value in rows]
        clash = """SELECT max(line), any_value(candidate), min(line) FROM raw WHERE candidate <> ''
            GROUP BY station, session, date, occupation, level, candidate
            HAVING count(DISTINCT theory || '|' || practical || '|' || assessor) > 1"""
        for line, candidate, first in self._con.execute(f"{clash} ORDER BY 1 LIMIT {SHOWN}").fetchall():
            total += 1
            found.append((int(line), "candidate", f"{candidate} (= {first})", "twice"))
        if found:
            found.sort()
            lines = {
                lang: "\n".join(
                    WORDING["bad_row"].say(
                        lang, line=line, column=column, value=value or "''", remedy=WORDING[fault].say(lang)
                    )
                    for line, column, value, fault in found[:SHOWN]
                )
                for lang in ("zh", "en")
            }
            raise BadInput(
                "bad_rows", WORDING["bad_rows"], total=total, rows_zh=lines["zh"], rows_en=lines["en"]
            )

    def _code(self) -> None:
        con = self._con
        for column in ("station", "assessor", "session"):
            con.execute(
                f"CREATE TABLE {column}s AS SELECT label,"
                " CAST(row_number() OVER (ORDER BY label) - 1 AS BIGINT) AS code"
                f" FROM (SELECT DISTINCT {column} AS label FROM raw)"
            )
        con.execute(
            "CREATE TABLE partitions AS SELECT occupation, level,"
            " CAST(row_number() OVER (ORDER BY occupation, level) - 1 AS BIGINT) AS code"
            " FROM (SELECT DISTINCT occupation, level FROM raw)"
        )
        # A row that is there twice, in full, is one result.
        con.execute(
            """CREATE TABLE marks AS
            SELECT s.code AS station, a.code AS assessor, b.code AS session, p.code AS partition,
                TRY_CAST(theory AS DOUBLE) AS theory, TRY_CAST(practical AS DOUBLE) AS practical,
                TRY_CAST(date AS DATE) AS day, candidate, room, region, school, person,
                TRY_CAST(seconds AS DOUBLE) AS seconds
            FROM (SELECT * FROM raw QUALIFY candidate = '' OR row_number() OVER (
                    PARTITION BY station, session, date, occupation, level, candidate ORDER BY line) = 1) r
                JOIN stations s ON r.station = s.label JOIN assessors a ON r.assessor = a.label
                JOIN sessions b ON r.session = b.label
                JOIN partitions p ON r.occupation = p.occupation AND r.level = p.level
            ORDER BY s.code, p.code, theory, practical, a.code, b.code, candidate"""
        )
        con.execute("DROP TABLE raw")
        con.execute("CHECKPOINT")

    def _describe(self) -> None:
        """What is told about the table without reading its rows."""
        con = self._con
        self.has = frozenset(str(r[0]) for r in con.execute("SELECT name FROM present").fetchall())

        self.wide = WIDE in self.has

        def names(table: str) -> tuple[str, ...]:
            return tuple(
                str(r[0]) for r in con.execute(f"SELECT label FROM {table} ORDER BY code").fetchall()
            )

        self.labels = Labels(
            names("stations"),
            names("assessors"),
            names("sessions"),
            tuple(
                (str(o), str(v))
                for o, v in con.execute("SELECT occupation, level FROM partitions ORDER BY code").fetchall()
            ),
        )
        counts = con.execute(
            "SELECT station, count(*) FROM marks GROUP BY station ORDER BY station"
        ).fetchall()
        self._rows = np.array([int(r[1]) for r in counts], dtype=np.int64)
        total, absent = con.execute(
            "SELECT count(*), count(*) FILTER (practical IS NULL) FROM marks"
        ).fetchall()[0]
        self.total, self.absent = int(total), int(absent)

    def last_day(self) -> date | None:
        """The latest date in the table."""
        found = self._con.execute("SELECT max(day) FROM marks").fetchall()[0][0]
        return found if isinstance(found, date) else None

    def _fetch(self, where: str) -> Marks:
        columns = "station, assessor, session, partition, theory, practical"
        if "date" in self.has:
            columns += ", coalesce(day - DATE '0001-01-01' + 1, 0) AS day"
        if "seconds" in self.has:
            columns += ", seconds"
        got = self._con.execute(f"SELECT {columns} FROM marks WHERE {where} {ORDER}").fetchnumpy()

        def floats(name: str) -> NDArray[np.float64]:
            value = got[name].astype(np.float64)
            return np.asarray(np.ma.filled(value, np.nan) if np.ma.isMaskedArray(value) else value)

        def codes(name: str) -> NDArray[np.int64]:
            return np.asarray(got[name], dtype=np.int64)

        return Marks(
            codes("station"),
            codes("assessor"),
            codes("session"),
            codes("partition"),
            floats("theory"),
            floats("practical"),
            codes("day") if "date" in self.has else None,
            floats("seconds") if "seconds" in self.has else None,
        )

    def meetings(self) -> list[Meetings]:
        """Who met whom: assessors with stations (once a session), with candidates and with schools (once a result).

        Candidates are told apart by `person` where that column is there (admission numbers change), and only those
        who came twice are asked for. Strata: region and occupation, within which an assessor may be sent anywhere.
        """
        if "assessor" not in self.has or "session" not in self.has:
            return []
        person = "person" if "person" in self.has else "candidate"
        out = []
        for kind, column in (("station", "station"), ("candidate", person), ("school", "school")):
            if column not in self.has:
                continue
            name = "s.label" if kind == "station" else f"m.{column}"
            again = f"AND {name} IN (SELECT {column} FROM marks GROUP BY {column} HAVING count(*) > 1)"
            rows = self._con.execute(
                f"""WITH met AS (
                    SELECT DISTINCT m.assessor AS assessor, {name} AS name, m.session AS session, m.region AS region,
                        p.occupation AS occupation{", m.candidate AS candidate" if kind == "school" else ""}
                    FROM marks m JOIN partitions p ON m.partition = p.code JOIN stations s ON m.station = s.code
                    JOIN assessors a ON m.assessor = a.code
                    WHERE a.label <> '' AND {name} <> '' {again if kind == "candidate" else ""})
                SELECT assessor, name, CAST(dense_rank() OVER (ORDER BY name) - 1 AS INTEGER) AS other,
                    CAST(dense_rank() OVER (ORDER BY region, occupation) - 1 AS INTEGER) AS stratum
                FROM met"""
            ).fetchnumpy()
            other = np.asarray(rows["other"], np.int64)
            _, first = np.unique(other, return_index=True)
            names = [str(n) for n in np.asarray(rows["name"], dtype=object)[first]]
            order = np.lexsort((rows["stratum"], other, rows["assessor"]))
            out.append(
                Meetings(
                    kind, np.asarray(rows["assessor"], np.int64)[order], other[order],
                    np.asarray(rows["stratum"], np.int64)[order], names,
                )
            )  # fmt: skip
        return out

    def seats(self) -> dict[str, tuple[str, str, int]]:
        """Session label, room and ordinal day (0 unknown) of each candidate, the latest result of each."""
        if "candidate" not in self.has:
            return {}
        rows = self._con.execute(
            """SELECT candidate, b.label, room, coalesce(day - DATE '0001-01-01' + 1, 0) FROM marks m
            JOIN sessions b ON m.session = b.code WHERE candidate <> '' ORDER BY candidate, day NULLS FIRST"""
        ).fetchall()
        return {str(c): (str(s), str(r), int(d)) for c, s, r, d in rows}

    def sample(self, rows: int) -> Marks:
        """Whole stations, drawn by the hash of their names, about `rows` rows; all when there are no more.

        Of every occupation and level enough rows are drawn to place its marks, however rare it is.
        """
        if self.total <= rows:
            return self._fetch("true")
        drawn = f"""WITH per AS (
                SELECT m.station, m.partition, count(*) AS n, s.label FROM marks m
                JOIN stations s ON m.station = s.code GROUP BY ALL),
            by_station AS (SELECT station, label, sum(n) AS n FROM per GROUP BY ALL),
            ranked AS (
                SELECT station, sum(n) OVER (ORDER BY hash(label || 'chizheng'), label) - n AS before FROM by_station),
            placed AS (
                SELECT station,
                    sum(n) OVER (PARTITION BY partition ORDER BY hash(label || 'chizheng'), label) - n AS before FROM per)
            SELECT station FROM ranked WHERE before < {int(rows)}
            UNION SELECT station FROM placed WHERE before < {SMALL_PARTITION}"""
        return self._fetch(f"station IN ({drawn})")

    def shards(self, rows: int) -> list[tuple[int, int]]:
        """First and last station code of pieces of about `rows` rows; they do not depend on who works on them."""
        out, start = [], 0
        while start < self._rows.size:
            end = start + max(1, int(np.searchsorted(np.cumsum(self._rows[start:]), rows, side="right")))
            out.append((start, end - 1))
            start = end
        return out

    def shard_sizes(self, rows: int) -> list[int]:
        """Rows of each of `shards`."""
        return [int(self._rows[first : last + 1].sum()) for first, last in self.shards(rows)]

    def shard(self, first: int, last: int) -> Marks:
        """All marks of the stations first..last."""
        return self._fetch(f"station BETWEEN {int(first)} AND {int(last)}")

    def chunks(self, rows: int) -> Iterator[Marks]:
        """All stations in order of code, whole, about `rows` rows at a time."""
        for first, last in self.shards(rows):
            yield self.shard(first, last)

    def station(self, code: int) -> tuple[Marks, list[str]]:
        """Marks of one station and the candidates they belong to, for the evidence of a flag."""
        marks = self._fetch(f"station = {int(code)}")
        names = self._con.execute(
            f"SELECT candidate FROM marks WHERE station = {int(code)} {ORDER}"
        ).fetchall()
        return marks, [str(r[0]) for r in names]


def write_flags(path: Path, rows: Sequence[Sequence[object]], columns: Sequence[str]) -> None:
    """Write the table of flags (UTF-8, header first)."""
    with whole_text(path) as out:
        writer = CsvWriter(out)
        writer.writerow(columns)
        writer.writerows(rows)

"""`chizheng screen`: who works in a gated post without the certificate, on a day or over a period."""

# ruff: noqa: S608 - only our own names, checked columns, dates and quoted paths enter the SQL

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from chizheng.inspection.core.gates import GateBook
    from chizheng.inspection.core.screening import Question, RowHash
    from chizheng.inspection.io.engines.duckdb import Inputs, Limits, Outcome
    from chizheng.inspection.io.tables import Source

SUMMARY = "比对筛查：谁在准入岗位上没有有效证书 / who works in a gated post without a valid certificate"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certificates", required=True, help="证书 Parquet（文件或目录） / certificates")
    parser.add_argument("--employment", required=True, help="用工备案 Parquet / employment filings")
    parser.add_argument("--gates", help="准入表 Parquet；不给则用内置法规 / gates; default: the built-in law")
    parser.add_argument("--occupations", help="职业编号与名称对照 Parquet / numbers and names of occupations")
    parser.add_argument("--exemptions", help="已批准的例外 Parquet / approved exemptions")
    parser.add_argument(
        "--demands", help="用人单位、中介的持证要求 Parquet：另查违规设限 / demands, for over-gating"
    )
    parser.add_argument("--on", metavar="DATE", help="截至某日 / as of one day (YYYY-MM-DD)")
    parser.add_argument("--from", dest="start", metavar="D1", help="期间首日（含） / first day of a period")
    parser.add_argument("--to", dest="end", metavar="D2", help="期间末日（含） / last day of a period")
    parser.add_argument(
        "--first-day",
        action="store_true",
        help="期间内只看在岗首日，不列每段无证区间（较快） / judge the first gated day only (faster)",
    )
    parser.add_argument(
        "--place", default="", help="只看某地用工：2、4 或 6 位代码 / filings of one place only"
    )
    parser.add_argument(
        "--changed", metavar="P.parquet", help="只重算这些人员（列 person） / only these persons"
    )
    parser.add_argument(
        "--previous", metavar="DIR", help="上次结果，与 --changed 合用 / the answer a delta replaces"
    )
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument(
        "--spark-master", default="local[2]", metavar="URL", help="spark://host:7077, local[2] …"
    )
    parser.add_argument(
        "--memory", type=int, default=2048, metavar="MB", help="DuckDB 内存上限 / memory limit"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--buckets", type=int, default=1, help="按人员键分段，可断点续算 / key ranges; resumable"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="结果目录 / folder for the answer")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出摘要 / print the summary as JSON")


def run(args: argparse.Namespace) -> int:
    import json
    import sys
    from pathlib import Path

    from chizheng.inspection.core.wording import WORDING
    from chizheng.inspection.io.engines import duckdb as embedded
    from chizheng.kernel.errors import BadInput

    question = _question(args)
    if bool(args.changed) != bool(args.previous) or (args.changed and args.engine != "duckdb"):
        raise BadInput("changed_and_previous", WORDING["changed_and_previous"])
    if args.memory < 256 or args.threads < 1 or args.buckets < 1:
        print("--memory 至少 256，--threads 与 --buckets 至少 1 / too small", file=sys.stderr)
        return 2
    out = Path(args.out)
    limits = embedded.Limits(memory_mb=args.memory, threads=args.threads, buckets=args.buckets)
    inputs = _inputs(args, question, limits)
    out.mkdir(parents=True, exist_ok=True)
    if args.engine == "spark":
        from chizheng.inspection.io.engines import spark

        outcome = spark.screen(inputs, question, out, master=args.spark_master, limits=limits)
    else:
        outcome = _with_progress(inputs, question, out, limits)
    summary = _summary(inputs, question, args.engine, outcome, out)
    if args.changed:
        summary |= _delta(Path(args.previous), inputs, question, outcome, out, limits)
    over = _overgating(args, inputs, question, out, limits) if args.demands else None
    if over is not None:
        summary |= {"overgating": over.rows, "overgating_hash": str(over)}
    (out / "summary.json").write_text(
        json.dumps(summary, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    if args.json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        print(_sentence(summary))
    return 1 if outcome.hash.rows or (over and over.rows) else 0


def _question(args: argparse.Namespace) -> Question:
    from datetime import timedelta

    from chizheng.inspection.core.screening import Depth, Question
    from chizheng.inspection.core.wording import WORDING
    from chizheng.kernel.errors import BadInput

    if bool(args.on) == bool(args.start or args.end) or bool(args.start) != bool(args.end):
        raise BadInput("on_or_period", WORDING["on_or_period"])
    if args.on:
        return Question.on(_day(args.on), args.place)
    depth = Depth.FIRST_DAY if args.first_day else Depth.UNCOVERED
    return Question(_day(args.start), _day(args.end) + timedelta(days=1), args.place, depth)


def _day(text: str) -> Any:
    from datetime import date

    from chizheng.inspection.core.wording import WORDING
    from chizheng.kernel.errors import BadInput
    from chizheng.kernel.periods import FAR_FUTURE

    try:
        day = date.fromisoformat(text)
        if day >= FAR_FUTURE:  # stands for no end in the tables; no day follows it
            raise ValueError(text)
        return day
    except ValueError:
        raise BadInput("bad_day", WORDING["bad_day"], value=text) from None


def _inputs(args: argparse.Namespace, question: Question, limits: Limits) -> Inputs:
    """Open and check every table, and settle how occupations are written and which gates apply."""
    from contextlib import closing
    from dataclasses import replace
    from pathlib import Path

    import duckdb

    from chizheng.inspection.core.wording import WORDING
    from chizheng.inspection.io import tables
    from chizheng.inspection.io.engines.duckdb import Inputs
    from chizheng.kernel.errors import BadInput
    from chizheng.kernel.names import canonical

    with closing(duckdb.connect(config={"threads": limits.threads})) as con:
        certificates = tables.open_table(con, tables.CERTIFICATES, Path(args.certificates))
        employment = tables.open_table(con, tables.EMPLOYMENT, Path(args.employment))
        _warn_of_empty(con, employment)
        exemptions = (
            tables.open_table(con, tables.EXEMPTIONS, Path(args.exemptions)) if args.exemptions else None
        )
        changed = tables.open_table(con, tables.CHANGED, Path(args.changed)) if args.changed else None
        given = tables.open_table(con, tables.GATES, Path(args.gates)) if args.gates else None
        register = (
            tables.open_table(con, tables.OCCUPATIONS, Path(args.occupations)) if args.occupations else None
        )
        for other in (employment, exemptions, given):
            if other and other.named != certificates.named and not (other is given and register):
                raise BadInput(
                    "occupation_kinds",
                    WORDING["occupation_kinds"],
                    first=certificates.path,
                    first_kind=certificates.types["occupation"],
                    second=other.path,
                    second_kind=other.types["occupation"],
                )
        if not certificates.named and register is None and given is None:
            raise BadInput("occupations_needed", WORDING["occupations_needed"], path=certificates.path)
        names, graded = _occupations(con, certificates, employment, register)
        numbers = {canonical(name): number for name, number in names.items()}
        if given:
            book = tables.read_gates(con, given, numbers)
        else:
            book = _law_book(numbers, graded)
    for name, number in numbers.items():
        names.setdefault(name, number)
    book = replace(
        book,
        gates=tuple(
            g for g in book.gates if g.valid_from < question.until_date and g.valid_until > question.from_date
        ),
    )
    return Inputs(certificates, employment, book, names, exemptions, changed)


def _warn_of_empty(con: duckdb.DuckDBPyConnection, employment: Source) -> None:
    """Filings without a day are counted for nothing; say so rather than lose them in silence."""
    import os
    import sys

    from chizheng.inspection.core.wording import WORDING
    from chizheng.inspection.io import tables

    count, examples = tables.empty_filings(con, employment)
    if count:
        said = WORDING["empty_filings"].say(
            os.environ.get("CHIZHENG_LANG", "zh"), count=count, examples=", ".join(map(str, examples))
        )
        print(said, file=sys.stderr)


def _occupations(
    con: duckdb.DuckDBPyConnection, certificates: Source, employment: Source, register: Source | None
) -> tuple[dict[str, int], set[str]]:
    """Numbers of the names as written, and the canonical names that are graded.

    Without a register of occupations, a name is graded if somebody holds a level of it.
    """
    from chizheng.kernel.names import canonical

    if register is not None:
        flag = "coalesce(graded, true)" if "graded" in register.types else "true"
        rows = con.execute(f"SELECT name, occupation, {flag} FROM {register.scan()}").fetchall()
        return {n: number for n, number, _ in rows}, {canonical(n) for n, _, yes in rows if yes}
    if not certificates.named:
        return {}, set()
    rows = con.execute(
        f"SELECT occupation, bool_or(level <= 5) FROM (SELECT occupation, level FROM {certificates.scan()} "
        f"UNION ALL SELECT DISTINCT occupation, NULL FROM {employment.scan()}) "
        "GROUP BY occupation ORDER BY occupation"
    ).fetchall()
    numbers: dict[str, int] = {}
    names = {n: numbers.setdefault(canonical(n), len(numbers) + 1) for n, _ in rows}
    return names, {canonical(n) for n, yes in rows if yes}


def _law_book(numbers: dict[str, int], graded: set[str]) -> GateBook:
    """The built-in law; names only the law knows are numbered too, for a gate nobody opens still binds."""
    from chizheng.inspection.core.gates import law_gates
    from chizheng.law.io.shelf import law
    from chizheng.law.types import GRADED

    shipped = law()
    said = {g.occupation for g in shipped.gates} | {n for s in shipped.successions for n in (s.old, s.new)}
    for name in sorted(said - {GRADED}):
        numbers.setdefault(name, max(numbers.values(), default=0) + 1)
    return law_gates(shipped, numbers, graded)


def _delta(
    previous: Path, inputs: Inputs, question: Question, outcome: Outcome, out: Path, limits: Limits
) -> dict[str, Any]:
    """What a delta replaces, and the row hash of the whole answer as it stands now."""
    import json

    from chizheng.inspection.core.screening import RowHash
    from chizheng.inspection.core.wording import WORDING
    from chizheng.inspection.io.engines import duckdb as embedded
    from chizheng.kernel.errors import BadInput

    try:
        before = json.loads((previous / "summary.json").read_text(encoding="utf-8"))
        whole = RowHash.read(before.get("row_hash_now", before["row_hash"]))
        depth = before["depth"]
    except (OSError, ValueError, KeyError):
        raise BadInput("not_an_answer", WORDING["not_an_answer"], path=previous) from None
    if depth != question.depth or inputs.changed is None:
        raise BadInput("not_an_answer", WORDING["not_an_answer"], path=previous)
    gone = embedded.replaced(previous, inputs.changed, question.depth, out, limits)
    return {
        "replaces": str(previous),
        "removed": gone.rows,
        "row_hash_now": str(whole - gone + outcome.hash),
    }


def _overgating(
    args: argparse.Namespace, inputs: Inputs, question: Question, out: Path, limits: Limits
) -> RowHash:
    """Demands without a gate; nothing before the day since which such demands are unlawful."""
    from contextlib import closing
    from pathlib import Path

    import duckdb

    from chizheng.inspection.core.gates import law_gates, unlawful_from
    from chizheng.inspection.core.screening import RowHash
    from chizheng.inspection.core.wording import WORDING
    from chizheng.inspection.io import tables
    from chizheng.inspection.io.engines import duckdb as embedded
    from chizheng.kernel.errors import BadInput
    from chizheng.kernel.names import canonical
    from chizheng.law.io.shelf import law
    from chizheng.law.types import Act

    with closing(duckdb.connect(config={"threads": limits.threads})) as con:
        demands = tables.open_table(con, tables.DEMANDS, Path(args.demands))
        if demands.named != inputs.employment.named:
            raise BadInput(
                "occupation_kinds",
                WORDING["occupation_kinds"],
                first=inputs.employment.path,
                first_kind=inputs.employment.types["occupation"],
                second=demands.path,
                second_kind=demands.types["occupation"],
            )
        names = dict(inputs.names)
        if demands.named:
            for (name,) in con.execute(f"SELECT DISTINCT occupation FROM {demands.scan()}").fetchall():
                numbers = {canonical(n): number for n, number in names.items()}
                names.setdefault(name, numbers.get(canonical(name), max(names.values(), default=0) + 1))
    since = unlawful_from(law())
    if since is None:
        return RowHash()
    if args.gates:
        book = inputs.book
    else:
        # after the notice of 1997 no graded trade is gated as such, so no name need be known as graded
        book = law_gates(law(), {canonical(n): number for n, number in names.items()}, (), Act.RECRUIT)
    return embedded.overgating(demands, book, names, question, since, out, limits)


def _with_progress(inputs: Inputs, question: Question, out: Path, limits: Limits) -> Outcome:
    import sys

    from chizheng.inspection.io.engines import duckdb as embedded

    if limits.buckets == 1 or not sys.stderr.isatty():
        return embedded.screen(inputs, question, out, limits)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("比对 screening", total=limits.buckets)
        return embedded.screen(
            inputs, question, out, limits, lambda done, total: bar.update(task, completed=done, total=total)
        )


def _summary(inputs: Inputs, question: Question, engine: str, outcome: Outcome, out: Path) -> dict[str, Any]:
    from datetime import timedelta

    return {
        "from": question.from_date.isoformat(),
        "to": (question.until_date - timedelta(days=1)).isoformat(),
        "place": question.place,
        "depth": str(question.depth),
        "engine": engine,
        "gates": len(inputs.book.gates),
        "findings": outcome.hash.rows,
        "persons": outcome.persons,
        "employers": outcome.employers,
        "row_hash": str(outcome.hash),
        "cpu_seconds": round(outcome.cpu_seconds, 2),
        "resumed_parts": outcome.resumed,
        "out": str(out / "findings"),
    }


def _sentence(summary: dict[str, Any]) -> str:
    import os

    from chizheng.inspection.core.wording import WORDING

    lang = os.environ.get("CHIZHENG_LANG", "zh")
    said = [WORDING["screened"].say(lang, **summary)]
    if "overgating" in summary:
        said.append(WORDING["overgated"].say(lang, **summary))
    return "\n".join(said)

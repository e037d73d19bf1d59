"""Screen the filings of a place against the register and the law, and keep what was found.

The tables are streamed out of PostgreSQL into Parquet, the same files `chizheng screen` reads, and the same
engine answers. Rows are taken as known at one instant, so that a screening can be repeated later.
"""

# ruff: noqa: S608 - the SQL below is ours; places, days and instants are parameters

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection, transaction

from chizheng.access.queries import occupation_levels
from chizheng.inspection.core.gates import GateBook, law_gates
from chizheng.inspection.core.screening import Depth, Question
from chizheng.inspection.io import extracts, tables
from chizheng.inspection.io.engines.duckdb import Inputs, Limits, gated_posts, screen
from chizheng.inspection.models import Filing, Finding, ScreeningRun
from chizheng.kernel.names import canonical
from chizheng.law.io.shelf import law
from chizheng.law.types import GRADED
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.home import folder

_KNOWN = "f.filed_at <= %(known)s AND (f.replaced_at IS NULL OR f.replaced_at > %(known)s) AND f.place LIKE %(place)s"
_EMPLOYMENT = f"""
SELECT f.id, f.person_id, f.employer_id, f.occupation, f.level, f.place, lower(f.period), upper(f.period)
FROM inspection_filing f WHERE {_KNOWN} ORDER BY f.id
"""
_CERTIFICATES = f"""
WITH concerned AS (SELECT DISTINCT f.person_id FROM inspection_filing f WHERE {_KNOWN}),
mine AS (
    SELECT c.id, c.person_id, c.occupation, c.level, c.issued_on FROM certificates_certificate c
    JOIN certificates_batch b ON b.id = c.batch_id JOIN concerned p ON p.person_id = c.person_id
    WHERE b.state IN ('published', 'annulled')
),
turns AS (
    SELECT id, issued_on AS day, true AS counts, 0::bigint AS turn FROM mine
    UNION ALL
    SELECT m.id, greatest(e.effective_on, m.issued_on), e.kind = 'reinstate', e.id
    FROM certificates_certificateevent e JOIN mine m ON m.id = e.certificate_id
    WHERE e.kind IN ('suspend', 'reinstate', 'revoke', 'supersede') AND e.at <= %(known)s
),
spans AS (
    SELECT id, day, counts, lead(day) OVER (PARTITION BY id ORDER BY day, turn) AS until FROM turns
)
SELECT m.person_id, m.occupation, m.level, s.day, s.until FROM spans s JOIN mine m ON m.id = s.id
WHERE s.counts AND (s.until IS NULL OR s.until > s.day)
UNION ALL
SELECT f.person_id, f.occupation, coalesce(a.certificate_level, 9), a.certificate_issued_on, NULL
FROM inspection_letteranswer a JOIN inspection_filing f ON f.id = a.filing_id
JOIN concerned p ON p.person_id = f.person_id
WHERE a.genuine AND a.checked_at <= %(known)s
ORDER BY 1, 4
"""
"""When each certificate counted, its turns folded; and paper certificates that an inspector has checked."""


def screen_place(
    *,
    place: str,
    question: tuple[date, date],
    actor: Account,
    now: datetime,
    known_at: datetime | None = None,
) -> ScreeningRun:
    """Who of `place` worked uncertified in a gated post in [from, until)? One day asks for its first day only.

    Raises Forbidden outside the actor's jurisdiction, BadInput for an empty period, Unavailable if the
    engine fails; then nothing is kept.
    """
    require_jurisdiction(actor, region=place)
    start, until = question
    depth = Depth.FIRST_DAY if (until - start).days == 1 else Depth.UNCOVERED
    asked = Question(start, until, place, depth)
    known_at = known_at or now
    out = Path(tempfile.mkdtemp(dir=folder("screenings", 0o700)))
    try:
        with transaction.atomic():
            return _run(asked, out, actor, now, known_at)
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _run(asked: Question, out: Path, actor: Account, now: datetime, known_at: datetime) -> ScreeningRun:
    inputs, counts = _extract(asked, out, known_at)
    answer = screen(inputs, asked, out, Limits(memory_mb=1024))
    run = ScreeningRun.objects.create(
        place=asked.place, from_date=asked.from_date, until_date=asked.until_date, known_at=known_at, by=actor,
        filings=counts["employment"], certificates=counts["certificates"], gates=len(inputs.book.gates),
        found=answer.hash.rows, persons=answer.persons, employers=answer.employers, row_hash=str(answer.hash),
        sources={name: extracts.sha256(out / f"{name}.parquet") for name in counts},
        gated_posts=gated_posts(inputs, asked),
    )  # fmt: skip
    for rows in extracts.findings(out / "findings", intervals=asked.depth is Depth.UNCOVERED):
        _keep(run, rows)
    ledger.record(
        verb="inspection.screen", subject=run, actor=actor, now=now, place=asked.place, found=run.found,
        row_hash=run.row_hash,
    )  # fmt: skip
    return run


def _extract(asked: Question, out: Path, known_at: datetime) -> tuple[Inputs, dict[str, int]]:
    params = {"known": known_at, "place": f"{asked.place}%"}
    employment, certificates = out / "employment.parquet", out / "certificates.parquet"
    counts = {
        "employment": extracts.pack(_stream(_EMPLOYMENT, params), extracts.EMPLOYMENT, employment),
        "certificates": extracts.pack(_stream(_CERTIFICATES, params), extracts.CERTIFICATES, certificates),
    }
    with closing(duckdb.connect(config={"threads": 1})) as con:
        sources = (
            tables.open_table(con, tables.CERTIFICATES, certificates),
            tables.open_table(con, tables.EMPLOYMENT, employment),
        )
    names, book = _book(extracts.names(employment, certificates), asked)
    return Inputs(*sources, book, names), counts


def _book(written: list[str], asked: Question) -> tuple[dict[str, int], GateBook]:
    """Numbers for the names as written and for those only the law knows, and the gates of the period."""
    shipped = law()
    said = {g.occupation for g in shipped.gates} | {n for s in shipped.successions for n in (s.old, s.new)}
    numbers: dict[str, int] = {}
    names = {name: numbers.setdefault(canonical(name), len(numbers) + 1) for name in written}
    for name in sorted(said - {GRADED}):
        numbers.setdefault(canonical(name), len(numbers) + 1)
    for name, number in numbers.items():
        names.setdefault(name, number)
    levels = occupation_levels(on=asked.from_date)
    graded = {canonical(name) for name, known in levels.items() if known}
    book = law_gates(shipped, numbers, graded)
    inside = (g for g in book.gates if g.valid_from < asked.until_date and g.valid_until > asked.from_date)
    return names, replace(book, gates=tuple(inside))


def _stream(sql: str, params: dict[str, Any]) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
        for chunk in copy:
            yield bytes(chunk)


def _keep(run: ScreeningRun, rows: list[tuple[Any, ...]]) -> None:
    filings = Filing.objects.select_related("person").prefetch_related("person__documents")
    known = filings.in_bulk([row[0] for row in rows])
    fresh = []
    for filing, employer, gate, first, end, uncovered, until, citation in rows:
        row = known[filing]
        documents = sorted(row.person.documents.all(), key=lambda d: (d.kind != "resident", -d.pk))
        fresh.append(
            Finding(
                run=run, filing=row, employer_id=employer, person_masked=masked_name(row.person.name),
                document_tail=documents[0].tail if documents else "", occupation=row.occupation, level=row.level,
                place=row.place, gate=gate, first_day=first, end_day=end, uncovered_from=uncovered,
                uncovered_until=until, citation=citation[:300],
            )
        )  # fmt: skip
    Finding.objects.bulk_create(fresh)


def masked_name(name: str) -> str:
    """The surname alone.

    >>> masked_name("张样例")
    '张**'
    """
    return name[:1] + "*" * (len(name) - 1)

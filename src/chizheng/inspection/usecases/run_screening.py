"""A screening: export, ask, keep what was found with its citation and what was known. Also the daily delta.

The rule is the portable SQL; the same text that asks the country asks here. A run is a row whose work
moves from stage to stage; each stage is safe to repeat, so call `advance` again after a kill.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
from django.db import transaction
from django.db.models import Q, QuerySet

from chizheng.access.models import GateOverlay, LawEdition
from chizheng.access.queries import law_as_known, occupation_levels
from chizheng.inspection.core.gates import GateBook, law_gates, unlawful_from
from chizheng.inspection.core.screening import Depth, Question
from chizheng.inspection.io import extracts, tables
from chizheng.inspection.io.engines import duckdb as embedded
from chizheng.inspection.models import Filing, Finding, Screening
from chizheng.inspection.tables_out import CHANGED, DEMANDS, copy_out, export, held_by
from chizheng.kernel.errors import Conflict
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.types import GRADED, Act, Law
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.home import folder
from chizheng.platform.models import LongWork

STAGES = ("export", "ask", "posts", "keep")
BATCH = 2000

_NOT_DONE = Wording(
    zh="这次比对还没有完成；请等它完成，或打开它继续",
    en="this screening is not finished; wait, or open it to go on",
)
_NOT_LATER = Wording(
    zh="增量比对的日期应晚于上一次（{last}）；同一日请重新做一次完整比对",
    en="a delta must be of a later day than the last one ({last}); screen that day anew instead",
)


@transaction.atomic
def start_screening(
    *,
    start: date,
    until: date,
    place: str,
    actor: Account | None,
    now: datetime,
    after: Screening | None = None,
) -> Screening:
    """A run over [start, until) that waits for `advance`; `after` makes it the delta of a finished run.

    Raises Conflict if that run is not finished or not earlier, BadInput for an empty period, Forbidden
    outside the actor's jurisdiction.
    """
    Question(start, until, place)
    if actor is not None:
        require_jurisdiction(actor, region=place)
    if after is not None:
        after = Screening.objects.select_related("work").get(pk=after.pk)
        if after.work.state != LongWork.State.DONE:
            raise Conflict("screening_not_done", _NOT_DONE)
        if start < after.until_date:
            raise Conflict("delta_not_later", _NOT_LATER, last=after.from_date)
    work = LongWork.objects.create(
        kind="inspection.screen", owner=actor, total=len(STAGES), created_at=now, checkpoint={"stage": 0}
    )
    run = Screening.objects.create(
        series_id=after.root if after else None, from_date=start, until_date=until, place=place, work=work, by=actor,
        created_at=now,
    )  # fmt: skip
    ledger.record(
        verb="inspection.screen",
        subject=run,
        actor=actor,
        now=now,
        start=str(start),
        until=str(until),
        place=place,
    )
    return run


def run_screening(*, run: Screening, now: datetime) -> Screening:
    """All stages of a run that are still to do."""
    while not run.finished:
        run = advance(run=run, now=now)
    return run


@transaction.atomic
def advance(*, run: Screening, now: datetime) -> Screening:
    """The next stage of a run; a finished one stays as it is. Two callers wait for each other."""
    work = LongWork.objects.select_for_update().get(pk=run.work_id)
    run = Screening.objects.get(pk=run.pk)
    run.work = work
    if run.finished:
        return run
    stage = int(work.checkpoint["stage"])
    place = _folder(run)
    if stage and not (place / "employment.parquet").exists():
        stage = 0  # the folder was lost on the way: begin again, nothing was kept yet
    (_export, _ask, _posts, _keep)[stage](run, place)
    work.checkpoint = {"stage": stage + 1}
    work.done, work.heartbeat_at, work.state = stage + 1, now, LongWork.State.RUNNING
    if work.done >= work.total:
        work.state, work.ended_at = LongWork.State.DONE, now
        work.result = {"found": run.found, "filings": run.filings, "hash": run.row_hash}
        ledger.record(
            verb="inspection.screened",
            subject=run,
            actor=run.by,
            now=now,
            found=run.found,
            row_hash=run.row_hash,
        )
        transaction.on_commit(lambda: shutil.rmtree(place, ignore_errors=True))
    work.save()
    run.save(update_fields=["filings", "found", "row_hash", "changed", "gated", "sources"])
    return run


def _folder(run: Screening) -> Path:
    return folder(f"files/screenings/{run.uuid.hex}", 0o700)


def _export(run: Screening, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    run.filings, run.sources = export(place, start=run.from_date, until=run.until_date, place=run.place)
    before = _before(run)
    if before is not None and not _gates_turn(before, run):
        run.changed = copy_out(
            "changed", place / "changed.parquet", sql=CHANGED,
            params={"since": before.created_at, "last": before.from_date, "until": run.until_date},
        )  # fmt: skip


def _before(run: Screening) -> Screening | None:
    """The run a delta goes on from."""
    if run.series_id is None:
        return None
    runs = Screening.objects.filter(Q(pk=run.series_id) | Q(series=run.series_id), pk__lt=run.pk)
    return runs.filter(work__state=LongWork.State.DONE).order_by("pk").last()


def _gates_turn(before: Screening, run: Screening) -> bool:
    """Does a gate begin, end or begin to bind in between, or was one written or withdrawn? Then all are asked."""
    between = (before.created_at, run.created_at)
    rows = GateOverlay.objects.filter(Q(known_from__range=between) | Q(known_until__range=between))
    if rows.exists() or LawEdition.objects.filter(known_from__range=between).exists():
        return True
    gates = _inputs(_folder(run), with_changed=False).book.gates
    days = {d for g in gates for d in (g.valid_from, g.valid_until, g.in_post_from)}
    return any(before.from_date < d < run.until_date for d in days)


def _question(run: Screening) -> Question:
    one = run.until_date == run.from_date + timedelta(days=1)
    return Question(run.from_date, run.until_date, run.place, Depth.FIRST_DAY if one else Depth.UNCOVERED)


def names_and_graded(known_law: Law, written: list[str]) -> tuple[dict[str, int], set[str]]:
    """Numbers of every occupation that is written, in the law or in the catalogue; the canonical graded ones."""
    known = occupation_levels(on=clock.today())
    said = {g.occupation for g in known_law.gates}
    said |= {n for s in known_law.successions for n in (s.old, s.new)}
    numbers: dict[str, int] = {}
    names: dict[str, int] = {}
    for name in sorted((said - {GRADED}) | set(known) | set(written)):
        names[name] = numbers.setdefault(canonical(name), len(numbers) + 1)
    for name, number in numbers.items():
        names.setdefault(name, number)
    return names, {canonical(n) for n, levels in known.items() if levels}


def _inputs(place: Path, *, with_changed: bool) -> embedded.Inputs:
    """The exported tables, checked, and the gates of the law with the rows that places added."""
    paths = {
        kind: place / f"{kind}.parquet" for kind in ("certificates", "employment", "exemptions", "changed")
    }
    with closing(duckdb.connect(config={"threads": 2})) as con:
        given = tables.open_table(con, tables.CERTIFICATES, paths["certificates"])
        employment = tables.open_table(con, tables.EMPLOYMENT, paths["employment"])
        exemptions = tables.open_table(con, tables.EXEMPTIONS, paths["exemptions"])
        asked = with_changed and paths["changed"].exists()
        changed = tables.open_table(con, tables.CHANGED, paths["changed"]) if asked else None
    written = extracts.names(paths["certificates"], paths["employment"], paths["exemptions"])
    known_law = law_as_known()
    names, graded = names_and_graded(known_law, written)
    numbers = {canonical(n): number for n, number in names.items()}
    book = law_gates(known_law, numbers, graded)
    return embedded.Inputs(given, employment, book, names, exemptions, changed)


def _in_period(book: GateBook, question: Question) -> GateBook:
    return replace(
        book,
        gates=tuple(
            g for g in book.gates if g.valid_from < question.until_date and g.valid_until > question.from_date
        ),
    )


def _ask(run: Screening, place: Path) -> None:
    inputs = _inputs(place, with_changed=True)
    question = _question(run)
    inputs = replace(inputs, book=_in_period(inputs.book, question))
    shutil.rmtree(place / "answer", ignore_errors=True)
    outcome = embedded.screen(inputs, question, place / "answer", embedded.Limits(memory_mb=1024))
    run.row_hash = str(outcome.hash)


def _posts(run: Screening, place: Path) -> None:
    """Filings in gated posts by employer, covered or not."""
    inputs = _inputs(place, with_changed=False)
    question = _question(run)
    counted = embedded.gated_posts(replace(inputs, book=_in_period(inputs.book, question)), question)
    run.gated = {str(employer): count for employer, count in counted.items()}


def _keep(run: Screening, place: Path) -> None:
    root = run.root
    if run.series_id is not None:
        old = Finding.objects.filter(series_id=root, ended=None, since_id__lt=run.pk)
        if run.changed is not None:
            keys = extracts.persons(place / "changed.parquet")
            gone = [
                pk
                for pk, digest in old.values_list("pk", "filing__number_digest").iterator()
                if int.from_bytes(bytes(digest)[:8], "big") >> 1 in keys
            ]
            old = old.filter(pk__in=gone)
        old.update(ended=run)
    intervals = _question(run).depth is Depth.UNCOVERED
    for part in extracts.findings(place / "answer/findings", intervals=intervals, batch=BATCH):
        filings = Filing.objects.in_bulk([row[0] for row in part])
        held = held_by(list(filings))
        Finding.objects.bulk_create(
            [_finding(run, row, filings[row[0]], held.get(row[0], [])) for row in part], batch_size=1000
        )
    run.found = findings_of(run).count()


def _finding(run: Screening, row: tuple[Any, ...], filing: Filing, held: list[dict[str, object]]) -> Finding:
    """What was found, with what was known of it then."""
    _, employer, gate, gate_occupation, level, citation, first, end = row
    snapshot = {
        "as_of": str(run.created_at.date()), "gate_occupation": gate_occupation, "post": filing.post,
        "since": str(filing.period.lower), "certificates": held,
    }  # fmt: skip
    return Finding(
        series_id=run.root, since=run, filing=filing, employer_id=employer, gate=gate, occupation=filing.occupation,
        region=filing.region, level=level, citation=citation, first_day=first, end_day=end, snapshot=snapshot,
    )  # fmt: skip


def findings_of(run: Screening) -> QuerySet[Finding]:
    """The findings that stand at a run: found by it or before it in its series, and not ended until it."""
    return Finding.objects.filter(series_id=run.root, since_id__lte=run.pk).filter(
        Q(ended=None) | Q(ended_id__gt=run.pk)
    )


def over_gating(*, start: date, until: date, place: str) -> list[tuple[int, int, str, date, date]]:
    """Demands no text backs: (demand, body, occupation, first day, end day); `tables_out.DEMANDS` numbers them."""
    known_law = law_as_known()
    since = unlawful_from(known_law)
    if since is None or until <= since:
        return []
    work = folder(f"files/screenings/{uuid4().hex}", 0o700)
    try:
        copy_out("demands", work / "demands.parquet", sql=DEMANDS, params={"place": f"{place}%"})
        with closing(duckdb.connect(config={"threads": 2})) as con:
            demands = tables.open_table(con, tables.DEMANDS, work / "demands.parquet")
        names, _ = names_and_graded(known_law, extracts.names(work / "demands.parquet"))
        numbers = {canonical(n): number for n, number in names.items()}
        book = law_gates(known_law, numbers, (), Act.RECRUIT)
        embedded.overgating(demands, book, names, Question(start, until, place), since, work)
        titles = {number: name for name, number in names.items()}
        columns = "demand, employer, occupation, first_day, end_day"
        rows = extracts.rows_of(work / "overgating", columns, "demand")
        return [(d, e, titles[o], a, b) for d, e, o, a, b in rows]
    finally:
        shutil.rmtree(work, ignore_errors=True)

"""A workbook of filings is received, then taken in some thousand rows at a time.

Good rows go in, bad rows are kept as faults of their cells. Every step is one transaction that moves the
checkpoint with the rows: a kill loses nothing and doubles nothing, `advance_filings` goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from chizheng.assessment.stored import keep, stored
from chizheng.inspection.core.filings import PERSONAL, Fault, Row, find_twins, positions, read_row, say
from chizheng.inspection.models import Filing, FilingFault, FilingUpload
from chizheng.inspection.usecases.file_employment import require_own, take
from chizheng.kernel.errors import NotFound
from chizheng.people.models import Account, Organisation
from chizheng.platform import clock, ledger
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, Sheet, annotate_sheet, read_sheet
from chizheng.platform.models import LongWork
from chizheng.platform.sealing import mask

STEP = 2000
"""Rows of one transaction: a second or two."""


@dataclass(frozen=True)
class _Read:
    sheet: Sheet
    at: dict[str, int]
    rows: tuple[Row, ...]


@lru_cache(maxsize=2)
def _read(sha256: str, stored_as: str, file_name: str, home: str, today: str) -> _Read:
    return _understand(stored(stored_as), file_name, home, today)


def _understand(content: bytes, file_name: str, home: str, today: str) -> _Read:
    from datetime import date

    sheet = read_sheet(content, file_name)
    at = positions(sheet.header)
    rounded: dict[int, list[str]] = {}
    columns = {position: column for column, position in at.items()}
    for fault in sheet.faults:
        if fault.column is not None and fault.column in columns:
            rounded.setdefault(fault.row, []).append(columns[fault.column])
    day = date.fromisoformat(today)
    rows = [
        read_row(
            row.number,
            {column: row.cells[position] for column, position in at.items()},
            home=home,
            today=day,
            rounded=rounded.get(row.number, ()),
        )
        for row in sheet.rows
    ]
    return _Read(sheet, at, tuple(find_twins(rows)))


@transaction.atomic
def receive_filings(
    *, employer: Organisation, file_name: str, content: bytes, actor: Account, now: datetime
) -> tuple[FilingUpload, bool]:
    """Keep a workbook for taking in; returns (upload, made). The same bytes again are the same upload.

    Raises BadInput where the file is no sheet or lacks columns, Forbidden for another's organisation.
    """
    require_own(actor, employer)
    Organisation.objects.select_for_update().get(pk=employer.pk)
    sha256 = hashlib.sha256(content).hexdigest()
    earlier = FilingUpload.objects.filter(employer=employer, sha256=sha256).select_related("work").first()
    if earlier is not None:
        return earlier, False
    read = _understand(content, file_name, employer.region, clock.day_of(now).isoformat())
    work = LongWork.objects.create(
        kind="inspection.import_filings",
        owner=actor,
        total=len(read.rows),
        created_at=now,
        checkpoint={"next": 0},
    )
    upload = FilingUpload.objects.create(
        employer=employer, file_name=file_name[:200], stored_as=keep(content), sha256=sha256,
        rows=len(read.rows), work=work, by=actor, created_at=now,
    )  # fmt: skip
    ledger.record(
        verb="inspection.receive_filings",
        subject=upload,
        actor=actor,
        now=now,
        rows=upload.rows,
        sha256=sha256,
    )
    return upload, True


def run_filings(*, upload: FilingUpload, now: datetime) -> FilingUpload:
    """Take the whole workbook in, step by step; resumes where an earlier run stopped."""
    while not upload.finished:
        upload = advance_filings(upload=upload, now=now)
    return upload


@transaction.atomic
def advance_filings(*, upload: FilingUpload, now: datetime, step: int = STEP) -> FilingUpload:
    """Take the next rows in; a finished upload stays as it is. Two callers at once wait for each other."""
    work = LongWork.objects.select_for_update().get(pk=upload.work_id)
    upload = FilingUpload.objects.select_related("employer", "by").get(pk=upload.pk)
    upload.work = work
    if upload.finished:
        return upload
    try:
        read = _read(
            upload.sha256, upload.stored_as, upload.file_name, upload.employer.region,
            clock.day_of(upload.created_at).isoformat(),
        )  # fmt: skip
    except NotFound as gone:
        work.state, work.ended_at, work.message = LongWork.State.FAILED, now, gone.say("zh")
        work.save()
        return upload
    start = int(work.checkpoint["next"])
    rows = read.rows[start : start + step]
    _take(upload, read, rows, now)
    work.checkpoint = {"next": start + len(rows)}
    work.done = start + len(rows)
    work.heartbeat_at, work.state = now, LongWork.State.RUNNING
    if work.done >= work.total:
        work.state, work.ended_at = LongWork.State.DONE, now
        counts = {n: getattr(upload, n) for n in ("rows", "accepted", "unchanged", "faulty")}
        work.result = counts
        ledger.record(verb="inspection.import_filings", subject=upload, actor=upload.by, now=now, **counts)
    work.save()
    upload.save(update_fields=["accepted", "unchanged", "faulty"])
    return upload


def _take(upload: FilingUpload, read: _Read, rows: Sequence[Row], now: datetime) -> None:
    good = [row for row in rows if row.entry is not None]
    taken = take(
        upload.employer, [row.entry for row in good if row.entry is not None],
        source=Filing.Source.WORKBOOK, actor=upload.by, now=now, upload=upload,
    )  # fmt: skip
    faults = [(row.number, fault) for row in rows for fault in row.faults]
    faults += [(good[at].number, fault) for at, fault in taken.faults.items()]
    FilingFault.objects.bulk_create(
        [_fault(upload, read.at, number, fault) for number, fault in faults], batch_size=2000
    )
    upload.accepted += taken.accepted
    upload.unchanged += taken.unchanged
    upload.faulty += len({number for number, _ in faults})


def _fault(upload: FilingUpload, at: dict[str, int], number: int, fault: Fault) -> FilingFault:
    value = mask(fault.value) if fault.column in PERSONAL and fault.value else fault.value
    return FilingFault(
        upload=upload, row=number, column=fault.column, position=at.get(fault.column), value=value[:120],
        code=fault.code, params=dict(fault.params),
    )  # fmt: skip


def returned_filings(upload: FilingUpload, *, lang: str, only_faulty: bool) -> AnnotatedSheet:
    """The workbook on its way back, what is wrong beside each row."""
    content = stored(upload.stored_as)
    sheet = read_sheet(content, upload.file_name)
    faults = [
        CellFault(f.row, f.position, say(f.code, f.value, f.params, lang))
        for f in upload.faults.order_by("row", "id")
    ]
    return annotate_sheet(sheet, upload.file_name, faults, only_faulty=only_faulty)

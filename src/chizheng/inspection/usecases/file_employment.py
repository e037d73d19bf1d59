"""Employment filings: one by form or API, many by workbook; a change is a new row, nothing is overwritten.

The workbook is checked a few thousand rows at a time; every step is one transaction that moves the
checkpoint with the rows, so that a kill loses nothing and doubles nothing: call `advance` again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db import transaction

from chizheng.assessment.stored import keep, stored
from chizheng.catalogue.queries import list_occupations
from chizheng.inspection.core.filing import (
    HEADERS,
    FiledRow,
    RowFault,
    Seen,
    Setting,
    columns_of,
    read_row,
)
from chizheng.inspection.models import Filing, FilingFault, FilingUpload
from chizheng.kernel.errors import Forbidden, NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.core import names
from chizheng.people.models import Account, Document, Organisation
from chizheng.people.queries import number_digest
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, Sheet, SheetRow, annotate_sheet, read_sheet
from chizheng.platform.models import LongWork

STEP = 4000
"""Rows of one transaction: about a second."""

_NOT_YOURS = Wording(
    zh="只能为本单位备案用工；请用该单位的账号登录",
    en="you may file for your own organisation only; sign in for that one",
)


def require_own(actor: Account | None, employer: Organisation) -> None:
    """Employers and agencies file for themselves. Raises Forbidden."""
    if actor is not None and actor.organisation_id != employer.pk:
        raise Forbidden("not_your_organisation", _NOT_YOURS)


def _setting(employer: Organisation, day: date) -> Setting:
    names = list_occupations(on=day).values_list("name", flat=True)
    ahead = law().number("inspection.filing_ahead_days", on=day, place=employer.region)
    return Setting({canonical(n): n for n in names}, employer.region, day + timedelta(days=ahead))


Checked = tuple[int, FiledRow | None, tuple[RowFault, ...]]
"""Number of a row, and what it says or what is wrong with it."""


class _Reading:
    """A sheet and its rows as far as they were checked; a step checks its own, so that no step is long."""

    def __init__(self, sheet: Sheet, setting: Setting) -> None:
        self.sheet, self._setting, self._seen = sheet, setting, Seen()
        self.positions, _ = columns_of(sheet.header)
        self._checked: list[Checked] = []
        self._rounded: dict[int, set[int]] = defaultdict(set)
        for fault in sheet.faults:
            if fault.column is not None:
                self._rounded[fault.row].add(fault.column)

    def rows(self, start: int, end: int) -> list[Checked]:
        """Rows [start, end); those before are checked first where another process had begun."""
        for line in self.sheet.rows[len(self._checked) : end]:
            self._checked.append(self._check(line))
        return self._checked[start:end]

    def _check(self, line: SheetRow) -> Checked:
        lost = [k for k, at in self.positions.items() if at in self._rounded.get(line.number, ())]
        if lost:
            return line.number, None, tuple(RowFault(k, "rounded", {}) for k in lost)
        row, faults = read_row({k: line.cells[at] for k, at in self.positions.items()}, self._setting)
        before = self._seen.earlier(line.number, row) if row is not None else None
        if before is not None:
            return line.number, None, (RowFault("document_number", "repeated", {"row": before}),)
        return line.number, row, tuple(faults)


@lru_cache(maxsize=2)
def _read(sha256: str, stored_as: str, file_name: str, employer: int, day: date) -> _Reading:
    """The sheet read once for all the steps that follow each other in this process."""
    setting = _setting(Organisation.objects.get(pk=employer), day)
    return _Reading(read_sheet(stored(stored_as), file_name), setting)


@transaction.atomic
def file_one(
    *, employer: Organisation, cells: Mapping[str, str], actor: Account | None, now: datetime
) -> tuple[Filing | None, list[RowFault]]:
    """File one row of cells (keys of `core.filing.HEADERS`); returns (filing, faults), one of them empty.

    The same row again gives the filing that is there.
    """
    taken = file_rows(employer=employer, rows=[cells], actor=actor, now=now)
    return (taken.filings.get(0), [fault for _, fault in taken.faults])


@dataclass(frozen=True)
class Taken:
    """What became of rows: written, unchanged, and faults by position; the filings that count now."""

    accepted: int
    unchanged: int
    faults: list[tuple[int, RowFault]]
    filings: dict[int, Filing]


@transaction.atomic
def file_rows(
    *, employer: Organisation, rows: Sequence[Mapping[str, str]], actor: Account | None, now: datetime
) -> Taken:
    """File many rows at once; good ones are written, the others answered. One ledger line for all."""
    require_own(actor, employer)
    setting = _setting(employer, clock.day_of(now))
    faults: list[tuple[int, RowFault]] = []
    good: list[tuple[int, FiledRow]] = []
    seen = Seen()
    for at, cells in enumerate(rows):
        row, found = read_row(cells, setting)
        faults += [(at, fault) for fault in found]
        before = seen.earlier(at, row) if row is not None else None
        if before is not None:
            faults.append((at, RowFault("document_number", "repeated", {"row": before + 1})))
        elif row is not None:
            good.append((at, row))
    filings, written, refused = _store(employer, good, None, actor, now)
    taken = Taken(written, len(filings) - written, sorted([*faults, *refused], key=lambda f: f[0]), filings)
    if written:
        ledger.record(
            verb="inspection.file", subject=employer, actor=actor, now=now, accepted=written,
            unchanged=taken.unchanged, faulty=len({at for at, _ in taken.faults}),
        )  # fmt: skip
    return taken


@transaction.atomic
def receive_filings(
    *, employer: Organisation, file_name: str, content: bytes, actor: Account | None, now: datetime
) -> tuple[FilingUpload, bool]:
    """Keep a workbook for checking; returns (upload, made). The same bytes again are the same upload.

    Raises BadInput where the file is no sheet or lacks a column.
    """
    require_own(actor, employer)
    Organisation.objects.select_for_update().get(pk=employer.pk)
    sha256 = hashlib.sha256(content).hexdigest()
    known = FilingUpload.objects.filter(employer=employer, sha256=sha256).first()
    if known is not None:
        return known, False
    sheet = read_sheet(content, file_name)
    _, unknown = columns_of(sheet.header)
    work = LongWork.objects.create(
        kind="inspection.file", owner=actor, total=len(sheet.rows), created_at=now, checkpoint={"next": 0}
    )
    upload = FilingUpload.objects.create(
        employer=employer, file_name=file_name[:200], stored_as=keep(content), sha256=sha256,
        unknown_columns=unknown[:50], rows=len(sheet.rows), work=work, by=actor, created_at=now,
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


def run_upload(*, upload: FilingUpload, now: datetime) -> FilingUpload:
    """Check the whole sheet, step by step; resumes where an earlier run stopped."""
    while not upload.finished:
        upload = advance(upload=upload, now=now)
    return upload


@transaction.atomic
def advance(*, upload: FilingUpload, now: datetime, step: int = STEP) -> FilingUpload:
    """Check the next rows of a workbook; a finished one stays as it is. Two callers wait for each other."""
    work = LongWork.objects.select_for_update().get(pk=upload.work_id)
    upload = FilingUpload.objects.select_related("employer").get(pk=upload.pk)
    upload.work = work
    if upload.finished:
        return upload
    try:
        read = _read(
            upload.sha256,
            upload.stored_as,
            upload.file_name,
            upload.employer_id,
            clock.day_of(upload.created_at),
        )
    except NotFound as gone:  # removed at the end of its retention before anybody came back
        work.state, work.ended_at, work.message = LongWork.State.FAILED, now, gone.say("zh")
        work.save()
        return upload
    start = int(work.checkpoint["next"])
    rows = read.rows(start, start + step)
    good = [(n, r) for n, r, _ in rows if r is not None]
    faults = [(n, f) for n, _, found in rows for f in found]
    upload.faulty += sum(r is None for _, r, _ in rows)
    filings, accepted, refused = _store(upload.employer, good, upload, upload.by, now)
    upload.accepted += accepted
    upload.unchanged += len(filings) - accepted
    upload.faulty += len({n for n, _ in refused})
    FilingFault.objects.bulk_create(
        [
            FilingFault(
                upload=upload, row=n, position=read.positions.get(f.key), header=HEADERS[f.key][0], code=f.code,
                params={k: v if isinstance(v, int) else str(v) for k, v in f.params.items()},
            )
            for n, f in [*faults, *refused]
        ],
        batch_size=1000, ignore_conflicts=True,
    )  # fmt: skip
    work.checkpoint = {"next": start + len(rows)}
    work.done, work.heartbeat_at, work.state = start + len(rows), now, LongWork.State.RUNNING
    if work.done >= work.total:
        work.state, work.ended_at = LongWork.State.DONE, now
        counts = {n: getattr(upload, n) for n in ("rows", "accepted", "unchanged", "faulty")}
        work.result = counts
        ledger.record(verb="inspection.import_filings", subject=upload, actor=upload.by, now=now, **counts)
    work.save()
    upload.save(update_fields=["accepted", "unchanged", "faulty"])
    return upload


def returned(upload: FilingUpload, *, lang: str, only_faulty: bool) -> AnnotatedSheet:
    """The workbook on its way back, what is wrong beside each row. Raises NotFound where the file is gone."""
    sheet = read_sheet(stored(upload.stored_as), upload.file_name)
    faults = [CellFault(f.row, f.position, f.say(lang)) for f in upload.faults.iterator()]
    return annotate_sheet(sheet, upload.file_name, faults, only_faulty=only_faulty)


def _store(
    employer: Organisation, rows: Sequence[tuple[int, FiledRow]], upload: FilingUpload | None,
    actor: Account | None, now: datetime,
) -> tuple[dict[int, Filing], int, list[tuple[int, RowFault]]]:  # fmt: skip
    """Write rows that read well; returns (filings that count now, how many are new, faults).

    A row with the first day of a current filing of the same person and post changes it; one that only
    overlaps is refused. One employer's rows are written by one caller at a time.
    """
    if not rows:
        return {}, 0, []
    Organisation.objects.select_for_update().get(pk=employer.pk)
    digests = {n: number_digest(row.document) for n, row in rows}
    documents = {
        (d.kind, bytes(d.number_digest)): d
        for d in Document.objects.filter(number_digest__in=list(digests.values()))
        .select_related("person")
        .prefetch_related("person__names")
    }
    current: dict[tuple[str, bytes, str], list[Filing]] = defaultdict(list)
    for filing in Filing.objects.filter(
        employer=employer, superseded_at=None, number_digest__in=list(digests.values())
    ):
        current[filing.document_kind, bytes(filing.number_digest), filing.post].append(filing)
    faults: list[tuple[int, RowFault]] = []
    standing: dict[int, Filing] = {}
    fresh: list[Filing] = []
    old: list[int] = []
    for n, row in rows:
        kind, digest = row.document.kind.value, digests[n]
        document = documents.get((kind, digest))
        if document is not None and not _borne(row.name, document):
            faults.append((n, RowFault("name", "name_differs", {})))
            continue
        mine = current[kind, digest, row.post]
        same = next((f for f in mine if f.period.lower == row.start), None)
        other = next((f for f in mine if f is not same and row.meets(f.period.lower, f.period.upper)), None)
        if other is not None:
            faults.append((n, RowFault("start", "overlaps", {"start": other.period.lower.isoformat()})))
            continue
        if same is not None and _equal(same, row):
            standing[n] = same
            continue
        if same is not None:
            old.append(same.pk)
        filing = Filing(
            employer=employer, person=document.person if document else None, document_kind=kind,
            number=row.document.number, number_digest=digest, tail=row.document.number[-4:], name=row.name,
            post=row.post, occupation=row.occupation, level=row.level, region=row.region,
            period=(row.start, row.end), demanded=row.demanded, filed_at=now, filed_by=actor, upload=upload,
            previous=same,
        )  # fmt: skip
        standing[n] = filing
        fresh.append(filing)
    Filing.objects.filter(pk__in=old).update(superseded_at=now)
    Filing.objects.bulk_create(fresh, batch_size=1000)
    bearers = sorted({f.person_id for f in fresh if f.person_id is not None})
    if bearers:
        announce("posts_claimed", persons=bearers, at=now)
    return standing, len(fresh), faults


def _borne(name: str, document: Document) -> bool:
    key = names.comparable(name)
    person = document.person
    return key == person.name_key or any(n.name_key == key for n in person.names.all())


def _equal(filing: Filing, row: FiledRow) -> bool:
    return (filing.name, filing.occupation, filing.level, filing.region, filing.period.upper, filing.demanded) == (
        row.name, row.occupation, row.level, row.region, row.end, row.demanded
    )  # fmt: skip


@transaction.atomic
def end_filing(*, filing: Filing, on: date, actor: Account | None, now: datetime) -> Filing:
    """The person leaves the post on `on` (the first day no longer there): a new row with that end."""
    held = Filing.objects.select_for_update().get(pk=filing.pk)
    while held.superseded_at is not None:  # somebody changed it meanwhile: theirs is the one to end
        held = Filing.objects.select_for_update().get(previous=held)
    if held.period.upper == on or on <= held.period.lower:
        return held
    held.superseded_at = now
    held.save(update_fields=["superseded_at"])
    copied = (
        "employer_id", "person_id", "document_kind", "number", "number_digest", "tail", "name", "post",
        "occupation", "level", "region", "demanded",
    )  # fmt: skip
    ended = Filing.objects.create(
        **{name: getattr(held, name) for name in copied}, period=(held.period.lower, on), filed_at=now,
        filed_by=actor, previous=held,
    )  # fmt: skip
    ended.refresh_from_db(fields=["period"])
    ledger.record(verb="inspection.end_filing", subject=ended, actor=actor, now=now, on=str(on))
    return ended

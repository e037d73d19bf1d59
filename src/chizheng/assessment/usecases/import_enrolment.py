"""An enrolment sheet is received, then checked and taken in, a few hundred rows at a time.

Good rows go in, bad rows are kept as faults of their cells. Every step is one transaction that moves the
checkpoint with the rows, so that a kill loses nothing and doubles nothing: call `advance` again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from chizheng.assessment.core.columns import Recognised, recognise
from chizheng.assessment.core.eligibility import Verdict, judge
from chizheng.assessment.core.enrolment import (
    Enrolled,
    EnrolmentRow,
    Facts,
    Fault,
    Setting,
    claimed,
    claims_of,
    rows_of,
    settled_kinds,
)
from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.rules import faults_of
from chizheng.assessment.core.states import RESULTS_KNOWN, Event, State
from chizheng.assessment.holdings import certified
from chizheng.assessment.models import Registration, Session, Upload, UploadFault
from chizheng.assessment.queries import credits_of
from chizheng.assessment.stored import keep, stored
from chizheng.assessment.terms import setting_of
from chizheng.assessment.usecases.move_session import lock, require_acting
from chizheng.kernel.errors import Conflict, NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Document
from chizheng.people.queries import number_digest
from chizheng.people.usecases import enrol_persons
from chizheng.platform import ledger
from chizheng.platform.io.sheets import Sheet, read_sheet
from chizheng.platform.models import LongWork
from chizheng.platform.sealing import mask

STEP = 500
"""Rows of one transaction: short enough to answer a page within a second or two."""

_NOT_OPEN = Wording(
    zh="本批次现在不接受报名；只有“报名中”的批次可以上传报名表",
    en="this session does not take enrolments now; only one that is open for enrolment does",
)


@dataclass(frozen=True)
class _Read:
    """A sheet as read: its rows, the row at which each document first stands, cells Excel rounded."""

    sheet: Sheet
    found: Recognised
    rows: tuple[EnrolmentRow, ...]
    first: dict[tuple[str, str], int]
    rounded: frozenset[tuple[int, int]]


@lru_cache(maxsize=2)
def _read(sha256: str, stored_as: str, file_name: str) -> _Read:
    return _understand(stored(stored_as), file_name)


def _understand(content: bytes, file_name: str) -> _Read:
    sheet = read_sheet(content, file_name)
    lines: list[tuple[int, Sequence[str]]] = [(sheet.header_row, sheet.header)]
    lines += [(r.number, r.cells) for r in sheet.rows]
    found = recognise([cells for _, cells in lines])
    rows = tuple(rows_of(found, lines[found.row + 1 :]))
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.document is not None:
            first.setdefault((row.document.kind.value, row.document.number), row.number)
    rounded = frozenset((f.row, f.column) for f in sheet.faults if f.column is not None)
    return _Read(sheet, found, rows, first, rounded)


@transaction.atomic
def receive_enrolment(
    *, session: Session, file_name: str, content: bytes, actor: Account | None, now: datetime
) -> tuple[Upload, bool]:
    """Keep a sheet for checking; returns (upload, made). The same bytes again are the same upload.

    Raises BadInput where the file is no sheet or its header is not one we know, Conflict where the
    session is not open for enrolment.
    """
    held = lock(session)
    require_acting(held, actor, Event.CLOSE)
    sha256 = hashlib.sha256(content).hexdigest()
    known = Upload.objects.filter(session=held, kind=Upload.Kind.ENROLMENT, sha256=sha256).first()
    if known is not None:
        return known, False
    if held.state != State.ENROLLING:
        raise Conflict("not_enrolling", _NOT_OPEN)
    read = _understand(content, file_name)
    work = LongWork.objects.create(
        kind="assessment.import_enrolment",
        owner=actor,
        total=len(read.rows),
        created_at=now,
        checkpoint={"next": 0},
    )
    upload = Upload.objects.create(
        session=held,
        file_name=file_name[:200],
        stored_as=keep(content),
        sha256=sha256,
        column_set=read.found.columns.code,
        unknown_columns=list(read.found.unknown)[:50],
        rows=len(read.rows),
        work=work,
        by=actor,
        created_at=now,
    )
    ledger.record(
        verb="assessment.receive_enrolment",
        subject=upload,
        actor=actor,
        now=now,
        rows=len(read.rows),
        columns=upload.column_set,
        sha256=sha256,
    )
    return upload, True


def run_import(*, upload: Upload, now: datetime) -> Upload:
    """Check the whole sheet, step by step; resumes where an earlier run stopped."""
    while not upload.finished:
        upload = advance(upload=upload, now=now)
    return upload


@transaction.atomic
def advance(*, upload: Upload, now: datetime, step: int = STEP) -> Upload:
    """Check the next rows of a sheet; a finished one stays as it is.

    Two callers at once wait for each other on the work's row, so every row is taken once.
    """
    work = LongWork.objects.select_for_update().get(pk=upload.work_id)
    upload = Upload.objects.select_related("session__station", "work").get(pk=upload.pk)
    upload.work = work
    if upload.finished:
        return upload
    try:
        read = _read(upload.sha256, upload.stored_as, upload.file_name)
    except NotFound as gone:  # removed at the end of its retention before anybody came back
        work.state, work.ended_at, work.message = LongWork.State.FAILED, now, gone.say("zh")
        work.save()
        return upload
    start = int(work.checkpoint["next"])
    rows = read.rows[start : start + step]
    _take(upload, read, rows, now)
    work.checkpoint = {"next": start + len(rows)}
    work.done = start + len(rows)
    work.heartbeat_at = now
    work.state = LongWork.State.RUNNING
    if work.done >= work.total:
        work.state, work.ended_at = LongWork.State.DONE, now
        counts = {n: getattr(upload, n) for n in ("rows", "accepted", "unchanged", "faulty")}
        work.result = counts
        ledger.record(verb="assessment.import_enrolment", subject=upload, actor=upload.by, now=now, **counts)
    work.save()
    upload.save(update_fields=["accepted", "unchanged", "faulty"])
    return upload


def _take(upload: Upload, read: _Read, rows: Sequence[EnrolmentRow], now: datetime) -> None:
    """Check `rows`, take the good ones in, write the others' faults; counts onto `upload`."""
    session = lock(upload.session)
    setting = setting_of(session)
    known = _facts(rows, session, setting, read)
    faults: list[Fault] = []
    good: list[tuple[EnrolmentRow, Facts]] = []
    for row in rows:
        facts = known[row.number]
        found = _rounded(row, read) or faults_of(row, setting, facts)
        faults += found
        if found:
            upload.faulty += 1
        elif facts.here == row.digest:
            upload.unchanged += 1
        else:
            good.append((row, facts))
    UploadFault.objects.bulk_create(
        [_fault_row(upload, f, read.found) for f in faults], ignore_conflicts=True, batch_size=1000
    )
    if good and session.state == State.ENROLLING:
        _enrol(upload, session, setting, good, now)
        upload.accepted += len(good)
    elif good:  # enrolment closed while the sheet was being checked: say so beside each row
        UploadFault.objects.bulk_create(
            [_fault_row(upload, r.fault("document_number", "session_closed"), read.found) for r, _ in good]
        )
        upload.faulty += len(good)


def _rounded(row: EnrolmentRow, read: _Read) -> list[Fault]:
    """Cells whose digits the spreadsheet has already lost; nothing else about the row can be trusted."""
    return [
        row.fault(key, "cell_rounded")
        for key, position in read.found.positions.items()
        if (row.number, position) in read.rounded
    ]


def _fault_row(upload: Upload, fault: Fault, found: Recognised) -> UploadFault:
    column = found.columns.column(fault.column)
    value = mask(fault.value) if column is not None and column.personal and fault.value else fault.value
    return UploadFault(
        upload=upload,
        row=fault.row,
        column=fault.column,
        header=found.columns.header(fault.column),
        position=found.positions.get(fault.column),
        value=value[:120],
        code=fault.code,
        params={k: v if isinstance(v, int) else str(v) for k, v in fault.params.items()},
    )


def _facts(rows: Sequence[EnrolmentRow], session: Session, setting: Setting, read: _Read) -> dict[int, Facts]:
    """What file and register know of each row's person, in a handful of queries for all rows."""
    digests = {row.number: number_digest(row.document) for row in rows if row.document is not None}
    bearers = {
        (d.kind, bytes(d.number_digest)): d.person
        for d in Document.objects.filter(number_digest__in=list(digests.values()))
        .select_related("person")
        .prefetch_related("person__names")
    }
    persons = {p.pk for p in bearers.values()}
    held = certified(persons)
    credit = credits_of(persons, session, setting.terms)
    here: dict[int, str] = {}
    elsewhere: dict[int, list[Enrolled]] = {}
    enrolled = Registration.objects.filter(person_id__in=persons, state=Registration.State.ENROLLED)
    for registration in enrolled.exclude(session__state=State.ANNULLED).select_related("session", "result"):
        other = registration.session
        if other.pk == session.pk:
            here[registration.person_id] = registration.row_digest
            continue
        elsewhere.setdefault(registration.person_id, []).append(
            Enrolled(other.number, other.occupation, other.level, other.exam_date, _finished(registration))
        )
    facts = {}
    for row in rows:
        document = row.document
        first = read.first.get((document.kind.value, document.number)) if document else None
        earlier = first if first is not None and first != row.number else None
        person = bearers.get((document.kind.value, digests[row.number])) if document else None
        if person is None:
            facts[row.number] = Facts(earlier_row=earlier)
            continue
        facts[row.number] = Facts(
            earlier_row=earlier,
            names=frozenset({person.name_key, *(n.name_key for n in person.names.all())}),
            here=here.get(person.pk),
            elsewhere=tuple(elsewhere.get(person.pk, ())),
            certified=held.get(person.pk, ()),
            credits={
                part: mark.registration.session.exam_date for part, mark in credit.get(person.pk, {}).items()
            },
        )
    return facts


def _finished(registration: Registration) -> bool:
    """Is nothing more to come of it? Who failed may enrol again, who passed waits for the certificate."""
    if registration.session.state == State.ISSUED:
        return True
    result = getattr(registration, "result", None)
    return registration.session.state in RESULTS_KNOWN and result is not None and result.outcome != "pass"


def _enrol(
    upload: Upload,
    session: Session,
    setting: Setting,
    good: Sequence[tuple[EnrolmentRow, Facts]],
    now: datetime,
) -> None:
    entries = [(r.document, r.cell("name"), r.sex, r.birth) for r, _ in good if r.document is not None]
    documents = enrol_persons(entries, now=now)
    again = {r.person_id: r for r in session.registrations.filter(state=Registration.State.WITHDRAWN)}
    fresh: list[Registration] = []
    back: list[Registration] = []
    for row, facts in good:
        assert row.document is not None  # a row without one has a fault
        document = documents[row.document.kind.value, number_digest(row.document)]
        alternative = claimed(row, setting)
        assert alternative is not None
        judgement = judge(alternative, claims_of(row, setting, facts), on=setting.judged_on)
        kinds = settled_kinds(row, setting, facts)
        registration = again.get(document.person_id) or Registration(
            session=session, person=document.person, created_at=now
        )
        registration.document = document
        registration.name = row.cell("name")
        registration.employer = row.cell("employer")[:120]
        registration.rules = setting.rules.code
        registration.alternative = alternative.code
        registration.judged = "met" if judgement.verdict is Verdict.MET else "unknown"
        registration.evidence = list(alternative.evidence)
        registration.theory, registration.practice = kinds[Part.THEORY], kinds[Part.PRACTICE]
        registration.review = kinds[Part.REVIEW]
        registration.particulars = json.dumps({k: v for k, v in row.text.items() if v}, ensure_ascii=False)
        registration.row_digest = row.digest
        registration.upload, registration.row_number = upload, row.number
        registration.state = Registration.State.ENROLLED
        (back if registration.pk else fresh).append(registration)
    Registration.objects.bulk_create(fresh, batch_size=1000)
    for registration in back:
        registration.save()

"""Marks are entered: in a grid or by sheet, once or a second time by somebody else."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.marks import MarkState, Part, read_mark
from chizheng.assessment.core.states import Event, State
from chizheng.assessment.core.wording import WORDING
from chizheng.assessment.io.marks_sheet import KEPT, MarksColumns, marks_columns
from chizheng.assessment.models import Mark, Registration, Session, Upload, UploadFault
from chizheng.assessment.queries import counts_of
from chizheng.assessment.stored import keep
from chizheng.assessment.terms import terms_of
from chizheng.assessment.usecases.appoint_panel import require_panel
from chizheng.assessment.usecases.move_session import lock, move_session, require_acting
from chizheng.kernel.errors import BadInput, Conflict
from chizheng.kernel.wording import Wording
from chizheng.people.core.names import same
from chizheng.people.models import Account
from chizheng.people.queries import hands_of
from chizheng.platform import ledger
from chizheng.platform.io.sheets import SheetRow, read_sheet
from chizheng.platform.models import LongWork

_NOT_MARKING = Wording(
    zh="现在不能录入成绩；施考登记之后、成绩公示之前可以录入",
    en="marks cannot be entered now; they can between the exam and the publication",
)
_MISSING = Wording(
    zh="还有{missing}个科目未录入、{disputed}个科目两次录入不一致；缺考的请登记“缺考”",
    en="{missing} marks are not entered and {disputed} differ between two entries; mark absentees absent",
)
_OWN_FIRST = Wording(
    zh="复录须由另一人完成：首次录入是您本人", en="the second entry takes another person: the first was yours"
)


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """What somebody wrote for a part of a registration; empty text takes a first entry back."""

    registration: int
    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class MarkFault:
    """An entry that was not taken, with its sentence."""

    registration: int
    part: Part
    code: str
    wording: Wording
    params: dict[str, object]

    def say(self, lang: str = "zh") -> str:
        return self.wording.say(lang, **self.params)


@transaction.atomic
def hold_session(
    *, session: Session, actor: Account | None, now: datetime, absent: Collection[int] = (), basis: str = ""
) -> Session:
    """Register that the exam takes place and who came 到场; `absent`: registrations that did not.

    Raises Refused unless the appointed panel may sit. Twice is once: the first list of those present stands.
    """
    require_panel(session)
    moved = move_session(session=session, event=Event.HOLD, actor=actor, now=now, basis=basis)
    roster = moved.registrations.filter(state=Registration.State.ENROLLED, present=None)
    roster.filter(pk__in=absent).update(present=False)
    roster.exclude(pk__in=absent).update(present=True)
    return moved


@transaction.atomic
def enter_marks(
    *,
    session: Session,
    entries: Sequence[MarkEntry],
    actor: Account | None,
    now: datetime,
    second: bool = False,
) -> list[MarkFault]:
    """Enter marks; good entries are taken, the others returned with what is wrong. Twice is once.

    `second`: a second entry 复录, which must be by somebody else and is compared with the first.
    Raises Conflict outside the marking period.
    """
    held = marking(session, actor, now)
    faults, changed = _enter(held, entries, actor, now, second)
    if changed:
        ledger.record(
            verb="assessment.enter_marks", subject=held, actor=actor, now=now, entries=changed, second=second
        )
    return faults


def marking(session: Session, actor: Account | None, now: datetime) -> Session:
    """The session locked and open for marks, started or reopened where that is due; raises Conflict."""
    held = lock(session)
    require_acting(held, actor, Event.START_MARKING)
    if held.state in (State.HELD, State.RETURNED):
        event = Event.START_MARKING if held.state == State.HELD else Event.CORRECT
        held = move_session(session=held, event=event, actor=actor, now=now)
    if held.state != State.MARKING:
        raise Conflict("not_marking", _NOT_MARKING)
    return held


def _enter(
    session: Session, entries: Sequence[MarkEntry], actor: Account | None, now: datetime, second: bool
) -> tuple[list[MarkFault], int]:
    parts = terms_of(session).parts
    roster = {
        r.pk: r
        for r in session.registrations.filter(
            state=Registration.State.ENROLLED, pk__in={e.registration for e in entries}
        )
    }
    marks = {(m.registration_id, Part(m.part)): m for m in Mark.objects.filter(registration__in=roster)}
    mine = hands_of(actor) if actor is not None else frozenset()
    faults: list[MarkFault] = []
    new: list[Mark] = []
    changed: list[Mark] = []
    gone: list[int] = []
    for entry in entries:
        registration = roster.get(entry.registration)
        if registration is None or entry.part not in parts:
            continue  # another session's row, or a part this level does not have
        mark = marks.get((entry.registration, entry.part))
        if getattr(registration, entry.part.value) == ExamKind.KEPT:
            if entry.text.strip() not in ("", KEPT):
                faults.append(_fault(entry, BadInput("mark_kept_part", WORDING["mark_kept_part"])))
            continue
        try:
            read = read_mark(entry.text)
        except BadInput as error:
            faults.append(_fault(entry, error))
            continue
        if second:
            if mark is None or read.state is MarkState.MISSING:
                continue
            if mark.entered_by_id in mine:
                faults.append(_fault(entry, BadInput("second_by_same", _OWN_FIRST)))
                continue
            if (mark.second_state, mark.second_score) == (read.state, read.score):
                continue
            mark.second_state, mark.second_score = read.state, read.score
            mark.second_by, mark.second_at = actor, now
            changed.append(mark)
            if mark.disputed:
                faults.append(_fault(entry, BadInput("mark_differs", WORDING["mark_differs"])))
        elif read.state is MarkState.MISSING:
            if mark is not None:
                gone.append(mark.pk)
        elif mark is None:
            new.append(
                Mark(
                    registration=registration,
                    part=entry.part,
                    state=read.state,
                    score=read.score,
                    entered_by=actor,
                    entered_at=now,
                )
            )
        elif (mark.state, mark.score) != (read.state, read.score):
            mark.state, mark.score, mark.entered_by, mark.entered_at = read.state, read.score, actor, now
            if mark.second_by_id in mine:  # a new first entry needs a new second
                mark.second_state, mark.second_score, mark.second_by, mark.second_at = "", None, None, None
            changed.append(mark)
    Mark.objects.bulk_create(new, batch_size=1000)
    Mark.objects.bulk_update(
        changed,
        [
            "state",
            "score",
            "entered_by",
            "entered_at",
            "second_state",
            "second_score",
            "second_by",
            "second_at",
        ],
        batch_size=1000,
    )
    Mark.objects.filter(pk__in=gone).delete()
    return faults, len(new) + len(changed) + len(gone)


def _fault(entry: MarkEntry, error: BadInput) -> MarkFault:
    return MarkFault(entry.registration, entry.part, error.code, error.wording, dict(error.params))


@transaction.atomic
def import_marks(
    *,
    session: Session,
    file_name: str,
    content: bytes,
    actor: Account | None,
    now: datetime,
    second: bool = False,
) -> tuple[Upload, bool]:
    """Enter the marks of a sheet; returns (upload, made). Bad rows are faults of the upload.

    A row is taken only if its admission number is one of the session's and the name goes with it.
    Empty cells are passed over: a sheet never takes a mark back.
    """
    held = marking(session, actor, now)
    digest = hashlib.sha256(content + (b"second" if second else b"")).hexdigest()
    known = Upload.objects.filter(session=held, kind=Upload.Kind.MARKS, sha256=digest).first()
    if known is not None:
        return known, False
    sheet = read_sheet(content, file_name)
    parts = [p.value for p in terms_of(held).parts]
    columns = marks_columns(sheet, parts)
    roster = {r.admission_number: r for r in held.registrations.filter(state=Registration.State.ENROLLED)}
    faults: list[UploadFault] = []
    entries: list[MarkEntry] = []
    row_of: dict[int, SheetRow] = {}
    rows = 0
    for row in sheet.rows:
        number = row.cells[columns.admission].strip()
        if not any(row.cells[i].strip() for i in columns.parts.values()):
            continue  # no marks in this row: a candidate to come, or the note below the table
        rows += 1
        registration = roster.get(number)
        if registration is None:
            faults.append(_sheet_fault(row, "admission", columns.admission, "mark_no_candidate", number))
            continue
        if columns.name is not None and not same(row.cells[columns.name], registration.name):
            faults.append(_sheet_fault(row, "name", columns.name, "mark_name_differs", ""))
            continue
        row_of[registration.pk] = row
        entries += [
            MarkEntry(registration.pk, Part(part), row.cells[i])
            for part, i in columns.parts.items()
            if row.cells[i].strip()
        ]
    said, changed = _enter(held, entries, actor, now, second)
    faults += [_said_fault(row_of[f.registration], f, columns) for f in said]
    bad = {f.row for f in faults}
    work = LongWork.objects.create(
        kind="assessment.import_marks",
        owner=actor,
        state=LongWork.State.DONE,
        done=rows,
        total=rows,
        created_at=now,
        ended_at=now,
    )
    upload = Upload.objects.create(
        session=held,
        kind=Upload.Kind.MARKS,
        file_name=file_name[:200],
        stored_as=keep(content),
        sha256=digest,
        column_set="marks",
        rows=rows,
        accepted=rows - len(bad),
        faulty=len(bad),
        work=work,
        by=actor,
        created_at=now,
    )
    for fault in faults:
        fault.upload = upload
    UploadFault.objects.bulk_create(faults, ignore_conflicts=True)
    ledger.record(
        verb="assessment.import_marks",
        subject=upload,
        actor=actor,
        now=now,
        rows=rows,
        faulty=len(bad),
        entries=changed,
        second=second,
        sha256=digest,
    )
    return upload, True


def _sheet_fault(row: SheetRow, column: str, position: int, code: str, value: str) -> UploadFault:
    return UploadFault(row=row.number, column=column, position=position, code=code, value=value)


def _said_fault(row: SheetRow, fault: MarkFault, columns: MarksColumns) -> UploadFault:
    position = columns.parts[fault.part.value]
    return UploadFault(
        row=row.number,
        column=fault.part.value,
        position=position,
        code="as_said",
        value=row.cells[position][:20],
        params={"zh": fault.say("zh"), "en": fault.say("en")},
    )


@transaction.atomic
def finish_marking(*, session: Session, actor: Account | None, now: datetime) -> Session:
    """Close the marking; raises Conflict while marks are missing or two entries differ."""
    held = lock(session)
    if held.state == State.MARKED:
        return held
    counts = counts_of(held)
    missing = counts.enrolled * len(terms_of(held).parts) - counts.entered
    if missing or counts.disputed:
        raise Conflict("marks_missing", _MISSING, missing=missing, disputed=counts.disputed)
    return move_session(session=held, event=Event.FINISH_MARKING, actor=actor, now=now)

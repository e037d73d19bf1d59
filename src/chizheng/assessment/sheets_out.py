"""Sheets that leave the house: an upload with its faults, and the marks sheet of a session."""

from __future__ import annotations

from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.marks import MarkState
from chizheng.assessment.io.marks_sheet import Line, write_marks_sheet
from chizheng.assessment.models import Mark, Session, Upload
from chizheng.assessment.stored import stored
from chizheng.assessment.terms import terms_of
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, annotate_sheet, read_sheet

_WORD = {MarkState.ABSENT: "缺考", MarkState.MISCONDUCT: "违纪"}


def returned_sheet(upload: Upload, *, lang: str, only_faulty: bool = False) -> AnnotatedSheet:
    """The sheet as it came with what is wrong in each row; `only_faulty` leaves the good rows out."""
    sheet = read_sheet(stored(upload.stored_as), upload.file_name)
    faults = [CellFault(f.row, f.position, f.say(lang)) for f in upload.faults.all()]
    return annotate_sheet(sheet, upload.file_name, faults, only_faulty=only_faulty)


def written(mark: Mark | None) -> str:
    """A mark as a clerk would type it, in the words `core.marks.read_mark` knows; '' where there is none."""
    if mark is None:
        return ""
    return _WORD.get(MarkState(mark.state)) or (
        f"{mark.score.normalize():f}" if mark.score is not None else ""
    )


def marks_sheet(session: Session) -> bytes:
    """The marks sheet (.xlsx) of a session, with the marks entered so far."""
    parts = [p.value for p in terms_of(session).parts]
    roster = session.registrations.filter(state="enrolled").prefetch_related("marks")
    lines = []
    for row in roster.order_by("admission_number"):
        marks = {m.part: m for m in row.marks.all()}
        kept = frozenset(p for p in parts if getattr(row, p) == ExamKind.KEPT)
        cells = {p: written(marks.get(p)) for p in parts}
        lines.append(Line(row.admission_number or "", row.name, cells, kept))
    title = f"{session.occupation} {session.level}级 {session.number} {session.exam_date.isoformat()}"
    return write_marks_sheet(title, parts, lines)

"""A part that is not sat must have been passed before, within the years the law keeps it."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, ExamKind, Facts, Fault, Setting, read_kind
from chizheng.assessment.core.marks import credit_holds

_CELLS = ("theory", "practice", "review", "language", "exam_kind")


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    unreadable = [key for key in _CELLS if row.cell(key) and read_kind(row.cell(key)) is None]
    for key in unreadable:
        yield row.fault(key, "exam_kind_unreadable")
    if unreadable:
        return
    years = setting.terms.credit_years
    required = setting.terms.parts
    if row.has("exam_kind"):
        if read_kind(row.cell("exam_kind")) is ExamKind.RETAKE and not facts.credits:
            yield row.fault("exam_kind", "nothing_to_retake", years=years)
        return
    for part in required:
        day = facts.credits.get(part)
        if row.kinds[part] is ExamKind.KEPT and (
            day is None or not credit_holds(day, on=setting.exam_day, years=years)
        ):
            yield row.fault(part.value, "no_credit", years=years)
    if all(row.kinds[part] is ExamKind.KEPT for part in required):
        yield row.fault(required[0].value, "no_part_sat")

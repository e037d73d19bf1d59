"""Old enough on the exam day (value assessment.minimum_age)."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.people.core.identity import age_on


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    column = "birth" if row.has("birth") and row.document and not row.document.birth else "document_number"
    if row.birth is None:
        return
    if row.birth > setting.exam_day:
        yield row.fault(column, "not_born")
        return
    age = age_on(row.birth, setting.exam_day)
    if age < setting.terms.min_age:
        yield row.fault(column, "too_young", age=age, least=setting.terms.min_age)

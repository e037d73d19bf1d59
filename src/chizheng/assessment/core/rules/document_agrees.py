"""Sex and date of birth beside a resident number must be those inside it."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting, read_day, read_sex


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    sex, birth = row.cell("sex"), row.cell("birth")
    if sex and read_sex(sex) is None:
        yield row.fault("sex", "sex_unreadable")
    if birth and read_day(birth) is None:
        yield row.fault("birth", "date_unreadable")
    if row.document is None:
        return
    if row.document.sex and read_sex(sex) not in (None, row.document.sex):
        yield row.fault("sex", "sex_differs")
    said = read_day(birth)
    if row.document.birth and said and said != row.document.birth:
        yield row.fault("birth", "birth_differs")

"""Nobody sits in two sessions on one day."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    for other in facts.elsewhere:
        same_aim = other.level == setting.level and setting.is_own(other.occupation)
        if other.exam_day == setting.exam_day and not same_aim:
            yield row.fault("document_number", "enrolled_same_day", session=other.number, day=other.exam_day)
            return

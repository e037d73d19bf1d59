"""Nobody is enrolled twice: not in this session under other words, not elsewhere for the same level."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if facts.here is not None and facts.here != row.digest:
        yield row.fault("document_number", "enrolled_differently")
    for other in facts.elsewhere:
        if not other.finished and other.level == setting.level and setting.is_own(other.occupation):
            yield row.fault("document_number", "enrolled_elsewhere", session=other.number, day=other.exam_day)
            return

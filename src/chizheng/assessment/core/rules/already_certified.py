"""Nobody is assessed for a level the register already certifies, or for a lower one."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.kernel.levels import covers


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    for held in facts.certified:
        if setting.is_own(held.occupation) and covers(held.level, setting.level):
            yield row.fault(
                "document_number",
                "already_certified",
                level=held.level,
                since=held.since,
                occupation=held.occupation,
            )
            return

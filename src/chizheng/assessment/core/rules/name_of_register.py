"""A document that the register knows goes with a name that its bearer has, or had."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.people.core.names import comparable


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if facts.names and row.cell("name") and comparable(row.cell("name")) not in facts.names:
        yield row.fault("name", "name_of_another")

"""The name looks like a name."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.people.core.names import is_plausible


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if not row.cell("name"):
        yield row.fault("name", "name_empty")
    elif not is_plausible(row.cell("name")):
        yield row.fault("name", "name_odd")

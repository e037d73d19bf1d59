"""晋级 names the certificate it rises from."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.kernel.names import canonical


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    rises = canonical(row.cell("route")) in {"晋级", "升级"}
    if rises and not row.cell("held_number") and not facts.certified:
        yield row.fault("held_number", "promotion_without_certificate")
    if row.cell("held_level") and row.held_level is None:
        yield row.fault("held_level", "level_unreadable")

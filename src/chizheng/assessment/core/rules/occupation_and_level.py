"""What a row says about occupation and level is what the session is for, and the level exists."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if setting.levels and setting.level not in setting.levels:
        yield row.fault(
            "level",
            "level_unknown",
            occupation=setting.occupation,
            level=setting.level,
            levels="、".join(str(n) for n in sorted(setting.levels, reverse=True)),
        )
    if row.has("occupation"):
        if not row.cell("occupation"):
            yield row.fault("occupation", "cell_empty", header=row.columns.header("occupation"))
        elif not setting.is_own(row.cell("occupation")):
            yield row.fault("occupation", "other_occupation", occupation=setting.occupation)
    if row.has("level"):
        if row.level is None:
            yield row.fault("level", "level_unreadable")
        elif row.level != setting.level:
            yield row.fault("level", "other_level", said=row.level, level=setting.level)

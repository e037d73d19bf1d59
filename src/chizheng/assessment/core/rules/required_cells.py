"""Columns that may not be empty, by the column set."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting

_SPOKEN_FOR = {"document_kind", "document_number", "name", "alternative", "level", "occupation"}
"""Empty cells here are faults of the rules that read them; an empty document kind is the resident card."""


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    for column in row.columns.columns:
        if column.required and column.key not in _SPOKEN_FOR and not row.cell(column.key):
            yield row.fault(column.key, "cell_empty", header=column.header)

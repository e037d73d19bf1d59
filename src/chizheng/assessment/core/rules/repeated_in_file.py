"""A person stands once in a file; 15 and 18 digits of one number are the same person."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if facts.earlier_row is not None:
        yield row.fault("document_number", "repeated_in_file", earlier=facts.earlier_row)

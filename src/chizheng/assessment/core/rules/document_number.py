"""The document: a known kind, a number that is right for it."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting
from chizheng.kernel.errors import BadInput
from chizheng.people.core.identity import kind_of, read_document


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if row.document is not None:
        return
    try:
        kind = kind_of(row.cell("document_kind"))
    except BadInput as error:
        yield row.from_error("document_kind", error)
        return
    try:
        read_document(kind, row.cell("document_number"))
    except BadInput as error:
        yield row.from_error("document_number", error)

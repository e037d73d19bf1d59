"""From rows to printed sheets: what is put on the paper beside the signed record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time

from django.conf import settings

from chizheng.assessment.queries import Passing, list_passing
from chizheng.certificates.core.blanks import State
from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.house import UNNAMED
from chizheng.certificates.io.pdf import Remark, Sheet
from chizheng.certificates.io.pdf import render as typeset
from chizheng.certificates.models import Batch, Certificate
from chizheng.certificates.queries import document_of, read_claims, signed_bytes
from chizheng.law.io.shelf import law
from chizheng.platform import clock


def code_text(row: Certificate) -> str:
    """The text of the certificate's QR code."""
    return cose.to_text(signed_bytes(row))


def passing_rows(batch: Batch) -> list[Passing]:
    """The passing list behind a batch that is not reserved yet."""
    return list(list_passing(batch.session)) if batch.session is not None else []


def sheet(row: Certificate) -> Sheet:
    """Everything one certificate prints. The identity number is printed whole: the paper is its bearer's."""
    record = read_claims(row)
    level = law().level_names.get(record.level)
    document = document_of(row)
    blank = row.blanks.filter(state=State.USED).first()
    return Sheet(
        claims=record, qr=code_text(row), document=document.number if document else f"…{record.document_tail}",
        level=level.say("zh") if level else str(record.level), level_en=level.say("en") if level else "",
        institution=row.batch.station.name, authority=row.batch.authority_name or UNNAMED, verify=settings.SITE_URL,
        remark=remark_of(row), blank=blank.serial if blank else "",
    )  # fmt: skip


_KINDS = {
    Batch.Basis.REPLACEMENT: "reissue",
    Batch.Basis.CORRECTION: "correct",
    Batch.Basis.LEGACY: "legacy",
}


def remark_of(row: Certificate) -> Remark | None:
    """What is noted on the face of a reissue, a correction, a renumbering or old stock; None for all others."""
    kind = _KINDS.get(Batch.Basis(row.batch.basis))
    if kind is None:
        return None
    on = clock.day_of(row.batch.published_at or clock.now())
    old = row.previous
    if old is None:
        return Remark(kind=kind, on=on, version=row.version, issued=row.issued_on)
    return Remark(
        kind=kind if old.number == row.number else "renumber", on=on, version=row.version, number=old.number,
        replaced=old.version, old_stock=read_claims(row).basis is Basis.LEGACY,
    )  # fmt: skip


def render(rows: Sequence[Certificate]) -> bytes:
    """One PDF with a page for each certificate; the file's instant is the day of issue, so it is repeatable."""
    first = rows[0].issued_on
    return typeset([sheet(row) for row in rows], at=datetime.combine(first, time(4), UTC))

"""Exceptions granted, for whoever judges employers elsewhere (the inspectors' gate rows and screening).

How to use them: an exception opens only the gates of its own instrument, so hand `code` to
`access.core.gate.decide(..., exemptions=[code])` and let the gate say what it opens. Where posts are joined in
bulk, an exception covers a post if the organisation and the occupation are the same, the post's place lies
within `place`, the day lies in `period`, and `person` is None (the whole post) or the digest of the person's
document (`people.queries.number_digest`). `evidence` names the proofs handed in, `file` whether a scan is kept;
a visit asks for the originals of these.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.access.models import ExceptionRequest
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Citation


@dataclass(frozen=True, slots=True)
class GrantedException:
    """One exception 例外 as the authority granted it; `basis` is the approving document."""

    number: int
    code: str
    organisation: int
    occupation: str
    place: str
    period: Period
    person: bytes | None
    evidence: tuple[str, ...]
    file: bool
    basis: str
    citation: Citation

    def covers(self, *, organisation: int, occupation: str, person: bytes | None) -> bool:
        """Is it about this post of this body, and about this person or nobody in particular?"""
        same = self.organisation == organisation and self.occupation == occupation
        return same and self.person in (None, person)


def exceptions_granted(
    during: Period, *, place: str = "", organisations: Collection[int] | None = None
) -> list[GrantedException]:
    """Exceptions granted that hold at some time `during` a period, at a place or below it, by organisation.

    Periods are clipped to nothing: the caller asks each day. Those only applied for or refused are not here.
    """
    rows = ExceptionRequest.objects.filter(
        state=ExceptionRequest.State.GRANTED, period__overlap=DateRange(during.start, during.end),
        place__startswith=place,
    ).order_by("organisation_id", "pk")  # fmt: skip
    if organisations is not None:
        rows = rows.filter(organisation_id__in=organisations)
    return [
        GrantedException(
            r.pk, r.code, r.organisation_id, r.occupation, r.place, Period(r.period.lower, r.period.upper),
            bytes(r.document_digest) if r.document_digest is not None else None, tuple(r.evidence), bool(r.file),
            r.basis, law().exemption(r.code).citation,
        )
        for r in rows
    ]  # fmt: skip

"""The verdict on a look-up by number and name: what a register answers, online and offline alike."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names, numbers
from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.trusted import Limits, Status, TrustView
from chizheng.certificates.core.verdicts import Freshness, Medium, Reason, Report, Verdict, minute, staleness


@dataclass(frozen=True, slots=True)
class Question:
    """A look-up: number and name, and the printed check code where the asker has it."""

    number: str
    name: str
    check_code: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate that a register has under a number.

    `names`: every name the person has had. `check_code`: '' where the form has none (legacy).
    """

    number: str
    names: tuple[str, ...]
    status: Status
    basis: Basis
    check_code: str = ""
    shown: Mapping[str, object] = field(default_factory=dict)


class Register(Protocol):
    """Whatever answers questions by number: tables, a mapped file, a remote service."""

    def entries(self, number: str) -> Sequence[Entry]:
        """All certificates under the normal form of a number (usually none or one)."""


def examine_answer(
    question: Question,
    entries: Sequence[Entry],
    trust: TrustView,
    *,
    now: datetime,
    limits: Limits,
) -> Report:
    """The report on a look-up. Never returns a name or any field unless the name asked for is right.

    Raises BadInput for a question without number (`no_number`) or with an impossible check code.
    """
    number = numbers.parse(question.number)
    code = claims_.read_check_code(question.check_code) if question.check_code else ""
    stale = staleness(trust.as_of, now, limits)

    def report(verdict: Verdict, *reasons: Reason, entry: Entry | None = None) -> Report:
        return Report(
            verdict=verdict,
            reasons=reasons,
            medium=Medium.ANSWER,
            freshness=Freshness(trust.as_of, entry is not None and stale is not None),
            shown=entry.shown if entry else {},
        )

    if not entries:
        if strange := numbers.lookalikes(str(number)):
            listed = " ".join(f"{c} (U+{ord(c):04X})" for c in strange)
            return report(Verdict.UNRECOGNISED_ISSUER, Reason("lookalike", {"characters": listed}))
        if number.scheme is numbers.Scheme.UNKNOWN:
            return report(Verdict.UNRECOGNISED_ISSUER, Reason("unknown_scheme"))
        institution = numbers.institution_code(number)
        if institution and not trust.recognises(institution):
            return report(Verdict.UNRECOGNISED_ISSUER, Reason("unknown_institution", {"code": institution}))
        return report(Verdict.NOT_FOUND, Reason("not_in_register"))
    mine = [e for e in entries if any(names.same(question.name, known) for known in e.names)]
    if not mine:
        return report(Verdict.NAME_MISMATCH, Reason("name_differs"))
    if code:
        mine = [e for e in mine if not e.check_code or hmac.compare_digest(e.check_code, code)]
        if not mine:
            return report(Verdict.NAME_MISMATCH, Reason("code_differs"))
    twice = [Reason("number_twice")] if len(entries) > 1 else []
    # of several versions under one name the best status counts: a corrected one supersedes the older
    entry = min(mine, key=lambda e: _WEIGHT[e.status])
    if entry.status is not Status.VALID:
        said = entry.status.name.lower()
        return report(Verdict(said), Reason(said), *twice, entry=entry)
    fresh = stale or Reason("status_good", {"as_of": minute(trust.as_of)})
    if entry.basis is Basis.LEGACY:
        return report(
            Verdict.LEGACY, Reason("registered"), Reason("legacy_entry"), fresh, *twice, entry=entry
        )
    return report(Verdict.VALID, Reason("registered"), fresh, *twice, entry=entry)


_WEIGHT: Final = {Status.VALID: 0, Status.SUSPENDED: 1, Status.REVOKED: 2, Status.SUPERSEDED: 3}

"""What verification says: a verdict, its reasons, and how fresh the data behind it are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.trusted import CHINA, IssuerKey, Limits
from chizheng.certificates.core.wording import FAULTS, NEXT, REASONS, VERDICTS
from chizheng.kernel.errors import ChizhengError, Refused


class Verdict(StrEnum):
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    LEGACY = "legacy"
    UNRECOGNISED_ISSUER = "unrecognised_issuer"
    NOT_FOUND = "not_found"
    NAME_MISMATCH = "name_mismatch"
    FORGED = "forged"

    def say(self, lang: str = "zh") -> str:
        return VERDICTS[self.value].say(lang)


class Medium(StrEnum):
    """What was presented."""

    QR = "qr"
    CREDENTIAL = "credential"
    SDJWT = "sd_jwt"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of a report, by code."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        """The sentence; a fault among the parameters speaks the same language."""
        said = {k: v.say(lang) if isinstance(v, ChizhengError) else v for k, v in self.params.items()}
        return REASONS[self.code].say(lang, **said)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`as_of`: age of the status data behind the answer; `stale`: too old (or none) to show green."""

    as_of: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A verdict with its reasons.

    `shown`: fields of the certificate that the asker may see (names as in `Claims`); empty where it is
    not genuine. `colour`: green, amber (genuine as far as known, but data too old) or red.
    `claims`: the whole record of a genuine certificate that carries it, salt and check code included;
    for those who hold the certificate, never sent out with the report.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    medium: Medium
    freshness: Freshness
    shown: Mapping[str, object] = field(default_factory=dict)
    issuer: IssuerKey | None = None
    claims: Claims | None = None

    @property
    def accepted(self) -> bool:
        return self.verdict is Verdict.VALID and not self.freshness.stale

    @property
    def colour(self) -> str:
        if self.verdict not in (Verdict.VALID, Verdict.LEGACY):
            return "red"
        return "green" if self.accepted else "amber"

    def say(self, lang: str = "zh") -> list[str]:
        return [reason.say(lang) for reason in self.reasons]

    def headline(self, lang: str = "zh") -> str:
        """The verdict in a few words; it never says valid where the data are too old to know."""
        return VERDICTS[self._said()].say(lang)

    def next_step(self, lang: str = "zh") -> str:
        """What whoever asked should do now."""
        return NEXT[self._said()].say(lang)

    def _said(self) -> str:
        if self.verdict in (Verdict.VALID, Verdict.LEGACY) and self.freshness.stale:
            return "stale"
        if self.verdict is Verdict.NAME_MISMATCH and any(r.code == "code_differs" for r in self.reasons):
            return "code_mismatch"
        return self.verdict.value

    def required(self) -> Report:
        """This report where one may act on it; raises NotVerified otherwise."""
        if not self.accepted:
            raise NotVerified(self)
        return self


class NotVerified(Refused):
    """Raised to those who would act on a certificate that is not valid, or not known to be still valid."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(
            "not_verified",
            FAULTS["not_verified"],
            verdict=report.verdict.value,
            reasons=", ".join(reason.code for reason in report.reasons),
        )

    def say(self, lang: str = "zh") -> str:
        return self.wording.say(
            lang, verdict=self.report.verdict.say(lang), reasons=" ".join(self.report.say(lang))
        )


def staleness(as_of: datetime | None, now: datetime, limits: Limits) -> Reason | None:
    if as_of is not None and now - as_of <= limits.max_age:
        return None
    return Reason("stale", {"as_of": minute(as_of), "days": limits.max_age.days})


@lru_cache(maxsize=64)  # of one bundle after another: thousands of reports say the same minute
def minute(instant: datetime | None) -> str:
    return instant.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if instant else "-"

"""Is this certificate true? One function for QR, credential, SD-JWT and register answers, online and offline.

    examine(presented, trust, ...)   -> Report     for those who show any verdict
    verify(presented, trust, ...)    -> Report     for those who act: raises NotVerified unless it is
                                                   valid and the data behind it are fresh
    examine_answer(question, entries, ...) -> Report    the same verdicts for a look-up by number and name

Pure: what is trusted, the limits and the time are arguments. Online and offline differ only in the
`TrustView`, so they cannot differ in the answer, only in its freshness: amber where data are too old.

The order of the checks is the order of blame: readable, issuer known, signature, content, key in its
period, log, dates, name, status, freshness. Nothing is said about status before the certificate is genuine.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Final, Protocol

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names, numbers
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.envelopes import cose, sdjwt, vc
from chizheng.certificates.core.keys import Forged, Verifier
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.core.wording import FAULTS, REASONS, VERDICTS
from chizheng.kernel.errors import BadInput, ChizhengError, Refused
from chizheng.kernel.periods import Period

CHINA: Final = timezone(timedelta(hours=8))
"""Dates on certificates are dates of China's one time zone."""


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


class Status(IntEnum):
    """The two status bits of a certificate (0 to 2 as in the Token Status List)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    SUPERSEDED = 3


class Medium(StrEnum):
    """What was presented."""

    QR = "qr"
    CREDENTIAL = "credential"
    SDJWT = "sd_jwt"
    ANSWER = "answer"


# -- what a verifier trusts --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """Entries `[first, end)` of the log with this 4-byte id; `end` None while open."""

    log_id: bytes
    first: int = 0
    end: int | None = None

    def contains(self, promise: LogPromise) -> bool:
        after = self.end is not None and promise.index >= self.end
        return promise.log_id == self.log_id and self.first <= promise.index and not after


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One key of an issuing authority 发证机关 on the trust list.

    `authority`: the code that its certificates carry. `period`: days of issue it may sign for. `spans`:
    log entries it covers, empty for all (a stolen key is cut off at an index). `logged`: its
    certificates count only with a log promise.
    """

    verifier: Verifier
    authority: str
    did: str
    name: str
    name_en: str
    period: Period
    spans: tuple[Span, ...] = ()
    logged: bool = True


@dataclass(frozen=True, slots=True)
class LogKey:
    """A transparency log on the trust list; `log_id` is the 4-byte key hash of its signed-note key."""

    verifier: Verifier
    log_id: bytes
    origin: str


class TrustView(Protocol):
    """What the verifier holds: trust list, status data and their age. Offline files and servers alike."""

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        """The issuer key of an 8-byte key id."""

    def log(self, log_id: bytes) -> LogKey | None:
        """The log of a 4-byte id."""

    def status(self, year: int, index: int) -> Status | None:
        """The status of a certificate, None where no data of that year are held."""

    def recognises(self, institution: str) -> bool:
        """Is this institution code (`numbers.institution_code`) of a body we know?"""

    @property
    def as_of(self) -> datetime | None:
        """The instant up to which status data are complete, None without any."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Ask an SD-JWT's holder for proof of possession: for us (`audience`), now (`nonce`, seconds)."""

    audience: str
    nonce: str
    max_age: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of policy; the shipped values are in law/data/values/certificates.yaml.

    `max_age`: how old status data may be and still show green. `log_delay`: how long after its date a
    certificate may reach the log.
    """

    max_age: timedelta
    log_delay: timedelta


# -- what it says ------------------------------------------------------------------------------------


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
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    medium: Medium
    freshness: Freshness
    shown: Mapping[str, object] = field(default_factory=dict)
    issuer: IssuerKey | None = None

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


# -- certificates that were presented ----------------------------------------------------------------


def verify(
    presented: str | bytes,
    trust: TrustView,
    *,
    now: datetime,
    limits: Limits,
    name: str = "",
    bound: Bound | None = None,
) -> Report:
    """`examine`, for those who act on the answer: raises NotVerified unless `Report.accepted`."""
    return examine(presented, trust, now=now, limits=limits, name=name, bound=bound).required()


def examine(
    presented: str | bytes,
    trust: TrustView,
    *,
    now: datetime,
    limits: Limits,
    name: str = "",
    bound: Bound | None = None,
) -> Report:
    """The report on a QR text, a credential as JSON or an SD-JWT.

    `now`: aware instant. `name`: as on the bearer's identity document; '' to leave that to the reader.
    `bound`: an SD-JWT must also prove that its holder is here.
    Raises BadInput (`unreadable_input`) for something that is no certificate at all.
    """
    text = presented.decode("utf-8", "replace") if isinstance(presented, bytes) else presented
    text = text.strip("\r\n\t\ufeff")
    check = _Check(trust, now, limits, name, bound)
    if text.startswith(cose.PREFIX):
        return check.report(Medium.QR, lambda: check.qr(text))
    if text.lstrip().startswith("{"):
        return check.report(Medium.CREDENTIAL, lambda: check.credential(text.encode()))
    if sdjwt.looks_like(text):
        return check.report(Medium.SDJWT, lambda: check.sd_jwt(text))
    raise BadInput("unreadable_input", FAULTS["unreadable_input"])


class _Verdict(Exception):
    """Ends a check early."""

    def __init__(self, verdict: Verdict, code: str, **params: object) -> None:
        self.verdict = verdict
        self.reason = Reason(code, params)


@dataclass(frozen=True, slots=True)
class _Genuine:
    """What the checks of every medium have in common."""

    shown: Mapping[str, object]
    number: str
    name: str
    issued: date
    authority: str
    basis: Basis
    version: int
    status: tuple[int, int]
    leaf: bytes
    promise: LogPromise | None


@dataclass
class _Check:
    trust: TrustView
    now: datetime
    limits: Limits
    name: str
    bound: Bound | None
    issuer: IssuerKey | None = None
    reasons: list[Reason] = field(default_factory=list)

    def report(self, medium: Medium, read: Callable[[], _Genuine]) -> Report:
        genuine: _Genuine | None = None
        stale = False
        try:
            genuine = read()
            self.log(genuine)
            self.dates(genuine)
            if self.name and not names.same(self.name, genuine.name):
                raise _Verdict(Verdict.NAME_MISMATCH, "name_differs")
            verdict, stale = self.status(genuine)
        except _Verdict as early:
            verdict = early.verdict
            self.reasons.append(early.reason)
        except Forged:
            verdict = Verdict.FORGED
            self.reasons = [Reason("bad_signature")]
        except BadInput as fault:
            verdict = Verdict.FORGED
            self.reasons = [Reason("unreadable", {"what": fault})]
        if verdict in (Verdict.FORGED, Verdict.UNRECOGNISED_ISSUER):
            genuine = None
        return Report(
            verdict=verdict,
            reasons=tuple(self.reasons),
            medium=medium,
            freshness=Freshness(self.trust.as_of, stale),
            shown=genuine.shown if genuine else {},
            issuer=self.issuer,
        )

    # each medium: readable, issuer known, signature, content

    def qr(self, text: str) -> _Genuine:
        message = cose.parse(cose.from_text(text))
        issuer = self.known(message.key_id)
        return self.of_claims(claims_.decode(cose.verify(message, issuer.verifier)), message.promise, issuer)

    def credential(self, data: bytes) -> _Genuine:
        secured = vc.parse(data)
        issuer = self.known(secured.key_id)
        if secured.method.partition("#")[0] != issuer.did or secured.issuer != issuer.did:
            raise _Verdict(Verdict.FORGED, "other_authority", authority=secured.issuer[:80])
        vc.check(secured, issuer.verifier)
        claims, _, promise = vc.read(secured.unsecured)
        return self.of_claims(claims, promise, issuer)

    def sd_jwt(self, text: str) -> _Genuine:
        parsed = sdjwt.parse(text)
        issuer = self.known(parsed.key_id)
        body = sdjwt.verify(parsed, issuer.verifier)
        if self.bound is not None:
            try:
                sdjwt.verify_binding(
                    parsed,
                    audience=self.bound.audience,
                    nonce=self.bound.nonce,
                    at=self.now,
                    max_age=self.bound.max_age,
                )
            except Forged:
                raise _Verdict(Verdict.FORGED, "binding_missing") from None
        return self.of_disclosed(body, issuer)

    def known(self, key_id: bytes) -> IssuerKey:
        issuer = self.trust.issuer(key_id) if key_id else None
        if issuer is None:
            raise _Verdict(Verdict.UNRECOGNISED_ISSUER, "unknown_key")
        self.issuer = issuer
        return issuer

    def of_claims(self, c: Claims, promise: LogPromise | None, issuer: IssuerKey) -> _Genuine:
        self.reasons.append(Reason("genuine", {"issuer": issuer.name}))
        return _Genuine(
            shown=shown(c), number=c.number, name=c.name, issued=c.issued, authority=c.authority,
            basis=c.basis, version=c.version, status=(c.status_year, c.status),
            leaf=claims_.leaf(c), promise=promise,
        )  # fmt: skip

    def of_disclosed(self, body: Mapping[str, object], issuer: IssuerKey) -> _Genuine:
        if body.get("vct") != sdjwt.VCT or body.get("iss") != issuer.did:
            raise _Verdict(Verdict.FORGED, "other_authority", authority=str(body.get("iss"))[:80])
        try:
            digest = sdjwt.from_base64url(body["claims_digest"])
            promise = body.get("log_promise")
            listed = body["status"]["status_list"]  # type: ignore[index]
            issued = date.fromisoformat(str(body["issued"]))
            basis, version = Basis(int(str(body["basis"]))), int(str(body["version"]))
            number, sitting = str(body["number"]), str(body["sitting"])
            genuine = _Genuine(
                shown={k: v for k, v in body.items() if k in _SHOWN},
                number=number, name=str(body["name"]), issued=issued, authority=str(body["authority"]),
                basis=basis, version=version, status=(issued.year, int(str(listed["idx"]))),
                leaf=claims_.leaf_of(digest, number, sitting, basis, version),
                promise=None if promise is None else LogPromise.from_bytes(sdjwt.from_base64url(promise)),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            raise BadInput("bad_sdjwt", FAULTS["bad_sdjwt"], what="claims missing") from None
        self.reasons.append(Reason("genuine", {"issuer": issuer.name}))
        return genuine

    # what all of them must stand

    def log(self, g: _Genuine) -> None:
        assert self.issuer is not None
        if g.authority != self.issuer.authority:
            raise _Verdict(Verdict.FORGED, "other_authority", authority=g.authority)
        if not self.issuer.period.contains(g.issued):
            raise _Verdict(Verdict.FORGED, "key_not_valid_then", issued=g.issued.isoformat())
        promise = g.promise
        if promise is None:
            if self.issuer.logged:
                raise _Verdict(Verdict.FORGED, "not_logged")
            return
        log = self.trust.log(promise.log_id)
        if log is None:
            raise _Verdict(Verdict.FORGED, "unknown_log")
        try:
            promise.verify(g.leaf, log.verifier)
        except Forged:
            raise _Verdict(Verdict.FORGED, "bad_promise") from None
        spans = self.issuer.spans
        if spans and not any(span.contains(promise) for span in spans):
            raise _Verdict(Verdict.FORGED, "key_cut_off", index=promise.index)

    def dates(self, g: _Genuine) -> None:
        """Nothing is dated after its log entry, and a first issue not long before it."""
        if g.promise is None:
            return
        logged = g.promise.accepted.astimezone(CHINA).date()
        days = (logged - g.issued).days
        said = {"issued": g.issued.isoformat(), "logged": logged.isoformat()}
        if days < 0:
            raise _Verdict(Verdict.FORGED, "dated_ahead", **said)
        first_issue = g.version == 1 and g.basis in (Basis.EXAM, Basis.CONTEST, Basis.PANEL)
        if first_issue and days > self.limits.log_delay.days:
            raise _Verdict(Verdict.FORGED, "backdated", days=days, allowed=self.limits.log_delay.days, **said)
        self.reasons.append(Reason("logged", {"time": logged.isoformat(), "index": g.promise.index}))

    def status(self, g: _Genuine) -> tuple[Verdict, bool]:
        year, index = g.status
        status = self.trust.status(year, index)
        if status is not None and status is not Status.VALID:
            code = status.name.lower()
            raise _Verdict(Verdict(code), code)
        stale = _stale(self.trust.as_of, self.now, self.limits)
        if status is None:
            stale = Reason("status_unknown", {"year": year})
        if stale is not None:
            self.reasons.append(stale)
        else:
            self.reasons.append(Reason("status_good", {"as_of": _minute(self.trust.as_of)}))
        if g.basis is Basis.LEGACY:
            self.reasons.append(Reason("legacy_entry"))
            return Verdict.LEGACY, stale is not None
        return Verdict.VALID, stale is not None


def _stale(as_of: datetime | None, now: datetime, limits: Limits) -> Reason | None:
    if as_of is not None and now - as_of <= limits.max_age:
        return None
    return Reason("stale", {"as_of": _minute(as_of), "days": limits.max_age.days})


def _minute(instant: datetime | None) -> str:
    return instant.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if instant else "-"


_SHOWN: Final = (
    "number", "name", "document", "document_tail", "sex", "birth", "occupation", "occupation_code",
    "level", "theory", "practice", "comprehensive", "rating", "issued", "institution", "authority",
    "basis", "version",
)  # fmt: skip


def shown(c: Claims) -> dict[str, object]:
    """The printed fields in plain values (dates as ISO text, kinds as numbers)."""
    out: dict[str, object] = {}
    for name in _SHOWN:
        value = getattr(c, name)
        out[name] = (
            value.isoformat()
            if isinstance(value, date)
            else int(value)
            if isinstance(value, IntEnum)
            else value
        )
    return out


# -- answers of a register ---------------------------------------------------------------------------


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
    stale = _stale(trust.as_of, now, limits)

    def report(verdict: Verdict, *reasons: Reason, entry: Entry | None = None) -> Report:
        return Report(
            verdict=verdict,
            reasons=reasons,
            medium=Medium.ANSWER,
            freshness=Freshness(trust.as_of, entry is not None and stale is not None),
            shown=entry.shown if entry else {},
        )

    if not entries:
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
    fresh = stale or Reason("status_good", {"as_of": _minute(trust.as_of)})
    if entry.basis is Basis.LEGACY:
        return report(
            Verdict.LEGACY, Reason("registered"), Reason("legacy_entry"), fresh, *twice, entry=entry
        )
    return report(Verdict.VALID, Reason("registered"), fresh, *twice, entry=entry)


_WEIGHT: Final = {Status.VALID: 0, Status.SUSPENDED: 1, Status.REVOKED: 2, Status.SUPERSEDED: 3}


def aware(instant: datetime) -> datetime:
    """UTC, for instants that came as text; raises BadInput without a zone."""
    if instant.tzinfo is None:
        raise BadInput("bad_json", FAULTS["bad_json"], what=f"instant without zone: {instant}")
    return instant.astimezone(UTC)

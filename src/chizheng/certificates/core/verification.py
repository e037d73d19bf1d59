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

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Final

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names
from chizheng.certificates.core.answers import Entry, Question, Register, examine_answer
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.envelopes import cose, sdjwt, vc
from chizheng.certificates.core.keys import Forged
from chizheng.certificates.core.printed import prints_another
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.core.trusted import (
    CHINA,
    Bound,
    IssuerKey,
    Limits,
    LogKey,
    Span,
    Status,
    TrustView,
    aware,
    day_of,
)
from chizheng.certificates.core.verdicts import (
    Freshness,
    Medium,
    NotVerified,
    Reason,
    Report,
    Verdict,
    minute,
    staleness,
)
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

__all__ = [
    "CHINA", "Bound", "Entry", "Freshness", "IssuerKey", "Limits", "LogKey", "Medium", "NotVerified", "Question",
    "Reason", "Register", "Report", "Span", "Status", "TrustView", "Verdict", "aware", "examine", "examine_answer",
    "shown", "verify",
]  # fmt: skip
"""The one door: callers need not know in which file a noun of verification lives."""


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
    printed: str = "",
) -> Report:
    """The report on a QR text, a credential as JSON or an SD-JWT.

    `now`: aware instant. `name`: as on the bearer's identity document; '' to leave that to the reader.
    `bound`: an SD-JWT must also prove that its holder is here. `printed`: the text around the QR code
    where it came in a document; it must not be another certificate's (a code pasted over).
    Raises BadInput (`unreadable_input`) for something that is no certificate at all.
    """
    check = _Check(trust, now, limits, name, bound, printed)
    if isinstance(presented, bytes):
        if presented.startswith(b"{"):  # as we write it: no need to make a text of it first
            data = presented.rstrip()
            return check.report(Medium.CREDENTIAL, lambda: check.credential(data))
        presented = presented.decode("utf-8", "replace")
    text = presented.strip("\r\n\t\ufeff")
    if text.startswith(cose.PREFIX):
        return check.report(Medium.QR, lambda: check.qr(text))
    if text.lstrip().startswith("{"):
        return check.report(Medium.CREDENTIAL, lambda: check.credential(text.encode("utf-8", "replace")))
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
    claims: Claims | None = None


@dataclass
class _Check:
    trust: TrustView
    now: datetime
    limits: Limits
    name: str
    bound: Bound | None
    printed: str = ""
    issuer: IssuerKey | None = None
    reasons: list[Reason] = field(default_factory=list)

    def report(self, medium: Medium, read: Callable[[], _Genuine]) -> Report:
        genuine: _Genuine | None = None
        stale = False
        try:
            genuine = read()
            self.log(genuine)
            self.dates(genuine)
            if self.printed and prints_another(self.printed, genuine.number, genuine.name):
                raise _Verdict(Verdict.FORGED, "print_differs", number=genuine.number)
            if self.name and not names.same(self.name, genuine.name):
                raise _Verdict(Verdict.NAME_MISMATCH, "name_differs")
            verdict, stale = self.status(genuine)
        except _Verdict as early:
            verdict = early.verdict
            self.reasons.insert(0, early.reason)  # what decides comes first; what was found true follows
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
            claims=genuine.claims if genuine else None,
        )

    # each medium: readable, issuer known, signature, content

    def qr(self, text: str) -> _Genuine:
        message = cose.parse(cose.from_text(text))
        issuer = self.known(message.key_id)
        record = cose.verify(message, issuer.verifier)
        return self.of_claims(claims_.decode(record), record, message.promise, issuer)

    def credential(self, data: bytes) -> _Genuine:
        secured = vc.parse(data)
        issuer = self.known(secured.key_id)
        if secured.method.partition("#")[0] != issuer.did or secured.issuer != issuer.did:
            raise _Verdict(Verdict.FORGED, "other_authority", authority=secured.issuer[:80])
        signed = vc.check(secured, issuer.verifier)
        claims, _, promise = vc.read(secured.unsecured, signed)
        return self.of_claims(claims, claims_.encode(claims), promise, issuer)

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

    def of_claims(self, c: Claims, record: bytes, promise: LogPromise | None, issuer: IssuerKey) -> _Genuine:
        self.reasons.append(Reason("genuine", {"issuer": issuer.name}))
        return _Genuine(
            shown=shown(c), number=c.number, name=c.name, issued=c.issued, authority=c.authority,
            basis=c.basis, version=c.version, status=(c.status_year, c.status),
            leaf=claims_.leaf_of(
                hashlib.sha256(record).digest(), claims_.leaf_end(c.sitting, c.basis, c.version)
            ),
            promise=promise, claims=c,
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
                leaf=claims_.leaf_of(digest, claims_.leaf_end(sitting, basis, version)),
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
        if log.period is not None and not log.period.contains(logged := day_of(promise.accepted)):
            raise _Verdict(Verdict.FORGED, "log_not_valid_then", logged=logged.isoformat())
        try:
            promise.verify(g.leaf, log.verifier)
        except Forged:
            raise _Verdict(Verdict.FORGED, "bad_promise") from None
        spans = self.issuer.spans
        if spans and not any(span.contains(promise) for span in spans):
            raise _Verdict(Verdict.FORGED, "key_cut_off", index=promise.index)

    def dates(self, g: _Genuine) -> None:
        """Nothing is dated after its log entry, a first issue not long before it, and none in days to come
        (a day of grace for clocks that are set wrongly)."""
        logged = None if g.promise is None else day_of(g.promise.accepted)
        dated = g.issued if logged is None else max(g.issued, logged)
        if dated > day_of(self.now) + timedelta(days=1):
            raise _Verdict(Verdict.FORGED, "not_yet", dated=dated.isoformat())
        if g.promise is None or logged is None:
            return
        days = (logged - g.issued).days
        said = {"issued": g.issued.isoformat(), "logged": logged.isoformat()}
        if days < 0:
            raise _Verdict(Verdict.FORGED, "dated_ahead", **said)
        first_issue = g.version == 1 and g.basis in (Basis.EXAM, Basis.CONTEST, Basis.PANEL)
        if first_issue and days > self.limits.log_delay.days:
            raise _Verdict(Verdict.FORGED, "backdated", days=days, allowed=self.limits.log_delay.days, **said)
        self.reasons.append(Reason("logged", {"time": said["logged"], "index": g.promise.index}))

    def status(self, g: _Genuine) -> tuple[Verdict, bool]:
        year, index = g.status
        status = self.trust.status(year, index)
        if status is not None and status is not Status.VALID:
            code = status.name.lower()
            raise _Verdict(Verdict(code), code)
        stale = staleness(self.trust.as_of, self.now, self.limits)
        if status is None:
            stale = Reason("status_unknown", {"year": year})
        if stale is not None:
            self.reasons.insert(0, stale)
        else:
            self.reasons.append(Reason("status_good", {"as_of": minute(self.trust.as_of)}))
        if g.basis is Basis.LEGACY:
            self.reasons.insert(0, Reason("legacy_entry"))
            return Verdict.LEGACY, stale is not None
        return Verdict.VALID, stale is not None


_SHOWN: Final = (
    "number", "name", "document", "document_tail", "sex", "birth", "occupation", "occupation_code",
    "level", "theory", "practice", "comprehensive", "rating", "issued", "institution", "authority",
    "basis", "version",
)  # fmt: skip


_values_of: Final = attrgetter(*_SHOWN)
_KINDS: Final = ("document", "sex", "rating", "basis")


def shown(c: Claims) -> dict[str, object]:
    """The printed fields in plain values (dates as ISO text, kinds as numbers)."""
    out: dict[str, object] = dict(zip(_SHOWN, _values_of(c), strict=True))
    out["birth"] = c.birth.isoformat() if c.birth else None
    out["issued"] = c.issued.isoformat()
    for kind in _KINDS:
        out[kind] = int(getattr(c, kind))
    return out

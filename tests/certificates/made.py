"""Factories for certificates, keys and trust: obviously invented, the same at every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex, leaf
from chizheng.certificates.core.draft import Context, Draft
from chizheng.certificates.core.envelopes import cose, sdjwt, vc
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.keys import Ed25519Signer, Ed25519Verifier, Signer
from chizheng.certificates.core.lint import lint
from chizheng.certificates.core.promise import LogPromise, promise
from chizheng.certificates.core.signing import Signed, sign
from chizheng.certificates.core.verification import (
    IssuerKey,
    Limits,
    LogKey,
    Medium,
    Report,
    Status,
    TrustView,
    examine,
)
from chizheng.kernel.periods import Period

ISSUER = Ed25519Signer(bytes(range(32)))
LOG = Ed25519Signer(bytes(range(32, 64)))
STRANGER = Ed25519Signer(bytes(range(64, 96)))
LOG_ID = b"\x01\x02\x03\x04"
PROFILE = Profile("did:web:rst.example.cn", "示例省人力资源和社会保障厅", "https://status.example.cn/list")
LIMITS = Limits(max_age=timedelta(days=7), log_delay=timedelta(days=30))
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ISSUED = date(2026, 11, 20)


def claims(**changes: object) -> Claims:
    made = Claims(
        number="2610012003400017",
        name="甄示例",
        document=DocumentKind.RESIDENT_ID,
        document_tail="002X",
        sex=Sex.FEMALE,
        birth=date(1990, 7, 15),
        occupation="焊工",
        occupation_code="6-18-02-04",
        level=4,
        theory=855,
        practice=910,
        comprehensive=None,
        rating=Rating.GOOD,
        issued=ISSUED,
        institution="10012003",
        authority="3200",
        sitting="S26-1001-00012",
        basis=Basis.EXAM,
        version=1,
        status=1_048_577,
        salt=bytes.fromhex("00112233445566778899aabbccddeeff"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def context(**changes: object) -> Context:
    made = Context(
        authority="3200",
        period=Period(date(2026, 1, 1), date(2028, 1, 1)),
        today=date(2026, 11, 21),
        sat=date(2026, 10, 17),
        taken=lambda number, version: False,
        commitments=frozenset(("ROSTER", "ATTEND", "SUBMIT", "SCORE")),
        approvers=2,
        glyphs=range(0x2FFFF),
        pass_mark=600,
        reviewed_levels=frozenset((1, 2)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def promised(
    c: Claims, *, at: datetime = datetime(2026, 11, 21, 3, 0, tzinfo=UTC), index: int = 41, log: Signer = LOG
) -> LogPromise:
    return promise(leaf(c), log_id=LOG_ID, index=index, time=int(at.timestamp()), signer=log)


def signed(c: Claims | None = None, *, signer: Signer = ISSUER, logged: LogPromise | None = None) -> Signed:
    c = c or claims()
    linted = lint(Draft(c, PROFILE), context(today=max(c.issued, date(2026, 11, 21)), taken=_no))
    return sign(linted, signer, promise=logged or promised(c), created=NOW)


def _no(number: str, version: int) -> bool:
    return False


@dataclass
class Trust:
    """A trust view made of plain mappings."""

    issuers: Mapping[bytes, IssuerKey] = field(default_factory=dict)
    logs: Mapping[bytes, LogKey] = field(default_factory=dict)
    statuses: Mapping[tuple[int, int], Status] = field(default_factory=dict)
    years: frozenset[int] = frozenset((2026,))
    institutions: frozenset[str] = frozenset(("10012003",))
    as_of: datetime | None = NOW - timedelta(hours=5)

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        return self.issuers.get(key_id)

    def log(self, log_id: bytes) -> LogKey | None:
        return self.logs.get(log_id)

    def status(self, year: int, index: int) -> Status | None:
        return self.statuses.get((year, index), Status.VALID) if year in self.years else None

    def recognises(self, institution: str) -> bool:
        return institution in self.institutions


def issuer_key(signer: Signer = ISSUER, **changes: object) -> IssuerKey:
    made = IssuerKey(
        verifier=Ed25519Verifier(signer.public),
        authority="3200",
        did=PROFILE.did,
        name=PROFILE.name,
        name_en="Department of Human Resources of Example Province",
        period=Period(date(2026, 1, 1), date(2028, 1, 1)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def trust(**changes: object) -> Trust:
    made = Trust(
        issuers={ISSUER.key_id: issuer_key()},
        logs={LOG_ID: LogKey(Ed25519Verifier(LOG.public), LOG_ID, "log.example.cn/2026")},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# -- what is shown to a verifier ---------------------------------------------------------------------


def sealed(
    medium: Medium,
    c: Claims | None = None,
    *,
    logged: LogPromise | str | None = "usual",
    signer: Signer = ISSUER,
) -> str:
    """A certificate in one envelope, without lint: attackers do not lint."""
    c = c or claims()
    word = promised(c) if isinstance(logged, str) else logged
    if medium is Medium.QR:
        return cose.to_text(cose.Frame.of(signer).seal(claims_.encode(c), word, signer))
    if medium is Medium.CREDENTIAL:
        document = vc.document(c, PROFILE, word)
        return vc.secure(document, signer, method=vc.method_of(PROFILE.did, signer), created=NOW).decode()
    return sdjwt.issue(c, PROFILE, word, signer, issued_at=NOW, salt=lambda: "s" * 22)


def report(
    text: str | bytes,
    view: TrustView | None = None,
    *,
    now: datetime = NOW,
    name: str = "",
    printed: str = "",
) -> Report:
    return examine(text, view or trust(), now=now, limits=LIMITS, name=name, printed=printed)


def code(found: Report) -> str:
    """The reason that decided."""
    return found.reasons[0].code

"""The one place where a certificate is signed; reachable from the issuing use case alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.draft import Draft
from chizheng.certificates.core.envelopes import cose, vc
from chizheng.certificates.core.keys import Algorithm, Signer
from chizheng.certificates.core.lint import Linted
from chizheng.certificates.core.promise import LogPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed certificate: `qr` is the text of its code, `credential` its JSON."""

    claims: Claims
    promise: LogPromise | None
    qr: str
    credential: bytes


def seal(linted: Linted, signer: Signer, promise: LogPromise | None) -> bytes:
    """The COSE bytes behind the QR code."""
    _draft(linted)
    return _frame(signer.algorithm, signer.key_id).seal(linted.record, promise, signer)


@lru_cache(maxsize=16)
def _frame(algorithm: Algorithm, key_id: bytes) -> cose.Frame:
    """The bytes around the claims are the same for all certificates of a key."""
    return cose.Frame(algorithm, key_id)


def sign(linted: Linted, signer: Signer, *, promise: LogPromise | None, created: datetime) -> Signed:
    """QR text and credential of a linted draft. `promise`: the log's, for exactly this leaf."""
    draft = _draft(linted)
    document = vc.document(draft.claims, draft.issuer, promise)
    return Signed(
        claims=draft.claims,
        promise=promise,
        qr=cose.to_text(seal(linted, signer, promise)),
        credential=vc.secure(
            document, signer, method=vc.method_of(draft.issuer.did, signer), created=created
        ),
    )


def _draft(linted: Linted) -> Draft:
    if type(linted) is not Linted:
        raise TypeError("only what lint() passed is signed")
    return linted.draft

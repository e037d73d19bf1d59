"""The one place where a certificate is signed; reachable from the issuing use case alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chizheng.certificates.core import words
from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.draft import Draft
from chizheng.certificates.core.envelopes import cose, vc
from chizheng.certificates.core.keys import Signer
from chizheng.certificates.core.lint import Linted, LintedAll
from chizheng.certificates.core.promise import LogPromise, promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed certificate: `qr` is the text of its code, `credential` its JSON."""

    claims: Claims
    promise: LogPromise | None
    qr: str
    credential: bytes


def seal_all(
    linted: LintedAll, signer: Signer, *, log: Signer, log_id: bytes, places: Sequence[int], time: int
) -> bytes:
    """The words (`core.words`) of a batch: the promises of `log` for leaves that it has held at `places` since
    `time`, and the signatures of the records."""
    if type(linted) is not LintedAll:
        raise TypeError("only what lint_all() passed is signed")
    told = promises(linted.leaves, log_id=log_id, places=places, time=time, signer=log)
    return words.joined(told, cose.frame(signer.algorithm, signer.key_id).signatures(linted.records, signer))


def seal(linted: Linted, signer: Signer, promise: LogPromise | None) -> bytes:
    """The COSE bytes behind the QR code."""
    _draft(linted)
    return cose.frame(signer.algorithm, signer.key_id).seal(linted.record, promise, signer)


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

"""What a holder may ask for beside the paper: Open Badges credential, wallet form, sealed PDF, proof of the log.

Signed on request from the stored record, after lint once more, with the promise that the log gave. The
second and last way to the issuer's key.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from chizheng.certificates import keyring, printing
from chizheng.certificates.core import signing, words
from chizheng.certificates.core.envelopes import sdjwt
from chizheng.certificates.core.envelopes.sdjwt import HIDEABLE
from chizheng.certificates.core.keys import HeldSigner
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.io import pades
from chizheng.certificates.io.tilelog import TileReader, shard_of
from chizheng.certificates.models import Certificate
from chizheng.certificates.queries import read_claims, word_of
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.certificates.usecases.drafts import issuer_of
from chizheng.certificates.usecases.issue_batch import relinted
from chizheng.kernel.errors import Unavailable
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger

_SEAL = Wording(
    zh="签好的 PDF 没有通过复核（{what}），不予放行",
    en="the sealed PDF did not pass the check ({what}) and is not released",
)


def badge(*, certificate: Certificate, now: datetime, actor: Account | None = None) -> bytes:
    """The W3C VC 2.0 / Open Badges 3.0 credential as JSON bytes."""
    signed = signing.sign(
        relinted(certificate, now=now), _issuer(), promise=_promise(certificate), created=now
    )
    _record("badge", certificate, actor, now)
    return signed.credential


def wallet(
    *, certificate: Certificate, show: Collection[str], now: datetime, actor: Account | None = None
) -> str:
    """The SD-JWT VC with only the chosen of `HIDEABLE` shown; what is hidden cannot be guessed from it."""
    relinted(certificate, now=now)
    whole = sdjwt.issue(
        read_claims(certificate),
        issuer_of(certificate.batch),
        _promise(certificate),
        _issuer(),
        issued_at=now,
        salt=_salt,
    )
    _record("wallet", certificate, actor, now, shown=sorted(set(show) & set(HIDEABLE)))
    return sdjwt.present(whole, set(show) & set(HIDEABLE))


def sealed_pdf(*, certificate: Certificate, now: datetime, actor: Account | None = None) -> bytes:
    """The PDF with a PAdES signature, released only if it verifies against our root (`bottom_line`)."""
    signed = pades.seal(
        printing.render([certificate]),
        keyring.pdf_signer(),
        reason=f"{issuer_of(certificate.batch).name} {certificate.number}",
    )
    found = pades.examine(signed, [keyring.pdf_root()], at=now)
    if len(found) != 1 or not found[0].sound:
        raise Unavailable("seal_unsound", _SEAL, what=found[0].detail if found else "-")
    _record("sealed_pdf", certificate, actor, now)
    return signed


def log_proof(*, certificate: Certificate) -> bytes:
    """The `.tlog-proof` of the certificate's leaf under the present head of its shard."""
    assert certificate.batch.log_year is not None and certificate.log_index is not None
    reader = TileReader(shard_of(log_folder(), certificate.batch.log_year))
    return bytes(reader.prove(certificate.log_index))


def _issuer() -> HeldSigner:
    return HeldSigner(keyring.private("issuer").signer)


def _promise(certificate: Certificate) -> LogPromise:
    return words.promise_in(word_of(certificate))


def _salt() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()


@transaction.atomic
def _record(
    kind: str, certificate: Certificate, actor: Account | None, now: datetime, shown: Collection[str] = ()
) -> None:
    ledger.record(verb=f"certificates.{kind}", subject=certificate, actor=actor, now=now, shown=list(shown))

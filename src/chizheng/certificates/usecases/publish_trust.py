"""The key ceremony: make the house's keys, sign its trust list, make the certificate that seals PDFs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from chizheng.catalogue.models import IssuerCode
from chizheng.certificates import keyring
from chizheng.certificates.core import keys as keys_
from chizheng.certificates.core.keys import Algorithm
from chizheng.certificates.core.trust import DatedKey, IssuerKey, SignedList, TrustList
from chizheng.certificates.house import AUTHORITY_NAME, SINCE, authority_of_house, profile, shard_key
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.kernel.periods import Period
from chizheng.platform import clock, ledger


def hold_ceremony(*, now: datetime, years: int = 3) -> list[str]:
    """Make the keys that are missing and sign the trust list of this house with its root; returns keys made.

    Twice signs the same list again; what changed (a witness, the years of the log) makes a list with the
    next sequence number (docs/key-ceremony.md).
    """
    made = keyring.make()
    if keyring.make_pdf_seal(AUTHORITY_NAME, now):
        made.append("pdf")
    today = clock.day_of(now)
    quorum = keyring.quorum()
    root, issuer = keyring.private("root"), keyring.public("issuer")
    listed = TrustList(
        sequence=1, issued_at=int(datetime(today.year, 1, 1, tzinfo=now.tzinfo).timestamp()),
        expires=int(datetime(today.year + years, 1, 1, tzinfo=now.tzinfo).timestamp()),
        roots=(root.vkey,), threshold=1,
        issuers=(
            IssuerKey(
                keys_.key_id(Algorithm.ED25519, issuer.public).hex(), profile().did, authority_of_house(), "ed25519",
                issuer.public, Period(SINCE),
            ),
        ),
        logs=tuple(
            DatedKey(shard_key(year), Period(date(year, 1, 1))) for year in range(today.year - 1, today.year + years)
        ),
        status=(DatedKey(keyring.public("status"), Period(date(today.year - 1, 1, 1))),),
        witnesses=tuple(DatedKey(w, Period(date(today.year - 1, 1, 1))) for w in quorum.witnesses), quorum=quorum.k,
    )  # fmt: skip
    listed = _numbered(listed, now)
    signed = SignedList(listed, ()).signed(root.name, root.signer)
    write_durably(public_folder() / "trust-list.json", bytes(signed))
    write_durably(public_folder() / "pdf-root.der", keyring.pdf_root())
    if made:
        with transaction.atomic():
            ledger.record(verb="keys.ceremony", subject=("keys", "house"), actor=None, now=now, made=made,
                          codes=IssuerCode.objects.filter(code=authority_of_house()).count())  # fmt: skip
    return made


def _numbered(listed: TrustList, now: datetime) -> TrustList:
    """The list with the number it needs: that of the published one where nothing changed, else the next."""
    path = public_folder() / "trust-list.json"
    if not path.exists():
        return listed
    before = SignedList.parse(path.read_bytes()).list
    same = replace(listed, sequence=before.sequence, issued_at=before.issued_at)
    if same == before:
        return same
    return replace(listed, sequence=before.sequence + 1, issued_at=int(now.timestamp()))

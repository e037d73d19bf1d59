"""The key ceremony: make the house's keys, sign its trust list, make the certificate that seals PDFs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from chizheng.catalogue.models import IssuerCode
from chizheng.certificates import keyring
from chizheng.certificates.core import keys as keys_
from chizheng.certificates.core.keys import Algorithm
from chizheng.certificates.core.trust import DatedKey, IssuerKey, LogSpan, SignedList, TrustList
from chizheng.certificates.house import SINCE, authority_of_house, name_of_house, profile, shard_key
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.usecases.publish_status import public_folder
from chizheng.kernel.errors import Refused, Unavailable
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.platform import clock, ledger

_OTHERS = Wording(
    zh="已公布的信任名单（第{sequence}版）由别的根或多个根签名，仪式不能替它们签发；请由持根人运行 chizheng keys sign 和 chizheng keys publish",
    en="the published trust list (version {sequence}) is signed by other roots or by several; the ceremony cannot "
    "sign for them: let their holders run `chizheng keys sign` and `chizheng keys publish`",
)
_NO_LIST = Wording(
    zh="还没有信任名单；请先运行 chizheng keys init",
    en="there is no trust list yet; run `chizheng keys init`",
)


def published_list() -> SignedList:
    """The list that verifiers are given now; raises Unavailable before the first ceremony."""
    try:
        return SignedList.parse(keyring.trust_list().read_bytes())
    except FileNotFoundError:
        raise Unavailable("no_trust_list", _NO_LIST) from None


def hold_ceremony(*, now: datetime, years: int = 3) -> list[str]:
    """Make the keys that are missing and sign the trust list of this house with its root; returns keys made.

    A published list is extended, never replaced: what people put into it by hand stays as it is, what is
    missing (a witness, the years of the log) joins it under the next sequence number. Twice signs the same list
    again. Raises Refused (`trust_of_others`) where our root alone does not suffice (docs/key-ceremony.md).
    """
    made = keyring.make()
    if keyring.make_pdf_seal(name_of_house(on=clock.day_of(now)), now):
        made.append("pdf")
    root = keyring.private("root")
    listed = _ours(now, years)
    if keyring.trust_list().exists():
        before = published_list().list
        if before.threshold > 1 or root.vkey not in before.roots:
            raise Refused("trust_of_others", _OTHERS, sequence=before.sequence)
        listed = extended(before, listed, now)
    signed = SignedList(listed, ()).signed(root.name, root.signer)
    write_durably(keyring.trust_list(), bytes(signed))
    write_durably(public_folder() / "pdf-root.der", keyring.pdf_root())
    if made:
        with transaction.atomic():
            ledger.record(verb="keys.ceremony", subject=("keys", "house"), actor=None, now=now, made=made,
                          codes=IssuerCode.objects.filter(code=authority_of_house()).count())  # fmt: skip
    return made


def _ours(now: datetime, years: int) -> TrustList:
    """The first list of this house."""
    today = clock.day_of(now)
    quorum = keyring.quorum()
    issuer = keyring.public("issuer")
    return TrustList(
        sequence=1, issued_at=int(datetime(today.year, 1, 1, tzinfo=now.tzinfo).timestamp()),
        expires=int(datetime(today.year + years, 1, 1, tzinfo=now.tzinfo).timestamp()),
        roots=(keyring.public("root"),), threshold=1,
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


def extended(before: TrustList, ours: TrustList, now: datetime) -> TrustList:
    """`before` with what `ours` has and it lacks; what it says itself is not touched, an ended key stays ended.

    An issuer key that is bound to log entries is bound to those of the new years too, if it is still in use.
    """
    known = {issuer.id for issuer in before.issuers}
    origins = {dated.key.name for dated in before.logs}
    logs = tuple(dated for dated in ours.logs if dated.key.name not in origins)
    more = tuple(LogSpan(dated.key.name) for dated in logs)
    issuers = tuple(
        replace(one, spans=(*one.spans, *more)) if more and any(s.end is None for s in one.spans) else one
        for one in before.issuers
    )
    status = {dated.key for dated in before.status}
    witnesses = {dated.key for dated in before.witnesses}
    listed = replace(
        before,
        expires=max(before.expires, ours.expires),
        issuers=(*issuers, *(one for one in ours.issuers if one.id not in known)),
        logs=(*before.logs, *logs),
        status=(*before.status, *(dated for dated in ours.status if dated.key not in status)),
        witnesses=(*before.witnesses, *(dated for dated in ours.witnesses if dated.key not in witnesses)),
        quorum=max(before.quorum, ours.quorum),
    )
    if listed == before:
        return before
    return replace(listed, sequence=before.sequence + 1, issued_at=int(now.timestamp()))

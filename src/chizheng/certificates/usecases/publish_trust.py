"""Publish what verifiers hold: the signed trust list, the status bundle, and one offline file of both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from chizheng.catalogue.models import IssuerCode
from chizheng.certificates import keyring
from chizheng.certificates.core import keys as keys_
from chizheng.certificates.core.keys import Algorithm
from chizheng.certificates.core.note import ED25519, VerifierKey
from chizheng.certificates.core.status import Exceptions, State
from chizheng.certificates.core.status_bundle import seal_full
from chizheng.certificates.core.trust import DatedKey, IssuerKey, SignedList, TrustList
from chizheng.certificates.core.verification import Status
from chizheng.certificates.io import trust_file
from chizheng.certificates.io.durable import write_durably
from chizheng.certificates.models import Certificate
from chizheng.certificates.queries import authority_of_house, issuer_keys, log_keys, published
from chizheng.certificates.usecases.issue_batch import STATUS_CAPACITY, profile
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.platform import clock, ledger
from chizheng.platform.home import folder

_STATES = {"suspended": State.SUSPENDED, "revoked": State.REVOKED, "superseded": State.SUPERSEDED}


def public_folder() -> Path:
    return folder("public")


def exceptions() -> dict[int, dict[int, State]]:
    """Slots that are not valid, by year of the status list: from the events' fold, as cached."""
    found: dict[int, dict[int, State]] = {
        year: {} for year in published().values_list("status_year", flat=True).distinct()
    }
    rows = published().exclude(state=Certificate.State.VALID)
    for year, slot, state in rows.values_list("status_year", "status_slot", "state"):
        found[year][slot] = _STATES[state]
    return found


def publish_status(*, now: datetime) -> Path:
    """Write and sign the status bundle `public/status.bundle`, and the verifier's offline file beside it."""
    held = exceptions()
    key = keyring.private("status")
    days = law().number("verification.status_max_age_days", on=clock.day_of(now))
    as_of = int(now.timestamp())
    years = [Exceptions.of(year, STATUS_CAPACITY, states) for year, states in sorted(held.items())]
    bundle = seal_full(
        years, sequence=as_of, as_of=as_of, expires=as_of + days * 86_400, name=key.name, signer=key.signer
    )
    write_durably(public_folder() / "status.bundle", bundle)
    _write_offline(held, now)
    return public_folder() / "status.bundle"


def _write_offline(held: Mapping[int, Mapping[int, State]], now: datetime) -> None:
    statuses = {
        year: {slot: Status(int(state)) for slot, state in rows.items()} for year, rows in held.items()
    }
    institutions = published().exclude(institution="").values_list("institution", flat=True).distinct()
    write_durably(
        public_folder() / "trust.json",
        trust_file.dump(
            issuer_keys().values(), log_keys(now.year).values(), sorted(institutions), statuses, now
        ),
    )


def hold_ceremony(*, now: datetime, years: int = 3) -> list[str]:
    """Make the keys that are missing and sign the trust list of this house with its root; returns keys made.

    Twice signs the same list again; a rotation is a new list with a higher sequence (docs/key-ceremony.md).
    """
    made = keyring.make()
    today = clock.day_of(now)
    root, issuer = keyring.private("root"), keyring.public("issuer")
    listed = TrustList(
        sequence=1, issued_at=int(datetime(today.year, 1, 1, tzinfo=now.tzinfo).timestamp()),
        expires=int(datetime(today.year + years, 1, 1, tzinfo=now.tzinfo).timestamp()),
        roots=(root.vkey,), threshold=1,
        issuers=(
            IssuerKey(
                keys_.key_id(Algorithm.ED25519, issuer.public).hex(), profile().did, authority_of_house(), "ed25519",
                issuer.public, Period(date(1993, 7, 9)),
            ),
        ),
        logs=tuple(
            DatedKey(_shard_key(year), Period(date(year, 1, 1))) for year in range(today.year - 1, today.year + years)
        ),
        status=(DatedKey(keyring.public("status"), Period(date(today.year - 1, 1, 1))),),
    )  # fmt: skip
    signed = SignedList(listed, ()).signed(root.name, root.signer)
    write_durably(public_folder() / "trust-list.json", bytes(signed))
    if made:
        with transaction.atomic():
            ledger.record(verb="keys.ceremony", subject=("keys", "house"), actor=None, now=now, made=made,
                          codes=IssuerCode.objects.filter(code=authority_of_house()).count())  # fmt: skip
    return made


def _shard_key(year: int) -> VerifierKey:
    return VerifierKey(f"{keyring.origin('log')}/{year}", ED25519, keyring.public("log").public)

"""This installation as an issuing house: whose authority it serves, and how it shows itself to verifiers."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Final

from django.conf import settings

from chizheng.catalogue.models import IssuerCode
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.note import ED25519, VerifierKey, key_id
from chizheng.certificates.keyring import origin, public_of_log

STATUS_CAPACITY: Final = 1 << 26
"""Positions of a yearly status list: 67 million certificates."""

SINCE: Final = date(1993, 7, 9)
"""The first day for which this house's key may sign: the day the certificate system began."""

UNNAMED: Final = "职业资格证书核发机关"
"""What an issuing authority is called where neither a person nor the code table has named it."""


def authority_of_house() -> str:
    """Code of the issuing authority this installation serves (province or industry)."""
    return os.environ.get("CHIZHENG_AUTHORITY", "10")


def authority_names(codes: Collection[str], *, on: date) -> dict[str, str]:
    """What the authorities of these codes are called on a day: this house's own as it is set
    (`CHIZHENG_AUTHORITY_NAME`), any other after its entry in the code table, if somebody verified that entry."""
    rows = IssuerCode.objects.filter(code__in=codes, period__contains=on, verified=True)
    names = {code: f"{name}{UNNAMED}" for code, name in rows.values_list("code", "name")}
    ours = os.environ.get("CHIZHENG_AUTHORITY_NAME", "").strip()
    if ours:
        names[authority_of_house()] = ours
    return {code: names.get(code, UNNAMED) for code in codes}


def authority_name(code: str, *, on: date) -> str:
    return authority_names([code], on=on)[code]


def name_of_house(*, on: date) -> str:
    """The name in which this house seals, for everything that no single approval stands behind."""
    return authority_name(authority_of_house(), on=on)


def profile(name: str = UNNAMED) -> Profile:
    """How the issuing authority of that name shows itself in credentials."""
    return _profile(settings.SITE_URL.rstrip("/"), name)


@lru_cache(maxsize=64)
def _profile(site: str, name: str) -> Profile:
    host = site.split("://", 1)[-1].replace(":", "%3A")
    return Profile(did=f"did:web:{host}", name=name, status=f"{site}/status")


def shard_key(year: int) -> VerifierKey:
    """The verifier key of a yearly log shard: the key id depends on the shard's name."""
    return VerifierKey(f"{origin('log')}/{year}", ED25519, public_of_log(year).public)


def log_id(year: int) -> bytes:
    """The 4-byte key hash of the year's shard, as log promises name it."""
    return key_id(f"{origin('log')}/{year}", ED25519, public_of_log(year).public)

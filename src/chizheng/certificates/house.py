"""This installation as an issuing house: whose authority it serves, and how it shows itself to verifiers."""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from typing import Final

from django.conf import settings

from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.note import ED25519, VerifierKey, key_id
from chizheng.certificates.keyring import origin, public_of_log

STATUS_CAPACITY: Final = 1 << 26
"""Positions of a yearly status list: 67 million certificates."""

SINCE: Final = date(1993, 7, 9)
"""The first day for which this house's key may sign: the day the certificate system began."""

AUTHORITY_NAME: Final = "职业资格证书核发机关"


def authority_of_house() -> str:
    """Code of the issuing authority this installation serves (province or industry)."""
    return os.environ.get("CHIZHENG_AUTHORITY", "10")


def profile() -> Profile:
    """How the issuing authority shows itself in credentials."""
    return _profile(settings.SITE_URL.rstrip("/"))


@lru_cache(maxsize=4)
def _profile(site: str) -> Profile:
    host = site.split("://", 1)[-1].replace(":", "%3A")
    return Profile(did=f"did:web:{host}", name=AUTHORITY_NAME, status=f"{site}/status")


def shard_key(year: int) -> VerifierKey:
    """The verifier key of a yearly log shard: the key id depends on the shard's name."""
    return VerifierKey(f"{origin('log')}/{year}", ED25519, public_of_log(year).public)


def log_id(year: int) -> bytes:
    """The 4-byte key hash of the year's shard, as log promises name it."""
    return key_id(f"{origin('log')}/{year}", ED25519, public_of_log(year).public)

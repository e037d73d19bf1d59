"""What a verifier trusts: issuer keys, logs, status, and the limits of policy it judges by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Final, Protocol

from chizheng.certificates.core.keys import Verifier
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput
from chizheng.kernel.periods import Period

CHINA: Final = timezone(timedelta(hours=8))
"""Dates on certificates are dates of China's one time zone."""


def day_of(instant: datetime) -> date:
    """The date in China."""
    return instant.astimezone(CHINA).date()


class Status(IntEnum):
    """The two status bits of a certificate (0 to 2 as in the Token Status List)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    SUPERSEDED = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Entries `[first, end)` of the log with this 4-byte id; `end` None while open."""

    log_id: bytes
    first: int = 0
    end: int | None = None

    def contains(self, promise: LogPromise) -> bool:
        after = self.end is not None and promise.index >= self.end
        return promise.log_id == self.log_id and self.first <= promise.index and not after


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One key of an issuing authority 发证机关 on the trust list.

    `authority`: the code that its certificates carry. `period`: days of issue it may sign for. `spans`:
    log entries it covers, empty for all (a stolen key is cut off at an index). `logged`: its
    certificates count only with a log promise.
    """

    verifier: Verifier
    authority: str
    did: str
    name: str
    name_en: str
    period: Period
    spans: tuple[Span, ...] = ()
    logged: bool = True


@dataclass(frozen=True, slots=True)
class LogKey:
    """A transparency log on the trust list; `log_id` is the 4-byte key hash of its signed-note key.

    `period`: days on which its promises count, None for a log of our own that is not dated.
    """

    verifier: Verifier
    log_id: bytes
    origin: str
    period: Period | None = None


class TrustView(Protocol):
    """What the verifier holds: trust list, status data and their age. Offline files and servers alike."""

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        """The issuer key of an 8-byte key id."""

    def log(self, log_id: bytes) -> LogKey | None:
        """The log of a 4-byte id."""

    def status(self, year: int, index: int) -> Status | None:
        """The status of a certificate, None where no data of that year are held."""

    def recognises(self, institution: str) -> bool:
        """Is this institution code (`numbers.institution_code`) of a body we know?"""

    @property
    def as_of(self) -> datetime | None:
        """The instant up to which status data are complete, None without any."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Ask an SD-JWT's holder for proof of possession: for us (`audience`), now (`nonce`, seconds)."""

    audience: str
    nonce: str
    max_age: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of policy; the shipped values are in law/data/values/certificates.yaml.

    `max_age`: how old status data may be and still show green. `log_delay`: how long after its date a
    certificate may reach the log.
    """

    max_age: timedelta
    log_delay: timedelta


def aware(instant: datetime) -> datetime:
    """UTC, for instants that came as text; raises BadInput without a zone."""
    if instant.tzinfo is None:
        raise BadInput("bad_json", FAULTS["bad_json"], what=f"instant without zone: {instant}")
    return instant.astimezone(UTC)

"""The signed trust list and a status view as what verification asks: one TrustView for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chizheng.certificates.core import keys
from chizheng.certificates.core.status import StatusView
from chizheng.certificates.core.trust import IssuerKey as ListedKey
from chizheng.certificates.core.trust import TrustList
from chizheng.certificates.core.verification import IssuerKey, LogKey, Span, Status
from chizheng.kernel.errors import ChizhengError


@dataclass
class ListedTrust:
    """A TrustView over an accepted trust list and, where there is one, verified status data.

    `name_of` gives the printed names (zh, en) of an authority by its code; without it the list's own
    words stand.
    """

    trust: TrustList
    states: StatusView | None
    name_of: Callable[[str], tuple[str, str]] | None = None
    _issuers: dict[bytes, IssuerKey | None] = field(default_factory=dict)

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        if key_id not in self._issuers:
            listed = self.trust.issuer(key_id)
            self._issuers[key_id] = None if listed is None else self._of(listed)
        return self._issuers[key_id]

    def log(self, log_id: bytes) -> LogKey | None:
        dated = self.trust.log(log_id)
        if dated is None:
            return None
        return LogKey(keys.Ed25519Verifier(dated.key.public), log_id, dated.key.name, dated.period)

    def status(self, year: int, index: int) -> Status | None:
        if self.states is None or year not in self.states.years:
            return None
        try:
            return Status(int(self.states.status(year, index)))
        except ChizhengError:  # a slot beyond the capacity of its year: no data, hence amber
            return None

    def recognises(self, institution: str) -> bool:
        return self.trust.recognises(institution)

    @property
    def as_of(self) -> datetime | None:
        return None if self.states is None else datetime.fromtimestamp(self.states.as_of, UTC)

    def _of(self, listed: ListedKey) -> IssuerKey:
        zh, en = self.name_of(listed.code) if self.name_of else (listed.issuer, listed.issuer)
        logs = {dated.key.name: dated.key.id for dated in self.trust.logs}
        return IssuerKey(
            verifier=keys.verifier(listed.algorithm, listed.public),
            authority=listed.code,
            did=listed.issuer,
            name=zh,
            name_en=en,
            period=listed.period,
            spans=tuple(Span(logs.get(s.origin, b""), s.first, s.end) for s in listed.spans),
        )

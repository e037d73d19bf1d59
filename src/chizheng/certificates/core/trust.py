"""The trust list: whose signatures count, for what, from when to when, and up to which log entry.

    {"format": "chizheng/trust/v1", "list": {"sequence": 7, "issued_at": …, "roots": […], "threshold": 2,
     "issuers": […], "logs": […], "witnesses": […], "quorum": 2, "status": […]},
     "signatures": [{"key": "<vkey name+id>", "sig": "…"}]}

The national root is a set of keys of which `threshold` must sign. A new list is accepted only by the
roots of the list already held *and* by its own (so the root can be rotated and nobody can hop over a
rotation), only with a higher sequence, and only until it expires. Keys rotate with overlap: the new key
is listed before the old one ends. A stolen issuer key is ended at a log index: what the log held
before stays valid, what it never held is worthless.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chizheng.certificates.core.log_wording import bad, refused
from chizheng.certificates.core.note import COSIGNATURE, ED25519, Signer, VerifierKey, b64, key_id, unb64
from chizheng.certificates.core.witness import Quorum
from chizheng.kernel.periods import Period

FORMAT = "chizheng/trust/v1"
_DOMAIN = b"chizheng/trust-list/v1\n"


@dataclass(frozen=True, slots=True)
class LogSpan:
    """Entries `[first, end)` of one log; `end` None while open."""

    origin: str
    first: int = 0
    end: int | None = None

    def contains(self, origin: str, index: int) -> bool:
        return origin == self.origin and self.first <= index and (self.end is None or index < self.end)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One key of an issuing authority. `id`: hex of the key id in its envelopes; `code`: the institution
    part of the numbers it may issue; `period`: days on which it may sign; `spans` empty: not bound to
    log entries."""

    id: str
    issuer: str
    code: str
    algorithm: str
    public: bytes
    period: Period
    spans: tuple[LogSpan, ...] = ()

    def valid(self, on: date, logged: tuple[str, int] | None = None) -> bool:
        """May this key have signed on `on`, for the log entry `(origin, index)`?

        Where the list binds the key to log entries, an unlogged certificate is not valid.
        """
        if not self.period.contains(on):
            return False
        return not self.spans or (logged is not None and any(s.contains(*logged) for s in self.spans))


@dataclass(frozen=True, slots=True)
class DatedKey:
    """A log, witness or status key with the days on which it counts."""

    key: VerifierKey
    period: Period


@dataclass(frozen=True, slots=True)
class TrustList:
    """One version of the list. `issued_at` and `expires` in POSIX seconds."""

    sequence: int
    issued_at: int
    expires: int
    roots: tuple[VerifierKey, ...]
    threshold: int
    issuers: tuple[IssuerKey, ...] = ()
    logs: tuple[DatedKey, ...] = ()
    witnesses: tuple[DatedKey, ...] = ()
    quorum: int = 0
    status: tuple[DatedKey, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= len({r.public for r in self.roots}):
            raise bad("trust_malformed", what=f"threshold {self.threshold} of {len(self.roots)} roots")
        if len({i.id for i in self.issuers}) != len(self.issuers):
            raise bad("trust_malformed", what="an issuer key id twice")

    # what verifiers ask

    def issuer(self, id: bytes) -> IssuerKey | None:
        """The issuer key of that id, None if nobody here is known by it (unrecognised, not forged)."""
        return next((i for i in self.issuers if i.id == id.hex()), None)

    def recognises(self, code: str) -> bool:
        """Is there an authority here for institution `code`, now or formerly?"""
        return any(i.code == code for i in self.issuers)

    def log(self, id: bytes) -> DatedKey | None:
        """The log whose vkey has this 4-byte key id, as a log promise names it."""
        return next((d for d in self.logs if d.key.id == id), None)

    def issuers_of(self, code: str, on: date) -> list[IssuerKey]:
        """Keys that may sign for institution `code` on a day; two during an overlap."""
        return [i for i in self.issuers if i.code == code and i.period.contains(on)]

    def log_keys(self, on: date, origin: str | None = None) -> list[VerifierKey]:
        return [d.key for d in self.logs if d.period.contains(on) and origin in (None, d.key.name)]

    def witness_quorum(self, on: date) -> Quorum:
        return Quorum(self.quorum, tuple(d.key for d in self.witnesses if d.period.contains(on)))

    def status_keys(self, on: date) -> list[VerifierKey]:
        return [d.key for d in self.status if d.period.contains(on)]

    def fresh(self, now: int) -> bool:
        return now < self.expires

    # bytes

    def payload(self) -> bytes:
        """What the roots sign."""
        return _DOMAIN + _canonical(self.to_json())

    def to_json(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "issued_at": self.issued_at,
            "expires": self.expires,
            "roots": [str(r) for r in self.roots],
            "threshold": self.threshold,
            "issuers": [
                {
                    "id": i.id,
                    "issuer": i.issuer,
                    "code": i.code,
                    "algorithm": i.algorithm,
                    "public": b64(i.public),
                    **_days(i.period),
                    "log": [{"origin": s.origin, "first": s.first, "end": s.end} for s in i.spans],
                }
                for i in self.issuers
            ],
            "logs": [{"vkey": str(d.key), **_days(d.period)} for d in self.logs],
            "witnesses": [{"vkey": str(d.key), **_days(d.period)} for d in self.witnesses],
            "quorum": self.quorum,
            "status": [{"vkey": str(d.key), **_days(d.period)} for d in self.status],
        }


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _days(period: Period) -> dict[str, str | None]:
    return {"from": period.start.isoformat(), "to": period.end.isoformat() if period.end else None}


def _period(row: Mapping[str, Any]) -> Period:
    return Period(date.fromisoformat(row["from"]), date.fromisoformat(row["to"]) if row.get("to") else None)


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a number")
    return value


def _dated(rows: Sequence[Mapping[str, Any]], kind: int) -> tuple[DatedKey, ...]:
    dated = tuple(DatedKey(VerifierKey.parse(row["vkey"]), _period(row)) for row in rows)
    if any(d.key.kind != kind for d in dated):
        raise ValueError("a key of the wrong signature type")
    return dated


def _issuer(row: Mapping[str, Any]) -> IssuerKey:
    public = unb64(row["public"])
    if public is None:
        raise ValueError("public key")
    spans = tuple(
        LogSpan(s["origin"], _number(s["first"]), None if s["end"] is None else _number(s["end"]))
        for s in row["log"]
    )
    return IssuerKey(
        str(row["id"]),
        str(row["issuer"]),
        str(row["code"]),
        str(row["algorithm"]),
        public,
        _period(row),
        spans,
    )


@dataclass(frozen=True, slots=True)
class SignedList:
    """A list and the signatures on it, as carried in the offline trust file; nothing is verified yet."""

    list: TrustList
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, raw: bytes) -> SignedList:
        try:
            whole = json.loads(raw)
            if whole["format"] != FORMAT:
                raise ValueError("format")
            body = whole["list"]
            trust = TrustList(
                sequence=_number(body["sequence"]),
                issued_at=_number(body["issued_at"]),
                expires=_number(body["expires"]),
                roots=tuple(VerifierKey.parse(v) for v in body["roots"]),
                threshold=_number(body["threshold"]),
                issuers=tuple(_issuer(row) for row in body["issuers"]),
                logs=_dated(body["logs"], ED25519),
                witnesses=_dated(body["witnesses"], COSIGNATURE),
                quorum=_number(body["quorum"]),
                status=_dated(body["status"], ED25519),
            )
            signatures = tuple((str(s["key"]), unb64(s["sig"]) or b"") for s in whole["signatures"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise bad("trust_malformed", what=f"{type(fault).__name__}: {fault}"[:120]) from None
        # what is signed is our spelling of the members, so another spelling cannot carry extra ones
        if _canonical(trust.to_json()) != _canonical(body):
            raise bad("trust_malformed", what="unknown or differently spelled members")
        return cls(trust, signatures)

    def __bytes__(self) -> bytes:
        whole = {
            "format": FORMAT,
            "list": self.list.to_json(),
            "signatures": [{"key": key, "sig": b64(sig)} for key, sig in self.signatures],
        }
        return (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    def signed(self, name: str, signer: Signer) -> SignedList:
        """With one more root signature."""
        who = f"{name}+{key_id(name, ED25519, signer.public).hex()}"
        kept = tuple(s for s in self.signatures if s[0] != who)
        return SignedList(self.list, (*kept, (who, signer.sign(self.list.payload()))))

    def good_roots(self, roots: Sequence[VerifierKey]) -> int:
        """How many different keys among `roots` signed; a wrong signature does not count."""
        payload, by_name = self.list.payload(), dict(self.signatures)
        good = {
            root.public
            for root in roots
            if root.holds_bytes(payload, by_name.get(f"{root.name}+{root.id.hex()}", b""))
        }
        return len(good)


def accept(
    offered: SignedList,
    *,
    held: TrustList | None,
    pinned: Sequence[VerifierKey],
    pinned_threshold: int,
    now: int,
) -> TrustList:
    """The list to use from now on, or refuse `offered`.

    `held` None: first use, the roots `pinned` in the program must have signed. Otherwise the roots of
    the held list decide. The same sequence with the same content is accepted again.
    """
    new = offered.list
    if held is not None:
        if new.sequence < held.sequence or (new.sequence == held.sequence and new != held):
            raise refused("trust_rollback", have=held.sequence, got=new.sequence)
        judges, need, whose = held.roots, held.threshold, "held roots"
    else:
        judges, need, whose = tuple(pinned), pinned_threshold, "pinned roots"
    for roots, least, name in ((judges, need, whose), (new.roots, new.threshold, "its own roots")):
        got = offered.good_roots(roots)
        if got < max(1, least):
            raise refused("trust_threshold", whose=name, need=max(1, least), got=got)
    if not new.fresh(now):
        raise refused("trust_expired", expires=new.expires)
    return new

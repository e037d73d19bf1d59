"""The national status bundle: every certificate that is not valid, in under a megabyte, signed.

    CZSB1\\n | key id (4) | Ed25519 signature (64) | deterministic CBOR
    {kind: "full" | "delta", seq, as_of, exp, state (sha256 of the whole state after this file),
     delta only: base, base_state,  years: [[year, capacity, [[state, count, k, unary, rest], ...]], ...]}

Slots of one state are coded as gaps with Golomb-Rice codes of parameter k, within 1 % of the entropy
of a random set. Quotients (unary) and remainders (k bits each) lie in two streams, so that numpy reads
all of them at once. A day's delta lists the slots that changed with their new state, chained by digest:
it applies to exactly one state and leads to exactly one state.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import cbor2
import numpy as np
from numpy.typing import NDArray

from chizheng.certificates.core.log_wording import bad, refused
from chizheng.certificates.core.note import ED25519, Signer, VerifierKey, key_id
from chizheng.certificates.core.status import NOT_VALID, Exceptions, Slots, State, StatusView

MAGIC = b"CZSB1\n"
_DOMAIN = b"chizheng/status-bundle/v1\n"
COUNT_LIMIT = 50_000_000
K_LIMIT = 40


@dataclass(frozen=True, slots=True)
class RiceList:
    """Sorted slots as Rice-coded gaps."""

    count: int
    k: int
    unary: bytes
    rest: bytes

    @property
    def size(self) -> int:
        return len(self.unary) + len(self.rest)


def rice_encode(slots: Slots) -> RiceList:
    """Code sorted distinct slots; the parameter is the one that gives the fewest bits."""
    count = len(slots)
    if count == 0:
        return RiceList(0, 0, b"", b"")
    gaps = np.diff(slots, prepend=np.int64(-1)) - 1
    mean = max(float(gaps.mean()), 1e-9)
    guess = max(0, int(math.log2(mean + 1)) - 1)
    k = min(range(max(0, guess - 1), guess + 3), key=lambda b: int((gaps >> b).sum()) + count * (b + 1))
    ends = np.cumsum((gaps >> k) + 1) - 1
    unary = np.zeros(int(ends[-1]) + 1, dtype=np.uint8)
    unary[ends] = 1
    rest = np.empty((count, k), dtype=np.uint8)
    for place in range(k):
        rest[:, place] = gaps >> (k - 1 - place) & 1
    return RiceList(count, k, np.packbits(unary).tobytes(), np.packbits(rest.reshape(-1)).tobytes())


def rice_decode(coded: RiceList, capacity: int) -> Slots:
    """The inverse of `rice_encode`; refuses bytes that no encoder of ours would write."""
    count, k = coded.count, coded.k
    if not 0 <= count <= min(COUNT_LIMIT, capacity) or not 0 <= k <= K_LIMIT:
        raise bad("status_malformed", what=f"{count} gaps with parameter {k}")
    if len(coded.rest) != (count * k + 7) // 8 or len(coded.unary) > (capacity >> k) // 8 + count // 8 + 2:
        raise bad("status_malformed", what="gap streams of the wrong length")
    ends = np.flatnonzero(np.unpackbits(np.frombuffer(coded.unary, dtype=np.uint8)))
    if len(ends) != count or (count and int(ends[-1]) // 8 + 1 != len(coded.unary)):
        raise bad("status_malformed", what=f"{len(ends)} gaps instead of {count}")
    gaps = (np.diff(ends, prepend=np.int64(-1)) - 1).astype(np.int64) << k
    if count and k:
        bits = np.unpackbits(np.frombuffer(coded.rest, dtype=np.uint8))[: count * k].reshape(count, k)
        for place in range(k):
            gaps |= bits[:, place].astype(np.int64) << (k - 1 - place)
    slots: NDArray[np.int64] = np.cumsum(gaps + 1) - 1
    if count and int(slots[-1]) >= capacity:
        raise bad("status_malformed", what="a slot beyond the capacity")
    return slots


def entropy_bytes(count: int, capacity: int) -> float:
    """Bytes that no coding of `count` random slots among `capacity` can undercut: log2 C(n, k) / 8."""
    if not 0 < count < capacity:
        return 0.0
    ways = math.lgamma(capacity + 1) - math.lgamma(count + 1) - math.lgamma(capacity - count + 1)
    return ways / math.log(2) / 8


def state_digest(years: Iterable[Exceptions]) -> bytes:
    """SHA-256 over the states themselves, whatever their coding."""
    digest = sha256(b"chizheng/status-state/v1\n")
    for one in sorted(years, key=lambda y: y.year):
        digest.update(f"{one.year} {one.capacity}\n".encode())
        for state in NOT_VALID:
            held = one.slots[state]
            digest.update(f"{state} {len(held)}\n".encode())
            digest.update(held.astype(">i8").tobytes())
    return digest.digest()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified status file. For a delta, `years` hold changed slots and `cleared` those valid again."""

    sequence: int
    as_of: int
    expires: int
    state: bytes
    years: Mapping[int, Exceptions]
    base: int | None = None
    base_state: bytes | None = None
    cleared: Mapping[int, Slots] | None = None

    def view(self) -> StatusView:
        """The states as verifiers ask for them (full bundles only)."""
        if self.base is not None:
            raise bad("status_malformed", what="a delta has no view of its own")
        return StatusView(self.years.values(), as_of=self.as_of, expires=self.expires, sequence=self.sequence)


def _coded(states: Mapping[State, Slots]) -> list[list[Any]]:
    rows = []
    for state in sorted(states):
        if len(states[state]):
            rice = rice_encode(states[state])
            rows.append([int(state), rice.count, rice.k, rice.unary, rice.rest])
    return rows


def _seal(body: Mapping[str, Any], name: str, signer: Signer) -> bytes:
    payload = cbor2.dumps(dict(body), canonical=True)
    signature = signer.sign(_DOMAIN + payload)
    return MAGIC + key_id(name, ED25519, signer.public) + signature + payload


def seal_full(
    years: Sequence[Exceptions], *, sequence: int, as_of: int, expires: int, name: str, signer: Signer
) -> bytes:
    """The whole state as a signed file; times in POSIX seconds."""
    body = {
        "kind": "full",
        "seq": sequence,
        "as_of": as_of,
        "exp": expires,
        "state": state_digest(years),
        "years": [[y.year, y.capacity, _coded(y.slots)] for y in sorted(years, key=lambda y: y.year)],
    }
    return _seal(body, name, signer)


def seal_delta(
    before: Bundle,
    years: Sequence[Exceptions],
    *,
    sequence: int,
    as_of: int,
    expires: int,
    name: str,
    signer: Signer,
) -> bytes:
    """What changed since `before` (a full state), as a signed file."""
    rows = []
    for now in sorted(years, key=lambda y: y.year):
        was = before.years.get(now.year)
        old = was.slots if was else {state: np.empty(0, dtype=np.int64) for state in NOT_VALID}
        changed: dict[State, Slots] = {s: np.setdiff1d(now.slots[s], old[s]) for s in NOT_VALID}
        held = np.concatenate([now.slots[s] for s in NOT_VALID])
        changed[State.VALID] = np.setdiff1d(np.concatenate([old[s] for s in NOT_VALID]), held)
        if was is None or any(len(c) for c in changed.values()):
            rows.append([now.year, now.capacity, _coded(changed)])
    body = {
        "kind": "delta",
        "seq": sequence,
        "base": before.sequence,
        "base_state": before.state,
        "as_of": as_of,
        "exp": expires,
        "state": state_digest(years),
        "years": rows,
    }
    return _seal(body, name, signer)


def open_bundle(raw: bytes, keys: Sequence[VerifierKey]) -> Bundle:
    """Verify the signature and decode; raises where either fails."""
    if not raw.startswith(MAGIC) or len(raw) < len(MAGIC) + 68:
        raise bad("status_malformed", what="not a status bundle")
    at = len(MAGIC)
    who, signature, payload = raw[at : at + 4], raw[at + 4 : at + 68], raw[at + 68 :]
    named = [k for k in keys if k.kind == ED25519 and k.id == who]
    if not named:
        raise refused("signature_missing", wanted=", ".join(k.name for k in keys) or "-")
    if not any(k.holds_bytes(_DOMAIN + payload, signature) for k in named):
        raise refused("signature_bad", name=named[0].name)
    try:
        bundle = _read(cbor2.loads(payload))
    except (cbor2.CBORError, ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise bad("status_malformed", what="not the members of a bundle") from None
    if bundle.base is None and state_digest(bundle.years.values()) != bundle.state:
        raise refused("status_chain", what="state digest")
    return bundle


def _read(body: Any) -> Bundle:
    years, cleared = {}, {}
    delta = body["kind"] == "delta"
    for year, capacity, rows in body["years"]:
        slots = {state: np.empty(0, dtype=np.int64) for state in State}
        for state, count, k, unary, rest in rows:
            slots[State(state)] = rice_decode(RiceList(count, k, unary, rest), capacity)
        cleared[year] = slots.pop(State.VALID)
        years[year] = Exceptions(year, capacity, slots)
    return Bundle(
        sequence=int(body["seq"]),
        as_of=int(body["as_of"]),
        expires=int(body["exp"]),
        state=bytes(body["state"]),
        years=years,
        base=int(body["base"]) if delta else None,
        base_state=bytes(body["base_state"]) if delta else None,
        cleared=cleared if delta else None,
    )


def apply_delta(held: Bundle, delta: Bundle) -> Bundle:
    """The state after `delta`; refuses a delta that does not start from exactly what is held."""
    if delta.base is None or delta.cleared is None or held.base is not None:
        raise bad("status_malformed", what="a delta goes onto a full state")
    if delta.base != held.sequence:
        raise refused("status_gap", have=held.sequence, base=delta.base)
    if delta.base_state != held.state:
        raise refused("status_chain", what="the state the delta starts from")
    if delta.sequence <= held.sequence or delta.as_of < held.as_of:
        raise refused("status_chain", what="a delta that goes back")
    years = dict(held.years)
    for year, change in delta.years.items():
        was = years.get(year)
        old = was.slots if was else {state: np.empty(0, dtype=np.int64) for state in NOT_VALID}
        moved = np.concatenate([*change.slots.values(), delta.cleared[year]])
        slots = {s: np.union1d(np.setdiff1d(old[s], moved), change.slots[s]) for s in NOT_VALID}
        years[year] = Exceptions(year, change.capacity, slots)
    if state_digest(years.values()) != delta.state:
        raise refused("status_chain", what="the state the delta leads to")
    return Bundle(delta.sequence, delta.as_of, delta.expires, delta.state, years)

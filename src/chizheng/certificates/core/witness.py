"""What a witness does (C2SP tlog-witness), and how many of them are enough.

A witness remembers, per log, the largest head it has cosigned, and cosigns a new one only with proof
that it extends that head. It refuses older and inconsistent ones, so a log that shows two histories
must fool k witnesses in different bodies. The rules are pure; storing the head is the caller's task
and must happen before the cosignature leaves the house.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chizheng.certificates.core.log_wording import bad, conflict, refused
from chizheng.certificates.core.merkle import HASH_SIZE, verify_consistency
from chizheng.certificates.core.note import (
    Checkpoint,
    Note,
    Signature,
    Signer,
    VerifierKey,
    b64,
    cosign,
    parse_uint,
    unb64,
)
from chizheng.kernel.errors import ChizhengError

PROOF_LIMIT = 63


@dataclass(frozen=True, slots=True)
class Seen:
    """The witnesses found on a checkpoint; `since`: when the quorum was complete, POSIX seconds."""

    names: tuple[str, ...]
    since: int | None


@dataclass(frozen=True, slots=True)
class Quorum:
    """At least `k` of `witnesses` must have cosigned."""

    k: int = 0
    witnesses: tuple[VerifierKey, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.k <= len(self.witnesses):
            raise bad("vkey_malformed", vkey="quorum", what=f"{self.k} of {len(self.witnesses)} witnesses")
        if len({w.public for w in self.witnesses}) != len(self.witnesses):
            # one key under two names would count twice
            raise bad("vkey_malformed", vkey="quorum", what="the same witness key twice")

    def check(self, note: Note) -> Seen:
        """Raise unless enough known witnesses signed `note`."""
        good = note.verified_by(self.witnesses)
        times = sorted(t for w in good if (t := note.cosigned_at(w)) is not None)
        if len(good) < self.k:
            raise refused(
                "quorum_missing", k=self.k, got=len(good), names=", ".join(w.name for w in good) or "-"
            )
        since = times[max(self.k, 1) - 1] if len(times) >= max(self.k, 1) else None
        return Seen(tuple(w.name for w in good), since)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The request of a log: the size it believes the witness stands at, the proof, the new head."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        head, blank, checkpoint = body.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise bad("note_malformed", what="request is not ASCII") from None
        old = parse_uint(lines[0][4:]) if lines[0].startswith("old ") else None
        if old is None or not blank:
            raise bad("note_malformed", what="the request starts with 'old <size>'")
        if len(lines) - 1 > PROOF_LIMIT:
            raise bad("note_malformed", what=f"more than {PROOF_LIMIT} proof lines")
        proof = []
        for line in lines[1:]:
            one = unb64(line)
            if one is None or len(one) != HASH_SIZE:
                raise bad("note_malformed", what="a proof line that is no hash")
            proof.append(one)
        return cls(old, tuple(proof), checkpoint)

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *(b64(h) for h in self.proof)]
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint


@dataclass(frozen=True, slots=True)
class Head:
    """What a witness remembers of a log: size, root and the note it cosigned, cosignature included."""

    size: int
    root: bytes
    note: bytes = b""


class WitnessRefusal(Exception):
    """A refusal with its HTTP status and body (tlog-witness); `error` has the words."""

    def __init__(self, status: int, error: ChizhengError, body: str = "") -> None:
        super().__init__(error.code)
        self.status = status
        self.error = error
        self.body = body


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The new head to store first, and the signature line to answer with afterwards."""

    origin: str
    head: Head
    signature: Signature


def consider(
    request: AddCheckpoint,
    *,
    logs: Mapping[str, Sequence[VerifierKey]],
    heads: Mapping[str, Head],
    name: str,
    signer: Signer,
    now: int,
) -> Cosigned:
    """Cosign `request` at POSIX second `now`, or raise WitnessRefusal. `logs`: keys by origin."""
    try:
        note = Note.parse(request.checkpoint)
        point = Checkpoint.parse(note.text)
    except ChizhengError as error:
        raise WitnessRefusal(400, error) from None
    if point.origin not in logs:
        raise WitnessRefusal(404, refused("origin_unknown", origin=point.origin))
    try:
        note.verify(logs[point.origin])
    except ChizhengError as error:
        raise WitnessRefusal(403, error) from None
    if request.old > point.size:
        raise WitnessRefusal(400, refused("witness_older", new=point.size, old=request.old))
    known = heads.get(point.origin)
    stands = known.size if known else 0
    if request.old != stands:
        raise WitnessRefusal(
            409, conflict("witness_stale", found=stands, asked=request.old), body=f"{stands}\n"
        )
    try:
        if request.old == 0:
            if request.proof:
                raise refused("proof_shape", what="a proof from the empty log")
        elif known:
            verify_consistency(known.size, point.size, request.proof, known.root, point.root)
    except ChizhengError as error:
        raise WitnessRefusal(422, error) from None
    signature = cosign(note.text, name, signer, now)
    stored = bytes(note.with_signatures([signature]))
    return Cosigned(point.origin, Head(point.size, point.root, stored), signature)

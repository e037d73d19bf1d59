"""`.tlog-proof` files (C2SP tlog-proof): a checkpoint, an index and the hashes between.

c2sp.org/tlog-proof@v1
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=

log.chizheng.example/2026
109482
…
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chizheng.certificates.core.log_wording import bad
from chizheng.certificates.core.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from chizheng.certificates.core.note import (
    Checkpoint,
    Note,
    VerifierKey,
    b64,
    open_checkpoint,
    parse_uint,
    unb64,
)
from chizheng.certificates.core.witness import Quorum

MAGIC = "c2sp.org/tlog-proof@v1"
HASH_LIMIT = 63


@dataclass(frozen=True, slots=True)
class Proven:
    """What a verified proof says: the head it hangs on and when witnesses saw that head."""

    checkpoint: Checkpoint
    index: int
    witnesses: tuple[str, ...]
    witnessed_at: int | None
    """POSIX seconds of the earliest cosignature that completes the quorum, None without witnesses."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof as it is stored; nothing is verified yet."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def parse(cls, raw: bytes) -> TlogProof:
        head, blank, checkpoint = raw.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise bad("tlog_proof_malformed", what="not ASCII") from None
        if lines.pop(0) != MAGIC or not blank:
            raise bad("tlog_proof_malformed", what=f"first line is not {MAGIC}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = unb64(lines.pop(0)[6:])
            if extra is None:
                raise bad("tlog_proof_malformed", what="extra is not base64")
        index = parse_uint(lines.pop(0)[6:]) if lines and lines[0].startswith("index ") else None
        if index is None:
            raise bad("tlog_proof_malformed", what="no index line")
        if len(lines) > HASH_LIMIT:
            raise bad("tlog_proof_malformed", what=f"more than {HASH_LIMIT} hashes")
        hashes = []
        for line in lines:
            one = unb64(line)
            if one is None or len(one) != HASH_SIZE:
                raise bad("tlog_proof_malformed", what=f"hash line '{line[:16]}'")
            hashes.append(one)
        return cls(index, tuple(hashes), checkpoint, extra)

    def __bytes__(self) -> bytes:
        lines = [MAGIC]
        if self.extra is not None:
            lines.append(f"extra {b64(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(b64(h) for h in self.hashes)
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint

    def verify(
        self, entry: bytes, keys: Sequence[VerifierKey], quorum: Quorum, *, origin: str | None = None
    ) -> Proven:
        """Raise unless `entry` (its bytes, not its hash) is in a log signed by one of `keys` and seen
        by `quorum`."""
        point, note = open_checkpoint(self.checkpoint, keys, origin)
        seen = quorum.check(note)
        verify_inclusion(leaf_hash(entry), self.index, point.size, self.hashes, point.root)
        return Proven(point, self.index, seen.names, seen.since)


def note_of(proof: TlogProof) -> Note:
    """The signed checkpoint inside, unverified."""
    return Note.parse(proof.checkpoint)

"""The log's promise 入册承诺 that travels in a QR code: 76 bytes instead of a proof of many hashes.

    log id 4 | index 4 | time 4 | signature 64        integers big-endian; time in seconds since 1970

The log signs `chizheng/promise/1\\n || log id || index || time || leaf hash` with the leaf hash of
RFC 6962 (SHA-256 of 0x00 and the leaf). The log id is the key hash of its signed-note verifier key.
It is a promise to include, not a proof of inclusion: whoever holds roots should ask for the proof.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from chizheng.certificates.core.keys import Signer, Verifier
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

SIZE: Final = 76
LOG_ID_BYTES: Final = 4
_HEAD: Final = struct.Struct(">4sII")
_DOMAIN: Final = b"chizheng/promise/1\n"


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x00 || leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


@dataclass(frozen=True, slots=True)
class LogPromise:
    """`log_id` 4 bytes, `index` of the leaf in the log, `time` of its acceptance (Unix seconds)."""

    log_id: bytes
    index: int
    time: int
    signature: bytes

    def __post_init__(self) -> None:
        sizes = len(self.log_id) == LOG_ID_BYTES and len(self.signature) == 64
        if not sizes or not 0 <= self.index < 2**32 or not 0 <= self.time < 2**32:
            raise BadInput("bad_promise", FAULTS["bad_promise"])

    @property
    def accepted(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def to_bytes(self) -> bytes:
        return _HEAD.pack(self.log_id, self.index, self.time) + self.signature

    @classmethod
    def from_bytes(cls, data: bytes) -> LogPromise:
        """Read 76 bytes; raises BadInput (`bad_promise`)."""
        if len(data) != SIZE:
            raise BadInput("bad_promise", FAULTS["bad_promise"])
        log_id, index, time = _HEAD.unpack_from(data)
        return cls(log_id, index, time, data[_HEAD.size :])

    def verify(self, leaf: bytes, log: Verifier) -> None:
        """Raise Forged unless `log` promised exactly this leaf at this index and time."""
        log.verify(_message(self.log_id, self.index, self.time, leaf), self.signature)


def promises(
    leaves: Iterable[bytes], *, log_id: bytes, places: Iterable[int], time: int, signer: Signer
) -> list[bytes]:
    """`promise` for many leaves of one log and instant, as bytes."""
    sign, pack, tag, sha256 = signer.sign, _HEAD.pack, b"\x00", hashlib.sha256
    made = []
    for leaf, index in zip(leaves, places, strict=True):
        head = pack(log_id, index, time)
        made.append(head + sign(_DOMAIN + head + sha256(tag + leaf).digest()))
    return made


def promise(leaf: bytes, *, log_id: bytes, index: int, time: int, signer: Signer) -> LogPromise:
    """Sign the promise for `leaf` at `index`; only the log does this, after it has stored the leaf."""
    return LogPromise(log_id, index, time, signer.sign(_message(log_id, index, time, leaf)))


def _message(log_id: bytes, index: int, time: int, leaf: bytes) -> bytes:
    return _DOMAIN + _HEAD.pack(log_id, index, time) + leaf_hash(leaf)

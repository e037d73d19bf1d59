"""Range query: 2^bits immutable files of one size, so that neither asker nor register leaks.

    buckets/<epoch>/ab/abcd      entries of all certificates whose digest's first bits are those of abcd
    buckets/<epoch>/manifest     signed note: epoch, bits, capacity, as_of, digest over all buckets

A file is `CZBK2\\n`, u16 bits, u16 prefix, u16 capacity, u64 as_of, `capacity` x 12 bytes, Ed25519
signature. The prefix is the digest's first two bytes with all but the first `bits` set to nought: a small
register has few files, each with company enough, a large one 65,536. As bits are signed in every file, a
reader finds out when it is handed a file that its certificate would not stand in, whatever else it is told.
An entry is 11 bytes of the digest of number, name and check code (core.register.bucket_digest) behind the
first two, and one byte of state, level and kind, masked by the digest's last byte. Empty places hold
pseudo-random filler, so a file shows neither how many certificates it has nor which ones changed kind.
The asker fetches one file, learns about one certificate, and tells the server that many bits.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_128
from pathlib import Path

from chizheng.certificates.core.log_wording import bad, refused
from chizheng.certificates.core.note import Note, Signer, VerifierKey, sign_note
from chizheng.certificates.core.register import bucket_digest
from chizheng.certificates.core.status import State
from chizheng.certificates.io.durable import flush_folder, replace_file, write_durably

MAGIC = b"CZBK2\n"
MOST_BITS = 16
COMPANY = 64
"""Certificates in a bucket, on average, below which a register is not cut any finer."""
TAG = 11
ENTRY = TAG + 1
SIGNATURE = 64
_HEAD = struct.Struct(">6sHHHQ")
_DOMAIN = b"chizheng/bucket/v2\n"
_MANIFEST = "chizheng/buckets/v2"


@dataclass(frozen=True, slots=True)
class Holding:
    """One certificate as a bucket holds it."""

    digest: bytes
    state: State
    level: int
    kind: int

    def entry(self) -> bytes:
        packed = self.state | self.level << 2 | self.kind << 5
        return self.digest[2 : 2 + TAG] + bytes([packed ^ self.digest[15]])

    def prefix(self, bits: int) -> int:
        return prefix_of(self.digest, bits)


def bits_for(count: int) -> int:
    """The most bits with which buckets of `count` certificates still hold 64 each on average; 0 to 16."""
    return min(MOST_BITS, max(0, (count // COMPANY).bit_length() - 1))


def prefix_of(digest: bytes, bits: int) -> int:
    """The first two bytes of a digest, nought behind the first `bits`: the name of its bucket."""
    rest = MOST_BITS - bits
    return int.from_bytes(digest[:2], "big") >> rest << rest


def prefixes(bits: int) -> range:
    """The names of all buckets, in order."""
    return range(0, 1 << MOST_BITS, 1 << MOST_BITS - bits)


def bucket_path(prefix: int) -> str:
    """`0xabcd` -> `ab/abcd`."""
    return f"{prefix >> 8:02x}/{prefix:04x}"


def bucket_size(capacity: int) -> int:
    """Bytes of every file of that capacity."""
    return _HEAD.size + capacity * ENTRY + SIGNATURE


class BucketPress:
    """Makes buckets of one epoch. `filler`: secret bytes from which empty places are filled."""

    def __init__(
        self, folder: Path, *, epoch: bytes, bits: int, capacity: int, signer: Signer, filler: bytes
    ) -> None:
        if len(epoch) != 16 or not 0 <= bits <= MOST_BITS or not 0 < capacity < 1 << 16:
            what = "16 bytes of epoch, 0 to 16 bits, capacity below 65,536"
            raise bad("bucket_malformed", path=folder.name, what=what)
        self.folder, self.epoch, self.bits, self.capacity = folder / epoch.hex(), epoch, bits, capacity
        self._signer, self._filler = signer, filler

    def render(self, prefix: int, holdings: Iterable[Holding], as_of: int) -> bytes:
        """One file, signed."""
        entries = [h.entry() for h in holdings]
        if len(entries) > self.capacity:
            raise bad("bucket_full", prefix=f"{prefix:04x}", capacity=self.capacity)
        missing = (self.capacity - len(entries)) * ENTRY
        seed = hmac.digest(self._filler, self.epoch + struct.pack(">H", prefix), "sha256")
        stream = shake_128(seed).digest(missing)
        entries += [stream[i : i + ENTRY] for i in range(0, missing, ENTRY)]
        entries.sort()
        body = _HEAD.pack(MAGIC, self.bits, prefix, self.capacity, as_of) + b"".join(entries)
        return body + self._signer.sign(_DOMAIN + self.epoch + body)

    def publish(self, holdings: Iterable[Holding], *, as_of: int, name: str) -> None:
        """Write all buckets and the manifest; the epoch's folder is complete when the manifest is there."""
        by_prefix: dict[int, list[Holding]] = {}
        for one in holdings:
            by_prefix.setdefault(one.prefix(self.bits), []).append(one)
        fullest = max((len(v) for v in by_prefix.values()), default=0)
        if fullest > self.capacity:
            raise bad("bucket_full", prefix="-", capacity=self.capacity)
        whole = sha256()
        for prefix in prefixes(self.bits):
            raw = self.render(prefix, by_prefix.get(prefix, ()), as_of)
            path = self.folder / bucket_path(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)  # nothing points here before the manifest is written
            whole.update(sha256(raw).digest())
        os.sync()
        self._sign_manifest(whole.digest(), as_of, name)

    def rewrite(self, changed: Mapping[int, Sequence[Holding]], *, as_of: int, name: str) -> None:
        """Replace the buckets of these prefixes, each atomically, then the manifest."""
        rendered = {prefix: self.render(prefix, holdings, as_of) for prefix, holdings in changed.items()}
        for prefix, raw in rendered.items():
            replace_file(self.folder / bucket_path(prefix), raw)
        for parent in {(self.folder / bucket_path(prefix)).parent for prefix in rendered}:
            flush_folder(parent)
        whole = sha256()
        for prefix in prefixes(self.bits):
            whole.update(sha256((self.folder / bucket_path(prefix)).read_bytes()).digest())
        self._sign_manifest(whole.digest(), as_of, name)

    def _sign_manifest(self, whole: bytes, as_of: int, name: str) -> None:
        lines = [_MANIFEST, self.epoch.hex(), str(self.bits), str(self.capacity), str(as_of), whole.hex()]
        note = sign_note("\n".join(lines) + "\n", name, self._signer)
        write_durably(self.folder / "manifest", bytes(note))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the signed manifest says."""

    epoch: bytes
    bits: int
    capacity: int
    as_of: int
    whole: bytes

    @classmethod
    def open(cls, raw: bytes, keys: Sequence[VerifierKey]) -> Manifest:
        note = Note.parse(raw)
        note.verify(keys)
        lines = note.text.split("\n")
        try:
            if lines[0] != _MANIFEST or len(lines) != 7 or not 0 <= int(lines[2]) <= MOST_BITS:
                raise ValueError
            bits, capacity, as_of = (int(line) for line in lines[2:5])
            return cls(bytes.fromhex(lines[1]), bits, capacity, as_of, bytes.fromhex(lines[5]))
        except ValueError:
            raise bad("bucket_malformed", path="manifest", what="not a manifest") from None

    def check(self, folder: Path) -> None:
        """Raise unless all files under `folder` are exactly those signed."""
        whole = sha256()
        for prefix in prefixes(self.bits):
            raw = (folder / bucket_path(prefix)).read_bytes()
            if len(raw) != bucket_size(self.capacity):
                raise bad("bucket_malformed", path=bucket_path(prefix), what="not of the common size")
            whole.update(sha256(raw).digest())
        if whole.digest() != self.whole:
            raise refused("status_chain", what="buckets and manifest")


@dataclass(frozen=True, slots=True)
class BucketAnswer:
    """What one bucket says about one certificate."""

    state: State
    level: int
    kind: int
    as_of: int


def look_in(
    raw: bytes, keys: Sequence[VerifierKey], *, epoch: bytes, number: str, name: str, code: str
) -> BucketAnswer | None:
    """Verify a fetched bucket and answer for number, name and check code; None: not in the register."""
    whole = bucket_digest(epoch, number, name, code)
    where = bucket_path(prefix_of(whole, MOST_BITS))
    if len(raw) < _HEAD.size + SIGNATURE:
        raise bad("bucket_malformed", path=where, what="cut off")
    magic, bits, named, capacity, as_of = _HEAD.unpack_from(raw)
    if magic != MAGIC or bits > MOST_BITS or len(raw) != bucket_size(capacity):
        raise bad("bucket_malformed", path=where, what="another file or size")
    if named != prefix_of(whole, bits):  # by the file's own signed bits: nobody else's word names the bucket
        raise bad("bucket_malformed", path=where, what="another file or size")
    body, signature = raw[:-SIGNATURE], raw[-SIGNATURE:]
    if not any(k.holds_bytes(_DOMAIN + epoch + body, signature) for k in keys):
        raise refused("signature_bad", name=", ".join(k.name for k in keys) or "-")
    tag = whole[2 : 2 + TAG]
    at = body.find(tag, _HEAD.size)
    while at >= 0 and (at - _HEAD.size) % ENTRY:
        at = body.find(tag, at + 1)
    if at < 0:
        return None
    packed = body[at + TAG] ^ whole[15]
    return BucketAnswer(State(packed & 3), packed >> 2 & 7, packed >> 5, as_of)

"""Reading a log with other eyes: CBOR, notes, keys and hashes for `core.audit`.

Deliberately shares nothing with the code that writes logs (merkle, tiles, note, commitments), not even
the signature library: a fault there must not hide itself here. Faults are ValueErrors.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DEPTH_LIMIT = 4


def read_cbor(raw: bytes) -> object:
    """One item of deterministic CBOR (RFC 8949, 4.2.1): integers, bytes, text, arrays, maps with text
    keys, booleans; everything else, and every longer spelling, is refused."""
    value, end = _item(raw, 0, 0)
    if end != len(raw):
        raise ValueError("bytes after the item")
    return value


def _item(raw: bytes, at: int, depth: int) -> tuple[object, int]:
    if depth > DEPTH_LIMIT:
        raise ValueError("nested too deep")
    if at >= len(raw):
        raise ValueError("ends too soon")
    major, minor = raw[at] >> 5, raw[at] & 31
    at += 1
    if major == 7:
        if minor in (20, 21):
            return minor == 21, at
        raise ValueError("floats, null and simple values have no place here")
    if minor < 24:
        count = minor
    elif minor < 28:
        width = 1 << (minor - 24)
        if at + width > len(raw):
            raise ValueError("ends too soon")
        count = int.from_bytes(raw[at : at + width], "big")
        if count < (24 if width == 1 else 1 << 4 * width):
            raise ValueError("a number spelled longer than needed")
        at += width
    else:
        raise ValueError("indefinite length")
    if major == 0:
        return count, at
    if major == 1:
        return -1 - count, at
    if major in (2, 3):
        if count > len(raw) - at:
            raise ValueError("ends too soon")
        chunk = raw[at : at + count]
        return (chunk if major == 2 else chunk.decode("utf-8")), at + count
    if count > len(raw) - at:
        raise ValueError("more members than bytes")
    if major == 4:
        members = []
        for _ in range(count):
            member, at = _item(raw, at, depth + 1)
            members.append(member)
        return members, at
    if major == 5:
        pairs: dict[str, object] = {}
        before = b""
        for _ in range(count):
            begin = at
            key, at = _item(raw, at, depth + 1)
            spelled = raw[begin:at]
            if not isinstance(key, str):
                raise ValueError("a key that is not text")
            if (len(spelled), spelled) <= (len(before), before):
                raise ValueError("keys out of order or twice")
            before = spelled
            pairs[key], at = _item(raw, at, depth + 1)
        return pairs, at
    raise ValueError("tags have no place here")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verifier key: `kind` 1 signs the text, 4 a timestamp and the text."""

    name: str
    id: bytes
    kind: int
    raw: bytes


def read_vkey(text: str) -> PublicKey:
    """`name+id+base64`, Ed25519 kinds only."""
    name, _, rest = text.strip().partition("+")
    hexid, _, encoded = rest.partition("+")
    blob = base64.b64decode(encoded, validate=True)
    if len(blob) != 33 or blob[0] not in (1, 4) or not name:
        raise ValueError(f"not an Ed25519 verifier key: {text}")
    wanted = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
    if hexid != wanted.hex():
        raise ValueError(f"the key id of {name} does not match its key")
    return PublicKey(name, wanted, blob[0], blob[1:])


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint as read: `signers` maps each given key that signed to its time (None for logs)."""

    origin: str
    size: int
    root: bytes
    signers: dict[PublicKey, int | None]


def read_head(raw: bytes, keys: list[PublicKey]) -> Head:
    """Parse a checkpoint and verify the lines of `keys`; a wrong signature by one of them is a fault."""
    body, blank, lines = raw.rpartition(b"\n\n")
    if not blank or not lines.endswith(b"\n"):
        raise ValueError("not a signed note")
    text = body + b"\n"
    parts = text.decode("utf-8").split("\n")
    if len(parts) < 4 or not parts[1].isascii() or not parts[1].isdigit():
        raise ValueError("not a checkpoint")
    root = base64.b64decode(parts[2], validate=True)
    if len(root) != 32:
        raise ValueError("the root is not 32 bytes")
    signers: dict[PublicKey, int | None] = {}
    for line in lines.decode("utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if mark != "\u2014":
            raise ValueError("a line that is no signature")
        blob = base64.b64decode(encoded, validate=True)
        for key in keys:
            if (key.name, key.id) == (name, blob[:4]):
                signers[key] = _check(key, text, blob[4:])
    return Head(parts[0], int(parts[1]), root, signers)


def _check(key: PublicKey, text: bytes, signature: bytes) -> int | None:
    when = None
    message = text
    if key.kind == 4:
        if len(signature) != 72:
            raise ValueError(f"the cosignature of {key.name} is cut off")
        (when,) = struct.unpack(">Q", signature[:8])
        message = b"cosignature/v1\ntime %d\n%s" % (when, text)
        signature = signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except InvalidSignature:
        raise ValueError(f"the signature of {key.name} does not verify") from None
    return when


class RootWalk:
    """Feeds entries one by one and knows the RFC 6962 root after each: a binary counter of hashes."""

    def __init__(self) -> None:
        self.count = 0
        self._digits: list[bytes | None] = []

    def feed(self, entry: bytes) -> None:
        carry = hashlib.sha256(b"\x00" + entry).digest()
        for place, digit in enumerate(self._digits):
            if digit is None:
                self._digits[place] = carry
                break
            carry = hashlib.sha256(b"\x01" + digit + carry).digest()
            self._digits[place] = None
        else:
            self._digits.append(carry)
        self.count += 1

    def root(self) -> bytes:
        below: bytes | None = None
        for digit in self._digits:
            if digit is not None:
                below = digit if below is None else hashlib.sha256(b"\x01" + digit + below).digest()
        return hashlib.sha256().digest() if below is None else below


def bundle_name(number: int, width: int) -> str:
    """Path of an entry bundle below the log: `tile/entries/x001/234.p/17`."""
    digits = f"{number:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join(["x" + g for g in groups[:-1]] + groups[-1:])
    return f"tile/entries/{path}" + (f".p/{width}" if width < 256 else "")


def read_bundle(raw: bytes) -> list[bytes]:
    """Entries of a bundle, each behind a big-endian 16-bit length."""
    found = []
    while raw:
        if len(raw) < 2:
            raise ValueError("the bundle is cut off")
        (length,) = struct.unpack(">H", raw[:2])
        if len(raw) < 2 + length:
            raise ValueError("the bundle is cut off")
        found.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    return found

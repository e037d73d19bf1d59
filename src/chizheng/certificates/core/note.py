"""Signed notes, checkpoints and witness cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

    log.chizheng.example/2026
    15
    rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=

    — log.chizheng.example/2026 M9e0luh4jTG+UMBq…

A verifier key ("vkey") is `name+hex(key id)+base64(type || public key)`. Types understood: 0x01
Ed25519 over the text, 0x04 Ed25519 timestamped cosignature, 0x05 RFC 6962 tree head of Certificate
Transparency logs (ECDSA P-256), the last so that foreign logs can be checked.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from chizheng.certificates.core.log_wording import bad, refused
from chizheng.certificates.core.merkle import EMPTY_ROOT, HASH_SIZE
from chizheng.kernel.errors import BadInput

ED25519 = 0x01
COSIGNATURE = 0x04
RFC6962 = 0x05

NOTE_LIMIT = 1_000_000
SIGNATURE_LIMIT = 64

_UINT = re.compile(r"0|[1-9][0-9]{0,18}")
_DASH = "— "


class Signer(Protocol):
    """A private Ed25519 key, in memory, in a file or on a token."""

    @property
    def public(self) -> bytes:
        """32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature."""
        ...


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def unb64(text: str) -> bytes | None:
    """Strict standard base64, None where it is not."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if b64(raw) == text else None


def parse_uint(text: str) -> int | None:
    """Decimal without leading zeroes, at most 19 digits; None otherwise."""
    return int(text) if _UINT.fullmatch(text) else None


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes that name a key beside its name."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _name_fault(name: str) -> str | None:
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        return "a key name must be non-empty, without spaces and plus signs"
    return None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        parts = vkey.strip().split("+", 2)
        raw = unb64(parts[2]) if len(parts) == 3 else None
        if raw is None or len(raw) < 2:
            raise bad("vkey_malformed", vkey=vkey, what="name+id+base64 expected")
        key = cls(parts[0], raw[0], raw[1:])
        fault = _name_fault(key.name)
        if fault:
            raise bad("vkey_malformed", vkey=vkey, what=fault)
        if key.kind not in (ED25519, COSIGNATURE, RFC6962):
            raise bad("vkey_malformed", vkey=vkey, what=f"unknown signature type {key.kind}")
        if key.kind != RFC6962 and len(key.public) != 32:
            raise bad("vkey_malformed", vkey=vkey, what=f"{len(key.public)} bytes of key instead of 32")
        if key.id.hex() != parts[1]:
            raise bad("vkey_malformed", vkey=vkey, what=f"key id is {key.id.hex()}, not {parts[1]}")
        return key

    @property
    def id(self) -> bytes:
        # static-ct-api names the key by the log id, the hash of the DER key
        public = sha256(self.public).digest() if self.kind == RFC6962 else self.public
        return key_id(self.name, self.kind, public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def holds_bytes(self, message: bytes, signature: bytes) -> bool:
        """Is `signature` this key's plain Ed25519 signature over `message`?"""
        return self.kind == ED25519 and _ed25519(self.public, message, signature)

    def holds(self, text: str, signature: bytes) -> bool:
        """Is `signature` (without the key id) this key's over `text`?"""
        if self.kind == ED25519:
            return self.holds_bytes(text.encode(), signature)
        if self.kind == COSIGNATURE:
            if len(signature) != 72:
                return False
            when = int.from_bytes(signature[:8], "big")
            return when < 1 << 63 and _ed25519(self.public, cosigned_text(text, when), signature[8:])
        return _rfc6962(self.public, text, signature)


def _ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64:
        return False
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def _rfc6962(public: bytes, text: str, signature: bytes) -> bool:
    """TreeHeadSignature of RFC 6962, 3.5: 8 bytes of time, algorithm 0x0403, 16-bit length, DER."""
    if len(signature) < 12 or signature[8:10] != b"\x04\x03":
        return False
    if int.from_bytes(signature[10:12], "big") != len(signature) - 12:
        return False
    try:
        point = Checkpoint.parse(text)
        key = load_der_public_key(public)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        head = b"\x00\x01" + signature[:8] + point.size.to_bytes(8, "big") + point.root
        key.verify(signature[12:], head, ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature, UnsupportedAlgorithm, BadInput):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who claims to have signed, and the bytes behind the key id."""

    name: str
    id: bytes
    raw: bytes

    @property
    def line(self) -> str:
        return f"{_DASH}{self.name} {b64(self.id + self.raw)}\n"


def parse_signature(line: str) -> Signature:
    """One line without its newline."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    raw = unb64(encoded)
    if not line.startswith(_DASH) or _name_fault(name) or raw is None or len(raw) < 5:
        raise bad("note_malformed", what="a signature line that is none")
    return Signature(name, raw[:4], raw[4:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ending in newline) and its signature lines; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        if len(raw) > NOTE_LIMIT:
            raise bad("note_malformed", what="too long")
        try:
            whole = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise bad("note_malformed", what="not UTF-8") from None
        if any(ord(c) < 0x20 and c != "\n" for c in whole):
            raise bad("note_malformed", what="control characters")
        cut = whole.rfind("\n\n")
        if cut < 0 or not whole.endswith("\n") or cut + 2 >= len(whole):
            raise bad("note_malformed", what="no signature block behind a blank line")
        lines = whole[cut + 2 : -1].split("\n")
        if len(lines) > SIGNATURE_LIMIT:
            raise bad("note_malformed", what=f"more than {SIGNATURE_LIMIT} signatures")
        return cls(whole[: cut + 1], tuple(parse_signature(line) for line in lines))

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(s.line for s in self.signatures)).encode()

    def verified_by(self, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
        """Those of `keys` that signed. A signature by a known key that fails refuses the whole note."""
        known = {(k.name, k.id): k for k in keys}
        good: list[VerifierKey] = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.id))
            if key is None:
                continue
            if not key.holds(self.text, signature.raw):
                raise refused("signature_bad", name=key.name)
            if key not in good:
                good.append(key)
        return good

    def verify(self, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
        """As `verified_by`, and refuse where none of `keys` signed."""
        good = self.verified_by(keys)
        if not good:
            raise refused("signature_missing", wanted=", ".join(sorted({k.name for k in keys})) or "-")
        return good

    def cosigned_at(self, key: VerifierKey) -> int | None:
        """POSIX seconds of `key`'s cosignature (which the caller has verified), None without one."""
        times = [
            int.from_bytes(s.raw[:8], "big")
            for s in self.signatures
            if key.kind == COSIGNATURE and (s.name, s.id) == (key.name, key.id) and len(s.raw) == 72
        ]
        return min(times, default=None)

    def with_signatures(self, more: Sequence[Signature]) -> Note:
        """The same text with further signatures, each once; a key's earlier signature is kept."""
        have = {(s.name, s.id) for s in self.signatures}
        fresh = []
        for signature in more:
            if (signature.name, signature.id) not in have:
                have.add((signature.name, signature.id))
                fresh.append(signature)
        return Note(self.text, self.signatures + tuple(fresh))


def sign_note(text: str, name: str, signer: Signer) -> Note:
    """Sign `text` with a plain Ed25519 note signature under `name`."""
    fault = _name_fault(name)
    if fault or not text.endswith("\n"):
        raise bad("note_malformed", what=fault or "text must end in newline")
    raw = signer.sign(text.encode())
    return Note(text, (Signature(name, key_id(name, ED25519, signer.public), raw),))


def cosigned_text(text: str, when: int) -> bytes:
    """What a cosignature/v1 signs."""
    return f"cosignature/v1\ntime {when}\n{text}".encode()


def cosign(text: str, name: str, signer: Signer, when: int) -> Signature:
    """Timestamped cosignature of a checkpoint text; `when` in POSIX seconds."""
    raw = when.to_bytes(8, "big") + signer.sign(cosigned_text(text, when))
    return Signature(name, key_id(name, COSIGNATURE, signer.public), raw)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: who, how many entries, which root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note's text."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise bad("checkpoint_malformed", what="three or more non-empty lines expected")
        size, root = parse_uint(lines[1]), unb64(lines[2])
        if size is None:
            raise bad("checkpoint_malformed", what=f"size '{lines[1][:24]}'")
        if root is None or len(root) != HASH_SIZE:
            raise bad("checkpoint_malformed", what="root is not 32 bytes of base64")
        if size == 0 and root != EMPTY_ROOT:
            raise bad("checkpoint_malformed", what="an empty log with a root of its own")
        return cls(lines[0], size, root, tuple(lines[3:-1]))

    @property
    def text(self) -> str:
        return "\n".join([self.origin, str(self.size), b64(self.root), *self.extensions]) + "\n"


def open_checkpoint(
    raw: bytes, keys: Sequence[VerifierKey], origin: str | None = None
) -> tuple[Checkpoint, Note]:
    """Parse and verify a checkpoint against the log's keys (and its origin where given)."""
    note = Note.parse(raw)
    note.verify(keys)
    point = Checkpoint.parse(note.text)
    if origin is not None and point.origin != origin:
        raise refused("origin_unknown", origin=point.origin)
    return point, note

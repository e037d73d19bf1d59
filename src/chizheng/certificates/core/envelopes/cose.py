"""COSE_Sign1 (RFC 9052) and the text of a QR code: `CZ1:` and base45 of

    18([ {1: alg, 4: key id}, {-70001: log promise}, claims, signature ])

The protected header of a key never changes, so issuing puts ready-made bytes around claims and
signature (`Frame`), and reading tries that frame before it parses anything. The log promise stands
unprotected: the log's own signature protects it, and it can only be made once the claims are fixed.

`parse` also reads what others write (untagged, CWT tag 61, header order at will) for as long as it is
unambiguous: no header twice, and none in both maps unless the protected one is to win (`key id`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import cbor2

from chizheng.certificates.core import cbor
from chizheng.certificates.core.envelopes import base45
from chizheng.certificates.core.keys import COSE, Algorithm, Signer, Verifier
from chizheng.certificates.core.promise import SIZE as PROMISE_BYTES
from chizheng.certificates.core.promise import LogPromise
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

PREFIX: Final = "CZ1:"
ALG: Final = 1
CRIT: Final = 2
KID: Final = 4
PROMISE: Final = -70_001

MAX_BYTES: Final = 4096
MAX_TEXT: Final = 4300
"""Characters of the largest QR code (version 40-L holds 4,296)."""

SIGN1_TAG: Final = 18
CWT_TAG: Final = 61


@dataclass(frozen=True, slots=True)
class Sign1:
    """A parsed message. `protected_raw` is what was signed, never a re-encoding."""

    protected_raw: bytes
    protected: Mapping[object, object]
    unprotected: Mapping[object, object]
    payload: bytes
    signature: bytes

    def header(self, label: int) -> object:
        """A header; the protected one wins."""
        return self.protected.get(label, self.unprotected.get(label))

    @property
    def key_id(self) -> bytes:
        """b'' where the message names no key."""
        kid = self.header(KID)
        return kid if isinstance(kid, bytes) else b""

    @property
    def algorithm(self) -> Algorithm | None:
        """The algorithm, None for one we do not know."""
        return _BY_NUMBER.get(self.header(ALG))

    @property
    def promise(self) -> LogPromise | None:
        found = self.unprotected.get(PROMISE)
        return LogPromise.from_bytes(found) if isinstance(found, bytes) else None

    def signed_bytes(self, external: bytes = b"") -> bytes:
        """Sig_structure of RFC 9052 section 4.4; an empty protected map counts as no bytes."""
        protected = self.protected_raw if self.protected else b""
        parts = (protected, external, self.payload)
        return _STRUCTURE + b"".join([_bstr_head(len(part)) + part for part in parts])


_BY_NUMBER: Final[Mapping[object, Algorithm]] = {number: name for name, number in COSE.items()}


def parse(data: bytes) -> Sign1:
    """Read one message; raises BadInput (`bad_cose`, `bad_cbor`, `bad_promise`). Checks no signature."""
    return _framed(data) or _parse_any(data)


def _framed(data: bytes) -> Sign1 | None:
    """The message where it stands in the frame that we write for Ed25519 keys, so that slicing reads it.

    None for all others, and for what only resembles the frame: `_parse_any` says what is wrong with it.
    """
    if not data.startswith(_HEAD) or len(data) > MAX_BYTES:
        return None
    protected, at = data[3:_KEYED], _KEYED
    unprotected: dict[object, object] = {}
    if data.startswith(_PROMISED, at):
        at += len(_PROMISED) + PROMISE_BYTES
        unprotected[PROMISE] = data[at - PROMISE_BYTES : at]
    elif data.startswith(b"\xa0", at):
        at += 1
    else:
        return None
    end = len(data) - 66
    if at >= end:
        return None
    start = at + (1 if data[at] < 0x58 else 2 if data[at] == 0x58 else 3)
    whole = start <= end and data[at:start] == _bstr_head(end - start)
    if not whole or data[end : end + 2] != b"\x58\x40":
        return None
    header: dict[object, object] = {ALG: COSE[Algorithm.ED25519], KID: protected[-8:]}
    return Sign1(protected, header, unprotected, data[start:end], data[end + 2 :])


def _parse_any(data: bytes) -> Sign1:
    value = cbor.decode(data, deterministic=False, limit=MAX_BYTES)
    if isinstance(value, cbor.Tagged) and value.tag == CWT_TAG:
        value = value.value
    if isinstance(value, cbor.Tagged):
        if value.tag != SIGN1_TAG:
            raise _fault(f"tag {value.tag} is not COSE_Sign1")
        value = value.value
    if not isinstance(value, list) or len(value) != 4:
        raise _fault("not an array of four")
    protected_raw, unprotected, payload, signature = value
    if not isinstance(protected_raw, bytes) or not isinstance(unprotected, dict):
        raise _fault("headers of the wrong kind")
    if not isinstance(payload, bytes) or not isinstance(signature, bytes):
        raise _fault("payload or signature missing")
    protected = cbor.decode(protected_raw, deterministic=False) if protected_raw else {}
    if not isinstance(protected, dict):
        raise _fault("protected header is not a map")
    if any(label in unprotected for label in protected if label != KID):
        raise _fault("a header in both maps")
    if CRIT in protected or CRIT in unprotected:
        raise _fault("critical headers we do not know")
    message = Sign1(protected_raw, protected, unprotected, payload, signature)
    if PROMISE in protected or (PROMISE in unprotected and message.promise is None):
        raise _fault("the log promise is not 76 unprotected bytes")
    return message


def _fault(what: str) -> BadInput:
    return BadInput("bad_cose", FAULTS["bad_cose"], what=what)


def _bstr_head(length: int) -> bytes:
    if length < 24:
        return bytes((0x40 | length,))
    if length < 256:
        return bytes((0x58, length))
    if length <= MAX_BYTES:
        return b"\x59" + length.to_bytes(2, "big")
    raise _fault("payload too long")


_STRUCTURE: Final = b"\x84" + cbor2.dumps("Signature1")
_HEAD: Final = b"\xd2\x84\x4d" + cbor.encode({ALG: COSE[Algorithm.ED25519], KID: bytes(8)})[:-8]
"""The first bytes of what we sign with Ed25519 keys: tag, array of four, protected header up to the key id."""
_KEYED: Final = len(_HEAD) + 8
_PROMISED: Final = b"\xa1" + cbor2.dumps(PROMISE) + b"\x58" + bytes((PROMISE_BYTES,))


@dataclass(frozen=True)
class Frame:
    """The constant bytes around claims and signature for one key.

    >>> from chizheng.certificates.core.keys import Ed25519Signer
    >>> signer = Ed25519Signer(bytes(32)); frame = Frame.of(signer)
    >>> parse(frame.seal(b"claims", None, signer)).payload
    b'claims'
    """

    algorithm: Algorithm
    key_id: bytes
    protected: bytes = field(init=False)
    bare: bytes = field(init=False)
    promised: bytes = field(init=False)
    to_sign: bytes = field(init=False)

    def __post_init__(self) -> None:
        protected = cbor.encode({ALG: COSE[self.algorithm], KID: self.key_id})
        wrapped = cbor2.dumps(protected)
        set_ = object.__setattr__
        set_(self, "protected", protected)
        set_(self, "bare", b"\xd2\x84" + wrapped + b"\xa0")
        set_(self, "promised", b"\xd2\x84" + wrapped + _PROMISED)
        set_(self, "to_sign", _STRUCTURE + wrapped + b"\x40")

    @classmethod
    def of(cls, key: Signer | Verifier) -> Frame:
        return cls(key.algorithm, key.key_id)

    def seal(self, payload: bytes, promise: LogPromise | None, signer: Signer) -> bytes:
        """One signed message."""
        [signature] = self.signatures([payload], signer)
        return self.bind(payload, promise.to_bytes() if promise is not None else b"", signature)

    def signatures(self, payloads: Iterable[bytes], signer: Signer) -> list[bytes]:
        """What `signer` says to each payload."""
        sign, head = signer.sign, self.to_sign
        return [sign(head + _bstr_head(len(payload)) + payload) for payload in payloads]

    def bind(self, payload: bytes, promise: bytes, signature: bytes) -> bytes:
        """The message of a payload that was signed in this frame; `promise` may be empty."""
        around = self.promised + promise if promise else self.bare
        return around + _bstr_head(len(payload)) + payload + b"\x58\x40" + signature

    def open(self, data: bytes, verifier: Verifier) -> bytes:
        """The payload of a message sealed in this frame; Forged or BadInput otherwise.

        The fast way for a verifier that knows the key; `parse` is the way for any message.
        """
        if data.startswith(self.promised):
            start = len(self.promised) + PROMISE_BYTES
        elif data.startswith(self.bare):
            start = len(self.bare)
        else:
            raise _fault("not in this key's frame")
        end = len(data) - 66
        if end < start + 1 or data[end : end + 2] != b"\x58\x40":
            raise _fault("payload or signature missing")
        body = data[start:end]
        head = body[0]
        size = 1 if 0x40 <= head < 0x58 else 2 if head == 0x58 else 3 if head == 0x59 else 0
        if not size or body[:size] != _bstr_head(len(body) - size):
            raise _fault("payload length")
        verifier.verify(self.to_sign + body, data[end + 2 :])
        return body[size:]


@lru_cache(maxsize=16)
def frame(algorithm: Algorithm, key_id: bytes) -> Frame:
    """The frame of a key, made once."""
    return Frame(algorithm, key_id)


def verify(message: Sign1, verifier: Verifier, external: bytes = b"") -> bytes:
    """The payload, once `verifier` agrees to the signature and the header names its algorithm."""
    if message.algorithm is not verifier.algorithm:
        raise _fault("the header names another algorithm than the key's")
    verifier.verify(message.signed_bytes(external), message.signature)
    return message.payload


def to_text(data: bytes) -> str:
    """The text of the QR code."""
    return PREFIX + base45.encode(data)


def from_text(text: str) -> bytes:
    """The bytes in a QR text; raises BadInput (`not_a_certificate_qr`, `bad_base45`)."""
    text = text.strip("\r\n\t")
    if not text.startswith(PREFIX) or len(text) > MAX_TEXT:
        raise BadInput("not_a_certificate_qr", FAULTS["not_a_certificate_qr"], prefix=PREFIX)
    return base45.decode(text[len(PREFIX) :])

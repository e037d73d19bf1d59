"""Keys behind one interface: who signs, who checks, and which algorithm a configuration chose.

    Signer     algorithm, public, key_id, sign(message) -> 64 bytes
    Verifier   algorithm, public, key_id, verify(message, signature), raises Forged

Ed25519 (RFC 8032) through libsodium is the default. SM2 with SM3 (GB/T 32918) needs the optional
package `tongsuopy` (requirements/sm2.in) and is imported only when a key asks for it. ES256 is only
ever verified: foreign certificates and hardware tokens use it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, Protocol

from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput, Refused, Unavailable

SIGNATURE_BYTES: Final = 64
KEY_ID_BYTES: Final = 8


class Algorithm(StrEnum):
    """Signature algorithms by their own names; numbers and names in envelopes are in `COSE` and `JOSE`."""

    ED25519 = "ed25519"
    SM2 = "sm2"
    ES256 = "es256"


COSE: Final = {Algorithm.ED25519: -8, Algorithm.ES256: -7, Algorithm.SM2: -70_002}
"""COSE algorithm numbers; none is registered for SM2, so it has one of private use."""

JOSE: Final = {Algorithm.ED25519: "EdDSA", Algorithm.ES256: "ES256", Algorithm.SM2: "SM2SM3"}

MULTICODEC: Final = {Algorithm.ED25519: b"\xed\x01", Algorithm.ES256: b"\x80\x24", Algorithm.SM2: b"\x86\x24"}
"""Varint prefixes of public keys in did:key (ed25519-pub, p256-pub, sm2-pub)."""


class Forged(Refused):
    """A signature that does not belong to the message and the key."""

    def __init__(self) -> None:
        super().__init__("bad_signature", FAULTS["bad_signature"])


class Signer(Protocol):
    """A private key, wherever it lives (memory, token)."""

    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def public(self) -> bytes: ...
    @property
    def key_id(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...


class Held(Protocol):
    """A private Ed25519 key of a file or token."""

    @property
    def public(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...


class Verifier(Protocol):
    """A public key. `verify` raises Forged; there is no answer that a caller could overlook."""

    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def public(self) -> bytes: ...
    @property
    def key_id(self) -> bytes: ...
    def verify(self, message: bytes, signature: bytes) -> None: ...


def key_id(algorithm: Algorithm, public: bytes) -> bytes:
    """8 bytes that name a public key in envelopes: SHA-256 of its multicodec form, cut."""
    return hashlib.sha256(MULTICODEC[algorithm] + public).digest()[:KEY_ID_BYTES]


class Ed25519Signer:
    """Signs with a 32-byte seed."""

    algorithm: Final = Algorithm.ED25519
    __slots__ = ("_secret", "key_id", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise BadInput("bad_key", FAULTS["bad_key"], algorithm=self.algorithm.value)
        self.public, self._secret = sodium.crypto_sign_seed_keypair(seed)
        self.key_id = key_id(self.algorithm, self.public)

    def sign(self, message: bytes) -> bytes:
        signed: bytes = sodium.crypto_sign(message, self._secret)
        return signed[:64]

    def __repr__(self) -> str:
        return f"<Ed25519Signer {self.key_id.hex()}>"


@dataclass(frozen=True)
class HeldSigner:
    """An Ed25519 key held elsewhere (a key file, a token: `io.keys`), as a signer of envelopes."""

    held: Held
    algorithm: Algorithm = Algorithm.ED25519

    @property
    def public(self) -> bytes:
        return self.held.public

    @cached_property
    def key_id(self) -> bytes:
        return key_id(self.algorithm, self.held.public)

    def sign(self, message: bytes) -> bytes:
        return self.held.sign(message)


@dataclass(frozen=True)
class Ed25519Verifier:
    """Checks with a 32-byte public key; libsodium also refuses non-canonical and small-order points."""

    public: bytes
    algorithm: Algorithm = Algorithm.ED25519

    def __post_init__(self) -> None:
        if len(self.public) != 32:
            raise BadInput("bad_key", FAULTS["bad_key"], algorithm=self.algorithm.value)

    @cached_property
    def key_id(self) -> bytes:
        return key_id(self.algorithm, self.public)

    def verify(self, message: bytes, signature: bytes) -> None:
        if len(signature) != SIGNATURE_BYTES:
            raise Forged
        try:
            sodium.crypto_sign_open(signature + message, self.public)
        except BadSignatureError:
            raise Forged from None


@dataclass(frozen=True)
class Es256Verifier:
    """P-256 with SHA-256; `public` is the 33- or 65-byte SEC 1 point, signatures are r || s."""

    public: bytes
    algorithm: Algorithm = Algorithm.ES256

    def __post_init__(self) -> None:
        _ = self._key

    @cached_property
    def _key(self):  # type: ignore[no-untyped-def]
        from cryptography.hazmat.primitives.asymmetric import ec

        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.public)
        except ValueError:
            raise BadInput("bad_key", FAULTS["bad_key"], algorithm=self.algorithm.value) from None

    @cached_property
    def key_id(self) -> bytes:
        return key_id(self.algorithm, self.public)

    def verify(self, message: bytes, signature: bytes) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        if len(signature) != SIGNATURE_BYTES:
            raise Forged
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Forged from None


def signer(algorithm: Algorithm | str, secret: bytes) -> Signer:
    """The signer of a configured algorithm; `secret` is its 32-byte seed or private number."""
    match Algorithm(algorithm):
        case Algorithm.ED25519:
            return Ed25519Signer(secret)
        case Algorithm.SM2:
            from chizheng.certificates.core.sm2 import Sm2Signer

            return Sm2Signer(secret)
        case other:
            raise Unavailable("no_signer", FAULTS["no_signer"], algorithm=other.value)


def verifier(algorithm: Algorithm | str, public: bytes) -> Verifier:
    """The verifier of a public key; raises BadInput (`bad_key`) for one that is none."""
    match Algorithm(algorithm):
        case Algorithm.ED25519:
            return Ed25519Verifier(public)
        case Algorithm.ES256:
            return Es256Verifier(public)
        case Algorithm.SM2:
            from chizheng.certificates.core.sm2 import Sm2Verifier

            return Sm2Verifier(public)

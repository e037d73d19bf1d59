"""SM2 signatures with SM3 (GB/T 32918.2), by the optional package `tongsuopy`.

Imported only when a configured key is an SM2 key. The signer's identity is the standard's default
`1234567812345678`; signatures are r || s, 64 bytes, so every envelope keeps its size.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from chizheng.certificates.core.keys import SIGNATURE_BYTES, Algorithm, Forged, key_id
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput, Unavailable


def _library() -> tuple[Any, Any, Any]:
    try:
        from tongsuopy.crypto import exceptions, hashes
        from tongsuopy.crypto.asymciphers import ec
    except ImportError:
        raise Unavailable("no_sm2", FAULTS["no_sm2"], package="tongsuopy") from None
    return ec, hashes, exceptions


class Sm2Signer:
    """Signs with a 32-byte private number."""

    algorithm: Final = Algorithm.SM2

    def __init__(self, secret: bytes) -> None:
        ec, hashes, _ = _library()
        try:
            self._key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SM2())
        except ValueError:
            raise BadInput("bad_key", FAULTS["bad_key"], algorithm=self.algorithm.value) from None
        self._method = ec.ECDSA(hashes.SM3())
        numbers = self._key.public_key().public_numbers()
        self.public = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        self.key_id = key_id(self.algorithm, self.public)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(message, self._method))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"<Sm2Signer {self.key_id.hex()}>"


class Sm2Verifier:
    """Checks with the 65-byte point 04 || x || y."""

    algorithm: Final = Algorithm.SM2

    def __init__(self, public: bytes) -> None:
        self._ec, hashes, self._exceptions = _library()
        self.public = public
        try:
            if len(public) != 65 or public[0] != 4:
                raise ValueError
            x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
            self._key = self._ec.EllipticCurvePublicNumbers(x, y, self._ec.SM2()).public_key()
        except (ValueError, self._exceptions.InternalError):
            raise BadInput("bad_key", FAULTS["bad_key"], algorithm=self.algorithm.value) from None
        self._method = self._ec.ECDSA(hashes.SM3())

    @cached_property
    def key_id(self) -> bytes:
        return key_id(self.algorithm, self.public)

    def verify(self, message: bytes, signature: bytes) -> None:
        if len(signature) != SIGNATURE_BYTES:
            raise Forged
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._key.verify(encode_dss_signature(r, s), message, self._method)
        except (self._exceptions.InvalidSignature, self._exceptions.InternalError):
            raise Forged from None

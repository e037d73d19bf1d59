"""Field encryption: identifying values are stored sealed, found by a keyed digest, shown masked.

Sealing is XSalsa20-Poly1305 (PyNaCl SecretBox) under a key derived from the field secret; the digest
is HMAC-SHA-256 under another, so that a stolen table neither reads nor can be matched against a list
of guessed numbers without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from functools import lru_cache

from django.db import models
from nacl.bindings import crypto_secretbox
from nacl.secret import SecretBox

from chizheng.platform.secrets import secret


@lru_cache(maxsize=4)
def _key(purpose: str) -> bytes:
    return hashlib.blake2b(
        bytes.fromhex(secret("field")) if len(secret("field")) == 64 else secret("field").encode(),
        person=purpose.encode()[:16],
        digest_size=32,
    ).digest()


def seal(text: str) -> bytes:
    """Encrypt; every call gives other bytes."""
    return seal_bytes(text.encode())


def unseal(data: bytes) -> str:
    return unseal_bytes(data).decode()


def seal_bytes(content: bytes) -> bytes:
    """Encrypt the content of a file."""
    return bytes(SecretBox(_key("seal")).encrypt(content))


def seal_each(contents: Iterable[bytes]) -> list[bytes]:
    """`seal_bytes` for many small contents: the key is looked up, and chance drawn, once for all."""
    contents, key, size = list(contents), _key("seal"), SecretBox.NONCE_SIZE
    drawn = os.urandom(size * len(contents))
    nonces = [drawn[at : at + size] for at in range(0, len(drawn), size)]
    return [
        nonce + crypto_secretbox(content, nonce, key) for nonce, content in zip(nonces, contents, strict=True)
    ]


def unseal_bytes(data: bytes) -> bytes:
    return bytes(SecretBox(_key("seal")).decrypt(bytes(data)))


def digest(kind: str, text: str) -> bytes:
    """32-byte keyed digest for equality look-ups; `kind` keeps number spaces apart."""
    return hmac.digest(_key("digest"), f"{kind}\x1f{text}".encode(), "sha256")


def mask(text: str, head: int = 3, tail: int = 4) -> str:
    """Show the ends, hide the middle; short values are hidden whole but for their first character.

    >>> mask("110101190001011009")
    '110***********1009'
    """
    if len(text) <= head + tail:
        return text[:1] + "*" * (len(text) - 1)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text at rest encrypted; never filter on it, use the digest beside it."""

    def from_db_value(self, value: bytes | None, *_: object) -> str | None:
        return None if value is None else unseal(value)

    def get_prep_value(self, value: object) -> object:
        return seal(value) if isinstance(value, str) else value

    def to_python(self, value: object) -> object:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return "***"

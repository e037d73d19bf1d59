"""What is kept of a signed batch: for each record, in their order, a word of 140 bytes.

    log promise 76 (core.promise) | signature of the record in its COSE frame 64

A word says nothing of the certificate. Record and word together are the COSE bytes behind the QR code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.keys import SIGNATURE_BYTES, Algorithm
from chizheng.certificates.core.promise import SIZE as PROMISE_BYTES
from chizheng.certificates.core.promise import LogPromise

WORD_BYTES: Final = PROMISE_BYTES + SIGNATURE_BYTES


def joined(promises: Iterable[bytes], signatures: Iterable[bytes]) -> bytes:
    """The words of a batch, one behind the other."""
    return b"".join([part for word in zip(promises, signatures, strict=True) for part in word])


def bound(record: bytes, word: bytes, algorithm: Algorithm, key_id: bytes) -> bytes:
    """The COSE bytes of a record and its word."""
    return cose.frame(algorithm, key_id).bind(record, word[:PROMISE_BYTES], word[PROMISE_BYTES:])


def promise_in(word: bytes) -> LogPromise:
    return LogPromise.from_bytes(word[:PROMISE_BYTES])

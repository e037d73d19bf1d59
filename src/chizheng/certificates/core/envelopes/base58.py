"""Base58 with Bitcoin's alphabet, the `z` of multibase: keys and proof values of Data Integrity."""

from __future__ import annotations

from typing import Final

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LONGEST: Final = 256
"""Characters we are ready to decode; the work grows with the square of the length."""

_VALUE: Final = {c: i for i, c in enumerate(ALPHABET)}
_PAIRS: Final = [a + b for a in ALPHABET for b in ALPHABET]
_CHUNK: Final = 58**10


def encode(data: bytes) -> str:
    """
    >>> encode(b"\\x00\\x01hello")
    '1HFUdp8'
    """
    number = int.from_bytes(data, "big")
    pieces: list[str] = []
    while number:  # ten characters for each division of the long number
        number, chunk = divmod(number, _CHUNK)
        chunk, e = divmod(chunk, 3364)
        chunk, d = divmod(chunk, 3364)
        chunk, c = divmod(chunk, 3364)
        a, b = divmod(chunk, 3364)
        pieces.append(_PAIRS[a] + _PAIRS[b] + _PAIRS[c] + _PAIRS[d] + _PAIRS[e])
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return "1" * zeros + "".join(reversed(pieces)).lstrip("1")


def decode(text: str) -> bytes:
    """The bytes of `text`; raises BadInput (`bad_base58`)."""
    if len(text) > LONGEST:
        raise BadInput("bad_base58", FAULTS["bad_base58"])
    number = 0
    try:
        for character in text:
            number = number * 58 + _VALUE[character]
    except KeyError:
        raise BadInput("bad_base58", FAULTS["bad_base58"]) from None
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")

"""Base58 with Bitcoin's alphabet, the `z` of multibase: keys and proof values of Data Integrity."""

from __future__ import annotations

from typing import Final

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LONGEST: Final = 256
"""Characters we are ready to decode; the work grows with the square of the length."""

_FOREIGN: Final = 255
_VALUES: Final = bytes(ALPHABET.find(chr(code)) % 256 for code in range(256))
"""The value of each character by its code, `_FOREIGN` for all that are not in the alphabet."""
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
    values = text.encode("latin-1", "replace").translate(_VALUES)  # "?" is foreign too
    if _FOREIGN in values:
        raise BadInput("bad_base58", FAULTS["bad_base58"])
    padded = bytes(-len(values) % 4) + values
    number = 0
    for a, b, c, d in zip(padded[::4], padded[1::4], padded[2::4], padded[3::4], strict=True):
        number = number * 58**4 + ((a * 58 + b) * 58 + c) * 58 + d
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")

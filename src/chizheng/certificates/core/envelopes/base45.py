"""Base45 (RFC 9285): bytes in the 45 characters of a QR code's alphanumeric mode."""

from __future__ import annotations

from array import array
from sys import byteorder
from typing import Final

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_FOREIGN: Final = 255
_VALUES: Final = bytes(ALPHABET.find(chr(code)) % 256 for code in range(256))
"""The value of each character by its code, `_FOREIGN` for all that are not in the alphabet."""
_PAIRS: Final = [low + high for high in ALPHABET for low in ALPHABET]
"""The first two characters of a group by `number % 2025`: one look-up instead of two divisions."""


def encode(data: bytes) -> str:
    """
    >>> encode(b"ietf!")
    'QED8WEX0'
    """
    pieces = []
    for at in range(0, len(data) - 1, 2):
        high, rest = divmod(data[at] << 8 | data[at + 1], 2025)
        pieces.append(_PAIRS[rest] + ALPHABET[high])
    if len(data) % 2:
        pieces.append(_PAIRS[data[-1]])
    return "".join(pieces)


def decode(text: str) -> bytes:
    """The bytes of `text`; raises BadInput (`bad_base45`) for other characters, lengths or overflow."""
    values = text.encode("latin-1", "replace").translate(_VALUES)  # "?" is foreign too
    whole = len(values) // 3 * 3
    rest = values[whole:]
    if _FOREIGN in values or len(rest) == 1:
        raise BadInput("bad_base45", FAULTS["bad_base45"])
    lows, mids, highs = values[0:whole:3], values[1:whole:3], values[2:whole:3]
    try:
        groups = array("H", [a + 45 * b + 2025 * c for a, b, c in zip(lows, mids, highs, strict=True)])
        last = bytes((rest[0] + 45 * rest[1],)) if rest else b""
    except (OverflowError, ValueError):
        raise BadInput("bad_base45", FAULTS["bad_base45"]) from None
    if byteorder == "little":
        groups.byteswap()
    return groups.tobytes() + last

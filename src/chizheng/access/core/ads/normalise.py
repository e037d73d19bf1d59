"""Folding an ad's characters so that one spelling of a name is enough, with the way back to the original.

Two steps, both one character at a time so that offsets never drift:

* `fold` maps full width to half width, capitals to small letters, traditional and variant characters to
  simplified ones; the result has the length of the original.
* `skeleton` drops what may stand inside a name that somebody spaced out (`招:厨/师`, `电 焊 工`) and returns
  the positions of the kept characters in the folded, and hence in the original, text.

Both work on a whole batch of ads at once, joined with `SEPARATOR`: the cost per ad is a few table look-ups.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SEPARATOR = "\x00"
"""Stands between two fields of a batch; never part of a name, never dropped."""

_SPAN = 0x30000
_COMPATIBILITY = (
    range(0x41, 0x5B),  # capitals
    range(0xA0, 0xA1),
    range(0x2000, 0x2010),  # spaces
    range(0x202F, 0x2060),
    range(0x2E80, 0x2FE0),  # radicals
    range(0x3000, 0x3001),
    range(0xF900, 0xFB00),  # compatibility ideographs
    range(0xFE30, 0xFE70),  # vertical and small forms
    range(0xFF00, 0xFFF0),  # full and half width
)
_VARIANTS = {
    **dict.fromkeys("\t\r\u200b\ufeff\u00ad", " "),
    "銲": "焊", "釺": "钎", "鉚": "铆",
}  # fmt: skip
_DROPPED = " ()[]【】「」『』/\\·•・.*-_|~+^#=—–\u2010\u2011★☆●○■□◆◇▲△※→♥❤✦✔"


class Folding:
    """The character tables, built once from a map of traditional to simplified characters."""

    def __init__(self, simplified: Mapping[str, str]) -> None:
        table = np.arange(_SPAN, dtype=np.uint32)
        for code in (c for block in _COMPATIBILITY for c in block):
            plain = unicodedata.normalize("NFKC", chr(code)).lower()
            if len(plain) == 1:
                table[code] = ord(plain)
        for source, target in [*simplified.items(), *_VARIANTS.items()]:
            if len(source) == 1 and len(target) == 1 and max(ord(source), ord(target)) < _SPAN:
                table[ord(source)] = ord(target)
        while True:  # a variant of a variant: repeat until folding twice changes nothing
            again = table[table]
            if np.array_equal(again, table):
                break
            table = again
        self._table = table
        kept = np.ones(_SPAN, dtype=bool)
        kept[[ord(c) for c in _DROPPED]] = False
        self._kept = kept

    def fold_codes(self, text: str) -> NDArray[np.uint32]:
        """Folded code points of `text`, one for each of its characters."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        if codes.size and int(codes.max()) >= _SPAN:
            codes = np.where(codes < _SPAN, codes, np.uint32(0xFFFD))
        folded: NDArray[np.uint32] = self._table.take(codes)
        return folded

    def fold(self, text: str) -> str:
        """`text` folded; same length. A character nobody writes Chinese with becomes U+FFFD."""
        return to_text(self.fold_codes(text))

    def skeleton(self, codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The kept code points and where each stood in `codes`."""
        where = np.flatnonzero(self._kept.take(codes))
        return codes.take(where), where


def to_text(codes: NDArray[np.uint32]) -> str:
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")

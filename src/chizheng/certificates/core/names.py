"""Names of persons as the world writes them, and the form in which two spellings are compared.

Comparison folds what typing changes (dots of minority names, spaces, full width, variation selectors,
code points that older GBK and GB 18030 fonts kept in the private area) and nothing that makes another
name: 喆 is not 哲, and plane-2 characters stay what they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

DOT: Final = "·"

_DOTS: Final = "•・･‧∙⋅·●．.᛫⸱"
_APOSTROPHES: Final = "’‘ʼ`´＇"
_HYPHENS: Final = "‐‑‒–—−－"
_VANISH: Final = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES: Final = re.compile(r"\s+")
_SPACE_AT_HAN: Final = re.compile(
    r"(?<=[^\x00-\u024f]) | (?=[^\x00-\u024f])"
)  # a space beside a letter that is not Latin carries no meaning

_PLAIN: Final = re.compile("[\u4e00-\u9fff]{1,120}\\Z")
"""Ideographs of the first block alone, which no folding touches: nearly every name."""
_IDEOGRAPHS: Final = re.compile("[\u4e00-\u9fff]*\\Z")

# Characters that GB 18030-2005 encoded in the private area and the 2022 edition moved to their own places.
_MOVED: Final = {
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5,
    0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F,
    0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE863: 0x4DAE, 0xE864: 0x9FBB,
}  # fmt: skip

_TABLE: Final[dict[int, str | int]] = {
    **_MOVED,
    **{ord(c): DOT for c in _DOTS},
    **{ord(c): "'" for c in _APOSTROPHES},
    **{ord(c): "-" for c in _HYPHENS},
}

LONGEST: Final = 120
"""Characters of the longest name we store or compare."""


def plain(text: str) -> bool:
    """Ideographs of the first block alone, and any number of them: what no folding touches."""
    return bool(_IDEOGRAPHS.match(text))


def printed(name: str) -> str:
    """The form to store and print: NFC, one kind of dot, moved characters, single spaces, case kept.

    >>> printed(" 阿依努尔•吐尔逊 ")
    '阿依努尔·吐尔逊'
    """
    if _PLAIN.match(name):
        return name
    text = name[: 2 * LONGEST]
    for _ in range(4):  # what is taken out may let its neighbours combine
        before = text
        text = _VANISH.sub("", unicodedata.normalize("NFC", text).translate(_TABLE))
        text = _SPACE_AT_HAN.sub("", _SPACES.sub(" ", text).strip())
        if text == before:
            break
    return text


def printed_all(given: Sequence[str]) -> Sequence[str]:
    """`printed` of each."""
    return (
        given
        if plain("".join(given)) and max(map(len, given), default=0) <= LONGEST
        else [printed(name) for name in given]
    )


def folded(name: str) -> str:
    """The form to compare: full width folded, blanks, dots and case away.

    >>> folded("阿依努尔・吐尔逊") == folded("阿依努尔吐尔逊"), folded("王喆") == folded("王吉")
    (True, False)
    """
    if name.isascii() and name.isalpha():
        return name.lower()
    if _PLAIN.match(name):
        return name
    text = printed(name)
    for _ in range(4):
        before = text
        text = _VANISH.sub("", unicodedata.normalize("NFKC", text).translate(_TABLE))
        text = _SPACES.sub("", text.replace(DOT, "")).casefold()
        if text == before:
            break
    return text


def folded_text(text: str) -> str:
    """A longer text folded like a name, to look for one in it."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(_TABLE))
    return _SPACES.sub("", _VANISH.sub("", plain.translate(_TABLE)).replace(DOT, "")).casefold()


def same(one: str, other: str) -> bool:
    """Are these two spellings of one name? An empty name equals nothing."""
    left = folded(one)
    return bool(left) and left == folded(other)

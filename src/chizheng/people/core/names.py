"""Names 姓名: compared so that dots, blanks and widths of writing do not matter, and nothing else is lost."""

from __future__ import annotations

import unicodedata

_DOTS = dict.fromkeys(map(ord, "·•・‧∙⋅．.｡。᛫"), "·")


def comparable(name: str) -> str:
    """A form of `name` for comparison: NFKC, one kind of middle dot, no blanks, upper case.

    Characters beyond the basic plane (rare surnames) are kept as they are; nothing is guessed.

    >>> comparable("买买提•吐尔逊") == comparable("买买提·吐尔逊 ")
    True
    """
    folded = unicodedata.normalize("NFKC", name.translate(_DOTS)).translate(_DOTS)
    return "".join(folded.split()).upper()


def same(a: str, b: str) -> bool:
    return comparable(a) == comparable(b)


def is_plausible(name: str) -> bool:
    """At least two letters (of any script), no digits or control characters, at most 60 characters."""
    letters = [c for c in name if unicodedata.category(c)[0] == "L"]
    odd = [c for c in name if unicodedata.category(c)[0] in "NCS"]
    return len(letters) >= 2 and len(name) <= 60 and not odd

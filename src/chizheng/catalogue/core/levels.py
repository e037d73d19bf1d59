"""The levels column of sheets: 54321, 5-4-3, 五级/四级, 初级工、中级工 and the like."""

from __future__ import annotations

import re
import unicodedata

# Longer words first, so that 高级技师 is not read as 高级.
_WORDS = {
    "高级技师": 1, "高级工": 3, "中级工": 4, "初级工": 5, "技师": 2, "高级": 3, "中级": 4, "初级": 5,
    "一级": 1, "二级": 2, "三级": 3, "四级": 4, "五级": 5,
}  # fmt: skip
_TOKEN = re.compile("|".join(_WORDS) + r"|[1-5]级?|[一二三四五]")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_BETWEEN = re.compile(r"[\s,，、;；/|()（）+-]*")
_RANGE = re.compile(r"([1-5])\s*[~至—–]\s*([1-5])")


def parse_levels(text: str) -> frozenset[int]:
    """The levels a cell names; empty for an empty cell.

    Raises ValueError for anything else than levels, for a level named twice as digits, and for a gap:
    a ladder has no missing rung (a standard may begin or end anywhere).

    >>> sorted(parse_levels("五级/初级工、四级/中级工")), sorted(parse_levels("4321"))
    ([4, 5], [1, 2, 3, 4])
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or text in ("-", "无", "—"):
        return frozenset()
    if match := _RANGE.fullmatch(text):
        one, two = sorted(int(g) for g in match.groups())
        return frozenset(range(one, two + 1))
    if text.isdigit() and len(set(text)) < len(text):
        raise ValueError("a level is written twice")
    found: set[int] = set()
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            between = _BETWEEN.match(text, at)
            if between is None or between.end() == at:
                raise ValueError(f"not a level: {text[at:]!r}")
            at = between.end()
            continue
        word = token.group()
        found.add(_WORDS.get(word) or _NUMERALS.get(word) or int(word[0]))
        at = token.end()
    if not found:
        raise ValueError("no level named")
    if max(found) - min(found) + 1 != len(found):
        missing = sorted(set(range(min(found), max(found))) - found)
        raise ValueError(f"gap: {', '.join(map(str, missing))}")
    return frozenset(found)

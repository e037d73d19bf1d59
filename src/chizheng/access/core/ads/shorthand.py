"""Trades of which only a character is written: 车、铣、磨工, 木瓦工, 车铣床操作工."""

from __future__ import annotations

import re
from itertools import islice

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Token

_MOST = 40  # runs of an ad that are looked at
_LETTER = "车铣刨磨镗钳焊电铆木瓦管钢泥水暖冲线钻"
_NOT_WORKER = "(?![程作资艺厂业具龄序])"
_SHORTHAND = re.compile(
    rf"(?<![一-鿿])([{_LETTER}](?:[、/,， 和及与]{{0,2}}[{_LETTER}]){{1,6}})[、/,， ]?"
    rf"(?:床|加工)?(?:操作)?工{_NOT_WORKER}"
    rf"|([{_LETTER}](?:[、/][{_LETTER}]){{1,6}})[、/]?工{_NOT_WORKER}"
)
_JOINED = frozenset(
    [
        "木瓦",
        "木瓦钢",
        "车铣",
        "车铣磨",
        "铆焊",
        "钳焊",
        "车钳",
        "车钳铣",
        "车磨",
        "铣磨",
        "车铣钳",
        "瓦木",
        "木泥",
    ]
)
"""Runs without separators that are several trades; others (电焊, 水电) are one."""


def expand_shorthand(text: str, tokens: list[Token], cues: Cues) -> list[Token]:
    """The tokens with one for each trade of a shorthand, all over the same span."""
    if _SHORTHAND.search(text) is None and not any(t.word.text[:-1] in _JOINED for t in tokens):
        return tokens
    kept: list[Token] = []
    for token in tokens:
        letters = token.word.text[:-1]
        if letters in _JOINED:
            kept += [token._replace(word=cues.letters[c]) for c in letters if c in cues.letters]
        else:
            kept.append(token)
    for run in islice(_SHORTHAND.finditer(text), _MOST):
        start, end = run.span()
        inside = [t for t in kept if t.start < end and t.end > start]
        separated = any(c in "、/,， 和及与" for c in run.group())
        if any(t.start < start or t.end > end or (t.start == start and t.end == end) for t in inside):
            continue
        if (
            not separated
            and run.group(1) not in _JOINED
            and (not inside or any(t.end - t.start > 2 for t in inside))
        ):
            continue
        expanded = [Token(start, end, cues.letters[c]) for c in run.group() if c in cues.letters]
        kept = [t for t in kept if t not in inside] + expanded
    return sorted(kept, key=lambda t: t.start)

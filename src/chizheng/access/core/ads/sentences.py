"""Where the sentence around a place begins and ends."""

from __future__ import annotations

import re

REACH = 300
"""Characters a sentence may reach to either side: an ad without a full stop costs no more than others."""

ENDS = "\n。；;！!？?"
_END = re.compile(f"[{ENDS}]")


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around `start:end`, without the mark that closes it."""
    begin = max(0, start - REACH)
    for mark in ENDS:
        begin = max(begin, text.rfind(mark, begin, start) + 1)
    limit = min(len(text), end + REACH)
    stop = _END.search(text, end, limit)
    return begin, stop.start() if stop else limit

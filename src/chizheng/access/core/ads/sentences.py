"""Where the sentence around a place begins and ends."""

from __future__ import annotations

import re

ENDS = "\n。；;！!？?"
_END = re.compile(f"[{ENDS}]")


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around `start:end`, without the mark that closes it."""
    begin = -1
    for mark in ENDS:
        at = text.rfind(mark, begin + 1, start)
        if at > begin:
            begin = at
    stop = _END.search(text, end)
    return begin + 1, stop.start() if stop else len(text)

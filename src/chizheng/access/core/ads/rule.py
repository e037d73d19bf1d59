"""What a rule on ads is: a code, the duty it stands on, the words that wake it, and a check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chizheng.access.core.ads.ad import Ad, Finding
from chizheng.access.core.ads.amend import amended
from chizheng.access.core.ads.certificate import CertificateWording
from chizheng.access.core.ads.day import Day
from chizheng.access.core.ads.mention import Mention
from chizheng.access.core.ads.sentences import sentence

_CLAUSE_END = re.compile(r"[\n。；;！!？?，,、]")


@dataclass(frozen=True, slots=True)
class Reading:
    """An ad as it was read: what the rules look at. `folded` is title, text; offsets fit the original."""

    ad: Ad
    folded: tuple[str, str]
    mentions: tuple[Mention, ...]
    posts: tuple[Mention, ...]
    gated: tuple[str, ...]
    certificate: CertificateWording
    day: Day

    def original(self, field: int) -> str:
        return self.ad.text if field else self.ad.title

    def corrected(self, field: int, start: int, end: int) -> str:
        """The sentence around `start:end` in its original spelling, without limits of sex and age."""
        text, folded = self.original(field), self.folded[field]
        begin, close = sentence(text, start, end)
        return amended(folded[begin:close], text[begin:close])

    def quote(self, field: int, start: int, end: int) -> str:
        """The clause around `start:end`, at most 40 characters, for a message."""
        text = self.original(field)
        before = _CLAUSE_END.split(text[max(0, start - 20) : start])[-1]
        stop = _CLAUSE_END.search(text, end, end + 20)
        after = text[end : stop.start() if stop else end + 20]
        return " ".join((before + text[start:end] + after).split())[:40]


@dataclass(frozen=True, slots=True)
class Rule:
    """`duty`: name of the flag in the law that must be in force (None: the check finds its own text).

    `triggers`: folded words that wake the rule; without any it is asked of every ad that has a post, with
    `on_mentions` of every ad that mentions a trade, with `always` of every ad.
    """

    code: str
    duty: str | None
    check: Callable[[Reading], Iterator[Finding]]
    triggers: tuple[str, ...] = ()
    on_mentions: bool = False
    always: bool = False

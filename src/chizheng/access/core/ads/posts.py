"""Which posts an ad recruits for: every mention of a trade gets a role, and some mentions are posts.

The title is cut at its separators, the text into sentences and lists. A mention in the title is a post
unless the words around it make it something else (电工工程师, 焊工销售, 汽修学徒). A mention in the text is a
post only on evidence: a verb of recruiting before it, a label, numbering or a count, a wage, or a place in a
list that has such evidence. `roles`, `evidence`, `shorthand`, `waiters` and `implied` hold the parts.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.evidence import Surroundings
from chizheng.access.core.ads.implied import implied_posts
from chizheng.access.core.ads.lexicon import Kind, Scan
from chizheng.access.core.ads.mention import TEXT, TITLE, Mention, Role, overlap
from chizheng.access.core.ads.roles import role_in_text, role_in_title
from chizheng.access.core.ads.sentences import REACH
from chizheng.access.core.ads.shorthand import expand_shorthand
from chizheng.access.core.ads.waiters import waiters

_TRADES = (Kind.NAME, Kind.TRADE)
_CALL = re.compile(
    r"招聘(?!专员|主管|经理|助理|顾问|人员)|诚聘|招工|招人|直招|急聘|急招|招募|英才|招贤|加入我们|工人|工厂|厂家"
)
"""A title that calls for people without naming a post."""
_ENOUGH = 4000
"""Characters of an ad that are asked what house it is or which of several trades is meant."""


def find_mentions(scan: Scan, cues: Cues) -> list[Mention]:
    """All mentions of trades in the ad with their roles, in order of appearance.

    The fields of the scan are title, text and, if known, employer and category: weak evidence, in which no
    post is looked for.
    """
    if not any(t.word.kind is not Kind.GENERAL for field in (TITLE, TEXT) for t in scan.tokens[field]):
        return []
    title, text = scan.fields[TITLE], scan.fields[TEXT]
    context = "".join(scan.fields[TEXT + 1 :])
    whole = f"{title[:_ENOUGH]}\n{text[:_ENOUGH]}\n{context}"
    for field in (TITLE, TEXT):
        scan.tokens[field] = expand_shorthand(scan.fields[field], scan.tokens[field], cues)
    mentions = [role_in_title(t, title, cues, whole) for t in scan.tokens[TITLE] if t.word.kind in _TRADES]
    around = _surroundings(scan, cues)
    mentions += [
        role_in_text(t, text, cues, whole, around) for t in scan.tokens[TEXT] if t.word.kind in _TRADES
    ]
    mentions += waiters(scan, cues, context, whole, around)
    mentions += implied_posts(scan, cues, mentions, whole)
    return _text_wins(scan, cues, mentions)


def _surroundings(scan: Scan, cues: Cues) -> Surroundings:
    """What the mentions of the text may look at: each other, and a title that only calls for people."""
    title = scan.fields[TITLE]
    calls = not any(t.word.kind in _TRADES for t in scan.tokens[TITLE])
    spans = tuple(
        (t.start, t.end) for t in scan.tokens[TEXT] if t.word.kind in _TRADES or t.word.kind is Kind.WAITER
    )
    firm = calls and cues.firm_post.search(title) is not None
    calls = calls and not firm and _CALL.search(title) is not None
    return Surroundings(spans, calls, cues.school.search(title, 0, REACH) is not None, firm)


def _text_wins(scan: Scan, cues: Cues, mentions: list[Mention]) -> list[Mention]:
    """Where the text counts out the posts it recruits for and the title's trade is not among them or
    anywhere else in the text, the title's trade is no post."""
    text = scan.fields[TEXT]
    titled = [m for m in mentions if m.field == TITLE and m.role is Role.POST]
    if len({m.occupations for m in titled}) != 1:
        return mentions
    posts = [m for m in mentions if m.field == TEXT and not m.by_certificate]
    if any(overlap(m, t) for m in posts for t in titled):
        return mentions
    if any(scan.fields[TITLE][m.start : m.end] in text for m in titled):
        return mentions
    counted = [m for m in posts if m.role is Role.POST and m.confidence >= 0.5] or cues.counted_post.search(
        text
    )
    if not counted:
        return mentions
    return [
        replace(m, role=Role.OTHER, confidence=0.2, outvoted=True) if m in titled else m for m in mentions
    ]

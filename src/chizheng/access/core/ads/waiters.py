"""服务员 and 前台 are gated posts only in a restaurant or a hotel, which something in the ad must show."""

from __future__ import annotations

from dataclasses import replace

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.evidence import Surroundings
from chizheng.access.core.ads.lexicon import Kind, Scan, Token
from chizheng.access.core.ads.mention import TEXT, TITLE, Mention, Role
from chizheng.access.core.ads.roles import role_in_text, role_in_title


def waiters(scan: Scan, cues: Cues, context: str, whole: str, around: Surroundings) -> list[Mention]:
    """Mentions of waiters and receptionists, posts where the house is shown."""
    found: list[Mention] = []
    for field in (TITLE, TEXT):
        text = scan.fields[field]
        for token in scan.tokens[field]:
            if token.word.kind is Kind.WAITER:
                base = (
                    role_in_title(token, text, cues, whole)
                    if field == TITLE
                    else role_in_text(token, text, cues, whole, around)
                )
                found.append(_waiter(base, token, text, scan.fields[TITLE], cues, context, whole))
    return found


def _waiter(
    base: Mention, token: Token, text: str, title: str, cues: Cues, context: str, whole: str
) -> Mention:
    restaurant, hotel, bar = (len(p.findall(whole)) for p in (cues.restaurant, cues.hotel, cues.bar))
    if token.word.readings[0] == "前厅服务员":
        occupation = "前厅服务员"
        shown = bool(cues.hotel.search(f"{title} {context}")) or hotel > 2
    elif (hotel and cues.rooms.search(text[max(0, token.start - 8) : token.end + 40])) or (
        base.field == TITLE and hotel and cues.rooms.search(whole) and not cues.dining.search(whole)
    ):
        occupation, shown = "客房服务员", True
    else:
        occupation = "餐厅服务员"
        shown = restaurant + sum(part in context for part in cues.categories) > bar
    role, confidence = base.role, base.confidence
    if role is Role.POST and not shown:
        role, confidence = Role.OTHER, min(confidence, 0.3)
    return replace(base, occupations=(occupation,), role=role, confidence=confidence, level=None)

"""A mention of a trade and its role in the ad."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Token

TITLE, TEXT = 0, 1


class Role(StrEnum):
    """What a mention of a trade does in the ad."""

    POST = "post"
    APPRENTICE = "apprentice"
    SKILL = "skill"
    PREFERRED = "preferred"
    MANAGED = "managed"
    TRAINER = "trainer"
    GOODS = "goods"  # sold, serviced or taught: the trade is the ware, not the work
    SCHOOL = "school"
    OTHER = "other"  # another post that carries the trade's name


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of a trade: `occupations` are its readings, best first; `level` 5..1 where the ad names one.

    `field` 0 is the title, 1 the text; `start`, `end` are offsets into the original field. `confidence`
    in 0..1 is the weight of the best role less that of the second.
    """

    occupations: tuple[str, ...]
    role: Role
    field: int
    start: int
    end: int
    level: int | None
    confidence: float
    by_certificate: bool = False
    outvoted: bool = False  # a post by the title alone, against what the text counts out

    @property
    def occupation(self) -> str:
        return self.occupations[0]


def overlap(one: Mention, other: Mention) -> bool:
    """May both mentions mean one occupation?"""
    return not set(one.occupations).isdisjoint(other.occupations)


_LEVELS = {"高级技师": 1, "技师": 2, "高级": 3, "中级": 4, "初级": 5}
_LEVEL_BEFORE = re.compile(r"(高级技师|技师|高级|中级|初级)工?$")
_LEVEL_AFTER = re.compile(
    r"\s*[(（]?\s*(高级技师|技师|高级|中级|初级)(?:工|以上|及以上|证|职业|资格|技能|[)）])"
)


def decide_role(
    token: Token, field: int, text: str, scores: dict[Role, float], cues: Cues, whole: str
) -> Mention:
    """The mention with its best role: of several readings the one that the ad hints at, unless a word of the
    ad shows another trade of that name (`whole`: all that is known of the ad)."""
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0].value))
    best, weight = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    readings = token.word.readings
    if len(readings) > 1:
        votes = {r: (len(cues.hints[r].findall(whole)) if r in cues.hints else 0) for r in readings}
        readings = tuple(sorted(readings, key=lambda r: -votes[r]))
    veto = cues.vetoes.get(readings[0])
    if best is Role.POST and veto is not None and veto.holds(whole):
        best, weight, second = Role.OTHER, 0.6, 0.5
    level = None
    found = _LEVEL_BEFORE.search(text[max(0, token.start - 5) : token.start]) or _LEVEL_AFTER.match(
        text[token.end : token.end + 10]
    )
    if found:
        level = _LEVELS[found.group(1)]
    return Mention(readings, best, field, token.start, token.end, level, round(min(1.0, weight - second), 2))

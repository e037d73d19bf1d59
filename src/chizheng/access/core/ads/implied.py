"""Certificate demanded implies trade: 维修工, 须有电工证 recruits an electrician."""

from __future__ import annotations

import re
from dataclasses import replace

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.evidence import evidence
from chizheng.access.core.ads.lexicon import Kind, Scan, Token
from chizheng.access.core.ads.mention import TEXT, TITLE, Mention, Role, decide_role
from chizheng.access.core.ads.roles import PREFERRED
from chizheng.access.core.ads.sentences import REACH, sentence

_NOT_DEMANDED = re.compile(
    r"培训|报名|办证|颁发|发放|考取|考证|包过|代办|可考|可获|无需|不需|不要求|免费|协助办|统一办|公司办|代为办|帮助办|给予办"
    r"|有无|没有[^,，]{0,8}[也亦均都]|[均也亦都](?:可|行)"
)
_MOST = 20  # demands of an ad that are looked at
_PAPER_AFTER = re.compile(
    r"(?:[(（]?(?:高压|低压|高低压|特种作业|特种|上岗|操作|作业|资格|等级|职业资格|岗位|技能|初级|中级|高级"
    r"|进网|许可|行业|相关|有效|从业|、电工|、焊工|/焊工|/电工)?[)）]?){0,3}"
    r"(?:证|本(?![科人公厂职工部])|执照)"
)


def implied_posts(scan: Scan, cues: Cues, mentions: list[Mention], whole: str) -> list[Mention]:
    """Posts that are general (维修工) and whose trade a demanded certificate decides.

    The post a demand belongs to is the nearest one before it: a general post, a trade's own post, or one that
    stays what it is (a clerk who needs 电工证 remains a clerk).
    """
    title = scan.fields[TITLE]
    if cues.school.search(title, 0, REACH):
        return []
    found: list[Mention] = []
    posts: set[tuple[str, ...]] | None = None
    looked_at = 0
    for field in (TITLE, TEXT):
        text = scan.fields[field]
        for token in scan.tokens[field]:
            if token.word.kind is not Kind.CERTIFICATE and not _PAPER_AFTER.match(text, token.end):
                continue
            if not token.word.readings or token.word.kind is Kind.WAITER:
                continue
            if posts is None:
                posts = {m.occupations for m in mentions if m.role is Role.POST}
            if token.word.readings in posts:
                continue
            begin, end = sentence(text, token.start, token.end)
            clause = _clause(text, begin, end, token)
            if _NOT_DEMANDED.search(clause):
                continue
            looked_at += 1
            if looked_at > _MOST:
                return found
            anchor = _anchor(scan, field, token, cues, mentions)
            if anchor <= 0.0:
                continue
            preferred = bool(PREFERRED.search(clause))
            scores = {Role.POST: 0.2 if preferred else anchor, Role.PREFERRED: 1.0 if preferred else 0.2}
            mention = decide_role(token, field, text, scores, cues, whole)
            found.append(replace(mention, by_certificate=True))
    return found


def _anchor(scan: Scan, field: int, token: Token, cues: Cues, mentions: list[Mention]) -> float:
    """Weight that the post to which a demanded certificate belongs is a general one; 0 where it is not."""
    title = scan.fields[TITLE]
    if field == TEXT:
        text = scan.fields[TEXT]
        nearest, weight = -1, 0.0
        for other in scan.tokens[TEXT]:
            if other.start >= token.start:
                break
            if other.word.general and other.end <= token.start:
                begin, end = sentence(text, other.start, other.end)
                if evidence(text, begin, end, other, other.end, cues) >= 0.8:
                    nearest, weight = other.start, 1.0
        general = {t.start for t in scan.tokens[TEXT] if t.word.general}
        for mention in mentions:
            own = mention.field == TEXT and mention.role is Role.POST and mention.start not in general
            if own and nearest < mention.start < token.start:
                nearest, weight = mention.start, 0.0
        for firm in cues.firm_heading.finditer(text, max(0, nearest, token.start - 2 * REACH), token.start):
            nearest, weight = firm.start(), 0.0
        if nearest >= 0:
            return weight
    if any(t.word.general for t in scan.tokens[TITLE]):
        return 1.0
    if cues.firm_post.search(title) or any(m.field == TITLE and m.role is Role.POST for m in mentions):
        return 0.0
    return 0.7


def _clause(text: str, begin: int, end: int, token: Token) -> str:
    """The clause between commas in which the token stands."""
    left = max(text.rfind(c, begin, token.start) for c in ",，:：") + 1
    stops = [p for p in (text.find(c, token.end, end) for c in ",，") if p >= 0]
    return text[max(begin, left) : min(stops, default=end)]

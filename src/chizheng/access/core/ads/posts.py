"""Which posts an ad recruits for: every mention of a trade gets a role, and some mentions are posts.

The title is cut at its separators, the text into sentences and lists. A mention in the title is a post unless
the words around it make it something else (电工工程师, 焊工销售, 汽修学徒). A mention in the text is a post only on
evidence: a verb of recruiting before it, a label, numbering or a count, a wage, or a place in a list that has
such evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Kind, Scan, Token

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

    `field` 0 is the title, 1 the text; `start`, `end` are offsets into the original field. `confidence` in 0..1
    is the weight of the best role less that of the second.
    """

    occupations: tuple[str, ...]
    role: Role
    field: int
    start: int
    end: int
    level: int | None
    confidence: float
    by_certificate: bool = False

    @property
    def occupation(self) -> str:
        return self.occupations[0]


_TITLE_CUT = re.compile(r"[/、,，;；|+&()（）\[\]【】\n:：!！。.\-—_~和及与或\s]")
_SENTENCE_CUT = re.compile(r"[\n。；;！!？?]")
_ITEM_CUT = re.compile(r"[、,，/和及与或|\s]+")
_LEVELS = {"高级技师": 1, "技师": 2, "高级": 3, "中级": 4, "初级": 5}
_LEVEL_BEFORE = re.compile(r"(高级技师|技师|高级|中级|初级)工?$")
_LEVEL_AFTER = re.compile(r"\s*[(（]?\s*(高级技师|技师|高级|中级|初级)(?:工|以上|及以上|证|职业|资格|技能|[)）])")
_PREFERRED = re.compile(r"优先|者优|更佳|尤佳|最好|为佳|更好|加分")
_OF = re.compile(r"的|兼")


def find_mentions(scan: Scan, cues: Cues, *, context: str = "") -> list[Mention]:
    """All mentions of trades in the ad with their roles, in order of appearance.

    `context` is what else is known: employer and category, folded; weak evidence for a waiter's house.
    """
    title, text = scan.fields[TITLE], scan.fields[TEXT]
    whole = f"{title}\n{text}\n{context}"
    mentions = [
        _in_title(token, title, cues, whole)
        for token in scan.tokens[TITLE]
        if token.word.kind in (Kind.NAME, Kind.TRADE)
    ]
    mentions += [
        _in_text(token, text, cues, whole, scan.tokens[TEXT])
        for token in scan.tokens[TEXT]
        if token.word.kind in (Kind.NAME, Kind.TRADE)
    ]
    mentions += _waiters(scan, cues, whole)
    if not any(m.role is Role.POST for m in mentions):
        mentions += _by_certificate(scan, cues, whole)
    return mentions


def _in_title(token: Token, title: str, cues: Cues, whole: str) -> Mention:
    before, after = title[: token.start], title[token.end :]
    cut = _TITLE_CUT.search(after)
    item_rest = after[: cut.start()] if cut else after
    item_head = re.split(_TITLE_CUT, before)[-1]
    adjacent = token.word.kind is Kind.NAME
    scores: dict[Role, float] = {Role.POST: 1.0 if adjacent else 0.3}
    if cues.other_start.match(item_rest if adjacent else after):
        scores[_kind_of_other(item_rest, cues)] = 1.6
    elif "的" in item_rest or "兼" in item_head:
        scores[Role.MANAGED] = 1.5 if "的" in item_rest else 0.0
    elif item_rest and cues.other_tail.search(item_rest) and not cues.worker_start.fullmatch(item_rest):
        scores[_kind_of_other(item_rest, cues)] = 1.4
    if cues.apprentice_start.match(after) or cues.apprentice_end.search(item_head):
        scores[Role.APPRENTICE] = 1.7
    if cues.skill_start.match(item_rest):
        scores[Role.PREFERRED if _PREFERRED.search(after) else Role.SKILL] = 1.5
    if re.search(r"(?:会|懂|懂得|能|持|会开|有|从事过|会做)$", item_head):
        scores[Role.SKILL] = 1.4
    if cues.managed_end.search(item_head):
        scores[Role.MANAGED] = 1.4
    if cues.school.search(title):
        scores[Role.SCHOOL] = 1.8
    if not adjacent:
        worker = cues.worker_start.match(after.lstrip())
        if worker or not item_rest.strip() or cues.count_start.match(after):
            scores[Role.POST] = 1.0
    return _decide(token, TITLE, title, scores, cues, whole)


def _kind_of_other(rest: str, cues: Cues) -> Role:
    if cues.trainer.search(rest):
        return Role.TRAINER
    if re.match(r"\s*(?:销售|业务|配件|设备|材料|用品|产品|租赁|出租|批发)", rest):
        return Role.GOODS
    if re.match(r"\s*(?:培训|学校|招生|课程)", rest):
        return Role.SCHOOL
    return Role.OTHER


def _in_text(token: Token, text: str, cues: Cues, whole: str, tokens: list[Token]) -> Mention:
    begin, end = _sentence(text, token.start, token.end)
    before, after = text[begin : token.start], text[token.end : end]
    name = token.word.kind is Kind.NAME
    worker = cues.worker_start.match(after)
    rest = after[worker.end() :] if worker else after
    scores: dict[Role, float] = {Role.POST: 0.0, Role.OTHER: 0.2}
    evidence = 0.0
    headed = bool(cues.line_end.match(before))
    if cues.recruit_end.search(before):
        evidence = 1.2
    elif cues.label_end.search(before):
        evidence = 1.2
    elif headed and (not rest.strip() or re.match(r"\s*[:：(（,，\-—]", rest)):
        evidence = 1.0 if not rest.strip() or re.match(r"\s*[:：]", rest) else 0.7
    if cues.count_start.match(rest):
        evidence = max(evidence, 1.3)
    elif cues.wage_start.match(rest):
        evidence = max(evidence, 1.0)
    if evidence < 0.7:
        evidence = max(evidence, _list_evidence(text, begin, end, token, cues))
    if not name and not worker and evidence < 0.9:
        evidence = min(evidence, 0.1)
    scores[Role.POST] = evidence
    if cues.other_start.match(after) and not worker:
        scores[_kind_of_other(after, cues)] = 1.6
    elif worker and cues.other_start.match(rest) and not re.match(r"\s", rest):
        scores[Role.OTHER] = 1.5
    if cues.apprentice_start.match(after) or cues.apprentice_end.search(before):
        scores[Role.APPRENTICE] = 1.7
    if cues.skill_start.match(rest):
        scores[Role.PREFERRED if _PREFERRED.search(after) else Role.SKILL] = 1.5
    elif _PREFERRED.match(rest):
        scores[Role.PREFERRED] = 1.5
    if cues.skill_end.search(before):
        scores[Role.SKILL] = max(scores.get(Role.SKILL, 0.0), 1.25)
    if cues.managed_end.search(before):
        scores[Role.MANAGED] = 1.25
    if cues.assist_end.search(before):
        scores[Role.OTHER] = max(scores[Role.OTHER], 1.1)
    return _decide(token, TEXT, text, scores, cues, whole)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    begin = 0
    for cut in _SENTENCE_CUT.finditer(text, 0, start):
        begin = cut.end()
    stop = _SENTENCE_CUT.search(text, end)
    return begin, stop.start() if stop else len(text)


def _list_evidence(text: str, begin: int, end: int, token: Token, cues: Cues) -> float:
    """Evidence that the token stands in a list of posts of its sentence."""
    bounds: list[tuple[int, int]] = []
    at = begin
    for cut in _ITEM_CUT.finditer(text, begin, end):
        bounds.append((at, cut.start()))
        at = cut.end()
    bounds.append((at, end))
    mine = next((n for n, (a, b) in enumerate(bounds) if a <= token.start < b), None)
    if mine is None:
        return 0.0

    def occupational(n: int) -> bool:
        piece = text[bounds[n][0] : bounds[n][1]].strip()
        return n == mine or (2 <= len(piece) <= 24 and bool(cues.item.search(piece)))

    first = last = mine
    while first > 0 and occupational(first - 1):
        first -= 1
    while last + 1 < len(bounds) and occupational(last + 1):
        last += 1
    if first == last:
        return 0.0
    evidence = 0.35
    head = text[begin : bounds[first][1]]
    opening = text[bounds[first][0] : bounds[first][1]]
    if re.search(r"招聘|诚聘|急聘|招收|招工|急招|诚招|招用|聘请|[招聘]|需要|急需|现需", text[max(begin, bounds[first][0] - 16) : bounds[first][1]]):
        evidence = 1.1
    elif cues.label_end.search(text[max(0, begin - 12) : bounds[first][0]]) or re.match(r"[^:：]{0,14}(?:岗位|职位|工种|职务|人员)\s*[:：]", head):
        evidence = 1.1
    elif any(re.search(r"(?:名|人|位|若干)\s*$", text[a:b]) for a, b in bounds[first : last + 1]):
        evidence = 1.0
    elif re.match(r"\s*(?:等|各|数名|若干)", text[bounds[last][1] : end].lstrip("、,， ")) or re.search(r"等(?:岗位|职位|工种|人员|技术工|若干|各)?", text[bounds[last][0] : end]):
        evidence = 0.6
    elif first == 0 and last == len(bounds) - 1 and last >= 1:
        evidence = 0.8
    del opening
    return evidence


def _waiters(scan: Scan, cues: Cues, whole: str) -> list[Mention]:
    """服务员 is gated only in a restaurant or a hotel: the ad, its category or the employer must show one."""
    found: list[Mention] = []
    for field in (TITLE, TEXT):
        for token in scan.tokens[field]:
            if token.word.kind is not Kind.WAITER:
                continue
            found.append(_waiter(token, field, scan.fields[field], cues, whole, scan.tokens[field]))
    return found


def _waiter(token: Token, field: int, text: str, cues: Cues, whole: str, tokens: list[Token]) -> Mention:
    desk = token.word.readings[0] == "前厅服务员"
    restaurant, hotel, bar = (len(p.findall(whole)) for p in (cues.restaurant, cues.hotel, cues.bar))
    house = "hotel" if desk else "restaurant"
    if desk:
        occupation, shown = "前厅服务员", hotel
    elif cues.rooms.search(text[max(0, token.start - 8) : token.end + 40]) and hotel:
        occupation, shown = "客房服务员", hotel
    else:
        occupation, shown = "餐厅服务员", restaurant
    for part, house in cues.categories.items():
        if part in whole.rsplit("\n", 1)[-1]:
            shown += 1
    make = _in_title if field == TITLE else None
    base = make(token, text, cues, whole) if make else _in_text(token, text, cues, whole, tokens)
    role, confidence = base.role, base.confidence
    if role is Role.POST and (not shown or (bar and bar >= shown)):
        role, confidence = Role.OTHER, min(confidence, 0.3)
    return Mention((occupation,), role, field, token.start, token.end, None, confidence)


def _by_certificate(scan: Scan, cues: Cues, whole: str) -> list[Mention]:
    """A general post (维修工) that demands a trade's certificate recruits for that trade."""
    title = scan.fields[TITLE]
    general = any(t.word.kind is Kind.GENERAL for t in scan.tokens[TITLE])
    if not general and cues.firm_post.search(title):
        return []
    found = []
    for field in (TITLE, TEXT):
        text = scan.fields[field]
        for token in scan.tokens[field]:
            if token.word.kind is not Kind.CERTIFICATE:
                continue
            begin, end = _sentence(text, token.start, token.end)
            clause = _clause(text, begin, end, token)
            preferred = bool(_PREFERRED.search(clause))
            weight = 1.0 if general else 0.8
            scores = {Role.POST: 0.2 if preferred else weight, Role.PREFERRED: 1.0 if preferred else 0.2}
            mention = _decide(token, field, text, scores, cues, whole)
            found.append(
                Mention(mention.occupations, mention.role, field, token.start, token.end, mention.level, mention.confidence, True)
            )
    return found


def _clause(text: str, begin: int, end: int, token: Token) -> str:
    """From the comma before the token to the end of the clause after it, with a following 优先."""
    left = max(text.rfind(c, begin, token.start) for c in ",，、:：") + 1
    stops = [p for p in (text.find(c, token.end, end) for c in ",，") if p >= 0]
    return text[max(begin, left) : min(stops, default=end)]


def _decide(token: Token, field: int, text: str, scores: dict[Role, float], cues: Cues, whole: str) -> Mention:
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0].value))
    best, weight = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    readings = token.word.readings
    if len(readings) > 1:
        votes = {r: (len(cues.hints[r].findall(whole)) if r in cues.hints else 0) for r in readings}
        readings = tuple(sorted(readings, key=lambda r: -votes[r]))
    level = None
    if found := _LEVEL_BEFORE.search(text[max(0, token.start - 5) : token.start]) or _LEVEL_AFTER.match(text[token.end : token.end + 10]):
        level = _LEVELS[found.group(1)]
    return Mention(readings, best, field, token.start, token.end, level, round(min(1.0, weight - second), 2))

"""Which posts an ad recruits for: every mention of a trade gets a role, and some mentions are posts.

The title is cut at its separators, the text into sentences and lists. A mention in the title is a post unless
the words around it make it something else (电工工程师, 焊工销售, 汽修学徒). A mention in the text is a post only on
evidence: a verb of recruiting before it, a label, numbering or a count, a wage, or a place in a list that has
such evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Kind, Scan, Token
from chizheng.access.core.ads.sentences import sentence

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
    outvoted: bool = False  # a post by the title alone, against what the text counts out

    @property
    def occupation(self) -> str:
        return self.occupations[0]


def overlap(one: Mention, other: Mention) -> bool:
    """May both mentions mean one occupation?"""
    return not set(one.occupations).isdisjoint(other.occupations)


_HEADING_REST = re.compile(
    r"\s*(?:[(（【][^()（）】\n]{0,14}[)）】])?\s*(?:[:：】]|[,，]?\s*\d{1,3}\s*$|[-—]{1,3}\s*(?:$|\d))|\s+\d{1,3}\s*(?:$|\s)"
)
_COLON = re.compile(r"\s*[:：]")
_LOOSE_HEADING_REST = re.compile(
    r"\s*[(（,，\-—/]|\s+(?:男|女|年龄|要求|月薪|工资|薪资|\d)|\s*(?:男|女|要求|年龄|\d{2}\s*[-~—至]\s*\d{2}\s*(?:周?岁))"
)
_CLOSING = re.compile(
    r"等(?:以上|各类|多个|若干|相关|技术|技能|特殊|操作)*(?:岗位|职位|工种|人员|技术?工|职务|若干|各|\d+[名人])|(?:各|数|若干|多)\s*(?:\d{1,3}|[一二两三四五六七八九十]{1,2}|数|若干)?\s*(?:名|人)|若干$"
)
_OPENING = re.compile(
    r"(?:岗位|职位|工种|职务|技术工|招聘信息|技工|人员)(?:有|包括|为|是|如下|含|包含)?\s*(?:[:：]|[(（]\s*含)"
)
_RECRUIT = re.compile(
    r"招聘|招收|招工|招用|招募|急招|诚招|另招|(?<!应)聘|急需|现需|需要|增招|(?<![高大])招(?!标|商|生|待|呼)"
)
_SKILL_HEAD = re.compile(
    r"(?:会|懂|熟悉|熟练|具有|具备|有|从事过?|掌握|擅长|精通|了解|晋升|提升|操作|使用|做过|负责|配合|协助|管理|协调|安排|指挥|监督|带领|组织|督促|指导|跟进|联系|领导|对接|调度|检查|经营|生产|专业|毕业)[^、,，:：]{0,6}$|(?:会|懂得?|熟悉|具有|具备|有|从事过?|掌握|精通|了解)(?:[^:：\s]{0,16})$"
)
_LIST_OF_SKILLS = re.compile(
    r"经验|证书|(?<![持凭])证|技能|基础|专业|知识|特长|毕业|背景|能力|优先|者优|操作工作|机械设备|等设备|等工作|课程|的销售|产品|学历"
)
_NOT_DEMANDED = re.compile(
    r"培训|颁发|发放|考取|考证|包过|代办|可考|可获|无需|不需|不要求|免费|协助办|公司办"
)
_PAPER_AFTER = re.compile(
    r"(?:[(（]?(?:高压|低压|高低压|特种作业|特种|上岗|操作|作业|资格|等级|职业资格|岗位|技能|初级|中级|高级|进网|许可|行业|相关|有效|从业|、电工|、焊工|/焊工|/电工)?[)）]?){0,3}(?:证|本(?![科人公厂职工部])|执照)"
)
_BRACKETED_APPRENTICE = re.compile(r"\s*[)）]?\s*[(（]?[^)）兼及和、/]{0,3}学徒")
_BRACKETED_SKILL = re.compile(r"[(（](?:会|懂|能|熟悉|须|需|要求|有|限)[^()（）]{0,12}$")
_COUNTED_BEFORE = re.compile(r"(?:\d{1,3}|[一二三四五六七八九十两若干]{1,3})\s*(?:名|人|位)\s*[,，:：]\s*$")
_TITLE_SKILL = re.compile(r"(?:会|懂|懂得|能|持|会开|有|从事过|会做|懂点)$")
_WORKER_TAIL = re.compile(r"[一-鿿]{1,3}(?:工|员|师傅|师|手)")
_GOODS = re.compile(r"\s*(?:销售|业务|配件|设备|材料|用品|产品|租赁|出租|批发|机械)")
_SCHOOL = re.compile(r"\s*(?:培训|学校|招生|课程|考证|考试)")
_LETTER = "车铣刨磨镗钳焊电铆木瓦管钢泥水冲线钻"
_SHORTHAND = re.compile(
    rf"(?<![一-鿿])([{_LETTER}](?:[、/,， 和及与]{{0,2}}[{_LETTER}]){{1,6}})[、/,， ]?(?:床|加工)?(?:操作)?工(?![程作资艺厂业具龄序])|([{_LETTER}](?:[、/][{_LETTER}]){{1,6}})[、/]?工(?![程作资艺厂业具龄序])"
)
_JOINED = frozenset(
    {
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
    }
)
_TITLE_CUT = re.compile(r"[/、,，;；|+&()（）\[\]【】\n:：!！。.\-—_~和及与或\s]")
_ITEM_CUT = re.compile(r"[、,，/和及与或|\s]+")
_LEVELS = {"高级技师": 1, "技师": 2, "高级": 3, "中级": 4, "初级": 5}
_LEVEL_BEFORE = re.compile(r"(高级技师|技师|高级|中级|初级)工?$")
_LEVEL_AFTER = re.compile(
    r"\s*[(（]?\s*(高级技师|技师|高级|中级|初级)(?:工|以上|及以上|证|职业|资格|技能|[)）])"
)
_PREFERRED = re.compile(r"优先|者优|更佳|尤佳|最好|为佳|更好|加分")


def find_mentions(scan: Scan, cues: Cues, *, context: str = "") -> list[Mention]:
    """All mentions of trades in the ad with their roles, in order of appearance.

    `context` is what else is known: employer and category, folded; weak evidence for a waiter's house.
    """
    if not any(t.word.kind is not Kind.GENERAL for tokens in scan.tokens for t in tokens):
        return []
    title, text = scan.fields[TITLE], scan.fields[TEXT]
    whole = f"{title}\n{text}\n{context}"
    for field in (TITLE, TEXT):
        if _SHORTHAND.search(scan.fields[field]) or any(
            t.word.text[:-1] in _JOINED for t in scan.tokens[field]
        ):
            scan.tokens[field] = _expand_shorthand(scan.fields[field], scan.tokens[field], cues)
    trades = (Kind.NAME, Kind.TRADE)
    mentions = [_in_title(t, title, cues, whole) for t in scan.tokens[TITLE] if t.word.kind in trades]
    mentions += [_in_text(t, text, cues, whole) for t in scan.tokens[TEXT] if t.word.kind in trades]
    mentions += _waiters(scan, cues, context, whole)
    mentions += _by_certificate(scan, cues, mentions, whole)
    return _text_wins(scan, cues, mentions)


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


def _expand_shorthand(text: str, tokens: list[Token], cues: Cues) -> list[Token]:
    """车、铣、磨工 is three trades, 车铣床操作工 two: one token for each letter, all over the same span.

    A run without separators is left alone where an alias covers more than its last trade (电焊工, 水电工).
    """
    kept: list[Token] = []
    for token in tokens:
        letters = token.word.text[:-1]
        if letters in _JOINED:
            kept += [token._replace(word=cues.letters[c]) for c in letters if c in cues.letters]
        else:
            kept.append(token)
    for run in _SHORTHAND.finditer(text):
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


def _in_title(token: Token, title: str, cues: Cues, whole: str) -> Mention:
    before, after = title[: token.start], title[token.end :]
    cut = _TITLE_CUT.search(after)
    item_rest = after[: cut.start()] if cut else after
    item_head = _TITLE_CUT.split(before)[-1]
    name = token.word.kind is not Kind.TRADE
    worker = cues.worker_start.match(item_rest if name else after.lstrip())
    unworked = (item_rest if name else item_rest.lstrip())[worker.end() :] if worker else item_rest
    scores: dict[Role, float] = {Role.POST: 1.0 if name or worker or not item_rest.strip() else 0.3}
    if cues.count_start.match(after) or (not name and _WORKER_TAIL.fullmatch(item_rest)):
        scores[Role.POST] = 1.0
    if cues.other_start.match(unworked if name or worker else after):
        scores[_kind_of_other(unworked, cues)] = 1.6
    elif "的" in item_rest:
        scores[Role.MANAGED] = 1.5
    elif unworked and cues.other_tail.search(unworked):
        scores[_kind_of_other(unworked, cues)] = 1.4
    if (
        cues.apprentice_start.match(unworked)
        or cues.apprentice_end.search(item_head)
        or _BRACKETED_APPRENTICE.match(after)
    ):
        scores[Role.APPRENTICE] = 1.7
    if cues.skill_start.match(unworked):
        scores[Role.PREFERRED if _PREFERRED.search(after) else Role.SKILL] = 1.5
    if _TITLE_SKILL.search(item_head):
        scores[Role.SKILL] = 1.4
    if cues.managed_end.search(item_head):
        scores[Role.MANAGED] = 1.4
    if cues.school.search(title):
        scores[Role.SCHOOL] = 1.8
    return _decide(token, TITLE, title, scores, cues, whole)


def _kind_of_other(rest: str, cues: Cues) -> Role:
    if cues.trainer.search(rest):
        return Role.TRAINER
    if _GOODS.match(rest):
        return Role.GOODS
    if _SCHOOL.match(rest):
        return Role.SCHOOL
    return Role.OTHER


def _in_text(token: Token, text: str, cues: Cues, whole: str) -> Mention:
    begin, end = sentence(text, token.start, token.end)
    before, after = text[begin : token.start], text[token.end : end]
    name = token.word.kind is not Kind.TRADE
    worker = cues.worker_start.match(after)
    rest = after[worker.end() :] if worker else after
    evidence = _evidence(text, begin, end, token, token.end + (worker.end() if worker else 0), cues)
    if not name and not worker and evidence < 0.9:
        evidence = min(evidence, 0.3)
    scores: dict[Role, float] = {Role.POST: evidence, Role.OTHER: 0.5}
    if cues.other_start.match(rest):
        scores[_kind_of_other(rest, cues)] = 1.6
    if cues.apprentice_start.match(rest) or cues.apprentice_end.search(before):
        scores[Role.APPRENTICE] = 1.7
    if cues.skill_start.match(rest):
        scores[Role.PREFERRED if _PREFERRED.search(after) else Role.SKILL] = 1.5
    elif _PREFERRED.match(rest):
        scores[Role.PREFERRED] = 1.5
    if cues.skill_end.search(before) or _BRACKETED_SKILL.search(before):
        scores[Role.SKILL] = max(scores.get(Role.SKILL, 0.0), 1.25)
    if cues.managed_end.search(before):
        scores[Role.MANAGED] = 1.25
    if cues.assist_end.search(before):
        scores[Role.OTHER] = max(scores[Role.OTHER], 1.1)
    if cues.promoted.search(before):
        scores[Role.OTHER] = 1.5
    if cues.school.search(after[:12]):
        scores[Role.SCHOOL] = 1.6
    return _decide(token, TEXT, text, scores, cues, whole)


def _evidence(text: str, begin: int, end: int, token: Token, after: int, cues: Cues) -> float:
    """How strongly the words around say that the text recruits for the token's trade; `after` is where the
    trade's name, with a worker's word, ends."""
    before = text[begin : token.start]
    rest = text[after : after + 30]  # a count may stand on the next line
    here = text[after:end]
    if cues.count_start.match(rest):
        return 1.3
    closed = not here.strip() or _HEADING_REST.match(here) is not None
    if cues.recruit_end.search(text[max(0, token.start - 30) : token.start]) or cues.label_end.search(before):
        return 1.2
    if cues.line_end.search(before):
        if closed:
            return 1.0
        if _LOOSE_HEADING_REST.match(here):
            return 0.8
    if cues.wage_start.match(rest):
        return 1.0
    if token.word.kind is not Kind.TRADE and closed:
        if cues.qualified_end.search(before) or _COUNTED_BEFORE.search(before):
            return 0.9
        if _COLON.match(here) and len(before) <= 14 and ":" not in before:
            return 0.8
    return _list_evidence(text, begin, end, token, after, cues)


def _list_evidence(text: str, begin: int, end: int, token: Token, after: int, cues: Cues) -> float:
    """Evidence that the token stands in a list of posts of its sentence."""
    bounds: list[tuple[int, int]] = []
    at = begin
    for cut in _ITEM_CUT.finditer(text, begin, end):
        if cut.start() > at:
            bounds.append((at, cut.start()))
        at = cut.end()
    if at < end:
        bounds.append((at, end))
    mine = next((n for n, (a, b) in enumerate(bounds) if a <= token.start < b), None)
    if mine is None or len(bounds) < 2:
        return 0.0
    closing = _CLOSING.search(text, after, end)
    opening = _OPENING.search(text, begin, token.start)
    framed = closing is not None or opening is not None

    def item(n: int) -> bool:
        a, b = bounds[n]
        piece = text[a:b]
        return 2 <= len(piece) <= 26 and (cues.item.search(piece) is not None or (framed and len(piece) <= 6))

    first = last = mine
    while first > 0 and item(first - 1):
        first -= 1
    while last + 1 < len(bounds) and item(last + 1):
        last += 1
    if last + 1 < len(bounds) and _CLOSING.search(text[bounds[last + 1][0] : bounds[last + 1][1]]):
        last += 1
    if first == last and not framed:
        return 0.0
    head = text[max(begin, bounds[first][0] - 16) : min(token.start, bounds[first][1])]
    tail = text[bounds[last][0] : min(end, bounds[last][1] + 10)]
    recruited = _RECRUIT.search(head)
    if _LIST_OF_SKILLS.search(tail) or (not recruited and _SKILL_HEAD.search(head)):
        return 0.0
    if recruited or opening:
        return 1.1
    if any(cues.counted.search(text, a, b) for a, b in bounds[first : last + 1]):
        return 1.0
    if text[bounds[last][1] : end].lstrip(" 、,，")[:1] in ("各", "等") or closing:
        return 0.9
    if cues.line_end.search(text[begin : bounds[first][0]]) and (
        last == len(bounds) - 1 or _HEADING_REST.match(text[bounds[last][1] : end])
    ):
        return 0.85
    if _HEADING_REST.match(text[after:end]) and first == 0:
        return 0.8
    return 0.4


def _waiters(scan: Scan, cues: Cues, context: str, whole: str) -> list[Mention]:
    """服务员 is gated only in a restaurant or a hotel: the ad, its category or the employer must show one."""
    found: list[Mention] = []
    for field in (TITLE, TEXT):
        text = scan.fields[field]
        for token in scan.tokens[field]:
            if token.word.kind is Kind.WAITER:
                base = (
                    _in_title(token, text, cues, whole)
                    if field == TITLE
                    else _in_text(token, text, cues, whole)
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


def _by_certificate(scan: Scan, cues: Cues, mentions: list[Mention], whole: str) -> list[Mention]:
    """A general post (维修工) that demands a trade's certificate recruits for that trade.

    The post a demand belongs to is the nearest one before it: a general post, a trade's own post, or one that
    stays what it is (a clerk who needs 电工证 remains a clerk).
    """
    title = scan.fields[TITLE]
    if cues.school.search(title):
        return []
    found: list[Mention] = []
    posts = {m.occupations for m in mentions if m.role is Role.POST}
    for field in (TITLE, TEXT):
        text = scan.fields[field]
        for token in scan.tokens[field]:
            if token.word.kind is not Kind.CERTIFICATE and not _PAPER_AFTER.match(text, token.end):
                continue
            if not token.word.readings or token.word.kind is Kind.WAITER or token.word.readings in posts:
                continue
            begin, end = sentence(text, token.start, token.end)
            clause = _clause(text, begin, end, token)
            if _NOT_DEMANDED.search(clause):
                continue
            anchor = _anchor(scan, field, token, cues, mentions)
            if anchor <= 0.0:
                continue
            preferred = bool(_PREFERRED.search(clause))
            scores = {Role.POST: 0.2 if preferred else anchor, Role.PREFERRED: 1.0 if preferred else 0.2}
            mention = _decide(token, field, text, scores, cues, whole)
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
                if _evidence(text, begin, end, other, other.end, cues) >= 0.8:
                    nearest, weight = other.start, 1.0
        for mention in mentions:
            if mention.field == TEXT and mention.role is Role.POST and nearest < mention.start < token.start:
                if not any(t.word.general and t.start == mention.start for t in scan.tokens[TEXT]):
                    nearest, weight = mention.start, 0.0
        for firm in cues.firm_heading.finditer(text, max(0, nearest), token.start):
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


def _decide(
    token: Token, field: int, text: str, scores: dict[Role, float], cues: Cues, whole: str
) -> Mention:
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

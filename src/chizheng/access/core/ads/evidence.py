"""How strongly the text says that it recruits for a trade it mentions."""

from __future__ import annotations

import re

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Kind, Token

_HEADING_REST = re.compile(
    r"\s*(?:[(（【][^()（）】\n]{0,14}[)）】])?\s*(?:[:：】]|[,，]?\s*\d{1,3}\s*$|[-—]{1,3}\s*(?:$|\d))"
    r"|\s+\d{1,3}\s*(?:$|\s)"
)
_LOOSE_HEADING_REST = re.compile(
    r"\s*[(（,，\-—/]|\s+(?:男|女|年龄|要求|月薪|工资|薪资|\d)"
    r"|\s*(?:男|女|要求|年龄|\d{2}\s*[-~—至]\s*\d{2}\s*(?:周?岁))"
)
_COLON = re.compile(r"\s*[:：]")
_COUNTED_BEFORE = re.compile(r"(?:\d{1,3}|[一二三四五六七八九十两若干]{1,3})\s*(?:名|人|位)\s*[,，:：]\s*$")

# A list of posts: what opens it, what closes it, what shows that it lists something else.
_ITEM_CUT = re.compile(r"[、,，/和及与或|\s]+")
_OPENING = re.compile(
    r"(?:岗位|职位|工种|职务|技术工|招聘信息|技工|人员)(?:有|包括|为|是|如下|含|包含)?\s*(?:[:：]|[(（]\s*含)"
)
_CLOSING = re.compile(
    r"等(?:以上|各类|多个|若干|相关|技术|技能|特殊|操作)*"
    r"(?:岗位|职位|工种|人员|技术?工|职务|若干|各|\d+[名人])"
    r"|(?:各|数|若干|多)\s*(?:\d{1,3}|[一二两三四五六七八九十]{1,2}|数|若干)?\s*(?:名|人)|若干$"
)
_RECRUIT = re.compile(
    r"招聘|招收|招工|招用|招募|急招|诚招|另招|(?<!应)聘|急需|现需|需要|增招"
    r"|(?<![高大])招(?!标|商|生|待|呼)"
)
_SKILL_HEAD = re.compile(
    r"(?:会|懂|熟悉|熟练|具有|具备|有|从事过?|掌握|擅长|精通|了解|晋升|提升|操作|使用|做过|负责|配合|协助"
    r"|管理|协调|安排|指挥|监督|带领|组织|督促|指导|跟进|联系|领导|对接|调度|检查|经营|生产|专业|毕业)"
    r"[^、,，:：]{0,6}$"
    r"|(?:会|懂得?|熟悉|具有|具备|有|从事过?|掌握|精通|了解)(?:[^:：\s]{0,16})$"
)
_LIST_OF_SKILLS = re.compile(
    r"经验|证书|(?<![持凭])证|技能|基础|专业|知识|特长|毕业|背景|能力|优先|者优"
    r"|操作工作|机械设备|等设备|等工作|课程|的销售|产品|学历"
)


def evidence(text: str, begin: int, end: int, token: Token, after: int, cues: Cues) -> float:
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

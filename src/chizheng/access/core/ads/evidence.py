"""How strongly the text says that it recruits for a trade it mentions."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.lexicon import Kind, Token

_HEADING_REST = re.compile(
    r"\s*(?:[(（【][^()（）】\n]{0,14}[)）】])?\s*(?:岗位|职位)?(?:任职|工作)?(?:职责|要求|内容|待遇)?\s*(?:[:：】]|[,，]?\s*\d{1,3}\s*$|[-—]{1,3}\s*(?:$|\d))"
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
    r"|(?:各|数|若干|多)\s*(?:招聘?|需|聘)?\s*(?:\d{1,3}|[一二两三四五六七八九十]{1,2}|数|若干)?\s*(?:名|人)|若干$"
)
_RECRUIT = re.compile(
    r"招聘|招收|招工|招用|招募|急招|诚招|另招|(?<!应)聘|急需|现需|需要|增招"
    r"|(?<![高大])招(?!标|商|生|待|呼)"
)
_RECRUITS_FOR_OTHERS = re.compile(
    r"(?:负责|参与|协助|进行|开展|组织|从事|完成|安排|制定|熟悉|擅长|做好|跟进)[^、,，:：]{0,10}招(?:聘|募|收|用)"
)
"""Recruiting is the work of the post, not what the ad does: 负责招聘焊工、电工."""
_ADJECTIVE = re.compile(r"(?:招聘?|急招|诚?聘|急?需|高级|中级|初级|熟练|普通|专业|男|女|持证)*")
_VERBS = frozenset("对给与和为向由让请被跟随按把做看管带教帮找如像当")
_WANTED = re.compile(
    r"(?:要|找|缺|差)\s*(?:\d{1,3}|[一二三四五六七八九十两几]{1,3})\s*(?:名|位|个)(?:熟练|专业|老)?$"
)
_ITEM_REST = re.compile(
    r"[一-鿿]{0,3}(?:[(（][^()（）]{0,12}[)）]?)?\s*(?:各\s*)?(?:招聘?|需|聘)?[\d一二两三四五六七八九十若干数-]*\s*[名人位个]?"
)
_LEARNERS = re.compile(r"(?:工|师|员|人)?学[员生徒](?:[^一-鿿]|$)")
_SKILL_HEAD = re.compile(
    r"(?:会|懂|熟悉|熟练|具有|具备|有|从事过?|掌握|擅长|精通|了解|晋升|提升|操作|使用|做过|负责|配合|协助"
    r"|管理|协调|安排|指挥|监督|带领|组织|督促|指导|跟进|联系|领导|对接|调度|检查|经营|生产|专业|毕业)"
    r"[^、,，:：]{0,6}$"
    r"|(?:会|懂得?|熟悉|具有|具备|有|从事过?|掌握|精通|了解)(?:[^:：\s]{0,16})$"
)
_LIST_OF_SKILLS = re.compile(
    r"经验|证书|(?<![持凭])证|技能|基础|专业|知识|特长|毕业|背景|能力|优先|者优"
    r"|操作工作|机械设备|等设备|等工作|课程|的销售|产品|学历|转行|[均皆亦都]可|出身|人群|类人"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the evidence on one mention may look at besides its sentence.

    `spans` are the places of trades and workers in the text, in order; `open_title` says that the title only
    calls for people (诚聘英才, 工厂直招), so that the posts must stand in the text; `school` that it enrols
    learners; `firm_title` that it names a post of the office, which speaks of trades without recruiting for them.
    """

    spans: tuple[tuple[int, int], ...] = ()
    open_title: bool = False
    school: bool = False
    firm_title: bool = False

    def names(self, text: str, begin: int, end: int) -> bool:
        """Is `text[begin:end]` a trade with no more than an adjective before it and a count after it?"""
        at = bisect_left(self.spans, (begin, 0))
        if at == len(self.spans) or self.spans[at][1] > end:
            return False
        start, stop = self.spans[at]
        return bool(_ADJECTIVE.fullmatch(text, begin, start) and _ITEM_REST.fullmatch(text, stop, end))


NOWHERE = Surroundings()


def evidence(
    text: str, begin: int, end: int, token: Token, after: int, cues: Cues, around: Surroundings = NOWHERE
) -> float:
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
    if _WANTED.search(before):
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
    return _list_evidence(text, begin, end, token, after, cues, around)


def _list_evidence(
    text: str, begin: int, end: int, token: Token, after: int, cues: Cues, around: Surroundings
) -> float:
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
        if not 2 <= len(piece) <= 26:
            return False
        short = framed and len(piece) <= 6 and (closing is None or a < closing.start())
        short = short or (len(piece) <= 12 and around.names(text, a, b))
        return short or cues.item.search(piece) is not None

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
    tail = _after_list(text, *bounds[last], end)
    recruited = _RECRUIT.search(head)
    if (recruited and _RECRUITS_FOR_OTHERS.search(head)) or _LEARNERS.search(tail):
        return 0.0
    # 技术工：具有焊工、钳工等技工; 熟练折弯、氩弧焊师傅各2名
    posts = recruited or (closing and (opening or head.endswith("熟练")))
    if _LIST_OF_SKILLS.search(tail) or (not posts and _SKILL_HEAD.search(head)):
        return 0.0
    if recruited or opening:
        return 1.1
    if any(cues.counted.search(text, a, b) for a, b in bounds[first : last + 1]):
        return 1.0
    if text[bounds[last][1] : end].lstrip(" 、,，")[:1] in ("各", "等") or closing:
        return 0.9
    opener = text[slice(*bounds[first])]
    own = around.names(text, *bounds[first]) or (len(opener) <= 4 and opener[0] not in _VERBS)
    own = own and not around.firm_title
    if own and bounds[0][0] == 0 and first == 0:  # the ad begins with its posts: 焊工，铆工，长白班
        return 0.85
    if (
        own
        and cues.line_end.search(text[begin : bounds[first][0]])
        and (last == len(bounds) - 1 or _HEADING_REST.match(text[bounds[last][1] : end]))
    ):
        return 0.85
    if _HEADING_REST.match(text[after:end]) and first == 0:
        return 0.8
    if around.open_title and last - first >= 2:
        return 0.8
    return 0.4


def _after_list(text: str, begin: int, stop: int, end: int) -> str:
    """The last item of a list and what follows it up to the next comma."""
    comma = next((p for p in range(stop, min(end, stop + 10)) if text[p] in ",，"), min(end, stop + 10))
    return text[begin:comma]

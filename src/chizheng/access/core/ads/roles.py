"""The role of one mention, from the words around it."""

from __future__ import annotations

import re

from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.evidence import Surroundings, evidence
from chizheng.access.core.ads.lexicon import Kind, Token
from chizheng.access.core.ads.mention import TEXT, TITLE, Mention, Role, decide_role
from chizheng.access.core.ads.sentences import REACH, sentence

PREFERRED = re.compile(r"优先|者优|更佳|尤佳|最好|为佳|更好|加分|从优|优厚|另加|补贴|加薪")

_TITLE_CUT = re.compile(r"[/、,，;；|+&()（）\[\]【】\n:：!！。.\-—_~和及与或兼\s]")
_TITLE_SKILL = re.compile(r"(?:会|懂|懂得|能|持|会开|有|从事过|会做|懂点)$")
_WORKER_TAIL = re.compile(r"[一-鿿]{1,3}(?:工|员|师傅|师|手)")
_BRACKETED_APPRENTICE = re.compile(r"\s*[)）]?\s*[(（]?[^)）兼及和、/]{0,3}学徒")
_BRACKETED_SKILL = re.compile(r"[(（](?:会|懂|能|熟悉|须|需|要求|有|限)[^()（）]{0,12}$")
_MASTERED = re.compile(r"熟练(?:地|使用)?$")
"""熟练焊工 is a worker who knows the trade; 熟练电焊 is a skill."""
_MACHINE = re.compile(r"(?:床|机|车|吊|炉)$")
_SERVICED = re.compile(r"\s*(?:维修|修理|检修|安装|保养|装配|组装|调试|维保)")
"""Who mends or assembles machines does not run them: 挖掘机维修工."""
_TAUGHT = re.compile(r"学员|学费|学生|学习|培训|报名|发证|毕业|专业|课程")
_LED_OR_PLANNED = re.compile(r"(?:主任|主管|经理|工程师|总监|厂长|文员|销售|采购)\s*[(（]$")
"""车间主任（焊接）: the bracket says what the post leads or plans."""
_GOODS = re.compile(r"\s*(?:销售|业务|配件|设备|材料|用品|产品|租赁|出租|批发|机械)")
_SCHOOL = re.compile(r"\s*(?:培训|学校|招生|课程|考证|考试)")


def role_in_title(token: Token, title: str, cues: Cues, whole: str) -> Mention:
    """A mention in the title is a post unless the words around it say otherwise."""
    before = title[max(0, token.start - REACH) : token.start]
    after = title[token.end : token.end + REACH]
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
    elif not name and _MACHINE.search(token.word.text) and _SERVICED.match(item_rest):
        scores[Role.OTHER] = 1.5
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
        scores[Role.PREFERRED if PREFERRED.search(after) else Role.SKILL] = 1.5
    if _TITLE_SKILL.search(item_head):
        scores[Role.SKILL] = 1.4
    if cues.managed_end.search(item_head):
        scores[Role.MANAGED] = 1.4
    if not name and _LED_OR_PLANNED.search(before):
        scores[Role.OTHER] = 1.4
    if cues.school.search(title, 0, REACH):
        scores[Role.SCHOOL] = 1.8
    return decide_role(token, TITLE, title, scores, cues, whole)


def role_in_text(token: Token, text: str, cues: Cues, whole: str, around: Surroundings) -> Mention:
    """A mention in the text is a post only on evidence."""
    begin, end = sentence(text, token.start, token.end)
    before, after = text[begin : token.start], text[token.end : end]
    name = token.word.kind is not Kind.TRADE
    worker = cues.worker_start.match(after)
    rest = after[worker.end() :] if worker else after
    shown = evidence(text, begin, end, token, token.end + (worker.end() if worker else 0), cues, around)
    if not name and not worker and shown < 0.9:
        shown = min(shown, 0.3)
    scores: dict[Role, float] = {Role.POST: shown, Role.OTHER: 0.5}
    if cues.other_start.match(rest):
        scores[_kind_of_other(rest, cues)] = 1.6
    if cues.apprentice_start.match(rest) or cues.apprentice_end.search(before):
        scores[Role.APPRENTICE] = 1.7
    if cues.skill_start.match(rest):
        scores[Role.PREFERRED if PREFERRED.search(after) else Role.SKILL] = 1.5
    elif PREFERRED.match(rest):
        scores[Role.PREFERRED] = 1.5
    if (
        cues.skill_end.search(before)
        or _BRACKETED_SKILL.search(before)
        or _masters(token, text, begin, end, cues)
    ):
        scores[Role.SKILL] = max(scores.get(Role.SKILL, 0.0), 1.25)
    if cues.managed_end.search(before):
        scores[Role.MANAGED] = 1.25
    if cues.assist_end.search(before):
        scores[Role.OTHER] = max(scores[Role.OTHER], 1.1)
    if cues.promoted.search(before):
        scores[Role.OTHER] = 1.5
    if cues.school.search(after[:12]) or (around.school and _TAUGHT.search(text, begin, end)):
        scores[Role.SCHOOL] = 1.6
    return decide_role(token, TEXT, text, scores, cues, whole)


def _masters(token: Token, text: str, begin: int, end: int, cues: Cues) -> bool:
    """Is the trade something to be mastered? A count in the sentence makes it a post after all."""
    if token.word.kind is not Kind.TRADE or cues.counted.search(text, begin, end):
        return False
    return _MASTERED.search(text, begin, token.start) is not None


def _kind_of_other(rest: str, cues: Cues) -> Role:
    if cues.trainer.search(rest):
        return Role.TRAINER
    if _GOODS.match(rest):
        return Role.GOODS
    if _SCHOOL.match(rest):
        return Role.SCHOOL
    return Role.OTHER

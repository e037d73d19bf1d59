"""The words around a trade, compiled once from the cue table into the patterns that decide its role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chizheng.access.core.ads.lexicon import Kind, Word

COUNT = (
    r"(?:各\s*(?:招聘?|需|聘)?\s*)?(?:若干|数|多|大量|\d{1,3}\s*(?:[-~至到—]\s*\d{1,3})?|[一二三四五六七八九十两]{1,3})"
    r"\s*(?:名|人|位|个(?![月小班工]))|若干"
)
"""How many are wanted: 3名, 若干, 5-8人."""

NUMBERING = r"[(（\[【<〈]?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2}|[①-⑳]|[a-h])\s*[)）\]】>〉、.．:：,，]+"
"""The beginning of an item: 1、 (2) ③ 四、."""

# Words that may stand between the verb and the trade: 招聘有经验的高级电焊工.
ADJECTIVES = (
    r"(?:数名|若干名?|大量|多名|各|以下|如下|下列|岗位|职位|人员|工种"
    r"|[有具]?(?:丰富的?)?(?:\d+|[一二三四五六七八九十]+)年(?:以上)?(?:工作)?经验的?"
    r"|有(?:一定)?(?:工作)?经验的?|经验丰富的?|熟练的?|优秀的?|专业的?|资深的?|高级|中级|初级|持证的?"
    r"|男女?|女|长期|全职|兼职|一批|正式|(?:\d{1,3}|[一二三四五六七八九十两]{1,3})(?:名|位|个|人)"
    r"|从事|等|会|急|本公司|我厂|我司|公司|厂|大型|现|有|于|[男女]性?"
    r"|[:：,，、\"“”'‘’(（)）\[\]【】\s/])"
)


def alternatives(words: Iterable[str]) -> str:
    """A pattern of any of `words`, longest first; an 工程师 is not the beginning of 工程师傅."""
    pattern = "|".join(re.escape(w) for w in sorted(set(words), key=lambda w: (-len(w), w)))
    return pattern.replace("工程师", "工程师(?!傅)")


@dataclass(frozen=True, slots=True)
class Veto:
    """Words that show another trade of the same name (a 车工 who sews), and words that take it back."""

    shows: re.Pattern[str]
    unless: re.Pattern[str]

    @classmethod
    def compile(cls, row: Mapping[str, str]) -> Veto:
        return cls(
            re.compile(alternatives(row["shows"].split())), re.compile(alternatives(row["unless"].split()))
        )

    def holds(self, text: str) -> bool:
        return self.shows.search(text) is not None and self.unless.search(text) is None


@dataclass(frozen=True)
class Cues:
    """Compiled patterns; `*_end` are asked of the text before a trade, `*_start` of the text after it."""

    other_start: re.Pattern[str]
    other_tail: re.Pattern[str]
    apprentice_start: re.Pattern[str]
    worker_start: re.Pattern[str]
    skill_start: re.Pattern[str]
    recruit_end: re.Pattern[str]
    label_end: re.Pattern[str]
    line_end: re.Pattern[str]
    qualified_end: re.Pattern[str]
    promoted: re.Pattern[str]
    managed_end: re.Pattern[str]
    assist_end: re.Pattern[str]
    skill_end: re.Pattern[str]
    apprentice_end: re.Pattern[str]
    count_start: re.Pattern[str]
    wage_start: re.Pattern[str]
    item: re.Pattern[str]
    trainer: re.Pattern[str]
    school: re.Pattern[str]
    firm_post: re.Pattern[str]
    firm_heading: re.Pattern[str]
    counted: re.Pattern[str]
    counted_post: re.Pattern[str]
    restaurant: re.Pattern[str]
    bar: re.Pattern[str]
    hotel: re.Pattern[str]
    rooms: re.Pattern[str]
    dining: re.Pattern[str]
    categories: Mapping[str, str]
    letters: Mapping[str, Word]
    vetoes: Mapping[str, Veto]
    hints: Mapping[str, re.Pattern[str]]

    @classmethod
    def compile(cls, table: Mapping[str, object]) -> Cues:
        """From the cue table: nested mappings of space-separated words."""

        def words(*path: str) -> list[str]:
            here: object = table
            for key in path:
                assert isinstance(here, Mapping)
                here = here[key]
            return str(here).split()

        def start(*path: str) -> re.Pattern[str]:
            return re.compile(rf"\s*(?:{alternatives(words(*path))})")

        def end(*path: str, between: str = "") -> re.Pattern[str]:
            return re.compile(rf"(?:{alternatives(words(*path))}){between}$")

        def anywhere(*path: str) -> re.Pattern[str]:
            return re.compile(alternatives(words(*path)))

        hints = table["hints"]
        vetoes, categories, letters = table["vetoes"], table["categories"], table["letters"]
        assert isinstance(letters, Mapping)
        assert isinstance(hints, Mapping) and isinstance(vetoes, Mapping) and isinstance(categories, Mapping)
        other = alternatives(words("heads", "other"))
        return cls(
            other_start=re.compile(rf"\s*(?:{other}|机(?![电修床操工]))(?!部(?!长))"),
            other_tail=re.compile(rf"(?:{other})$"),
            apprentice_start=start("heads", "apprentice"),
            worker_start=re.compile(
                rf"(?:(?:技术|熟练|专业|安装|维修)?(?:{alternatives(words('heads', 'worker'))})"
                r"(?![程作资艺厂业具龄序证机]))+"
            ),
            skill_start=start("heads", "skill"),
            recruit_end=end("before", "recruit", between=rf"{ADJECTIVES}{{0,6}}"),
            label_end=re.compile(
                rf"(?:{alternatives(words('before', 'label'))})\s*(?:\d{{1,2}}|[一二三四五六七八九十])?"
                rf"(?:有|包括|为|是|如下)?\s*[:：】\]]\s*(?:{NUMBERING})?{ADJECTIVES}{{0,4}}$"
            ),
            line_end=re.compile(
                rf"(?:^|[:：，,、）)】\s])\s*{NUMBERING}\s*{ADJECTIVES}{{0,4}}$"
                rf"|^[\s?★●■◆·*-]*{ADJECTIVES}{{0,4}}$"
            ),
            qualified_end=re.compile(
                rf"(?:(?:^|[:：，,、）)】\s])\s*{NUMBERING}\s*|^[\s?★●■◆·*-]*)"
                r"(?!拜访|采访|培训|协助|配合|联系|服务|管理|带领|开发|维护|对接|面向|指导|邀请|帮助|通知|安排|介绍|成为|转为"
                r"|晋升|做过|学习|跟随|担任|负责|监督|检查|沟通|支持)[一-鿿]{1,4}$"
            ),
            managed_end=end("before", "managed", between=r"(?:好|所有|全体|下属|各)?"),
            assist_end=end("before", "assist", between=r"(?:好|主)?"),
            skill_end=end("before", "skill", between=r"(?:一定的?|相关|过)?"),
            apprentice_end=end("before", "apprentice"),
            count_start=re.compile(rf"[\s(（:：,，]*(?:{COUNT})"),
            wage_start=re.compile(
                r"[\s(（:：,，/]*(?:月薪|工资|底薪|月工资|薪资|待遇|日薪)?[:：]?\s*(?:\d{3,5}\s*(?:[-~—至到元/以+]|$)"
                r"|\d{1,2}(?:\.\d)?\s*(?:[-~—至到]\s*\d{1,2}(?:\.\d)?\s*)?[千k万w])"
            ),
            item=re.compile(
                r"(?:工|员|师|师傅|手|司机|经理|主管|学徒|人员|助理|班长|组长|厂长|阿姨|保安|保洁|钟点工|跟单"
                r"|文员|会计|出纳|普工|杂工|质检|品管|收银|迎宾|领班|服务生|店长|导购|主任|仓管|储备干部"
                r"|销售|业务|客服|美工|采购|编程)"
                rf"\s*(?:[(（][^()（）]{{0,12}}[)）])?\s*(?:{COUNT})?$"
            ),
            promoted=re.compile(r"晋升|提升为|升为|升任|发展方向|晋级|转为|转岗"),
            trainer=anywhere("trainers"),
            school=anywhere("school"),
            firm_post=anywhere("firm_posts"),
            firm_heading=re.compile(
                rf"(?:(?:^|\n|招聘|诚聘|[。；;])\s*(?:{NUMBERING})?\s*)[一-鿿]{{0,6}}"
                rf"(?:{alternatives(words('firm_posts'))})[一-鿿]{{0,3}}\s*(?:[:：\n]|\s*(?:{COUNT}))"
            ),
            counted_post=re.compile(
                rf"(?:{alternatives(words('firm_posts'))})(?:员|人员|师|代表|精英)?"
                r"\s*[:：(（]?\s*(?:招聘)?(?:人数)?[:：]?\s*\d{1,2}\s*(?:名|人)"
            ),
            counted=re.compile(rf"(?:{COUNT})"),
            restaurant=anywhere("hospitality", "restaurant"),
            bar=anywhere("hospitality", "bar"),
            hotel=anywhere("hospitality", "hotel"),
            rooms=anywhere("hospitality", "rooms"),
            dining=anywhere("hospitality", "dining"),
            categories={str(k): str(v) for k, v in categories.items()},
            letters={str(k): Word(f"{k}工", Kind.NAME, tuple(str(v).split())) for k, v in letters.items()},
            vetoes={str(k): Veto.compile(v) for k, v in vetoes.items()},
            hints={str(k): re.compile(alternatives(str(v).split())) for k, v in hints.items()},
        )

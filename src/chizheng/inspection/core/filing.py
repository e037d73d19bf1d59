"""Employment filings 用工备案 read from a row of text: what a filing must say, and what is wrong with it.

The form, the workbook and the API hand in the same cells and get the same faults.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chizheng.kernel.errors import BadInput
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.people.core import names
from chizheng.people.core.identity import IdentityDocument, kind_of, read_document

HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "职工姓名", "name"),
    "document_kind": ("证件类型", "证件种类", "证件类别", "document type"),
    "document_number": ("证件号码", "身份证号", "身份证号码", "公民身份号码", "证件号", "document number"),
    "post": ("岗位", "工作岗位", "岗位名称", "post"),
    "occupation": ("职业工种", "职业（工种）", "职业", "工种", "职业名称", "occupation"),
    "level": ("岗位等级", "等级", "要求等级", "技能等级", "职业等级", "level"),
    "region": ("工作地区代码", "工作地", "行政区划代码", "地区代码", "place"),
    "start": ("上岗日期", "开始日期", "用工开始日期", "入职日期", "起始日期", "from"),
    "end": ("离岗日期", "结束日期", "用工结束日期", "离职日期", "终止日期", "until"),
    "demanded": ("要求持证", "是否要求持证", "demanded"),
}
"""Columns by key; the first header is the one we print. Order and unknown columns do not matter."""

REQUIRED = ("name", "document_number", "post", "occupation", "start")
EARLIEST = date(1949, 10, 1)

WORDING: dict[str, Wording] = {
    "columns_missing": Wording(
        zh="表中缺少列：{columns}；请下载空表，按表头填写",
        en="columns are missing: {columns}; use the empty sheet",
    ),
    "required": Wording(zh="{column}为空；请填写", en="{column} is empty; fill it in"),
    "name": Wording(
        zh="姓名不像姓名（至少两个字，不含数字和符号）；请核对", en="this does not look like a name; check it"
    ),
    "name_differs": Wording(
        zh="该证件在系统中登记的姓名与此不同；请核对证件，改名的先办理更名",
        en="this document is registered under another name; check the card, or have the change of name recorded",
    ),
    "document": Wording(zh="{said_zh}", en="{said_en}"),
    "occupation": Wording(
        zh="职业目录中没有“{value}”；请按国家职业分类的名称填写",
        en="the catalogue has no occupation '{value}'; use its official name",
    ),
    "level": Wording(
        zh="等级“{value}”应为 5（初级工）至 1（高级技师）或等级名称，没有等级要求的留空",
        en="level '{value}' must be 5 to 1 or its name, or empty where the post asks for none",
    ),
    "region": Wording(
        zh="地区代码“{value}”应为 2、4 或 6 位行政区划代码，如 3201；留空则取单位所在地",
        en="region '{value}' must be a code of 2, 4 or 6 digits such as 3201; empty means the employer's own",
    ),
    "day": Wording(
        zh="日期“{value}”应写作 YYYY-MM-DD，如 2026-03-01",
        en="write the day '{value}' as YYYY-MM-DD, such as 2026-03-01",
    ),
    "order": Wording(
        zh="离岗日期早于上岗日期；离岗日期是最后一个在岗日",
        en="the last day is before the first; the end is the last day at work",
    ),
    "future": Wording(
        zh="上岗日期 {value} 在 {limit} 之后；请核对年份", en="{value} lies after {limit}; check the year"
    ),
    "ancient": Wording(zh="上岗日期 {value} 过早；请核对年份", en="{value} is too early; check the year"),
    "truth": Wording(zh="“{value}”应填是或否", en="'{value}' must be yes or no"),
    "repeated": Wording(
        zh="与第 {row} 行重复（同一人、同一岗位、日期重叠）；请删去一行",
        en="repeats row {row} (same person, post and days); remove one",
    ),
    "overlaps": Wording(
        zh="与该岗位已有备案的日期重叠（{start} 起）；如为变更，请填写相同的上岗日期",
        en="overlaps a filing of this post that begins on {start}; to change that one, give the same first day",
    ),
    "rounded": Wording(
        zh="该单元格的数字被表格软件取整；请把该列设为“文本”后重填",
        en="the spreadsheet rounded this number; format the column as text and type it again",
    ),
}


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a cell of a row; `key` names the column."""

    key: str
    code: str
    params: Mapping[str, object]

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)


@dataclass(frozen=True, slots=True)
class FiledRow:
    """A row that reads well. `end` is the first day no longer at work, None while it lasts."""

    name: str
    document: IdentityDocument
    post: str
    occupation: str
    level: int | None
    region: str
    start: date
    end: date | None
    demanded: bool

    def meets(self, start: date, end: date | None) -> bool:
        """Do the days overlap [start, end)?"""
        return (end is None or self.start < end) and (self.end is None or start < self.end)


def columns_of(header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Positions of the known columns and the headers of the others; BadInput where one is missing."""
    found: dict[str, int] = {}
    known = {canonical(h).casefold(): key for key, names_ in HEADERS.items() for h in names_}
    unknown = []
    for at, title in enumerate(header):
        key = known.get(canonical(title).strip("*").casefold())
        if key is None or key in found:
            unknown.append(title)
        else:
            found[key] = at
    missing = [HEADERS[key][0] for key in REQUIRED if key not in found]
    if missing:
        raise BadInput("columns_missing", WORDING["columns_missing"], columns="、".join(missing))
    return found, [u for u in unknown if u]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a row is read against: the day's occupations (canonical to official name), the employer's own
    place, and how late the first day may lie (a filing comes before the post begins, not years before)."""

    occupations: Mapping[str, str]
    home: str
    latest: date


def read_row(cells: Mapping[str, str], setting: Setting) -> tuple[FiledRow | None, list[RowFault]]:
    """The filing a row states, or what is wrong with it."""
    text = {key: unicodedata.normalize("NFKC", str(cells.get(key, "") or "")).strip() for key in HEADERS}
    text["region"] = text["region"] or setting.home
    faults = [RowFault(k, "required", {"column": HEADERS[k][0]}) for k in REQUIRED if not text[k]]
    document = None
    if text["document_number"]:
        try:
            document = read_document(kind_of(text["document_kind"]), text["document_number"])
        except BadInput as wrong:
            faults.append(
                RowFault(
                    "document_number", "document", {"said_zh": wrong.say("zh"), "said_en": wrong.say("en")}
                )
            )
    if text["name"] and not names.is_plausible(text["name"]):
        faults.append(RowFault("name", "name", {}))
    occupation = setting.occupations.get(canonical(text["occupation"]), "")
    if text["occupation"] and not occupation:
        faults.append(RowFault("occupation", "occupation", {"value": text["occupation"][:40]}))
    level = _level(text["level"], faults)
    if text["region"] and not re.fullmatch(r"([0-9]{2}){1,3}", text["region"]):
        faults.append(RowFault("region", "region", {"value": text["region"][:20]}))
    start, end = _day("start", text["start"], faults), _day("end", text["end"], faults)
    if start and start < EARLIEST:
        faults.append(RowFault("start", "ancient", {"value": start.isoformat()}))
    if start and start > setting.latest:
        limit = setting.latest.isoformat()
        faults.append(RowFault("start", "future", {"value": start.isoformat(), "limit": limit}))
    if start and end and end < start:
        faults.append(RowFault("end", "order", {}))
    demanded = _truth(text["demanded"], faults)
    if faults or document is None or start is None:
        return None, faults
    return (
        FiledRow(
            text["name"],
            document,
            text["post"][:60],
            occupation,
            level,
            text["region"],
            start,
            end + timedelta(days=1) if end else None,
            demanded,
        ),
        [],
    )


_LEVELS = {
    "初级": 5, "中级": 4, "高级": 3, "技师": 2, "高级技师": 1, "初级工": 5, "中级工": 4, "高级工": 3,
    **{f"{word}级": 5 - n for n, word in enumerate("五四三二一")}, **{str(n): n for n in range(1, 6)},
    **{f"{n}级": n for n in range(1, 6)},
}  # fmt: skip


def _level(text: str, faults: list[RowFault]) -> int | None:
    """`4`, `四级`, `中级工`, `中级工/四级`, `四级（中级工）`, and 4.0 as spreadsheets write whole numbers."""
    if not text:
        return None
    parts = [p for p in re.split(r"[\s/()]+", text.removesuffix(".0")) if p]
    levels = {_LEVELS.get(part) for part in parts}
    level = levels.pop() if len(levels) == 1 else None
    if level is None:
        faults.append(RowFault("level", "level", {"value": text[:20]}))
    return level


def _day(key: str, text: str, faults: list[RowFault]) -> date | None:
    """A day as clerks write it: 2026-03-01, 2026/3/1, 2026年3月1日, 20260301, midnight or no time."""
    if not text:
        return None
    parts = re.fullmatch(r"(\d{4})(?:\D(\d{1,2})\D(\d{1,2})日?|(\d\d)(\d\d))(?:[ T]0{1,2}:00(?::00)?)?", text)
    try:
        if parts is not None:
            return date(*(int(p) for p in parts.groups() if p))
    except ValueError:  # such as 31 February
        pass
    faults.append(RowFault(key, "day", {"value": text[:20]}))
    return None


def _truth(text: str, faults: list[RowFault]) -> bool:
    word = text.casefold()
    if word in ("", "否", "no", "0", "n", "false"):
        return False
    if word not in ("是", "yes", "1", "y", "true"):
        faults.append(RowFault("demanded", "truth", {"value": text[:20]}))
    return True


class Seen:
    """Rows of one sheet as they come by, to tell a row that says again what an earlier one said."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], list[tuple[int, FiledRow]]] = {}

    def earlier(self, number: int, row: FiledRow) -> int | None:
        """Number of the earlier row with the same person in the same post on overlapping days; else keep this."""
        said = self._rows.setdefault((row.document.kind.value, row.document.number, row.post), [])
        for before, other in said:
            if row.meets(other.start, other.end):
                return before
        said.append((number, row))
        return None

"""Employment filings as employers write them: columns, rows, faults, and how a filing meets earlier ones.

What one row says is judged here; what the house knows of the person (earlier filings) is an argument.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chizheng.kernel.errors import BadInput
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.people.core import names
from chizheng.people.core.identity import IdentityDocument, kind_of, read_document

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "name"),
    "document_kind": ("证件类型", "证件类别", "document type"),
    "document": ("身份证号", "证件号码", "身份证号码", "公民身份号码", "document number"),
    "occupation": ("职业", "职业（工种）", "工种", "岗位", "职业工种", "occupation"),
    "level": ("等级", "技能等级", "职业等级", "岗位等级", "level"),
    "place": ("地区代码", "工作地", "行政区划代码", "place"),
    "start": ("上岗日期", "起始日期", "入职日期", "开始日期", "from"),
    "end": ("离岗日期", "终止日期", "离职日期", "结束日期", "until"),
}
"""Columns with the headers they are known by; the first is what the template says."""

REQUIRED = ("name", "document", "occupation", "start")
PERSONAL = frozenset({"name", "document"})

FAULTS: dict[str, Wording] = {
    "name": Wording(
        zh="姓名“{value}”不像姓名（至少两个字，不含数字和符号）；请核对",
        en="'{value}' does not look like a name; check it",
    ),
    "document": Wording(zh="{reason}", en="{reason}"),
    "occupation_empty": Wording(zh="职业（工种）为空；请填写", en="the occupation is empty; fill it in"),
    "level": Wording(
        zh="等级“{value}”不认识；请填 1 至 5（5 为初级）或等级名称，没有等级要求的留空",
        en="unknown level '{value}'; write 1 to 5 (5 is the lowest) or its name, or leave it empty",
    ),
    "place": Wording(
        zh="地区代码“{value}”不是 2、4 或 6 位行政区划代码；请核对，或留空（取单位所在地）",
        en="'{value}' is no area code of 2, 4 or 6 digits; check it, or leave it empty",
    ),
    "day": Wording(
        zh="“{value}”不是日期；请写作 2026-03-01", en="'{value}' is no date; write it as 2026-03-01"
    ),
    "day_empty": Wording(zh="上岗日期为空；请填写", en="the first day is empty; fill it in"),
    "order": Wording(
        zh="离岗日期 {end} 早于上岗日期 {start}；离岗日期是最后一个工作日",
        en="the last day {end} is before the first {start}",
    ),
    "future": Wording(
        zh="上岗日期 {value} 在 {limit} 之后；请核对年份", en="{value} lies after {limit}; check the year"
    ),
    "ancient": Wording(zh="上岗日期 {value} 过早；请核对年份", en="{value} is too early; check the year"),
    "twice": Wording(
        zh="与第 {row} 行是同一人，期间重叠；请只保留一行，或写明前一岗位的离岗日期",
        en="the same person as in row {row} at the same time; keep one, or give the earlier post its last day",
    ),
    "overlap": Wording(
        zh="此人已备案“{occupation}”（{period}），期间重叠；请先填写前一岗位的离岗日期",
        en="'{occupation}' ({period}) is filed for this person and overlaps; give that post its last day first",
    ),
    "rounded": Wording(
        zh="表格软件已将超过15位的数字取整，末几位丢失；请把该列设为“文本”格式后重新填写",
        en="the spreadsheet rounded the number; format the column as text and type it again",
    ),
}

COLUMNS_MISSING = Wording(
    zh="表头缺少：{missing}。请使用模板，或把表头改为模板中的名称",
    en="missing columns: {missing}; use the template or its headers",
)

_LEVEL_WORDS = {
    "初级": 5, "中级": 4, "高级": 3, "技师": 2, "高级技师": 1, "初级工": 5, "中级工": 4, "高级工": 3,
    "五级": 5, "四级": 4, "三级": 3, "二级": 2, "一级": 1,
}  # fmt: skip
EARLIEST = date(1949, 10, 1)
AHEAD = timedelta(days=92)
"""How far ahead a first day may lie: filings come before the post begins, not years before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is filed: a person (document and name) in a post from `period.start`, to its end if known."""

    name: str
    document: IdentityDocument
    occupation: str
    level: int | None
    place: str
    period: Period


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: `column` as in COLUMNS, '' for the whole row."""

    column: str
    code: str
    value: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the sheet and either an entry or faults."""

    number: int
    entry: Entry | None
    faults: tuple[Fault, ...] = ()


def positions(header: Sequence[str]) -> dict[str, int]:
    """Where the known columns stand; raises BadInput naming those that are missing."""
    keys = {_key(title): at for at, title in reversed(list(enumerate(header)))}
    found = {
        column: keys[_key(title)]
        for column, titles in COLUMNS.items()
        for title in titles[::-1]
        if _key(title) in keys
    }
    missing = [COLUMNS[c][0] for c in REQUIRED if c not in found]
    if missing:
        raise BadInput("columns_missing", COLUMNS_MISSING, missing="、".join(missing))
    return found


def _key(title: str) -> str:
    text = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[\s*()/]", "", text)


def read_row(
    number: int, cells: Mapping[str, str], *, home: str, today: date, rounded: Iterable[str] = ()
) -> Row:
    """Judge one row; `cells` by column, `home` the employer's place, `rounded` columns not to be trusted."""
    faults: list[Fault] = []

    def wrong(column: str, code: str, **params: object) -> None:
        faults.append(Fault(column, code, cells.get(column, ""), params))

    document: IdentityDocument | None = None
    for column in rounded:
        wrong(column, "rounded")
    name = cells.get("name", "").strip()
    if not names.is_plausible(name):
        wrong("name", "name")
    if not faults or all(f.column != "document" for f in faults):
        try:
            document = read_document(kind_of(cells.get("document_kind", "")), cells.get("document", ""))
        except BadInput as fault:
            faults.append(Fault("document", "document", "", {"zh": fault.say("zh"), "en": fault.say("en")}))
    occupation = canonical(cells.get("occupation", ""))
    if not occupation:
        wrong("occupation", "occupation_empty")
    level = _level(cells.get("level", ""))
    if level == 0:
        wrong("level", "level")
    place = unicodedata.normalize("NFKC", cells.get("place", "")).strip() or home
    if not re.fullmatch(r"(\d\d){1,3}", place):
        wrong("place", "place")
    start, end = _day(cells.get("start", "")), _day(cells.get("end", ""))
    if start is None:
        wrong("start", "day" if cells.get("start", "").strip() else "day_empty")
    elif start < EARLIEST:
        wrong("start", "ancient")
    elif start > today + AHEAD:
        wrong("start", "future", limit=(today + AHEAD).isoformat())
    if end is None and cells.get("end", "").strip():
        wrong("end", "day")
    if start is not None and end is not None and end < start:
        wrong("end", "order", start=start.isoformat(), end=end.isoformat())
    if faults or document is None or start is None:
        return Row(number, None, tuple(faults))
    period = Period(start, end + timedelta(days=1) if end else None)
    return Row(number, Entry(name, document, occupation, level or None, place, period))


def _level(text: str) -> int | None:
    """The level that is meant; None: none is stated; 0: not understood."""
    word = unicodedata.normalize("NFKC", text).strip()
    if not word:
        return None
    if word in _LEVEL_WORDS:
        return _LEVEL_WORDS[word]
    match = re.fullmatch(r"([1-5])级?(\.0)?", word)
    if match:
        return int(match.group(1))
    inside = re.search(r"[(/]?([一二三四五])级", word)
    return "一二三四五".index(inside.group(1)) + 1 if inside else 0


def _day(text: str) -> date | None:
    word = unicodedata.normalize("NFKC", text).strip()
    match = re.fullmatch(
        r"(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))(?: 0{1,2}:00(?::00)?)?", word
    )
    if not match:
        return None
    year, month, day = match.group(1), match.group(2) or match.group(4), match.group(3) or match.group(5)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def find_twins(rows: Sequence[Row]) -> list[Row]:
    """Rows of one sheet that put a person into two posts at once: the later row is at fault.

    A later row that begins after an open-ended one ends it (a transfer), so that is no fault.
    """
    seen: dict[tuple[str, str], list[Row]] = {}
    answered: list[Row] = []
    for row in rows:
        if row.entry is None:
            answered.append(row)
            continue
        key = (row.entry.document.kind.value, row.entry.document.number)
        twin = next((r for r in seen.get(key, ()) if r.entry and _collide(r.entry, row.entry)), None)
        if twin is not None:
            row = Row(row.number, None, (Fault("document", "twice", "", {"row": twin.number}),))
        else:
            seen.setdefault(key, []).append(row)
        answered.append(row)
    return answered


def _collide(earlier: Entry, later: Entry) -> bool:
    transfer = earlier.period.end is None and later.period.start > earlier.period.start
    return earlier.period.overlaps(later.period) and not transfer


@dataclass(frozen=True, slots=True)
class Known:
    """A filing that stands: number, what it says."""

    filing: int
    occupation: str
    level: int | None
    place: str
    period: Period


@dataclass(frozen=True, slots=True)
class Change:
    """What taking an entry in means: which filing it replaces, and what remains of that one's period."""

    replaces: int | None = None
    remains: Period | None = None


def meet(entry: Entry, known: Sequence[Known]) -> Change | Fault | None:
    """How an entry meets what stands for the same person and employer.

    None: nothing new. A filing that begins on the same day is corrected; an open one that began earlier
    ends where the new post begins; any other overlap is a fault.
    """
    overlapping = [k for k in known if k.period.overlaps(entry.period)]
    if not overlapping:
        return Change()
    first = overlapping[0]
    if len(overlapping) == 1:
        if first.period == entry.period and (first.occupation, first.level, first.place) == (
            entry.occupation, entry.level, entry.place,
        ):  # fmt: skip
            return None
        if first.period.start == entry.period.start:
            return Change(first.filing)
        if first.period.end is None and first.period.start < entry.period.start:
            return Change(first.filing, Period(first.period.start, entry.period.start))
    end = first.period.last_day.isoformat() if first.period.last_day else "…"
    said = f"{first.period.start.isoformat()} – {end}"
    return Fault("start", "overlap", "", {"occupation": first.occupation, "period": said})


def say(code: str, value: str, params: Mapping[str, object], lang: str) -> str:
    """The sentence of a fault; its value is masked by the caller where the column is personal."""
    given = {str(k): v for k, v in params.items() if k not in ("zh", "en")}
    if "zh" in params:
        given["reason"] = params["en" if lang.startswith("en") else "zh"]
    return FAULTS[code].say(lang, **{"value": value, **given})

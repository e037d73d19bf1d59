"""Sheets of quality: items of a paper with keys, what candidates chose, what assessors marked."""

from __future__ import annotations

from dataclasses import dataclass

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.platform.io.sheets import Sheet

ADMISSION = ("准考证号", "admission number")
ASSESSOR = ("考评员证号", "assessor card")
SECONDS = ("用时（秒）", "seconds")
ITEM, KEY, AUTHOR = ("题目代码", "item"), ("答案", "key"), ("命题人账号", "author")

_MISSING = Wording(
    zh="表格缺少列：{columns}；请按模板填写", en="the sheet lacks columns: {columns}; use the template"
)
_ITEM_TWICE = Wording(
    zh="第 {row} 行：题目代码“{item}”重复或为空；每题一行", en="row {row}: item '{item}' is blank or twice"
)
_KEY = Wording(
    zh="第 {row} 行：答案“{value}”不可用；请填一至两个字母或符号",
    en="row {row}: key '{value}' cannot be used; write one or two characters",
)
_CHOICE = Wording(
    zh="第 {row} 行“{column}”列：所选项“{value}”过长；请填选项字母，未答留空",
    en="row {row}, column '{column}': choice '{value}' is too long; write the letter, blank if unanswered",
)
_SCORE = Wording(
    zh="第 {row} 行“{column}”列：得分“{value}”不可用；请填 0 至 100 的整数，未评留空",
    en="row {row}, column '{column}': score '{value}' cannot be used; a whole number 0..100, blank if not marked",
)
_SECONDS = Wording(
    zh="第 {row} 行：用时“{value}”不可用；请填评分所用的秒数，不知留空",
    en="row {row}: time '{value}' cannot be used; whole seconds, blank if unknown",
)
_UNKNOWN_ITEMS = Wording(
    zh="表头中没有试卷“{paper}”的题目：{items}；题目代码须与试卷一致",
    en="the header lacks items of paper '{paper}': {items}; codes must be those of the paper",
)
_NOTHING = Wording(zh="表格没有可读入的行", en="the sheet has no row to read")


@dataclass(frozen=True, slots=True)
class ItemRow:
    code: str
    key: str
    author: str


@dataclass(frozen=True, slots=True)
class Marked:
    """One assessor's scores for one candidate, by criterion; `row` as the clerk sees it; seconds spent, if told."""

    row: int
    admission: str
    card: str
    scores: dict[str, int]
    seconds: int | None = None


def read_items(sheet: Sheet) -> list[ItemRow]:
    """The items of a paper in order; raises BadInput naming row and remedy."""
    item, key, author = sheet.column(*ITEM), sheet.column(*KEY), sheet.column(*AUTHOR)
    if item is None or key is None:
        lacking = [n[0] for n, at in ((ITEM, item), (KEY, key)) if at is None]
        raise BadInput("quality_columns", _MISSING, columns="、".join(lacking))
    found: dict[str, ItemRow] = {}
    for row in sheet.rows:
        code, answer = row.cells[item].strip(), row.cells[key].strip().upper()
        if not code or code in found or len(code) > 40:
            raise BadInput("item_twice", _ITEM_TWICE, row=row.number, item=code)
        if not 1 <= len(answer) <= 2:
            raise BadInput("item_key", _KEY, row=row.number, value=answer[:10])
        found[code] = ItemRow(code, answer, "" if author is None else row.cells[author].strip())
    if not found:
        raise BadInput("empty_sheet", _NOTHING)
    return list(found.values())


def read_answers(sheet: Sheet, paper: str, items: list[str]) -> list[tuple[int, str, list[str]]]:
    """(row, admission number, options chosen in the order of `items`, '' for a blank)."""
    admission = sheet.column(*ADMISSION)
    if admission is None:
        raise BadInput("quality_columns", _MISSING, columns=ADMISSION[0])
    places = {code: sheet.column(code) for code in items}
    lacking = [code for code, at in places.items() if at is None]
    if lacking:
        raise BadInput("unknown_items", _UNKNOWN_ITEMS, paper=paper, items="、".join(lacking[:8]))
    out = []
    for row in sheet.rows:
        chosen = []
        for code, at in places.items():
            value = row.cells[at or 0].strip().upper()
            if len(value) > 2:
                raise BadInput("choice", _CHOICE, row=row.number, column=code, value=value[:20])
            chosen.append(value)
        out.append((row.number, row.cells[admission].strip(), chosen))
    if not out:
        raise BadInput("empty_sheet", _NOTHING)
    return out


def read_assessor_marks(sheet: Sheet) -> list[Marked]:
    """Rows of assessors' marks; every further column is a criterion."""
    admission, card = sheet.column(*ADMISSION), sheet.column(*ASSESSOR)
    if admission is None or card is None:
        lacking = [n[0] for n, at in ((ADMISSION, admission), (ASSESSOR, card)) if at is None]
        raise BadInput("quality_columns", _MISSING, columns="、".join(lacking))
    spent = sheet.column(*SECONDS)
    criteria = {
        i: title.strip()[:40]
        for i, title in enumerate(sheet.header)
        if i not in (admission, card, spent) and title.strip() and title.strip() != "姓名"
    }
    if not criteria:
        raise BadInput("quality_columns", _MISSING, columns="评分项目")
    out = []
    for row in sheet.rows:
        scores = {}
        for at, name in criteria.items():
            text = row.cells[at].strip()
            if text:
                if not text.isdigit() or int(text) > 100:
                    raise BadInput("assessor_score", _SCORE, row=row.number, column=name, value=text[:20])
                scores[name] = int(text)
        seconds = "" if spent is None else row.cells[spent].strip()
        if seconds and not (seconds.isdigit() and 0 < int(seconds) < 1_000_000):
            raise BadInput("assessor_seconds", _SECONDS, row=row.number, value=seconds[:20])
        out.append(
            Marked(
                row.number, row.cells[admission].strip(), row.cells[card].strip(), scores,
                int(seconds) if seconds else None,
            )
        )  # fmt: skip
    if not out:
        raise BadInput("empty_sheet", _NOTHING)
    return out

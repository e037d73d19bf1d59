"""Sheets of standard-setting panels: Angoff judgements, bookmarks, candidates judged masters or not."""

from __future__ import annotations

from collections.abc import Container
from typing import TypeVar

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.platform.io.sheets import Sheet
from chizheng.quality.io.answers import ADMISSION

Row = TypeVar("Row")

JUDGE, PAGE, JUDGED = ("专家", "judge"), ("书签页", "bookmark page"), ("评定", "judged")
MASTER = {"达到": True, "掌握": True, "yes": True, "未达到": False, "未掌握": False, "no": False}

_MISSING = Wording(
    zh="表格缺少列：{columns}；请按模板填写", en="the sheet lacks columns: {columns}; use the template"
)
_TWICE = Wording(
    zh="第 {row} 行：“{name}”为空或重复；每人一行", en="row {row}: '{name}' is blank or twice; one row each"
)
_SHARE = Wording(
    zh="第 {row} 行“{column}”列：“{value}”不可用；请填 0 至 1 的小数，或 0% 至 100%",
    en="row {row}, column '{column}': '{value}' cannot be used; a number 0 to 1, or 0% to 100%",
)
_PAGE_VALUE = Wording(
    zh="第 {row} 行：书签页“{value}”不可用；请填 1 至 {most} 的整数",
    en="row {row}: page '{value}' cannot be used; a whole number from 1 to {most}",
)
_JUDGED_VALUE = Wording(
    zh="第 {row} 行：评定“{value}”不可用；请填“达到”或“未达到”",
    en="row {row}: '{value}' cannot be used; write yes or no",
)
_NOTHING = Wording(zh="表格没有可读入的行", en="the sheet has no row to read")


def read_angoff(sheet: Sheet, items: list[str]) -> dict[str, list[float]]:
    """Judge -> expected share (0 to 1) of a borderline candidate, in the order of `items`."""
    judge = _column(sheet, JUDGE)
    places = {code: sheet.column(code) for code in items}
    lacking = [code for code, at in places.items() if at is None]
    if lacking:
        raise BadInput("panel_columns", _MISSING, columns="、".join(lacking[:8]))
    out: dict[str, list[float]] = {}
    for row in sheet.rows:
        name = _name(row.number, row.cells[judge], out)
        out[name] = [_share(row.number, code, row.cells[at or 0]) for code, at in places.items()]
    return _some(out)


def read_bookmarks(sheet: Sheet, items: int) -> dict[str, int]:
    """Judge -> page of the bookmark, 1 to `items` + 1."""
    judge, page = _column(sheet, JUDGE), _column(sheet, PAGE)
    out: dict[str, int] = {}
    for row in sheet.rows:
        name = _name(row.number, row.cells[judge], out)
        text = row.cells[page].strip().removesuffix(".0")
        if not text.isdecimal() or not 1 <= int(text) <= items + 1:
            raise BadInput("panel_page", _PAGE_VALUE, row=row.number, value=text[:20], most=items + 1)
        out[name] = int(text)
    return _some(out)


def read_groups(sheet: Sheet) -> dict[str, tuple[int, bool]]:
    """Admission number -> (row as the clerk sees it, judged a master)."""
    admission, judged = _column(sheet, ADMISSION), _column(sheet, JUDGED)
    out: dict[str, tuple[int, bool]] = {}
    for row in sheet.rows:
        name = _name(row.number, row.cells[admission], out)
        text = row.cells[judged].strip().lower()
        if text not in MASTER:
            raise BadInput("panel_judged", _JUDGED_VALUE, row=row.number, value=text[:20])
        out[name] = (row.number, MASTER[text])
    return _some(out)


def _column(sheet: Sheet, names: tuple[str, ...]) -> int:
    at = sheet.column(*names)
    if at is None:
        raise BadInput("panel_columns", _MISSING, columns=names[0])
    return at


def _name(row: int, cell: str, known: Container[str]) -> str:
    name = cell.strip()[:40]
    if not name or name in known:
        raise BadInput("panel_name", _TWICE, row=row, name=name)
    return name


def _share(row: int, column: str, cell: str) -> float:
    text = cell.strip()
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BadInput("panel_share", _SHARE, row=row, column=column, value=text[:20])
    return value


def _some(rows: dict[str, Row]) -> dict[str, Row]:
    if not rows:
        raise BadInput("empty_sheet", _NOTHING)
    return rows

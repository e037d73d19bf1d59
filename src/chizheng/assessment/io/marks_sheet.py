"""The marks sheet 成绩登记表: a workbook with the roster, one column per part, only the marks unlocked."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.platform.io.exports import workbook
from chizheng.platform.io.sheets import Sheet

ADMISSION, NAME = "准考证号", "姓名"
PART_HEADERS = {"theory": "理论知识", "practice": "操作技能", "review": "综合评审"}
KEPT = "保留"
"""What stands in the cell of a part that keeps an earlier pass; such a cell is locked and not read."""

_NO_COLUMN = Wording(
    zh="成绩表缺少列：{columns}；请使用下载的成绩模板",
    en="the marks sheet lacks columns: {columns}; use the template",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate of the sheet; `cells` by part, `kept` the parts not to be filled in."""

    admission_number: str
    name: str
    cells: dict[str, str]
    kept: frozenset[str]


def write_marks_sheet(title: str, parts: Sequence[str], lines: Iterable[Line]) -> bytes:
    """The workbook (.xlsx): a title, the header, one row per candidate, mark cells checked 0 to 100."""
    out = io.BytesIO()
    book = workbook(out)
    page = book.add_worksheet("成绩登记表")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    text = book.add_format({"num_format": "@"})
    free = book.add_format({"num_format": "@", "locked": False, "border": 1, "bg_color": "#FFFDF3"})
    kept = book.add_format({"font_color": "#6B7680", "bg_color": "#EEEEEE", "border": 1})
    page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 13}))
    page.write_row(1, 0, [ADMISSION, NAME, *(PART_HEADERS[p] for p in parts)], head)
    last = 1
    for last, line in enumerate(lines, 2):
        page.write_string(last, 0, line.admission_number, text)
        page.write_string(last, 1, line.name, text)
        for column, part in enumerate(parts, 2):
            if part in line.kept:
                page.write_string(last, column, KEPT, kept)
            else:
                page.write_string(last, column, line.cells.get(part, ""), free)
    page.write_string(last + 2, 0, "填0至100的数，可有两位小数；未参加填“缺考”，违纪填“违纪”；空白为未录入。")
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 16)
    page.set_column(2, 1 + len(parts), 14)
    page.freeze_panes(2, 2)
    page.protect()
    book.close()
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class MarksColumns:
    """Where the columns of a marks sheet stand (0-based) and which rows hold marks."""

    admission: int
    name: int | None
    parts: dict[str, int]


def marks_columns(sheet: Sheet, parts: Sequence[str]) -> MarksColumns:
    """Find the columns of a sheet that came back; raises BadInput naming those missing."""
    admission = sheet.column(ADMISSION)
    found = {p: i for p in parts if (i := sheet.column(PART_HEADERS[p])) is not None}
    if admission is None or not found:
        missing = ([] if admission is not None else [ADMISSION]) + [
            PART_HEADERS[p] for p in parts if p not in found
        ]
        raise BadInput("marks_columns", _NO_COLUMN, columns="、".join(missing))
    return MarksColumns(admission, sheet.column(NAME), found)

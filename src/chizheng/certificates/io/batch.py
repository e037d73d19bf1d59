"""An employer's workbook in, the same workbook out with a verdict beside every row."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chizheng.certificates.core.lookup import Answer, Lookup, Row
from chizheng.certificates.core.verdicts import minute
from chizheng.certificates.core.verification import Question
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput
from chizheng.platform.io.exports import workbook
from chizheng.platform.io.sheets import Sheet, read_sheet

CHUNK = 200
NUMBER = ("证书编号", "证书号", "证书号码", "certificate number", "number")
NAME = ("姓名", "持证人", "name")
CHECK = ("校验码", "check code")
QR = ("二维码", "二维码内容", "qr")

_HEADERS = {
    "zh": ("核验结论", "说明", "怎么办", "状态数据截至"),
    "en": ("Verdict", "Reasons", "What to do", "Status as of"),
}
_FILLS = {"green": "#dcefdc", "amber": "#fbedc6", "red": "#f6d5d0"}


@dataclass(frozen=True)
class Batch:
    """A sheet and its questions, row by row."""

    sheet: Sheet
    rows: tuple[Row, ...]


def read(content: bytes, filename: str, *, most: int, lang: str = "zh") -> Batch:
    """Read .xlsx, .xls or CSV; raises BadInput for missing columns or too many rows."""
    sheet = read_sheet(content, filename, lang=lang)
    number, name = sheet.column(*NUMBER), sheet.column(*NAME)
    check, code = sheet.column(*CHECK), sheet.column(*QR)
    for column, label in ((number, NUMBER[0]), (name, NAME[0])):
        if column is None and code is None:
            raise BadInput("sheet_columns", FAULTS["sheet_columns"], name=filename, column=label)
    if len(sheet.rows) > most:
        raise BadInput(
            "too_many_rows", FAULTS["too_many_rows"], name=filename, rows=len(sheet.rows), most=most
        )

    def cell(cells: Sequence[str], column: int | None) -> str:
        return "" if column is None else cells[column].strip("\r\n\t")

    rows = tuple(
        Row(
            Question(cell(r.cells, number), cell(r.cells, name).strip(), cell(r.cells, check)),
            cell(r.cells, code),
        )
        for r in sheet.rows
    )
    return Batch(sheet, rows)


def answers(batch: Batch, lookup: Lookup, *, lang: str = "zh") -> Iterator[list[Answer]]:
    """Answers chunk by chunk, so that progress can be shown."""
    for start in range(0, len(batch.rows), CHUNK):
        yield lookup.answer(batch.rows[start : start + CHUNK], lang)


def write(batch: Batch, found: Sequence[Answer], *, lang: str = "zh") -> bytes:
    """The workbook with verdict, reasons, what to do and age of the data; answers coloured, first row frozen."""
    out = io.BytesIO()
    header = _HEADERS["en" if lang.startswith("en") else "zh"]
    with workbook(out) as book:
        page = book.add_worksheet((batch.sheet.name or "核验结果")[:31])
        bold = book.add_format({"bold": True, "bottom": 1})
        fills = {
            colour: book.add_format({"bg_color": fill, "bold": colour == "red"})
            for colour, fill in _FILLS.items()
        }
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        wide = len(batch.sheet.header)
        for column, title in enumerate((*batch.sheet.header, *header)):
            page.write_string(0, column, title, bold)
        for index, (row, answer) in enumerate(zip(batch.sheet.rows, found, strict=True), start=1):
            for column, text in enumerate(row.cells):
                page.write_string(index, column, text)
            said = " ".join(str(reason.get("message", "")) for reason in answer["reasons"])
            fill = fills.get(str(answer.get("colour")), fills["red"])
            page.write_string(index, wide, str(answer.get("says", answer["verdict"])), fill)
            page.write_string(index, wide + 1, said, wrap)
            page.write_string(index, wide + 2, str(answer.get("next") or ""), wrap)
            page.write_string(index, wide + 3, _minute(answer.get("as_of")))
        page.set_column(0, wide - 1, 20)
        page.set_column(wide, wide, 14)
        page.set_column(wide + 1, wide + 2, 50)
        page.set_column(wide + 3, wide + 3, 18)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(batch.rows), wide + 3)
    return out.getvalue()


def _minute(as_of: object) -> str:
    """The instant as people of the office read it; a foreign service's odd text stays as it is."""
    try:
        return minute(datetime.fromisoformat(str(as_of))) if as_of else ""
    except ValueError:
        return str(as_of)

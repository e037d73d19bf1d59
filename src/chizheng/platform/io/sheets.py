"""Sheets as clerks send them (.xls, .xlsx, CSV in UTF-8 or GB18030), read as text and sent back with faults.

Cells become text, because what is typed in them are names and numbers that are not quantities. Rows keep
the number the clerk sees. A number that Excel has already rounded (an identity number typed as a number)
is reported as a fault: its last digits are lost and nobody may guess them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from chizheng.kernel.errors import BadInput
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.platform.io.exports import XLSX, csv_bytes, plain, workbook
from chizheng.platform.io.old_workbooks import Odd, area
from chizheng.platform.io.workbooks import MAX_CELLS, NOT_A_SHEET, TOO_LARGE, TOO_WIDE, check_workbook

Kind = Literal["xlsx", "xls", "csv"]

FAULT_COLUMN = "问题说明"
"""Header of the column that `annotate_sheet` adds and `read_sheet` leaves out again."""

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 256

_EXACT_DIGITS = 15
"""Digits a spreadsheet number keeps; longer ones are rounded when typed."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: `number` as shown in the program (1-based), `cells` as text, as many as the header has."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong at a row: `column` is an index into the header, None for the row as a whole."""

    row: int
    column: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its rows, blank rows left out; `faults` are cells that reading could not trust."""

    header: tuple[str, ...]
    header_row: int
    rows: tuple[SheetRow, ...]
    name: str
    kind: Kind
    encoding: str = ""
    delimiter: str = ","
    faults: tuple[CellFault, ...] = ()

    def column(self, *names: str) -> int | None:
        """Index of the first column whose header is one of `names` (stars, blanks, case, width ignored)."""
        wanted = {_header_key(n) for n in names}
        for index, title in enumerate(self.header):
            if _header_key(title) in wanted:
                return index
        return None


@dataclass(frozen=True, slots=True)
class AnnotatedSheet:
    """A sheet on its way back: what to send, under which name, as which type."""

    content: bytes
    filename: str
    media_type: str


def read_sheet(content: bytes, filename: str, *, lang: str = "zh") -> Sheet:
    """Read the first sheet that holds anything; what it is, the bytes decide and not the name.

    The header is the first row with two filled cells (a title above it is skipped). Raises BadInput with
    a remedy for what is empty, too large, protected, or no sheet at all.
    """
    if len(content) > MAX_BYTES:
        raise BadInput("sheet_too_large", TOO_LARGE, file=filename, megabytes=MAX_BYTES // 1_000_000)
    kind: Kind = "csv"
    encoding, delimiter = "", ","
    if content.startswith(b"PK\x03\x04"):
        kind = "xlsx"
        name, raw = _read_workbook(content, filename)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        kind = "xls"
        name, raw = _read_workbook(content, filename)
    else:
        text, encoding = _decode(content, filename)
        delimiter = _delimiter(text)
        name, raw = "", _read_csv(text, delimiter, filename)
    return _sheet(raw, name, kind, encoding, delimiter, filename, lang)


def annotate_sheet(
    sheet: Sheet, filename: str, faults: Iterable[CellFault], *, only_faulty: bool = False
) -> AnnotatedSheet:
    """The sheet again, with a column that says what is wrong in each row, faulty cells marked.

    A workbook comes back as .xlsx (an .xls too: nobody should go on writing that), CSV as CSV in its own
    encoding and delimiter. `only_faulty` leaves the good rows out.
    """
    by_row: dict[int, list[CellFault]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(fault)
    rows = [r for r in sheet.rows if not only_faulty or r.number in by_row]
    stem = filename.rsplit(".", 1)[0] or "sheet"
    if sheet.kind == "csv":
        return AnnotatedSheet(_write_csv(sheet, rows, by_row), f"{stem}.csv", "text/csv")
    return AnnotatedSheet(
        _write_workbook(sheet, rows, by_row),
        f"{stem}.xlsx",
        XLSX,
    )


# --- reading


def _check_old(content: bytes, filename: str) -> None:
    try:
        rows, columns = area(content)
    except Odd:
        raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename) from None
    if rows * columns > MAX_CELLS:
        raise BadInput("sheet_too_wide", TOO_WIDE, file=filename, rows=rows, columns=columns)


def _read_workbook(content: bytes, filename: str) -> tuple[str, list[list[object]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if content.startswith(b"PK"):
        check_workbook(content, filename)
    else:
        _check_old(content, filename)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False, nrows=MAX_ROWS + 1)
            if any(any(cell != "" for cell in row) for row in rows):
                return name, [list(row) for row in rows]
    except (CalamineError, ValueError, OSError) as error:
        raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename) from error
    except BaseException as error:
        # The Rust reader panics on some cut-off .xls files; that is no Exception, but no end of ours either.
        if type(error).__name__ != "PanicException":
            raise
        raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename) from None
    raise BadInput("sheet_empty", _EMPTY, file=filename)


def _decode(content: bytes, filename: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text or text.lstrip()[:5].lower() in ("<html", "<!doc", "<tabl", "<?xml"):
            break
        return text, encoding
    raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename)


def _delimiter(text: str) -> str:
    """The separator that the first line with text uses most; a comma where none is seen."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",\t;", key=lambda d: (first.count(d), d == ","))


def _read_csv(text: str, delimiter: str, filename: str) -> list[list[object]]:
    rows: list[list[object]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(list(row))
            if len(rows) > MAX_ROWS:
                break
    except csv.Error as error:
        raise BadInput(
            "broken_csv", _BROKEN_CSV, file=filename, row=len(rows) + 1, fault=str(error)
        ) from error
    return rows


def _sheet(
    raw: Sequence[Sequence[object]],
    name: str,
    kind: Kind,
    encoding: str,
    delimiter: str,
    filename: str,
    lang: str,
) -> Sheet:
    if len(raw) > MAX_ROWS:
        raise BadInput("too_many_rows", _TOO_MANY_ROWS, file=filename, rows=MAX_ROWS)
    texts = [[_text(cell) for cell in row] for row in raw]
    wide = max((sum(map(bool, row)) for row in texts), default=0)
    if wide == 0:
        raise BadInput("sheet_empty", _EMPTY, file=filename)
    start = next(i for i, row in enumerate(texts) if sum(map(bool, row)) >= min(2, wide))
    header = list(texts[start])
    while header and not header[-1]:
        header.pop()
    used = max((_last_filled(row) for row in texts[start + 1 :]), default=0)
    width = max(len(header), used)
    if width > MAX_COLUMNS:
        raise BadInput("too_many_columns", _TOO_MANY_COLUMNS, file=filename, columns=MAX_COLUMNS)
    header += [""] * (width - len(header))
    keep = [i for i, title in enumerate(header) if title != FAULT_COLUMN]
    rows, faults = [], []
    for index in range(start + 1, len(texts)):
        cells = texts[index] + [""] * (width - len(texts[index]))
        kept = tuple(cells[i] for i in keep)
        if not any(kept):
            continue
        rows.append(SheetRow(index + 1, kept))
        for place, i in enumerate(keep):
            value = raw[index][i] if i < len(raw[index]) else None
            if isinstance(value, (int, float)) and abs(value) >= 10**_EXACT_DIGITS:
                faults.append(CellFault(index + 1, place, _ROUNDED.say(lang, column=header[i] or str(i + 1))))
    return Sheet(
        tuple(header[i] for i in keep), start + 1, tuple(rows), name, kind, encoding, delimiter,
        tuple(faults),
    )  # fmt: skip


def _last_filled(row: Sequence[str]) -> int:
    return max((i + 1 for i, cell in enumerate(row) if cell), default=0)


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    text = "" if cell is None else str(cell).strip()
    return plain(text)


def _header_key(title: str) -> str:
    return canonical(title).strip("*:：").replace("_", "").casefold()


# --- writing


def _said(faults: Sequence[CellFault], header: Sequence[str]) -> str:
    parts = []
    for fault in sorted(faults, key=lambda f: -1 if f.column is None else f.column):
        title = header[fault.column] if fault.column is not None else ""
        known = not title or fault.message.startswith(title)
        parts.append(fault.message if known else f"{title}：{fault.message}")
    return "；".join(dict.fromkeys(parts))


def _write_csv(sheet: Sheet, rows: Sequence[SheetRow], by_row: dict[int, list[CellFault]]) -> bytes:
    table = [[*sheet.header, FAULT_COLUMN]]
    table += [[*row.cells, _said(by_row.get(row.number, []), sheet.header)] for row in rows]
    return csv_bytes(table, delimiter=sheet.delimiter, encoding=sheet.encoding or "utf-8-sig")


def _write_workbook(sheet: Sheet, rows: Sequence[SheetRow], by_row: dict[int, list[CellFault]]) -> bytes:
    out = io.BytesIO()
    book = workbook(out)
    page = book.add_worksheet(_sheet_name(sheet.name))
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    text = book.add_format({"num_format": "@"})
    wrong = book.add_format({"num_format": "@", "bg_color": "#FDE2DD", "font_color": "#8A1C0E", "border": 1})
    told = book.add_format({"font_color": "#8A1C0E", "text_wrap": True})
    last = len(sheet.header)
    for column, title in enumerate(sheet.header):
        page.write_string(0, column, title, head)
    page.write_string(0, last, FAULT_COLUMN, head)
    for line, row in enumerate(rows, 1):
        faults = by_row.get(row.number, [])
        by_column: dict[int, list[str]] = {}
        for fault in faults:
            if fault.column is not None:
                by_column.setdefault(fault.column, []).append(fault.message)
        for column, cell in enumerate(row.cells):
            page.write_string(line, column, cell, wrong if column in by_column else text)
            if column in by_column:
                page.write_comment(line, column, "；".join(by_column[column]))
        if faults:
            page.write_string(line, last, _said(faults, sheet.header), told)
    page.freeze_panes(1, 0)
    page.set_column(0, max(last - 1, 0), 16)
    page.set_column(last, last, 60)
    book.close()
    return out.getvalue()


def _sheet_name(name: str) -> str:
    """A name that Excel accepts: 31 characters, none of its reserved ones."""
    cleaned = "".join("_" if c in "[]:*?/\\" else c for c in name).strip("'")[:31]
    return cleaned if cleaned and cleaned.casefold() != "history" else "Sheet1"


_EMPTY = Wording(
    zh="文件“{file}”里没有内容；第一行应为表头",
    en="The file '{file}' is empty; its first row should be headers",
)
_BROKEN_CSV = Wording(
    zh="CSV 文件“{file}”第 {row} 行附近格式有误（{fault}）；请检查引号是否成对，或另存为 .xlsx",
    en="The CSV file '{file}' is broken near row {row} ({fault}); check the quotes, or save it as .xlsx",
)
_TOO_MANY_ROWS = Wording(
    zh="文件“{file}”超过 {rows} 行；请分成几份上传",
    en="The file '{file}' has more than {rows} rows; split it",
)
_TOO_MANY_COLUMNS = Wording(
    zh="文件“{file}”超过 {columns} 列；请删除多余的列",
    en="The file '{file}' has more than {columns} columns; remove what is not needed",
)
_ROUNDED = Wording(
    zh="{column}：超过15位的数字被表格软件取整，末几位已丢失；请把该列设为“文本”格式后重新填写",
    en="{column}: the spreadsheet rounded a number of more than 15 digits and its last digits are lost; "
    "format the column as text and type it again",
)

"""What a workbook (.xlsx) is asked before any reader opens it: is it small enough inside, and only a workbook?

Sizes that a zip declares are claims; here its parts are unpacked and counted, and nothing is kept. A reader
also makes room for every cell up to the farthest one, so that one character in the last cell of an empty
sheet asks for half a terabyte: the area that would be laid out is measured first.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording

MAX_PARTS = 2_000
MAX_UNPACKED_BYTES = 300_000_000
MAX_RATIO = 250
"""Unpacked to packed: spreadsheets stay below 50, and zlib ends at 1,032."""
RATIO_FROM = 20_000_000
"""Below so many bytes inside nobody asks for the ratio."""
MAX_CELLS = 6_000_000
"""Cells from the first to the farthest filled one: 200,000 rows of 30 columns."""

_CHUNK = 1 << 20
_TAG = re.compile(
    rb"""<(?:\w+:)?(?:row(?=[\s>/])(?P<row>[^>]*)|c(?=[\s>/])(?P<cell>[^>]*))>"""
)  # one pass over the tags that place something; a cell closed in itself is only a format
_PLACE = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]{0,3})(\d{1,9})["']""")
_TAIL = 4_096


def check_workbook(content: bytes, filename: str) -> None:
    """Raise BadInput unless `content` is an .xlsx whose parts and cells can be held.

    Codes: not_a_sheet (no zip, damaged, protected, another kind of document), sheet_macros,
    sheet_too_large (unpacked size, ratio, parts), sheet_too_wide (area). Macros are refused although no
    reader of ours runs them, for the file is kept and handed on; a reference to another workbook is left
    as the value that was stored with it, and nothing outside is ever fetched.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = book.infolist()
            _check_parts(parts, filename)
            unpacked = 0
            for part in parts:
                if part.is_dir():
                    continue
                measure = _Area()
                for chunk in _unpack(book, part):
                    unpacked += len(chunk)
                    if unpacked > MAX_UNPACKED_BYTES or (
                        unpacked > RATIO_FROM and unpacked > MAX_RATIO * len(content)
                    ):
                        raise _too_large(filename)
                    measure.feed(chunk)
                if measure.defines:
                    raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename)
                if measure.cells > MAX_CELLS:
                    raise BadInput(
                        "sheet_too_wide", _TOO_WIDE, file=filename, rows=measure.last_row, columns=measure.last_column,
                    )  # fmt: skip
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as fault:
        raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename) from fault


def _check_parts(parts: list[zipfile.ZipInfo], filename: str) -> None:
    names = [part.filename.casefold().replace("\\", "/") for part in parts]
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _too_large(filename)
    # readers find parts without regard to case, and disagree on which of two equal names they take
    if len(set(names)) < len(names) or "[content_types].xml" not in names:
        raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename)
    # an .xlsb or .ods would be read by readers that repeat cells on demand
    if any(name in ("mimetype", "content.xml", "xl/workbook.bin") for name in names):
        raise BadInput("not_a_sheet", NOT_A_SHEET, file=filename)
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise BadInput("sheet_macros", _MACROS, file=filename)


def _unpack(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with book.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


class _Area:
    """The rows and columns that a reader would lay out for one part, and whether it declares entities."""

    def __init__(self) -> None:
        self.first_row = self.first_column = 0
        self.last_row = self.last_column = 0
        self.defines = False
        self._row = self._column = 0
        self._rest = b""
        self._xml: bool | None = None

    @property
    def cells(self) -> int:
        if not self.last_row:
            return 0
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)

    def feed(self, chunk: bytes) -> None:
        if self._xml is None:
            start = chunk[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
            self._xml = start.startswith(b"<")
        if not self._xml:
            return
        text = self._rest + chunk.replace(b"\x00", b"")  # UTF-16 is told by its tags as well
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            self.defines = True
        done = 0
        for tag in _TAG.finditer(text):
            done = tag.end()
            self._see(tag)
        self._rest = text[max(done, len(text) - _TAIL) :]

    def _see(self, tag: re.Match[bytes]) -> None:
        inside = tag["row"]
        if inside is not None:
            place = _PLACE.search(inside)
            self._row = int(place[2]) if place else self._row + 1
            self._column = 0
            return
        inside = tag["cell"]
        place = _PLACE.search(inside)
        if place and place[1]:
            self._row, self._column = int(place[2]), _column(place[1])
        else:
            self._column += 1
        if inside.endswith(b"/"):
            return
        if not self.last_row:
            self.first_row, self.first_column = self._row, self._column
        self.first_row, self.last_row = min(self.first_row, self._row), max(self.last_row, self._row)
        self.first_column = min(self.first_column, self._column)
        self.last_column = max(self.last_column, self._column)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(filename: str) -> BadInput:
    return BadInput("sheet_too_large", TOO_LARGE, file=filename, megabytes=MAX_UNPACKED_BYTES // 1_000_000)


TOO_LARGE = Wording(
    zh="文件“{file}”超过 {megabytes} MB；请分成几份上传",
    en="The file '{file}' exceeds {megabytes} MB; split it",
)
NOT_A_SHEET = Wording(
    zh="“{file}”不是可读的 Excel（.xls、.xlsx）或 CSV 文件（可能加了密码，或网页另存而成）；"
    "请用表格软件打开后另存为 .xlsx",
    en="'{file}' is no readable Excel (.xls, .xlsx) or CSV file (it may be protected, or a saved web page); "
    "open it in a spreadsheet program and save it as .xlsx",
)
_MACROS = Wording(
    zh="“{file}”带有宏；请用表格软件另存为不带宏的 .xlsx 后上传",
    en="'{file}' holds macros; save it as .xlsx without macros and upload that",
)
_TOO_WIDE = Wording(
    zh="“{file}”的内容一直铺到第 {rows} 行、第 {columns} 列；请删去表格之外的零散单元格，或分成几份上传",
    en="the cells of '{file}' reach row {rows} and column {columns}; remove stray cells outside the table, or split it",
)

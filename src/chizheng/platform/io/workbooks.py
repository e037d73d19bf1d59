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
"""Cells from the corner of a sheet to the farthest filled one: 200,000 rows of 30 columns."""

_CHUNK = 1 << 20
_LONGEST_TEXT = 1 << 22
"""Between two tags: a cell holds 32,767 characters."""
_OPENED = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s>/])")
_NAMED = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?(?<![\w:])r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,9})["']""")
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s>/])([^<>]*)>")
_PLACE = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,9})["']""")


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
                        "sheet_too_wide", TOO_WIDE, file=filename, rows=measure.last_row, columns=measure.last_column,
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
    """The rows and columns that a reader would lay out for one part, from the first of the sheet to the farthest
    filled one, and whether the part declares entities. ValueError for tags that would hide a cell."""

    def __init__(self) -> None:
        self.last_row = self.last_column = 0
        self.defines = False
        self._row = self._column = 0
        self._rest = b""
        self._xml: bool | None = None

    @property
    def cells(self) -> int:
        return self.last_row * self.last_column

    def feed(self, chunk: bytes) -> None:
        if self._xml is None:
            start = chunk[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
            self._xml = start.startswith(b"<")
        if not self._xml:
            return
        text = self._rest + chunk.replace(b"\x00", b"")  # UTF-16 is told by its tags as well
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            self.defines = True
        cut = text.rfind(b">") + 1
        self._rest = text[cut:]
        if len(self._rest) > _LONGEST_TEXT:
            raise ValueError("a tag without end")
        opened = _OPENED.findall(text[:cut])
        if opened and not self._quick(text[:cut], opened.count(b"c"), opened.count(b"row")):
            self._one_by_one(text[:cut], len(opened))

    def _quick(self, text: bytes, cells: int, rows: int) -> bool:
        """At the speed of the regular expression, where every cell says where it is, as programs write them; False
        where some do not, or where it would be too much: a cell closed in itself is only a format."""
        named = _NAMED.findall(text)
        if len(named) != cells:
            return False
        last_row = max((int(row) for row in {row for _, row in named}), default=0)
        last_column = max((_column(letters) for letters in {letters for letters, _ in named}), default=0)
        if max(last_row, self.last_row) * max(last_column, self.last_column) > MAX_CELLS:
            return False
        self.last_row, self.last_column = max(last_row, self.last_row), max(last_column, self.last_column)
        self._row, self._column = max(self._row + rows, last_row), last_column
        return True

    def _one_by_one(self, text: bytes, opened: int) -> None:
        tags = _TAG.findall(text)
        if len(tags) != opened:
            raise ValueError("a tag within a tag")
        for kind, inside in tags:
            if inside.count(b'"') % 2 or inside.count(b"'") % 2:
                raise ValueError("a value that holds the end of its tag")
            self._see(kind, inside)

    def _see(self, kind: bytes, inside: bytes) -> None:
        place = _PLACE.search(inside)
        if kind == b"row":
            self._row = int(place[2]) if place else self._row + 1
            self._column = 0
            return
        if place and place[1]:
            self._row, self._column = int(place[2]), _column(place[1])
        else:
            self._column += 1
        if not inside.endswith(b"/"):
            self.last_row = max(self.last_row, self._row)
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
TOO_WIDE = Wording(
    zh="“{file}”的内容一直铺到第 {rows} 行、第 {columns} 列；请删去表格之外的零散单元格，或分成几份上传",
    en="the cells of '{file}' reach row {rows} and column {columns}; remove stray cells outside the table, or split it",
)

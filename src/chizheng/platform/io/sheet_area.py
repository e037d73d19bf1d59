"""How large the sheets of a workbook are, before the fast reader lays them out cell by cell.

The reader makes a full rectangle from the first to the last cell: one cell in the far corner of a file of a few
kilobytes would ask it for gigabytes, and the process would be ended, not the reading. So the corners are
looked up first, in the bytes themselves.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

_PART = re.compile(rb"<(?:\w+:)?(row|c)\b([^<>]*?)(/?)>")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,9})["']""")
_NAMED = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,9})["']""")
_ANY = re.compile(rb"<(?:\w+:)?c[\s/>]")
_CHUNK = 1 << 20
_LONGEST_TEXT = 1 << 22
"""Of a text between two tags: a cell holds 32,767 characters."""
_FAR = 4_000_000
"""Cells from which on a rectangle is looked at closely: stray styles do not count."""

_CELLS = frozenset((0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00BD, 0x00BE, 0x00D6))
"""BIFF records that begin with row and column: formula, blank, number, label, error, RK, string, and rows of them."""
_MANY = frozenset((0x00BD, 0x00BE))
_DIMENSIONS, _SHEET = 0x0200, 0x0085
_END = 0xFFFF_FFF0
"""Sector numbers from here on are marks, not sectors."""


class Odd(Exception):
    """The bytes are no workbook that could be read."""


def area(content: bytes, most_unpacked: int) -> tuple[int, int]:
    """(rows, columns) of the largest rectangle that any sheet of an .xlsx or .xls spans; raises Odd."""
    if content.startswith(b"PK"):
        return _area_of_xlsx(content, most_unpacked)
    try:
        stream = _workbook_stream(content)
        return _area_of_biff(stream)
    except (struct.error, IndexError):
        raise Odd from None


# --- .xlsx: XML parts in a ZIP


def _area_of_xlsx(content: bytes, most: int) -> tuple[int, int]:
    rows = columns = 0
    left = most
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = {p.filename.lower() for p in parts.infolist()}
            if names & {"content.xml", "xl/workbook.bin"}:  # other formats in the same wrapping
                raise Odd
            for part in parts.infolist():
                rows_, columns_, size = _quick(_tags(parts, part, left))
                left -= size
                if rows_ < 0 or rows_ * columns_ > _FAR:
                    rows_, columns_ = _one_by_one(_tags(parts, part, size))
                rows, columns = max(rows, rows_), max(columns, columns_)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
        raise Odd from None
    return rows, columns


def _tags(parts: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """A part's text in pieces that end with a tag; raises Odd beyond `most` bytes or for a tag without end."""
    rest = b""
    with parts.open(part) as file:
        while chunk := file.read(_CHUNK):
            most -= len(chunk)
            if most < 0:
                raise Odd
            text = rest + chunk
            cut = text.rfind(b">") + 1
            rest = text[cut:]
            if len(rest) > _LONGEST_TEXT:
                raise Odd
            yield text[:cut]
    yield rest


def _quick(pieces: Iterator[bytes]) -> tuple[int, int, int]:
    """(rows, columns, bytes) where every cell says where it is, which is what programs write; rows -1 where some do
    not. At the speed of the regular expression."""
    rows = columns = size = 0
    whole = True
    for text in pieces:
        size += len(text)
        named = _NAMED.findall(text)
        whole = whole and len(_ANY.findall(text)) == len(named)
        rows = max(rows, *(int(row) for row in {row for _, row in named}), 0)
        columns = max(columns, *(_column(letters) for letters in {letters for letters, _ in named}), 0)
    return rows if whole else -1, columns, size


def _one_by_one(pieces: Iterator[bytes]) -> tuple[int, int]:
    """Cells without a reference are counted on; a cell that only has a style is none for the reader."""
    rows = columns = unnamed = row_count = 0
    for text in pieces:
        parts = _PART.findall(text)
        if sum(kind == b"c" for kind, *_ in parts) != len(_ANY.findall(text)):
            raise Odd
        for kind, inside, closed in parts:
            if inside.count(b'"') % 2 or inside.count(b"'") % 2:  # the tag goes on behind a `>` in a value
                raise Odd
            if kind == b"row":
                row_count, unnamed = row_count + 1, 0
            named = _REFERENCE.search(inside)
            if named is not None:
                if kind == b"row":
                    row_count = int(named[2])
                elif not closed:
                    rows, columns = max(rows, int(named[2])), max(columns, _column(named[1]))
            elif kind == b"c":
                unnamed += 1
                rows, columns = max(rows, row_count), max(columns, unnamed)
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


# --- .xls: BIFF records in a stream of a compound file ([MS-CFB], [MS-XLS])


def _workbook_stream(content: bytes) -> bytes:
    shift, small_shift = struct.unpack_from("<HH", content, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise Odd
    size = 1 << shift
    directory, _, cutoff, small_fat, _, more, _ = struct.unpack_from("<LLLLLLL", content, 48)
    entries = list(struct.unpack_from("<109L", content, 76))
    visited = 0
    while more < _END:
        whole = struct.unpack(f"<{size // 4}L", _sector(content, more, size))
        entries += whole[:-1]
        more, visited = whole[-1], visited + 1
        if visited > len(content) // size:
            raise Odd
    table: list[int] = []
    for sector in entries:
        if sector < _END:
            table += struct.unpack(f"<{size // 4}L", _sector(content, sector, size))

    def read(first: int, source: bytes, links: list[int], width: int, head: int) -> bytes:
        out: list[bytes] = []
        at = first
        while at < _END:
            if len(out) > len(source) // width:
                raise Odd
            begin = head + at * width
            out.append(source[begin : begin + width])
            at = links[at]
        return b"".join(out)

    listing = read(directory, content, table, size, size)
    found: dict[str, tuple[int, int]] = {}
    for begin in range(0, len(listing) - 127, 128):
        entry = listing[begin : begin + 128]
        (length,) = struct.unpack_from("<H", entry, 64)
        name = entry[: max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        found.setdefault("root" if entry[66] == 5 else name, struct.unpack_from("<LL", entry, 116))
    where = found.get("workbook") or found.get("book")
    if where is None or "root" not in found:
        raise Odd
    first, length = where
    if length >= cutoff:
        return read(first, content, table, size, size)[:length]
    small = read(found["root"][0], content, table, size, size)
    packed = read(small_fat, content, table, size, size)
    links = list(struct.unpack(f"<{len(packed) // 4}L", packed[: len(packed) // 4 * 4]))
    return read(first, small, links, 64, 0)[:length]


def _sector(content: bytes, number: int, size: int) -> bytes:
    raw = content[(number + 1) * size : (number + 2) * size]
    if len(raw) != size:
        raise Odd
    return raw


def _area_of_biff(stream: bytes) -> tuple[int, int]:
    rows = columns = 0
    starts, done = [0], set()
    while starts:
        at = starts.pop()
        while at + 4 <= len(stream) and at not in done:
            done.add(at)
            kind, length = struct.unpack_from("<HH", stream, at)
            body = stream[at + 4 : at + 4 + length]
            at += 4 + length
            if kind == _SHEET and len(body) >= 4:
                starts.append(struct.unpack_from("<L", body)[0])
            elif kind == _DIMENSIONS and len(body) >= 10:
                form = "<LLHH" if len(body) >= 14 else "<HHHH"
                first, last, left, right = struct.unpack_from(form, body)
                rows, columns = max(rows, last - first), max(columns, right - left)
            elif kind in _CELLS and len(body) >= 6:
                row, column = struct.unpack_from("<HH", body)
                if kind in _MANY:
                    column = max(column, struct.unpack_from("<H", body, len(body) - 2)[0])
                rows, columns = max(rows, row + 1), max(columns, column + 1)
    return rows, columns

"""How large the sheets of an old workbook (.xls) are, before the fast reader lays them out cell by cell.

The reader makes a full rectangle from the first to the last cell: one cell in the far corner of a small file
would ask it for far more than the file holds. So the corners are looked up first, in the BIFF records of the
stream inside the compound file ([MS-CFB], [MS-XLS]).
"""

from __future__ import annotations

import struct

_CELLS = frozenset((0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00BD, 0x00BE, 0x00D6))
"""BIFF records that begin with row and column: formula, blank, number, label, error, RK, string, and rows of them."""
_MANY = frozenset((0x00BD, 0x00BE))
_DIMENSIONS, _SHEET = 0x0200, 0x0085
_END = 0xFFFF_FFF0
"""Sector numbers from here on are marks, not sectors."""


class Odd(Exception):
    """The bytes are no workbook that could be read."""


def area(content: bytes) -> tuple[int, int]:
    """(rows, columns) of the largest rectangle that any sheet of an .xls spans; raises Odd."""
    try:
        return _area_of_biff(_workbook_stream(content))
    except (struct.error, IndexError):
        raise Odd from None


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

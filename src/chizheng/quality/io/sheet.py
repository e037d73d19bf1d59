"""Score sheets in CSV, read at the speed of memory.

A sheet is a header and rows of short cells. Cells of one digit and blanks, which is nearly all of them,
are read with array operations over the bytes; anything else (`10`, `-1`, `NA`, `1.0`) is looked at one
by one. Quotes and blank lines go through the csv module. The body is read in blocks of whole lines.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.io.wording import file_fault

MOST_SCORE = 120
_BLANKS = frozenset({"", "-1", "NA", "NAN", "N/A", ".", "NULL"})
_BLOCK = 1 << 23
_NEWLINE = 10


@dataclass(frozen=True, slots=True)
class Sheet:
    """`scores` rows x items (-1 missing); `texts` the other columns that were asked for."""

    scores: NDArray[np.int8]
    texts: dict[str, list[str]]


def header_of(raw: bytes) -> tuple[list[str], int, int]:
    """Column names, offset of the body, delimiter byte. Accepts a BOM, CRLF, comma, tab or semicolon."""
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    end = raw.find(b"\n", start)
    line = _decode(raw[start : len(raw) if end < 0 else end]).rstrip("\r")
    delimiter = max(",\t;", key=line.count)
    try:
        names = [n.strip() for n in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as error:
        file_fault("broken", row=1, why=str(error))
    return names, (len(raw) if end < 0 else end + 1), ord(delimiter)


def first_cells(raw: bytes, body: int, delimiter: int, rows: int = 200) -> list[list[str]]:
    """Cells of the first rows, to tell what the columns are."""
    end = body
    for _ in range(rows):
        after = raw.find(b"\n", end)
        if after < 0:
            end = len(raw)
            break
        end = after + 1
    text = _decode(raw[body:end])
    found: list[list[str]] = []
    with contextlib.suppress(csv.Error):  # a guess needs no whole sheet; reading it names the row
        found.extend(row for row in csv.reader(io.StringIO(text), delimiter=chr(delimiter)) if row)
    return found


def read_sheet(
    raw: bytes,
    body: int,
    delimiter: int,
    names: Sequence[str],
    items: Sequence[int],
    texts: Sequence[int],
    line: int = 2,
) -> Sheet:
    """Read item columns as scores and `texts` columns as text. `line` numbers the first row of the body."""
    scores: list[NDArray[np.int8]] = []
    words: dict[str, list[str]] = {names[t]: [] for t in texts}
    careful = raw.find(b'"', body) >= 0
    for block in _blocks(raw, body):
        if careful or b"\n\n" in block or block[:1] == b"\n":
            part = _careful(block, delimiter, names, items, texts, words, line)
        else:
            whole = _uniform(block, delimiter, len(names)) if len(items) == len(names) else None
            if whole is None:
                part = _plain(block, delimiter, names, items, texts, words, line)
            else:
                part = whole
        scores.append(part)
        line += block.count(b"\n")
    joined = scores[0] if len(scores) == 1 else np.concatenate(scores or [np.empty((0, len(items)), np.int8)])
    return Sheet(joined, words)


def plain_bytes(raw: bytes) -> bytes:
    """Bytes of UTF-16, as Excel's "Unicode text" is saved, turned into UTF-8; others as they are."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace").encode()
    return raw


def decoded(raw: bytes) -> str:
    """A small table as text: UTF-8 with or without mark, UTF-16, or GB 18030."""
    return _decode(plain_bytes(raw).removeprefix(codecs.BOM_UTF8))


def _decode(raw: bytes) -> str:
    """UTF-8, or GB 18030 as spreadsheets in China write it."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def _blocks(raw: bytes, body: int) -> Iterator[bytes]:
    """Whole lines, about `_BLOCK` bytes at a time, each ending in a newline and without CR."""
    crlf = raw.find(b"\r", body) >= 0
    end = len(raw.rstrip(b"\r\n\x1a")) if raw[-1:] in b"\r\n\x1a" else len(raw)
    while body < end:
        cut = min(body + _BLOCK, end)
        if cut < end:
            after = raw.find(b"\n", cut)
            cut = end if after < 0 or after >= end else after
        block = raw[body:cut]
        if crlf:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield block + b"\n"
        body = cut + 1


def _uniform(block: bytes, delimiter: int, columns: int) -> NDArray[np.int8] | None:
    """Rows of one digit a cell: a plain matrix of bytes. None where a cell is anything else."""
    width = 2 * columns
    if len(block) % width:
        return None
    cells = np.frombuffer(block, dtype=np.uint8).reshape(-1, width)
    pairs = cells.view("<u2").reshape(-1, columns)
    ends = np.full(columns, delimiter << 8, dtype=np.uint16)
    ends[-1] = _NEWLINE << 8
    digits = pairs - (ends + np.uint16(48))
    if int(digits.max(initial=0)) > 9:
        return None
    out: NDArray[np.int8] = digits.astype(np.int8)
    return out


def _plain(
    block: bytes,
    delimiter: int,
    names: Sequence[str],
    items: Sequence[int],
    texts: Sequence[int],
    words: dict[str, list[str]],
    line: int,
) -> NDArray[np.int8]:
    raw = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero((raw == delimiter) | (raw == _NEWLINE)).astype(np.int32)
    last = raw[ends] == _NEWLINE
    columns = len(names)
    if ends.size % columns or not last[columns - 1 :: columns].all() or last.sum() * columns != ends.size:
        per_row = np.diff(np.flatnonzero(last), prepend=-1)
        bad = int(np.flatnonzero(per_row != columns)[0])
        file_fault("ragged", row=line + bad, found=int(per_row[bad]), wanted=columns)
    starts = np.empty_like(ends)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    first, stop = starts.reshape(-1, columns), ends.reshape(-1, columns)
    for t in texts:
        begins, stops = first[:, t].tolist(), stop[:, t].tolist()
        words[names[t]] += [_decode(block[a:b]).strip() for a, b in zip(begins, stops, strict=True)]
    if len(items) != columns:
        first, stop = first[:, list(items)], stop[:, list(items)]
    scores = (raw[first] - np.uint8(48)).astype(np.uint8)
    length = stop - first
    scores[length == 0] = 255
    odd = (length > 1) | ((scores > 9) & (length == 1))
    if odd.any():
        for row, column in np.argwhere(odd).tolist():
            text = _decode(block[int(first[row, column]) : int(stop[row, column])])
            scores[row, column] = _score(text, line + row, names[items[column]]) & 255
    return scores.view(np.int8)


def _careful(
    block: bytes,
    delimiter: int,
    names: Sequence[str],
    items: Sequence[int],
    texts: Sequence[int],
    words: dict[str, list[str]],
    line: int,
) -> NDArray[np.int8]:
    out: list[list[int]] = []
    for offset, row in enumerate(_cells(_decode(block), delimiter, line)):
        if not row:
            continue
        if len(row) != len(names):
            file_fault("ragged", row=line + offset, found=len(row), wanted=len(names))
        for t in texts:
            words[names[t]].append(row[t].strip())
        out.append([_score(row[i], line + offset, names[i]) for i in items])
    return np.array(out, dtype=np.int8).reshape(-1, len(items))


def _cells(text: str, delimiter: int, line: int) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text), delimiter=chr(delimiter))
    try:
        yield from reader
    except csv.Error as error:
        file_fault("broken", row=line + reader.line_num - 1, why=str(error))


def _score(text: str, row: int, column: str) -> int:
    """One cell; -1 for the signs of a missing answer."""
    text = text.strip()
    if text.upper() in _BLANKS:
        return -1
    try:
        value = float(text)
    except ValueError:
        value = -2.0
    if not 0 <= value <= MOST_SCORE or value != int(value):
        file_fault("score", row=row, column=column, value=text[:40], most=MOST_SCORE)
    return int(value)

"""Tables on their way out: the one door for CSV and workbooks, so that no cell is ever computed.

A spreadsheet program takes a CSV cell that begins with `=`, `+`, `-` or `@` for a formula: a name typed into one
of our forms would run on the desk of whoever opens the table. Such texts are written with an apostrophe
before them; `plain` takes it off again where our own programs read. Numbers stay numbers. Workbooks hold
texts as texts, never as formulas or links.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"

_COMPUTED = re.compile(
    r"'*(?:\s*[=＝@＠]"  # the full-width ones too: a Chinese Excel takes them
    r"|[\t\r\n]"
    r"|\s*[+\-＋－](?!(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?$))"
)
"""How a text begins that a spreadsheet would compute; a plain number with a sign is none."""


def guarded(text: str) -> str:
    """The text as a CSV cell that stays text."""
    return f"'{text}" if _COMPUTED.match(text) else text


def plain(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text[:1] == "'" and _COMPUTED.match(text[1:]) else text


class CsvWriter:
    """Rows into a text file opened with `newline=""`; texts guarded, None an empty cell."""

    def __init__(self, out: IO[str], *, delimiter: str = ",", lineterminator: str = "\r\n") -> None:
        self._writer = csv.writer(out, delimiter=delimiter, lineterminator=lineterminator)

    def writerow(self, row: Iterable[object]) -> None:
        # lazy strings of translations are no str, and texts all the same
        self._writer.writerow(
            cell if cell is None or isinstance(cell, (int, float)) else guarded(str(cell)) for cell in row
        )

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        for row in rows:
            self.writerow(row)


def csv_bytes(
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    lineterminator: str = "\r\n",
    encoding: str = "utf-8-sig",
) -> bytes:
    """A whole table; the mark at its front is how spreadsheet programs know UTF-8."""
    out = io.StringIO(newline="")
    CsvWriter(out, delimiter=delimiter, lineterminator=lineterminator).writerows(rows)
    return out.getvalue().encode(encoding)


def workbook(out: IO[bytes]) -> xlsxwriter.Workbook:
    """A new .xlsx that takes texts for what they are; close it, or use it in a `with`."""
    import xlsxwriter

    return xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )

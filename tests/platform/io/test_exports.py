"""What leaves the house in a table is text, whoever typed it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.platform.io.exports import csv_bytes, guarded, plain, workbook

SOURCE = Path(__file__).resolve().parents[3] / "src" / "chizheng"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-1+cmd|' /C calc'!A0", "-2+3+cmd|x",
        "+86 138", "\t=1+1", "\r=1+1", "\n=1", " =1+1", "＝1+1", "＠SUM(A1)", "－1+1|x", "'=1+1", "-",
    ],
)  # fmt: skip
def test_what_would_be_computed_is_marked_as_text(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert plain(guarded(text)) == text
    [[cell]] = csv.reader(io.StringIO(csv_bytes([[text]]).decode("utf-8-sig"), newline=""))
    assert cell == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-1", "+1.5", "-0.25%", "-1e-7", ".5", "王样例", "", "A=1", "13800000000", "O'Neil"]
)
def test_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text == plain(text)


@given(st.text())
def test_reading_gives_back_what_was_written(text: str) -> None:
    assert plain(guarded(text)) == text


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert csv_bytes([[-1, -2.5, Decimal("-3.5"), None, True]], encoding="utf-8") == b"-1,-2.5,-3.5,,True\r\n"


def test_a_workbook_computes_nothing() -> None:
    out = io.BytesIO()
    with workbook(out) as book:
        page = book.add_worksheet()
        page.write(0, 0, '=HYPERLINK("http://x.example")')
        page.write(1, 0, "http://x.example")
        page.write(2, 0, "0123")
    parts = zipfile.ZipFile(out)
    sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet and sheet.count('t="s"') == 3


def test_there_is_no_other_door() -> None:
    """Nobody else writes CSV or makes workbooks; `copy … to stdout` in inspection feeds DuckDB, not people."""
    other = re.compile(
        r"csv\.(?:Dict)?[wW]riter\(|xlsxwriter\.Workbook\(|openpyxl|\.to_csv\(|FORMAT\s+CSV", re.I
    )
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if other.search(line) and "to stdout (format csv)" not in line
    }
    assert found == {"platform/io/exports.py"}

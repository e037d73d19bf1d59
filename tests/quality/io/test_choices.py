"""Tables of chosen options as clerks save them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chizheng.kernel.errors import BadInput
from chizheng.quality.io.choices import read_sheets

PLAIN = "准考证号,考场,日期,第1题,第2题\nA1,一号,2026-03-15,a,B\nA2,一号,2026-03-15,C,\n"


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode(),
        PLAIN.encode("gb18030"),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace(",", ";").replace("2026-03-15", "2026年3月15日").encode("utf-8-sig"),
    ],
    ids=["plain", "gb18030", "utf-16", "semicolon"],
)
def test_sheets_of_every_spreadsheet_programme_read_alike(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(raw)
    (sheets,), placed = read_sheets(path, {})
    assert placed
    assert sheets.candidate == ("A1", "A2")
    assert sheets.items == ("第1题", "第2题")
    assert [sheets.options[k] if k >= 0 else "" for k in sheets.choices.ravel()] == ["A", "B", "C", ""]
    assert sheets.day is not None and len(set(sheets.day)) == 1


@pytest.mark.parametrize(("name", "code"), [("answers.docx", "unknown_kind"), ("gone.csv", "no_such_file")])
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, name: str, code: str) -> None:
    path = tmp_path / name
    if code == "unknown_kind":
        path.write_text(PLAIN)
    with pytest.raises(BadInput) as refused:
        read_sheets(path, {})
    assert refused.value.code == code and name in refused.value.say("zh")

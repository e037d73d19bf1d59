"""Sheets: what clerks send is read the same whatever it was saved as, and comes back with its faults."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import date

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from chizheng.kernel.errors import BadInput
from chizheng.platform.io import sheets, workbooks
from chizheng.platform.io.sheets import FAULT_COLUMN, CellFault, annotate_sheet, read_sheet

Table = list[list[str]]


def as_csv(table: Table, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(table)
    return out.getvalue().encode(encoding)


def as_xlsx(table: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("报名表")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(table):
        for c, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(r, c, cell, day)
            elif isinstance(cell, str):
                page.write_string(r, c, cell)
            else:
                page.write(r, c, cell)
    book.close()
    return out.getvalue()


def as_xls(table: list[list[object]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("报名表")
    for r, row in enumerate(table):
        for c, cell in enumerate(row):
            page.write(r, c, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# Text as people type it: no control characters, not blank at the ends (cells are stripped).
CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters=","), max_size=8
).map(str.strip)
FILLED = CELL.filter(bool)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.tuples(FILLED, *[CELL] * (width - 1)).map(list), min_size=1, max_size=6).map(
        lambda rows: [[f"列{i}" for i in range(width)], *rows]
    )
)


def body(table: Table) -> Table:
    return table[1:]


@given(table=TABLES, encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_csv_in_every_encoding(table: Table, encoding: str) -> None:
    content = as_csv(table, encoding)
    if encoding == "gb18030" and _also_utf8(content):
        return
    sheet = read_sheet(content, "a.csv")
    assert list(sheet.header) == table[0]
    assert [list(r.cells) for r in sheet.rows] == body(table)
    assert [r.number for r in sheet.rows] == list(range(2, len(table) + 1))


def _also_utf8(content: bytes) -> bool:
    """A GB18030 text may by chance be UTF-8 too; no reader can know."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not content.isascii()


@settings(max_examples=30)
@given(table=TABLES)
def test_workbooks_read_like_csv(table: Table) -> None:
    want = read_sheet(as_csv(table), "a.csv").rows
    assert read_sheet(as_xlsx([list(r) for r in table]), "a.xlsx").rows == want
    assert read_sheet(as_xls([list(r) for r in table]), "a.xls").rows == want


@settings(max_examples=30)
@given(
    table=TABLES,
    make=st.sampled_from(["csv", "gb", "tab", "xlsx", "xls"]),
    data=st.data(),
)
def test_what_comes_back_reads_as_what_was_sent(table: Table, make: str, data: st.DataObject) -> None:
    content = {
        "csv": lambda: as_csv(table, "utf-8-sig"),
        "gb": lambda: as_csv(
            [["序号", "姓名", *table[0]], *(["壹", "某某", *r] for r in body(table))], "gb18030"
        ),
        "tab": lambda: as_csv(table, "utf-8", "\t"),
        "xlsx": lambda: as_xlsx([list(r) for r in table]),
        "xls": lambda: as_xls([list(r) for r in table]),
    }[make]()
    sheet = read_sheet(content, f"花名册.{make}")
    faults = [
        CellFault(r.number, data.draw(st.none() | st.integers(0, len(sheet.header) - 1)), "请改正")
        for r in sheet.rows
        if data.draw(st.booleans())
    ]
    back = annotate_sheet(sheet, f"花名册.{make}", faults)
    again = read_sheet(back.content, back.filename)
    assert again.header == sheet.header
    assert [r.cells for r in again.rows] == [r.cells for r in sheet.rows]
    assert (again.encoding, again.delimiter) == (sheet.encoding, sheet.delimiter)


def test_the_fault_stands_beside_the_cell() -> None:
    sheet = read_sheet(as_xlsx([["姓名", "等级"], ["甲", "9"], ["乙", "4"]]), "名册.xlsx")
    back = annotate_sheet(
        sheet, "名册.xlsx", [CellFault(2, 1, "没有这个等级"), CellFault(2, None, "人员重复")]
    )
    assert back.filename == "名册.xlsx"
    page = CalamineWorkbook.from_filelike(io.BytesIO(back.content)).get_sheet_by_index(0).to_python()
    assert page == [
        ["姓名", "等级", FAULT_COLUMN],
        ["甲", "9", "人员重复；等级：没有这个等级"],
        ["乙", "4", ""],
    ]
    only = annotate_sheet(sheet, "名册.xlsx", [CellFault(2, 1, "没有这个等级")], only_faulty=True)
    assert len(read_sheet(only.content, only.filename).rows) == 1


@pytest.mark.parametrize("cell", ['=HYPERLINK("x")', "@SUM(A1)", "+cmd", "-cmd|x"])
def test_a_formula_comes_back_as_text_and_reads_as_it_was(cell: str) -> None:
    sheet = read_sheet(as_csv([["姓名", "备注"], ["赵示例", cell], ["钱示例", "-1.5"]]), filename="a.csv")
    back = annotate_sheet(sheet, "a.csv", [CellFault(2, 1, "有误")]).content
    written = list(csv.reader(io.StringIO(back.decode("utf-8-sig"))))
    assert written[1][1] == f"'{cell}" and written[2][1] == "-1.5"
    assert [row.cells for row in read_sheet(back, filename="a.csv").rows] == [row.cells for row in sheet.rows]


def test_csv_comes_back_in_its_own_encoding() -> None:
    sheet = read_sheet(as_csv([["姓名", "等级"], ["某某", "9"]], "gb18030"), "a.csv")
    back = annotate_sheet(sheet, "a.csv", [CellFault(2, 1, "没有这个等级")])
    assert back.content.decode("gb18030").splitlines()[1] == "某某,9,等级：没有这个等级"


def test_formulas_stay_text() -> None:
    sheet = read_sheet(as_csv([["姓名", "备注"], ["甲", "=1+1"]]), "a.csv")
    assert sheet.rows[0].cells[1] == "=1+1"
    workbook = annotate_sheet(read_sheet(as_xlsx([["姓名", "备注"], ["甲", "=1+1"]]), "a.xlsx"), "a.xlsx", [])
    assert read_sheet(workbook.content, "a.xlsx").rows[0].cells[1] == "=1+1"


def test_numbers_and_dates_become_what_is_seen() -> None:
    day = date(2026, 3, 4)
    sheet = read_sheet(as_xlsx([["a", "b", "c"], [4.0, 3.5, day]]), "a.xlsx")
    assert sheet.rows[0].cells == ("4", "3.5", "2026-03-04")


@pytest.mark.parametrize("make", [as_xlsx, as_xls])
def test_a_rounded_identity_number_is_a_fault_and_no_guess(make) -> None:  # type: ignore[no-untyped-def]
    sheet = read_sheet(
        make([["姓名", "身份证号"], ["甲", 110101199003070011], ["乙", "110101199003070012"]]), "a"
    )
    assert [(f.row, f.column) for f in sheet.faults] == [(2, 1)]
    assert "身份证号" in sheet.faults[0].message and "文本" in sheet.faults[0].message


def test_a_title_above_the_header_is_skipped_and_rows_keep_their_numbers() -> None:
    sheet = read_sheet(
        as_xlsx([["某站报名表", "", ""], ["姓名*", " 证件 类型 ", "级"], ["", "", ""], ["甲", "x", "5"]]), "a"
    )
    assert sheet.header_row == 2
    assert [r.number for r in sheet.rows] == [4]
    assert sheet.column("姓名") == 0 and sheet.column("无", "证件类型") == 1
    assert sheet.column("手机") is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet_empty"),
        (b"\n\n,,\n", "sheet_empty"),
        (b"PK\x03\x04 not a zip", "not_a_sheet"),
        (b"\xd0\xcf\x11\xe0 not an ole file", "not_a_sheet"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_sheet"),
        (b"<html><table><tr><td>1</td></tr></table>", "not_a_sheet"),
        (b"\xff\xff\xff", "not_a_sheet"),
        (b'a,b\n"x,1\n', "broken_csv"),
        (as_xlsx([]), "sheet_empty"),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_remedy(content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as error:
        read_sheet(content, "坏.xlsx")
    assert error.value.code == code
    assert "坏.xlsx" in error.value.say() and "坏.xlsx" in error.value.say("en")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with contextlib.suppress(BadInput):
            read_sheet(head + content, "x")


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    monkeypatch.setattr(sheets, "MAX_COLUMNS", 3)
    assert len(read_sheet(as_csv([["a", "b"], ["1", "2"], ["3", "4"]]), "x").rows) == 2
    for content in (as_csv([["a", "b"]] * 4), as_xlsx([["a", "b"]] * 4)):
        with pytest.raises(BadInput) as error:
            read_sheet(content, "x")
        assert error.value.code == "too_many_rows"
    with pytest.raises(BadInput) as error:
        read_sheet(as_csv([["a", "b", "c", "d"]]), "x")
    assert error.value.code == "too_many_columns"
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(BadInput) as error:
        read_sheet(as_xlsx([["a", "b"]]), "x")
    assert error.value.code == "sheet_too_large"
    monkeypatch.setattr(sheets, "MAX_BYTES", 2)
    with pytest.raises(BadInput) as error:
        read_sheet(b"a,b", "x")
    assert error.value.code == "sheet_too_large"


def test_a_cut_off_workbook_never_breaks_the_reader() -> None:
    for content in (as_xlsx([["a", "b"], ["1", "2"]]), as_xls([["a", "b"], ["1", "2"]])):
        for cut in (len(content) // 3, len(content) // 2, len(content) - 30):
            try:
                read_sheet(content[:cut], "x")
            except BadInput as error:
                assert error.code in ("not_a_sheet", "sheet_empty")

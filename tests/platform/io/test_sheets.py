"""Sheets: what clerks send is read the same whatever it was saved as, and comes back with its faults."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import zipfile
from datetime import date

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from chizheng.kernel.errors import BadInput
from chizheng.platform.io import sheets, workbooks
from chizheng.platform.io.exports import plain
from chizheng.platform.io.old_workbooks import area
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
    # an apostrophe before what would be computed is how such a text is kept: it is no part of the text
    assert [list(r.cells) for r in sheet.rows] == [[plain(cell) for cell in row] for row in body(table)]
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


# --- little to send, much to lay out


def _xlsx_with(cells: str) -> bytes:
    """A workbook whose sheet holds these rows, written by hand."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write_string(0, 0, "编号")
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(out.getvalue())) as good,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for part in good.infolist():
            content = good.read(part)
            if part.filename.endswith("sheet1.xml"):
                content = re.sub(
                    rb"<sheetData>.*</sheetData>", f"<sheetData>{cells}</sheetData>".encode(), content
                )
            bad.writestr(part, content)
    return made.getvalue()


FAR = {
    "corner": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "quotes": "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c s='1' r = 'XFD1048576'><v>1</v></c></row>",
    "unnamed": "<row>" + "<c><v>1</v></c>" * 20_000 + "</row>" + "<row><c><v>1</v></c></row>" * 2_000,
    "prefix": '<row r="1"/><x:row r="1048576"><x:c r="ZZZ1048576"><v>1</v></x:c></x:row>',
}


@pytest.mark.parametrize("what", FAR)
def test_a_cell_in_the_far_corner_does_not_take_the_memory_of_the_machine(what: str) -> None:
    with pytest.raises(BadInput, match="sheet_too_wide"):
        read_sheet(_xlsx_with(FAR[what]), "a.xlsx")


@pytest.mark.parametrize(
    "cells",
    [
        """<row r="1"><c s=">" r="XFD1048576"><v>1</v></c></row>""",
        """<row r="1"><c s='>' r="XFD1048576"><v>1</v></c></row>""",
        "<c " * 400_000 + "/>",
        "<row>" + '<c "' * 200_000 + ">",
        "<" + "a" * 3_000_000 + "/>",
    ],
)
def test_tags_that_hide_a_cell_or_never_end_are_refused(cells: str) -> None:
    """Looking for them in quadratic time would take hours here."""
    with pytest.raises(BadInput):
        read_sheet(_xlsx_with(cells), "a.xlsx")


def test_far_cells_that_only_have_a_style_are_no_cells() -> None:
    sheet = read_sheet(
        _xlsx_with(
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="A2"><v>3</v></c></row>'
            '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
        ),
        "a.xlsx",
    )
    assert len(sheet.rows) == 1


def test_an_old_workbook_with_a_far_cell_is_refused_too() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    page.write(0, 0, "编号")
    page.write(65_535, 255, "1")
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(BadInput, match="sheet_too_wide"):
        read_sheet(out.getvalue(), "a.xls")


@pytest.mark.parametrize("size", [1, 3_000])
def test_the_corner_of_an_old_workbook_is_found_in_small_and_large_streams(size: int) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    for n in range(size):
        page.write(n, n % 7, f"{n}")
    out = io.BytesIO()
    book.save(out)
    assert area(out.getvalue()) == (size, min(size, 7))


def test_other_formats_in_the_same_wrapping_are_no_sheets_of_ours() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", "<x/>")
    with pytest.raises(BadInput, match="not_a_sheet"):
        read_sheet(made.getvalue(), "a.xlsx")

"""Workbooks that are small on the disk and large inside, or more than a workbook."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.kernel.errors import BadInput
from chizheng.platform.io import workbooks
from chizheng.platform.io.exports import workbook
from chizheng.platform.io.sheets import annotate_sheet, read_sheet
from chizheng.platform.io.workbooks import _Area, check_workbook

TYPES = "[Content_Types].xml"


def book(*cells: tuple[int, int, str]) -> bytes:
    out = io.BytesIO()
    with workbook(out) as made:
        page = made.add_worksheet()
        for row, column, text in ((0, 0, "姓名"), (0, 1, "证件号码"), *cells):
            page.write_string(row, column, text)
    return out.getvalue()


def with_parts(more: Mapping[str, bytes], content: bytes | None = None) -> bytes:
    """The workbook again with parts added or put in the place of others."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content or book())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename not in more:
                new.writestr(part.filename, old.read(part))
        for name, body in more.items():
            new.writestr(name, body)
    return out.getvalue()


def code_of(content: bytes) -> str:
    with pytest.raises(BadInput) as error:
        read_sheet(content, "表.xlsx")
    assert "表.xlsx" in error.value.say() and "表.xlsx" in error.value.say("en")
    return error.value.code


def with_claimed_size(content: bytes, name: str, claimed: int) -> bytes:
    """The same zip, whose directory and header say that part `name` has `claimed` bytes."""
    raw = bytearray(content)
    for mark, size_at, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = raw.find(mark)
        while at >= 0:
            if raw[at + name_at :].startswith(name.encode()):
                struct.pack_into("<I", raw, at + size_at, claimed)
            at = raw.find(mark, at + 4)
    return bytes(raw)


def test_an_ordinary_workbook_passes() -> None:
    check_workbook(book((1, 0, "王样例")), "x")
    assert len(read_sheet(book((1, 0, "王样例")), "x").rows) == 1


def test_what_is_unpacked_counts_and_not_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 3_000_000)
    bomb = with_parts({"xl/media/filler.xml": b"<a>" + b" " * 5_000_000})
    assert code_of(bomb) == "sheet_too_large"
    lying = with_claimed_size(bomb, "xl/media/filler.xml", 10)
    with zipfile.ZipFile(io.BytesIO(lying)) as parts:
        assert sum(part.file_size for part in parts.infolist()) < 3_000_000
    assert code_of(lying) in ("sheet_too_large", "not_a_sheet")


def test_a_packing_that_no_sheet_reaches_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "RATIO_FROM", 1_000_000)
    assert code_of(with_parts({"xl/media/filler.xml": b"<a>" + b" " * 6_000_000})) == "sheet_too_large"


def test_thousands_of_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_PARTS", 30)
    assert code_of(with_parts({f"xl/media/{n}.xml": b"<a/>" for n in range(31)})) == "sheet_too_large"


@pytest.mark.parametrize("place", [(1_048_575, 16_383), (190_000, 200), (0, 60)])
def test_the_farthest_cell_decides_what_a_reader_would_lay_out(place: tuple[int, int]) -> None:
    """The reader under us makes room for the whole area at once: the process would be gone."""
    content = book((*place, "远"))
    if place[0] == 0:
        check_workbook(content, "x")
    else:
        assert code_of(content) == "sheet_too_wide"


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ('<row r="3"><c r="B3"><v>1</v></c></row><row r="9"><c r="D9" t="s"><v>0</v></c></row>', 36),
        ('<row r="3"><c><v>1</v></c><c><v>1</v></c></row><row><c><v>1</v></c></row>', 8),
        ('<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row><x:row r=\'5\'><x:c r = \'A5\'><x:v>1</x:v></x:c></x:row>', 5),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD900" s="2"/></row>', 1),
        ('<row r="1048576" ht="20"/>', 0),
        ('<cols><col min="1" max="16384"/></cols>', 0),
    ],
)  # fmt: skip
def test_the_area_is_that_of_filled_cells_wherever_the_pieces_are_cut(rows: str, cells: int) -> None:
    text = f'<?xml version="1.0"?><worksheet>{rows}</worksheet>'.encode()
    for size in (len(text), 7, 64):
        area = _Area()
        for at in range(0, len(text), size):
            area.feed(text[at : at + size])
        assert area.cells == cells


def test_macros_are_refused_and_another_way_is_named() -> None:
    assert code_of(with_parts({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})) == "sheet_macros"
    assert code_of(with_parts({"xl/macrosheets/sheet1.xml": b"<a/>"})) == "sheet_macros"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding: str) -> None:
    """XXE and the billion laughs need a declaration, which no workbook has."""
    evil = '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst>&x;</sst>'
    assert code_of(with_parts({"xl/sharedStrings.xml": evil.encode(encoding)})) == "not_a_sheet"


def test_a_document_of_another_kind_is_refused() -> None:
    """An .ods repeats cells on demand: ten bytes for a million of them."""
    assert code_of(with_parts({"content.xml": b"<a/>", "mimetype": b"x"})) == "not_a_sheet"
    assert code_of(with_parts({"xl/workbook.bin": b"\x00"})) == "not_a_sheet"


def test_two_parts_of_one_name_are_refused() -> None:
    assert code_of(with_parts({"XL/Worksheets/Sheet1.xml": b"<worksheet/>"})) == "not_a_sheet"


def test_references_to_other_workbooks_are_neither_followed_nor_sent_back() -> None:
    link = b'<externalLink><externalBook r:id="rId1"/></externalLink>'
    target = b'<Relationships><Relationship Id="rId1" Target="file:////10.0.0.1/x.xlsx" TargetMode="External"/></Relationships>'
    content = with_parts(
        {"xl/externalLinks/externalLink1.xml": link, "xl/externalLinks/_rels/externalLink1.xml.rels": target},
        book((1, 0, "王样例")),
    )
    back = annotate_sheet(read_sheet(content, "表.xlsx"), "表.xlsx", [])
    with zipfile.ZipFile(io.BytesIO(back.content)) as parts:
        assert not [name for name in parts.namelist() if "external" in name.casefold()]


@cache
def _whole() -> bytes:
    """One workbook for all draws: it holds the time of its making, and so differs in length."""
    return book((1, 0, "王样例"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_workbook_damaged_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(_whole())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    try:
        read_sheet(bytes(content), "x")
    except BadInput as error:
        assert error.code in ("not_a_sheet", "sheet_empty", "sheet_too_large", "sheet_too_wide")


def test_a_deflate_bomb_is_left_before_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are counted as they come: what was read stays near the limit, whatever lies behind it."""
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 2_000_000)
    read = 0
    plain = workbooks._unpack

    def counted(*args: object) -> object:
        nonlocal read
        for chunk in plain(*args):  # type: ignore[arg-type]
            read += len(chunk)
            yield chunk

    monkeypatch.setattr(workbooks, "_unpack", counted)
    bomb = with_claimed_size(with_parts({"a.xml": b"<a>" + b"0" * 40_000_000}), "a.xml", 1_000_000)
    assert code_of(bomb) in ("sheet_too_large", "not_a_sheet")
    assert read < 5_000_000

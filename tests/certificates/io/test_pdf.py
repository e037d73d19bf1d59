import contextlib
import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chizheng.certificates.core.claims import Basis
from chizheng.certificates.io import fonts, pdf, pdf_codes, qr
from chizheng.kernel.errors import BadInput, Conflict
from tests.certificates.io.printed import sheet
from tests.certificates.made import NOW, claims, signed


def text_of(data, page=0):
    return pypdf.PdfReader(io.BytesIO(data)).pages[page].extract_text()


@pytest.fixture(scope="module")
def one():
    return pdf.render([sheet()], at=NOW)


def test_what_is_printed_can_be_read_and_checked(one):
    text = text_of(one)
    for printed in (
        "甄示例",
        "2610012003400017",
        "焊工",
        "四级",
        "85.5",
        "91",
        "良好",
        "2026 年 11 月 20 日",
        "00000017",
    ):
        assert printed in text, printed
    assert sheet().claims.check_code in "".join(text.split())
    assert qr.certificate_text(one) == sheet().qr


def test_it_is_pdf_a_and_the_same_every_time(one):
    assert pdf.render([sheet()], at=NOW) == one
    metadata = pypdf.PdfReader(io.BytesIO(one)).xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata.replace("\n", "").replace(" ", "")
    assert "<pdfaid:conformance>B" in metadata.replace(" ", "")
    page = pypdf.PdfReader(io.BytesIO(one)).pages[0]
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [297, 210]
    for font in page["/Resources"]["/Font"].values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())  # embedded


def test_a_whole_sitting_in_one_compile_and_split():
    sheets = [sheet(n) for n in range(1, 6)]
    singles = pdf.render_each(sheets, at=NOW)
    assert len(singles) == 5
    for single, made in zip(singles, sheets, strict=True):
        assert made.claims.number in text_of(single)
        assert qr.certificate_text(single) == made.qr


def test_nothing_is_released_whose_code_reads_back_differently(monkeypatch):
    drawn = qr.draw
    monkeypatch.setattr(qr, "draw", lambda text: drawn(sheet(2).qr))
    with pytest.raises(Conflict, match="qr_differs"):
        pdf.render([sheet(1)], at=NOW)


@pytest.fixture
def photograph():
    out = io.BytesIO()
    Image.new("RGB", (600, 600), (120, 150, 180)).save(out, "JPEG")
    return out.getvalue()


def test_codes_are_taken_out_of_the_file_page_by_page(photograph):
    sheets = [sheet(1), replace(sheet(2), photo=photograph), replace(sheet(3), photo=photograph), sheet(1)]
    data = pdf.typeset(sheets, at=NOW)
    assert pdf_codes.page_codes(data) == [[made.qr] for made in sheets]
    with pytest.raises(pdf_codes.Unlike):
        pdf_codes.page_codes(pdf.split(data)[0])  # written by another program


def test_a_file_of_another_form_is_rasterised(monkeypatch):
    def unlike(data):
        raise pdf_codes.Unlike

    monkeypatch.setattr(pdf_codes, "page_codes", unlike)
    assert len(pdf.render_each([sheet(1), sheet(2)], at=NOW)) == 2
    drawn = qr.draw
    monkeypatch.setattr(qr, "draw", lambda text: drawn(sheet(2).qr))
    with pytest.raises(Conflict, match="qr_differs"):
        pdf.render([sheet(2), sheet(1)], at=NOW)


@pytest.mark.parametrize(
    "hidden",
    [
        b"put(here, 158, rect(width: 33mm, height: 20mm, fill: white))",  # covered
        b"",  # left out
    ],
)
def test_a_layout_that_does_not_show_its_code_is_never_released(monkeypatch, hidden):
    """The picture is in the file and right; the page does not show it."""
    shown = b'put(here, 158, image(bytes(p.qr), format: "svg", width: 33mm))'
    template = pdf._template()
    assert template.count(shown) == 1
    changed = template.replace(shown, (shown + b"\n  " + hidden) if hidden else b"hide(" + shown + b")")
    monkeypatch.setattr(pdf, "_template", lambda: changed)
    monkeypatch.setattr(pdf, "_shown", set())
    for sheets in ([sheet(1)], [sheet(1), sheet(2)]):
        with pytest.raises(Conflict, match="qr_differs"):
            pdf.render(sheets, at=NOW)
    assert pdf._shown == set()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=4))
def test_a_damaged_file_is_unlike_or_says_what_it_said(one, edits):
    data = one
    for at, gone, piece in edits:
        place = int(at * len(data))
        data = data[:place] + piece + data[place + gone :]
    with contextlib.suppress(pdf_codes.Unlike):
        assert pdf_codes.page_codes(data) in ([[sheet().qr]], [[]])


def test_a_photograph_is_cut_to_the_box_and_rubbish_is_refused(photograph):
    data = pdf.render([replace(sheet(), photo=photograph)], at=NOW)
    assert "照片" not in text_of(data)
    with pytest.raises(BadInput, match="bad_photo"):
        pdf.render([replace(sheet(), photo=b"not a picture")], at=NOW)


def test_long_names_are_made_smaller_not_cut():
    c = claims(name="阿卜杜热合曼·阿卜杜喀迪尔·买买提明", occupation="起重装卸机械操作工（门座式起重机司机）")
    data = pdf.render([replace(sheet(), claims=c, qr=signed(c).qr)], at=NOW)
    assert c.name in text_of(data).replace("\n", "")
    assert c.occupation in text_of(data).replace("\n", "")


REMARKS = {
    "reissue": (
        "补发：2027 年 3 月 1 日，第 2 版，取代证书编号 2610012003400009 第 1 版",
        "Reissued on 2027-03-01",
    ),
    "correct": (
        "更正：2027 年 3 月 1 日，第 2 版，取代证书编号 2610012003400009 第 1 版",
        "Corrected on 2027-03-01",
    ),
    "renumber": (
        "改号：2027 年 3 月 1 日，第 2 版，取代重号的原证书编号 2610012003400009",
        "which was given twice",
    ),
    "legacy": (
        "旧证：原证于 2004 年 5 月 20 日 核发，2027 年 3 月 1 日 补录登记，无考核过程存证",
        "first issued on 2004-05-20",
    ),
}


@pytest.mark.parametrize("old_stock", [False, True])
@pytest.mark.parametrize("kind", REMARKS)
def test_what_usage_wants_noted_stands_on_the_face_in_both_languages(kind, old_stock):
    remark = pdf.Remark(
        kind=kind, on=date(2027, 3, 1), version=2, number="2610012003400009", replaced=1, issued=date(2004, 5, 20),
        old_stock=old_stock,
    )  # fmt: skip
    made = replace(sheet(), remark=remark)
    text = text_of(pdf.render([made], at=NOW))
    zh, en = REMARKS[kind]
    assert zh.replace(" ", "") in text.replace(" ", "") and en in text
    assert ("无考核过程存证）" in text) == old_stock
    printable = fonts.glyphs()
    assert all(ord(c) in printable for words in made.texts() for c in words)
    assert "取代" not in text_of(pdf.render([sheet()], at=NOW))


@pytest.mark.parametrize(
    ("basis", "said"),
    [(Basis.LEGACY, "没有电子存证"), (Basis.CONTEST, "职业技能竞赛"), (Basis.PANEL, "专家评审")],
)
def test_nobody_is_said_to_have_passed_an_examination_that_was_not_held(basis, said):
    record = claims(basis=basis)
    data = pdf.typeset([replace(sheet(), claims=record)], at=NOW)
    text = "".join(text_of(data).split())
    assert said in text and "经考核合格" not in text and "passed" not in text
    assert "经考核合格" in "".join(text_of(pdf.typeset([sheet()], at=NOW)).split())


def test_the_name_of_a_body_is_broken_between_words():
    long = replace(sheet(), institution="江苏省人力资源和社会保障厅职业技能鉴定指导中心")
    text = text_of(pdf.typeset([long], at=NOW))
    assert "保障厅职业技能鉴定指导中心" in text and "江苏省人力资源和社会" in text


def test_the_picture_for_the_screen():
    assert qr.certificate_text(pdf.picture(sheet(), dots=150)) == sheet().qr


def test_the_font_knows_what_it_has():
    have = fonts.glyphs()
    assert {ord(c) for c in "甄示例㐂䶮（）·—№"} <= have
    assert 0x2A6D7 not in have
    assert (fonts.directory() / "OFL.txt").exists()

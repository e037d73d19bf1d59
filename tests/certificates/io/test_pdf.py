import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from PIL import Image

from chizheng.certificates.core.claims import Basis
from chizheng.certificates.io import fonts, pdf, qr
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


def test_a_photograph_is_cut_to_the_box_and_rubbish_is_refused():
    out = io.BytesIO()
    Image.new("RGB", (600, 600), (120, 150, 180)).save(out, "JPEG")
    data = pdf.render([replace(sheet(), photo=out.getvalue())], at=NOW)
    assert "照片" not in text_of(data)
    with pytest.raises(BadInput, match="bad_photo"):
        pdf.render([replace(sheet(), photo=b"not a picture")], at=NOW)


def test_long_names_are_made_smaller_not_cut():
    c = claims(name="阿卜杜热合曼·阿卜杜喀迪尔·买买提明", occupation="起重装卸机械操作工（门座式起重机司机）")
    data = pdf.render([replace(sheet(), claims=c, qr=signed(c).qr)], at=NOW)
    assert c.name in text_of(data).replace("\n", "")
    assert c.occupation in text_of(data).replace("\n", "")


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


def test_a_reissue_is_marked():
    assert "补发" in text_of(pdf.render([replace(sheet(), reissued=date(2027, 3, 1))], at=NOW))


def test_the_picture_for_the_screen():
    assert qr.certificate_text(pdf.picture(sheet(), dots=150)) == sheet().qr


def test_the_font_knows_what_it_has():
    have = fonts.glyphs()
    assert {ord(c) for c in "甄示例㐂䶮（）·—№"} <= have
    assert 0x2A6D7 not in have
    assert (fonts.directory() / "OFL.txt").exists()

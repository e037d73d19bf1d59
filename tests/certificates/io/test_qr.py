import contextlib
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from chizheng.certificates.core.envelopes.base45 import ALPHABET
from chizheng.certificates.io import qr
from chizheng.kernel.errors import BadInput
from tests.certificates.made import signed

TEXT = signed().qr


def test_a_usual_certificate_is_version_13_m_or_smaller_and_reads_back():
    symbol = qr.draw(TEXT)
    assert symbol.version <= 13
    assert symbol.level == "M"
    assert qr.certificate_text(symbol.png()) == TEXT


@settings(max_examples=25, deadline=None)
@given(st.text(ALPHABET, min_size=30, max_size=600))
def test_any_text_of_the_alphabet_reads_back(text):
    assert qr.read(qr.draw("CZ1:" + text).png(4)) == ["CZ1:" + text]


def test_long_records_fall_back_to_level_l_and_longer_ones_are_refused():
    assert qr.draw("CZ1:" + "A" * 550).level == "L"
    with pytest.raises(BadInput, match="qr_too_large"):
        qr.draw("CZ1:" + "A" * 700)


def test_the_drawing_is_the_matrix():
    symbol = qr.draw(TEXT)
    dark = sum(row.count(0) for row in symbol.rows)
    drawn = sum(int(n) for n in re.findall(r"h(\d+)", symbol.svg()))
    assert drawn == dark


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "GIF", "TIFF", "PNG"])
def test_every_kind_of_picture(form):
    out = io.BytesIO()
    Image.open(io.BytesIO(qr.draw(TEXT).png())).convert("RGB").save(out, form)
    assert qr.read(out.getvalue()) == [TEXT]


def test_a_photograph_turned_blurred_and_transparent():
    clear = Image.open(io.BytesIO(qr.draw(TEXT).png(10))).convert("L")
    photo = clear.rotate(23, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(1.5))
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=60)
    assert qr.read(out.getvalue()) == [TEXT]
    layers = Image.new("RGBA", clear.size)
    layers.paste((0, 0, 0, 255), mask=clear.point(lambda p: 255 - p))
    out = io.BytesIO()
    layers.save(out, "PNG")
    assert qr.read(out.getvalue()) == [TEXT]


def test_ours_comes_first_and_other_codes_are_no_certificate():
    other, ours = (
        Image.open(io.BytesIO(qr.draw(t).png(4))).convert("L") for t in ("HTTPS://EXAMPLE.CN", TEXT)
    )
    both = Image.new("L", (other.width + ours.width, max(other.height, ours.height)), 255)
    both.paste(other, (0, 0))
    both.paste(ours, (other.width, 0))
    out = io.BytesIO()
    both.save(out, "PNG")
    assert qr.read(out.getvalue())[0] == TEXT
    out = io.BytesIO()
    other.save(out, "PNG")
    with pytest.raises(BadInput, match="no_qr_found"):
        qr.certificate_text(out.getvalue(), "x.png")


def test_an_empty_picture_says_so():
    out = io.BytesIO()
    Image.new("L", (50, 50), 255).save(out, "PNG")
    with pytest.raises(BadInput, match="no_qr_found"):
        qr.read(out.getvalue(), "x.png")


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF0000WEBP"]
    ),
)
def test_no_bytes_crash_the_reader(data, start):
    with pytest.raises(BadInput):
        qr.read(start + data)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5_000), st.integers(1, 255))
def test_no_damaged_picture_crashes_the_reader(where, flip):
    data = bytearray(qr.draw(TEXT).png(2))
    data[where % len(data)] ^= flip
    with contextlib.suppress(BadInput):
        qr.read(bytes(data))


def test_picture_bombs_are_refused_before_they_are_unpacked():
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(BadInput, match="unreadable_picture"):
        qr.read(out.getvalue())
    with pytest.raises(BadInput, match="unreadable_picture"):
        qr.read(b"%PDF" + bytes(qr.MAX_FILE_BYTES))

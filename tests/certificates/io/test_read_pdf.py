"""A stranger's PDF is read in a process that has an end, and pictures are measured before they are unpacked."""

from __future__ import annotations

import struct
import zlib

import pytest

from chizheng.certificates.io import pdf, qr, read_pdf
from chizheng.certificates.io.read_pdf import is_pdf
from chizheng.kernel.errors import BadInput
from chizheng.platform.io.confined import Overrun, confined
from tests.certificates.io.printed import sheet
from tests.certificates.made import NOW


def page_of(content: bytes) -> bytes:
    """A PDF of one page whose content stream unpacks to `content`."""
    return page_packed(zlib.compress(content, 9))


def page_packed(packed: bytes) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed),
    ]  # fmt: skip
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%bendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 5\n0000000000 65535 f \n%btrailer<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF" % (
        table, len(out),
    )  # fmt: skip


def test_a_certificate_is_read_as_it_is_without_a_process() -> None:
    data = pdf.render([sheet()], at=NOW)
    assert read_pdf.read_pdf(data) == qr.certificates(data)


def test_a_page_without_a_code_says_so() -> None:
    with pytest.raises(BadInput) as error:
        read_pdf.read_pdf(page_of(b"q Q"), "空.pdf")
    assert error.value.code == "no_qr_found" and "空.pdf" in error.value.say()


def test_a_page_that_unpacks_to_gigabytes_ends_with_its_process() -> None:
    packer = zlib.compressobj(9)
    piece = b"q " * 4_000_000
    packed = b"".join(packer.compress(piece) for _ in range(250)) + packer.flush()  # 2 GB inside
    with pytest.raises(BadInput) as error:
        read_pdf.read_pdf(page_packed(packed), "大.pdf")
    assert error.value.code == "unreadable_picture" and len(packed) < 3_000_000


@pytest.mark.parametrize("limits", [{"seconds": 1, "megabytes": 4096}, {"seconds": 60, "megabytes": 64}])
def test_time_and_memory_have_an_end(limits: dict[str, int]) -> None:
    with pytest.raises(Overrun):
        confined("tests.certificates.io.endless", b"", **limits)


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (8_000, 8_000), (2**31 - 1, 1)])
def test_a_picture_is_measured_before_it_is_unpacked(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import ImageFile

    def unpacked(self: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", unpacked)
    for read in (lambda data: qr.read(data), pdf._photo):
        with pytest.raises(BadInput):
            read(png(*size))


def test_what_calls_itself_a_pdf() -> None:
    assert is_pdf(b"\n %PDF-1.7") and not is_pdf(b"\x89PNG") and not is_pdf(b"")

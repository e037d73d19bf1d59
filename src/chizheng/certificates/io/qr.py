"""QR pictures: write the matrix, read it back from pictures and PDF pages (zxing-cpp, pypdfium2).

The symbol is chosen for print: error level M where version 13 (69 modules) is enough, else level L.
"""

from __future__ import annotations

import base64
import io
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import zxingcpp

from chizheng.certificates.core.envelopes.cose import PREFIX
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput

LARGEST_MODULES = 69
QUIET_ZONE = 4
MASK = 3
"""Signed bytes look random, so that no mask is better than another; trying all eight costs six times as much."""
MAX_PIXELS = 40_000_000
MAX_FILE_BYTES = 30_000_000
MAX_PAGES = 20

_DARK_RUN = re.compile(b"\x00+")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR matrix: `rows` of one byte per module, 0 dark and 255 light, without quiet zone."""

    rows: tuple[bytes, ...]
    level: str

    @property
    def modules(self) -> int:
        return len(self.rows)

    @property
    def version(self) -> int:
        return (self.modules - 17) // 4

    def svg(self) -> str:
        """One stroked path with quiet zone, for screens: sharp at any size."""
        pen = []
        for y, row in enumerate(self.rows):
            at = 0
            pen.append(f"M{QUIET_ZONE} {y + QUIET_ZONE}.5")
            for run in _DARK_RUN.finditer(row):
                start, end = run.span()
                pen.append(f"m{start - at} 0h{end - start}" if start != at else f"h{end - start}")
                at = end
        side = self.modules + 2 * QUIET_ZONE
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
            f'<path stroke="#000" d="{"".join(pen)}"/></svg>'
        )

    def pixel_svg(self) -> str:
        """The same with one picture pixel a module, for the typesetter: far quicker than a path.

        Readers enlarge it without smoothing, so that it prints as sharp.
        """
        from PIL import Image

        out = io.BytesIO()
        flat = Image.frombytes("L", (self.modules, self.modules), b"".join(self.rows))
        flat.convert("1").save(out, "PNG")
        side = self.modules + 2 * QUIET_ZONE
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {side} {side}"><image image-rendering="pixelated" x="{QUIET_ZONE}" '
            f'y="{QUIET_ZONE}" width="{self.modules}" height="{self.modules}" '
            f'xlink:href="data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"/></svg>'
        )

    def png(self, scale: int = 8) -> bytes:
        """A one-bit PNG with quiet zone, `scale` pixels per module."""
        from PIL import Image, ImageOps

        flat = Image.frombytes("L", (self.modules, self.modules), b"".join(self.rows))
        framed = ImageOps.expand(flat, QUIET_ZONE, 255)
        large = framed.resize((framed.width * scale, framed.height * scale), Image.Resampling.NEAREST)
        out = io.BytesIO()
        large.convert("1").save(out, "PNG", optimize=True)
        return out.getvalue()


def draw(text: str) -> Symbol:
    """The symbol of a QR text; raises BadInput (`qr_too_large`) beyond version 13-L."""
    for level in ("M", "L"):
        try:
            code = zxingcpp.create_barcode(
                text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, data_mask=MASK
            )
        except ValueError:
            continue
        image: Any = code.to_image(scale=1, add_quiet_zones=False)
        pixels = memoryview(image)
        side = math.isqrt(pixels.nbytes)
        if side <= LARGEST_MODULES:
            flat = pixels.tobytes()
            return Symbol(tuple(flat[y * side : (y + 1) * side] for y in range(side)), level)
    raise BadInput("qr_too_large", FAULTS["qr_too_large"], length=len(text))


def read(data: bytes, name: str = "") -> list[str]:
    """Texts of all QR codes in a PNG, JPEG, WebP, BMP, GIF, TIFF or PDF, ours first.

    Raises BadInput: `unreadable_picture` for anything else or too large, `no_qr_found` for none.
    """
    if len(data) > MAX_FILE_BYTES:
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name)
    found: dict[str, None] = {}
    for picture in _pictures(data, name):
        for code in codes(picture):
            found[code] = None
        if any(text.startswith(PREFIX) for text in found):
            break
    if not found:
        raise BadInput("no_qr_found", FAULTS["no_qr_found"], name=name)
    return sorted(found, key=lambda text: not text.startswith(PREFIX))


def certificate_text(data: bytes, name: str = "") -> str:
    """The one certificate text in a picture or PDF; raises BadInput as `certificates` and `only` do."""
    return only(certificates(data, name), name)[0]


def only(found: list[tuple[str, str]], name: str = "") -> tuple[str, str]:
    """The one certificate among what `certificates` found; raises BadInput (`several_certificates`)."""
    texts = {text for text, _ in found}
    if len(texts) > 1:
        raise BadInput("several_certificates", FAULTS["several_certificates"], name=name, count=len(texts))
    return found[0]


def certificates(data: bytes, name: str = "") -> list[tuple[str, str]]:
    """Every certificate text in a picture or on the pages of a PDF, with the print of its own page ('' in a picture).

    Raises BadInput: `no_qr_found` for none, `too_many_pages` for a PDF that would be read in part.
    """
    if not data[:1024].lstrip().startswith(b"%PDF"):
        found = [(text, "") for text in read(data, name) if text.startswith(PREFIX)]
    else:
        found = _on_pages(data, name)
    if not found:
        raise BadInput("no_qr_found", FAULTS["no_qr_found"], name=name)
    return list(dict.fromkeys(found))


def _on_pages(data: bytes, name: str) -> list[tuple[str, str]]:
    import pypdfium2

    found = []
    with _opened(data, name) as document:
        if len(document) > MAX_PAGES:
            raise BadInput(
                "too_many_pages", FAULTS["too_many_pages"], name=name, pages=len(document), most=MAX_PAGES
            )
        try:
            for page in document:
                for dots in _DOTS:
                    texts = [t for t in codes(_rasterised(page, dots)) if t.startswith(PREFIX)]
                    if texts:
                        printed = page.get_textpage().get_text_bounded()
                        found += [(text, printed) for text in texts]
                        break
        except pypdfium2.PdfiumError:
            raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name) from None
    return found


def codes(picture: Any, *, upright: bool = False) -> list[str]:
    """Texts of the QR codes in one picture. `upright`: our own print, no need to search at other angles."""
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=not upright,
        try_downscale=not upright,
        try_invert=not upright,
    )
    return [code.text for code in found if code.text]


def _pictures(data: bytes, name: str) -> Iterator[Any]:
    """Grey pictures to search: the picture itself, or PDF pages at rising resolution."""
    if data[:1024].lstrip().startswith(b"%PDF"):
        yield from _pages(data, name)
        return
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"))
            if picture.width * picture.height > MAX_PIXELS:
                raise ValueError
            grey = _on_white(picture).convert("L")
    except (
        UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError,
        Image.DecompressionBombWarning, Image.DecompressionBombError,
    ):  # fmt: skip
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name) from None
    yield grey


def _on_white(picture: Any) -> Any:
    """Transparent pictures lie on white paper, not on black."""
    from PIL import Image

    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture
    seen = picture.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    paper.alpha_composite(seen)
    return paper


def _pages(data: bytes, name: str) -> Iterator[Any]:
    import pypdfium2

    with _opened(data, name) as document:
        try:
            for dots in _DOTS:
                for index in range(min(len(document), MAX_PAGES)):
                    yield _rasterised(document[index], dots)
        except pypdfium2.PdfiumError:
            raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name) from None


_DOTS = (110, 220)
"""Dots per inch at which pages are searched, one after the other."""


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    import pypdfium2

    if len(data) > MAX_FILE_BYTES:
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise BadInput("unreadable_picture", FAULTS["unreadable_picture"], name=name) from None
    try:
        yield document
    finally:
        document.close()


def _rasterised(page: Any, dots: int) -> Any:
    width, height = page.get_size()
    scale = dots / 72
    if width * height * scale * scale > MAX_PIXELS:
        scale = (MAX_PIXELS / (width * height)) ** 0.5
    return page.render(scale=scale, grayscale=True).to_pil()

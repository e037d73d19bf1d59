"""Certificates as PDF: one compiler kept warm, one page each, many in one compile, PDF/A-2b.

The same input and timestamp give the same bytes. What is printed beyond the signed record (the full
document number, names of bodies, photograph, blank number) is given in `Sheet` and proved by nobody:
it must agree with the record, and the QR is what counts. `render` reads the QR of every finished page
back, out of the file, and releases nothing that does not decode to the signed text; that pages show their
codes where they should is proved by rasterising: the first page of a batch and of every layout.
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from chizheng.certificates.core.claims import Basis, Claims, Rating, Sex
from chizheng.certificates.core.envelopes.vc import score
from chizheng.certificates.io import fonts, pdf_codes, qr
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput, Conflict
from chizheng.kernel.wording import Wording

STANDARD = "a-2b"
PHOTO_PIXELS = (413, 579)
"""35 by 49 mm at 300 dots per inch."""

_SEX = {Sex.MALE: "男 Male", Sex.FEMALE: "女 Female"}
_RATING = {Rating.PASS: "合格", Rating.GOOD: "良好", Rating.EXCELLENT: "优秀"}
_BASIS = {Basis.CONTEST: "职业技能竞赛", Basis.PANEL: "专家评审认定", Basis.LEGACY: "旧证补录"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The words of one kind of certificate; a statement is given line by line."""

    title: str = "职业资格证书"
    title_en: str = "Certificate of Occupational Qualification"
    statement: tuple[str, ...] = (
        "持证人经考核合格，达到上列职业（工种）及等级的",
        "国家职业标准要求，特发此证。",
    )
    statement_en: tuple[str, ...] = (
        "The bearer has passed the assessment and meets the national occupational",
        "standard of the occupation and level stated above.",
    )
    awarded: tuple[str, ...] = (
        "持证人经{basis}，取得上列职业（工种）",
        "及等级的职业资格，特发此证。",
    )
    awarded_en: tuple[str, ...] = (
        "The bearer holds the occupational qualification stated above, awarded",
        "under the rules without an examination of its own.",
    )
    legacy: tuple[str, ...] = (
        "依据核发机构档案补录：持证人原已取得上列职业（工种）",
        "及等级的职业资格证书。考核过程没有电子存证。",
    )
    legacy_en: tuple[str, ...] = (
        "Entered from the issuer's archive: the bearer already held this certificate.",
        "Its examination left no electronic evidence.",
    )
    check: str = "扫码可离线核验；也可凭编号、姓名和校验码查询"
    check_en: str = "The code proves itself offline; or look up number, name and check code."
    author: str = "持证"

    def says(self, basis: Basis) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The statement in both languages: nobody is said to have passed an examination that was not held."""
        if basis is Basis.LEGACY:
            return self.legacy, self.legacy_en
        if basis in _BASIS:
            return tuple(line.format(basis=_BASIS[basis]) for line in self.awarded), self.awarded_en
        return self.statement, self.statement_en


_REMARKS = {
    "reissue": Wording(
        zh="补发：{on}，第 {version} 版，取代证书编号 {number} 第 {replaced} 版",
        en="Reissued on {on_en}, version {version}, in place of number {number}, version {replaced}",
    ),
    "correct": Wording(
        zh="更正：{on}，第 {version} 版，取代证书编号 {number} 第 {replaced} 版",
        en="Corrected on {on_en}, version {version}, in place of number {number}, version {replaced}",
    ),
    "renumber": Wording(
        zh="改号：{on}，第 {version} 版，取代重号的原证书编号 {number}",
        en="Renumbered on {on_en}, version {version}, in place of number {number}, which was given twice",
    ),
    "legacy": Wording(
        zh="旧证：原证于 {issued} 核发，{on} 补录登记，无考核过程存证",
        en="Old stock: first issued on {issued_en}, registered on {on_en}, no record of the examination",
    ),
}


_OLD_STOCK = Wording(zh="（旧证，无考核过程存证）", en=" (old stock, no record of the examination)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What usage wants noted on a certificate that is not the first of its kind.

    `kind`: reissue 补发, correct 更正, renumber 改号 or legacy 旧证. `on`: the day of that. `number` and `replaced`:
    number and version of what it takes the place of; `issued`: the day on the face of old stock. `old_stock`: what is
    reissued or corrected had entered as such.
    """

    kind: str
    on: date
    version: int
    number: str = ""
    replaced: int = 0
    issued: date | None = None
    old_stock: bool = False

    def say(self, lang: str) -> str:
        said = _REMARKS[self.kind].say(
            lang, on=day(self.on), on_en=self.on.isoformat(), version=self.version, number=self.number,
            replaced=self.replaced, issued=day(self.issued) if self.issued else "",
            issued_en=self.issued.isoformat() if self.issued else "",
        )  # fmt: skip
        return said + (_OLD_STOCK.say(lang) if self.old_stock else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is printed on one certificate beside its signed record.

    `qr`: the signed text. `document`: the identity document as it is to be printed. `photo`: JPEG or PNG
    bytes. `blank`: 流水码 of the blank. `remark`: why this version stands beside another one.
    """

    claims: Claims
    qr: str
    document: str
    level: str
    institution: str
    authority: str
    level_en: str = ""
    occupation_en: str = ""
    photo: bytes | None = None
    blank: str = ""
    verify: str = ""
    remark: Remark | None = None

    def texts(self) -> tuple[str, ...]:
        """Every text that will be set, for the glyph lint."""
        remark = (self.remark.say("zh"), self.remark.say("en")) if self.remark else ()
        return (self.document, self.level, self.institution, self.authority, self.level_en,
                self.occupation_en, self.blank, self.verify, *remark)  # fmt: skip


def render(sheets: Sequence[Sheet], *, at: datetime, form: Form | None = None) -> bytes:
    """One PDF with a page for each sheet; raises Conflict (`qr_differs`) if a code does not read back.

    `at`: the aware instant stamped into the file.
    """
    form = form or Form()
    data = typeset(sheets, at=at, form=form)
    _released(data, sheets, form)
    return data


def render_each(sheets: Sequence[Sheet], *, at: datetime, form: Form | None = None) -> list[bytes]:
    """A PDF for each sheet, set in one compile and split: the way for a whole sitting."""
    if len(sheets) == 1:
        return [render(sheets, at=at, form=form)]
    data = render(sheets, at=at, form=form)
    return split(data)


def typeset(sheets: Sequence[Sheet], *, at: datetime, form: Form | None = None) -> bytes:
    """The PDF without reading its codes back; `render` is what releases a certificate."""
    compiled: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        pdf_standards=STANDARD,
        timestamp=at,
        pdf_tags=False,
        sys_inputs=_inputs(sheets, form or Form()),
    )
    return compiled


def picture(sheet: Sheet, *, form: Form | None = None, dots: int = 110) -> bytes:
    """A PNG of one certificate, for the screen."""
    png: bytes = compiler().compile(
        input=_template(), format="png", ppi=dots, sys_inputs=_inputs([sheet], form or Form())
    )
    return png


def split(data: bytes) -> list[bytes]:
    """One PDF per page."""
    import pypdfium2

    out = []
    whole = pypdfium2.PdfDocument(data)
    try:
        for index in range(len(whole)):
            single = pypdfium2.PdfDocument.new()
            single.import_pages(whole, [index])
            buffer = io.BytesIO()
            single.save(buffer)
            single.close()
            out.append(buffer.getvalue())
    finally:
        whole.close()
    return out


_shown: set[Hashable] = set()
"""Layouts whose code this process has seen on a rasterised page."""


def _released(data: bytes, sheets: Sequence[Sheet], form: Form) -> None:
    try:
        inside = pdf_codes.page_codes(data)
    except pdf_codes.Unlike:
        inside = []  # another typesetter than we know: every page is rasterised
    layouts = [_layout(sheet, form) for sheet in sheets]
    rasterise = {layouts.index(layout) for layout in set(layouts) - _shown} | (
        {0} if len(sheets) > 1 else set()
    )
    if len(inside) != len(sheets):
        rasterise = set(range(len(sheets)))
    else:
        for sheet, found in zip(sheets, inside, strict=True):
            if found != [sheet.qr]:
                raise _differs(sheet)
    if rasterise:
        _rasterised(data, [(index, sheets[index]) for index in sorted(rasterise)])
        _shown.update(layouts)


def _layout(sheet: Sheet, form: Form) -> Hashable:
    """What decides which pieces stand on a page and where; texts differ in size only."""
    c = sheet.claims
    scores = [c.theory is None, c.practice is None, c.comprehensive is None, not c.rating, c.basis in _BASIS]
    pieces = [sheet.photo, sheet.blank, sheet.verify, sheet.remark, sheet.level_en, sheet.occupation_en]
    return (form, *scores, *map(bool, pieces))


def _rasterised(data: bytes, pages: Sequence[tuple[int, Sheet]]) -> None:
    """The code as a camera sees it, on each of these pages."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        for index, sheet in pages:
            page = document[index]
            picture = page.render(scale=QR_SCALE, grayscale=True, crop=_qr_crop(page)).to_pil()
            if qr.codes(picture, upright=True) != [sheet.qr]:
                raise _differs(sheet)
    finally:
        document.close()


def _differs(sheet: Sheet) -> Conflict:
    return Conflict("qr_differs", FAULTS["qr_differs"], number=sheet.claims.number)


QR_SCALE = 2.5
"""Pixels per point at which codes are read back: three to a module."""


def _qr_crop(page: Any) -> tuple[float, float, float, float]:
    """What to cut off (left, bottom, right, top): only the corner with the code is rasterised."""
    width, height = page.get_size()
    return (0.07 * width, 0.07 * height, 0.79 * width, 0.72 * height)


@lru_cache(maxsize=1)
def compiler() -> Any:
    """The one warm typesetter, with our fonts and no others."""
    import typst

    return typst.Compiler(font_paths=[str(fonts.directory())], ignore_system_fonts=True)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return Path(str(files("chizheng.certificates.io") / "certificate.typ")).read_bytes()


def _inputs(sheets: Sequence[Sheet], form: Form) -> dict[str, str]:
    title = f"{form.title} {sheets[0].claims.number}" if len(sheets) == 1 else form.title
    words = {
        "title": form.title, "title_en": form.title_en, "author": form.author,
        "check": form.check, "check_en": form.check_en,
    }  # fmt: skip
    return {
        "pages": orjson.dumps([_page(sheet, form) for sheet in sheets]).decode(),
        "form": orjson.dumps(words).decode(),
        "border": _border(),
        "title": title,
    }


def _page(sheet: Sheet, form: Form) -> dict[str, object]:
    c = sheet.claims
    examined = [
        ("理论知识", "Theory", c.theory),
        ("操作技能", "Practice", c.practice),
        ("综合评审", "Review", c.comprehensive),
    ]
    scores = [(zh, en, score(tenths)) for zh, en, tenths in examined if tenths is not None]
    if c.rating:
        scores.append(("评定成绩", "Rating", _RATING[c.rating]))
    if c.basis in _BASIS:
        scores.append(("取得方式", "Awarded by", _BASIS[c.basis]))
    width = 110 / max(len(scores), 1) - 5
    statement, statement_en = form.says(c.basis)
    page: dict[str, object] = {
        "name": _fit(c.name, 67, 17),
        "sex": _fit(_SEX.get(c.sex, "—"), 24),
        "birth": _fit(day(c.birth) if c.birth else "—", 38),
        "document": _fit(sheet.document, 62),
        "number": _fit(c.number, 95, 15),
        "check_code": f"{c.check_code[:4]} {c.check_code[4:]}",
        "verify": sheet.verify,
        "qr": qr.draw(sheet.qr).pixel_svg(),
        "occupation": _fit(c.occupation, 110, 17),
        "occupation_en": sheet.occupation_en,
        "level_en": sheet.level_en,
        "occupation_code": _fit(c.occupation_code or "—", 50),
        "level": _fit(sheet.level, 55),
        "scores": [{"zh": zh, "en": en, "value": _fit(value, width)} for zh, en, value in scores],
        "statement": statement,
        "statement_en": statement_en,
        "institution": _lines(sheet.institution, 53, 11),
        "authority": _lines(sheet.authority, 53, 11),
        "issued": day(c.issued),
        "blank": sheet.blank,
    }
    if sheet.remark is not None:
        words = sheet.remark.say("en")
        size = min(7.5, 110 / _POINT / (0.45 * len(words)))
        page["remark"] = {
            "zh": _fit(sheet.remark.say("zh"), 110, 9),
            "en": {"text": words, "size": round(size, 2)},
        }
    if sheet.photo is not None:
        page["photo"] = _photo(sheet.photo)
    return page


_POINT = 0.3528  # millimetres


def _fit(text: str, width: float, size: float = 12.5) -> dict[str, object]:
    """The text with the largest size up to `size` points that keeps it within `width` millimetres."""
    return {"text": text, "size": round(min(size, width / _POINT / max(_ems(text), 1.0)), 2)}


def _ems(text: str) -> float:
    """Roughly the width of a text, in sizes of its type."""
    return sum(1.0 if character >= "\u2e80" or character == "·" else 0.6 for character in text)


def _lines(text: str, width: float, size: float) -> list[dict[str, object]]:
    """One line, or two where one would get too small to read, broken between words near the middle."""
    if _ems(text) * 0.85 * size * _POINT <= width:
        return [_fit(text, width, size)]
    middle = len(text) / 2
    places = [m.start() for m in _WORDS.finditer(text) if m.start() > 0] or [math.ceil(middle)]
    at = min(places, key=lambda place: abs(place - middle))
    if abs(at - middle) > len(text) / 4:
        at = math.ceil(middle)
    return [_fit(part.strip(), width, size) for part in (text[:at], text[at:])]


_WORDS = re.compile(
    r"职业|技能|鉴定|指导|人力|资源|社会|保障|劳动|有限|行政|学院|学校|中心|培训|（|\s|(?<=[省市县区])"
)
"""Where the name of a body may be broken: before these words, and after a place."""


def day(on: date) -> str:
    """A day as it is printed in Chinese."""
    return f"{on.year} 年 {on.month} 月 {on.day} 日"


def _photo(data: bytes) -> str:
    """The photograph cut to the box and wrapped in SVG, because texts are all that reaches the typesetter."""
    from PIL import Image, ImageOps

    try:
        opened = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if opened.width * opened.height > qr.MAX_PIXELS:
            raise ValueError
        cut = ImageOps.fit(ImageOps.exif_transpose(opened).convert("RGB"), PHOTO_PIXELS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadInput("bad_photo", FAULTS["bad_photo"]) from None
    out = io.BytesIO()
    cut.save(out, "JPEG", quality=85)
    width, height = PHOTO_PIXELS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" '
        f'xlink:href="data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"/></svg>'
    )


@lru_cache(maxsize=1)
def _border() -> str:
    """The engraved frame: meander rules, corner knots and two guilloche rosettes, in millimetres."""
    red, gold = "#9c1c1c", "#b08d57"
    parts = [
        f'<rect x="8" y="8" width="281" height="194" fill="none" stroke="{red}" stroke-width="1"/>',
        f'<rect x="9.6" y="9.6" width="277.8" height="190.8" fill="none" stroke="{gold}" '
        'stroke-width=".25"/>',
        f'<rect x="15" y="15" width="267" height="180" fill="none" stroke="{gold}" stroke-width=".35"/>',
        f'<path d="{_meander()}" fill="none" stroke="{gold}" stroke-width=".38"/>',
        f'<path d="M148.5 22V188" stroke="{gold}" stroke-width=".2" stroke-dasharray=".2 1.6" '
        'stroke-linecap="round"/>',
    ]
    for x in (74, 223):
        for petals, radius, depth in ((9, 47, 9), (12, 31, 6)):
            parts.append(
                f'<path d="{_rosette(x, 105, radius, depth, petals)}" fill="none" stroke="{gold}" '
                'stroke-width=".18" stroke-opacity=".22"/>'
            )
    return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 297 210">' + "".join(parts) + "</svg>"


def _rosette(x: float, y: float, radius: float, depth: float, petals: int) -> str:
    """Two opposed wavy circles: the line pattern of banknotes."""
    pen = []
    for phase in (0.0, math.pi):
        points = []
        for step in range(0, 360, 2):
            angle = math.radians(step)
            r = radius + depth * math.sin(petals * angle + phase)
            points.append(f"{x + r * math.cos(angle):.2f} {y + r * math.sin(angle):.2f}")
        pen.append("M" + "L".join(points) + "Z")
    return "".join(pen)


def _meander() -> str:
    """A square meander 回纹 between the rules, with square knots in the corners."""
    unit, inner, outer = 3.0, 14.1, 10.5
    pen = []

    def knots(count: int, start: float, place: Any) -> None:
        for k in range(count):
            a = start + k * unit
            hook = ((a, inner), (a, outer), (a + 2.2, outer), (a + 2.2, inner - 1.2), (a + 1.1, inner - 1.2),
                    (a + 1.1, outer + 1.2))  # fmt: skip
            points = [place(u, v) for u, v in hook]
            pen.append("M" + "L".join(f"{p[0]:.2f} {p[1]:.2f}" for p in points))

    across = int((297 - 2 * 18) / unit)
    down = int((210 - 2 * 18) / unit)
    left = (297 - across * unit) / 2
    top = (210 - down * unit) / 2
    knots(across, left, lambda u, v: (u, v))
    knots(across, left, lambda u, v: (297 - u, 210 - v))
    knots(down, top, lambda u, v: (v, 210 - u))
    knots(down, top, lambda u, v: (297 - v, u))
    for cx, cy in ((12.3, 12.3), (284.7, 12.3), (12.3, 197.7), (284.7, 197.7)):
        for half in (1.9, 1.05):
            pen.append(f"M{cx - half} {cy - half}h{2 * half}v{2 * half}h{-2 * half}z")
    return "".join(pen)

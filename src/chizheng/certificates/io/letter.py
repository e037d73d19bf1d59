"""The letter of proof 证明 as PDF/A: what a certificate says and how it stands, with the certificate's own code.

Given where paper is not reissued any more, or asked for by a holder abroad. The code is that of the certificate, so
whoever holds the letter checks the certificate and its status of that moment, not the letter's word for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import orjson

from chizheng.certificates.io import pdf, qr
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import Conflict
from chizheng.kernel.wording import Wording

_TITLE = Wording(zh="职业资格证书证明", en="Letter of Proof")
_BODY = Wording(
    zh="兹证明 {name}（证件号码后四位 {tail}）于 {issued} 取得 {occupation}（{level}）职业资格证书，证书编号 {number}。",
    en="This is to certify that {name} (identity document ending in {tail}) holds the certificate of occupational "
    "qualification for {occupation}, {level_en}, number {number}, issued on {issued_iso}.",
)
_LABELS: Mapping[str, Wording] = {
    "number": Wording("证书编号", "Certificate number"),
    "occupation": Wording("职业与等级", "Occupation and level"),
    "state": Wording("出具之日的状态", "Status on that day"),
    "remark": Wording("备注", "Remark"),
}
_SERIAL = Wording("证明编号", "Letter number")
_CHECK = Wording(
    zh="扫码可离线核验证书，或凭证书编号、姓名和校验码查询；证书状态以核验之时为准",
    en="Scan to check the certificate offline, or look up number, name and check code; what counts is its status then.",
)
_SEAL = Wording(zh="（盖章；电子版以电子签章为准）", en="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one letter says. `qr`: the certificate's signed text; `serial`: the letter's own number; `why`: why a letter
    is given instead of paper, '' where it was just asked for; `remark`: what is noted on the certificate."""

    serial: str
    qr: str
    name: str
    tail: str
    number: str
    occupation: str
    level: str
    level_en: str
    issued: date
    check_code: str
    state: str
    issuer: str
    day: date
    why: str = ""
    remark: str = ""
    verify: str = ""
    author: str = "持证"

    def texts(self) -> tuple[str, ...]:
        """Every text that will be set, for the glyph lint."""
        return tuple(str(getattr(self, one.name)) for one in fields(self) if one.name != "qr")


def render(letter: Letter, *, at: datetime) -> bytes:
    """The letter as PDF/A-2b; raises Conflict (`qr_differs`) if its code does not read back.

    `at`: the aware instant stamped into the file; the same input gives the same bytes.
    """
    data: bytes = pdf.compiler().compile(
        input=_template(), format="pdf", pdf_standards=pdf.STANDARD, timestamp=at.replace(microsecond=0), pdf_tags=False,
        sys_inputs={"letter": orjson.dumps(_page(letter)).decode()},
    )  # fmt: skip
    if _codes(data) != [letter.qr]:
        raise Conflict("qr_differs", FAULTS["qr_differs"], number=letter.number)
    return data


def _page(letter: Letter) -> dict[str, object]:
    words = {
        "name": letter.name, "tail": letter.tail, "issued": pdf.day(letter.issued), "issued_iso": letter.issued.isoformat(),
        "occupation": letter.occupation, "level": letter.level, "level_en": letter.level_en or letter.level,
        "number": letter.number,
    }  # fmt: skip
    rows = [
        ("number", letter.number), ("occupation", f"{letter.occupation}　{letter.level}"), ("state", letter.state),
        *([("remark", letter.remark)] if letter.remark else []),
    ]  # fmt: skip
    return {
        "title": _TITLE.zh, "title_en": _TITLE.en, "author": letter.author, "number": letter.number,
        "serial_label": f"{_SERIAL.zh} {_SERIAL.en}", "serial": letter.serial,
        "body": _BODY.say("zh", **words), "body_en": _BODY.say("en", **words), "rows": _labelled(rows),
        "why": letter.why, "qr": qr.draw(letter.qr).pixel_svg(),
        "check_code": f"{letter.check_code[:4]} {letter.check_code[4:]}",
        "check": f"{_CHECK.zh}{'：' + letter.verify if letter.verify else ''}", "check_en": _CHECK.en,
        "issuer": letter.issuer, "day": pdf.day(letter.day), "seal": _SEAL.zh,
    }  # fmt: skip


def _labelled(rows: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"zh": _LABELS[name].zh, "en": _LABELS[name].en, "value": value} for name, value in rows]


def _codes(data: bytes) -> list[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        found = [
            document[n].render(scale=pdf.QR_SCALE, grayscale=True).to_pil() for n in range(len(document))
        ]
        return [code for picture in found for code in qr.codes(picture, upright=True)]
    finally:
        document.close()


@lru_cache(maxsize=1)
def _template() -> bytes:
    return Path(str(files("chizheng.certificates.io") / "letter.typ")).read_bytes()

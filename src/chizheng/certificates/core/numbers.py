"""Institution and certificate numbers of the 1996 coding rule and its later relatives.

    institution   PP CC K NNN            8 digits   department, prefecture, kind, sequence
    certificate   YY PPCCKNNN L SSSSS   16 digits   year, institution, level, serial
    Shanghai      13 digits             read as 000 + 13 digits
    skill level   [YS] BBBB PP SSSSSS YY L NNNNNN   22 characters (职业技能等级证书)
    special       the same with a letter for the level (特级技师; position of the letter unverified)

A number of no known form is an *unknown scheme*, never invalid: other bodies number otherwise. There
is no check digit anywhere, so a number alone proves nothing.

`YY` is the year of issue 核发 in a window of a hundred years; the window is an argument
(`since`, the house reads 1990..2089: the system began after 1993).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

SINCE = 1990
"""First year of the two-digit window 1990..2089."""

MAX_SERIAL = 99_999
"""Serials per year, institution and level; beyond it the issuing centre must decide (no wrapping)."""

LONGEST = 40
"""Characters of any number we are ready to look at."""

_INSTITUTION = re.compile(r"([0-9]{2})([0-9]{2})([0-4])([0-9]{3})\Z")
_CERTIFICATE = re.compile(r"([0-9]{2})([0-9]{4}[0-4][0-9]{3})([1-5])([0-9]{5})\Z")
_SKILL_LEVEL = re.compile(r"([YS])([0-9]{4})([0-9]{2})([0-9]{6})([0-9]{2})([1-5A-Z])([0-9]{6})\Z")
_DIGITS_13 = re.compile(r"[0-9]{13}\Z")
_PADDED_13 = re.compile(r"000[0-9]{13}\Z")
_NOISE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff.·_-]+")


class Scheme(StrEnum):
    """Numbering schemes 编码方案 a certificate number may follow."""

    QUALIFICATION = "qualification"
    SHANGHAI = "shanghai"
    SKILL_LEVEL = "skill_level"
    SPECIAL = "special"
    UNKNOWN = "unknown"


class InstitutionKind(StrEnum):
    """Fifth digit of an institution number (coding rule of 1996)."""

    CENTRE = "0"  # 鉴定(指导)中心
    NATIONAL_STATION = "1"  # 国家职业技能鉴定所
    LOCAL_STATION = "2"  # 地方职业技能鉴定站
    INDUSTRY_STATION = "3"  # 行业特有工种鉴定站
    ENTERPRISE = "4"  # 工人考核委员会/企业内鉴定单位


@dataclass(frozen=True, slots=True, order=True)
class InstitutionNumber:
    """An institution number 鉴定机构编号.

    >>> InstitutionNumber.parse("10012003")
    InstitutionNumber(department='10', prefecture='01', kind=<InstitutionKind.LOCAL_STATION: '2'>, sequence=3)
    """

    department: str
    prefecture: str
    kind: InstitutionKind
    sequence: int

    def __post_init__(self) -> None:
        if not _INSTITUTION.match(str(self)):
            raise BadInput("bad_institution_number", FAULTS["bad_institution_number"], number=str(self))

    @classmethod
    def parse(cls, text: str) -> InstitutionNumber:
        """Read 8 digits; raises BadInput (`bad_institution_number`)."""
        found = _INSTITUTION.match(clean(text))
        if not found:
            raise BadInput("bad_institution_number", FAULTS["bad_institution_number"], number=text[:LONGEST])
        return cls(found[1], found[2], InstitutionKind(found[3]), int(found[4]))

    def __str__(self) -> str:
        return f"{self.department}{self.prefecture}{self.kind.value}{self.sequence:03d}"


@dataclass(frozen=True, slots=True)
class QualificationNumber:
    """A 16-digit number 职业资格证书编号.

    >>> number = QualificationNumber(1997, InstitutionNumber.parse("10012003"), 4, 1)
    >>> str(number), str(number)[2:10]
    ('9710012003400001', '10012003')
    """

    year: int
    institution: InstitutionNumber
    level: int
    serial: int
    since: int = SINCE

    @property
    def scheme(self) -> Scheme:
        return Scheme.QUALIFICATION

    def __post_init__(self) -> None:
        if not 1 <= self.serial <= MAX_SERIAL:
            raise BadInput("serial_out_of_range", FAULTS["serial_out_of_range"], serial=self.serial)
        if not 1 <= self.level <= 5:
            raise BadInput("level_out_of_range", FAULTS["level_out_of_range"], level=self.level)
        if not self.since <= self.year < self.since + 100:
            raise BadInput(
                "year_out_of_range",
                FAULTS["year_out_of_range"],
                year=self.year,
                first=self.since,
                last=self.since + 99,
            )

    def __str__(self) -> str:
        return f"{self.year % 100:02d}{self.institution}{self.level}{self.serial:05d}"


@dataclass(frozen=True, slots=True)
class ShanghaiNumber:
    """A 13-digit Shanghai number, written as 16 characters with 000 in front.

    Sixteen digits that begin with 000 and fit the coding rule are read as a number of the year 2000;
    both readings have the same text, and registers are keyed by the text.
    """

    digits: str

    @property
    def scheme(self) -> Scheme:
        return Scheme.SHANGHAI

    def __post_init__(self) -> None:
        if not _DIGITS_13.match(self.digits):
            raise BadInput("not_thirteen_digits", FAULTS["not_thirteen_digits"], number=self.digits)

    def __str__(self) -> str:
        return f"000{self.digits}"


@dataclass(frozen=True, slots=True)
class SkillLevelNumber:
    """A 22-character number 职业技能等级证书编号.

    `body`: four digits given by the ministry, `0000` when filed provincially; `level` is a digit
    5..1, or one letter for 特级 and above.
    """

    kind: str
    body: str
    province: str
    site: str
    year: int
    level: str
    serial: int
    since: int = SINCE

    @property
    def scheme(self) -> Scheme:
        return Scheme.SKILL_LEVEL if self.level.isdigit() else Scheme.SPECIAL

    def __post_init__(self) -> None:
        if not _SKILL_LEVEL.match(str(self)) or not self.since <= self.year < self.since + 100:
            raise BadInput("bad_skill_number", FAULTS["bad_skill_number"], number=str(self)[:LONGEST])

    def __str__(self) -> str:
        return (
            f"{self.kind}{self.body}{self.province}{self.site}"
            f"{self.year % 100:02d}{self.level}{self.serial:06d}"
        )


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """A number of no scheme we know: kept as cleaned text, looked up as it is."""

    text: str

    @property
    def scheme(self) -> Scheme:
        return Scheme.UNKNOWN

    def __str__(self) -> str:
        return self.text


CertificateNumber = QualificationNumber | ShanghaiNumber | SkillLevelNumber | UnknownNumber


def clean(text: str) -> str:
    """Full-width forms to ASCII, spaces, dots and hyphens out, letters upper case.

    >>> clean(" ９７１００１２００３ 4-00001 ")
    '9710012003400001'
    """
    if text.isascii() and text.isalnum():
        return text[: 4 * LONGEST].upper()
    cleaned = text[: 4 * LONGEST]
    for _ in range(4):  # what is taken out may let its neighbours combine
        before = cleaned
        cleaned = _NOISE.sub("", unicodedata.normalize("NFKC", cleaned)).upper()
        if cleaned == before:
            break
    return cleaned


def year_of(two_digits: int, since: int = SINCE) -> int:
    """The year in `[since, since + 100)` that ends in `two_digits`.

    >>> year_of(97), year_of(26), year_of(89), year_of(90)
    (1997, 2026, 2089, 1990)
    """
    return since + (two_digits - since) % 100


def parse(text: str, *, since: int = SINCE) -> CertificateNumber:
    """Read a certificate number of any scheme.

    Raises BadInput only where there is nothing to read (`no_number`) or far too much
    (`number_too_long`); every other text is at least an `UnknownNumber`.
    """
    cleaned = clean(text)
    if not cleaned:
        raise BadInput("no_number", FAULTS["no_number"])
    if len(cleaned) > LONGEST or len(text) > 4 * LONGEST:
        raise BadInput("number_too_long", FAULTS["number_too_long"], longest=LONGEST)
    if (found := _CERTIFICATE.match(cleaned)) and int(found[4]):
        institution = _institution(found[2])
        return QualificationNumber(
            year_of(int(found[1]), since), institution, int(found[3]), int(found[4]), since
        )
    if _DIGITS_13.match(cleaned):
        return ShanghaiNumber(cleaned)
    if _PADDED_13.match(cleaned):
        return ShanghaiNumber(cleaned[3:])
    if found := _SKILL_LEVEL.match(cleaned):
        kind, body, province, site, yy, level, serial = found.groups()
        return SkillLevelNumber(
            kind, body, province, site, year_of(int(yy), since), level, int(serial), since
        )
    return UnknownNumber(cleaned)


@lru_cache(maxsize=1024)
def _institution(digits: str) -> InstitutionNumber:
    return InstitutionNumber.parse(digits)


def normal(text: str) -> str:
    """The one text a number is registered and looked up under (`str(parse(text))`)."""
    return str(parse(text))


def lookalikes(number: str) -> list[str]:
    """Characters of an unknown number that only look like what belongs there: letters and digits of other
    scripts, and Latin letters among the digits of a 13- or 16-digit number.

    >>> lookalikes("261001200340O017"), lookalikes("Ѕ0001"), lookalikes("旧苏字第12号")
    (['O'], ['Ѕ'], [])
    """
    foreign = [
        c
        for c in number
        if not c.isascii() and unicodedata.category(c) in ("Lu", "Ll", "Lt", "Nd", "Nl", "No")
    ]
    letters = [c for c in number if c.isascii() and c.isalpha()]
    plain = len(number) in (13, 16) and 0 < len(letters) <= 3 and number[-len(letters) :] != "".join(letters)
    return list(dict.fromkeys(foreign + (letters if plain else [])))


def institution_code(number: CertificateNumber) -> str:
    """The part that names the institution, '' where the scheme does not say.

    For 16 digits the institution number (characters 3 to 10); for 22 characters kind, body, province
    and site (characters 1 to 13).
    """
    match number:
        case QualificationNumber():
            return str(number.institution)
        case SkillLevelNumber():
            return f"{number.kind}{number.body}{number.province}{number.site}"
        case _:
            return ""

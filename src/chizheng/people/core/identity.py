"""Identity documents 证件: the 18- and the 15-digit resident identity number are one number here.

The check character is ISO 7064 MOD 11-2 (GB 11643); 15-digit numbers, issued until 1999, become
18-digit ones by the century 19 and the check character. Area codes are looked up with the years in
which they existed (python-stdnum carries abandoned ones); an area that we do not know is a remark,
never a fault, for codes were handed out and withdrawn for forty years.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording


class DocumentKind(StrEnum):
    """Kinds of identity document 证件类型 met in enrolment sheets."""

    RESIDENT = "resident"  # 居民身份证
    OFFICER = "officer"  # 军官证
    HK_MACAO = "hk_macao"  # 港澳居民来往内地通行证 / 居住证
    TAIWAN = "taiwan"  # 台湾居民来往大陆通行证
    FOREIGNER = "foreigner"  # 外国人永久居留身份证
    PASSPORT = "passport"  # 护照
    OTHER = "other"


DOCUMENT_NAMES: dict[DocumentKind, Wording] = {
    DocumentKind.RESIDENT: Wording("居民身份证", "resident identity card"),
    DocumentKind.OFFICER: Wording("军官证", "officer's card"),
    DocumentKind.HK_MACAO: Wording("港澳居民证件", "Hong Kong or Macao resident's permit"),
    DocumentKind.TAIWAN: Wording("台湾居民证件", "Taiwan resident's permit"),
    DocumentKind.FOREIGNER: Wording("外国人永久居留身份证", "foreigner's permanent residence card"),
    DocumentKind.PASSPORT: Wording("护照", "passport"),
    DocumentKind.OTHER: Wording("其他证件", "other document"),
}

_KIND_WORDS = {
    DocumentKind.RESIDENT: ("居民身份证", "身份证", "二代身份证", "201", "resident", "id"),
    DocumentKind.OFFICER: ("军官证", "士兵证", "军人证", "警官证", "officer"),
    DocumentKind.HK_MACAO: (
        "港澳居民来往内地通行证",
        "港澳居民居住证",
        "港澳通行证",
        "香港身份证",
        "澳门身份证",
        "香港居民证件",
        "澳门居民证件",
        "回乡证",
    ),
    DocumentKind.TAIWAN: ("台湾居民来往大陆通行证", "台湾居民居住证", "台胞证", "台湾通行证"),
    DocumentKind.FOREIGNER: ("外国人永久居留身份证", "外国人永久居留证"),
    DocumentKind.PASSPORT: ("护照", "外国护照", "passport"),
    DocumentKind.OTHER: ("其他", "其它", "other"),
}
_KIND_OF = {word: kind for kind, words in _KIND_WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """A checked document: `number` is canonical (18 digits for residents), `printed` as it was given."""

    kind: DocumentKind
    number: str
    printed: str
    birth: date | None = None
    sex: str = ""  # "M", "F" or "" where the number does not tell
    area: str = ""  # six digits of the area code, residents only
    area_known: bool = True
    short_form: bool = False  # given as a 15-digit number


_LENGTH = Wording(
    zh="身份证号“{masked}”应为18位（或旧版15位），现为{length}位；请核对证件",
    en="identity number '{masked}' must have 18 digits (or 15 in the old form), it has {length}; see the card",
)
_CHARACTERS = Wording(
    zh="身份证号“{masked}”含有非数字字符（仅末位可为X）；请核对证件",
    en="identity number '{masked}' has characters other than digits (only the last may be X); see the card",
)
_CHECK = Wording(
    zh="身份证号“{masked}”校验码不符，多为录入错误；请核对证件",
    en="the check character of identity number '{masked}' does not fit, most often a typing slip; see the card",
)
_BIRTH = Wording(
    zh="身份证号“{masked}”中的出生日期不存在；请核对证件",
    en="identity number '{masked}' holds a date of birth that does not exist; see the card",
)
_EMPTY = Wording(zh="证件号码为空；请填写", en="the document number is empty; fill it in")
_SHORT = Wording(
    zh="证件号码“{masked}”过短或含有不允许的字符；请按证件填写（字母、数字、括号、连字符、“字第号”）",
    en="document number '{masked}' is too short or has characters that do not occur; copy it from the document",
)
_KIND = Wording(
    zh="不认识的证件类型“{value}”；可填：居民身份证、军官证、护照、港澳通行证、台胞证、外国人永久居留身份证",
    en="unknown document type '{value}'; use one of the listed types",
)


def kind_of(text: str) -> DocumentKind:
    """The kind that a sheet's word means; empty text means the resident card; raises BadInput."""
    word = clean(text)
    if not word:
        return DocumentKind.RESIDENT
    try:
        return DocumentKind(word.lower())
    except ValueError:
        pass
    if word in _KIND_OF:
        return _KIND_OF[word]
    raise BadInput("document_kind", _KIND, value=word)


def clean(text: str) -> str:
    """NFKC, without any white space: full-width digits and stray blanks are typing, not meaning."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def read_document(kind: DocumentKind, text: str) -> IdentityDocument:
    """Check a number of `kind`; raises BadInput (sentences show the number masked).

    >>> read_document(DocumentKind.RESIDENT, "110105491231002").number
    '11010519491231002X'
    """
    printed = clean(text).upper().removeprefix("'")
    if not printed:
        raise BadInput("document_empty", _EMPTY)
    if kind is DocumentKind.RESIDENT:
        return _resident(printed)
    allowed = all(c.isalnum() or c in "()-/·" for c in printed)
    if len(printed) < 5 or len(printed) > 30 or not allowed:
        raise BadInput("document_shape", _SHORT, masked=_masked(printed))
    return IdentityDocument(kind, printed.replace("(", "").replace(")", "").replace("-", ""), printed)


def _resident(printed: str) -> IdentityDocument:
    shown = _masked(printed)
    if len(printed) not in (15, 18):
        raise BadInput("document_length", _LENGTH, masked=shown, length=len(printed))
    body = printed if len(printed) == 15 else printed[:-1]
    if not (body.isascii() and body.isdigit() and (len(printed) == 15 or printed[-1] in "0123456789X")):
        raise BadInput("document_characters", _CHARACTERS, masked=shown)
    number = expand(printed) if len(printed) == 15 else printed
    if number[-1] != check_character(number[:17]):
        raise BadInput("document_check", _CHECK, masked=shown)
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadInput("document_birth", _BIRTH, masked=shown) from None
    return IdentityDocument(
        DocumentKind.RESIDENT,
        number,
        printed,
        birth,
        "M" if int(number[16]) % 2 else "F",
        number[:6],
        _area_known(number),
        len(printed) == 15,
    )


def expand(short: str) -> str:
    """The 18-digit form of a 15-digit resident number: century 19, check character appended."""
    seventeen = f"{short[:6]}19{short[6:]}"
    return seventeen + check_character(seventeen)


def shorten(number: str) -> str | None:
    """The 15-digit form an old paper may carry; None for those born after 1999, who never had one."""
    return number[:6] + number[8:17] if number[6:8] == "19" else None


def check_character(seventeen: str) -> str:
    """ISO 7064 MOD 11-2 check character of the first 17 digits."""
    return ric.calc_check_digit(seventeen + "0")


def _area_known(number: str) -> bool:
    try:
        ric.get_birth_place(number)
    except (ValidationError, KeyError):  # stdnum knows the province, but no such county
        return False
    return True


def _masked(text: str) -> str:
    return text[:3] + "*" * max(len(text) - 5, 0) + text[-2:] if len(text) > 6 else text[:1] + "***"


def age_on(birth: date, day: date) -> int:
    """Whole years of age 周岁 on a day; those born on 29 February turn a year older on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


_USCC = Wording(
    zh="统一社会信用代码“{value}”不正确（18位，末位为校验码）；请核对营业执照",
    en="unified social credit code '{value}' is wrong (18 characters, the last a check); see the licence",
)


def read_credit_code(text: str) -> str:
    """统一社会信用代码 (GB 32100), checked; raises BadInput."""
    code = clean(text).upper()
    try:
        return uscc.validate(code)
    except ValidationError:
        raise BadInput("credit_code", _USCC, value=code) from None

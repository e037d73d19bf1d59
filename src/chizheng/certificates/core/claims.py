"""The claims record 证书声明: one per certificate and version; every envelope and the log leaf come from it.

`encode(claims)` is deterministic CBOR with a salt inside, so `digest(claims)` commits to every printed
field and tells nothing to somebody who does not hold the certificate. Erase the salt, and the log leaf
means nothing any more. The bytes are drawn up in docs/formats/claims.md.

Never in the record: the identity document's number or a hash of it (birth date and region leave so few
candidates that a hash is the number). It carries the kind of document and at most its last four
characters, for the glance at the card in the bearer's hand.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Final

import cbor2

from chizheng.certificates.core import cbor, names, numbers
from chizheng.certificates.core.register import code_text, code_value
from chizheng.certificates.core.wording import FAULTS
from chizheng.kernel.errors import BadInput

SALT_BYTES: Final = 16
EPOCH: Final = date(1970, 1, 1)

_OCCUPATION_CODE = re.compile(r"([1-8])-([0-9]{2})-([0-9]{2})-([0-9]{2})\Z")
_CHECK_DOMAIN: Final = b"chizheng/check/1\n"


class DocumentKind(IntEnum):
    """Kinds of identity document 证件类型 a candidate may enrol with."""

    RESIDENT_ID = 1  # 居民身份证
    MILITARY = 2  # 军官证、士兵证
    HK_MACAO = 3  # 港澳居民来往内地通行证
    TAIWAN = 4  # 台湾居民来往大陆通行证
    PASSPORT = 5  # 护照
    PERMANENT_RESIDENCE = 6  # 外国人永久居留身份证
    RESIDENCE_PERMIT = 7  # 港澳台居民居住证
    OTHER = 9


class Sex(IntEnum):
    """GB/T 2261.1."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2
    UNSTATED = 9


class Rating(IntEnum):
    """Overall result 评定成绩 as printed."""

    UNRATED = 0
    PASS = 1  # 合格
    GOOD = 2  # 良好
    EXCELLENT = 3  # 优秀


class Basis(IntEnum):
    """What the award stands on. Everything but EXAM is an entry type of its own in the log."""

    EXAM = 0
    CONTEST = 1  # 竞赛
    PANEL = 2  # 专家评审
    LEGACY = 3  # 旧证补录: registered, not evidence-linked
    REPLACEMENT = 4  # 补发


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What one certificate says.

    number        any scheme of `numbers`, in its normal form
    name          as printed; `names.printed` form
    document      kind, and `document_tail` its last 0 to 4 characters
    birth         printed birth date, None where the form has none
    occupation    the name printed, kept for ever; `occupation_code` of the classification or ''
    level         5 lowest .. 1 highest, 0 for 特级 and above
    theory, practice, comprehensive   tenths of a point (0..1000), None where not examined
    issued        date of issue 核发日期
    institution   number of the assessing institution (as part of `number` where its scheme says it)
    authority     short code of the issuing authority in the trust list
    sitting       reference of the sitting 鉴定批次 whose commitments the log holds, '' without one
    version       1, and one more with each correction
    status        position in the status list of the year of issue
    salt          >= 16 random bytes
    """

    number: str
    name: str
    document: DocumentKind
    document_tail: str
    sex: Sex
    birth: date | None
    occupation: str
    occupation_code: str
    level: int
    theory: int | None
    practice: int | None
    comprehensive: int | None
    rating: Rating
    issued: date
    institution: str
    authority: str
    sitting: str
    basis: Basis
    version: int
    status: int
    salt: bytes

    @property
    def check_code(self) -> str:
        """The printed check code 校验码: 40 bits drawn from the salt, e.g. 'K7QM2XWD'."""
        drawn = hashlib.sha256(_CHECK_DOMAIN + self.salt + self.number.encode()).digest()
        return code_text(int.from_bytes(drawn[:5], "big"))

    @property
    def status_year(self) -> int:
        """The yearly shard of the status list."""
        return self.issued.year


def read_check_code(text: str) -> str:
    """A typed check code in its normal form; raises BadInput.

    >>> read_check_code("k7qm 2xwo")
    'K7QM2XW0'
    """
    return code_text(code_value(text))


# -- bytes -------------------------------------------------------------------------------------------
# Integer keys in rising order are already deterministic, so the plain encoder writes canonical bytes.
# `core.roll` writes the same bytes for a whole batch at once.

(NUMBER, NAME, DOCUMENT, SEX, BIRTH, OCCUPATION, CODE, LEVEL, SCORES, RATING, ISSUED,
 INSTITUTION, AUTHORITY, SITTING, BASIS, VERSION, STATUS, SALT) = range(1, 19)  # fmt: skip

_FIELDS: Final = frozenset(range(NUMBER, SALT + 1))
_ABSENT: Final = object()


def encode(claims: Claims) -> bytes:
    """Deterministic CBOR of the record.

    A field is left out exactly where it has its usual value or repeats the number (level, institution),
    so that equal records have equal bytes and a QR stays small.
    """
    number = claims.number
    derived_level, derived_institution = derived(number)
    packed = number.isascii() and len(number) == 16 and number.isdigit()
    record: dict[int, object] = {NUMBER: int(number) if packed else number, NAME: claims.name}
    record[DOCUMENT] = [int(claims.document), claims.document_tail]
    if claims.sex:
        record[SEX] = int(claims.sex)
    if claims.birth is not None:
        record[BIRTH] = claims.birth.toordinal() - EPOCH_ORDINAL
    record[OCCUPATION] = claims.occupation
    if claims.occupation_code:
        record[CODE] = pack_code(claims.occupation_code)
    if claims.level != derived_level:
        record[LEVEL] = claims.level
    scores = [claims.theory, claims.practice, claims.comprehensive]
    if scores != [None, None, None]:
        record[SCORES] = scores
    if claims.rating:
        record[RATING] = int(claims.rating)
    record[ISSUED] = claims.issued.toordinal() - EPOCH_ORDINAL
    if claims.institution != derived_institution:
        record[INSTITUTION] = claims.institution
    record[AUTHORITY] = claims.authority
    if claims.sitting:
        record[SITTING] = claims.sitting
    if claims.basis:
        record[BASIS] = int(claims.basis)
    if claims.version != 1:
        record[VERSION] = claims.version
    record[STATUS] = claims.status
    record[SALT] = claims.salt
    return cbor2.dumps(record)


EPOCH_ORDINAL: Final = EPOCH.toordinal()


def decode(data: bytes) -> Claims:
    """Read a record; raises BadInput (`bad_claims`, `bad_cbor`) for anything `encode` does not write."""
    record = cbor.decode(data, limit=4096)
    if not isinstance(record, dict):
        raise _fault("record", record)
    if not record.keys() <= _FIELDS:
        raise _fault("key", min(map(str, record.keys() - _FIELDS)))

    def take(key: int, kind: type, default: object = _ABSENT) -> object:
        value = record.get(key, default)
        if value is _ABSENT or (
            value is not default and (not isinstance(value, kind) or isinstance(value, bool))
        ):
            raise _fault(f"field {key}", value if value is not _ABSENT else "missing")
        return value

    number = record.get(NUMBER)
    if isinstance(number, int) and 0 <= number < 10**16 and not isinstance(number, bool):
        number = f"{number:016d}"
    if not isinstance(number, str):
        raise _fault("number", number)
    derived_level, derived_institution = derived(number)
    document = take(DOCUMENT, list)
    if not isinstance(document, list) or len(document) != 2 or not isinstance(document[1], str):
        raise _fault("document", document)
    scores = take(SCORES, list, [None, None, None])
    if not isinstance(scores, list) or len(scores) != 3:
        raise _fault("scores", scores)
    birth = take(BIRTH, int, None)
    try:
        claims = Claims(
            number=number,
            name=str(take(NAME, str)),
            document=DocumentKind(document[0]),
            document_tail=document[1],
            sex=Sex(_int(take(SEX, int, 0))),
            birth=None if birth is None else _day(_int(birth)),
            occupation=str(take(OCCUPATION, str)),
            occupation_code=_unpack_code(record.get(CODE, "")),
            level=_int(take(LEVEL, int, derived_level)),
            theory=scores[0],
            practice=scores[1],
            comprehensive=scores[2],
            rating=Rating(_int(take(RATING, int, 0))),
            issued=_day(_int(take(ISSUED, int))),
            institution=str(take(INSTITUTION, str, derived_institution)),
            authority=str(take(AUTHORITY, str)),
            sitting=str(take(SITTING, str, "")),
            basis=Basis(_int(take(BASIS, int, 0))),
            version=_int(take(VERSION, int, 1)),
            status=_int(take(STATUS, int)),
            salt=_bytes(take(SALT, bytes)),
        )
    except ValueError as fault:
        raise _fault("value", str(fault)[:60]) from None
    for what in faults(claims):
        raise _fault(what, getattr(claims, what, ""))
    if encode(claims) != data:
        raise _fault("form", "not the canonical bytes")
    return claims


_TEXTS: Final = (
    ("number", 1, numbers.LONGEST), ("name", 1, names.LONGEST), ("document_tail", 0, 4), ("occupation", 1, 80),
    ("occupation_code", 0, 24), ("institution", 0, 24), ("authority", 1, 24), ("sitting", 0, 40),
)  # fmt: skip
LAST_STATUS: Final = 2**40
_MARKS: Final = ("theory", "practice", "comprehensive")
_WHOLE: Final = (
    ("level", 0, 5), *((mark, 0, 1000) for mark in _MARKS), ("version", 1, 2**16), ("status", 0, LAST_STATUS),
)  # fmt: skip
"""Field, and its least and greatest length or value."""


def faults(claims: Claims) -> list[str]:
    """Names of the fields whose value cannot be in a record (types, ranges, lengths): texts, then numbers."""
    found = []
    for field, shortest, longest in _TEXTS:
        text = getattr(claims, field)
        if not isinstance(text, str) or not shortest <= len(text) <= longest or not _sayable(text):
            found.append(field)
    if "number" not in found and numbers.clean(claims.number) != claims.number:
        found.append("number")
    for field, low, high in _WHOLE:
        value = getattr(claims, field)
        if value is None and field in _MARKS:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            found.append(field)
    if not isinstance(claims.salt, bytes) or not SALT_BYTES <= len(claims.salt) <= 32:
        found.append("salt")
    return found


def longest_encoding(claims: Claims) -> int:
    """No fewer bytes than `encode` writes: what texts have, and the most that all other fields can have."""
    texts = (
        claims.number, claims.name, claims.document_tail, claims.occupation, claims.occupation_code,
        claims.institution, claims.authority, claims.sitting,
    )  # fmt: skip
    return 120 + len(claims.salt) + len("".join(texts).encode())


def digest(claims: Claims) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes: the salted commitment."""
    return hashlib.sha256(encode(claims)).digest()


def leaf(claims: Claims) -> bytes:
    """The log entry of a certificate; see `leaf_of`."""
    return leaf_of(digest(claims), leaf_end(claims.sitting, claims.basis, claims.version))


def leaf_of(claims_digest: bytes, end: bytes) -> bytes:
    """CBOR of `["CERT", claims digest, sitting, basis, version]`; `end`: `leaf_end` of the last three.

    Computable without the hidden fields, so that a wallet may hide scores and still prove the entry. The
    number is in it only through the salted digest: whoever tries all numbers learns nothing.
    """
    return _LEAF + claims_digest + end


_LEAF: Final = b"\x85" + cbor2.dumps("CERT") + b"\x58\x20"


def leaf_end(sitting: str, basis: Basis, version: int) -> bytes:
    """What stands behind the digest in a leaf: the same for all certificates of a sitting."""
    return cbor2.dumps([sitting, int(basis), version])[1:]


def derived(number: str) -> tuple[int | None, str]:
    """Level and institution that the number itself says."""
    if len(number) == 16 and number.isascii() and number.isdigit() and number[10] in "12345":
        return int(number[10]), number[2:10]
    parsed = numbers.parse(number) if number else numbers.UnknownNumber("")
    if isinstance(parsed, numbers.SkillLevelNumber):
        return (int(parsed.level) if parsed.level.isdigit() else 0), numbers.institution_code(parsed)
    return None, ""


def pack_code(code: str) -> int | str:
    """A code of the classification as a number (`6-18-02-04` -> 6180204), any other as it is."""
    return int(code.replace("-", "")) if _OCCUPATION_CODE.match(code) else code


def _unpack_code(packed: object) -> str:
    if isinstance(packed, int) and 1_00_00_00 <= packed <= 8_99_99_99:
        digits = str(packed)
        return f"{digits[0]}-{digits[1:3]}-{digits[3:5]}-{digits[5:]}"
    if isinstance(packed, str):
        return packed
    raise _fault("occupation_code", packed)


def _day(days: int) -> date:
    if not -60_000 <= days <= 60_000:
        raise _fault("date", days)
    return EPOCH + timedelta(days=days)


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise _fault("number", value)
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise _fault("bytes", value)
    return value


def _sayable(text: str) -> bool:
    """No control, format or half characters. Unassigned ones pass: names are newer than any table."""
    return text.isprintable() or not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in text)


def _fault(field: str, value: object) -> BadInput:
    return BadInput("bad_claims", FAULTS["bad_claims"], field=field, value=str(value)[:40])

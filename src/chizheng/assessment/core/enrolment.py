"""A row of an enrolment sheet, what is checked it against, and the faults found in it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from chizheng.assessment.core.columns import ColumnSet, Recognised
from chizheng.assessment.core.eligibility import Claims, Held, find_alternative
from chizheng.assessment.core.marks import Part, credit_holds
from chizheng.assessment.core.wording import WORDING
from chizheng.catalogue.core.levels import parse_levels
from chizheng.kernel.errors import BadInput
from chizheng.kernel.names import canonical
from chizheng.law.types import Alternative, EligibilityRules
from chizheng.people.core.identity import IdentityDocument, kind_of, read_document


class ExamKind(StrEnum):
    """How a part is sat 考试类型."""

    NEW = "new"  # 新考
    RETAKE = "retake"  # 补考
    KEPT = "kept"  # 免考: an earlier pass is kept


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one cell. `params` fill the sentence of `code`; they hold no personal data."""

    row: int  # 1-based row of the sheet, as the clerk sees it
    column: str  # key of the column set
    code: str
    value: str  # what stood in the cell; masked by whoever stores it where the column is personal
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """A row as read: `text` by column key; typed values are None where a cell is empty or unreadable."""

    number: int
    columns: ColumnSet
    text: Mapping[str, str]
    document: IdentityDocument | None
    sex: str
    birth: date | None
    level: int | None
    held_level: int | None
    years: Decimal | None
    work_start: date | None
    kinds: Mapping[Part, ExamKind]

    def cell(self, key: str) -> str:
        return self.text.get(key, "")

    def has(self, key: str) -> bool:
        """Does this sheet have the column at all?"""
        return key in self.text

    def fault(self, where: str, code: str, **params: object) -> Fault:
        """A fault of the cell in column `where`."""
        return Fault(self.number, where, code, self.cell(where), params)

    def from_error(self, column: str, error: BadInput) -> Fault:
        """A fault that says what a reader of another room said."""
        return self.fault(column, "as_said", zh=error.say("zh"), en=error.say("en"))

    @property
    def digest(self) -> str:
        """SHA-256 over the cells that matter: the same row in another order of columns is the same."""
        body = "\x1f".join(
            f"{k}={' '.join(v.split())}" for k, v in sorted(self.text.items()) if k != "serial"
        )
        return hashlib.sha256(body.encode()).hexdigest()


# --- what a row is checked against ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """What the law says for a session's place and day."""

    pass_mark: Decimal
    parts: tuple[Part, ...]  # that the session's level must pass
    credit_years: int
    min_age: int
    levels_per_year: int  # 0: no such rule at the place


@dataclass(frozen=True, slots=True)
class Setting:
    """The session a sheet is for. `same`: names that count as its occupation; `related`: 相关职业."""

    session: int
    occupation: str
    level: int
    exam_day: date
    judged_on: date
    levels: frozenset[int]
    rules: EligibilityRules
    terms: Terms
    same: frozenset[str] = frozenset()
    related: frozenset[str] = frozenset()

    def is_own(self, occupation: str) -> bool:
        return canonical(occupation) in {canonical(n) for n in (self.occupation, *self.same)}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolment of the same person in another session."""

    number: str  # of the session
    occupation: str
    level: int
    exam_day: date
    finished: bool


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate the register knows."""

    occupation: str
    level: int
    since: date


@dataclass(frozen=True, slots=True)
class Facts:
    """What file and register know of the row's person."""

    earlier_row: int | None = None
    names: frozenset[str] = frozenset()  # comparable forms, today's and former; empty: not registered
    here: str | None = None  # digest of the row by which the person is enrolled in this session
    elsewhere: tuple[Enrolled, ...] = ()
    certified: tuple[Certified, ...] = ()
    credits: Mapping[Part, date] = field(default_factory=dict)  # part -> exam day of a pass


# --- reading ---------------------------------------------------------------------------------

_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?(?:[T ].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")
_NEW = {"新考", "正考", "初考", "首考", "new"}
_RETAKE = {"补考", "重考", "retake"}
_KEPT = {"免考", "保留", "已合格"}
YES = frozenset({"是", "有", "y", "yes", "1", "true"})


def rows_of(found: Recognised, rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[EnrolmentRow]:
    """Rows, given with their numbers, that hold more than a serial number."""
    for number, cells in rows:
        text = {k: _cell(cells, p) for k, p in found.positions.items()}
        if any(v for k, v in text.items() if k != "serial"):
            yield read_row(number, found.columns, text)


def read_row(number: int, columns: ColumnSet, text: Mapping[str, str]) -> EnrolmentRow:
    """Read the typed values of a row; what cannot be read is None here and a fault by its rule."""
    document = None
    with suppress(BadInput):
        document = read_document(kind_of(text.get("document_kind", "")), text.get("document_number", ""))
    return EnrolmentRow(
        number=number,
        columns=columns,
        text=text,
        document=document,
        sex=read_sex(text.get("sex", "")) or "",
        birth=(document.birth if document else None) or read_day(text.get("birth", "")),
        level=read_level(text.get("level", "")),
        held_level=read_level(text.get("held_level", "")) or level_in_number(text.get("held_number", "")),
        years=read_years(text.get("years", "")),
        work_start=read_day(text.get("work_start", "")),
        kinds=read_kinds(text),
    )


def _cell(cells: Sequence[str], position: int) -> str:
    return unicodedata.normalize("NFC", cells[position]).strip() if position < len(cells) else ""


def read_level(text: str) -> int | None:
    """The level a cell means: 四级, 中级工, 4, 四级/中级工; None where it means none or several."""
    try:
        found = parse_levels(text)
    except ValueError:
        return None
    return next(iter(found)) if len(found) == 1 else None


def level_in_number(number: str) -> int | None:
    """The level that a 16-digit certificate number states at its eleventh place."""
    word = canonical(number)
    if len(word) == 16 and word.isdigit() and word[10] in "12345":
        return int(word[10])
    return None


def issued_in(number: str) -> int | None:
    """The year of issue in a 16-digit certificate number, read in the window 1990 to 2089."""
    word = canonical(number)
    if len(word) != 16 or not word.isdigit():
        return None
    year = int(word[:2])
    return 1900 + year if year >= 90 else 2000 + year


def read_sex(text: str) -> str | None:
    word = canonical(text).upper()
    if word in {"男", "M", "1", "男性"}:
        return "M"
    return "F" if word in {"女", "F", "2", "女性"} else None


def read_day(text: str) -> date | None:
    """A date as sheets write it; a month alone is its first day."""
    word = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.match(word) or _COMPACT.match(word)
    if not match:
        return None
    year, month, day = match.groups()
    try:
        return date(int(year), int(month), int(day or 1))
    except ValueError:
        return None


def read_years(text: str) -> Decimal | None:
    word = canonical(text).removesuffix("以上").removesuffix("年")
    try:
        years = Decimal(word)
    except InvalidOperation:
        return None
    return years if years.is_finite() and 0 <= years <= 80 else None


def read_kind(text: str) -> ExamKind | None:
    word = canonical(text).lower()
    for words, kind in ((_NEW, ExamKind.NEW), (_RETAKE, ExamKind.RETAKE), (_KEPT, ExamKind.KEPT)):
        if word in words:
            return kind
    return None


def read_kinds(text: Mapping[str, str]) -> dict[Part, ExamKind]:
    """How each part is sat. A sheet that names single parts keeps the unnamed ones; none named: all new."""
    given = {part: read_kind(text.get(part.value, "")) for part in Part}
    if any(given.values()):
        return {part: kind or ExamKind.KEPT for part, kind in given.items()}
    whole = read_kind(text.get("exam_kind", "")) or ExamKind.NEW
    return dict.fromkeys(Part, whole)


def settled_kinds(row: EnrolmentRow, setting: Setting, facts: Facts) -> dict[Part, ExamKind]:
    """How each part will be sat: a retake that names no parts keeps those still passed, and sits the rest."""
    kinds = dict(row.kinds)
    if row.has("exam_kind") and kinds[Part.THEORY] is ExamKind.RETAKE:
        for part, day in facts.credits.items():
            if credit_holds(day, on=setting.exam_day, years=setting.terms.credit_years):
                kinds[part] = ExamKind.KEPT
    return {p: k if p in setting.terms.parts else ExamKind.NEW for p, k in kinds.items()}


def claims_of(row: EnrolmentRow, setting: Setting, facts: Facts) -> Claims:
    """What sheet and register say together; the register's certificates count with their day."""
    held = [
        Held(c.level, c.since, setting.is_own(c.occupation))
        for c in facts.certified
        if setting.is_own(c.occupation) or canonical(c.occupation) in setting.related
    ]
    if row.held_level is not None:
        occupation = row.cell("held_occupation")
        own = not occupation or setting.is_own(occupation)
        year = issued_in(row.cell("held_number"))
        held.append(Held(row.held_level, date(year, 1, 1) if year else None, own, exact=False))
    says_none = row.has("holds") and row.cell("holds") and canonical(row.cell("holds")).lower() not in YES
    said = bool(held) or bool(says_none)
    return Claims(birth=row.birth, years=row.years, held=tuple(held) if said else None)


def claimed(row: EnrolmentRow, setting: Setting) -> Alternative | None:
    """The alternative the row names, among those of the session's level."""
    return find_alternative(setting.rules, setting.level, row.cell("alternative"))

"""Marks 成绩: three parts, each 0 to 100 or a state of its own; a result says PASS only when all is there.

Absent is not zero, misconduct is not absent, and what nobody has entered is none of them. Scores are
kept as they were given: more than two decimals is refused, nothing is rounded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from chizheng.assessment.core.wording import WORDING
from chizheng.kernel.errors import BadInput

FULL_MARKS = Decimal(100)


class Part(StrEnum):
    """A part of an assessment 考核科目."""

    THEORY = "theory"  # 理论知识
    PRACTICE = "practice"  # 操作技能
    REVIEW = "review"  # 综合评审


class MarkState(StrEnum):
    """What is known of a part."""

    MISSING = "missing"  # 未录入
    SCORED = "scored"
    ABSENT = "absent"  # 缺考
    MISCONDUCT = "misconduct"  # 违纪
    CREDIT = "credit"  # 保留成绩: an earlier pass, still valid


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one part; `score` (points, 0 to 100) where there is one."""

    state: MarkState
    score: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.score is not None) != (self.state in (MarkState.SCORED, MarkState.CREDIT)):
            raise ValueError(f"a {self.state} mark with score {self.score}")
        if self.score is not None and not 0 <= self.score <= FULL_MARKS:
            raise ValueError(f"score {self.score}")


MISSING = Mark(MarkState.MISSING)
ABSENT = Mark(MarkState.ABSENT)
MISCONDUCT = Mark(MarkState.MISCONDUCT)

_WORDS = {
    "缺考": ABSENT,
    "缺": ABSENT,
    "absent": ABSENT,
    "违纪": MISCONDUCT,
    "作弊": MISCONDUCT,
    "违规": MISCONDUCT,
    "misconduct": MISCONDUCT,
}


def scored(points: Decimal | int | str) -> Mark:
    return Mark(MarkState.SCORED, Decimal(points))


def read_mark(text: str) -> Mark:
    """The mark that a cell or field says; empty means not entered; raises BadInput with the remedy.

    >>> read_mark("60").score, read_mark("缺考").state.value, read_mark("").state.value
    (Decimal('60'), 'absent', 'missing')
    """
    word = "".join(unicodedata.normalize("NFKC", text).split()).lower().removesuffix("分")
    if not word:
        return MISSING
    if word in _WORDS:
        return _WORDS[word]
    try:
        points = Decimal(word)
    except InvalidOperation:
        raise BadInput("mark_unreadable", WORDING["mark_unreadable"], value=text[:12]) from None
    if not points.is_finite() or not 0 <= points <= FULL_MARKS:
        raise BadInput("mark_range", WORDING["mark_range"], value=text[:12])
    if points != points.quantize(Decimal("0.01")):
        raise BadInput("mark_decimals", WORDING["mark_decimals"], value=text[:12])
    return scored(points)


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome with what stands against it: parts not yet there, parts not passed."""

    outcome: Outcome
    missing: tuple[Part, ...] = ()
    failed: tuple[Part, ...] = ()


def passed(mark: Mark, pass_mark: Decimal) -> bool:
    """Is one part passed? Credit was passed under the pass mark of its time."""
    if mark.state is MarkState.CREDIT:
        return True
    return mark.score is not None and mark.score >= pass_mark


def result(parts: tuple[Part, ...], marks: Mapping[Part, Mark], pass_mark: Decimal) -> Result:
    """PASS if every part is passed, INCOMPLETE while one is not entered (whatever the others), else FAIL."""
    missing = tuple(p for p in parts if marks.get(p, MISSING).state is MarkState.MISSING)
    failed = tuple(p for p in parts if p not in missing and not passed(marks[p], pass_mark))
    if missing:
        return Result(Outcome.INCOMPLETE, missing, failed)
    return Result(Outcome.FAIL if failed else Outcome.PASS, (), failed)


def anniversary(day: date, years: int) -> date:
    """`years` after `day`; 29 February becomes 1 March, so that a right never ends early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def credit_holds(passed_on: date, *, on: date, years: int) -> bool:
    """Does a part passed on an exam day still count for an exam on `on`? Not on the anniversary."""
    return passed_on <= on < anniversary(passed_on, years)

"""Credit grades 诚信等级: A, B or C, yearly, from last year's record, by the place's rules; with repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chizheng.inspection.core.cases import CaseEvent, Outcome, outcome
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.law.types import Citation, Law

GRADES = ("A", "B", "C")
COUNTED = frozenset({Outcome.PENALTY, Outcome.ORDER})
"""Outcomes that count as a violation found; corrected and cancelled does not."""

REASONS: dict[str, Wording] = {
    "no_violation": Wording(zh="上一年度未发现违法行为", en="no violation was found last year"),
    "some_violations": Wording(zh="上一年度查处 {count} 起", en="{count} violations were found last year"),
    "many_violations": Wording(
        zh="上一年度查处 {count} 起，达到 {limit} 起",
        en="{count} violations last year, the limit being {limit}",
    ),
    "refused_order": Wording(zh="拒不履行责令改正或处罚决定", en="an order or decision was refused"),
    "mass_incident": Wording(zh="引发群体性事件", en="a mass incident was caused"),
    "child_labour": Wording(zh="使用童工", en="child labour"),
    "forced_labour": Wording(zh="强迫劳动", en="forced labour"),
    "few_certified": Wording(
        zh="技术岗位持证比例 {share:.0%}，低于 {least:.0%}",
        en="{share:.0%} of technical posts are certified, less than {least:.0%}",
    ),
    "repaired": Wording(
        zh="已履行全部决定，且此后未再发现违法行为，信用修复",
        en="all decisions performed and nothing found since",
    ),
}


@dataclass(frozen=True, slots=True)
class YearRecord:
    """What a year left behind: outcomes of its cases, grave facts (codes of REASONS), certified posts."""

    year: int
    outcomes: tuple[Outcome, ...] = ()
    grave: frozenset[str] = frozenset()
    technical_posts: int = 0
    certified_posts: int = 0


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade with the reasons (code, parameters) and the rule it follows."""

    grade: str
    reasons: tuple[tuple[str, dict[str, object]], ...]
    citation: Citation

    def say(self, lang: str = "zh") -> list[str]:
        return [REASONS[code].say(lang, **params) for code, params in self.reasons]


def grade(record: YearRecord, law: Law, *, on: date, place: str = "") -> Grade:
    """The grade given on `on` for the record of the year before.

    A: nothing found and, where the place has such a rule, enough technical posts certified. C: as many
    cases as the place's rule says, or any grave fact. B: the rest. Raises NotFound before the rules began.
    """
    rule = law.value("credit.c_cases_per_year", on=on, place=place)
    limit = law.number("credit.c_cases_per_year", on=on, place=place)
    scale = law.value("credit.grades", on=on, place=place).citation
    count = sum(o in COUNTED for o in record.outcomes)
    grave = tuple((code, dict[str, object]()) for code in sorted(record.grave))
    if count >= limit:
        return Grade("C", (("many_violations", {"count": count, "limit": limit}), *grave), rule.citation)
    if grave:
        return Grade("C", grave, rule.citation)
    if count:
        return Grade("B", (("some_violations", {"count": count}),), scale)
    try:
        least = float(str(law.value("credit.certified_posts_share", on=on, place=place).value))
    except NotFound:
        least = 0.0
    if record.technical_posts and record.certified_posts < least * record.technical_posts:
        certified = record.certified_posts / record.technical_posts
        return Grade("B", (("few_certified", {"share": certified, "least": least}),), scale)
    return Grade("A", (("no_violation", {}),), scale)


def repair(given: Grade, *, decisions_performed: bool, found_since: int) -> Grade:
    """One step up during the year, once everything decided was done and nothing new was found."""
    if given.grade == "A" or not decisions_performed or found_since:
        return given
    better = GRADES[GRADES.index(given.grade) - 1]
    return Grade(better, (*given.reasons, ("repaired", {})), given.citation)


def count_outcomes(histories: Iterable[Sequence[CaseEvent]]) -> Counter[Outcome | None]:
    """Cases by outcome (None: open), "corrected and cancelled" apart from "no penalty"."""
    return Counter(outcome(history) for history in histories)

"""Eligibility 申报条件: an OR of alternatives, each an AND of requirements, judged at a named day.

What a sheet or file says is a claim. A requirement is MET or UNMET where the claims decide it, and
UNKNOWN where they do not: then the evidence of the alternative must be seen. Years come in kinds that
are never mixed: continuous 连续 or cumulative 累计, in the occupation or also in related ones, in all or
after obtaining a lower certificate.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chizheng.assessment.core.marks import anniversary
from chizheng.assessment.core.wording import WORDING
from chizheng.kernel.levels import covers
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import Period
from chizheng.law.types import Alternative, EligibilityRules, Requirement
from chizheng.people.core.identity import age_on


class Verdict(StrEnum):
    MET = "met"
    UNKNOWN = "unknown"  # not decided by what was given: see the evidence
    UNMET = "unmet"


_ORDER = {Verdict.UNMET: 0, Verdict.UNKNOWN: 1, Verdict.MET: 2}


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of work; `own`: in the occupation itself, else in a related one 相关职业."""

    period: Period
    own: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate held; `since` the earliest day it may have been obtained (None: not said)."""

    level: int
    since: date | None = None
    own: bool = True
    exact: bool = True  # `since` is the day itself, not a bound read from a number


@dataclass(frozen=True, slots=True)
class Diploma:
    """A diploma 学历: its kind as law data name it; `obtained` None for final-year students 应届."""

    kind: str
    obtained: date | None
    own: bool = True


@dataclass(frozen=True, slots=True)
class Title:
    """A professional title 职称 of a rank since a day."""

    rank: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Claims:
    """What is said about a candidate; None where nothing was said, an empty tuple where the answer is "none".

    `years` is what a sheet's column 本职业工作年限 says: years in the occupation, continuity not told.
    """

    birth: date | None = None
    spells: tuple[Spell, ...] | None = None
    years: Decimal | None = None
    held: tuple[Held, ...] | None = None
    training_levels: frozenset[int] | None = None
    diplomas: tuple[Diploma, ...] | None = None
    apprenticeship_done: bool | None = None
    internship_years: Decimal | None = None
    titles: tuple[Title, ...] | None = None
    in_occupation: bool | None = None
    classes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement judged; `say` gives the sentence."""

    predicate: str
    verdict: Verdict
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)


@dataclass(frozen=True, slots=True)
class Judgement:
    """An alternative judged on a day: the worst of its findings, and the evidence it asks for."""

    alternative: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: tuple[str, ...]

    def against(self) -> list[Finding]:
        return [f for f in self.findings if f.verdict is Verdict.UNMET]

    def open_points(self) -> list[Finding]:
        return [f for f in self.findings if f.verdict is Verdict.UNKNOWN]


def judge(alternative: Alternative, claims: Claims, *, on: date) -> Judgement:
    """Judge the claimed alternative; more or better claims never turn MET into UNMET."""
    findings = tuple(_PREDICATES[r.predicate](r, claims, on) for r in alternative.requirements)
    worst = min((f.verdict for f in findings), key=lambda v: _ORDER[v], default=Verdict.MET)
    return Judgement(alternative.code, worst, findings, alternative.evidence)


def judge_all(rules: EligibilityRules, level: int, claims: Claims, *, on: date) -> list[Judgement]:
    """Every alternative of the level, the best first; the first decides whether the person may enrol."""
    found = [judge(a, claims, on=on) for a in rules.for_level(level)]
    return sorted(found, key=lambda j: -_ORDER[j.verdict])


# --- years -----------------------------------------------------------------------------------


def whole_years(start: date, end: date) -> int:
    """Anniversaries of `start` on or before `end`; 0 where `end` is earlier."""
    years = end.year - start.year
    return max(0, years if anniversary(start, years) <= end else years - 1)


def merged(spells: Iterable[Spell], *, until: date, related: bool, since: date | None = None) -> list[Period]:
    """Stretches of work without gaps between them, clipped to [since, until)."""
    clip = Period(since or date.min, until) if (since or date.min) < until else None
    if clip is None:
        return []
    cut = (s.period.intersect(clip) for s in spells if s.own or related)
    runs: list[Period] = []
    for period in sorted((p for p in cut if p is not None), key=lambda p: p.start):
        last = runs[-1] if runs else None
        if last is not None and last.end is not None and period.start <= last.end:
            runs[-1] = Period(last.start, max(last.end, period.end or until))
        else:
            runs.append(period)
    return runs


def continuous_years(runs: Sequence[Period], *, until: date) -> int:
    """Whole years of the longest stretch."""
    return max((whole_years(p.start, p.end or until) for p in runs), default=0)


def cumulative_years(runs: Sequence[Period], *, until: date) -> int:
    """Whole years of all stretches together, 365 days a year: leap days never count against a person."""
    days = sum((((p.end or until) - p.start) for p in runs), timedelta())
    return days.days // 365


def _worked(claims: Claims, *, until: date, count: str, related: bool, since: date | None) -> int | None:
    if claims.spells is None:
        return None
    runs = merged(claims.spells, until=until, related=related, since=since)
    measure = continuous_years if count == "continuous" else cumulative_years
    return measure(runs, until=until)


# --- predicates ------------------------------------------------------------------------------


def _finding(r: Requirement, verdict: Verdict, **params: object) -> Finding:
    suffix = {Verdict.MET: "met", Verdict.UNMET: "unmet", Verdict.UNKNOWN: "unknown"}[verdict]
    return Finding(r.predicate, verdict, f"eligibility_{r.predicate}_{suffix}", params)


def _whole(r: Requirement, name: str) -> int:
    value: Any = r.params[name]
    return int(value)


def _years(r: Requirement, c: Claims, on: date) -> Finding:
    need, count, related = _whole(r, "min"), str(r.params["count"]), bool(r.params["related"])
    params = {"min": need, "count_zh": _COUNT_ZH[count], "count_en": count}
    worked = _worked(c, until=on, count=count, related=related, since=None)
    if worked is not None:
        return _finding(r, Verdict.MET if worked >= need else Verdict.UNMET, have=worked, **params)
    if c.years is None:
        return _finding(r, Verdict.UNKNOWN, have="?", **params)
    if c.years >= need:  # enough years, but a column does not tell whether they were continuous
        verdict = Verdict.UNKNOWN if count == "continuous" else Verdict.MET
    else:  # years in related occupations may make up for it where they count
        verdict = Verdict.UNKNOWN if related else Verdict.UNMET
    return _finding(r, verdict, have=str(c.years), **params)


def _held(r: Requirement, c: Claims, on: date) -> Finding:
    level, need = _whole(r, "level"), _whole(r, "min_years")
    count, related = str(r.params["count"]), bool(r.params["related"])
    params = {"level": level, "min": need}
    if c.held is None:
        return _finding(r, Verdict.UNKNOWN, have="?", **params)
    fitting = [h for h in c.held if covers(h.level, level) and (h.own or related)]
    if not fitting:
        return _finding(r, Verdict.UNMET, have=0, **params)
    if need == 0:
        return _finding(r, Verdict.MET, have=0, **params)
    best = Verdict.UNMET
    most: object = 0
    for held in fitting:
        verdict, years = _after(held, c, on, need, count, related)
        if _ORDER[verdict] > _ORDER[best]:
            best, most = verdict, years
        elif best is Verdict.UNMET:
            most = years
    return _finding(r, best, have=most, **params)


def _after(
    held: Held, c: Claims, on: date, need: int, count: str, related: bool
) -> tuple[Verdict, int | str]:
    """Years worked after obtaining `held`: known from spells, bounded by the calendar otherwise."""
    if held.since is None:
        return Verdict.UNKNOWN, "?"
    possible = whole_years(held.since, on)
    if possible < need:
        return Verdict.UNMET, possible
    worked = _worked(c, until=on, count=count, related=related, since=held.since)
    if worked is None:
        return Verdict.UNKNOWN, possible
    if worked < need:
        return Verdict.UNMET, worked
    return (Verdict.MET if held.exact else Verdict.UNKNOWN), worked


def _held_since(r: Requirement, c: Claims, on: date) -> Finding:
    level, need = _whole(r, "level"), _whole(r, "min_years")
    params = {"level": level, "min": need}
    if c.held is None:
        return _finding(r, Verdict.UNKNOWN, **params)
    verdicts = [
        _SINCE[h.exact if whole_years(h.since, on) >= need else None] if h.since else Verdict.UNKNOWN
        for h in c.held
        if covers(h.level, level) and h.own
    ]
    return _finding(r, max(verdicts, key=lambda v: _ORDER[v], default=Verdict.UNMET), **params)


_SINCE = {True: Verdict.MET, False: Verdict.UNKNOWN, None: Verdict.UNMET}
"""By whether the day a certificate was obtained is exact; None: too late even at the earliest."""


def _training(r: Requirement, c: Claims, on: date) -> Finding:
    level = _whole(r, "level")
    if c.training_levels is None:
        return _finding(r, Verdict.UNKNOWN, level=level)
    return _finding(r, Verdict.MET if level in c.training_levels else Verdict.UNMET, level=level)


def _kinds(r: Requirement) -> frozenset[str]:
    value: Any = r.params["kinds"]
    return frozenset(str(k) for k in value)


def _diploma(r: Requirement, c: Claims, on: date) -> Finding:
    if c.diplomas is None:
        return _finding(r, Verdict.UNKNOWN)
    final_year = bool(r.params["final_year_counts"])
    fits = any(
        d.kind in _kinds(r) and (d.obtained <= on if d.obtained is not None else final_year)
        for d in c.diplomas
    )
    return _finding(r, Verdict.MET if fits else Verdict.UNMET)


def _years_after_diploma(r: Requirement, c: Claims, on: date) -> Finding:
    need = _whole(r, "min")
    obtained = [d.obtained for d in c.diplomas or () if d.obtained is not None]
    if c.diplomas is None:
        return _finding(r, Verdict.UNKNOWN, min=need)
    if not obtained or max(whole_years(d, on) for d in obtained) < need:
        return _finding(r, Verdict.UNMET, min=need)
    worked = max(
        (_worked(c, until=on, count="cumulative", related=True, since=d) or 0 for d in obtained), default=0
    )
    if c.spells is None:
        return _finding(r, Verdict.UNKNOWN, min=need)
    return _finding(r, Verdict.MET if worked >= need else Verdict.UNMET, min=need)


def _flag(r: Requirement, value: bool | None) -> Finding:
    if value is None:
        return _finding(r, Verdict.UNKNOWN)
    return _finding(r, Verdict.MET if value else Verdict.UNMET)


def _internship(r: Requirement, c: Claims, on: date) -> Finding:
    need = _whole(r, "min")
    if c.internship_years is None:
        return _finding(r, Verdict.UNKNOWN, min=need)
    return _finding(r, Verdict.MET if c.internship_years >= need else Verdict.UNMET, min=need)


def _title(r: Requirement, c: Claims, on: date) -> Finding:
    rank, need = str(r.params["rank"]), _whole(r, "min_years")
    params = {"rank": rank, "min": need}
    if c.titles is None:
        return _finding(r, Verdict.UNKNOWN, **params)
    fitting = [t for t in c.titles if t.rank == rank]
    if any(t.since is not None and whole_years(t.since, on) >= need for t in fitting):
        return _finding(r, Verdict.MET, **params)
    if any(t.since is None for t in fitting):
        return _finding(r, Verdict.MET if need == 0 else Verdict.UNKNOWN, **params)
    return _finding(r, Verdict.UNMET, **params)


def _age(r: Requirement, c: Claims, on: date) -> Finding:
    need = _whole(r, "min")
    if c.birth is None:
        return _finding(r, Verdict.UNKNOWN, min=need)
    return _finding(r, Verdict.MET if age_on(c.birth, on) >= need else Verdict.UNMET, min=need)


def _class(r: Requirement, c: Claims, on: date) -> Finding:
    return _flag(r, None if c.classes is None else str(r.params["kind"]) in c.classes)


_PREDICATES: Mapping[str, Callable[[Requirement, Claims, date], Finding]] = {
    "years": _years,
    "held": _held,
    "held_since": _held_since,
    "training": _training,
    "diploma": _diploma,
    "years_after_diploma": _years_after_diploma,
    "apprenticeship_done": lambda r, c, on: _flag(r, c.apprenticeship_done),
    "internship_years": _internship,
    "title": _title,
    "age": _age,
    "in_occupation": lambda r, c, on: _flag(r, c.in_occupation),
    "class_completed": _class,
}

_COUNT_ZH = {"continuous": "连续", "cumulative": "累计"}


# --- the alternative that a cell names --------------------------------------------------------

_ORDINALS = {word: n for n, word in enumerate("一二三四五六七八九十", 1)}
_ORDINAL = re.compile(r"^(?:申报)?(?:条件)?第?\(?([0-9]{1,2}|[一二三四五六七八九十])\)?(?:条|款|项)?[、.:]?$")
_LEADING = re.compile(r"^\(?([0-9]{1,2}|[一二三四五六七八九十])\)?[、.:]")


def find_alternative(rules: EligibilityRules, level: int, text: str) -> Alternative | None:
    """The alternative a cell means: its code, its number in the list of its level, or its words.

    Words match if they equal an alternative's sentence or, at six characters or more, are part of
    exactly one. Nothing is guessed: what fits two alternatives fits none.
    """
    offered = rules.for_level(level)
    word = canonical(text)
    if not word:
        return None
    by_code = {a.code.lower(): a for a in offered}
    if word.lower() in by_code:
        return by_code[word.lower()]
    ordinal = _ORDINAL.match(word)
    if ordinal:
        number = ordinal.group(1)
        index = _ORDINALS.get(number) or int(number)
        return offered[index - 1] if 1 <= index <= len(offered) else None
    bare = _plain(_LEADING.sub("", word))
    same = [a for a in offered if _plain(a.wording.zh) == bare or _plain(a.wording.en) == bare]
    if not same and len(bare) >= 6:
        same = [a for a in offered if bare in _plain(a.wording.zh) or _plain(a.wording.zh) in bare]
    return same[0] if len(same) == 1 else None


def _plain(text: str) -> str:
    """Letters and digits only: punctuation is not meaning here."""
    return "".join(c for c in canonical(text).lower() if unicodedata.category(c)[0] in "LN")

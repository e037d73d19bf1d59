"""What somebody lacks for a post, which way of admission is nearest, and what is one exam away.

Judged with the admission rules of the day (`law.eligibility_for`) by the assessment's own judgement, so that
a desk never promises what enrolment then refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chizheng.access.core.gate import NO_LEVELS, HeldCertificate, Levels, Verdict, decide
from chizheng.access.core.listing import level_to_reach, lines
from chizheng.assessment.core.eligibility import Claims, Finding, Held, Judgement, judge_all
from chizheng.assessment.core.eligibility import Verdict as Met
from chizheng.kernel.levels import LOWEST
from chizheng.kernel.names import canonical
from chizheng.law.types import Act, EligibilityRules, GateKind, Law


@dataclass(frozen=True, slots=True)
class Way:
    """A way of admission 申报条件 to a level: what is met, what stands open, what stands against it."""

    judgement: Judgement
    missing_years: int

    @property
    def against(self) -> list[Finding]:
        return self.judgement.against()

    @property
    def beyond_time(self) -> int:
        """Points against that no waiting mends."""
        return sum(f.predicate not in _TIME_MENDS for f in self.against)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do for an occupation: the level to reach, by the nearest way; `via` a lower level first."""

    occupation: str
    level: int
    rules: EligibilityRules
    ways: tuple[Way, ...]
    via: int | None

    @property
    def nearest(self) -> Way | None:
        return self.ways[0] if self.ways else None

    @property
    def may_enrol(self) -> bool:
        """May the person enrol today, as far as what they said goes (open points are proved on enrolment)?"""
        return bool(self.ways) and self.ways[0].judgement.verdict is not Met.UNMET


def claims_of(claims: Claims, held: Sequence[HeldCertificate], occupation: str, on: date) -> Claims:
    """`claims` with the certificates the register knows of, those of the day that count."""
    known = tuple(
        Held(c.level, c.issued, canonical(c.occupation) == canonical(occupation))
        for c in held
        if c.level is not None and c.counts_on(on)
    )
    return Claims(
        birth=claims.birth, spells=claims.spells, years=claims.years, held=known,
        training_levels=claims.training_levels, diplomas=claims.diplomas,
        apprenticeship_done=claims.apprenticeship_done, internship_years=claims.internship_years,
        titles=claims.titles, in_occupation=claims.in_occupation, classes=claims.classes,
    )  # fmt: skip


def advise(
    law: Law, *, occupation: str, level: int, claims: Claims, on: date, levels: Levels = NO_LEVELS
) -> Advice:
    """The ways to `level`, the nearest first: admitted, then what only time mends, then fewest years missing.

    Where no way is open, `via` names the next lower level that is. Raises NotFound where the law data have
    no rules for the day.
    """
    rules = law.eligibility_for(occupation, on=on)
    ways = _ways(rules, level, claims, on)
    via = None
    if not ways or ways[0].judgement.verdict is Met.UNMET:
        own = levels.get(canonical(occupation)) or frozenset(range(1, LOWEST + 1))
        for lower in sorted(n for n in own if n > level):
            below = _ways(rules, lower, claims, on)
            if below and below[0].judgement.verdict is not Met.UNMET:
                via = lower
                break
    return Advice(occupation, level, rules, tuple(ways), via)


def _ways(rules: EligibilityRules, level: int, claims: Claims, on: date) -> list[Way]:
    ways = [Way(j, _missing_years(j)) for j in judge_all(rules, level, claims, on=on)]
    rank = {Met.MET: 0, Met.UNKNOWN: 1, Met.UNMET: 2}
    return sorted(
        ways, key=lambda w: (rank[w.judgement.verdict], w.beyond_time, w.missing_years, len(w.against))
    )


_TIME_MENDS = frozenset(
    {"years", "held", "held_since", "years_after_diploma", "internship_years", "age", "training"}
)
"""Requirements that work, waiting and a lower exam mend; a diploma or a title is another road."""


def _missing_years(judgement: Judgement) -> int:
    missing = 0
    for finding in judgement.against():
        need, have = finding.params.get("min"), finding.params.get("have", 0)
        if isinstance(need, int):
            missing = max(missing, need - (int(str(have)) if str(have).isdigit() else 0))
    return missing


@dataclass(frozen=True, slots=True)
class Chance:
    """An occupation of the list and where a person stands before it. `level`: the one to reach or held."""

    occupation: str
    level: int | None
    advice: Advice | None = None
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do today, what is one exam away, and what is farther, of the gated occupations."""

    may: tuple[Chance, ...]
    one_exam: tuple[Chance, ...]
    farther: tuple[Chance, ...]
    elsewhere: tuple[Chance, ...]
    """Licences of other authorities."""


def standing(
    law: Law, *, on: date, place: str, held: Sequence[HeldCertificate], claims: Callable[[str], Claims],
    levels: Levels = NO_LEVELS, aliases: Mapping[str, str] | None = None,
) -> Standing:  # fmt: skip
    """Where a person stands before every occupation gated for recruiting that day.

    `claims` answers what is claimed for admission to an occupation.
    """
    may: list[Chance] = []
    one: list[Chance] = []
    far: list[Chance] = []
    elsewhere: list[Chance] = []
    wanted = lines(law, on=on, place=place, act=Act.RECRUIT, levels=levels, kinds=frozenset({GateKind.GATE}))
    for name in dict.fromkeys(line.occupation for line in wanted if line.occupation):
        decision = decide(
            law, act=Act.RECRUIT, occupation=name, on=on, place=place, held=held, occupation_levels=levels,
            aliases=aliases,
        )  # fmt: skip
        mine = [line for line in wanted if line.occupation == name]
        level = level_to_reach(min((x.level for x in mine if x.level), default=None), levels.get(name, ()))
        if decision.verdict is not Verdict.MISSING:
            may.append(Chance(name, level))
        elif mine[0].authority:
            elsewhere.append(Chance(name, None, authority=mine[0].authority))
        else:
            advice = advise(
                law,
                occupation=name,
                level=level,
                claims=claims_of(claims(name), held, name, on),
                on=on,
                levels=levels,
            )
            (one if advice.may_enrol else far).append(Chance(name, level, advice))
    return Standing(tuple(may), tuple(one), tuple(far), tuple(elsewhere))

"""May this business be registered 开业核验? Its scope, its people, the day; the gate answers occupation by occupation.

An occupation is covered when the owner or the responsible manager may do the act `register` in it (notice
258, part 2; the model of the crafts roll: owner-qualified or manager-qualified). The worst occupation
decides the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chizheng.access.core.gate import Decision, HeldCertificate, Verdict

WORST_FIRST = (Verdict.MISSING, Verdict.ADVICE, Verdict.EXEMPT, Verdict.CLEAR)

Ask = Callable[[str, Sequence[HeldCertificate]], Decision]
"""The gate, with act, day and place bound: occupation and certificates held to decision."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The answer for one occupation of the scope: the best any of the people gets, and who (index, None: nobody)."""

    occupation: str
    decision: Decision
    by: int | None


@dataclass(frozen=True, slots=True)
class Registration:
    """The whole answer; `covered` in the order of the scope."""

    verdict: Verdict
    covered: tuple[Covered, ...]


def judge(occupations: Sequence[str], people: Sequence[Sequence[HeldCertificate]], ask: Ask) -> Registration:
    """Judge a scope; no gated occupation in it is clear. `people`: certificates of each person."""
    covered = tuple(_cover(o, people, ask) for o in occupations)
    found = {c.decision.verdict for c in covered}
    verdict = next((v for v in WORST_FIRST if v in found), Verdict.CLEAR)
    return Registration(verdict, covered)


def _cover(occupation: str, people: Sequence[Sequence[HeldCertificate]], ask: Ask) -> Covered:
    best, by = ask(occupation, ()), None
    for at, held in enumerate(people):
        decision = ask(occupation, held)
        if WORST_FIRST.index(decision.verdict) > WORST_FIRST.index(best.verdict):
            best, by = decision, at
    return Covered(occupation, best, by)


def occupations_in(scope: str, words: Mapping[str, str]) -> list[str]:
    """Official occupations that a business scope names, longest words first, each once, in order of appearance.

    >>> occupations_in("汽车修理；美发服务", {"汽车修理": "汽车修理工", "美发": "美发师"})
    ['汽车修理工', '美发师']
    """
    found: list[tuple[int, str]] = []
    taken = [False] * len(scope)
    for word in sorted(words, key=len, reverse=True):
        at = scope.find(word)
        while at >= 0:
            if not any(taken[at : at + len(word)]):
                taken[at : at + len(word)] = [True] * len(word)
                found.append((at, words[word]))
            at = scope.find(word, at + 1)
    return list(dict.fromkeys(name for _, name in sorted(found)))

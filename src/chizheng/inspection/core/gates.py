"""The gates of the law as the SQL of screening wants them: numbers, dates, and who opens which.

`access.core.gate.decide` asks the law about one person; here the same rules are written out as rows, for
every occupation of a register, so that a join can ask them for everybody (a property test holds the two
together). What `decide` works out on the day becomes rows that are cut where the answer changes: where
an occupation was renamed, and where people already in post are let off.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chizheng.inspection.core.wording import WORDING
from chizheng.kernel.errors import BadInput, LawDataFault
from chizheng.kernel.periods import FAR_FUTURE
from chizheng.kernel.places import contains
from chizheng.law.types import GRADED, Act, GateKind, GateRow, Law

ANY_LEVEL = 9
"""Level of a gate that any certificate of the occupation opens, and of a certificate without levels."""

BEGINNING = date(1900, 1, 1)
"""`in_post_before` of a gate that lets nobody off."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate as the SQL sees it.

    `occupation`: number of the post's occupation; `opened_by`: number under which covers are looked up.
    Filings begun before `in_post_before` are bound only from `in_post_from`. `instrument`: code of the
    text behind it ('' for a gate that was given, not read from the law).
    """

    gate: int
    occupation: int
    place: int
    level: int
    valid_from: date
    valid_until: date
    citation: str
    opened_by: int
    in_post_before: date = BEGINNING
    in_post_from: date = BEGINNING
    instrument: str = ""
    level_floor: int = 0
    """ANY_LEVEL where the post's own level does not count: other authorities' licences know none of ours."""


@dataclass(frozen=True, slots=True)
class Exempting:
    """An exemption code lets off from one gate during [valid_from, valid_until)."""

    code: str
    gate: int
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class GateBook:
    """All gates of a run.

    `openers`: (occupation of a certificate, number it also opens), for renamed occupations.
    `exempting`: None where any approved exemption lets off from every gate of its occupation.
    """

    gates: tuple[Gate, ...]
    openers: tuple[tuple[int, int], ...] = ()
    exempting: tuple[Exempting, ...] | None = None


def place_number(place: str) -> int:
    """Six digits of a GB/T 2260 prefix; the country is 0.

    >>> place_number("44"), place_number("4401"), place_number("")
    (440000, 440100, 0)
    """
    if place and (len(place) not in (2, 4, 6) or not place.isascii() or not place.isdigit()):
        raise BadInput("bad_place", WORDING["bad_place"], place=place)
    return int(place.ljust(6, "0"))


def place_range(place: str) -> tuple[int, int]:
    """Lowest six-digit number of the place, and the first one beyond it.

    >>> place_range("44"), place_range("440103"), place_range("")
    ((440000, 450000), (440103, 440104), (0, 1000000))
    """
    low = place_number(place)
    return low, low + 10 ** (6 - len(place))


def law_gates(law: Law, numbers: Mapping[str, int], graded: Iterable[str], act: Act = Act.POST) -> GateBook:
    """What bars `act` by the law, for the occupations in `numbers` (canonical name to number).

    `graded`: the names that have technical grades or a national standard; a GRADED row stands for them.
    Gates bar, and so do other authorities' licences that a whole occupation needs; licences for part of
    the work, pending and advisory rows do not, as in `decide`. `numbers` must hold every name the law
    uses for its occupations; names outside it are skipped.
    """
    return _Writer(law, numbers, frozenset(graded), act).book()


def unlawful_from(law: Law) -> date | None:
    """Since when demanding a certificate without a legal basis is itself a violation; None: never was."""
    rows = law.values.get("access.no_certificate_without_basis", ())
    return min((r.period.start for r in rows if r.value is True and not r.place), default=None)


class _Writer:
    def __init__(self, law: Law, numbers: Mapping[str, int], graded: frozenset[str], act: Act) -> None:
        self.law, self.numbers, self.graded, self.act = law, numbers, graded, act
        self.rows: dict[str, list[GateRow]] = {}
        for row in sorted(law.gates, key=lambda g: g.key):
            bars = row.kind is GateKind.GATE or (row.kind is GateKind.LICENCE and not row.scope)
            if bars and act in row.acts:
                self.rows.setdefault(row.occupation, []).append(row)
        self.gates: list[Gate] = []
        self.targets: dict[frozenset[int], int] = {}
        self.next_target = max(numbers.values(), default=0) + 1_000_000

    def book(self) -> GateBook:
        families = _families(self.law)
        for name in sorted(self.numbers):
            family = families.get(name, frozenset({name}))
            cuts = _cuts(self.law, family) if len(family) > 1 else []
            for member in [*sorted(family), GRADED]:
                for row in self.rows.get(member, ()):
                    self._write(name, family, row, cuts)
        openers = tuple(sorted((o, target) for held, target in self.targets.items() for o in held))
        return GateBook(tuple(self.gates), openers, tuple(self._exempting()))

    def _write(self, name: str, family: frozenset[str], row: GateRow, cuts: list[date]) -> None:
        let_off = [
            e
            for e in self.law.exemptions
            if e.in_post_before is not None
            and e.citation.instrument == row.citation.instrument
            and self.act in e.acts
            and contains(e.place, row.place)
        ]
        edges = {row.period.start, row.period.closed_end, *cuts}
        for exemption in let_off:
            edges |= {exemption.period.start, exemption.period.closed_end}
        inside = sorted(e for e in edges if row.period.start <= e <= row.period.closed_end)
        for start, end in itertools.pairwise(inside):
            opened_by = self._opened_by(name, family, row, start)
            if opened_by is None:
                continue
            before, bound_from = BEGINNING, BEGINNING
            if row.transition_until is not None and self.act is Act.POST:
                before, bound_from = row.period.start, row.transition_until
            for exemption in let_off:
                if exemption.in_post_before is not None and exemption.period.contains(start):
                    if row.transition_until is not None:
                        raise LawDataFault("two_ways_let_off", WORDING["two_ways_let_off"], gate=row.key)
                    before, bound_from = max(before, exemption.in_post_before), FAR_FUTURE
            citation = row.citation.say()
            licence = row.kind is GateKind.LICENCE
            self.gates.append(
                Gate(
                    gate=len(self.gates) + 1,
                    occupation=self.numbers[name],
                    place=place_number(row.place),
                    level=ANY_LEVEL if row.level is None or licence else row.level,
                    level_floor=ANY_LEVEL if licence else 0,
                    valid_from=start,
                    valid_until=end,
                    citation=f"{citation}（{row.scope}）" if row.scope else citation,
                    opened_by=opened_by,
                    in_post_before=before,
                    in_post_from=bound_from,
                    instrument=row.citation.instrument,
                )
            )

    def _opened_by(self, name: str, family: frozenset[str], row: GateRow, day: date) -> int | None:
        """The number that opens `row` for a post called `name` from `day` on; None: it does not bar it."""
        after = self.law.successors
        names = {name, *after(name, on=day), *(r.old for r in self.law.predecessors(name))}
        if row.occupation == GRADED:
            if names.isdisjoint(self.graded):
                return None
            wanted = names
        elif row.occupation in names:
            wanted = {row.occupation, name, *after(row.occupation, on=day)}
        else:
            return None
        held = frozenset(
            self.numbers[n]
            for n in family
            if n in self.numbers and not wanted.isdisjoint({n, *after(n, on=day)})
        )
        own = self.numbers[name]
        if held == {own}:
            return own
        if held not in self.targets:
            self.targets[held] = self.next_target
            self.next_target += 1
        return self.targets[held]

    def _exempting(self) -> Iterable[Exempting]:
        for exemption in self.law.exemptions:
            if self.act not in exemption.acts or exemption.in_post_before is not None:
                continue
            for gate in self.gates:
                if gate.instrument == exemption.citation.instrument:
                    start = max(gate.valid_from, exemption.period.start)
                    end = min(gate.valid_until, exemption.period.closed_end)
                    if start < end:
                        yield Exempting(exemption.code, gate.gate, start, end)


def _families(law: Law) -> dict[str, frozenset[str]]:
    """Every name that was ever renamed or merged, with all names it hangs together with."""
    families: dict[str, set[str]] = {}
    for row in law.successions:
        joined = families.get(row.old, {row.old}) | families.get(row.new, {row.new})
        for name in joined:
            families[name] = joined
    return {name: frozenset(family) for name, family in families.items()}


def _cuts(law: Law, family: frozenset[str]) -> list[date]:
    """The days on which what counts as what changes inside a family."""
    rows = [s for s in law.successions if s.old in family]
    return [s.period.start for s in rows] + [s.period.closed_end for s in rows]

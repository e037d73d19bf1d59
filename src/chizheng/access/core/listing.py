"""The published list 就业准入职业名单 as lines one can print, and the difference between two lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from chizheng.access.core.gate import NO_LEVELS, GatedEntry, Levels, gated_list
from chizheng.kernel.levels import HIGHEST, LOWEST
from chizheng.law.types import GRADED, Act, Citation, ExemptionRow, GateKind, GateRow, Law


@dataclass(frozen=True, slots=True)
class Line:
    """One text gating one occupation: its acts, lowest level (None: any), the occupation's levels, exceptions."""

    occupation: str
    kind: GateKind
    acts: tuple[Act, ...]
    level: int | None
    levels: tuple[int, ...]
    citations: tuple[Citation, ...]
    place: str
    start: date
    end: date | None
    scope: str
    authority: str
    transition_until: date | None
    exceptions: tuple[ExemptionRow, ...]
    verified: bool

    @property
    def terms(self) -> tuple[object, ...]:
        """What makes two lines of one occupation the same demand; the text behind it is part of it."""
        return (
            self.kind,
            self.acts,
            self.level,
            self.scope,
            self.place,
            tuple(c.say() for c in self.citations),
        )


def lines(
    law: Law, *, on: date, place: str = "", act: Act | None = None, levels: Levels = NO_LEVELS,
    kinds: frozenset[GateKind] = frozenset(GateKind),
) -> list[Line]:  # fmt: skip
    """Every line for a place and a day, in the order of the texts; rows that differ only in act are one."""
    entries = gated_list(law, on=on, place=place, act=act, occupation_levels=levels, kinds=kinds)
    exceptions: dict[str, tuple[ExemptionRow, ...]] = {}
    found = []
    for entry in entries:
        for rows in _alike(entry.rows):
            first = rows[0]
            instrument = first.citation.instrument
            if instrument not in exceptions:
                exceptions[instrument] = tuple(
                    e for e in law.exemptions if e.citation.instrument == instrument and e.period.contains(on)
                )
            found.append(_line(entry, rows, exceptions[instrument], levels))
    return found


def _alike(rows: Sequence[GateRow]) -> Iterable[list[GateRow]]:
    groups: dict[tuple[object, ...], list[GateRow]] = {}
    for r in rows:
        key = (
            r.kind,
            r.level,
            r.place,
            r.scope,
            r.authority,
            r.citation.instrument,
            r.period,
            r.transition_until,
        )
        groups.setdefault(key, []).append(r)
    return groups.values()


def _line(
    entry: GatedEntry, rows: Sequence[GateRow], exceptions: tuple[ExemptionRow, ...], levels: Levels
) -> Line:
    first = rows[0]
    acts = {a for r in rows for a in r.acts}
    return Line(
        occupation="" if entry.occupation == GRADED else entry.occupation,
        kind=first.kind,
        acts=tuple(a for a in Act if a in acts),
        level=first.level,
        levels=tuple(sorted(levels.get(entry.occupation, ()), reverse=True)),
        citations=tuple(dict.fromkeys(r.citation for r in rows)),
        place=first.place,
        start=first.period.start,
        end=first.period.end,
        scope=first.scope,
        authority=first.authority,
        transition_until=first.transition_until,
        exceptions=tuple(e for e in exceptions if acts & e.acts),
        verified=all(r.verified for r in rows),
    )


def cited(citations: Iterable[Citation], lang: str = "zh") -> list[tuple[str, bool]]:
    """Texts with all their articles, each text once, and whether all of it is verified."""
    groups: dict[str, list[Citation]] = {}
    for c in citations:
        groups.setdefault(c.instrument, []).append(c)
    return [
        (
            replace(first, article="、".join(dict.fromkeys(c.article for c in rows if c.article))).say(lang),
            all(c.verified for c in rows),
        )
        for rows in groups.values()
        for first in rows[:1]
    ]


class Change(StrEnum):
    ADDED = "added"
    ENDED = "ended"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """An occupation whose lines differ between two lists; one side is empty where it is new or gone."""

    occupation: str
    change: Change
    before: tuple[Line, ...]
    after: tuple[Line, ...]


def difference(before: Iterable[Line], after: Iterable[Line]) -> list[Difference]:
    """What changed from one list to another, by occupation in the order of the later list, the ended last.

    `difference(a, a) == []`, and swapping the lists swaps added and ended.
    """
    old, new = _by_occupation(before), _by_occupation(after)
    found = []
    for name in [*new, *(n for n in old if n not in new)]:
        was, now = old.get(name, ()), new.get(name, ())
        if {x.terms for x in was} == {x.terms for x in now}:
            continue
        change = Change.ADDED if not was else Change.ENDED if not now else Change.CHANGED
        found.append(Difference(name, change, was, now))
    return found


def _by_occupation(all_lines: Iterable[Line]) -> Mapping[str, tuple[Line, ...]]:
    groups: dict[str, list[Line]] = {}
    for line in all_lines:
        groups.setdefault(line.occupation, []).append(line)
    return {name: tuple(rows) for name, rows in groups.items()}


def level_to_reach(line_level: int | None, levels: Iterable[int]) -> int:
    """The level somebody without any certificate must reach: the gate's own, else the lowest there is."""
    own = sorted(levels, reverse=True)
    if line_level is None:
        return own[0] if own else LOWEST
    enough = [n for n in own if HIGHEST <= n <= line_level]
    return enough[0] if enough else line_level

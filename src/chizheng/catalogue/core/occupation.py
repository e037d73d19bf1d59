"""Occupations 职业 and trades 工种: code, name, levels, edition of the standard, other names.

Not every occupation has all five levels; which it has is its standard's word. Names are compared in
their canonical spelling, and a colloquial name leads to exactly one official one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording


class OccupationKind(StrEnum):
    OCCUPATION = "occupation"  # 职业
    TRADE = "trade"  # 工种


@dataclass(frozen=True, slots=True)
class Occupation:
    """One occupation. `code` may be '' for a name that left the classification; `levels` empty: none known."""

    name: str
    code: str = ""
    kind: OccupationKind = OccupationKind.OCCUPATION
    levels: frozenset[int] = frozenset()
    edition: str = ""
    group: str = ""
    aliases: tuple[str, ...] = ()
    verified: bool = False
    note: str = ""


@dataclass(frozen=True)
class Catalogue:
    """A set of occupations with their names; what the gate, the sheets and the desks look up."""

    occupations: tuple[Occupation, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Occupation]:
        return {canonical(o.name): o for o in self.occupations}

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Canonical colloquial name to official name; an official name is never an alias."""
        return {
            canonical(a): o.name
            for o in self.occupations
            for a in o.aliases
            if canonical(a) not in self.by_name
        }

    @cached_property
    def levels(self) -> Mapping[str, frozenset[int]]:
        """Canonical name to levels, as `access.core.gate.decide` takes it."""
        return {name: o.levels for name, o in self.by_name.items()}

    def get(self, name: str) -> Occupation:
        """The occupation of that official or colloquial name; raises NotFound with the nearest names."""
        asked = canonical(name)
        asked = canonical(self.aliases.get(asked, asked))
        if asked in self.by_name:
            return self.by_name[asked]
        near = "、".join(self.near(name)) or "-"
        raise NotFound("no_such_occupation", NO_OCCUPATION, name=name, near=near)

    def near(self, name: str, count: int = 3) -> list[str]:
        """Official names that look like `name`, the nearest first."""
        asked = canonical(name)
        close = difflib.get_close_matches(asked, list(self.by_name) + list(self.aliases), count, 0.5)
        return list(dict.fromkeys(self.get(c).name for c in close))

    def merged(self, others: Iterable[Occupation]) -> Catalogue:
        """This catalogue with `others` put over it, by name."""
        names = {canonical(o.name): o for o in self.occupations}
        names.update({canonical(o.name): o for o in others})
        return Catalogue(tuple(names.values()))


NO_OCCUPATION = Wording(
    zh="目录中没有“{name}”；相近的有：{near}",
    en="The catalogue has no '{name}'; near it: {near}",
)

"""The ways in which a station can bend marks, as kernels on whole points.

Each mechanism maps an honestly made mark (after digit preference and compassion, which honest markers
have too) to the mark that is handed in. `share` is the fraction of the marks in reach that it bends.
Catalogue after the study's modes (push over the cut, shift of everyone, sold passes, spread ones);
the same catalogue applied to theory given practice finds leaked or sold theory papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """What a flag calls the mechanism."""

    HONEST = "honest"
    PUSH = "push"  # marks just below the cut are lifted by a fixed amount
    SOLD = "sold"  # some who fail get a bare pass
    SPREAD = "spread"  # some who fail get a pass spread over a wider range
    SHIFT = "shift"  # everyone gets more
    THEORY_SOLD = "theory_sold"  # theory marks bent around the cut, given practice
    THEORY_LEAKED = "theory_leaked"  # theory of everyone higher than practice explains


NEAR_CUT = frozenset({Family.PUSH, Family.SOLD, Family.SPREAD})
SEVERITY = frozenset({Family.SHIFT})


WIDE = 12
"""Points beyond which even an invisible shift stands apart from any honest population of stations."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`reach`: points below the cut from which marks are taken (0 = every failing mark).

    `width`: bought marks fall evenly on `cut .. cut+width-1` (sold, spread). `step`: points added
    (push, shift). `visible`: a shift made after the marker's habits moves the habits too (a comb at
    the wrong digits); an invisible one is only a lenient station.
    """

    family: Family
    share: float = 1.0
    reach: int = 0
    width: int = 0
    step: int = 0
    visible: bool = True

    @property
    def identifiable(self) -> bool:
        """Is its national share learned? A small invisible shift is only a skewed population of stations:
        its share stays at the prior, or one wide population is taken for a tenth of corrupt stations."""
        return self.visible or self.step >= WIDE

    @property
    def code(self) -> str:
        """Short name, stable in files."""
        if self.family is Family.SHIFT:
            part = "" if self.share == 1 else f"@{round(100 * self.share)}%"
            return f"shift+{self.step}{part}" + ("" if self.visible else "~")
        if self.family is Family.PUSH:
            return f"push+{self.step}@{round(100 * self.share)}%"
        return f"{self.family.value}{self.width}@{round(100 * self.share)}%"


ALL_BUT = 0.97
"""A push of everybody still misses a few: a share of one would give the first miss probability zero."""


def catalogue() -> tuple[Mechanism, ...]:
    """The mechanisms that are weighed against each other; their national weights are learned."""
    sold = tuple(Mechanism(Family.SOLD, share, width=3) for share in (0.15, 0.25, 0.4, 0.65))
    spread = tuple(Mechanism(Family.SPREAD, share, width=16) for share in (0.25, 0.4, 0.65))
    push = (
        Mechanism(Family.PUSH, 0.5, reach=8, step=8),
        Mechanism(Family.PUSH, ALL_BUT, reach=8, step=8),
        Mechanism(Family.PUSH, ALL_BUT, reach=5, step=5),
    )
    # A small lift that leaves no comb (or five points, which leave the digits as they were) cannot be told
    # from a lenient station: not even weighed.
    shift = tuple(Mechanism(Family.SHIFT, step=step) for step in (6, 8, 10, 12)) + tuple(
        Mechanism(Family.SHIFT, step=step, visible=False) for step in (8, 12)
    )
    return push + sold + spread + shift


def theory_catalogue() -> tuple[Mechanism, ...]:
    """Mechanisms for theory marks given practice: passes sold, and a paper known to all or to a part."""
    sold = tuple(Mechanism(Family.SOLD, share, width=3) for share in (0.15, 0.4))
    spread = tuple(Mechanism(Family.SPREAD, share, width=16) for share in (0.25, 0.65))
    leaked = tuple(Mechanism(Family.SHIFT, step=step, visible=False) for step in (8, 12, 16, 20))
    partly = tuple(Mechanism(Family.SHIFT, share, step=step) for share in (0.3, 0.6) for step in (12, 20))
    return sold + spread + leaked + partly

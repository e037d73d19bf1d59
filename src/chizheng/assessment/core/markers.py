"""Two markers 评分 and, where they differ too much, a third: what the mark is, or who must mark next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from chizheng.assessment.core.marks import FULL_MARKS

MOST = 3


class Needs(StrEnum):
    """What a paper still needs."""

    SECOND = "second"
    THIRD = "third"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a paper stands: its mark in points once nothing is needed any more."""

    needs: Needs
    mark: Decimal | None = None
    difference: Decimal | None = None


def settle(scores: Sequence[Decimal], *, share: Decimal, full: Decimal = FULL_MARKS) -> Settlement:
    """The mark of a paper by the scores given so far, in the order they were given.

    Two scores that differ by no more than `share` of the full mark count by their mean; a larger difference
    asks for a third marker, and then the mean of all three counts. Means are rounded half up to two decimals.
    """
    if len(scores) > MOST:
        raise ValueError(f"a paper is marked by at most {MOST}: {len(scores)}")
    if len(scores) < 2:
        return Settlement(Needs.SECOND)
    difference = abs(scores[0] - scores[1])
    if len(scores) == 2 and difference > share * full:
        return Settlement(Needs.THIRD, difference=difference)
    mean = (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Settlement(Needs.NOTHING, mean, difference)

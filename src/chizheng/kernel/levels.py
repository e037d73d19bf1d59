"""Skill levels 等级: the digits run backwards, 5 = 初级工 (lowest) to 1 = 高级技师 (highest).

Which levels an occupation has is data (its standard); what each is called is data (law/levels.yaml).
Only the direction of the ladder is thought, and it lives here so that nobody sorts by digit.
"""

from __future__ import annotations

from collections.abc import Iterable

LOWEST = 5
HIGHEST = 1


def covers(held: int, required: int | None) -> bool:
    """Is a certificate of level `held` enough where `required` is demanded (None: any level)?

    >>> covers(3, 4), covers(5, 4), covers(5, None)
    (True, False, True)
    """
    return required is None or held <= required


def lowest(levels: Iterable[int]) -> int | None:
    """The level that is easiest to reach, None for no level."""
    return max(levels, default=None)


def highest(levels: Iterable[int]) -> int | None:
    return min(levels, default=None)

"""When failed checks of one number are a pattern: asked for under many names, or shown with false signatures.

One wrong name is a slip of the pen. Five different names on one number within a month are not, and neither
are three pieces that bear a number and no true signature. The limits are values of the law shelf.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chizheng.kernel.wording import Wording


class Failure(StrEnum):
    """How a check of an existing number failed."""

    NAME = "name"  # another name, or another check code
    FORGED = "forged"  # something bears the number, and its signature is false


SUMMARY = Wording(
    zh="证书编号 {number}：{days} 天内以 {names} 个不同姓名或校验码核验均不符，出现 {forged} 件签名不符的凭证。"
    "只按编号计数，没有记录是谁核验的",
    en="Certificate {number}: within {days} days {names} different names or check codes did not match and {forged} "
    "pieces bore a false signature. Counted by number only; who asked was not recorded",
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many different names, and how many false pieces, within how many days."""

    days: int
    names: int
    forged: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Distinct failures of one number within the days."""

    names: int
    forged: int

    def suspicious(self, limits: Thresholds) -> bool:
        """
        >>> Pattern(4, 2).suspicious(Thresholds(30, 5, 3)), Pattern(0, 3).suspicious(Thresholds(30, 5, 3))
        (False, True)
        """
        return self.names >= limits.names or self.forged >= limits.forged

"""Money 金额: integer fen in storage and sums, Decimal only to divide, read and print."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_FEN = Decimal(100)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in fen 分 (1 yuan = 100 fen).

    >>> str(Money.from_yuan("12.345"))
    '12.35'
    """

    fen: int

    @classmethod
    def from_yuan(cls, yuan: Decimal | str | int) -> Money:
        """Round half up to the fen, the one rounding rule of the house."""
        return cls(int((Decimal(yuan) * _FEN).quantize(Decimal(1), rounding=ROUND_HALF_UP)))

    @property
    def yuan(self) -> Decimal:
        return Decimal(self.fen) / _FEN

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def times(self, factor: int) -> Money:
        return Money(self.fen * factor)

    def __str__(self) -> str:
        return f"{self.yuan:.2f}"

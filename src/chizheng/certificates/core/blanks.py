"""Blank forms 证书空白件 as stock that is like money: every one has a control number 流水码 and a life.

    stock -draw-> drawn -use-> used -lose-> lost
    drawn -return-> stock; drawn, stock, used -spoil-> spoiled -destroy-> destroyed

A certificate number meets several blanks over time (misprint, reissue); a blank meets one certificate.
Spoiled blanks are destroyed in a batch by two persons; nothing is ever taken out of the books.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

from chizheng.kernel.errors import BadInput
from chizheng.kernel.states import StateTable
from chizheng.kernel.wording import Wording

RANGE_LIMIT: Final = 100_000
"""Blanks of one movement: a typing slip in a range must not fill the table."""

_SERIAL = re.compile(r"([A-Z]{0,6})([0-9]{4,14})\Z")


class State(StrEnum):
    STOCK = "stock"  # 在库
    DRAWN = "drawn"  # 已领用
    USED = "used"  # 已使用
    SPOILED = "spoiled"  # 作废待销毁
    LOST = "lost"  # 遗失
    DESTROYED = "destroyed"  # 已销毁


class Move(StrEnum):
    RECEIVE = "receive"  # 入库
    DRAW = "draw"  # 领用
    USE = "use"  # 使用
    RETURN = "return"  # 退回
    SPOIL = "spoil"  # 作废
    LOSE = "lose"  # 报失
    DESTROY = "destroy"  # 销毁


LIFE: Final = StateTable(
    name="blank",
    start=State.STOCK,
    moves={
        (State.STOCK, Move.DRAW): State.DRAWN,
        (State.STOCK, Move.SPOIL): State.SPOILED,
        (State.STOCK, Move.LOSE): State.LOST,
        (State.DRAWN, Move.USE): State.USED,
        (State.DRAWN, Move.RETURN): State.STOCK,
        (State.DRAWN, Move.SPOIL): State.SPOILED,
        (State.DRAWN, Move.LOSE): State.LOST,
        (State.USED, Move.SPOIL): State.SPOILED,
        (State.USED, Move.LOSE): State.LOST,
        (State.SPOILED, Move.DESTROY): State.DESTROYED,
    },
)

NAMES: Final[Mapping[str, Wording]] = {
    State.STOCK: Wording("在库", "in stock"),
    State.DRAWN: Wording("已领用", "drawn"),
    State.USED: Wording("已使用", "used"),
    State.SPOILED: Wording("作废待销毁", "spoiled"),
    State.LOST: Wording("遗失", "lost"),
    State.DESTROYED: Wording("已销毁", "destroyed"),
}
MOVES: Final[Mapping[str, Wording]] = {
    Move.RECEIVE: Wording("入库", "received"),
    Move.DRAW: Wording("领用", "drawn"),
    Move.USE: Wording("使用", "used"),
    Move.RETURN: Wording("退回", "returned"),
    Move.SPOIL: Wording("作废", "spoiled"),
    Move.LOSE: Wording("报失", "reported lost"),
    Move.DESTROY: Wording("销毁", "destroyed"),
}

_SHAPE = Wording(
    zh="流水码“{serial}”应为至多6个大写字母加4至14位数字",
    en="control number '{serial}' needs up to 6 capitals and 4 to 14 digits",
)
_RANGE = Wording(
    zh="流水码起止“{first}”至“{last}”不成一段：字头、位数须一致，止号不小于起号，且一次不超过{limit}张",
    en="'{first}' to '{last}' is no range: same letters and length, last not before first, at most {limit}",
)


def serials(first: str, last: str) -> list[str]:
    """All control numbers from `first` to `last`, both included; raises BadInput for what is no range.

    >>> serials("A0008", "A0010")
    ['A0008', 'A0009', 'A0010']
    """
    (letters, digits), (letters_, digits_) = _split(first), _split(last)
    low, high = int(digits), int(digits_)
    if (letters, len(digits)) != (letters_, len(digits_)) or not 0 <= high - low < RANGE_LIMIT:
        raise BadInput("blank_range", _RANGE, first=first[:24], last=last[:24], limit=RANGE_LIMIT)
    return [f"{letters}{n:0{len(digits)}d}" for n in range(low, high + 1)]


def _split(serial: str) -> tuple[str, str]:
    match = _SERIAL.match(serial)
    if match is None:
        raise BadInput("blank_serial", _SHAPE, serial=serial[:24])
    return match[1], match[2]


def allowance(passes: int, ratio: Decimal) -> int:
    """How many blanks may be drawn for that many passes without a reason: rounded down, one spare at least.

    >>> allowance(100, Decimal("1.1")), allowance(3, Decimal("1.1"))
    (110, 4)
    """
    return max(int((passes * ratio).to_integral_value(ROUND_FLOOR)), passes + 1 if passes else 0)


@dataclass(frozen=True, slots=True)
class Balance:
    """How many blanks are in each state."""

    stock: int = 0
    drawn: int = 0
    used: int = 0
    spoiled: int = 0
    lost: int = 0
    destroyed: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Balance:
        return cls(**{s.value: counts.get(s.value, 0) for s in State})

    @property
    def received(self) -> int:
        """Everything that ever came in: nothing leaves the books."""
        return self.stock + self.drawn + self.used + self.spoiled + self.lost + self.destroyed

    @property
    def countable(self) -> int:
        """What a stock-take must find on the shelf: in stock, drawn and not used, spoiled and not destroyed."""
        return self.stock + self.drawn + self.spoiled


@dataclass(frozen=True, slots=True)
class Count:
    """A stock-take: control numbers that should be there and are not, and those there that should not be."""

    missing: tuple[str, ...]
    surplus: tuple[str, ...]

    @classmethod
    def of(cls, expected: Iterable[str], found: Iterable[str]) -> Count:
        """
        >>> Count.of(["A0001", "A0002"], ["A0002", "A0003"])
        Count(missing=('A0001',), surplus=('A0003',))
        """
        here, there = set(expected), set(found)
        return cls(tuple(sorted(here - there)), tuple(sorted(there - here)))

    @property
    def agrees(self) -> bool:
        return not self.missing and not self.surplus

"""Panels 考评组: enough assessors, an odd number, valid cards of a fitting rank, nobody from the station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from chizheng.assessment.core.wording import WORDING
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Seat:
    """A member proposed; `levels` their rank may assess on the exam day, by law value."""

    card: str
    period: Period
    trades: frozenset[str]
    levels: frozenset[int]
    unit: int | None
    leader: bool
    in_a_row: int = 0
    """Exam days in a row, up to the last one before this, on which the member sat at this station."""
    met: int = 0
    """Candidates of this roster whom the member assessed within the term of the law value."""
    tied: int = 0
    """Candidates of this roster to whom a tie was declared: relative, trainee, apprentice, same unit."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """How panels change 轮换, by law value: days in a row at one station, share that is new, months until a
    member may assess the same candidate again."""

    in_a_row: int
    turnover: float
    months: int


@dataclass(frozen=True, slots=True)
class Objection:
    """What stands against a panel; `card` '' concerns the panel as a whole."""

    card: str
    code: str
    params: dict[str, object]

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)


def objections(
    seats: Sequence[Seat], *, occupation: str, level: int, exam_day: date, unit: int, least: int, odd: bool,
    rotation: Rotation | None = None, former: frozenset[str] = frozenset(),
) -> list[Objection]:  # fmt: skip
    """Everything against the panel, in the order of the seats; an empty list is a panel that may sit.

    `unit` is the station's organisation: its own people are recused 回避. `former` are the cards of the panel
    that sat at the station on the last exam day before; without any there is nobody to change from.
    """
    found = []
    for seat in seats:
        if not seat.period.contains(exam_day):
            found.append(Objection(seat.card, "panel_card_expired", {"card": seat.card, "day": exam_day}))
        if canonical(occupation) not in {canonical(t) for t in seat.trades}:
            found.append(Objection(seat.card, "panel_trade", {"card": seat.card, "occupation": occupation}))
        if level not in seat.levels:
            found.append(Objection(seat.card, "panel_rank", {"card": seat.card, "level": level}))
        if seat.unit is not None and seat.unit == unit:
            found.append(Objection(seat.card, "panel_same_unit", {"card": seat.card}))
        if seat.tied:
            found.append(Objection(seat.card, "panel_tied", {"card": seat.card, "people": seat.tied}))
        if rotation is not None:
            found += _rotated(seat, rotation)
    if len(seats) < least:
        found.append(Objection("", "panel_small", {"least": least, "have": len(seats)}))
    elif odd and len(seats) % 2 == 0:
        found.append(Objection("", "panel_even", {"have": len(seats)}))
    if rotation is not None and former and seats:
        fresh = sum(s.card not in former for s in seats)
        if fresh / len(seats) < rotation.turnover - 1e-9:
            least_new = ceil(rotation.turnover * len(seats) - 1e-9)
            found.append(Objection("", "panel_turnover", {"fresh": fresh, "least": least_new}))
    if sum(s.leader for s in seats) != 1:
        found.append(Objection("", "panel_leader", {}))
    return found


def _rotated(seat: Seat, rotation: Rotation) -> list[Objection]:
    found = []
    if seat.in_a_row >= rotation.in_a_row:
        params: dict[str, object] = {"card": seat.card, "times": seat.in_a_row, "most": rotation.in_a_row}
        found.append(Objection(seat.card, "panel_in_a_row", params))
    if seat.met:
        params = {"card": seat.card, "people": seat.met, "months": rotation.months}
        found.append(Objection(seat.card, "panel_met", params))
    return found

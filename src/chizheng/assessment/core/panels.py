"""Panels 考评组: enough assessors, an odd number, valid cards of a fitting rank, nobody from the station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True)
class Objection:
    """What stands against a panel; `card` '' concerns the panel as a whole."""

    card: str
    code: str
    params: dict[str, object]

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)


def objections(
    seats: Sequence[Seat], *, occupation: str, level: int, exam_day: date, unit: int, least: int, odd: bool
) -> list[Objection]:
    """Everything against the panel, in the order of the seats; an empty list is a panel that may sit.

    `unit` is the station's organisation: its own people are recused 回避.
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
    if len(seats) < least:
        found.append(Objection("", "panel_small", {"least": least, "have": len(seats)}))
    elif odd and len(seats) % 2 == 0:
        found.append(Objection("", "panel_even", {"have": len(seats)}))
    if sum(s.leader for s in seats) != 1:
        found.append(Objection("", "panel_leader", {}))
    return found

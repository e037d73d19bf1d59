"""Which sessions are supervised and by whom: by risk and by lot, repeatable from the logged seed.

Every session has a weight from its station's standing; a share of the places goes to the heaviest, the
rest is drawn with chances in proportion to weight (successive sampling without replacement). Supervisors
are then drawn for each chosen session among those who are free that day and bound to nobody there.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session to choose from: `risk` 0..1 (the station's posterior), `day` ISO, `station` id."""

    session: int
    station: int
    day: str
    risk: float
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A session with its supervisor; `by` is 'risk' or 'random'; supervisor None: nobody was free."""

    session: int
    supervisor: int | None
    by: str


def weight(sitting: Sitting) -> float:
    """Chance weight: an unsuspicious station 1, a certain case 10, one not visited for long twice that."""
    return (1 + 9 * sitting.risk) * (2 if sitting.overdue else 1)


def draw(
    sittings: Sequence[Sitting],
    supervisors: Mapping[int, frozenset[int]],
    *,
    places: int,
    random_share: float,
    seed: int,
) -> list[Drawn]:
    """Choose `places` sessions and a supervisor each. `supervisors`: id -> stations they must not visit.

    The outcome depends on the seed and the set of inputs only, not on their order.
    """
    rng = random.Random(seed)  # noqa: S311 - must be repeatable; the seed is drawn from the system's source
    left = sorted(sittings, key=lambda s: s.session)
    places = min(places, len(left))
    by_lot = min(places, max(1, round(places * random_share))) if places else 0
    heaviest = sorted(left, key=lambda s: (-weight(s), s.session))[: places - by_lot]
    chosen = [(s, "risk") for s in heaviest]
    taken = {s.session for s in heaviest}
    left = [s for s in left if s.session not in taken]
    for _ in range(by_lot):
        pick = rng.choices(left, [weight(s) for s in left])[0]
        left.remove(pick)
        chosen.append((pick, "random"))
    busy: set[tuple[int, str]] = set()
    out = []
    for sitting, by in sorted(chosen, key=lambda c: c[0].session):
        free = [
            n
            for n in sorted(supervisors)
            if sitting.station not in supervisors[n] and (n, sitting.day) not in busy
        ]
        who = rng.choice(free) if free else None
        if who is not None:
            busy.add((who, sitting.day))
        out.append(Drawn(sitting.session, who, by))
    return out

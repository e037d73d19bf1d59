"""Small worlds full of edge days: dates fall on few days, so that ends and beginnings meet."""

from __future__ import annotations

import random
from datetime import date, timedelta

from tests.inspection.reference import Bar, Held, Job

FAR = date(9999, 12, 31)
DAYS = [date(2026, 1, 1) + timedelta(days=d) for d in (0, 1, 2, 3, 5, 8, 13, 21, 30, 31, 45, 59, 60)]
PLACES = [440103, 440104, 440300, 110101, 440000, 310115]


def world(seed: int, filings: int) -> tuple[list[Held], list[Job], list[Bar]]:
    """Certificates, filings and gates by seed; about two persons for three filings."""
    rng = random.Random(seed)

    def span(open_end: float) -> tuple[date, date]:
        a, b = sorted(rng.sample(DAYS, 2))
        return a, (FAR if rng.random() < open_end else b)

    persons = [rng.getrandbits(63) for _ in range(max(1, filings * 2 // 3))]
    jobs = [
        Job(i, rng.choice(persons), rng.randrange(20), rng.randrange(1, 6), rng.choice(PLACES), *span(0.4),
            level=rng.choice([9, 9, 9, 5, 4, 3]))
        for i in range(filings)
    ]  # fmt: skip
    held = [
        Held(rng.choice(jobs).person, rng.randrange(1, 6), rng.choice([1, 2, 3, 4, 5, 5, 9]), *span(0.3))
        for _ in range(filings)
    ] + [Held(j.person, j.occupation, rng.choice([3, 4, 5]), *span(0.2)) for j in jobs[::2]]
    held += [Held(j.person, j.occupation, 4, DAYS[5], DAYS[5]) for j in jobs[::17]]  # never valid
    bars = []
    for gate in range(12):
        start, end = span(0.5)
        before, bound = rng.choice([(date(1900, 1, 1), date(1900, 1, 1)), (start, DAYS[9]), (DAYS[2], FAR)])
        bars.append(
            Bar(gate + 1, rng.randrange(1, 6), rng.choice([0, 0, 440000, 440100, 440103, 110000, 310115]),
                rng.choice([5, 4, 3, 9]), start, end, before, bound)
        )  # fmt: skip
    return held, jobs, bars

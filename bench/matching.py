"""Matching a province: a million seekers, a hundred thousand vacancies; CPU seconds and memory.

    PYTHONPATH=src python bench/matching.py [SEEKERS VACANCIES]
The other way round (vacancies for seekers) is measured for one seeker in fifty, as a morning's letters would ask.
Peer of the same run: plain loops that only find the pairs, on a small part.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from chizheng.access.core.matching import ANY_LEVEL, Requirement, Seekers, Vacancies, Weights, match

OCCUPATIONS, CITIES, COUNTIES, TOP = 90, 13, 8, 20
WEIGHTS = Weights(wish=40, level=25, near=20, wage=15)


def province(
    seekers: int, vacancies: int, seed: int = 258
) -> tuple[Seekers, Vacancies, list[tuple[Requirement, ...]]]:
    """Two wishes and about one paper a seeker; half of the occupations are gated."""
    rng = np.random.default_rng(seed)
    popular = rng.zipf(1.3, 4 * (seekers + vacancies)) % OCCUPATIONS

    def counties(n: int) -> np.ndarray:
        return 320_000 + 100 * rng.integers(1, CITIES + 1, n) + rng.integers(1, COUNTIES + 1, n)

    wish_place = counties(2 * seekers)
    wish_place = np.where(rng.random(2 * seekers) < 0.6, wish_place // 100 * 100, wish_place)
    wish_place = np.where(rng.random(2 * seekers) < 0.1, 320_000, wish_place)
    who = rng.integers(0, seekers, seekers)
    people = Seekers(
        seekers, np.repeat(np.arange(seekers), 2), popular[: 2 * seekers], wish_place,
        np.tile(np.array([0, 1]), seekers), who, popular[:seekers], rng.choice([5, 5, 4, 4, 3, 2, ANY_LEVEL], seekers),
        counties(seekers), rng.integers(3000, 9000, seekers) * 100,
    )  # fmt: skip
    occupation = popular[-vacancies:]
    jobs = Vacancies(
        occupation, counties(vacancies), rng.choice([5, 4, 3, ANY_LEVEL], vacancies),
        rng.integers(3500, 12000, vacancies) * 100, np.where(occupation % 2 == 0, occupation, -1),
    )  # fmt: skip
    gates = [(Requirement(frozenset({o}), 4 if o % 3 == 0 else ANY_LEVEL),) for o in range(OCCUPATIONS)]
    return people, jobs, gates


def reference(s: Seekers, v: Vacancies, gates: list[tuple[Requirement, ...]]) -> int:
    """Pairs by plain loops: wishes grouped by trade, places compared, papers looked up."""
    papers: dict[int, list[tuple[int, int]]] = {}
    for who, trade, level in zip(
        s.held_seeker.tolist(), s.held_occupation.tolist(), s.held_level.tolist(), strict=True
    ):
        papers.setdefault(who, []).append((trade, level))
    wishes: dict[int, list[tuple[int, int]]] = {}
    for who, trade, place in zip(
        s.wish_seeker.tolist(), s.wish_occupation.tolist(), s.wish_place.tolist(), strict=True
    ):
        wishes.setdefault(trade, []).append((who, place))
    pairs = 0
    for trade, place, gate in zip(v.occupation.tolist(), v.place.tolist(), v.gate.tolist(), strict=True):
        around = (0, place // 10_000 * 10_000, place // 100 * 100, place)
        seen = set()
        for who, wish in wishes.get(trade, ()):
            if (
                wish in around
                and who not in seen
                and (
                    gate < 0
                    or all(
                        any(t in r.accepts and lv <= r.level for t, lv in papers.get(who, ()))
                        for r in gates[gate]
                    )
                )
            ):
                seen.add(who)
        pairs += len(seen)
    return pairs


def main() -> None:
    seekers, vacancies = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (1_000_000, 100_000)
    people, jobs, gates = province(seekers, vacancies)
    print(f"{seekers:,} seekers, {vacancies:,} vacancies, {OCCUPATIONS} occupations, top {TOP}")
    start = time.process_time()
    found = match(people, jobs, gates, WEIGHTS, top=TOP)
    spent = time.process_time() - start
    print(
        f"every vacancy its seekers    {spent:7.1f} CPU s   {len(found):>11,} pairs for {len(np.unique(found.vacancy)):,}"
    )
    some, _, _ = province(seekers // 50, vacancies)
    start = time.process_time()
    found = match(some, jobs, gates, WEIGHTS, top=TOP, by_seeker=True)
    spent = time.process_time() - start
    print(f"{some.count:,} seekers their vacancies {spent:7.1f} CPU s   {len(found):>11,} pairs, "
          f"{1e3 * spent / some.count:.2f} ms a seeker")  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")
    small = province(20_000, 400)
    start = time.process_time()
    pairs = reference(*small)
    plain = time.process_time() - start
    start = time.process_time()
    whole = match(*small, WEIGHTS, top=20_000)
    ours = time.process_time() - start
    assert len(whole) == pairs, (len(whole), pairs)
    print(
        f"20,000 x 400: plain Python {plain:.2f} s (pairs only), ours {ours:.2f} s with order and reasons: x{plain / ours:.1f}"
    )


if __name__ == "__main__":
    main()

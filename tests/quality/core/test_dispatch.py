"""Dispatch: repeatable, blind to order, by risk and by lot, nobody where they must recuse."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from chizheng.quality.core.dispatch import Sitting, draw

ANY = [Sitting(n, n % 7, f"2026-05-{1 + n % 20:02d}", (n % 10) / 10, n % 3 == 0) for n in range(40)]
WHO = {n: frozenset({n % 7}) for n in range(6)}


@given(seed=st.integers(0, 2**62), shuffle=st.randoms())
def test_the_seed_and_the_set_decide_not_the_order(seed: int, shuffle: random.Random) -> None:
    first = draw(ANY, WHO, places=12, random_share=0.4, seed=seed)
    shuffled = list(ANY)
    shuffle.shuffle(shuffled)
    who = list(WHO.items())
    shuffle.shuffle(who)
    assert draw(shuffled, dict(who), places=12, random_share=0.4, seed=seed) == first


@given(seed=st.integers(0, 10_000))
def test_nobody_visits_where_they_belong_or_twice_a_day(seed: int) -> None:
    drawn = draw(ANY, WHO, places=20, random_share=0.5, seed=seed)
    by = {s.session: s for s in ANY}
    seen = set()
    for d in drawn:
        if d.supervisor is not None:
            assert by[d.session].station not in WHO[d.supervisor]
            assert (d.supervisor, by[d.session].day) not in seen
            seen.add((d.supervisor, by[d.session].day))
    assert len({d.session for d in drawn}) == 20
    assert sum(d.by == "random" for d in drawn) == 10


def test_the_suspicious_are_drawn_more_often_and_the_honest_not_never() -> None:
    pool = [Sitting(0, 0, "2026-05-01", 1.0), *(Sitting(n, n, "2026-05-01", 0.0) for n in range(1, 20))]
    hits = [0] * 20
    for seed in range(600):
        for d in draw(pool, {}, places=1, random_share=1.0, seed=seed):
            hits[d.session] += 1
    assert 150 < hits[0] < 265  # chance 10 / 29 of 600: 207, four standard errors about it
    assert min(hits[1:]) > 0

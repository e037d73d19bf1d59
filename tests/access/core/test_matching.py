"""Matching: against a plain reference, and never anybody whom the gate shuts out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.access.core.matching import (
    ANY_LEVEL,
    NO_LEVEL,
    Matches,
    Requirement,
    Seekers,
    Vacancies,
    Weights,
    Why,
    match,
    place_key,
)

WEIGHTS = Weights(wish=40, level=25, near=20, wage=15)
PLACES = [place_key(p) for p in ("", "32", "3201", "320102", "3202", "44")]
WORKPLACES = [place_key(p) for p in ("3201", "320102", "3202", "440103")]
ints = np.int64


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Seekers, Vacancies, list[tuple[Requirement, ...]]]:
    people = draw(st.integers(1, 8))
    who, trade = st.integers(0, people - 1), st.integers(0, 3)
    wishes = draw(st.lists(st.tuples(who, trade, st.sampled_from(PLACES), st.integers(0, 2)), max_size=16))
    papers = draw(st.lists(st.tuples(who, trade, st.integers(1, ANY_LEVEL)), max_size=12))
    jobs = draw(st.lists(
        st.tuples(trade, st.sampled_from(WORKPLACES), st.integers(1, ANY_LEVEL), st.integers(0, 3), st.integers(-1, 1)),
        max_size=8,
    ))  # fmt: skip
    gates = [
        tuple(
            Requirement(
                frozenset(draw(st.sets(trade, min_size=1, max_size=2))), draw(st.integers(1, ANY_LEVEL))
            )
            for _ in range(draw(st.integers(1, 2)))
        )
        for _ in range(2)
    ]
    w, h, j = (np.array(rows, ints).reshape(-1, n).T for rows, n in ((wishes, 4), (papers, 3), (jobs, 5)))
    homes = np.array(draw(st.lists(st.sampled_from(PLACES), min_size=people, max_size=people)), ints)
    wages = np.array(draw(st.lists(st.integers(0, 3), min_size=people, max_size=people)), ints)
    return Seekers(people, *w, *h, homes, wages), Vacancies(*j), gates


def qualified(s: Seekers, person: int, requirement: Requirement) -> bool:
    own = [
        level
        for who, trade, level in zip(s.held_seeker, s.held_occupation, s.held_level, strict=True)
        if who == person and trade in requirement.accepts
    ]
    return min(own, default=NO_LEVEL) <= requirement.level


def within(wish: int, place: int) -> bool:
    return wish in (0, place // 10_000 * 10_000, place // 100 * 100, place)


def reference(s: Seekers, v: Vacancies, gates: list[tuple[Requirement, ...]]) -> set[tuple[int, int]]:
    """Every pair that may be: wished for, near enough, and the gate open."""
    return {
        (job, int(who))
        for job in range(v.count)
        for who, trade, place in zip(s.wish_seeker, s.wish_occupation, s.wish_place, strict=True)
        if trade == v.occupation[job]
        and within(int(place), int(v.place[job]))
        and (v.gate[job] < 0 or all(qualified(s, int(who), r) for r in gates[v.gate[job]]))
    }


def pairs(found: Matches) -> set[tuple[int, int]]:
    return set(zip(found.vacancy.tolist(), found.seeker.tolist(), strict=True))


@given(worlds())
def test_exactly_those_who_may_are_found(
    world: tuple[Seekers, Vacancies, list[tuple[Requirement, ...]]],
) -> None:
    seekers, vacancies, gates = world
    assert pairs(match(seekers, vacancies, gates, WEIGHTS, top=100)) == reference(seekers, vacancies, gates)


@given(worlds(), st.integers(1, 3), st.booleans())
def test_nobody_unqualified_is_in_any_top(
    world: tuple[Seekers, Vacancies, list[tuple[Requirement, ...]]], top: int, by_seeker: bool
) -> None:
    seekers, vacancies, gates = world
    found = match(seekers, vacancies, gates, WEIGHTS, top=top, by_seeker=by_seeker)
    assert pairs(found) <= reference(seekers, vacancies, gates)
    owners = (found.seeker if by_seeker else found.vacancy).tolist()
    assert all(owners.count(o) <= top for o in owners) and owners == sorted(owners)


@given(worlds())
def test_both_ways_find_the_same_pairs_with_the_same_points(
    world: tuple[Seekers, Vacancies, list[tuple[Requirement, ...]]],
) -> None:
    seekers, vacancies, gates = world

    def points(by_seeker: bool) -> dict[tuple[int, int], tuple[float, int]]:
        m = match(seekers, vacancies, gates, WEIGHTS, top=100, by_seeker=by_seeker)
        rows = zip(m.vacancy.tolist(), m.seeker.tolist(), m.score.tolist(), m.why.tolist(), strict=True)
        return {(v, s): (score, why) for v, s, score, why in rows}

    assert points(True) == points(False)


@settings(max_examples=50)
@given(worlds(), st.integers(1, 3))
def test_the_top_is_the_head_of_the_whole_order(
    world: tuple[Seekers, Vacancies, list[tuple[Requirement, ...]]], top: int
) -> None:
    seekers, vacancies, gates = world
    whole, head = (match(seekers, vacancies, gates, WEIGHTS, top=n) for n in (100, top))
    for job in range(vacancies.count):
        assert head.seeker[head.vacancy == job].tolist() == whole.seeker[whole.vacancy == job].tolist()[:top]


def test_reasons_say_why() -> None:
    one = np.array([0], ints)
    seekers = Seekers(1, one, one, np.array([320000], ints), one, one, one, np.array([3], ints),
                      np.array([320102], ints), np.array([500], ints))  # fmt: skip
    vacancy = Vacancies(one, np.array([320102], ints), np.array([4], ints), np.array([600], ints), one)
    found = match(seekers, vacancy, [(Requirement(frozenset({0}), 4),)], WEIGHTS, top=5)
    assert Why(int(found.why[0])) == Why.OPEN | Why.FIRST_WISH | Why.LEVEL | Why.SAME_COUNTY | Why.WAGE
    assert found.score[0] == 100


def test_nothing_gives_nothing() -> None:
    none = np.empty(0, ints)
    seekers = Seekers(0, none, none, none, none, none, none, none, none, none)
    assert len(match(seekers, Vacancies(none, none, none, none, none), [], WEIGHTS, top=5)) == 0

"""Seekers and vacancies: first the gate, then an order with reasons; for one person or a province.

Nobody unqualified can appear: pairs are made only from people who hold what opens the vacancy's gate, and
ranking sees nobody else. The work is cut by occupation and place of the vacancy, so a province (a million
seekers, a hundred thousand vacancies) is many small tables (bench/matching.py).

People, occupations and places are integers here; `place_key` turns a place code into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_CELLS = 4_000_000
"""Cells of one table of scores; a larger partition is worked off in slices of vacancies."""

_LOOSE = 10_000_000
"""Pairs that may pile up before the best of them are picked."""

NO_LEVEL = 9
"""Level of somebody who holds nothing; certificate levels are 5 (lowest) to 1."""
ANY_LEVEL = 6
"""Level of a paper without levels, and the demand that any paper meets."""


class Why(IntFlag):
    """Reasons of a rank, in the order in which they are said."""

    OPEN = 1  # holds what the gate asks
    FREE = 2  # no gate stands before the act
    FIRST_WISH = 4
    LEVEL = 8  # holds the level the employer hopes for, or higher
    SAME_COUNTY = 16
    SAME_CITY = 32
    WAGE = 64


@dataclass(frozen=True, slots=True)
class Requirement:
    """One gate of a vacancy: a paper of one of `accepts` at `level` or higher (ANY_LEVEL: any)."""

    accepts: frozenset[int]
    level: int = ANY_LEVEL


@dataclass(frozen=True, slots=True)
class Weights:
    """Points of each reason (law data `matching.weight_*`)."""

    wish: float
    level: float
    near: float
    wage: float


@dataclass(frozen=True)
class Seekers:
    """`count` seekers. Wishes and papers are long tables (`*_seeker` are indices below `count`).

    `wish_place`: a place the seeker would work in, itself or anything within it. `wish_rank`: 0 is the
    first wish. `held_level`: 5..1, or ANY_LEVEL for a paper without levels. Papers that do not count on the
    day must not be given. `home`: place key of where they live (0: not said); `wage`: least wage in fen.
    """

    count: int
    wish_seeker: Ints
    wish_occupation: Ints
    wish_place: Ints
    wish_rank: Ints
    held_seeker: Ints
    held_occupation: Ints
    held_level: Ints
    home: Ints
    wage: Ints


@dataclass(frozen=True)
class Vacancies:
    """Vacancies: `place` keys; `level` hoped for (ANY_LEVEL: none); `gate` index into the requirements (-1: free)."""

    occupation: Ints
    place: Ints
    level: Ints
    wage: Ints
    gate: Ints

    @property
    def count(self) -> int:
        return len(self.occupation)


@dataclass(frozen=True)
class Matches:
    """Pairs grouped by vacancy (or by seeker), the best first; ties go to the lower index."""

    vacancy: Ints
    seeker: Ints
    score: NDArray[np.float32]
    why: Ints

    def __len__(self) -> int:
        return len(self.vacancy)


def place_key(code: str) -> int:
    """An integer for a place code, 0 for the whole country.

    >>> place_key("3201"), place_key("32"), place_key("")
    (320100, 320000, 0)
    """
    return int(code.ljust(6, "0")) if code else 0


def match(
    seekers: Seekers, vacancies: Vacancies, gates: Sequence[Sequence[Requirement]], weights: Weights, *,
    top: int, by_seeker: bool = False,
) -> Matches:  # fmt: skip
    """The best `top` seekers of each vacancy, or with `by_seeker` the best `top` vacancies of each seeker."""
    wishes = _Wishes(seekers)
    open_to = _Doors(seekers, gates)
    hoped = _Doors(seekers, ())
    parts: list[tuple[Ints, Ints, NDArray[np.float32], Ints]] = []
    loose = 0
    if vacancies.count:
        order = np.lexsort((vacancies.gate, vacancies.place, vacancies.occupation))
        keys = np.stack([vacancies.occupation[order], vacancies.place[order], vacancies.gate[order]])
        cuts = np.flatnonzero((np.diff(keys, axis=1) != 0).any(axis=0)) + 1
        for group in np.split(order, cuts):
            first = group[0]
            occupation, place, gate = (
                int(vacancies.occupation[first]), int(vacancies.place[first]), int(vacancies.gate[first])
            )  # fmt: skip
            people, rank = wishes.of(occupation, place)
            if gate >= 0:
                may = open_to.mask(gate)[people]
                people, rank = people[may], rank[may]
            if not len(people):
                continue
            best = hoped.best(occupation)[people]
            step = max(1, _CELLS // len(people))
            for start in range(0, len(group), step):
                some = group[start : start + step]
                parts.append(
                    _rank(seekers, vacancies, some, people, rank, best, gate, weights, top, by_seeker)
                )
                loose += len(parts[-1][0])
                if loose > _LOOSE:  # what cannot be in anybody's top any more is let go early
                    kept = _gather(parts, top, by_seeker)
                    parts, loose = [(kept.vacancy, kept.seeker, kept.score, kept.why)], 0
    return _gather(parts, top, by_seeker)


def _rank(
    seekers: Seekers, vacancies: Vacancies, some: Ints, people: Ints, rank: Ints, best: NDArray[np.int8], gate: int,
    weights: Weights, top: int, by_seeker: bool,
) -> tuple[Ints, Ints, NDArray[np.float32], Ints]:  # fmt: skip
    """Scores of `some` vacancies against `people`, the best of each row (or column) kept."""
    place = int(vacancies.place[some[0]])
    home = seekers.home[people]
    city = (home // 100 == place // 100) & (place % 10_000 != 0)
    county = city & (home == place) & (place % 100 != 0)
    base = weights.wish / (1 + rank) + weights.near * np.where(county, 1.0, np.where(city, 0.5, 0.0))
    why = np.full(len(people), int(Why.OPEN if gate >= 0 else Why.FREE), np.int64)
    why += np.where(rank == 0, int(Why.FIRST_WISH), 0)
    why += np.where(county, int(Why.SAME_COUNTY), np.where(city, int(Why.SAME_CITY), 0))
    score = np.broadcast_to(base.astype(np.float32), (len(some), len(people))).copy()
    hopeful = np.where(best < ANY_LEVEL, best, NO_LEVEL)
    score += np.float32(weights.level) * (
        hopeful[None, :] <= np.minimum(vacancies.level[some], ANY_LEVEL)[:, None]
    )
    offered = np.where(vacancies.wage[some] > 0, vacancies.wage[some], -1)
    score += np.float32(weights.wage) * (offered[:, None] >= seekers.wage[people][None, :])
    rows, columns = _kept(score.T if by_seeker else score, top)
    if by_seeker:
        rows, columns = columns, rows
    reasons = (
        why[columns]
        + int(Why.LEVEL) * (hopeful[columns] <= vacancies.level[some][rows])
        + int(Why.WAGE) * (offered[rows] >= seekers.wage[people][columns])
    )
    return some[rows], people[columns], score[rows, columns], reasons


def _kept(score: NDArray[np.float32], top: int) -> tuple[Ints, Ints]:
    """Indices of the best `top` cells of each row, in no order; of equal ones the lower columns."""
    count = score.shape[1]
    if count <= top:
        rows, columns = np.indices(score.shape).reshape(2, -1)
        return rows, columns
    # one whole number a cell, so that no two are equal: points first, then the lower column
    key = np.rint(score * np.float32(1000)).astype(np.int64) * count - np.arange(count)
    columns = np.argpartition(key, count - top, axis=1)[:, count - top :]
    return np.repeat(np.arange(len(score)), top), columns.ravel().astype(np.int64)


def _gather(parts: list[tuple[Ints, Ints, NDArray[np.float32], Ints]], top: int, by_seeker: bool) -> Matches:
    if not parts:
        none = np.empty(0, np.int64)
        return Matches(none, none, np.empty(0, np.float32), none)
    vacancy, seeker, score, why = (np.concatenate([p[n] for p in parts]) for n in range(4))
    owner, other = (seeker, vacancy) if by_seeker else (vacancy, seeker)
    order = np.lexsort((other, -score, owner))
    owner = owner[order]
    starts = np.flatnonzero(np.r_[True, np.diff(owner) != 0])
    within = np.arange(len(owner)) - np.repeat(starts, np.diff(np.r_[starts, len(owner)]))
    keep = order[within < top]
    return Matches(vacancy[keep], seeker[keep], score[keep], why[keep])


class _Wishes:
    """Who would work in an occupation at a place: wishes sorted by both, looked up for a place and all around it."""

    def __init__(self, seekers: Seekers) -> None:
        order = np.lexsort((seekers.wish_seeker, seekers.wish_place, seekers.wish_occupation))
        self._key = seekers.wish_occupation[order] * 1_000_000 + seekers.wish_place[order]
        self._seeker = seekers.wish_seeker[order]
        self._rank = seekers.wish_rank[order]

    def of(self, occupation: int, place: int) -> tuple[Ints, Ints]:
        """Seekers (each once, ascending) and the rank of the wish that fits best."""
        around = dict.fromkeys((0, place // 10_000 * 10_000, place // 100 * 100, place))
        keys = np.array([occupation * 1_000_000 + p for p in around], np.int64)
        begin, end = np.searchsorted(self._key, keys, "left"), np.searchsorted(self._key, keys, "right")
        spans = [slice(b, e) for b, e in zip(begin, end, strict=True) if e > b]
        if not spans:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        people = np.concatenate([self._seeker[s] for s in spans])
        rank = np.concatenate([self._rank[s] for s in spans])
        order = np.lexsort((rank, people))
        people, rank = people[order], rank[order]
        first = np.r_[True, np.diff(people) != 0]
        return people[first], rank[first]


class _Doors:
    """For whom a gate is open; one mask a gate, made when first asked for."""

    def __init__(self, seekers: Seekers, gates: Sequence[Sequence[Requirement]]) -> None:
        self._seekers, self._gates = seekers, gates
        self._masks: dict[int, NDArray[np.bool_]] = {}
        self._best: dict[int, NDArray[np.int8]] = {}
        self._order = np.argsort(seekers.held_occupation, kind="stable")
        self._sorted = seekers.held_occupation[self._order]

    def mask(self, gate: int) -> NDArray[np.bool_]:
        if gate not in self._masks:
            may = np.ones(self._seekers.count, bool)
            for requirement in self._gates[gate]:
                best = np.full(self._seekers.count, NO_LEVEL, np.int8)
                for occupation in requirement.accepts:
                    best = np.minimum(best, self.best(occupation))
                may &= best <= requirement.level
            self._masks[gate] = may
        return self._masks[gate]

    def best(self, occupation: int) -> NDArray[np.int8]:
        """The best level everybody holds in an occupation, NO_LEVEL for nothing."""
        if occupation not in self._best:
            best = np.full(self._seekers.count, NO_LEVEL, np.int8)
            begin, end = np.searchsorted(self._sorted, [occupation, occupation + 1])
            rows = self._order[begin:end]
            np.minimum.at(
                best, self._seekers.held_seeker[rows], self._seekers.held_level[rows].astype(np.int8)
            )
            self._best[occupation] = best
        return self._best[occupation]

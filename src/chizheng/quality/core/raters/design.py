"""Practical marks and who is linked to whom.

A row is one assessor's marks for one candidate over all criteria. Severities of two assessors can be
compared only if a chain of candidates marked in common joins them; otherwise a lenient assessor and an
able class look the same. The sets are found and said, never hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.refusals import fault, refuse

Ints = NDArray[np.intp]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Ratings:
    """Marks of a practical examination.

    `person`, `assessor` (rows,) index into `persons`, `assessors`; `scores` rows x criteria, int8, from 0,
    -1 not marked. `station` (rows,) and `stations` are optional, as is `period` (rows,), the occasion by
    which drift is watched.
    """

    persons: tuple[str, ...]
    assessors: tuple[str, ...]
    criteria: tuple[str, ...]
    person: Ints
    assessor: Ints
    scores: NDArray[np.int8]
    stations: tuple[str, ...] = ()
    station: Ints | None = None
    period: Ints | None = None

    @classmethod
    def of(
        cls,
        persons: Sequence[str] | NDArray[np.str_],
        assessors: Sequence[str] | NDArray[np.str_],
        criteria: Sequence[str],
        scores: NDArray[np.int8],
        *,
        stations: Sequence[str] | NDArray[np.str_] | None = None,
        periods: Sequence[str] | NDArray[np.str_] | None = None,
    ) -> Ratings:
        """From labels per row; periods are ordered as their labels sort."""
        scores = np.asarray(scores, dtype=np.int8)
        rows = scores.shape[0]
        if scores.ndim != 2 or scores.shape[1] != len(criteria):
            fault("shape", what="scores", wanted=f"rows x {len(criteria)}", found=str(scores.shape))
        for what, column in (("persons", persons), ("assessors", assessors), ("stations", stations)):
            if column is not None and len(column) != rows:
                fault("shape", what=what, wanted=str((rows,)), found=str((len(column),)))
        people, person = _coded(persons)
        judges, assessor = _coded(assessors)
        places, station = ((), None) if stations is None else _coded(stations)
        period = None if periods is None else _coded(periods)[1]
        return cls(people, judges, tuple(criteria), person, assessor, scores, places, station, period)


def _coded(labels: Sequence[str] | NDArray[np.str_]) -> tuple[tuple[str, ...], Ints]:
    names, codes = np.unique(np.asarray(labels), return_inverse=True)
    return tuple(str(n) for n in names), codes.reshape(-1).astype(np.intp)


def linked_sets(left: Ints, right: Ints, left_count: int, right_count: int) -> tuple[Ints, Ints]:
    """Connected set of every left and right node of a bipartite graph; sets numbered by size, largest 0.

    Minimum labels travel along the edges with pointer jumping (a union-find done by arrays).
    """
    label = np.arange(left_count + right_count, dtype=np.intp)
    other = right + left_count
    while True:
        least = np.minimum(label[left], label[other])
        before = label.copy()
        np.minimum.at(label, left, least)
        np.minimum.at(label, other, least)
        label = label[label]
        if (label == before).all():
            break
    _, first, code, count = np.unique(
        label[left_count:], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -count))
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    of_right = rank[code].astype(np.intp)
    of_left = np.zeros(left_count, dtype=np.intp)
    of_left[left] = of_right[right]
    return of_left, of_right


def assessor_sets(ratings: Ratings) -> Ints:
    """Set of each assessor: two assessors in one set are joined by candidates marked in common."""
    return linked_sets(ratings.person, ratings.assessor, len(ratings.persons), len(ratings.assessors))[1]


def check_stations(ratings: Ratings) -> None:
    """Refuse a station effect where assessors never cross between stations."""
    if ratings.station is None:
        return
    _, sets = linked_sets(ratings.assessor, ratings.station, len(ratings.assessors), len(ratings.stations))
    if int(sets.max()) > 0:
        example = ratings.stations[int(np.flatnonzero(sets == 1)[0])]
        refuse("disconnected", what="stations / 鉴定站", parts=int(sets.max()) + 1, example=example)

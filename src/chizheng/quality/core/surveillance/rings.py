"""Rings: an assessor and a station (or an assessor and the trainees of one school) too often together.

Bipartite counts against the null that keeps both margins (each pair hypergeometric given how much the
station examines and the assessor works), within strata (occupation, level, period) where assignment is
free; unusual pairs are joined into connected groups. A ring is a reason to look at the assignment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse import csgraph

from chizheng.quality.core.surveillance.evidence import Floats, benjamini_hochberg

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that met: `left`, `right` codes, how often `together` and `expected`, `p` of that many."""

    left: Ints
    right: Ints
    together: Ints
    expected: Floats
    p: Floats


@dataclass(frozen=True, slots=True)
class Ring:
    """A connected group of unusual pairs; `excess`: meetings beyond expectation."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    excess: float


def pairs(left: Ints, right: Ints, stratum: Ints | None = None) -> Pairs:
    """All pairs that met, each against its margins. One entry of `left`, `right` per meeting (a session).

    With strata, expectation and variance add up and a negative binomial/Poisson bound is replaced by the
    exact hypergeometric tail where there is one stratum.
    """
    stratum = np.zeros(left.size, np.int64) if stratum is None else stratum
    shape = (int(left.max()) + 1, int(right.max()) + 1)
    counts = sparse.coo_array((np.ones(left.size), (left, right)), shape=shape).tocsr()
    counts.sum_duplicates()
    found = counts.tocoo()
    rows, columns = found.row.astype(np.int64), found.col.astype(np.int64)
    expected = np.zeros(rows.size)
    variance = np.zeros(rows.size)
    strata = np.unique(stratum)
    a = b = np.zeros(0, np.int64)
    n = 0
    for s in strata:
        inside = stratum == s
        a = np.bincount(left[inside], minlength=shape[0])
        b = np.bincount(right[inside], minlength=shape[1])
        n = int(inside.sum())
        mean = a[rows] * b[columns] / n
        expected += mean
        if n > 1:
            variance += mean * (1 - a[rows] / n) * (n - b[columns]) / (n - 1)
    together = found.data.astype(np.int64)
    if strata.size == 1:
        p = stats.hypergeom.sf(together - 1, n, a[rows], b[columns])
    else:
        # Sum of hypergeometrics: binomial with the same mean and variance (never wider than Poisson).
        shrink = np.clip(variance / np.maximum(expected, 1e-12), 1e-3, 1 - 1e-6)
        trials = np.maximum(expected / (1 - shrink), together.astype(np.float64))
        p = stats.binom.sf(together - 1, np.ceil(trials), np.clip(expected / np.ceil(trials), 0, 1))
    return Pairs(rows, columns, together, expected, np.asarray(p, dtype=np.float64))


def rings(met: Pairs, level: float) -> list[Ring]:
    """Connected groups of the pairs that Benjamini and Hochberg flag at `level`, largest excess first."""
    flagged = np.flatnonzero(benjamini_hochberg(met.p, level))
    if flagged.size == 0:
        return []
    left_codes, left = np.unique(met.left[flagged], return_inverse=True)
    right_codes, right = np.unique(met.right[flagged], return_inverse=True)
    size = left_codes.size + right_codes.size
    graph = sparse.coo_array((np.ones(flagged.size), (left, right + left_codes.size)), shape=(size, size))
    count, group = csgraph.connected_components(graph, directed=False)
    excess = np.bincount(group[left], met.together[flagged] - met.expected[flagged], count)
    out = [
        Ring(
            tuple(int(c) for c in left_codes[group[: left_codes.size] == g]),
            tuple(int(c) for c in right_codes[group[left_codes.size :] == g]),
            float(excess[g]),
        )
        for g in range(count)
    ]
    return sorted(out, key=lambda ring: (-ring.excess, ring.left))

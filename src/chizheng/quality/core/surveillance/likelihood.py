"""The likelihood of whole-point marks given theory, on a grid of what is not known about a station.

A mark is `round(mu(theory) + v + sigma*e)`, clipped to 0..100, then rounded to a multiple of five with
probability h (digit preference), then, just below the cut, lifted to it with probability c * profile
(compassion). The station's v, h and c are integrated out on the grid of `Nodes`; the honest population
that weighs them is `World`. Here the model is written out mark by mark; `cells` sums it over whole cells under
every mechanism, in the way that ten million results can afford.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TOP = 100
GROSS = 5e-4
"""Share of marks that no model explains (typing errors); keeps one odd mark from deciding anything."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Distribution function of the standardised residual, tabulated on an even grid."""

    start: float
    step: float
    cdf: Floats

    def at(self, z: Floats) -> Floats:
        """F(z) by linear interpolation, 0 and 1 outside the table."""
        place = np.clip((z - self.start) / self.step, 0.0, self.cdf.size - 1.000001)
        below = place.astype(np.int64)
        lower = self.cdf[below]
        return np.asarray(lower + (place - below) * (self.cdf[below + 1] - lower), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Batch:
    """Candidates of a few stations sorted by cell: `unit` and `cell` are codes from 0, without holes.

    `location`, `scale`: expected mark and residual standard deviation given theory, in points.
    """

    unit: Ints
    cell: Ints
    location: Floats
    scale: Floats
    mark: Ints

    @property
    def starts(self) -> Ints:
        """First row of each cell."""
        return np.flatnonzero(np.r_[True, np.diff(self.cell) != 0]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nuisance grid: effect v (units, V) and digit preference h (units, H) per unit, compassion c (C)."""

    effect: Floats
    heap: Floats
    mercy: Floats


@dataclass(frozen=True, slots=True)
class Habits:
    """National habits of honest markers: `profile[i]` = lift of mark `cut-1-i` against c; tide: wishes."""

    profile: Floats
    tide: Floats


def _plain(z_low: Floats, z_high: Floats, shape: Shape) -> Floats:
    return shape.at(z_high) - shape.at(z_low)


class Likelihood:
    """Log-likelihoods of one batch; see the module docstring for the model."""

    def __init__(self, batch: Batch, nodes: Nodes, shape: Shape, habits: Habits, cut: int) -> None:
        self._batch, self._nodes, self._shape, self._habits, self._cut = batch, nodes, shape, habits, cut
        self._centre = batch.location[:, None] + nodes.effect[batch.unit]  # (n, V)
        self._heap = nodes.heap[batch.unit]  # (n, H)
        self._mercy_reach = int(np.flatnonzero(habits.profile > 0).max(initial=-1)) + 1

    def _edge(self, points: Floats | float, rows: NDArray[np.intp] | slice) -> Floats:
        points = np.asarray(points, dtype=np.float64)
        if points.ndim == 1:
            points = points[:, None]
        z = (points - self._centre[rows]) / self._batch.scale[rows][:, None]
        return self._shape.at(z)

    def _made(self, mark: Ints, rows: NDArray[np.intp] | slice) -> Floats:
        """P(mark made before any habit), (n, V); ends of the scale take the tails."""
        low = np.where(mark <= 0, -1e9, mark - 0.5).astype(np.float64)
        high = np.where(mark >= TOP, 1e9, mark + 0.5).astype(np.float64)
        return self._edge(high, rows) - self._edge(low, rows)

    def _heaped(self, mark: Ints, rows: NDArray[np.intp] | slice) -> Floats:
        """P(made mark rounds to this multiple of five), (n, V)."""
        low = np.where(mark <= 0, -1e9, mark - 2.5).astype(np.float64)
        high = np.where(mark >= TOP, 1e9, mark + 2.5).astype(np.float64)
        return self._edge(high, rows) - self._edge(low, rows)

    def pmf(self, mark: Ints, rows: NDArray[np.intp]) -> Floats:
        """P(honest mark = `mark`) for the candidates `rows`, (n, V, H, 1)."""
        heap = self._heap[rows][:, None, :]
        made = self._made(mark, rows)[:, :, None]
        out = (1 - heap) * made
        fives = np.flatnonzero(mark % 5 == 0)
        if fives.size:
            out[fives] += heap[fives] * self._heaped(mark[fives], rows[fives])[:, :, None]
        impossible = (mark < 0) | (mark > TOP)
        out = (1 - GROSS) * out * self._habits.tide[np.clip(mark, 0, TOP)][:, None, None] + GROSS / (TOP + 1)
        out[impossible] = 0.0
        return np.asarray(out[..., None], dtype=np.float64)

    def pmf_near(self, mark: Ints, rows: NDArray[np.intp]) -> Floats:
        """The same with compassion, (n, V, H, C); for marks that compassion takes from or gives to."""
        out = np.repeat(self.pmf(mark, rows), self._nodes.mercy.size, axis=3)
        mercy = self._nodes.mercy
        heap = self._heap[rows][:, None, :, None]
        for i in range(self._mercy_reach):
            source = self._cut - 1 - i
            if source % 5 == 0:
                continue
            taken = np.minimum(mercy * self._habits.profile[i], 0.999)
            losing = np.flatnonzero(mark == source)
            out[losing] *= 1 - taken
            gaining = np.flatnonzero(mark == self._cut)
            if gaining.size:
                at = np.full(gaining.size, source)
                out[gaining] += (
                    (1 - heap[gaining]) * self._made(at, rows[gaining])[:, :, None, None] * taken
                ) * self._habits.tide[self._cut]
        return out

    def failing(self, rows: NDArray[np.intp], mercy: Floats) -> Floats:
        """P(honest mark < cut), (n, V, H, len(mercy))."""
        heap = self._heap[rows][:, None, :, None]
        exact = self._edge(self._cut - 0.5, rows)[:, :, None, None]
        rounded = self._edge(5 * np.ceil(self._cut / 5) - 2.5, rows)[:, :, None, None]
        lifted: Floats = np.zeros(mercy.size)
        for i in range(self._mercy_reach):
            source = self._cut - 1 - i
            if source % 5 != 0:
                at = np.full(np.size(self._batch.mark[rows]), source)
                taken = np.minimum(mercy * self._habits.profile[i], 0.999)
                lifted = lifted + self._made(at, rows)[:, :, None, None] * taken
        return np.asarray((1 - heap) * (exact - lifted) + heap * rounded, dtype=np.float64)

"""The likelihood of whole-point marks given theory, on a grid of what is not known about a station.

A mark is `round(mu(theory) + v + sigma*e)`, clipped to 0..100, then rounded to a multiple of five with
probability h (digit preference), then, just below the cut, lifted to it with probability c * profile
(compassion). The station's v, h and c are integrated out on the grid of `Nodes`; the honest population
that weighs them is `World`. All sums run over candidates sorted by cell, so that one pass gives the
log-likelihood of every cell (station x assessor x session) under every mechanism.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism

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

    def _touched(self, mark: Ints) -> NDArray[np.bool_]:
        return (mark <= self._cut) & (mark >= self._cut - self._mercy_reach)

    def _sum(self, rows: NDArray[np.intp], values: Floats, cells: int) -> Floats:
        """Sum of `values` (n, ...) over the rows of each cell."""
        out = np.zeros((cells, *values.shape[1:]))
        if rows.size:
            cell = self._batch.cell[rows]
            starts = np.flatnonzero(np.r_[True, np.diff(cell) != 0])
            out[cell[starts]] = np.add.reduceat(values, starts, axis=0)
        return out

    def _marks(self, mark: Ints, rows: NDArray[np.intp], cells: int) -> Floats:
        """Sum of log pmf of `mark` over cells, (cells, V, H, C)."""
        near = self._touched(mark)
        far_rows, near_rows = rows[~near], rows[near]
        far = self._sum(far_rows, np.log(np.maximum(self.pmf(mark[~near], far_rows), 1e-300)), cells)
        close = self._sum(near_rows, np.log(np.maximum(self.pmf_near(mark[near], near_rows), 1e-300)), cells)
        return far + close

    def cells(self, mechanisms: Sequence[Mechanism]) -> tuple[Floats, list[Floats | None]]:
        """Honest log-likelihood (cells, V, H, C) and, per mechanism, the log ratio to it.

        The ratio of an invisible shift is None: its likelihood is the honest one at other effects.
        """
        batch, cut = self._batch, self._cut
        cells = int(batch.cell[-1]) + 1
        every = np.arange(batch.mark.size)
        honest = self._marks(batch.mark, every, cells)
        out: list[Floats | None] = []
        fails = np.bincount(batch.cell, batch.mark < cut, cells)[:, None, None, None]
        memory: dict[tuple[int, int], tuple[NDArray[np.intp], Floats, Floats]] = {}
        for m in mechanisms:
            if m.family is Family.SHIFT:
                if m.share < 1:
                    out.append(self._partly_shifted(m, every, cells))
                else:
                    out.append(self._shifted(m, every, cells) - honest if m.visible else None)
            elif m.family is Family.PUSH:
                out.append(self._pushed(m, cells))
            else:
                ratio = fails * np.log1p(-m.share)
                for low, high in ((cut, min(cut + 3, cut + m.width)), (cut + 3, cut + m.width)):
                    if high > low:
                        ratio = ratio + self._bought(m, low, high, cells, memory)
                out.append(ratio)
        return honest, out

    def _bought(
        self,
        m: Mechanism,
        low: int,
        high: int,
        cells: int,
        memory: dict[tuple[int, int], tuple[NDArray[np.intp], Floats, Floats]],
    ) -> Floats:
        """Log ratio from marks in low..high-1; bought passes fall evenly on `width` points from the cut."""
        mark = self._batch.mark
        full = low == self._cut  # compassion matters at the cut itself; elsewhere only through the failing
        mercy = self._nodes.mercy if full else self._nodes.mercy[[0, -1]]
        if (low, high) not in memory:
            rows = np.flatnonzero((mark >= low) & (mark < high))
            base = self.pmf_near(mark[rows], rows) if full else self.pmf(mark[rows], rows)
            memory[low, high] = rows, np.maximum(base, 1e-300), self.failing(rows, mercy)
        rows, base, failing = memory[low, high]
        gain = self._sum(rows, np.log1p((m.share / m.width) * failing / base), cells)
        if full:
            return gain
        place = (self._nodes.mercy - mercy[0]) / (mercy[1] - mercy[0])
        return np.asarray(gain[..., :1] + (gain[..., 1:] - gain[..., :1]) * place, dtype=np.float64)

    def _pushed(self, m: Mechanism, cells: int) -> Floats:
        mark, cut = self._batch.mark, self._cut
        losing = np.bincount(self._batch.cell, (mark < cut) & (mark >= cut - m.reach), cells)[
            :, None, None, None
        ] * np.log1p(-m.share)
        source = mark - m.step
        rows = np.flatnonzero((mark >= cut) & (source < cut) & (source >= cut - m.reach))
        base = np.maximum(self.pmf_near(mark[rows], rows), 1e-300)
        gain = np.log1p(m.share * self.pmf_near(source[rows], rows) / base)
        return np.asarray(losing + self._sum(rows, gain, cells), dtype=np.float64)

    def _shifted(self, m: Mechanism, every: NDArray[np.intp], cells: int) -> Floats:
        """Marks all raised by `step` after the habits; node v stands for the effect v - step."""
        mark = self._batch.mark
        moved = Likelihood.__new__(Likelihood)
        moved._batch, moved._nodes, moved._shape = self._batch, self._nodes, self._shape
        moved._habits, moved._cut, moved._heap = self._habits, self._cut, self._heap
        moved._mercy_reach, moved._centre = self._mercy_reach, self._centre - m.step
        source = mark - m.step
        ordinary = np.flatnonzero((source >= 0) & (mark < TOP))
        ceiling = np.flatnonzero(mark >= TOP)
        below = np.bincount(self._batch.cell, source < 0, cells)[:, None, None, None]
        return np.asarray(
            moved._marks(source[ordinary], ordinary, cells)
            + self._marks(mark[ceiling], ceiling, cells)
            + below * np.log(GROSS / (TOP + 1))
        )

    def _partly_shifted(self, m: Mechanism, every: NDArray[np.intp], cells: int) -> Floats:
        """Log ratio when a share of the candidates is raised by `step`; compassion is left out of it."""
        mark = self._batch.mark
        raised = np.where(mark >= TOP, TOP - m.step, mark - m.step)
        ratio = self.pmf(raised, every) / np.maximum(self.pmf(mark, every), 1e-300)
        return self._sum(every, np.log1p(m.share * (np.minimum(ratio, 1e6) - 1)), cells)

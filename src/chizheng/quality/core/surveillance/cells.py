"""The log-likelihood of every cell under every mechanism in one pass, the same model as `likelihood`.

What makes ten million results affordable:

* Honest, and raised by any visible step, the distance of a mark from its expectation is the same: one table look-up
  serves them all, only the digits that heap differ, so rows are summed by the last digit of the mark.
* Compassion touches a row only at the cut; elsewhere below it is a count times log(1 - c), elsewhere above it
  enters through the share that fails, linear in c.
* Sums of logarithms are taken as logarithms of products over at most `CHUNK` rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.surveillance.likelihood import (
    GROSS,
    TOP,
    Batch,
    Floats,
    Habits,
    Ints,
    Nodes,
    Shape,
)
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism

CHUNK = 32
"""Rows multiplied before the logarithm: no mark is less likely than about 5e-6, so 1e-170 at least."""
FLOOR = GROSS / (TOP + 1) / (1 - GROSS)
Rows = NDArray[np.intp]


class _Pass:
    """One batch at one grid of nodes; (n, V) and (n, V, H) arrays of the whole batch are made once."""

    def __init__(self, batch: Batch, nodes: Nodes, shape: Shape, habits: Habits, cut: int) -> None:
        self.batch, self.nodes, self.habits, self.cut = batch, nodes, habits, cut
        self.count = int(batch.cell[-1]) + 1
        self.mark = batch.mark
        self.cdf, self.slope = shape.cdf, np.append(np.diff(shape.cdf), 0.0)
        self.last = shape.cdf.size - 1.000001
        self.pace = (1.0 / (batch.scale * shape.step))[:, None]
        centre = batch.location[:, None] + nodes.effect[batch.unit]
        self.base = -centre * self.pace - shape.start / shape.step
        self.heap = nodes.heap[batch.unit][:, None, :]
        self.tide = np.maximum(habits.tide, 1e-6)
        self.taken = [
            (self.cut - 1 - i, np.minimum(nodes.mercy * habits.profile[i], 0.999))
            for i in range(int(np.flatnonzero(habits.profile > 0).max(initial=-1)) + 1)
            if (self.cut - 1 - i) % 5 != 0
        ]

    def below(self, points: Floats | float, rows: Rows | slice) -> Floats:
        """P(mark before rounding < points), (rows, V)."""
        at = np.asarray(points, dtype=np.float64)
        place = self.base[rows] + (at[:, None] if at.ndim else at) * self.pace[rows]
        np.clip(place, 0.0, self.last, out=place)
        left = place.astype(np.int32)
        place -= left
        place *= self.slope[left]
        place += self.cdf[left]
        return place

    def between(self, mark: Floats, half: float, rows: Rows | slice) -> Floats:
        return self.below(mark + half, rows) - self.below(mark - half, rows)

    def plain(self, mark: Ints, rows: Rows | slice) -> Floats:
        """P(mark, no heap), (rows, V, H), with the floor; the ends of the scale take the tails."""
        low = np.where(mark <= 0, -1e6, mark - 0.5)
        high = np.where(mark >= TOP, 1e6, mark + 0.5)
        made = self.below(high, rows) - self.below(low, rows)
        return np.asarray((1 - self.heap[rows]) * made[:, :, None] + FLOOR)

    def heaped(self, mark: Ints, rows: Rows | slice) -> Floats:
        """P(mark reached by rounding to five), (rows, V, H)."""
        low = np.where(mark <= 0, -1e6, mark - 2.5)
        high = np.where(mark >= TOP, 1e6, mark + 2.5)
        return np.asarray(self.heap[rows] * (self.below(high, rows) - self.below(low, rows))[:, :, None])

    def at(self, mark: Ints, rows: Rows) -> Floats:
        """P(mark) without compassion and tide, (rows, V, H)."""
        out = self.plain(mark, rows)
        fives = np.flatnonzero(mark % 5 == 0)
        if fives.size:
            out[fives] += self.heaped(mark[fives], rows[fives])
        return out

    def log_sum(self, values: Floats, rows: Rows) -> Floats:
        """Sum of log(values) over the rows of each cell, (cells, ...); rows ascend."""
        out = np.zeros((self.count, *values.shape[1:]))
        if rows.size:
            cell = self.batch.cell[rows]
            starts, owner = _chunks(cell)
            np.add.at(out, owner, np.log(np.multiply.reduceat(values, starts, axis=0)))
        return out

    def per_cell(self, chosen: NDArray[np.bool_] | Floats) -> Floats:
        return np.bincount(self.batch.cell, chosen, self.count).astype(np.float64)

    def lifted_to(self, rows: Rows, step: int, base: Floats) -> Floats:
        """1 + what compassion adds at the cut relative to `base`, (rows, V, H, C); all raised by `step`."""
        out: Floats = np.ones((*base.shape, self.nodes.mercy.size))
        for source, taken in self.taken:
            made = self.between(np.full(rows.size, source + step, np.float64), 0.5, rows)
            out += ((1 - self.heap[rows]) * made[:, :, None] / base)[..., None] * taken
        return out

    def failing(self, rows: Rows, mercy: Floats) -> Floats:
        """P(honest mark < cut), (rows, V, H, len(mercy)); `mercy` a part of the nodes."""
        heap = self.heap[rows]
        exact = self.below(self.cut - 0.5, rows)[:, :, None]
        rounded = self.below(5 * np.ceil(self.cut / 5) - 2.5, rows)[:, :, None]
        out = np.repeat(((1 - heap) * exact + heap * rounded)[..., None], mercy.size, axis=3)
        for source, taken in self.taken:
            made = self.between(np.full(rows.size, source, np.float64), 0.5, rows)
            share = np.interp(mercy, self.nodes.mercy, taken)
            out -= ((1 - heap) * made[:, :, None])[..., None] * share
        return out


def _chunks(cell: Ints) -> tuple[Rows, Ints]:
    """Starts of runs of one cell, at most CHUNK long, and the cell of each."""
    first = np.flatnonzero(np.r_[True, np.diff(cell) != 0])
    length = np.diff(np.append(first, cell.size))
    pieces = -(-length // CHUNK)
    inner = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(first, pieces) + CHUNK * inner
    return starts, cell[starts]


def weigh_cells(
    batch: Batch, nodes: Nodes, shape: Shape, habits: Habits, cut: int, mechanisms: Sequence[Mechanism]
) -> tuple[Floats, list[Floats | None]]:
    """Honest log-likelihood (cells, V, H, C) and, per mechanism, the log ratio to it.

    The ratio of an invisible shift is None: its likelihood is the honest one at other effects. A visible shift is
    given at node v for the effect v - step.
    """
    p = _Pass(batch, nodes, shape, habits, cut)
    steps = sorted({m.step for m in mechanisms if m.family is Family.SHIFT and m.share == 1 and m.visible})
    by_step = _raised(p, [0, *steps])
    honest = by_step[0]
    over = _Over(p)
    out: list[Floats | None] = []
    for m in mechanisms:
        if m.family is Family.SHIFT:
            if m.share < 1:
                out.append(over.partly_shifted(m))
            else:
                out.append(by_step[m.step] - honest if m.visible else None)
        elif m.family is Family.PUSH:
            out.append(over.pushed(m))
        else:
            out.append(over.bought(m))
    return honest, out


def _raised(p: _Pass, steps: Sequence[int]) -> dict[int, Floats]:
    """Log-likelihood of the marks taken for honest ones raised by each of `steps` (0: as they are)."""
    ordinary = (p.mark < TOP) & (p.mark > max(steps))
    rows = np.flatnonzero(ordinary)
    digit = p.mark[rows] % 5
    order = np.lexsort((digit, p.batch.cell[rows]))
    rows, digit = rows[order], digit[order]
    plain = p.plain(p.mark[rows], rows)
    wanted = {s % 5 for s in steps}
    some = np.flatnonzero(np.isin(digit, list(wanted)))
    with_heap = plain[some] + p.heap[rows[some]] * p.between(
        p.mark[rows[some]].astype(np.float64), 2.5, rows[some]
    )[:, :, None]  # fmt: skip
    shape = plain.shape[1:]

    def by_digit(values: Floats, at: Rows) -> Floats:
        group = p.batch.cell[rows[at]] * 5 + digit[at]
        out = np.zeros((p.count * 5, *shape))
        if at.size:
            starts, owner = _chunks(group)
            np.add.at(out, owner, np.log(np.multiply.reduceat(values, starts, axis=0)))
        return out.reshape(p.count, 5, *shape)

    without, heaped = by_digit(plain, np.arange(rows.size)), by_digit(with_heap, some)
    whole = without.sum(axis=1)
    place = np.full(p.mark.size, -1)
    place[rows] = np.arange(rows.size)
    of_heap = np.full(p.mark.size, -1)
    of_heap[rows[some]] = np.arange(some.size)
    rare = np.flatnonzero(~ordinary)
    out = {}
    for s in steps:
        total = (whole - without[:, s % 5] + heaped[:, s % 5])[..., None]
        constant = p.per_cell(
            np.where(ordinary, np.log(p.tide[np.maximum(p.mark - s, 0)]) + np.log1p(-GROSS), 0.0)
        )
        total = total + constant[:, None, None, None]
        for source, taken in p.taken:
            total = total + p.per_cell(p.mark == source + s)[:, None, None, None] * np.log1p(-taken)
        at_cut = np.flatnonzero(p.mark == p.cut + s)
        if p.taken and at_cut.size:
            base = with_heap[of_heap[at_cut]] if p.cut % 5 == 0 else plain[place[at_cut]]
            total = total + p.log_sum(p.lifted_to(at_cut, s, base), at_cut)
        if rare.size:
            total = total + _rare(p, rare, s)[..., None]
        out[s] = np.broadcast_to(total, (p.count, *shape, p.nodes.mercy.size))
    return out


def _rare(p: _Pass, rows: Rows, step: int) -> Floats:
    """Marks at the top, which hold whatever went over it, and low ones, which nobody raised by more made."""
    mark = p.mark[rows]
    top, low = mark >= TOP, mark < step
    source = np.where(top, mark, np.maximum(mark - step, 0))
    kept = p.base[rows]
    p.base[rows] = np.where(top[:, None], kept, kept + step * p.pace[rows])
    value = p.at(source, rows) * ((1 - GROSS) * p.tide[source])[:, None, None]
    p.base[rows] = kept
    value[low] = GROSS / (TOP + 1)
    return p.log_sum(value, rows)


def _lagrange(nodes: Floats, k: int, at: Floats) -> Floats:
    """The k-th polynomial of Lagrange on `nodes`."""
    others = np.delete(nodes, k)
    return np.asarray(np.prod((at[:, None] - others) / (nodes[k] - others), axis=1))


class _Over:
    """Mechanisms that bring marks over the cut: what they share is computed once."""

    def __init__(self, p: _Pass) -> None:
        self.p = p
        self.fails = p.per_cell(p.mark < p.cut)[:, None, None, None]
        self._base: dict[int, tuple[Rows, Floats]] = {}
        self._ratio: dict[tuple[int, int, int], Floats] = {}
        self._pushed: dict[tuple[int, int], list[tuple[Rows, Floats]]] = {}
        self._raised: dict[int, Floats] = {}
        self._own: Floats | None = None

    def base(self, mark: int) -> tuple[Rows, Floats]:
        """Rows at `mark` and their honest probability: (rows, V, H, C) at the cut, (rows, V, H, 1) above."""
        if mark not in self._base:
            rows = np.flatnonzero(self.p.mark == mark)
            value = self.p.at(self.p.mark[rows], rows)
            out = value[..., None] * (
                self.p.lifted_to(rows, 0, value) if mark == self.p.cut and self.p.taken else 1.0
            )
            self._base[mark] = rows, out * ((1 - GROSS) * self.p.tide[mark])
        return self._base[mark]

    def bought(self, m: Mechanism) -> Floats:
        """Bought passes fall evenly on `width` points from the cut; above it the gain is quadratic in compassion."""
        mercy = self.p.nodes.mercy
        few = mercy[[0, mercy.size // 2, -1]]
        weight = np.stack([_lagrange(few, k, mercy) for k in range(3)])  # (3, C)
        total = self.fails * np.log1p(-m.share)
        total = total + self._gain(self.p.cut, self.p.cut + 1, m.share / m.width, mercy)
        low = self.p.cut + 1
        for end in sorted({min(3, m.width), m.width}):
            if self.p.cut + end > low:
                total = total + self._gain(low, self.p.cut + end, m.share / m.width, few) @ weight
                low = self.p.cut + end
        return np.asarray(total)

    def _gain(self, low: int, high: int, share: float, mercy: Floats) -> Floats:
        """Sum of log(1 + share * failing / base) over marks low..high-1, (cells, V, H, len(mercy))."""
        p = self.p
        rows = np.flatnonzero((p.mark >= low) & (p.mark < high))
        key = (low, high, mercy.size)
        if key not in self._ratio:
            failing = p.failing(rows, mercy)
            if low == p.cut:
                failing /= self.base(low)[1]
            else:
                value = p.at(p.mark[rows], rows) * ((1 - GROSS) * p.tide[p.mark[rows]])[:, None, None]
                failing /= value[..., None]
            self._ratio[key] = failing
        return p.log_sum(1 + share * self._ratio[key], rows)

    def pushed(self, m: Mechanism) -> Floats:
        """Marks of the reach below the cut lifted by a fixed step."""
        p = self.p
        key = (m.step, m.reach)
        if key not in self._pushed:
            self._pushed[key] = self._all_lifted(m)
        losing = p.per_cell((p.mark < p.cut) & (p.mark >= p.cut - m.reach))[:, None, None, None]
        total = losing * np.log1p(-m.share)
        for rows, values in self._pushed[key]:
            total = total + p.log_sum(1 + m.share * values, rows)
        return np.asarray(total)

    def _all_lifted(self, m: Mechanism) -> list[tuple[Rows, Floats]]:
        """Rows a push may have lifted with the ratio lifted : honest, those that compassion touches apart."""
        found = [
            self._lifted(mark, mark - m.step)
            for mark in range(self.p.cut, self.p.cut + m.step)
            if self.p.cut - m.reach <= mark - m.step < self.p.cut
        ]
        out = []
        for wide in (False, True):
            parts = [(r, v) for r, v in found if (v.shape[-1] > 1) == wide and r.size]
            if parts:
                rows = np.concatenate([r for r, _ in parts])
                order = np.argsort(rows, kind="stable")
                out.append((rows[order], np.concatenate([v for _, v in parts])[order]))
        return out

    def _lifted(self, mark: int, source: int) -> tuple[Rows, Floats]:
        p = self.p
        rows, base = self.base(mark)
        value = (p.at(np.full(rows.size, source), rows) * ((1 - GROSS) * p.tide[source]))[..., None]
        for taking, taken in p.taken:
            if taking == source:
                value = value * (1 - taken)
        return rows, value / base

    def partly_shifted(self, m: Mechanism) -> Floats:
        """A share of the candidates raised by `step`; compassion is left out of it."""
        p = self.p
        every = np.arange(p.mark.size)
        if self._own is None:
            self._own = p.at(p.mark, every) * p.tide[p.mark][:, None, None]
        if m.step not in self._raised:
            source = np.where(p.mark >= TOP, TOP - m.step, p.mark - m.step)
            low = source < 0
            value = p.at(np.maximum(source, 0), every) * p.tide[np.maximum(source, 0)][:, None, None]
            value[low] = 0.0
            self._raised[m.step] = np.minimum(value / self._own, 1e6)
        return p.log_sum(1 + m.share * (self._raised[m.step] - 1), every)[..., None]

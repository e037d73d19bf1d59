"""Likelihood through sufficient statistics: Rasch, 2PL, PCM and GPCM with forms.

These models are exponential families in ability. With s_n = sum_j a_j x_nj the posterior of person n is

    p(theta_q | x_n) proportional to exp(theta_q s_n) * h_form(theta_q),

so the data enter through one scalar each. Per form, log f(s), E[theta | s] and the posterior are
tabulated over s and read by cubic interpolation; a pass over the data is the product X a (to get s) and
the product X' E[theta | s] (the statistic of the slopes). Answers are packed: several items share one
code, and a product becomes a table look-up (X a) or a weighted count (X' e), in double precision.

Information of the observed data by Louis (1982): complete information minus the posterior variance of
the complete-data score, which again depends on s alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.calibration.layout import Layout
from chizheng.quality.core.calibration.points import Evaluation, Point, group_densities
from chizheng.quality.core.calibration.types import Floats, Ints

_LARGEST_CODE = 2048  # a table of so many doubles stays in the first cache
_STEP = 0.15  # widest spacing of the table in s, and
_LEAST_POINTS = 240  # fewest points: cubic interpolation is then good to about 1e-9 a person
_ROWS = 8192  # persons handled together, so that temporaries stay in the second cache
_SMOOTH = 24  # Chebyshev terms for the covariances of the information


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Items that share a code: `codes` per person, `digits` (codes x items) the score of each."""

    items: Ints
    codes: Ints
    digits: Floats


@dataclass(frozen=True, slots=True)
class _Cell:
    """Persons of one group with one form."""

    group: int
    items: Ints
    scores: NDArray[np.int8]
    weights: Floats | None
    chunks: tuple[_Chunk, ...]
    total: float


@dataclass(frozen=True, slots=True)
class _Tables:
    """Posterior at tabulated s: `at` (M,), `posterior` (M, Q), `mean` (M,), `log_f` (M,), `counts` (M,)."""

    at: Floats
    posterior: Floats
    mean: Floats
    log_f: Floats
    counts: Floats
    slope_sums: Floats


class FamilyEngine:
    """Evaluates the marginal likelihood of one layout by tables per (form, group)."""

    def __init__(self, layout: Layout, nodes: Floats) -> None:
        self._nodes = nodes
        self._top = layout.top
        self._groups = len(layout.labels)
        self._cells = tuple(_cells(layout))
        self.category_counts = self._count_categories()

    def _count_categories(self) -> Floats:
        counts = np.zeros((self._top.size, int(self._top.max()) + 1))
        for cell in self._cells:
            for chunk in cell.chunks:
                size = chunk.digits.shape[0]
                mass = np.bincount(chunk.codes, weights=cell.weights, minlength=size)
                for column, item in enumerate(chunk.items):
                    digit = chunk.digits[:, column].astype(np.intp)
                    counts[item] += np.bincount(digit, weights=mass, minlength=counts.shape[1])
        return counts

    def evaluate(self, point: Point) -> Evaluation:
        curves = _Curves(point.items, self._top, self._nodes)
        logs, expected, covariance = group_densities(point.groups, self._nodes)
        slope_stat = np.zeros(self._top.size)
        item_nodes = np.zeros((self._top.size, self._nodes.size))
        group_nodes = np.zeros((self._groups, self._nodes.size))
        value = float(np.vdot(self.category_counts[:, 1:], curves.intercepts))
        for cell in self._cells:
            tables = self._tabulate(cell, point.items[:, 0], curves, logs)
            mass = tables.counts @ tables.posterior
            slope_stat += tables.slope_sums
            item_nodes[cell.items] += mass
            group_nodes[cell.group] += mass
            value += float(tables.counts @ tables.log_f)
        gradient, blocks = curves.score(item_nodes, slope_stat, self.category_counts)
        totals = group_nodes.sum(axis=1)
        powers = np.stack([self._nodes, self._nodes**2])
        group_gradient = group_nodes @ powers.T - totals[:, None] * expected
        return Evaluation(
            value,
            np.concatenate([gradient.ravel(), group_gradient.ravel()]),
            blocks,
            covariance * totals[:, None, None],
        )

    def information(self, point: Point) -> Floats:
        """Observed information over all parameters (fixed ones included), (P, P)."""
        items, width = point.items.shape
        curves = _Curves(point.items, self._top, self._nodes)
        logs, _, covariance = group_densities(point.groups, self._nodes)
        size = items * width + 2 * self._groups
        lost = np.zeros((size, size))
        item_nodes = np.zeros((items, self._nodes.size))
        totals = np.zeros(self._groups)
        slopes = np.arange(items) * width
        for cell in self._cells:
            tables = self._tabulate(cell, point.items[:, 0], curves, logs)
            mass = tables.counts @ tables.posterior
            item_nodes[cell.items] += mass
            totals[cell.group] += cell.total
            # what of the score varies with theta alone: -theta E[x], -P_k, theta, theta^2
            columns = (slopes[cell.items][:, None] + np.arange(width)).ravel()
            last = items * width + 2 * cell.group
            columns = np.concatenate([columns, [last, last + 1]])
            moving = np.concatenate(
                [
                    -curves.moving(cell.items),
                    self._nodes[None],
                    self._nodes[None] ** 2,
                ]
            )
            means = tables.posterior @ moving.T
            variance = (moving * mass) @ moving.T - (means * tables.counts[:, None]).T @ means
            with_theta = (tables.posterior * self._nodes) @ moving.T - tables.mean[:, None] * means
            squares = tables.posterior @ self._nodes**2 - tables.mean**2
            crossed, by_pairs = _sums_over_persons(cell, point.items[:, 0], tables, with_theta, squares)
            at = slopes[cell.items]
            lost[np.ix_(columns, columns)] += variance
            lost[np.ix_(at, columns)] += crossed
            lost[np.ix_(columns, at)] += crossed.T
            lost[np.ix_(at, at)] += by_pairs
        _, blocks = curves.score(item_nodes, np.zeros(items), self.category_counts)
        return assemble(blocks, covariance * totals[:, None, None]) - lost

    def _tabulate(self, cell: _Cell, slopes: Floats, curves: _Curves, logs: Floats) -> _Tables:
        own = slopes[cell.items]
        reach = self._top[cell.items] * own
        low, high = float(np.minimum(reach, 0).sum()), float(np.maximum(reach, 0).sum())
        base = logs[cell.group] - curves.log_norm[cell.items].sum(axis=0)
        tables = [chunk.digits @ slopes[chunk.items] for chunk in cell.chunks]
        persons = cell.scores.shape[0]
        points = int(np.clip((high - low) / _STEP, _LEAST_POINTS, 2000)) + 1
        if persons <= points + 4:
            s = np.zeros(persons)
            for chunk, table in zip(cell.chunks, tables, strict=True):
                s += table[chunk.codes]
            posterior, log_f = _posterior(s, self._nodes, base)
            mean = posterior @ self._nodes
            counts = np.ones(persons) if cell.weights is None else cell.weights
            sums = np.zeros(self._top.size)
            for chunk in cell.chunks:
                size = chunk.digits.shape[0]
                sums[chunk.items] += np.bincount(chunk.codes, counts * mean, size) @ chunk.digits
            return _Tables(s, posterior, mean, log_f, counts, sums)
        spacing = (high - low) / (points - 1) or 1.0
        at: Floats = low + spacing * np.arange(-1.0, points + 2)
        posterior, log_f = _posterior(at, self._nodes, base)
        mean = posterior @ self._nodes
        counts, sums = _interpolate(cell, tables, mean, at[0], spacing, self._top.size)
        return _Tables(at, posterior, mean, log_f, counts, sums)


class _Curves:
    """Item curves on the nodes: category probabilities, log normalisers, complete-data score."""

    def __init__(self, blocks: Floats, top: Ints, nodes: Floats) -> None:
        self.intercepts = blocks[:, 1:]
        self._nodes = nodes
        steps = blocks.shape[1] - 1
        self._k = np.arange(1, steps + 1)
        z = blocks[:, :1, None] * self._k[None, :, None] * nodes + blocks[:, 1:, None]
        used = self._k[None, :] <= top[:, None]
        z = np.where(used[:, :, None], z, -np.inf)
        peak = np.maximum(z.max(axis=1), 0.0)
        e = np.exp(z - peak[:, None])
        norm = np.exp(-peak) + e.sum(axis=1)
        self.log_norm = peak + np.log(norm)  # (J, Q)
        self.p = e / norm[:, None]  # (J, K, Q)
        self.mean = np.einsum("k,jkq->jq", self._k.astype(float), self.p)

    def moving(self, items: Ints) -> Floats:
        """Rows theta E[x], P_1 .. P_K of each item, (items * B, Q)."""
        rows = np.concatenate([(self._nodes * self.mean[items])[:, None], self.p[items]], axis=1)
        return rows.reshape(-1, self._nodes.size)

    def score(self, mass: Floats, slope_stat: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Gradient (J, B) and information blocks (J, B, B) of the expected complete log-likelihood."""
        expected = np.einsum("jq,jkq->jk", mass, self.p)
        by_theta = mass * self._nodes
        gradient = np.concatenate(
            [(slope_stat - np.einsum("jq,jq->j", by_theta, self.mean))[:, None], counts[:, 1:] - expected],
            axis=1,
        )
        width = self.p.shape[1] + 1
        blocks = np.empty((mass.shape[0], width, width))
        second = np.einsum("k,jkq->jq", (self._k**2).astype(float), self.p)
        blocks[:, 0, 0] = np.einsum("jq,jq->j", by_theta * self._nodes, second - self.mean**2)
        spread = self.p * (self._k[None, :, None] - self.mean[:, None])
        blocks[:, 0, 1:] = np.einsum("jq,jkq->jk", by_theta, spread)
        blocks[:, 1:, 0] = blocks[:, 0, 1:]
        weighted = self.p * mass[:, None]
        blocks[:, 1:, 1:] = -(weighted @ self.p.transpose(0, 2, 1))
        index = np.arange(width - 1)
        blocks[:, 1 + index, 1 + index] += expected
        return gradient, blocks


def assemble(item_blocks: Floats, group_blocks: Floats) -> Floats:
    """Block-diagonal matrix of items, then groups."""
    items, width, _ = item_blocks.shape
    size = items * width
    out = np.zeros((size + 2 * len(group_blocks),) * 2)
    for j, block in enumerate(item_blocks):
        out[j * width : (j + 1) * width, j * width : (j + 1) * width] = block
    for g, block in enumerate(group_blocks):
        at = size + 2 * g
        out[at : at + 2, at : at + 2] = block
    return out


def _posterior(s: Floats, nodes: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Posterior (M, Q) and log marginal (M,) for sufficient statistics `s`."""
    z = s[:, None] * nodes + base
    peak = z.max(axis=1)
    z -= peak[:, None]
    np.exp(z, out=z)
    total = z.sum(axis=1)
    z /= total[:, None]
    return z, peak + np.log(total)


def _interpolate(
    cell: _Cell, tables: list[Floats], mean: Floats, start: float, spacing: float, items: int
) -> tuple[Floats, Floats]:
    """Read E[theta | s] for every person, deposit the persons on the grid, sum x_nj E[theta | s_n]."""
    counts = np.zeros(mean.size)
    masses = [np.zeros(chunk.digits.shape[0]) for chunk in cell.chunks]
    persons = cell.scores.shape[0]
    for begin in range(0, persons, _ROWS):
        rows = slice(begin, min(begin + _ROWS, persons))
        s = np.full(rows.stop - begin, -start)
        for chunk, table in zip(cell.chunks, tables, strict=True):
            s += table.take(chunk.codes[rows], mode="clip")
        s /= spacing
        left = s.astype(np.intp)
        np.clip(left, 1, mean.size - 3, out=left)
        t = s - left
        u, v, w = t - 1.0, t - 2.0, t + 1.0
        uv, wt = u * v, w * t
        factors = (uv * t / -6.0, uv * w / 2.0, wt * v / -2.0, wt * u / 6.0)
        weights = None if cell.weights is None else cell.weights[rows]
        expected = np.zeros(s.size)
        for offset, factor in enumerate(factors):
            at = left + (offset - 1)
            expected += factor * mean.take(at, mode="clip")
            counts += np.bincount(at, factor if weights is None else factor * weights, mean.size)
        if weights is not None:
            expected *= weights
        for chunk, mass in zip(cell.chunks, masses, strict=True):
            mass += np.bincount(chunk.codes[rows], expected, mass.size)
    sums = np.zeros(items)
    for chunk, mass in zip(cell.chunks, masses, strict=True):
        sums[chunk.items] += mass @ chunk.digits
    return counts, sums


def _sums_over_persons(
    cell: _Cell, slopes: Floats, tables: _Tables, with_theta: Floats, squares: Floats
) -> tuple[Floats, Floats]:
    """sum_n x_nj C_p(s_n) (items, P) and sum_n x_nj x_nk V(s_n) (items, items).

    C and V are smooth in s: fitted by Chebyshev polynomials weighted by where the persons are.
    """
    low, high = tables.at[0], tables.at[-1]
    if tables.at.size == cell.scores.shape[0]:
        x = cell.scores.astype(np.float64)
        weighted = x * tables.counts[:, None]
        return weighted.T @ with_theta, (weighted * squares[:, None]).T @ x
    basis = _chebyshev(2 * (tables.at - low) / (high - low) - 1).astype(np.float64)
    root = np.sqrt(np.maximum(tables.counts, 0) + 1e-3)
    fitted, *_ = np.linalg.lstsq(
        basis * root[:, None], np.column_stack([with_theta, squares]) * root[:, None], rcond=1e-12
    )
    size = cell.items.size
    sums = np.zeros((size, _SMOOTH))
    pairs = np.zeros((size, size))
    own = slopes[cell.items].astype(np.float32)
    for begin in range(0, cell.scores.shape[0], _ROWS):
        rows = slice(begin, begin + _ROWS)
        x = cell.scores[rows].astype(np.float32)
        smooth = _chebyshev(2 * (x @ own - np.float32(low)) / np.float32(high - low) - 1)
        variance = np.maximum(smooth @ fitted[:, -1].astype(np.float32), 0)
        if cell.weights is not None:
            weight = cell.weights[rows].astype(np.float32)
            variance *= weight
            smooth *= weight[:, None]
        sums += x.T @ smooth
        x *= np.sqrt(variance)[:, None]
        pairs += x.T @ x
    return sums @ fitted[:, :-1], pairs


def _chebyshev(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """T_0 .. T_23 at x in [-1, 1], (len(x), terms), in the precision of x."""
    out = np.empty((_SMOOTH, x.size), dtype=x.dtype)
    out[0], out[1] = 1, x
    for k in range(2, _SMOOTH):
        out[k] = 2 * x * out[k - 1] - out[k - 2]
    return out.T


def _cells(layout: Layout) -> list[_Cell]:
    forms, groups = len(layout.seen), len(layout.labels)
    if forms * groups == 1:
        everyone = np.arange(len(layout.names), dtype=np.intp)
        return [_cell(0, everyone, layout.scores, layout.weights, layout.top)]
    key = layout.form * groups + layout.group
    order = np.argsort(key, kind="stable")
    bounds = np.searchsorted(key[order], np.arange(forms * groups + 1))
    out = []
    for k in range(forms * groups):
        rows = order[bounds[k] : bounds[k + 1]]
        if rows.size == 0:
            continue
        items = np.flatnonzero(layout.seen[k // groups]).astype(np.intp)
        scores = layout.scores[rows] if items.size == layout.top.size else layout.scores[np.ix_(rows, items)]
        weights = None if layout.weights is None else layout.weights[rows]
        out.append(_cell(k % groups, items, scores, weights, layout.top))
    return out


def _cell(group: int, items: Ints, scores: NDArray[np.int8], weights: Floats | None, top: Ints) -> _Cell:
    chunks: list[list[int]] = [[]]
    size = 1
    for column, item in enumerate(items.tolist()):
        base = int(top[item]) + 1
        if chunks[-1] and size * base > _LARGEST_CODE:
            chunks.append([])
            size = 1
        chunks[-1].append(column)
        size *= base
    radix = np.zeros((items.size, len(chunks)), dtype=np.float32)
    digits = []
    for g, columns in enumerate(chunks):
        bases = top[items[columns]] + 1
        places = np.concatenate([[1], np.cumprod(bases)[:-1]])
        radix[columns, g] = places
        digits.append((np.arange(int(bases.prod()))[:, None] // places % bases).astype(np.float64))
    persons = scores.shape[0]
    codes = np.empty((len(chunks), persons), dtype=np.intp)
    for begin in range(0, persons, _ROWS):
        rows = slice(begin, begin + _ROWS)
        codes[:, rows] = (scores[rows].astype(np.float32) @ radix).T
    total = float(persons) if weights is None else float(weights.sum())
    packed = tuple(
        _Chunk(items[columns], codes[g], digit)
        for g, (columns, digit) in enumerate(zip(chunks, digits, strict=True))
    )
    return _Cell(group, items, scores, weights, packed, total)

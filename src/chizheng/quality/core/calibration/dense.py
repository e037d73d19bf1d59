"""Likelihood by dense blocks: 3PL, and any model when nearly everyone saw different items.

For a block of persons the log-likelihood on the nodes is two matrix products, X U + O V, with X scores
(0 where absent), O the presented items and U, V item curves on the nodes. The score of every parameter
has the form x_nj u_p(theta) + o_nj v_p(theta) + constant, so the posterior covariance of Louis (1982)
is a sum over nodes of products (X, O)' diag(posterior) (X, O).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.calibration.family import _Curves, assemble
from chizheng.quality.core.calibration.layout import Layout
from chizheng.quality.core.calibration.points import Evaluation, Point, group_densities
from chizheng.quality.core.calibration.types import Floats, Ints, Model, Settings

_ROWS = 4096


@dataclass(frozen=True, slots=True)
class _Expected:
    """`right` (J, Q): sum of x posterior; `seen` (J, Q): sum of o posterior; `groups` (G, Q)."""

    value: float
    right: Floats
    seen: Floats
    groups: Floats


class DenseEngine:
    """Evaluates the marginal likelihood of one layout by blocks of persons."""

    def __init__(self, layout: Layout, nodes: Floats, model: Model, settings: Settings) -> None:
        self._layout = layout
        self._nodes = nodes
        self._model = model
        self._settings = settings
        self._complete = bool(layout.seen.all())
        self._groups = len(layout.labels)
        self._estimated = np.array([a is None for a in layout.anchors])
        self.category_counts = self._count_categories()

    def _count_categories(self) -> Floats:
        layout = self._layout
        counts = np.zeros((layout.top.size, int(layout.top.max()) + 1))
        for k in range(counts.shape[1]):
            hit = layout.scores == k
            counts[:, k] = hit.sum(axis=0) if layout.weights is None else layout.weights @ hit
        return counts

    def evaluate(self, point: Point) -> Evaluation:
        curves = _curves(self._model, point.items, self._layout.top, self._nodes)
        logs, expected, covariance = group_densities(point.groups, self._nodes)
        sums = self._expect(curves, logs)
        gradient, blocks = curves.score(sums.right, sums.seen, self.category_counts)
        value = sums.value + curves.constant(self.category_counts)
        if self._model is Model.THREE_PL:
            prior, slope, bend = self._priors(point.items)
            value += prior
            gradient += slope
            blocks[:, np.arange(3), np.arange(3)] += bend
        totals = sums.groups.sum(axis=1)
        powers = np.stack([self._nodes, self._nodes**2])
        by_group = sums.groups @ powers.T - totals[:, None] * expected
        return Evaluation(
            value,
            np.concatenate([gradient.ravel(), by_group.ravel()]),
            blocks,
            covariance * totals[:, None, None],
        )

    def prior_value(self, point: Point) -> float:
        """Log prior at `point`, to be taken off the penalised value."""
        return self._priors(point.items)[0] if self._model is Model.THREE_PL else 0.0

    def _priors(self, items: Floats) -> tuple[float, Floats, Floats]:
        """Beta prior on c and normal prior on a: value, slope (J, 3) in (a, d, logit c), minus curvature."""
        alpha, beta = self._settings.guessing_prior
        centre, spread = self._settings.slope_prior
        on = self._estimated
        c = 1 / (1 + np.exp(-items[:, 2]))
        away = (items[:, 0] - centre) / spread
        value = float(((alpha - 1) * np.log(c[on]) + (beta - 1) * np.log1p(-c[on])).sum())
        value -= 0.5 * float((away[on] ** 2).sum())
        none = np.zeros_like(c)
        slope = np.stack([-away / spread, none, (alpha - 1) * (1 - c) - (beta - 1) * c], axis=1)
        bend = np.stack([none + 1 / spread**2, none, (alpha + beta - 2) * c * (1 - c)], axis=1)
        return value, np.where(on[:, None], slope, 0.0), np.where(on[:, None], bend, 0.0)

    def _blocks(
        self, curves: _DenseCurves, logs: Floats
    ) -> Iterator[tuple[Floats, Floats | None, Floats, Floats | None, Floats, Ints]]:
        """Yield (X, O or None, posterior, weights, rows' log marginal, group) block by block."""
        layout = self._layout
        base = curves.v.sum(axis=0)
        for begin in range(0, layout.persons, _ROWS):
            rows = slice(begin, begin + _ROWS)
            raw = layout.scores[rows]
            if self._complete:
                x, seen = raw.astype(np.float64), None
                z = x @ curves.u + base
            else:
                there = raw >= 0
                seen = there.astype(np.float64)
                x = np.where(there, raw, 0).astype(np.float64)
                z = x @ curves.u + seen @ curves.v
            group = layout.group[rows]
            z += logs[group] if self._groups > 1 else logs[0]
            peak = z.max(axis=1)
            z -= peak[:, None]
            np.exp(z, out=z)
            total = z.sum(axis=1)
            z /= total[:, None]
            weights = None if layout.weights is None else layout.weights[rows]
            yield x, seen, z, weights, peak + np.log(total), group

    def _expect(self, curves: _DenseCurves, logs: Floats) -> _Expected:
        shape = (self._layout.top.size, self._nodes.size)
        right, presented = np.zeros(shape), np.zeros(shape)
        groups = np.zeros((self._groups, self._nodes.size))
        value = 0.0
        for x, seen, posterior, weights, marginal, group in self._blocks(curves, logs):
            if weights is not None:
                value += float(weights @ marginal)
                posterior = posterior * weights[:, None]
            else:
                value += float(marginal.sum())
            right += x.T @ posterior
            if seen is not None:
                presented += seen.T @ posterior
            if self._groups == 1:
                groups[0] += posterior.sum(axis=0)
            else:
                for g in range(self._groups):
                    groups[g] += posterior[group == g].sum(axis=0)
        if self._complete:
            presented[:] = groups.sum(axis=0)
        return _Expected(value, right, presented, groups)

    def information(self, point: Point) -> Floats:
        """Observed information (with the prior's curvature) over all parameters, (P, P)."""
        curves = _curves(self._model, point.items, self._layout.top, self._nodes)
        logs, _, covariance = group_densities(point.groups, self._nodes)
        sums = self._expect(curves, logs)
        blocks = curves.bend(sums.right, sums.seen)
        if self._model is Model.THREE_PL:
            blocks[:, np.arange(3), np.arange(3)] += self._priors(point.items)[2]
        totals = sums.groups.sum(axis=1)
        return assemble(blocks, covariance * totals[:, None, None]) - self._lost(curves, logs)

    def _lost(self, curves: _DenseCurves, logs: Floats) -> Floats:
        """Sum over persons of the posterior covariance of the complete-data score."""
        items, width = curves.width_of()
        nodes = self._nodes
        groups = self._groups
        by_x, by_o = curves.score_parts()  # (J * B, Q) each
        size = items * width + 2 * groups
        squares, means = np.zeros((size, size)), np.zeros((size, size))
        owner = np.repeat(np.arange(items), width)
        ability = np.stack([nodes, nodes**2])
        body = slice(0, items * width)
        for x, seen, posterior, weights, _, group in self._blocks(curves, logs):
            ones = np.ones((x.shape[0], 1))
            present = ones if seen is None else seen
            o_owner = np.zeros_like(owner) if seen is None else owner
            person_mean = np.zeros((x.shape[0], size))
            person_mean[:, body] = x[:, owner] * (posterior @ by_x.T) + present[:, o_owner] * (
                posterior @ by_o.T
            )
            in_group = np.zeros((x.shape[0], groups))
            in_group[np.arange(x.shape[0]), group] = 1.0
            for power in range(2):
                person_mean[:, items * width + power :: 2] = in_group * (posterior @ ability[power])[:, None]
            weighted = person_mean if weights is None else person_mean * weights[:, None]
            means += weighted.T @ person_mean
            joined = np.concatenate([x, present, in_group], axis=1)
            p0, g0 = x.shape[1], x.shape[1] + present.shape[1]
            for q in range(nodes.size):
                mass = posterior[:, q] if weights is None else posterior[:, q] * weights
                cross = (joined * mass[:, None]).T @ joined
                load = np.zeros((size, joined.shape[1]))
                load[np.arange(items * width), owner] = by_x[:, q]
                load[np.arange(items * width), p0 + o_owner] = by_o[:, q]
                for g in range(groups):
                    load[items * width + 2 * g : items * width + 2 * g + 2, g0 + g] = ability[:, q]
                squares += load @ cross @ load.T
        return squares - means


class _DenseCurves:
    """Item curves `u`, `v` (J, Q) with log P(x | theta) = x u + v + constant(x)."""

    u: Floats
    v: Floats

    def score(self, right: Floats, seen: Floats, counts: Floats) -> tuple[Floats, Floats]:
        raise NotImplementedError

    def bend(self, right: Floats, seen: Floats) -> Floats:
        raise NotImplementedError

    def score_parts(self) -> tuple[Floats, Floats]:
        raise NotImplementedError

    def constant(self, counts: Floats) -> float:
        raise NotImplementedError

    def width_of(self) -> tuple[int, int]:
        raise NotImplementedError


class _FamilyCurves(_DenseCurves):
    """Rasch, 2PL, PCM, GPCM: x u = a theta x, v = - log normaliser, constant d_x."""

    def __init__(self, blocks: Floats, top: NDArray[np.intp], nodes: Floats) -> None:
        self._curves = _Curves(blocks, top, nodes)
        self._nodes = nodes
        self._shape = blocks.shape
        self.u = blocks[:, :1] * nodes
        self.v = -self._curves.log_norm

    def constant(self, counts: Floats) -> float:
        return float(np.vdot(counts[:, 1:], self._curves.intercepts))

    def width_of(self) -> tuple[int, int]:
        return self._shape[0], self._shape[1]

    def score(self, right: Floats, seen: Floats, counts: Floats) -> tuple[Floats, Floats]:
        return self._curves.score(seen, right @ self._nodes, counts)

    def bend(self, right: Floats, seen: Floats) -> Floats:
        counts = np.zeros((self._shape[0], self._shape[1]))
        return self._curves.score(seen, right @ self._nodes, counts)[1]

    def score_parts(self) -> tuple[Floats, Floats]:
        items, width = self._shape
        by_x = np.zeros((items, width, self._nodes.size))
        by_x[:, 0] = self._nodes
        by_o = -self._curves.moving(np.arange(items))
        return by_x.reshape(items * width, -1), by_o


class _ThreePL(_DenseCurves):
    """3PL with P = c + (1 - c) L, L logistic in a theta + d; parameters a, d, logit c."""

    def __init__(self, blocks: Floats, nodes: Floats) -> None:
        z = blocks[:, :1] * nodes + blocks[:, 1:2]
        c = 1 / (1 + np.exp(-blocks[:, 2:3]))
        rise = 1 / (1 + np.exp(-z))
        p = np.clip(c + (1 - c) * rise, 1e-12, 1 - 1e-12)
        q = np.clip((1 - c) / (1 + np.exp(np.clip(z, -700, 700))), 1e-140, 1.0)
        self.u, self.v = np.log(p) - np.log(q), np.log(q)
        bell = (1 - c) * rise * (1 - rise)
        by_c = c * (1 - c) * (1 - rise)
        self._p, self._q = p, q
        self._first = np.stack([bell * nodes, bell, by_c], axis=1)  # (J, 3, Q)
        zz = bell * (1 - 2 * rise)
        zc = -c * bell
        cc = (1 - 2 * c) * by_c
        self._second = np.stack(
            [np.stack([zz * nodes**2, zz * nodes, zc * nodes], 1),
             np.stack([zz * nodes, zz, zc], 1),
             np.stack([zc * nodes, zc, cc], 1)], axis=1,
        )  # fmt: skip

    def constant(self, counts: Floats) -> float:
        return 0.0

    def width_of(self) -> tuple[int, int]:
        return self._p.shape[0], 3

    def score(self, right: Floats, seen: Floats, counts: Floats) -> tuple[Floats, Floats]:
        spread = self._p * self._q
        gradient = np.einsum("jq,jpq->jp", (right - seen * self._p) / spread, self._first)
        blocks = np.einsum("jq,jpq,jrq->jpr", seen / spread, self._first, self._first)
        return gradient, blocks

    def bend(self, right: Floats, seen: Floats) -> Floats:
        wrong = seen - right
        curvature = np.einsum("jq,jprq->jpr", right / self._p - wrong / self._q, self._second)
        own: Floats = np.einsum(
            "jq,jpq,jrq->jpr", right / self._p**2 + wrong / self._q**2, self._first, self._first
        )
        return np.asarray(own - curvature)

    def score_parts(self) -> tuple[Floats, Floats]:
        wrong = -self._first / self._q[:, None]
        right = self._first / self._p[:, None]
        shape = (self._first.shape[0] * 3, -1)
        return np.asarray((right - wrong).reshape(shape)), np.asarray(wrong.reshape(shape))


def _curves(model: Model, blocks: Floats, top: NDArray[np.intp], nodes: Floats) -> _DenseCurves:
    return _ThreePL(blocks, nodes) if model is Model.THREE_PL else _FamilyCurves(blocks, top, nodes)

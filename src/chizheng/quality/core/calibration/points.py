"""A point in parameter space: padded blocks per item, two natural parameters per group.

Item block of width B: [a, d_1 .. d_K] for the exponential family, [a, d, logit c] for 3PL. Ability of
group g on the nodes: p_q proportional to exp(eta_1 theta_q + eta_2 theta_q^2), so that a normal with
mean m and standard deviation s has eta = (m / s^2, -1 / (2 s^2)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.calibration.layout import Layout
from chizheng.quality.core.calibration.types import Floats, Ints, Model, Settings


@dataclass(frozen=True, slots=True)
class Point:
    """`items` (J, B), `groups` (G, 2)."""

    items: Floats
    groups: Floats

    def flat(self) -> Floats:
        return np.concatenate([self.items.ravel(), self.groups.ravel()])

    def moved(self, step: Floats) -> Point:
        size = self.items.size
        return Point(
            self.items + step[:size].reshape(self.items.shape),
            self.groups + step[size:].reshape(self.groups.shape),
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Log-likelihood (with priors), its gradient, and the complete-data information by block."""

    value: float
    gradient: Floats
    item_blocks: Floats
    group_blocks: Floats


@dataclass(frozen=True, slots=True)
class Space:
    """Which parameters are free, and where they start."""

    model: Model
    start: Point
    free: NDArray[np.bool_]
    slopes: Ints

    @property
    def width(self) -> int:
        return int(self.start.items.shape[1])


def quadrature(settings: Settings, items: int) -> Floats:
    """Nodes on [-limit, limit].

    The trapezoid rule is exact to rounding while the spacing stays under the posterior's standard
    deviation (about 2 / sqrt(items)); beyond 150 items the nodes are doubled.
    """
    count = settings.nodes or (61 if items <= 150 else 121 if items <= 600 else 241)
    return np.linspace(-settings.limit, settings.limit, count)


def space(layout: Layout, model: Model, category_counts: Floats) -> Space:
    """Free parameters and starting values from the category counts (J, Kmax + 1)."""
    items, width = len(layout.names), int(layout.top.max()) + 1
    if model is Model.THREE_PL:
        width = 3
    blocks = np.zeros((items, width))
    free = np.zeros((items, width), dtype=np.bool_)
    for j, (anchor, top) in enumerate(zip(layout.anchors, layout.top.tolist(), strict=True)):
        if anchor is not None:
            blocks[j, 0] = anchor.slope
            blocks[j, 1 : top + 1] = -anchor.slope * np.cumsum(anchor.steps)
            if model is Model.THREE_PL:
                blocks[j, 2] = np.log(max(anchor.guessing, 1e-12)) - np.log1p(-anchor.guessing)
            continue
        blocks[j, 0] = 1.0
        free[j, 0] = model is not Model.RASCH
        free[j, 1 : top + 1] = True
        counts = category_counts[j, : top + 1] + 0.5
        if model is Model.THREE_PL:
            guess = 0.2
            share = np.clip((counts[1] / counts.sum() - guess) / (1 - guess), 0.02, 0.98)
            blocks[j, 1] = 1.2 * np.log(share / (1 - share))
            blocks[j, 2] = np.log(guess / (1 - guess))
            free[j, 2] = True
        else:
            # cumulative log ratios of neighbouring categories, widened for the spread of ability
            blocks[j, 1 : top + 1] = 1.2 * (np.log(counts[1:]) - np.log(counts[0]))
            blocks[j, 1 : top + 1] -= 0.6 * np.arange(1, top + 1) * (top - np.arange(1, top + 1))
    number = len(layout.labels)
    groups = np.tile([0.0, -0.5], (number, 1))
    free_groups = np.ones((number, 2), dtype=np.bool_)
    anchored = any(a is not None for a in layout.anchors)
    if not anchored:
        free_groups[0] = (False, model is Model.RASCH)
    elif model is Model.RASCH or sum(a is not None for a in layout.anchors) >= 1:
        free_groups[0] = True
    return Space(
        model,
        Point(blocks, groups),
        np.concatenate([free.ravel(), free_groups.ravel()]),
        np.arange(items, dtype=np.intp) * width,
    )


def group_densities(groups: Floats, nodes: Floats) -> tuple[Floats, Floats, Floats]:
    """Log densities (G, Q), expectations of (theta, theta^2) (G, 2) and their covariances (G, 2, 2)."""
    powers = np.stack([nodes, nodes**2])
    logs = groups @ powers
    peak = logs.max(axis=1, keepdims=True)
    logs = logs - (peak + np.log(np.exp(logs - peak).sum(axis=1, keepdims=True)))
    density = np.exp(logs)
    expected = density @ powers.T
    covariance = (
        np.einsum("gq,aq,bq->gab", density, powers, powers) - expected[:, :, None] * expected[:, None]
    )
    return logs, expected, covariance

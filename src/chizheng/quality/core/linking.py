"""Linking of separately calibrated forms: theta_new = A theta_old + B by common items.

Moments (mean/mean, mean/sigma) and characteristic curves (Haebara 1980, Stocking & Lord 1983), with
anchors that drifted or leaked removed first by a robust z. Fixed-parameter linking is calibration with
anchors (`calibration.calibrate(..., anchors=...)`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]

ROBUST_Z = 2.7
"""An anchor further out is dropped (Huynh & Meyer 2010; 0.7 % of sound anchors under normality)."""


class Method(StrEnum):
    """How the line is found."""

    MEAN_MEAN = "mean_mean"
    MEAN_SIGMA = "mean_sigma"
    HAEBARA = "haebara"
    STOCKING_LORD = "stocking_lord"


@dataclass(frozen=True, slots=True)
class Link:
    """theta on the base scale = slope * theta on the new form's scale + shift."""

    slope: float
    shift: float

    def move(self, bank: ItemBank) -> ItemBank:
        """Parameters of the new form on the base scale: a / A, b -> A b + B."""
        slope = bank.slope / self.slope
        k = np.arange(1, bank.intercepts.shape[1] + 1)
        intercepts = bank.intercepts - k * (slope * self.shift)[:, None]
        return ItemBank(bank.names, slope, intercepts, bank.guessing, bank.top)


@dataclass(frozen=True, slots=True)
class PurifiedLink:
    """A link with the anchors that stood out removed; `z` of every anchor under the final link."""

    link: Link
    kept: NDArray[np.bool_]
    z: Floats
    dropped: tuple[str, ...]


def link(
    new: ItemBank,
    base: ItemBank,
    method: Method = Method.STOCKING_LORD,
    *,
    nodes: Floats | None = None,
    weights: Floats | None = None,
) -> Link:
    """Link two banks of the same anchors in the same order.

    Characteristic-curve methods weigh `nodes` on the base scale; default 41 nodes of N(0, 1) on [-4, 4].
    """
    _same(new, base)
    slope = float(new.slope.mean() / base.slope.mean())
    b_new, b_base = _difficulties(new), _difficulties(base)
    if method is Method.MEAN_SIGMA:
        if b_new.std() < 1e-9:
            refuse("no_variance", what="difficulty of anchors / 锚题难度")
        slope = float(b_base.std() / b_new.std())
    first = Link(slope, float(b_base.mean() - slope * b_new.mean()))
    if method in (Method.MEAN_MEAN, Method.MEAN_SIGMA):
        return first
    if nodes is None:
        nodes = np.linspace(-4, 4, 41)
        weights = np.exp(-0.5 * nodes**2)
    weights = np.ones_like(nodes) if weights is None else weights
    root = np.sqrt(weights / weights.sum())
    at = nodes
    target = _scores(base, at)

    def gap(point: Floats) -> Floats:
        moved = _scores(Link(float(point[0]), float(point[1])).move(new), at)
        apart = (moved - target) * root
        return np.asarray(apart.sum(axis=0) if method is Method.STOCKING_LORD else apart.ravel())

    slope, shift = _least_squares(gap, np.array([first.slope, first.shift]))
    return Link(float(slope), float(shift))


def _same(new: ItemBank, base: ItemBank) -> None:
    if new.slope.size != base.slope.size or (new.top != base.top).any():
        fault("shape", what="anchors", wanted=str(base.slope.size), found=str(new.slope.size))
    if new.slope.size < 2:
        refuse("too_few_anchors", found=new.slope.size, least=2)


def _difficulties(bank: ItemBank) -> Floats:
    """Mean step difficulty of each item: -d_K / (K a)."""
    last = bank.intercepts[np.arange(bank.top.size), bank.top - 1]
    return np.asarray(-last / (bank.top * bank.slope))


def _scores(bank: ItemBank, theta: Floats) -> Floats:
    """Expected score of each item, (J, Q)."""
    p = bank.curves(theta)
    return np.asarray(np.einsum("k,jkq->jq", np.arange(p.shape[1], dtype=float), p))


def _least_squares(gap: Callable[[Floats], Floats], point: Floats) -> Floats:
    """Levenberg-Marquardt for a handful of parameters with numerical derivatives."""
    damping = 1e-4
    residual = gap(point)
    for _ in range(100):
        jacobian = np.stack(
            [(gap(point + h) - gap(point - h)) / 2e-6 for h in np.eye(point.size) * 1e-6], axis=1
        )
        normal, slope = jacobian.T @ jacobian, jacobian.T @ residual
        step = -np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), slope)
        after = gap(point + step)
        if after @ after <= residual @ residual:
            point, residual, damping = point + step, after, damping / 10
            if float(np.abs(step).max()) < 1e-10:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    return point


def purified_link(
    new: ItemBank,
    base: ItemBank,
    method: Method = Method.STOCKING_LORD,
    *,
    threshold: float = ROBUST_Z,
    least: int = 8,
    noise: Floats | None = None,
) -> PurifiedLink:
    """Link after dropping anchors that stand out.

    Each anchor's vertical distance D_j = A b_new + B - b_base is compared with the others' by
    z = (D - median) / (1.48 median absolute deviation); the worst beyond `threshold` leaves, the line is
    found again, until nothing more stands out. The line starts from the median difference, which leaked
    anchors cannot pull.
    `noise` (J,), the standard error of each D, keeps anchors within chance of the median from leaving.
    Refused where fewer than `least` would remain.
    """
    _same(new, base)
    if new.slope.size < least:
        refuse("too_few_anchors", found=new.slope.size, least=least)
    b_new, b_base = _difficulties(new), _difficulties(base)
    slope = float(np.exp(np.median(np.log(np.abs(new.slope / base.slope)))))
    line = Link(slope, float(np.median(b_base - slope * b_new)))
    kept = np.ones(b_new.size, dtype=np.bool_)
    z = np.zeros(b_new.size)
    for _ in range(2 * b_new.size):
        distance = line.slope * b_new + line.shift - b_base
        # the spread over all anchors, kept or not: that of the kept shrinks with every one dropped
        middle = float(np.median(distance[kept]))
        scale = max(1.4826 * float(np.median(np.abs(distance - middle))), 1e-6)
        z = (distance - middle) / scale
        out = np.abs(z) > threshold
        if noise is not None:
            out &= np.abs(distance - middle) > 1.96 * noise
        if not (out & kept).any():
            break
        kept[int(np.argmax(np.where(out & kept, np.abs(z), -1.0)))] = False  # one at a time: each pulls
        if int(kept.sum()) < least:
            refuse("too_few_anchors", found=int(kept.sum()), least=least)
        line = link(new.chosen(kept), base.chosen(kept), method)
    line = link(new.chosen(kept), base.chosen(kept), method)
    names = tuple(n for n, k in zip(new.names, kept, strict=True) if not k)
    return PurifiedLink(line, kept, z, names)


def true_score_equivalent(score: float, of: ItemBank, on: ItemBank) -> float:
    """Score on form `on` of a candidate expected to reach `score` on form `of`, both on one scale.

    Used to carry a cut from form to form. Scores below the sum of guessing have no ability; they are
    carried in proportion (Kolen & Brennan 2014, 6.5).
    """
    floor_of, top_of = float(of.guessing.sum()), float(of.top.sum())
    floor_on, top_on = float(on.guessing.sum()), float(on.top.sum())
    if not 0 <= score <= top_of:
        fault("value", what="score", value=score, wanted=f"0 .. {top_of}")
    if score <= floor_of + 1e-9:
        return score * floor_on / floor_of if floor_of else 0.0
    if score >= top_of - 1e-9:
        return top_on
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        if float(of.expected_score(np.array([middle]))[0]) < score:
            low = middle
        else:
            high = middle
    return float(on.expected_score(np.array([(low + high) / 2]))[0])


@dataclass(frozen=True, slots=True)
class Shift:
    """Change of one anchor between two calibrations on one scale, with its z by the errors."""

    item: str
    change: float
    z: float


def parameter_drift(
    first: Floats, se_first: Floats, second: Floats, se_second: Floats, names: tuple[str, ...]
) -> list[Shift]:
    """Difficulty later minus earlier (both on one scale); z = change / sqrt(se^2 + se^2)."""
    change = second - first
    z = change / np.sqrt(se_first**2 + se_second**2)
    return [Shift(n, float(c), float(v)) for n, c, v in zip(names, change, z, strict=True)]

"""Observed-score equating: the score on form Y with the standing of a score on form X.

Random groups: mean, linear, equipercentile. Non-equivalent groups with an anchor: Tucker, Levine
(observed), chained linear. Formulas of Kolen & Brennan, Test Equating, Scaling, and Linking (2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """y = intercept + slope x."""

    intercept: float
    slope: float

    def at(self, score: Floats) -> Floats:
        return np.asarray(self.intercept + self.slope * np.asarray(score, dtype=float))


def _moments(counts: Floats) -> tuple[float, float]:
    score = np.arange(counts.size)
    total = counts.sum()
    mean = float(score @ counts / total)
    return mean, float(np.sqrt((score - mean) ** 2 @ counts / (total - 1)))


def _checked(counts: Floats, what: str) -> Floats:
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 1 or (counts < 0).any():
        fault("value", what=what, value="counts", wanted="counts of scores 0, 1, 2 ... / 各分数人数")
    if counts.sum() < 30:
        refuse("too_few_persons", found=int(counts.sum()), least=30)
    if np.count_nonzero(counts) < 2:
        refuse("no_variance", what=what)
    return counts


def mean_equating(x: Floats, y: Floats) -> Line:
    """Same mean; `x`, `y` are counts of scores 0, 1, 2 ... in equivalent groups."""
    (mx, _), (my, _) = _moments(_checked(x, "X")), _moments(_checked(y, "Y"))
    return Line(my - mx, 1.0)


def linear_equating(x: Floats, y: Floats) -> Line:
    """Same mean and standard deviation."""
    (mx, sx), (my, sy) = _moments(_checked(x, "X")), _moments(_checked(y, "Y"))
    return Line(my - sy / sx * mx, sy / sx)


def percentile_rank(counts: Floats, score: Floats) -> Floats:
    """Percentile rank / 100 with scores spread evenly over their unit interval."""
    share = counts / counts.sum()
    below = np.concatenate([[0.0], np.cumsum(share)])
    position = np.clip(np.asarray(score, dtype=float) + 0.5, 0, counts.size)
    whole = np.minimum(np.floor(position), counts.size - 1).astype(np.intp)
    return np.asarray(below[whole] + (position - whole) * share[whole])


def equipercentile(x: Floats, y: Floats) -> Floats:
    """Y score with the percentile rank of every X score 0 .. max."""
    x, y = _checked(x, "X"), _checked(y, "Y")
    rank = percentile_rank(x, np.arange(x.size, dtype=float))
    share = y / y.sum()
    cumulative = np.cumsum(share)
    out = np.empty(x.size)
    for k, p in enumerate(rank.tolist()):
        if p <= 0:
            out[k] = -0.5
            continue
        at = min(int(np.searchsorted(cumulative, p - 1e-12, side="left")), y.size - 1)
        before = float(cumulative[at - 1]) if at else 0.0
        out[k] = at - 0.5 + (p - before) / float(share[at])
    return np.minimum(out, y.size - 0.5)


@dataclass(frozen=True, slots=True)
class _Joint:
    """Moments of a total and its anchor in one population."""

    mean: float
    anchor: float
    variance: float
    anchor_variance: float
    covariance: float

    @classmethod
    def of(cls, total: Floats, anchor: Floats) -> _Joint:
        total, anchor = np.asarray(total, dtype=float), np.asarray(anchor, dtype=float)
        if total.shape != anchor.shape:
            fault("shape", what="anchor", wanted=str(total.shape), found=str(anchor.shape))
        if total.size < 30:
            refuse("too_few_persons", found=total.size, least=30)
        if anchor.std() == 0 or total.std() == 0:
            refuse("no_variance", what="anchor / 锚题分")
        both = np.cov(total, anchor)
        return cls(
            float(total.mean()), float(anchor.mean()), float(both[0, 0]), float(both[1, 1]), float(both[0, 1])
        )


def _synthetic(x: _Joint, y: _Joint, gamma_x: float, gamma_y: float, share: float) -> Line:
    """Line through the moments of the synthetic population, X weighing `share`."""
    other = 1 - share
    gap, apart = x.anchor - y.anchor, x.anchor_variance - y.anchor_variance
    mean_x = x.mean - other * gamma_x * gap
    mean_y = y.mean + share * gamma_y * gap
    var_x = x.variance - other * gamma_x**2 * apart + share * other * gamma_x**2 * gap**2
    var_y = y.variance + share * gamma_y**2 * apart + share * other * gamma_y**2 * gap**2
    slope = float(np.sqrt(var_y / var_x))
    return Line(mean_y - slope * mean_x, slope)


def tucker(
    x_total: Floats, x_anchor: Floats, y_total: Floats, y_anchor: Floats, *, share: float | None = None
) -> Line:
    """Tucker: regressions on the anchor are the same in both groups. `share` weighs group X in the
    synthetic population, by group sizes when None."""
    x, y = _Joint.of(x_total, x_anchor), _Joint.of(y_total, y_anchor)
    share = x_total.size / (x_total.size + y_total.size) if share is None else share
    return _synthetic(x, y, x.covariance / x.anchor_variance, y.covariance / y.anchor_variance, share)


def levine(
    x_total: Floats,
    x_anchor: Floats,
    y_total: Floats,
    y_anchor: Floats,
    *,
    share: float | None = None,
    internal: bool = True,
) -> Line:
    """Levine observed score under the congeneric model; `internal`: the anchor counts in the total."""
    x, y = _Joint.of(x_total, x_anchor), _Joint.of(y_total, y_anchor)
    share = x_total.size / (x_total.size + y_total.size) if share is None else share

    def gamma(j: _Joint) -> float:
        if internal:
            return j.variance / j.covariance
        return (j.variance + j.covariance) / (j.anchor_variance + j.covariance)

    return _synthetic(x, y, gamma(x), gamma(y), share)


def chained_linear(x_total: Floats, x_anchor: Floats, y_total: Floats, y_anchor: Floats) -> Line:
    """X to the anchor in group X, the anchor to Y in group Y."""
    x, y = _Joint.of(x_total, x_anchor), _Joint.of(y_total, y_anchor)
    slope = np.sqrt(x.anchor_variance / x.variance) * np.sqrt(y.variance / y.anchor_variance)
    scale = float(np.sqrt(y.variance / y.anchor_variance))
    return Line(y.mean + scale * (x.anchor - y.anchor) - float(slope) * x.mean, float(slope))

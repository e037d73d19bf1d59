"""What an assessor's marks look like beyond severity: consistency, halo, central tendency, drift.

Every statistic compares what was marked with what the model expects, averaged over each candidate's
posterior, so that its ratio is 1 for an assessor who marks as the model says. `z` is the sum over the
assessor's rows of (seen - expected) divided by the root of the sum of squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.raters.facet_likelihood import FacetLikelihood
from chizheng.quality.core.raters.facets import FacetFit

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Ratio:
    """seen / expected and its z, per assessor."""

    value: Floats
    z: Floats


@dataclass(frozen=True, slots=True)
class Drift:
    """Change of severity in each period against the assessor's own whole, (assessors, periods).

    `shift` logits (NaN without marks), `se`; `chi_square` and `freedom` test "no drift" per assessor.
    """

    shift: Floats
    se: Floats
    chi_square: Floats
    freedom: Ints


@dataclass(frozen=True, slots=True)
class Habits:
    """Habits of all assessors.

    `rows` marked candidates each; `infit` weighted mean square of residuals (high: inconsistent, low: too
    predictable); `halo` spread of a candidate's marks over criteria (low: one mark for all criteria);
    `spread` of the marks over candidates about the assessor's expected mean (low: central tendency, high:
    extremes); `extremes` share of lowest and highest categories; `mean_mark` as given and `fair_mark`
    what an assessor of average severity would have given the same candidates, in marks per criterion.
    """

    rows: Ints
    infit: Ratio
    halo: Ratio
    spread: Ratio
    extremes: Ratio
    mean_mark: Floats
    fair_mark: Floats
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class FairScores:
    """Per candidate: total of marks as given and total expected from average assessors, on the same rows."""

    given: Floats
    fair: Floats
    se: Floats


class _Expectations:
    """Curves of every cell and posteriors, to average any function of theta per row."""

    def __init__(self, fit: FacetFit) -> None:
        ratings = fit.ratings
        self.problem = FacetLikelihood(ratings, fit.nodes)
        x = _parameters(fit, self.problem)
        self.log_z, self.p, self.mean = self.problem.curves(x)
        k = np.arange(1, self.p.shape[2] + 1, dtype=float)
        self.variance = np.einsum("cikq,k->ciq", self.p, k**2) - self.mean**2
        self.posterior = fit.posterior
        self.mass = self.problem.mass(fit.posterior.astype(np.float64))
        self.there = ratings.scores >= 0
        self.marks = np.where(self.there, ratings.scores, 0).astype(np.float64)

    def per_row(self, table: Floats) -> Floats:
        """Posterior mean of table[cell] (C, Q) for every row."""
        ratings = self.problem.ratings
        out = np.empty(ratings.person.size)
        for begin in range(0, out.size, 8192):
            rows = slice(begin, begin + 8192)
            out[rows] = np.einsum(
                "rq,rq->r", self.posterior[ratings.person[rows]], table[self.problem.cell[rows]]
            )
        return out


def _parameters(fit: FacetFit, problem: FacetLikelihood) -> Floats:
    """The full parameter vector of a fit."""
    d = -np.cumsum(np.nan_to_num(fit.steps), axis=1)
    used = problem.used_steps.reshape(d.shape)
    return np.concatenate(
        [np.where(used, d, 0.0).ravel(), fit.severity + fit.offset, fit.station, [-0.5 / fit.sd**2]]
    )


def habits(fit: FacetFit) -> Habits:
    """Statistics of every assessor of a fit."""
    e = _Expectations(fit)
    ratings, assessors = fit.ratings, len(fit.ratings.assessors)
    rows = np.bincount(ratings.assessor, minlength=assessors)

    def ratio(seen: Floats, expected: Floats) -> Ratio:
        total = np.bincount(ratings.assessor, expected, assessors)
        gap = np.bincount(ratings.assessor, seen - expected, assessors)
        noise = np.bincount(ratings.assessor, (seen - expected) ** 2, assessors)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Ratio(1 + gap / total, gap / np.sqrt(noise))

    # infit: sum (x - E)^2 against sum V, both averaged over the posterior
    by_mark = e.per_row((e.mean**2).sum(axis=1))
    cross = np.zeros(ratings.person.size)
    for i in range(len(ratings.criteria)):
        cross += e.marks[:, i] * e.per_row(e.mean[:, i])
    square = (e.marks**2).sum(axis=1) - 2 * cross + by_mark
    infit = ratio(square, e.per_row(e.variance.sum(axis=1)))

    # halo: spread over the criteria of one row, less what the criteria's own difficulties make
    count = e.problem.cell_pattern.sum(axis=1).astype(float)
    middle = e.mean.sum(axis=1) / count[:, None]
    about = np.where(e.problem.cell_pattern[:, :, None], e.mean - middle[:, None], 0.0)
    expected = e.variance.sum(axis=1) * (1 - 1 / count)[:, None] + (about**2).sum(axis=1)
    row_count = e.there.sum(axis=1)
    row_mean = e.marks.sum(axis=1) / row_count
    within = (np.where(e.there, e.marks - row_mean[:, None], 0.0) ** 2).sum(axis=1)
    halo = ratio(within, e.per_row(expected))

    # spread about the assessor's expected mean of each criterion
    cell = e.problem.cell
    centre = np.stack(
        [
            np.bincount(e.problem.cell_rater, np.einsum("cq,cq->c", e.mass, e.mean[:, i]), assessors)
            for i in range(len(ratings.criteria))
        ],
        axis=1,
    )
    shown = np.stack(
        [
            np.bincount(e.problem.cell_rater, e.mass.sum(axis=1) * e.problem.cell_pattern[:, i], assessors)
            for i in range(len(ratings.criteria))
        ],
        axis=1,
    )
    middle_mark: Floats = centre / np.maximum(shown, 1e-300)
    apart = np.where(e.there, e.marks - middle_mark[ratings.assessor], 0.0)
    cell_centre = middle_mark[e.problem.cell_rater][:, :, None] * e.problem.cell_pattern[:, :, None]
    expected = (e.variance + (e.mean - cell_centre) ** 2).sum(axis=1)
    spread = ratio((apart**2).sum(axis=1), e.per_row(expected))

    # extreme categories
    top = e.problem.top
    index = np.arange(top.size)
    outer = e.p[:, index, top - 1] + np.where(e.problem.cell_pattern[:, :, None], 1 - e.p.sum(axis=2), 0.0)
    seen = ((ratings.scores == 0) | (ratings.scores == top)).sum(axis=1).astype(float)
    extremes = ratio(seen, e.per_row(outer.sum(axis=1)))

    marks = np.bincount(ratings.assessor, e.there.sum(axis=1), assessors)
    fair_rows = _fair_rows(fit, e)[0]
    return Habits(
        rows=rows.astype(np.intp),
        infit=infit,
        halo=halo,
        spread=spread,
        extremes=extremes,
        mean_mark=np.bincount(ratings.assessor, e.marks.sum(axis=1), assessors) / marks,
        fair_mark=np.bincount(ratings.assessor, fair_rows, assessors) / marks,
        drift=None if ratings.period is None else _drift(fit, e, cell),
    )


def _fair_rows(fit: FacetFit, e: _Expectations) -> tuple[Floats, Floats]:
    """Per row: expected total of marks at severity 0 of its set (and average station), and its square."""
    x = _parameters(fit, e.problem)
    items = e.problem.criteria * e.problem.most
    x[items : items + e.problem.raters] = fit.offset
    x[items + e.problem.raters : -1] = 0.0
    _, _, mean = e.problem.curves(x)
    total = mean.sum(axis=1)
    return e.per_row(total), e.per_row(total**2)


def fair_scores(fit: FacetFit) -> FairScores:
    """Candidates' totals as given and as average assessors would mark (Linacre 1989, fair average).

    Never used to change a mark by itself: a fair total on the other side of the cut asks for a third
    assessor. `se` is the posterior deviation of the expected total.
    """
    e = _Expectations(fit)
    fair, square = _fair_rows(fit, e)
    person, people = fit.ratings.person, len(fit.ratings.persons)
    variance = np.maximum(square - fair**2, 0)
    # rows of one candidate share theta: their deviations add
    return FairScores(
        given=_summed(person, e.marks.sum(axis=1), people),
        fair=_summed(person, fair, people),
        se=_summed(person, np.sqrt(variance), people),
    )


def _drift(fit: FacetFit, e: _Expectations, cell: Ints) -> Drift:
    """One Newton step of a severity of its own for each (assessor, period), everything else held."""
    ratings = fit.ratings
    assert ratings.period is not None
    assessors, periods = len(ratings.assessors), int(ratings.period.max()) + 1
    total = e.mean.sum(axis=1)
    expected = e.per_row(total)
    # a mark below expectation is severe; the posterior's own variance is lost information
    slope = expected - e.marks.sum(axis=1)
    information = np.maximum(e.per_row(e.variance.sum(axis=1)) - (e.per_row(total**2) - expected**2), 1e-9)
    key = ratings.assessor * periods + ratings.period
    size = assessors * periods
    rise = np.bincount(key, slope, size).reshape(assessors, periods)
    weight = np.bincount(key, information, size).reshape(assessors, periods)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(weight > 0, rise / weight, np.nan)
        se = np.where(weight > 0, 1 / np.sqrt(weight), np.nan)
    mean = np.nansum(shift * weight, axis=1) / weight.sum(axis=1)
    away = shift - mean[:, None]
    present = weight > 0
    chi_square = np.where(present, away**2 * weight, 0.0).sum(axis=1)
    return Drift(away, se, chi_square, (present.sum(axis=1) - 1).astype(np.intp))


def _summed(index: Ints, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(index, values, size), dtype=np.float64)


def robust_z(values: Floats, transform: Callable[[Floats], Floats] = np.log) -> Floats:
    """Distance of each assessor from the middle of all, in units of the interquartile range / 1.349."""
    y = transform(np.maximum(values, 1e-9))
    low, middle, high = np.nanquantile(y, [0.25, 0.5, 0.75])
    scale = max(float(high - low) / 1.349, 1e-9)
    return np.asarray((y - middle) / scale)

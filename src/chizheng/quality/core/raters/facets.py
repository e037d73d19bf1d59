"""Many-facet Rasch model of practical marks by marginal maximum likelihood.

    ln P(k) / P(k-1) = theta_n - delta_i - tau_ik - rho_r - gamma_s     (Linacre 1989)

candidate n ~ N(0, sigma^2), criterion i with steps, assessor r (sum of severities 0), station s
(sum 0, only where assessors cross between stations). Marginal rather than joint estimation, because the
joint one stretches severities by about L / (L - 1) for L marks a candidate.

`facet_likelihood` holds the likelihood, `facet_ascent` the way up; here are the estimates and what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.raters.design import MISSING, Ints, Ratings, assessor_sets, check_stations
from chizheng.quality.core.raters.facet_ascent import DENSE, FLATTEST, climb
from chizheng.quality.core.raters.facet_likelihood import FacetLikelihood, Point
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]

_LEAST_ROWS = 20


@dataclass(frozen=True, slots=True)
class FacetFit:
    """Fitted facets.

    `steps` (criteria, K) step difficulties delta_i + tau_ik (NaN above a criterion's top mark); `severity`
    (assessors,) in logits, positive = severe, mean 0 within each linked set; `sets` (assessors,) the set;
    `station` (stations,) likewise. `sd` of the candidates. `theta`, `theta_se` (persons,) posterior mean
    and deviation on the scale of the whole fit; `offset` (assessors,) the mean taken off the set.
    `exact_errors`: False where the errors ignore covariances between assessors (very many assessors).
    `bounded`: the marks hardly contradict each other, so that the spread of the candidates has no finite estimate; it is
    held at the widest one (then without an error).
    """

    ratings: Ratings
    steps: Floats
    se_steps: Floats
    severity: Floats
    se_severity: Floats
    sets: Ints
    offset: Floats
    station: Floats
    se_station: Floats
    sd: float
    se_sd: float
    theta: Floats
    theta_se: Floats
    log_likelihood: float
    iterations: int
    converged: bool
    exact_errors: bool
    bounded: bool
    nodes: Floats
    posterior: NDArray[np.float32]

    @property
    def deviance(self) -> float:
        return -2 * self.log_likelihood

    @property
    def difficulty(self) -> Floats:
        """Mean step of each criterion."""
        return np.asarray(np.nanmean(self.steps, axis=1))

    @property
    def reliability(self) -> float:
        """EAP reliability of the candidates' measures: Var(theta_hat) / (Var(theta_hat) + mean error^2)."""
        spread = float(np.var(self.theta))
        return spread / (spread + float(np.mean(self.theta_se**2)))

    def compare(self, first: str, second: str) -> tuple[float, float]:
        """Difference of two severities and its error; refused across unlinked sets."""
        a, b = (self.ratings.assessors.index(n) for n in (first, second))
        if self.sets[a] != self.sets[b]:
            refuse("disconnected", what="assessors / 考评员", parts=int(self.sets.max()) + 1, example=second)
        return (
            float(self.severity[a] - self.severity[b]),
            float(np.hypot(self.se_severity[a], self.se_severity[b])),
        )


def fit_facets(
    ratings: Ratings,
    *,
    nodes: int = 61,
    limit: float | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 200,
) -> FacetFit:
    """Estimate the model. `limit` of the quadrature grows with the candidates' spread when None."""
    _check(ratings)
    check_stations(ratings)
    reach = 6.0 if limit is None else limit
    problem = FacetLikelihood(ratings, np.linspace(-reach, reach, nodes))
    first = climb(problem, problem.start(), 0.02, max_iterations)
    wanted = 6.0 * float(np.sqrt(-0.5 / first.x[-1]))
    if limit is None and wanted > reach:
        problem = FacetLikelihood(
            ratings, np.linspace(-wanted, wanted, nodes + 2 * int((wanted - reach) * 5))
        )
    state = climb(problem, first.x, tolerance, max_iterations, near=True)
    state.iterations += first.iterations
    return _result(problem, state)


def _check(ratings: Ratings) -> None:
    if ratings.scores.shape[0] < _LEAST_ROWS:
        refuse("too_few_persons", found=ratings.scores.shape[0], least=_LEAST_ROWS)
    if int(ratings.scores.min()) < MISSING:
        row, column = np.argwhere(ratings.scores < MISSING)[0]
        fault(
            "score_value", row=int(row) + 1, column=ratings.criteria[int(column)],
            value=int(ratings.scores[row, column]),
        )  # fmt: skip
    for i, name in enumerate(ratings.criteria):
        column = ratings.scores[:, i]
        if np.unique(column[column >= 0]).size < 2:
            refuse("no_variance", what=name)
    if len(ratings.assessors) < 2:
        refuse("no_variance", what="assessor / 考评员")


def _result(problem: FacetLikelihood, state: Point) -> FacetFit:
    ratings = problem.ratings
    items = problem.criteria * problem.most
    log_z, _, _ = problem.curves(state.x)
    posterior, _ = problem.posterior(state.x, log_z)
    theta = posterior @ problem.nodes
    theta_se = np.sqrt(np.maximum(posterior @ problem.nodes**2 - theta**2, 0))
    bounded = bool(state.x[-1] >= FLATTEST * (1 + 1e-9))
    covariance, exact = _covariance(problem, state.x, bounded)
    d = np.concatenate(
        [np.zeros((problem.criteria, 1)), state.x[:items].reshape(problem.criteria, problem.most)], axis=1
    )
    used = problem.used_steps.reshape(problem.criteria, problem.most)
    steps = np.where(used, -(d[:, 1:] - d[:, :-1]), np.nan)
    variance = np.full_like(steps, np.nan)
    for i, k in np.argwhere(used):
        at = i * problem.most + k
        variance[i, k] = covariance[at, at]
        if k:
            variance[i, k] += covariance[at - 1, at - 1] - 2 * covariance[at, at - 1]
    sets = assessor_sets(ratings)
    raw = state.x[items : items + problem.raters]
    size = np.bincount(sets)
    offset = (np.bincount(sets, raw) / size)[sets]
    block = covariance[items : items + problem.raters, items : items + problem.raters]
    centred = block if size.size == 1 else _centred(block, sets, size)
    sd = float(np.sqrt(-0.5 / state.x[-1]))
    return FacetFit(
        ratings=ratings,
        steps=steps,
        se_steps=_root(variance),
        severity=raw - offset,
        se_severity=_root(np.diag(centred)),
        sets=sets,
        offset=offset,
        station=state.x[items + problem.raters : -1].copy(),
        se_station=_root(np.diag(covariance)[items + problem.raters : -1]),
        sd=sd,
        se_sd=float("nan") if bounded else float(_root(covariance[-1:, -1])[0]) * sd**3,
        theta=theta,
        theta_se=theta_se,
        log_likelihood=state.value,
        iterations=state.iterations,
        converged=state.converged,
        exact_errors=exact,
        bounded=bounded,
        nodes=problem.nodes,
        posterior=posterior.astype(np.float32),
    )


def _covariance(problem: FacetLikelihood, x: Floats, bounded: bool) -> tuple[Floats, bool]:
    expand = problem.expand[:, :-1] if bounded else problem.expand
    if expand.shape[1] <= DENSE:
        matrix = expand.T @ problem.information(x) @ expand
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return np.full((problem.size, problem.size), np.nan), False
        return np.asarray(expand @ np.linalg.inv(matrix) @ expand.T), True
    _, diagonal = problem.evaluate(x)
    return np.diag(1 / (diagonal + 1e-9)), False


def _root(variance: Floats) -> Floats:
    """Standard errors; where rounding leaves no positive variance there is no error to give."""
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _centred(block: Floats, sets: Ints, size: Ints) -> Floats:
    """Covariance of severities less the mean of their own set."""
    project = np.eye(sets.size) - (sets[:, None] == sets) / size[sets][None]
    return np.asarray(project @ block @ project.T)

"""Many-facet Rasch model of practical marks by marginal maximum likelihood.

    ln P(k) / P(k-1) = theta_n - delta_i - tau_ik - rho_r - gamma_s     (Linacre 1989)

candidate n ~ N(0, sigma^2), criterion i with steps, assessor r (sum of severities 0), station s
(sum 0, only where assessors cross between stations). Marginal rather than joint estimation, because the
joint one stretches severities by about L / (L - 1) for L marks a candidate.

A candidate's posterior needs only the total mark and who marked: theta T_n - sum over rows of
log Z(theta - rho - gamma). The curves are tabulated per cell (assessor, station, criteria marked), so
memory grows with candidates x nodes and cells x nodes, never with a design matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.raters.design import MISSING, Ints, Ratings, assessor_sets, check_stations
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]

_PERSONS = 512  # candidates handled together in the information
_DENSE = 3000  # severities whose full information matrix is still solved at once
_NEAR = 0.1  # a step this short, or so many steps, and Newton takes over
_FIRST = 12
_KEEP = 0.4
_LEAST_ROWS = 20


@dataclass(frozen=True, slots=True)
class FacetFit:
    """Fitted facets.

    `steps` (criteria, K) step difficulties delta_i + tau_ik (NaN above a criterion's top mark); `severity`
    (assessors,) in logits, positive = severe, mean 0 within each linked set; `sets` (assessors,) the set;
    `station` (stations,) likewise. `sd` of the candidates. `theta`, `theta_se` (persons,) posterior mean
    and deviation on the scale of the whole fit; `offset` (assessors,) the mean taken off the set.
    `exact_errors`: False where the errors ignore covariances between assessors (very many assessors).
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
    problem = _Problem(ratings, np.linspace(-reach, reach, nodes))
    first = problem.climb(problem.start(), 0.02, max_iterations)
    wanted = 6.0 * float(np.sqrt(-0.5 / first.x[-1]))
    if limit is None and wanted > reach:
        problem = _Problem(ratings, np.linspace(-wanted, wanted, nodes + 2 * int((wanted - reach) * 5)))
    state = problem.climb(first.x, tolerance, max_iterations, near=True)
    state.iterations += first.iterations
    return problem.result(state)


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


@dataclass(slots=True)
class _State:
    x: Floats
    value: float
    gradient: Floats
    iterations: int = 0
    converged: bool = False


class _Problem:
    """The likelihood of one set of ratings on one set of nodes.

    Full parameter vector: d (I * K), rho (R), gamma (S), eta = -1 / (2 sigma^2). Free vector: the same
    with the last severity (station) minus the sum of the others; `_expand` is that linear map.
    """

    def __init__(self, ratings: Ratings, nodes: Floats) -> None:
        self.ratings = ratings
        self.nodes = nodes
        scores = ratings.scores
        self.there = scores >= 0
        self.top = scores.max(axis=0).astype(np.intp)
        self.criteria, self.most = scores.shape[1], int(self.top.max())
        self.raters, self.places = len(ratings.assessors), len(ratings.stations)
        marks = np.where(self.there, scores, 0).sum(axis=1).astype(np.float64)
        people = len(ratings.persons)
        self.total = np.bincount(ratings.person, marks, people)
        pattern_codes, pattern = np.unique(self.there, axis=0, return_inverse=True)
        self.patterns = pattern_codes
        station = np.zeros(len(marks), dtype=np.intp) if ratings.station is None else ratings.station
        key = (ratings.assessor * max(self.places, 1) + station) * len(pattern_codes) + pattern.reshape(-1)
        used, cell = np.unique(key, return_inverse=True)
        self.cell = cell.reshape(-1).astype(np.intp)
        self.cell_pattern = pattern_codes[used % len(pattern_codes)]
        self.cell_station = (used // len(pattern_codes)) % max(self.places, 1)
        self.cell_rater = used // len(pattern_codes) // max(self.places, 1)
        # rows in the order of persons, for sums over each
        self.by_person = np.argsort(ratings.person, kind="stable")
        self.person_starts = np.searchsorted(ratings.person[self.by_person], np.arange(people + 1))
        self.rater_marks = np.bincount(ratings.assessor, marks, self.raters)
        self.station_marks = np.bincount(station, marks, max(self.places, 1))[: self.places]
        self.counts = np.stack([(scores == k).sum(axis=0) for k in range(self.most + 1)], axis=1).astype(
            float
        )
        self.size = self.criteria * self.most + self.raters + self.places + 1
        self.used_steps = (np.arange(1, self.most + 1) <= self.top[:, None]).ravel()
        self.expand = self._expander()

    def _expander(self) -> Floats:
        """Columns of the map from free to full parameters."""
        items = self.criteria * self.most
        blocks = [(np.arange(items)[self.used_steps], 0)]
        columns = [np.eye(self.size)[:, blocks[0][0]]]
        for first, count in ((items, self.raters), (items + self.raters, self.places)):
            if count:
                part = np.zeros((self.size, count - 1))
                part[first : first + count - 1] = np.eye(count - 1)
                part[first + count - 1] = -1.0
                columns.append(part)
        last = np.zeros((self.size, 1))
        last[-1] = 1.0
        return np.concatenate([*columns, last], axis=1)

    def start(self) -> Floats:
        x = np.zeros(self.size)
        counts = self.counts + 0.5
        d = np.log(counts[:, 1:]) - np.log(counts[:, :1])
        k = np.arange(1, self.most + 1)
        d -= 0.5 * k * (self.top[:, None] - k)
        x[: d.size] = np.where(self.used_steps, d.ravel(), 0.0)
        x[-1] = -0.5
        return x

    def curves(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Per cell: log normaliser (C, Q), category probabilities (C, I, K, Q), expected marks (C, I, Q)."""
        d = x[: self.criteria * self.most].reshape(self.criteria, self.most)
        shift = x[self.criteria * self.most :][self.cell_rater]
        if self.places:
            shift = shift + x[self.criteria * self.most + self.raters :][self.cell_station]
        k = np.arange(1, self.most + 1, dtype=float)
        at = self.nodes - shift[:, None]
        # P(k) without a slope depends on theta - shift alone: powers of one exponential
        z = d[None, :, :, None] + k[None, None, :, None] * at[:, None, None, :]
        z = np.where((k <= self.top[:, None])[None, :, :, None], z, -np.inf)
        peak = np.maximum(z.max(axis=2), 0.0)
        z -= peak[:, :, None]
        np.exp(z, out=z)
        norm = np.exp(-peak) + z.sum(axis=2)
        z /= norm[:, :, None]
        z *= self.cell_pattern[:, :, None, None]
        log_z = ((peak + np.log(norm)) * self.cell_pattern[:, :, None]).sum(axis=1)
        return log_z, z, np.einsum("k,cikq->ciq", k, z)

    def posterior(self, x: Floats, log_z: Floats) -> tuple[Floats, float]:
        """Posterior of each candidate (N, Q) and the sum of log marginals."""
        z = _sum_rows(log_z, self.cell[self.by_person], self.person_starts[:-1])
        np.subtract(self.total[:, None] * self.nodes, z, out=z)
        prior = x[-1] * self.nodes**2
        prior -= np.log(np.exp(prior - prior.max()).sum()) + prior.max()
        z += prior
        # theta T - rho-part of T: severities enter the marks too, constant in theta
        peak = z.max(axis=1)
        z -= peak[:, None]
        np.exp(z, out=z)
        total = z.sum(axis=1)
        z /= total[:, None]
        return z, float(peak.sum() + np.log(total).sum())

    def _mass(self, posterior: Floats) -> Floats:
        """Expected candidates of each cell on the nodes, (C, Q)."""
        columns = np.ascontiguousarray(posterior.T)
        person, cells = self.ratings.person, self.cell_pattern.shape[0]
        return np.stack([np.bincount(self.cell, column[person], cells) for column in columns], axis=1)

    def evaluate(self, x: Floats) -> tuple[_State, Floats]:
        """Value, gradient over the full parameters, and the complete information's diagonal."""
        log_z, p, mean = self.curves(x)
        posterior, value = self.posterior(x, log_z)
        items = self.criteria * self.most
        value += float(np.vdot(self.counts[:, 1:].ravel(), x[:items]))
        value -= float(self.rater_marks @ x[items : items + self.raters])
        value -= float(self.station_marks @ x[items + self.raters : -1])
        mass = self._mass(posterior)
        expected = np.einsum("cq,cikq->ik", mass, p)
        marks = np.einsum("cq,ciq->c", mass, mean)
        k2 = np.arange(1, self.most + 1, dtype=float) ** 2
        spread = np.einsum("cq,k,cikq->c", mass, k2, p, optimize=True) - np.einsum("cq,ciq->c", mass, mean**2)
        gradient = np.zeros(self.size)
        diagonal = np.zeros(self.size)
        gradient[:items] = (self.counts[:, 1:] - expected).ravel()
        diagonal[:items] = (expected - np.einsum("cq,cikq->ik", mass, p**2)).ravel()
        rho = slice(items, items + self.raters)
        gradient[rho] = np.bincount(self.cell_rater, marks, self.raters) - self.rater_marks
        diagonal[rho] = np.bincount(self.cell_rater, spread, self.raters)
        if self.places:
            gamma = slice(items + self.raters, -1)
            gradient[gamma] = np.bincount(self.cell_station, marks, self.places) - self.station_marks
            diagonal[gamma] = np.bincount(self.cell_station, spread, self.places)
        square = self.nodes**2
        prior = np.exp(x[-1] * (square - square.min()))
        prior /= prior.sum()
        people = posterior.shape[0]
        gradient[-1] = float(posterior.sum(axis=0) @ square) - people * float(prior @ square)
        diagonal[-1] = people * (float(prior @ square**2) - float(prior @ square) ** 2)
        return _State(x, value, gradient), diagonal

    def information(self, x: Floats) -> Floats:
        """Observed information over the full parameters (Louis 1982)."""
        log_z, p, mean = self.curves(x)
        posterior, _ = self.posterior(x, log_z)
        items = self.criteria * self.most
        out = self._complete(x, posterior, p, mean)
        marks = mean.sum(axis=1)  # (C, Q)
        flat = p.reshape(p.shape[0], items, -1).transpose(0, 2, 1)  # (C, Q, I * K)
        square = self.nodes**2
        facets = [(items, self.cell_rater)]
        if self.places:
            facets.append((items + self.raters, self.cell_station))
        for rows, starts, people in self._person_blocks():
            cell = self.cell[rows]
            weight = posterior[people]
            owner = np.repeat(np.arange(people.stop - people.start), np.diff(np.append(starts, rows.size)))
            own = np.empty((weight.shape[0], self.nodes.size, items + 1))
            np.negative(_sum_rows(flat, cell, starts), out=own[:, :, :items])
            own[:, :, items] = square
            own -= np.einsum("nq,nqm->nm", weight, own)[:, None]
            of_row = marks[cell]
            of_row = of_row - np.einsum("rq,rq->r", weight[owner], of_row)[:, None]
            weighted = weight[owner] * of_row
            with_items = np.matmul(weighted[:, None, :], own[owner])[:, 0]  # (rows, IK + 1)
            own *= np.sqrt(weight)[:, :, None]
            whole = own.reshape(-1, items + 1)
            square_part = whole.T @ whole
            index = np.append(np.arange(items), self.size - 1)
            out[np.ix_(index, index)] -= square_part
            one, two = _pairs(starts, rows.size)
            paired = np.einsum("pq,pq->p", weighted[one], of_row[two])
            for first, level in facets:
                at = first + level[cell]
                cross = np.zeros((self.size, items + 1))
                np.add.at(cross, at, with_items)
                out[:, index] -= cross
                out[index] -= cross.T
                for second, other in facets:
                    np.subtract.at(out, (at[one], second + other[cell][two]), paired)
        return out

    def _complete(self, x: Floats, posterior: Floats, p: Floats, mean: Floats) -> Floats:
        items = self.criteria * self.most
        out = np.zeros((self.size, self.size))
        mass = self._mass(posterior)
        k = np.arange(1, self.most + 1, dtype=float)
        weighted = p * mass[:, None, None]
        for i in range(self.criteria):
            at = slice(i * self.most, (i + 1) * self.most)
            out[at, at] = np.diag(weighted[:, i].sum(axis=(0, 2))) - np.tensordot(
                weighted[:, i], p[:, i], axes=([0, 2], [0, 2])
            )
        lean = -(weighted * (k[:, None] - mean[:, :, None])).sum(axis=3).reshape(-1, items)  # (C, IK)
        spread = np.einsum("cikq,k->c", weighted, k**2) - np.einsum("cq,ciq->c", mass, mean**2)
        facets = [(items, self.cell_rater)]
        if self.places:
            facets.append((items + self.raters, self.cell_station))
        for first, level in facets:
            np.add.at(out[:, :items], first + level, lean)
            for second, other in facets:
                np.add.at(out, (first + level, second + other), spread)
        out[:items, items:-1] = out[items:-1, :items].T
        square = self.nodes**2
        prior = np.exp(x[-1] * (square - square.min()))
        prior /= prior.sum()
        out[-1, -1] = posterior.shape[0] * (float(prior @ square**2) - float(prior @ square) ** 2)
        return out

    def _person_blocks(self) -> Iterator[tuple[Ints, Ints, slice]]:
        people = len(self.ratings.persons)
        for begin in range(0, people, _PERSONS):
            end = min(begin + _PERSONS, people)
            first, last = self.person_starts[begin], self.person_starts[end]
            yield self.by_person[first:last], self.person_starts[begin:end] - first, slice(begin, end)

    def climb(self, x: Floats, tolerance: float, limit: int, near: bool = False) -> _State:
        """Newton with the observed information kept and corrected by L-BFGS; see calibration.climb."""
        state, diagonal = self.evaluate(x)
        dense = self.expand.shape[1] <= _DENSE
        moves: list[tuple[Floats, Floats]] = []
        inverse: Floats | None = None
        last = np.inf
        near = near and dense
        for iteration in range(1, limit + 1):
            if inverse is None or (not near and len(moves) > 30):
                moves, inverse = [], self._inverse(state.x, diagonal, near)
            step = self.expand @ _two_loop(inverse, moves, self.expand.T @ state.gradient)
            longest = float(np.abs(step[:-1]).max())
            step *= min(1.0, 1.0 / longest)
            if step[-1] > -0.5 * state.x[-1]:
                step *= -0.5 * state.x[-1] / step[-1]
            for _ in range(8):
                after, diagonal = self.evaluate(state.x + step)
                if after.value >= state.value - 1e-12 * abs(state.value):
                    break
                step = step / 2
            else:
                if moves:
                    inverse = None
                    continue
                state.iterations, state.converged = iteration, longest < 1e3 * tolerance
                return state
            change = after.x - state.x
            size = float(np.abs(change).max())
            free_move = self._reduce(change)
            free_fall = self.expand.T @ (state.gradient - after.gradient)
            if float(free_move @ free_fall) > 0:
                moves.append((free_move, free_fall))
            state = after
            if size < tolerance:
                state.iterations, state.converged = iteration, True
                return state
            if dense and not near and (size < _NEAR or iteration >= _FIRST):
                near, inverse, size = True, None, np.inf
            elif near and size > _KEEP * last:
                inverse = None
            last = size
        state.iterations = limit
        return state

    def _reduce(self, change: Floats) -> Floats:
        """The free part of a full change (the inverse of `expand` on its image)."""
        items = self.criteria * self.most
        parts = [change[:items][self.used_steps], change[items : items + self.raters - 1]]
        if self.places:
            parts.append(change[items + self.raters : items + self.raters + self.places - 1])
        return np.concatenate([*parts, change[-1:]])

    def _inverse(self, x: Floats, diagonal: Floats, newton: bool) -> Floats:
        """Inverse information in the free parameters: full, or the complete-data diagonal (as a vector)."""
        if newton:
            matrix = self.expand.T @ self.information(x) @ self.expand
            try:
                np.linalg.cholesky(matrix)
                return np.asarray(np.linalg.inv(matrix))
            except np.linalg.LinAlgError:
                pass
        return 1 / (self._reduce(diagonal) + 1e-9)

    def result(self, state: _State) -> FacetFit:
        ratings = self.ratings
        items = self.criteria * self.most
        log_z, _, _ = self.curves(state.x)
        posterior, _ = self.posterior(state.x, log_z)
        theta = posterior @ self.nodes
        theta_se = np.sqrt(np.maximum(posterior @ self.nodes**2 - theta**2, 0))
        covariance, exact = self._covariance(state.x)
        d = np.concatenate(
            [np.zeros((self.criteria, 1)), state.x[:items].reshape(self.criteria, self.most)], axis=1
        )
        used = self.used_steps.reshape(self.criteria, self.most)
        steps = np.where(used, -(d[:, 1:] - d[:, :-1]), np.nan)
        variance = np.full_like(steps, np.nan)
        for i, k in np.argwhere(used):
            at = i * self.most + k
            variance[i, k] = covariance[at, at]
            if k:
                variance[i, k] += covariance[at - 1, at - 1] - 2 * covariance[at, at - 1]
        sets = assessor_sets(ratings)
        raw = state.x[items : items + self.raters]
        size = np.bincount(sets)
        offset = (np.bincount(sets, raw) / size)[sets]
        block = covariance[items : items + self.raters, items : items + self.raters]
        centred = block if size.size == 1 else _centred(block, sets, size)
        sd = float(np.sqrt(-0.5 / state.x[-1]))
        return FacetFit(
            ratings=ratings,
            steps=steps,
            se_steps=np.sqrt(variance),
            severity=raw - offset,
            se_severity=np.sqrt(np.maximum(np.diag(centred), 0)),
            sets=sets,
            offset=offset,
            station=state.x[items + self.raters : -1].copy(),
            se_station=np.sqrt(np.maximum(np.diag(covariance)[items + self.raters : -1], 0)),
            sd=sd,
            se_sd=float(np.sqrt(covariance[-1, -1])) * sd**3,
            theta=theta,
            theta_se=theta_se,
            log_likelihood=state.value,
            iterations=state.iterations,
            converged=state.converged,
            exact_errors=exact,
            nodes=self.nodes,
            posterior=posterior.astype(np.float32),
        )

    def _covariance(self, x: Floats) -> tuple[Floats, bool]:
        if self.expand.shape[1] <= _DENSE:
            matrix = self.expand.T @ self.information(x) @ self.expand
            try:
                np.linalg.cholesky(matrix)
            except np.linalg.LinAlgError:
                return np.full((self.size, self.size), np.nan), False
            return np.asarray(self.expand @ np.linalg.inv(matrix) @ self.expand.T), True
        _, diagonal = self.evaluate(x)
        return np.diag(1 / (diagonal + 1e-9)), False


def _centred(block: Floats, sets: Ints, size: Ints) -> Floats:
    """Covariance of severities less the mean of their own set."""
    project = np.eye(sets.size) - (sets[:, None] == sets) / size[sets][None]
    return np.asarray(project @ block @ project.T)


def _pairs(starts: Ints, rows: int) -> tuple[Ints, Ints]:
    """All ordered pairs of rows of the same person, itself included."""
    counts = np.diff(np.append(starts, rows))
    repeats = counts[np.repeat(np.arange(counts.size), counts)]
    one = np.repeat(np.arange(rows), repeats)
    ends = np.cumsum(repeats)
    inner = np.arange(int(ends[-1])) - np.repeat(ends - repeats, repeats)
    return one, np.repeat(np.repeat(starts, counts), repeats) + inner


def _sum_rows(table: Floats, cell: Ints, starts: Ints) -> Floats:
    """Sum of table[cell] over each person's rows; persons have few rows, so row by row is fastest."""
    counts = np.diff(np.append(starts, cell.size))
    out: Floats = table[cell[starts]]
    for nth in range(1, int(counts.max())):
        more = np.flatnonzero(counts > nth)
        if more.size == counts.size:
            out += table[cell[starts + nth]]
        else:
            out[more] += table[cell[starts[more] + nth]]
    return out


def _two_loop(inverse: Floats, moves: list[tuple[Floats, Floats]], gradient: Floats) -> Floats:
    """L-BFGS direction from an initial inverse matrix (or its diagonal)."""
    ascent = gradient
    factors = []
    for move, fall in reversed(moves):
        factor = float(move @ ascent) / float(move @ fall)
        ascent = ascent - factor * fall
        factors.append(factor)
    ascent = inverse @ ascent if inverse.ndim == 2 else inverse * ascent
    for (move, fall), factor in zip(moves, reversed(factors), strict=True):
        ascent = ascent + (factor - float(fall @ ascent) / float(move @ fall)) * move
    return ascent

"""The marginal likelihood of many-facet ratings: value, gradient, information, on a grid of nodes.

A candidate's posterior needs only the total mark and who marked: theta T_n - sum over rows of
log Z(theta - rho - gamma). The curves are tabulated per cell (assessor, station, criteria marked), so
memory grows with candidates x nodes and cells x nodes, never with a design matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.raters.design import Ints, Ratings

Floats = NDArray[np.float64]

_PERSONS = 512  # candidates handled together in the information


@dataclass(slots=True)
class Point:
    """A place on the likelihood: full parameters, log-likelihood, gradient."""

    x: Floats
    value: float
    gradient: Floats
    iterations: int = 0
    converged: bool = False


class FacetLikelihood:
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

    def mass(self, posterior: Floats) -> Floats:
        """Expected candidates of each cell on the nodes, (C, Q)."""
        columns = np.ascontiguousarray(posterior.T)
        person, cells = self.ratings.person, self.cell_pattern.shape[0]
        return np.stack([np.bincount(self.cell, column[person], cells) for column in columns], axis=1)

    def evaluate(self, x: Floats) -> tuple[Point, Floats]:
        """Value, gradient over the full parameters, and the complete information's diagonal."""
        log_z, p, mean = self.curves(x)
        posterior, value = self.posterior(x, log_z)
        items = self.criteria * self.most
        value += float(np.vdot(self.counts[:, 1:].ravel(), x[:items]))
        value -= float(self.rater_marks @ x[items : items + self.raters])
        value -= float(self.station_marks @ x[items + self.raters : -1])
        mass = self.mass(posterior)
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
        return Point(x, value, gradient), diagonal

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
        mass = self.mass(posterior)
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

    def reduce(self, change: Floats) -> Floats:
        """The free part of a full change (the inverse of `expand` on its image)."""
        items = self.criteria * self.most
        parts = [change[:items][self.used_steps], change[items : items + self.raters - 1]]
        if self.places:
            parts.append(change[items + self.raters : items + self.raters + self.places - 1])
        return np.concatenate([*parts, change[-1:]])


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

"""Ability of candidates from calibrated items: EAP, WLE and ML, each with its error.

eap  E[theta | x] over a normal prior (Bock & Mislevy 1982); exists for every candidate
wle  weighted likelihood (Warm 1989), nearly unbiased; exists for every candidate
ml   maximum likelihood; infinite for a candidate with everything right or everything wrong
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.calibration.types import Calibration, Item
from chizheng.quality.core.refusals import fault

Floats = NDArray[np.float64]

_ROWS = 4096
_FARTHEST = 12.0


@dataclass(frozen=True, slots=True)
class Abilities:
    """`theta` and `se` per person; `answered` items each; NaN theta where nothing was answered."""

    theta: Floats
    se: Floats
    answered: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ItemBank:
    """Items as arrays: slopes (J,), intercepts d_1..d_K padded with -inf (J, K), guessing (J,), top (J,)."""

    names: tuple[str, ...]
    slope: Floats
    intercepts: Floats
    guessing: Floats
    top: NDArray[np.intp]

    @classmethod
    def of(cls, items: Sequence[Item]) -> ItemBank:
        most = max(len(i.steps) for i in items)
        intercepts = np.full((len(items), most), -np.inf)
        for j, item in enumerate(items):
            intercepts[j, : len(item.steps)] = item.intercepts
        return cls(
            tuple(i.name for i in items),
            np.array([i.slope for i in items]),
            intercepts,
            np.array([i.guessing for i in items]),
            np.array([len(i.steps) for i in items], dtype=np.intp),
        )

    @classmethod
    def logistic(cls, slope: Floats, difficulty: Floats, guessing: Floats | None = None) -> ItemBank:
        """0/1 items from arrays a, b and optionally c."""
        slope, difficulty = np.asarray(slope, dtype=float), np.asarray(difficulty, dtype=float)
        return cls(
            tuple(str(j) for j in range(slope.size)),
            slope,
            (-slope * difficulty)[:, None],
            np.zeros(slope.size) if guessing is None else np.asarray(guessing, dtype=float),
            np.ones(slope.size, dtype=np.intp),
        )

    def chosen(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> ItemBank:
        names = tuple(np.array(self.names, dtype=object)[index])
        return ItemBank(
            names, self.slope[index], self.intercepts[index], self.guessing[index], self.top[index]
        )

    def curves(self, theta: Floats) -> Floats:
        """Category probabilities (J, K + 1, Q), zero above an item's top score."""
        theta = np.asarray(theta, dtype=float)
        k = np.arange(1, self.intercepts.shape[1] + 1)
        z = self.slope[:, None, None] * k[:, None] * theta + self.intercepts[:, :, None]
        z = np.concatenate([np.zeros((z.shape[0], 1, z.shape[2])), z], axis=1)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p: Floats = e / e.sum(axis=1, keepdims=True)
        if self.guessing.any():
            c = self.guessing[:, None]
            p[:, 1] = np.where(c > 0, c + (1 - c) * p[:, 1], p[:, 1])
            p[:, 0] = np.where(c > 0, 1 - p[:, 1], p[:, 0])
        return p

    def expected_score(self, theta: Floats) -> Floats:
        """Test characteristic curve, (Q,)."""
        p = self.curves(theta)
        return np.asarray(np.einsum("k,jkq->q", np.arange(p.shape[1], dtype=float), p))

    def information(self, theta: Floats) -> Floats:
        """Fisher information of each item, (J, Q)."""
        first = _slopes(self, np.asarray(theta, dtype=float))
        p = np.maximum(self.curves(theta), 1e-300)
        return np.asarray((first**2 / p).sum(axis=1))

    def score_deviation(self, theta: Floats) -> Floats:
        """Standard deviation of the raw score given theta (the conditional standard error), (Q,)."""
        p = self.curves(theta)
        k = np.arange(p.shape[1], dtype=float)
        mean = np.einsum("k,jkq->jq", k, p)
        return np.asarray(np.sqrt((np.einsum("k,jkq->jq", k**2, p) - mean**2).sum(axis=0)))


def _slopes(bank: ItemBank, theta: Floats) -> Floats:
    """First derivatives of the category probabilities, (J, K + 1, Q)."""
    plain = ItemBank(bank.names, bank.slope, bank.intercepts, np.zeros_like(bank.guessing), bank.top)
    p = plain.curves(theta)
    k = np.arange(p.shape[1], dtype=float)
    mean = np.einsum("k,jkq->jq", k, p)
    first: Floats = bank.slope[:, None, None] * p * (k[None, :, None] - mean[:, None])
    shrink = np.where(bank.guessing > 0, 1 - bank.guessing, 1.0)
    return first * shrink[:, None, None]


def eap(
    scores: NDArray[np.int8], bank: ItemBank, *, mean: float = 0.0, sd: float = 1.0, nodes: int = 81
) -> Abilities:
    """Posterior mean and standard deviation under N(mean, sd^2); `scores` persons x items, -1 missing."""
    _fits(scores, bank)
    theta = np.linspace(mean - 6 * sd, mean + 6 * sd, nodes)
    prior = -0.5 * ((theta - mean) / sd) ** 2
    return _posterior_mean(scores, bank, theta, np.broadcast_to(prior, (1, nodes)), None)


def eap_of(
    result: Calibration, scores: NDArray[np.int8], groups: NDArray[np.str_] | None = None
) -> Abilities:
    """EAP under each person's own group of a calibration; columns of `scores` are `result.items`."""
    bank = ItemBank.of(result.items)
    _fits(scores, bank)
    labels = [g.label for g in result.groups]
    code = None
    if len(labels) > 1:
        if groups is None:
            fault("shape", what="groups", wanted=str((scores.shape[0],)), found="None")
        place = {label: k for k, label in enumerate(labels)}
        code = np.array([place[str(g)] for g in groups], dtype=np.intp)
    with np.errstate(divide="ignore"):
        return _posterior_mean(scores, bank, result.nodes, np.log(result.weights), code)


def _fits(scores: NDArray[np.int8], bank: ItemBank) -> None:
    if scores.ndim != 2 or scores.shape[1] != bank.slope.size:
        fault("shape", what="responses", wanted=f"persons x {bank.slope.size}", found=str(scores.shape))


def _posterior_mean(
    scores: NDArray[np.int8],
    bank: ItemBank,
    theta: Floats,
    prior: Floats,
    group: NDArray[np.intp] | None,
) -> Abilities:
    persons = scores.shape[0]
    mean, se = np.empty(persons), np.empty(persons)
    answered = np.empty(persons, dtype=np.intp)
    logs = np.log(np.maximum(bank.curves(theta), 1e-300))
    complete = bool(scores.size and scores.min() >= 0)
    binary = bank.intercepts.shape[1] == 1
    scored = not bank.guessing.any()
    slope = bank.slope[:, None] * theta if scored else logs[:, 1] - logs[:, 0]
    base = logs[:, 0]
    powers = np.stack([theta, theta**2], axis=1)
    for begin in range(0, persons, _ROWS):
        rows = slice(begin, begin + _ROWS)
        raw = scores[rows]
        if complete:
            z = raw.astype(np.float64) @ slope + base.sum(axis=0)
            answered[rows] = raw.shape[1]
        else:
            there = raw >= 0
            z = np.where(there, raw, 0).astype(np.float64) @ slope + there.astype(np.float64) @ base
            answered[rows] = there.sum(axis=1)
        # intercepts of the chosen categories are constant in theta and drop out, but not for 3PL
        z += prior[0] if group is None else prior[group[rows]]
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        total = z.sum(axis=1)
        moments = (z @ powers) / total[:, None]
        mean[rows] = moments[:, 0]
        se[rows] = np.sqrt(np.maximum(moments[:, 1] - moments[:, 0] ** 2, 0))
    if not (binary or scored):
        fault("value", what="model", value="guessing with steps", wanted="0/1 items where c > 0")
    mean[answered == 0], se[answered == 0] = np.nan, np.nan
    return Abilities(mean, se, answered)


def wle(scores: NDArray[np.int8], bank: ItemBank, *, tolerance: float = 1e-7) -> Abilities:
    """Warm's weighted likelihood: maximise log L + (1/2) log I(theta); se = 1 / sqrt(I)."""
    return _by_newton(scores, bank, 1.0, tolerance)


def ml(scores: NDArray[np.int8], bank: ItemBank, *, tolerance: float = 1e-7) -> Abilities:
    """Maximum likelihood; +/- infinity where everything, or nothing, was right."""
    return _by_newton(scores, bank, 0.0, tolerance)


def _by_newton(scores: NDArray[np.int8], bank: ItemBank, warm: float, tolerance: float) -> Abilities:
    """Bracketed secant (Illinois) on the score function of each person at once."""
    _fits(scores, bank)
    there = scores >= 0
    answered = there.sum(axis=1)
    top = (bank.top * there).sum(axis=1)
    raw = np.where(there, scores, 0).sum(axis=1)
    theta = np.empty(scores.shape[0])
    se = np.empty(scores.shape[0])
    for begin in range(0, scores.shape[0], 512):
        rows = slice(begin, begin + 512)
        low = np.full(raw[rows].size, -_FARTHEST)
        high = -low
        f_low, _ = _person_score(scores[rows], there[rows], bank, low, warm)
        f_high, _ = _person_score(scores[rows], there[rows], bank, high, warm)
        for _ in range(100):
            middle = np.where(
                np.isfinite(f_low - f_high) & (f_low != f_high),
                (low * -f_high + high * f_low) / (f_low - f_high),
                (low + high) / 2,
            )
            inside = (middle > low) & (middle < high)
            middle = np.where(inside, middle, (low + high) / 2)
            f_middle, _ = _person_score(scores[rows], there[rows], bank, middle, warm)
            upper = f_middle > 0  # the root lies above
            stuck = np.abs(f_middle) < 1e-12
            low, f_low, high, f_high = (
                np.where(upper | stuck, middle, low),
                np.where(upper, f_middle, f_low * 0.5),
                np.where(upper & ~stuck, high, middle),
                np.where(upper, f_high * 0.5, f_middle),
            )
            if float((high - low).max(initial=0.0)) < tolerance:
                break
        middle = (low + high) / 2
        _, information = _person_score(scores[rows], there[rows], bank, middle, 0.0)
        theta[rows] = middle
        se[rows] = 1 / np.sqrt(np.maximum(information, 1e-300))
    if not warm:
        theta = np.where(raw == top, np.inf, np.where(raw == 0, -np.inf, theta))
        se = np.where(np.isinf(theta), np.inf, se)
    theta[answered == 0], se[answered == 0] = np.nan, np.nan
    return Abilities(theta, se, answered)


def _person_score(
    scores: NDArray[np.int8], there: NDArray[np.bool_], bank: ItemBank, theta: Floats, warm: float
) -> tuple[Floats, Floats]:
    """Derivative of the (weighted) log-likelihood and the information, at each person's own theta."""
    p = np.maximum(bank.curves(theta), 1e-300)  # (J, K + 1, N)
    first = _slopes(bank, theta)
    item_information = (first**2 / p).sum(axis=1).T * there
    person = np.arange(theta.size)[:, None]
    item = np.arange(bank.slope.size)[None]
    chosen = np.where(there, scores, 0)
    slope = (first[item, chosen, person] / p[item, chosen, person]) * there
    out = slope.sum(axis=1)
    information = item_information.sum(axis=1)
    if warm:
        step = 1e-4  # J(theta) of Warm: sum P' P'' / P, with P'' by central difference of P'
        second = (_slopes(bank, theta + step) - _slopes(bank, theta - step)) / (2 * step)
        bias = ((first * second / p).sum(axis=1).T * there).sum(axis=1)
        out = out + warm * bias / (2 * np.maximum(information, 1e-300))
    return out, information

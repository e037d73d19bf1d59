"""Answers too much alike, on chosen options: omega, GBT and the marginal likelihood ratio.

`omega` for all ordered pairs by three matrix products (Wollack 1997): (M - sum p) / sqrt(sum p(1-p)),
p = chance that the copier chooses what the source chose. `gbt`: exact Poisson-binomial tail of the
matches (van der Linden & Sotaridona 2006). `marginal_ratio`: sum_f w_f int prod[(1-f)p + f*match]
phi / int prod p phi: mean at most one without copying, so an e-value, and e-BH over the pairs of a room
or of the country holds under any dependence. Pairs of different rooms calibrate (`threshold`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from chizheng.quality.core.surveillance.evidence import Flags, e_benjamini_hochberg
from chizheng.quality.core.surveillance.options import Choices, Floats, OptionModel, ability_belief, one_hot

FRACTIONS = (0.1, 0.2, 0.3, 0.45, 0.7)
"""Fractions of the paper copied that are weighed, with equal weights."""


def omega(choices: Choices, model: OptionModel, *, block: int = 2048) -> NDArray[np.float32]:
    """Omega of all ordered pairs, (copier, source), float32; the diagonal is NaN."""
    items, options, nodes = model.log_p.shape
    hot = one_hot(choices, options)
    belief = ability_belief(choices, model).astype(np.float32)
    p_node = np.exp(model.log_p).reshape(items * options, nodes).astype(np.float32)
    n = choices.shape[0]
    out = np.empty((n, n), np.float32)
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        p = belief[rows] @ p_node.T
        mean = p @ hot.T
        variance = mean - (p * p) @ hot.T
        matches = hot[rows] @ hot.T
        out[rows] = (matches - mean) / np.sqrt(np.maximum(variance, np.float32(1e-6)))
    np.fill_diagonal(out, np.nan)
    return out


def gbt(choices: Choices, model: OptionModel, copier: NDArray[np.intp], source: NDArray[np.intp]) -> Floats:
    """P(at least the matches seen) for the given pairs, exact for independent items, (pairs,)."""
    items = choices.shape[1]
    belief = ability_belief(choices[copier], model)
    target = choices[source].astype(np.int64)
    p = np.einsum("pq,pjq->pj", belief, np.exp(model.log_p[np.arange(items), np.maximum(target, 0), :]))
    p = np.where(target >= 0, p, 0.0)
    tail = np.zeros((copier.size, items + 1))
    tail[:, 0] = 1.0
    for j in range(items):
        chance = p[:, j : j + 1]
        tail[:, 1:] = tail[:, 1:] * (1 - chance) + tail[:, :-1] * chance
        tail[:, 0] *= 1 - chance[:, 0]
    matches = ((choices[copier] == choices[source]) & (choices[source] >= 0)).sum(axis=1)
    upper = np.cumsum(tail[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(upper[np.arange(copier.size), matches])


def marginal_ratio(choices: Choices, model: OptionModel) -> Floats:
    """Log e-value of copying for all ordered pairs of one room, (copier, source); diagonal -inf.

    `choices` (room, items). Blank items of either do not count as matches.
    """
    n, items = choices.shape
    picked = np.maximum(choices, 0).astype(np.int64)
    given = choices >= 0
    log_p = model.log_p[np.arange(items), picked, :]  # (n, items, nodes)
    log_p = np.where(given[:, :, None], log_p, 0.0)
    alone = log_p.sum(axis=1) + np.log(model.weight)
    base = special.logsumexp(alone, axis=1)
    fraction = np.array(FRACTIONS)
    inverse = np.exp(-log_p)[..., None]
    bonus = np.log1p(fraction / (1 - fraction) * inverse)  # (n, items, nodes, fractions)
    match = ((choices[:, None, :] == choices[None, :, :]) & given[:, None, :]).astype(np.float64)
    gain = np.matmul(match, bonus.reshape(n, items, -1)).reshape(n, n, model.nodes, fraction.size)
    keep = given.sum(axis=1)[:, None] * np.log1p(-fraction)
    joint = alone[:, None, :, None] + gain + keep[:, None, None, :]
    out = special.logsumexp(joint, axis=(2, 3)) - np.log(fraction.size) - base[:, None]
    np.fill_diagonal(out, -np.inf)
    return np.asarray(out, dtype=np.float64)


def pair_evidence(log_ratio: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Unordered pairs (i < j) and the log of the mean of both directions' e-values."""
    i, j = np.triu_indices(log_ratio.shape[0], 1)
    return i, j, np.logaddexp(log_ratio[i, j], log_ratio[j, i]) - np.log(2.0)


def flag_pairs(log_evidence: Floats, level: float) -> Flags:
    """e-BH over the pairs of one room, or of all rooms together."""
    return e_benjamini_hochberg(np.exp(np.minimum(log_evidence, 700.0)), level)


def threshold(log_ratio_apart: Floats, false_alarm: float) -> float:
    """Threshold on the log ratio at `false_alarm`, from pairs that sat in different rooms."""
    return float(np.quantile(log_ratio_apart, 1 - false_alarm))

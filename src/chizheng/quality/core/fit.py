"""Does the model describe the items? S-X2 item by item, and pairs of items that hang together beyond it.

Both on 0/1 items. S-X2 (Orlando & Thissen 2000) compares, among candidates with the same number right, the
share that got an item right with what the model says; unlike fits on estimated ability its null holds. Q3
(Yen 1984) correlates residuals of two items: items that cue each other or share a picture stand out. Its
mean is below 0 by itself, so a pair is judged by how far it lies above the mean (Christensen, Makransky &
Horton 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from chizheng.quality.core.ability import ItemBank, eap_of
from chizheng.quality.core.calibration import MISSING, Calibration, Model
from chizheng.quality.core.classification import score_distribution
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]
Scores = NDArray[np.int8]

_LEAST_CELL = 1.0


@dataclass(frozen=True, slots=True)
class ItemFit:
    """S-X2 of one item with its degrees of freedom, p and RMSEA; NaN where too few score groups remain."""

    item: str
    chi_square: float
    freedom: int
    p: float
    rmsea: float


def s_x2(result: Calibration, scores: Scores, *, least_persons: int = 100) -> list[ItemFit]:
    """S-X2 of every item; columns of `scores` are `result.items`, rows with a gap are left out.

    Neighbouring score groups are joined until right and wrong are both expected at least once. For one
    group of candidates, as number-right scores of several mix their ability distributions.
    """
    bank = ItemBank.of(result.items)
    if (bank.top != 1).any():
        fault("not_dichotomous", column=bank.names[int(np.argmax(bank.top))], model="S-X2")
    if len(result.groups) > 1:
        fault("value", what="groups", value=len(result.groups), wanted="1")
    if bank.slope.size < 4:
        refuse("too_few_items", found=int(bank.slope.size), least=4)
    whole = scores[(scores != MISSING).all(axis=1)]
    if whole.shape[0] < least_persons:
        refuse("too_few_persons", found=int(whole.shape[0]), least=least_persons)
    total = whole.sum(axis=1, dtype=np.intp)
    items = bank.slope.size
    size = np.bincount(total, minlength=items + 1).astype(float)
    weights = result.weights[0] / result.weights[0].sum()
    p = bank.curves(result.nodes)[:, 1]
    every = weights @ score_distribution(bank, result.nodes)
    keep = np.ones(items, dtype=np.bool_)
    loss = 3 if result.model is Model.THREE_PL else 1 if result.model is Model.RASCH else 2
    out = []
    for j in range(items):
        keep[j] = False
        rest = score_distribution(bank.chosen(keep), result.nodes)  # (Q, items): scores 0 .. items - 1
        keep[j] = True
        right = (weights * p[j]) @ rest
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = right[: items - 1] / every[1:items]
        seen = np.bincount(total[whole[:, j] == 1], minlength=items + 1)[1:items].astype(float)
        out.append(_one(bank.names[j], seen, expected, size[1:items], loss, whole.shape[0]))
    return out


def _one(name: str, seen: Floats, share: Floats, size: Floats, loss: int, persons: int) -> ItemFit:
    """Pearson's chi-square over score groups, joined from the low end up and a short last one backwards."""
    groups: list[list[float]] = []
    open_group = [0.0, 0.0, 0.0]
    for s, e, n in zip(seen, share * size, size, strict=True):
        open_group = [open_group[0] + s, open_group[1] + e, open_group[2] + n]
        if min(open_group[1], open_group[2] - open_group[1]) >= _LEAST_CELL:
            groups.append(open_group)
            open_group = [0.0, 0.0, 0.0]
    if groups and open_group[2] > 0:
        groups[-1] = [a + b for a, b in zip(groups[-1], open_group, strict=True)]
    freedom = len(groups) - loss
    if freedom < 1:
        return ItemFit(name, float("nan"), freedom, float("nan"), float("nan"))
    s, e, n = np.array(groups).T
    value = float(((s - e) ** 2 / e + (s - e) ** 2 / (n - e)).sum())
    rmsea = float(np.sqrt(max(value - freedom, 0.0) / (freedom * (persons - 1))))
    return ItemFit(name, value, freedom, float(chdtrc(freedom, value)), rmsea)


@dataclass(frozen=True, slots=True)
class Dependence:
    """Residual correlations of all pairs: `mean`, and pairs above it by more than asked, the strongest first."""

    mean: float
    pairs: tuple[tuple[str, str, float], ...]


def q3(
    result: Calibration, scores: Scores, *, above: float, least_persons: int = 100, most: int = 50
) -> Dependence:
    """Q3 of all pairs of items; residuals at each candidate's EAP ability, gaps left out pair by pair."""
    bank = ItemBank.of(result.items)
    if scores.shape[0] < least_persons:
        refuse("too_few_persons", found=int(scores.shape[0]), least=least_persons)
    if len(result.groups) > 1:
        fault("value", what="groups", value=len(result.groups), wanted="1")
    theta = eap_of(result, scores).theta
    there = (scores != MISSING) & np.isfinite(theta)[:, None]
    rest = np.zeros(scores.shape)
    levels = np.arange(bank.intercepts.shape[1] + 1, dtype=float)
    for begin in range(0, scores.shape[0], 4096):
        rows = slice(begin, begin + 4096)
        mean = np.einsum("k,jkn->nj", levels, bank.curves(np.nan_to_num(theta[rows])))
        rest[rows] = np.where(there[rows], scores[rows] - mean, 0.0)
    count = there.astype(float)
    n = count.T @ count
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = rest.T @ count
        squares = (rest**2).T @ count
        cross = rest.T @ rest
        spread = squares - sums**2 / n
        r = (cross - sums * sums.T / n) / np.sqrt(spread * spread.T)
    upper = np.triu_indices(bank.slope.size, 1)
    values = r[upper]
    middle = float(np.nanmean(values))
    order = [
        k for k in np.argsort(-np.nan_to_num(values, nan=-2.0), kind="stable") if values[k] - middle > above
    ]
    return Dependence(
        middle, tuple(_pair(bank.names, int(upper[0][k]), int(upper[1][k]), float(values[k])) for k in order[:most])
    )  # fmt: skip


def _pair(names: Sequence[str], a: int, b: int, value: float) -> tuple[str, str, float]:
    return names[a], names[b], value

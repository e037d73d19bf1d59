"""Classical statistics of items and papers after a sitting.

Everything works on persons x items scores (int8, -1 not presented or not answered). Where candidates
saw different items, the criterion of an item is the mean of the others that the candidate saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Scores = NDArray[np.int8]

TAIL = 0.27
"""Share of the upper and of the lower group; Kelley (1939) shows it optimal for normal scores."""


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """Per item, arrays (J,).

    `answered`; `top` highest score seen; `difficulty` mean score / top (NaN where unanswered);
    `discrimination` corrected point-biserial: correlation with the mean of the other items;
    `se_discrimination` about 1 / sqrt(n); `upper_lower` difference of the mean shares of the best and
    worst 27 %. NaN where an item does not vary.
    """

    names: tuple[str, ...]
    answered: Ints
    top: Ints
    difficulty: Floats
    discrimination: Floats
    se_discrimination: Floats
    upper_lower: Floats


def item_figures(
    scores: Scores, names: Sequence[str], *, top: Ints | None = None, least_persons: int = 30
) -> ItemFigures:
    """Difficulty and discrimination of every item; `top` the attainable scores where known."""
    x, there = _parts(scores, names, least_persons)
    answered = there.sum(axis=0)
    highest = np.maximum(x.max(axis=0), 1).astype(np.intp) if top is None else np.asarray(top, dtype=np.intp)
    share = x / highest
    with np.errstate(invalid="ignore", divide="ignore"):
        difficulty = share.sum(axis=0) / answered
        count = there.sum(axis=1, keepdims=True)
        total = share.sum(axis=1, keepdims=True)
        rest = (total - share) / (count - there)
        use = there & np.isfinite(rest)
        rest = np.where(use, rest, 0.0)
        value = np.where(use, share, 0.0)
        n = use.sum(axis=0)
        mean_v, mean_r = value.sum(axis=0) / n, rest.sum(axis=0) / n
        cross = (value * rest).sum(axis=0) / n - mean_v * mean_r
        spread_v = (value**2).sum(axis=0) / n - mean_v**2
        spread_r = (rest**2).sum(axis=0) / n - mean_r**2
        flat = (spread_v < 1e-12) | (spread_r < 1e-12)
        r = np.where(flat, np.nan, cross / np.sqrt(spread_v * spread_r))
        se = np.where(n > 2, np.sqrt((1 - r**2) / np.maximum(n - 2, 1)), np.nan)
        person = (total / count)[:, 0]
        high, low = _tails(person)
        upper = share[high].sum(axis=0) / there[high].sum(axis=0)
        lower = share[low].sum(axis=0) / there[low].sum(axis=0)
    return ItemFigures(tuple(names), answered, highest, difficulty, r, se, upper - lower)


def _parts(scores: Scores, names: Sequence[str], least: int) -> tuple[Floats, NDArray[np.bool_]]:
    if scores.ndim != 2 or scores.shape[1] != len(names):
        fault("shape", what="responses", wanted=f"persons x {len(names)}", found=str(scores.shape))
    there = scores >= 0
    kept = there.any(axis=1)
    if int(kept.sum()) < least:
        refuse("too_few_persons", found=int(kept.sum()), least=least)
    if len(names) < 2:
        refuse("too_few_items", found=len(names), least=2)
    there = there[kept]
    return np.where(there, scores[kept], 0).astype(np.float64), there


def _tails(person: Floats) -> tuple[Ints, Ints]:
    """Indices of the best and worst 27 %; ties at the border are all taken, so order does not matter."""
    low, high = np.quantile(person, [TAIL, 1 - TAIL], method="nearest")
    return np.flatnonzero(person >= high), np.flatnonzero(person <= low)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Reliability of a paper.

    `alpha` Cronbach (1951); `omega` total of a one-factor model (McDonald 1999); `stratified` alpha by
    sections (Cronbach, Schonemann & McKie 1965), equal to alpha for one section; `sem` standard error of
    measurement of the raw total, by the highest sound of the coefficients (omega); `mean`, `sd` of totals.
    """

    persons: int
    mean: float
    sd: float
    alpha: float
    omega: float
    stratified: float
    sem: float
    alpha_without: Floats


def reliability(
    scores: Scores, names: Sequence[str], *, sections: Sequence[str] | None = None, least_persons: int = 30
) -> Reliability:
    """Reliability over the candidates without a gap; code blanks of a common paper as 0 beforehand."""
    x, there = _parts(scores, names, least_persons)
    complete = there.all(axis=1)
    if complete.sum() < least_persons:
        refuse("too_few_persons", found=int(complete.sum()), least=least_persons)
    x = x[complete]
    covariance = np.cov(x, rowvar=False)
    total = float(covariance.sum())
    if total <= 1e-12:
        refuse("no_variance", what="total score / 总分")
    items = x.shape[1]
    trace = float(np.trace(covariance))
    alpha = items / (items - 1) * (1 - trace / total)
    rows = covariance.sum(axis=1)
    rest = total - 2 * rows + np.diag(covariance)
    with np.errstate(invalid="ignore", divide="ignore"):
        without = (
            (items - 1) / (items - 2) * (1 - (trace - np.diag(covariance)) / rest)
            if items > 2
            else np.full(items, np.nan)
        )
    omega = _omega(covariance)
    stratified = alpha
    if sections is not None and len(set(sections)) > 1:
        lost = 0.0
        for section in sorted(set(sections)):
            inside = np.array([s == section for s in sections])
            part = covariance[np.ix_(inside, inside)]
            whole, k = float(part.sum()), int(inside.sum())
            own = k / (k - 1) * (1 - float(np.trace(part)) / whole) if k > 1 and whole > 0 else 0.0
            lost += whole * (1 - own)
        stratified = 1 - lost / total
    sd = float(np.sqrt(total))
    best = omega if np.isfinite(omega) else alpha
    return Reliability(
        persons=x.shape[0],
        mean=float(x.sum(axis=1).mean()),
        sd=sd,
        alpha=alpha,
        omega=omega,
        stratified=stratified,
        sem=sd * float(np.sqrt(max(1 - best, 0.0))),
        alpha_without=np.asarray(without),
    )


def _omega(covariance: Floats) -> float:
    """Omega total: (sum of loadings)^2 over that plus the unique variances; least-squares loadings."""
    spread = np.diag(covariance)
    use = spread > 1e-12
    matrix = covariance[np.ix_(use, use)]
    if matrix.shape[0] < 3:
        return float("nan")
    root = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(root, root)
    shared = np.clip(1 - 1 / np.maximum(np.diag(np.linalg.pinv(correlation)), 1e-9), 0.0, 0.995)
    loading = np.zeros(root.size)
    for _ in range(500):
        np.fill_diagonal(correlation, shared)
        values, vectors = np.linalg.eigh(correlation)
        loading = vectors[:, -1] * np.sqrt(max(float(values[-1]), 0.0))
        fresh = np.clip(loading**2, 0.0, 0.995)
        if float(np.abs(fresh - shared).max()) < 1e-9:
            break
        shared = fresh
    loading = loading * root * np.sign(loading.sum() or 1.0)
    common = float(loading.sum()) ** 2
    unique = float((root**2 - loading**2).sum())
    return common / (common + unique)


def binomial_csem(score: Floats, items: int) -> Floats:
    """Conditional error of a number-right score without item parameters: sqrt(x (n - x) / (n - 1)).

    Lord (1955); an upper bound, because items differ in difficulty.
    """
    if items < 2:
        refuse("too_few_items", found=items, least=2)
    x = np.asarray(score, dtype=float)
    return np.asarray(np.sqrt(np.maximum(x * (items - x), 0.0) / (items - 1)))

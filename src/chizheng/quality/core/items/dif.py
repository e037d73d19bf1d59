"""Differential functioning: is an item harder for one group at the same ability? And drift over time.

Mantel-Haenszel with the ETS classes, and logistic regression with the classes of Jodoin & Gierl. Drift is
the same question with sittings for groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]
Scores = NDArray[np.int8]

_LEAST_GROUP = 50


class Effect(StrEnum):
    """Effect class: A negligible, B moderate, C large."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """DIF of one item (Holland & Thayer 1988; error of Phillips & Holland 1987).

    `delta` = -2.35 ln(odds ratio), negative: harder for the focal group. Class by ETS (Zieky 1993):
    C if |delta| >= 1.5 and significantly above 1, A if |delta| < 1 or not significantly different from 0.
    """

    item: str
    odds_ratio: float
    delta: float
    se_delta: float
    chi_square: float
    p: float
    effect: Effect


def mantel_haenszel(
    scores: Scores,
    names: Sequence[str],
    focal: NDArray[np.bool_],
    *,
    purify: bool = True,
    least_group: int = _LEAST_GROUP,
) -> list[MantelHaenszel]:
    """DIF of every 0/1 item. Strata are total scores; with `purify` items of class C leave the matching
    score (but stay in for their own test). Missing answers count as wrong in the matching score only.
    """
    _two_groups(scores, names, focal, least_group)
    clean = np.ones(len(names), dtype=np.bool_)
    result: list[MantelHaenszel] = []
    for _ in range(5 if purify else 1):
        result = [_mh_item(scores, names, focal, j, clean) for j in range(len(names))]
        fresh = np.array([r.effect is not Effect.C for r in result])
        if not purify or (fresh == clean).all() or fresh.sum() < max(3, len(names) // 3):
            break
        clean = fresh
    return result


def _two_groups(scores: Scores, names: Sequence[str], focal: NDArray[np.bool_], least: int) -> None:
    if scores.shape != (focal.size, len(names)):
        fault("shape", what="responses", wanted=str((focal.size, len(names))), found=str(scores.shape))
    smaller = int(min(focal.sum(), (~focal).sum()))
    if smaller < least:
        refuse("small_group", found=smaller, least=least)
    over = np.flatnonzero(scores.max(axis=0) > 1)
    if over.size:
        fault("not_dichotomous", column=names[int(over[0])], model="Mantel-Haenszel")


def _mh_item(
    scores: Scores, names: Sequence[str], focal: NDArray[np.bool_], j: int, clean: NDArray[np.bool_]
) -> MantelHaenszel:
    use = clean.copy()
    use[j] = True
    there = scores[:, j] >= 0
    total = np.where(scores[:, use] > 0, 1, 0).sum(axis=1)[there]
    right = scores[there, j] == 1
    group = focal[there]
    strata = int(total.max(initial=0)) + 1

    def count(mask: NDArray[np.bool_]) -> Floats:
        return np.bincount(total[mask], minlength=strata).astype(float)

    a, b = count(~group & right), count(~group & ~right)
    c, d = count(group & right), count(group & ~right)
    n = a + b + c + d
    live = (a + b > 0) & (c + d > 0) & (n > 1)
    a, b, c, d, n = a[live], b[live], c[live], d[live], n[live]
    top, bottom = float((a * d / n).sum()), float((b * c / n).sum())
    nan = float("nan")
    if top <= 0 or bottom <= 0:
        return MantelHaenszel(names[j], nan, nan, nan, nan, nan, Effect.A)
    odds = top / bottom
    expected = (a + b) * (a + c) / n
    variance = float(((a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))).sum())
    gap = max(abs(float((a - expected).sum())) - 0.5, 0.0)
    chi_square = gap**2 / variance if variance > 0 else 0.0
    u = (a * d + odds * b * c) * (a + d + odds * (b + c)) / n**2
    se = 2.35 * float(np.sqrt(u.sum() / (2 * top**2)))
    delta = -2.35 * float(np.log(odds))
    p = float(chdtrc(1, chi_square))
    if abs(delta) >= 1.5 and abs(delta) - 1.645 * se > 1:
        effect = Effect.C
    elif abs(delta) < 1 or p > 0.05:
        effect = Effect.A
    else:
        effect = Effect.B
    return MantelHaenszel(names[j], odds, delta, se, chi_square, p, effect)


@dataclass(frozen=True, slots=True)
class LogisticDif:
    """DIF of one item by logistic regression (Swaminathan & Rogers 1990).

    `uniform`, `crossing`: likelihood-ratio chi-squares (1 degree each) of group, and of group by score;
    `p` of both together (2 degrees); `gain` rise of Nagelkerke's R squared; class by Jodoin & Gierl
    (2001): A below 0.035, C from 0.070, A where not significant.
    """

    item: str
    uniform: float
    crossing: float
    p: float
    gain: float
    effect: Effect


def logistic_dif(
    scores: Scores, names: Sequence[str], focal: NDArray[np.bool_], *, least_group: int = _LEAST_GROUP
) -> list[LogisticDif]:
    """Uniform and crossing DIF of every 0/1 item, matched on the standardised total score."""
    _two_groups(scores, names, focal, least_group)
    total = np.where(scores > 0, 1, 0).sum(axis=1).astype(float)
    if total.std() == 0:
        refuse("no_variance", what="total score / 总分")
    z = (total - total.mean()) / total.std()
    out = []
    for j, name in enumerate(names):
        there = scores[:, j] >= 0
        y = (scores[there, j] == 1).astype(float)
        g = focal[there].astype(float)
        ones = np.ones(y.size)
        columns = np.stack([ones, z[there], g, g * z[there]], axis=1)
        if y.std() == 0:
            out.append(LogisticDif(name, 0.0, 0.0, 1.0, 0.0, Effect.A))
            continue
        null = _logit_value(columns[:, :1], y)
        values = [_logit_value(columns[:, :k], y) for k in (2, 3, 4)]
        uniform, crossing = 2 * (values[1] - values[0]), 2 * (values[2] - values[1])
        gain = _nagelkerke(values[2], null, y.size) - _nagelkerke(values[0], null, y.size)
        p = float(chdtrc(2, max(uniform + crossing, 0.0)))
        effect = Effect.A if p > 0.05 or gain < 0.035 else Effect.C if gain >= 0.07 else Effect.B
        out.append(LogisticDif(name, uniform, crossing, p, gain, effect))
    return out


def logistic(x: Floats, y: Floats, *, ridge: float = 1e-8) -> tuple[Floats, Floats, float]:
    """Logistic regression by Newton: coefficients, covariance, log-likelihood."""
    beta = np.zeros(x.shape[1])
    information = np.eye(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -35, 35)))
        information = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(x.shape[1])
        step = np.linalg.solve(information, x.T @ (y - p))
        longest = float(np.abs(step).max())
        beta = beta + step * min(1.0, 5.0 / max(longest, 1e-12))
        if longest < 1e-9:
            break
    z = x @ beta
    value = float((y * z - np.logaddexp(0, z)).sum())
    return beta, np.asarray(np.linalg.inv(information)), value


def _logit_value(x: Floats, y: Floats) -> float:
    return logistic(x, y)[2]


def _nagelkerke(value: float, null: float, n: int) -> float:
    cox_snell = -np.expm1(2 * (null - value) / n)
    return float(cox_snell / -np.expm1(2 * null / n))

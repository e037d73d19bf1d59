"""Where the cut should be: judgements of panels turned into a cut with its interval.

Angoff (mean over judges of the expected score of a borderline candidate), bookmark (response probability
2/3), contrasting groups (crossing of masters and non-masters), borderline group and borderline regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.items.dif import logistic
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]

RESPONSE_PROBABILITY = 2 / 3


@dataclass(frozen=True, slots=True)
class Standard:
    """A cut with standard error and interval; `judges` per-judge cuts where there are judges."""

    cut: float
    se: float
    low: float
    high: float
    judges: tuple[float, ...] = ()


def _over_judges(cuts: Floats, level: float, least: int) -> Standard:
    if cuts.size < least:
        refuse("too_few_persons", found=cuts.size, least=least)
    mean = float(cuts.mean())
    se = float(cuts.std(ddof=1) / np.sqrt(cuts.size))
    reach = float(stdtrit(cuts.size - 1, 0.5 + level / 2)) * se
    return Standard(mean, se, mean - reach, mean + reach, tuple(map(float, cuts)))


def angoff(
    judgements: Floats, *, top: Floats | None = None, level: float = 0.95, least_judges: int = 3
) -> Standard:
    """Angoff (1971): judges x items, the expected share (0 to 1) of a borderline candidate.

    The cut is in raw points (items weighted by `top`); its error counts judges as the sample, items as
    fixed, which is the error of repeating the panel on this paper.
    """
    judgements = np.asarray(judgements, dtype=float)
    if judgements.ndim != 2:
        fault("shape", what="judgements", wanted="judges x items", found=str(judgements.shape))
    bad = np.argwhere(~((judgements >= 0) & (judgements <= 1)))
    if bad.size:
        judge, item = (int(v) for v in bad[0])
        fault(
            "value", what=f"judge {judge + 1}, item {item + 1}", value=float(judgements[judge, item]),
            wanted="0 .. 1",
        )  # fmt: skip
    points = np.ones(judgements.shape[1]) if top is None else np.asarray(top, dtype=float)
    return _over_judges(judgements @ points, level, least_judges)


def judge_agreement(judgements: Floats) -> Floats:
    """Correlation of each judge's judgements with the mean of the others'; NaN if one never varies."""
    total = judgements.sum(axis=0)
    out = np.full(judgements.shape[0], np.nan)
    for k, own in enumerate(judgements):
        rest = (total - own) / (judgements.shape[0] - 1)
        if own.std() > 1e-12 and rest.std() > 1e-12:
            out[k] = np.corrcoef(own, rest)[0, 1]
    return out


def mapped_ability(bank: ItemBank, probability: float = RESPONSE_PROBABILITY) -> Floats:
    """Ability at which each 0/1 item is answered rightly with `probability` (guessing taken off)."""
    if (bank.top != 1).any():
        fault("not_dichotomous", column=bank.names[int(np.argmax(bank.top))], model="bookmark")
    logit = np.log(probability / (1 - probability))
    return np.asarray((logit - bank.intercepts[:, 0]) / bank.slope)


def bookmark(
    bank: ItemBank,
    pages: NDArray[np.intp],
    *,
    probability: float = RESPONSE_PROBABILITY,
    level: float = 0.95,
    least_judges: int = 3,
) -> tuple[Standard, Standard]:
    """Bookmark (Lewis, Mitzel & Green 1996): `pages` from 1, the first item a borderline candidate would
    not master; the cut is the ability of the last item mastered.

    Returns the cut on the ability scale and the same in expected raw points.
    """
    place = np.sort(mapped_ability(bank, probability))
    pages = np.asarray(pages, dtype=np.intp)
    if ((pages < 1) | (pages > place.size + 1)).any():
        fault("value", what="page", value=int(pages[(pages < 1) | (pages > place.size + 1)][0]),
              wanted=f"1 .. {place.size + 1}")  # fmt: skip
    # a bookmark before the first item asks for less than any item shows: take the easiest item
    theta = place[np.maximum(pages - 2, 0)]
    ability = _over_judges(theta, level, least_judges)
    low, cut, high = bank.expected_score(np.array([ability.low, ability.cut, ability.high]))
    slope = float(np.diff(bank.expected_score(np.array([ability.cut - 1e-4, ability.cut + 1e-4])))[0] / 2e-4)
    points = Standard(
        float(cut), slope * ability.se, float(low), float(high),
        tuple(map(float, bank.expected_score(theta))),
    )  # fmt: skip
    return ability, points


def contrasting_groups(
    scores: Floats, master: NDArray[np.bool_], *, level: float = 0.95, least_group: int = 20
) -> Standard:
    """Contrasting groups: the score at which a candidate is as likely a master as not.

    Logistic regression of mastery on score, each group given half the weight, so that the cut does not
    move with the share of masters invited. Error by the delta method. Refused where masters do not
    score higher.
    """
    scores, master = np.asarray(scores, dtype=float), np.asarray(master, dtype=np.bool_)
    smaller = int(min(master.sum(), (~master).sum()))
    if smaller < least_group:
        refuse("too_few_persons", found=smaller, least=least_group)
    if scores.std() == 0:
        refuse("no_variance", what="score / 分数")
    centre, scale = float(scores.mean()), float(scores.std())
    z = (scores - centre) / scale
    if z[master].min() > z[~master].max():  # perfectly apart: the middle of the gap
        low, high = float(scores[~master].max()), float(scores[master].min())
        return Standard((low + high) / 2, (high - low) / np.sqrt(12), low, high)
    x = np.stack([np.ones(z.size), z], axis=1)
    beta, covariance, _ = logistic(x, master.astype(float))
    if beta[1] <= 2 * np.sqrt(covariance[1, 1]):
        refuse("no_crossing", method="contrasting groups / 对照组法")
    prior = float(np.log(master.sum() / (~master).sum()))
    at = (prior - beta[0]) / beta[1]
    jacobian = np.array([-1 / beta[1], -at / beta[1]])
    se = float(np.sqrt(jacobian @ covariance @ jacobian)) * scale
    reach = float(stdtrit(z.size - 2, 0.5 + level / 2)) * se
    cut = centre + scale * float(at)
    return Standard(cut, se, cut - reach, cut + reach)


def borderline_group(
    scores: Floats, borderline: NDArray[np.bool_], *, level: float = 0.95, least_group: int = 20
) -> Standard:
    """Borderline group: the median score of those judged borderline; interval from order statistics."""
    chosen = np.sort(np.asarray(scores, dtype=float)[np.asarray(borderline, dtype=np.bool_)])
    if chosen.size < least_group:
        refuse("too_few_persons", found=chosen.size, least=least_group)
    reach = float(stdtrit(1e9, 0.5 + level / 2)) * np.sqrt(chosen.size) / 2
    low = max(int(np.floor(chosen.size / 2 - reach)), 0)
    high = min(int(np.ceil(chosen.size / 2 + reach)), chosen.size - 1)
    width = float(chosen[high] - chosen[low])
    se = width / (2 * float(stdtrit(1e9, 0.5 + level / 2)))
    return Standard(float(np.median(chosen)), se, float(chosen[low]), float(chosen[high]))


def borderline_regression(
    marks: Floats, ratings: Floats, borderline: float, *, level: float = 0.95, least: int = 30
) -> Standard:
    """Borderline regression (Wood et al. 2006): the total predicted for the global rating "borderline"."""
    marks, ratings = np.asarray(marks, dtype=float), np.asarray(ratings, dtype=float)
    n = marks.size
    if n < least:
        refuse("too_few_persons", found=n, least=least)
    spread = float(((ratings - ratings.mean()) ** 2).sum())
    if spread == 0:
        refuse("no_variance", what="global rating / 总体评定")
    slope = float(((ratings - ratings.mean()) * (marks - marks.mean())).sum()) / spread
    residual = marks - marks.mean() - slope * (ratings - ratings.mean())
    noise = float(residual @ residual) / (n - 2)
    if slope <= 2 * np.sqrt(noise / spread):
        refuse("no_crossing", method="borderline regression / 边界回归法")
    cut = float(marks.mean() + slope * (borderline - ratings.mean()))
    se = float(np.sqrt(noise * (1 / n + (borderline - ratings.mean()) ** 2 / spread)))
    reach = float(stdtrit(n - 2, 0.5 + level / 2)) * se
    return Standard(cut, se, cut - reach, cut + reach)

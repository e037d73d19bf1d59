"""How often a certificate class tells the truth: decision accuracy and consistency at the cut.

accuracy: the same decision as the candidate's true score would give; consistency: the same decision on
a second, parallel paper. A good 60-item paper still misclassifies about 9 % of candidates; the number
belongs beside every certificate class.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decision:
    """Shares of candidates. `false_pass`: passed though truly below; `false_fail`: failed though truly
    above; accuracy = 1 - both. `kappa` is consistency beyond chance. `passing` is the observed share."""

    accuracy: float
    consistency: float
    kappa: float
    false_pass: float
    false_fail: float
    passing: float


def score_distribution(bank: ItemBank, theta: Floats) -> Floats:
    """P(raw score = s | theta), (Q, S + 1), by the recursion of Lord & Wingersky (1984), any scores."""
    p = bank.curves(theta)
    out = np.zeros((p.shape[2], int(bank.top.sum()) + 1))
    out[:, 0] = 1.0
    reach = 0
    for j, top in enumerate(bank.top.tolist()):
        fresh = np.zeros_like(out[:, : reach + top + 1])
        for k in range(top + 1):
            fresh[:, k : k + reach + 1] += out[:, : reach + 1] * p[j, k][:, None]
        reach += top
        out[:, : reach + 1] = fresh
    return out


def _decide(passing: Floats, truly: NDArray[np.bool_], weights: Floats) -> Decision:
    w = weights / weights.sum()
    share = float(w @ passing)
    false_pass = float(w @ np.where(truly, 0.0, passing))
    false_fail = float(w @ np.where(truly, 1 - passing, 0.0))
    consistency = float(w @ (passing**2 + (1 - passing) ** 2))
    chance = share**2 + (1 - share) ** 2
    kappa = (consistency - chance) / (1 - chance) if chance < 1 else float("nan")
    return Decision(1 - false_pass - false_fail, consistency, kappa, false_pass, false_fail, share)


def lee(bank: ItemBank, cut: float, theta: Floats, weights: Floats) -> Decision:
    """Lee (2010): binomial-like errors given theta from item parameters; pass means raw score >= cut.

    `theta`, `weights`: the ability distribution on nodes, or the candidates' estimates with weight 1.
    """
    cut = _raw_cut(cut, bank)
    scores = score_distribution(bank, theta)
    passing = scores[:, int(np.ceil(cut - 1e-9)) :].sum(axis=1)
    return _decide(passing, bank.expected_score(theta) >= cut, np.asarray(weights, dtype=float))


def lee_normal(bank: ItemBank, cut: float, *, mean: float = 0.0, sd: float = 1.0) -> Decision:
    """`lee` for normal abilities, the jump of the true decision midway between two nodes."""
    theta = _straddling(bank, _raw_cut(cut, bank), mean - 6 * sd, mean + 6 * sd, 241)
    return lee(bank, cut, theta, np.exp(-0.5 * ((theta - mean) / sd) ** 2))


def _straddling(bank: ItemBank, cut: float, low: float, high: float, count: int) -> Floats:
    """Equally spaced nodes over [low, high] with the ability of the cut midway between two of them."""
    below, above = low, high
    for _ in range(60):
        middle = (below + above) / 2
        if float(bank.expected_score(np.array([middle]))[0]) < cut:
            below = middle
        else:
            above = middle
    spacing = (high - low) / count
    return np.asarray(low + (((below - low) / spacing + 0.5) % 1.0 + np.arange(count)) * spacing)


def _raw_cut(cut: float, bank: ItemBank) -> float:
    top = float(bank.top.sum())
    if not 0 < cut <= top:
        fault("value", what="cut", value=cut, wanted=f"0 .. {top:.0f}")
    return float(cut)


def rudner(theta: Floats, se: Floats, cut: float) -> Decision:
    """Rudner (2001, 2005): normal error of the candidates' estimates about the cut on the ability scale."""
    theta, se = np.asarray(theta, dtype=float), np.asarray(se, dtype=float)
    use = np.isfinite(theta) & np.isfinite(se) & (se > 0)
    if use.sum() < 30:
        refuse("too_few_persons", found=int(use.sum()), least=30)
    passing = _normal_cdf((theta[use] - cut) / se[use])
    return _decide(passing, theta[use] >= cut, np.ones(int(use.sum())))


def _normal_cdf(z: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def livingston_lewis(
    scores: Floats,
    reliability: float,
    cut: float,
    *,
    lowest: float = 0.0,
    highest: float,
    unit: float = 1.0,
) -> Decision:
    """Livingston & Lewis (1995): only totals and a reliability are known; pass means score >= cut.

    Effective length n, four-parameter beta true scores by moments (two-parameter on [0, 1] where the four
    do not exist, after Hanson 1991), binomial errors. The length is hardly ever whole: the figures of the two
    whole lengths around it are taken in proportion, as rounding alone moves them by as much as 0.002. Scores come in steps of `unit`, so the border lies
    half a unit below the cut and is read between the steps of the n-item scale.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.size < 30:
        refuse("too_few_persons", found=scores.size, least=30)
    if not 0 < reliability < 1:
        fault("value", what="reliability", value=reliability, wanted="0 < r < 1")
    if not lowest < cut <= highest:
        fault("value", what="cut", value=cut, wanted=f"{lowest} .. {highest}")
    mean, variance = float(scores.mean()), float(scores.var(ddof=1))
    if variance <= 0:
        refuse("no_variance", what="total score / 总分")
    length = effective_length(mean, variance, reliability, lowest, highest)
    share = (scores - lowest) / (highest - lowest)
    share_cut = (cut - lowest) / (highest - lowest)
    border = (cut - unit / 2 - lowest) / (highest - lowest)
    shorter = max(int(np.floor(length)), 2)
    weight = min(max(length - shorter, 0.0), 1.0)
    found = [_of_length(share, n, share_cut, border) for n in (shorter, shorter + 1)]
    return Decision(
        *(
            (1 - weight) * getattr(found[0], f.name) + weight * getattr(found[1], f.name)
            for f in fields(Decision)
        )
    )


def _of_length(share: Floats, whole: int, share_cut: float, border: float) -> Decision:
    """Livingston & Lewis for a whole effective length; the border between the steps of its scale."""
    from scipy.special import bdtrc, betaincinv

    shape_a, shape_b, low, high = _beta_true_scores(share, whole)
    at = (np.arange(2000) + 0.5) / 2000
    truth = low + (high - low) * betaincinv(shape_a, shape_b, at)
    step = border * whole + 0.5
    below = min(max(int(np.floor(step)), 1), whole)
    part = min(max(step - below, 0.0), 1.0)
    passing = (1 - part) * bdtrc(below - 1, whole, truth) + part * bdtrc(below, whole, truth)
    return _decide(passing, truth >= share_cut, np.ones_like(truth))


def effective_length(
    mean: float, variance: float, reliability: float, lowest: float, highest: float
) -> float:
    """Number of equally hard 0/1 items with the same mean, variance and reliability."""
    return ((mean - lowest) * (highest - mean) - reliability * variance) / (variance * (1 - reliability))


def _beta_true_scores(share: Floats, n: int) -> tuple[float, float, float, float]:
    """Shape and limits of the true-score distribution from factorial moments of scores of n items."""
    x = share * n
    moments = []
    falling = np.ones_like(x)
    down = 1.0
    for order in range(4):
        falling = falling * (x - order)
        down *= n - order
        if down <= 0:
            break
        moments.append(float(falling.mean() / down))
    mean = moments[0]
    variance = moments[1] - mean**2
    if variance <= 0:
        refuse("no_variance", what="true score / 真分数")
    if len(moments) == 4:
        m1, m2, m3, m4 = moments
        third = m3 - 3 * m1 * m2 + 2 * m1**3
        fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
        skew2, kurtosis = third**2 / variance**3, fourth / variance**2
        scale = 6 + 3 * skew2 - 2 * kurtosis
        if scale > 0 and kurtosis - skew2 - 1 > 0:
            r = 6 * (kurtosis - skew2 - 1) / scale
            inner = 1 - 24 * (r + 1) / ((r + 2) * (r + 3) * kurtosis - 3 * (r + 1) * (r - 6))
            if inner > 0:
                small, large = (r / 2 * (1 + s * np.sqrt(inner)) for s in (-1.0, 1.0))
                a, b = (small, large) if third > 0 else (large, small)
                if a > 0 and b > 0:
                    width = float(np.sqrt(variance * (a + b) ** 2 * (a + b + 1) / (a * b)))
                    low = mean - width * a / (a + b)
                    if low >= 0 and low + width <= 1:
                        return float(a), float(b), low, low + width
    common = mean * (1 - mean) / variance - 1
    if common <= 0:
        refuse("no_variance", what="true score / 真分数")
    return mean * common, (1 - mean) * common, 0.0, 1.0


def both_parts(
    theory: ItemBank,
    theory_cut: float,
    practice: ItemBank,
    practice_cut: float,
    correlation: float,
    *,
    nodes: int = 241,
) -> Decision:
    """The rule "theory and practice must both reach their cut" under joint normal abilities.

    Errors of the two parts are independent given (theta_T, theta_P), so conditional probabilities
    multiply; the pair is bivariate normal with `correlation` (of abilities, not of raw scores).
    """
    if not -1 < correlation < 1:
        fault("value", what="correlation", value=correlation, wanted="-1 < r < 1")
    theory_cut, practice_cut = _raw_cut(theory_cut, theory), _raw_cut(practice_cut, practice)
    own = _straddling(theory, theory_cut, -6, 6, nodes)
    other = _straddling(practice, practice_cut, -6, 6, nodes)
    passing_t, true_t = _part(theory, theory_cut, own)
    first, second = np.meshgrid(own, other, indexing="ij")
    if correlation**2 > 0.9:  # too narrow for a square grid: let the second follow the first
        residual = second
        second = correlation * first + np.sqrt(1 - correlation**2) * residual
        weights = np.exp(-0.5 * (first**2 + residual**2))
        passing_p, true_p = _part(practice, practice_cut, second.ravel())
        passing = passing_t[:, None] * passing_p.reshape(second.shape)
        truly = true_t[:, None] & true_p.reshape(second.shape)
    else:
        exponent = (first**2 - 2 * correlation * first * second + second**2) / (2 * (1 - correlation**2))
        weights = np.exp(-exponent)
        passing_p, true_p = _part(practice, practice_cut, other)
        passing = passing_t[:, None] * passing_p[None]
        truly = true_t[:, None] & true_p[None]
    return _decide(passing.ravel(), truly.ravel(), weights.ravel())


def _part(bank: ItemBank, cut: float, theta: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    scores = score_distribution(bank, theta)
    return scores[:, int(np.ceil(cut - 1e-9)) :].sum(axis=1), bank.expected_score(theta) >= cut


def joint_correlation(observed: float, reliability_theory: float, reliability_practice: float) -> float:
    """Correlation of abilities from that of scores, freed of error (Spearman 1904), kept below 0.99."""
    if not (0 < reliability_theory <= 1 and 0 < reliability_practice <= 1):
        fault("value", what="reliability", value=reliability_theory, wanted="0 < r <= 1")
    return float(np.clip(observed / np.sqrt(reliability_theory * reliability_practice), -0.99, 0.99))

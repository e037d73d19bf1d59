"""Marks that were not made one by one: heaped, identical, too fast.

Each function compares a marker with the other markers by robust z scores of the population (the national
habit is the null, not a textbook digit law) and returns p-values for Benjamini and Hochberg.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from chizheng.kernel.errors import Refused
from chizheng.quality.core.surveillance.evidence import Floats
from chizheng.quality.core.wording import WORDING

Ints = NDArray[np.int64]
FEWEST_MARKERS = 8
BY_CHANCE = 0.19
"""Share of multiples of five without any preference: a fifth, a little less with the cut left out."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_NODES = 0.49 * (_NODES + 1)
_LOG_WEIGHTS = np.log(_WEIGHTS)


def _enough(units: int) -> None:
    if units < FEWEST_MARKERS:
        raise Refused("too_few_markers", WORDING["too_few_markers"], found=units, needed=FEWEST_MARKERS)


def heaping(marker: Ints, mark: Ints, *, cut: int) -> Floats:
    """P-value per marker of so many multiples of five (the cut left out); see `heaping_of`."""
    units = int(marker.max()) + 1
    used = mark != cut
    n = np.bincount(marker[used], minlength=units)
    return heaping_of(n, np.bincount(marker[used], mark[used] % 5 == 0, units).astype(float))


def heaping_of(count: Ints, fives: Floats) -> Floats:
    """P-value per marker from `count` marks of which `fives` are multiples of five (the cut left out).

    Every marker rounds a share h of the marks, h from a Beta population fitted by marginal likelihood; the
    tenth of the markers with the most fives counts only as being that high (censored), so that heapers neither
    hide nor, where honest habits are skewed, are taken for more than they are.
    """
    seen = count > 0
    _enough(int(seen.sum()))
    n = count[seen].astype(np.float64)
    k = np.minimum(fives[seen], n)
    chance = BY_CHANCE + (1 - BY_CHANCE) * _NODES
    exact = stats.binom.logpmf(k[:, None], n[:, None], chance)
    rate = (k + 0.2) / (n + 1)
    bound = float(np.quantile(rate, 0.9))
    high = rate > bound
    exact[high] = stats.binom.logsf(np.ceil(bound * n[high])[:, None] - 1, n[high][:, None], chance)

    def prior(q: Floats) -> Floats:
        mean, size = special.expit(q[0]), np.exp(q[1])
        weight = stats.beta.logpdf(_NODES, mean * size, (1 - mean) * size) + _LOG_WEIGHTS
        return np.asarray(weight - special.logsumexp(weight))

    def loss(q: Floats) -> float:
        weak = 0.5 * ((q[0] + 2) / 1.5) ** 2 + 0.5 * ((q[1] - 2.3) / 1.0) ** 2
        return float(weak - special.logsumexp(exact + prior(q), axis=1).sum())

    best = optimize.minimize(loss, np.array([-2.0, 2.3]), method="L-BFGS-B", bounds=[(-6.0, 2.0), (0.7, 5.5)])
    tail = stats.binom.logsf(k[:, None] - 1, n[:, None], chance)
    out = np.ones(count.size)
    out[seen] = np.exp(np.minimum(special.logsumexp(tail + prior(best.x), axis=1), 0.0))
    return out


def identical(marker: Ints, residual: Floats) -> Floats:
    """P-value per marker of marks varying so little given theory (`residual` = mark minus expectation)."""
    units = int(marker.max()) + 1
    n = np.bincount(marker, minlength=units)
    mean = np.bincount(marker, residual, units) / np.maximum(n, 1)
    return identical_of(n, np.bincount(marker, (residual - mean[marker]) ** 2, units).astype(float))


def identical_of(count: Ints, square: Floats) -> Floats:
    """P-value per marker from `count` residuals and their sum of squares about the marker's mean.

    log variance of a marker, minus the expected log of a chi-square over its freedom, in robust units of all
    markers; small samples are widened by their own chi-square error.
    """
    _enough(int((count > 0).sum()))
    freedom = np.maximum(count - 1, 1).astype(np.float64)
    log_variance = np.log(np.maximum(square / freedom, 1e-6)) - (
        special.digamma(freedom / 2) - np.log(freedom / 2)
    )
    error = np.sqrt(special.polygamma(1, freedom / 2))
    enough = count >= 5
    centre = float(np.median(log_variance[enough])) if enough.any() else 0.0
    gap = log_variance - centre
    own = 1.4826 * float(np.median(np.abs(gap[enough] / error[enough]))) if enough.any() else 1.0
    z = gap / (error * max(own, 1.0))
    return np.where(enough, special.ndtr(z), 1.0)


def too_fast(marker: Ints, seconds: Floats) -> Floats:
    """P-value per marker of spending so little time per candidate; `seconds` > 0, NaN unknown.

    Median of log seconds per marker against the markers' own population (median and MAD).
    """
    units = int(marker.max()) + 1
    _enough(units)
    log = np.log(np.where(np.isfinite(seconds) & (seconds > 0), seconds, np.nan))
    typical = np.full(units, np.nan)
    for unit in range(units):
        own = log[(marker == unit) & np.isfinite(log)]
        if own.size >= 5:
            typical[unit] = np.median(own)
    known = np.isfinite(typical)
    if known.sum() < FEWEST_MARKERS:
        return np.ones(units)
    centre = np.median(typical[known])
    spread = max(1.4826 * float(np.median(np.abs(typical[known] - centre))), 1e-3)
    return np.where(known, special.ndtr((typical - centre) / spread), 1.0)


def same_sheets(marker: Ints, sheets: NDArray[np.int64]) -> Floats:
    """Pairs of a marker's candidates with equal sheets of criteria marks, beyond chance: z per marker.

    `sheets` (candidates, criteria). Chance: pairs of candidates of different markers agree that often.
    """
    units = int(marker.max()) + 1
    _, code, count = np.unique(sheets, axis=0, return_inverse=True, return_counts=True)
    code = code.ravel()
    total = marker.size
    n = np.bincount(marker, minlength=units).astype(np.float64)
    everywhere = float((count * (count - 1.0)).sum())
    key, inside = np.unique(marker * (int(code.max()) + 1) + code, return_counts=True)
    own = np.bincount(key // (int(code.max()) + 1), inside * (inside - 1.0), units)
    across = total * (total - 1.0) - float((n * (n - 1)).sum())
    chance = max((everywhere - own.sum()) / max(across, 1.0), 1e-9)
    pairs = n * (n - 1) / 2
    return np.asarray((own / 2 - pairs * chance) / np.sqrt(np.maximum(pairs * chance * (1 - chance), 1e-9)))

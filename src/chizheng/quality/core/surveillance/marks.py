"""Marks that were not made one by one: heaped, identical, too fast.

Each function compares a marker with the other markers by robust z scores of the population (the national
habit is the null, not a textbook digit law) and returns p-values for Benjamini and Hochberg.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from chizheng.kernel.errors import Refused
from chizheng.quality.core.surveillance.evidence import Floats
from chizheng.quality.core.wording import WORDING

Ints = NDArray[np.int64]
FEWEST_MARKERS = 8


def _enough(units: int) -> None:
    if units < FEWEST_MARKERS:
        raise Refused("too_few_markers", WORDING["too_few_markers"], found=units, needed=FEWEST_MARKERS)


def heaping(marker: Ints, mark: Ints, *, cut: int) -> Floats:
    """P-value per marker of so many multiples of five (the cut left out), by a beta-binomial of all.

    The population is fitted by moments on the lower three quarters, so that a few heapers do not hide.
    """
    units = int(marker.max()) + 1
    _enough(units)
    used = mark != cut
    n = np.bincount(marker[used], minlength=units).astype(np.float64)
    fives = np.bincount(marker[used], mark[used] % 5 == 0, units)
    rate = (fives + 0.2) / (n + 1)
    calm = rate <= np.quantile(rate, 0.75)
    middle = float(np.median(rate))
    # The lower half mirrored has the variance of the honest whole.
    spread = float(np.mean((rate[rate <= middle] - middle) ** 2))
    noise = float(np.mean(middle * (1 - middle) / np.maximum(n[calm], 1)))
    size = middle * (1 - middle) / max(spread - noise, 1e-6) - 1
    size = float(np.clip(size, 5, 1e5))
    return np.asarray(stats.betabinom.sf(fives - 1, n, middle * size, (1 - middle) * size), dtype=np.float64)


def identical(marker: Ints, residual: Floats) -> Floats:
    """P-value per marker of marks varying so little, given theory (`residual` = mark minus expectation).

    log variance of a marker, minus the expected log of a chi-square over its freedom, in robust units of all
    markers; small samples are widened by their own chi-square error.
    """
    units = int(marker.max()) + 1
    _enough(units)
    n = np.bincount(marker, minlength=units)
    mean = np.bincount(marker, residual, units) / np.maximum(n, 1)
    square = np.bincount(marker, (residual - mean[marker]) ** 2, units)
    freedom = np.maximum(n - 1, 1).astype(np.float64)
    log_variance = np.log(np.maximum(square / freedom, 1e-6)) - (
        special.digamma(freedom / 2) - np.log(freedom / 2)
    )
    error = np.sqrt(special.polygamma(1, freedom / 2))
    enough = n >= 5
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

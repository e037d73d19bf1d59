"""Person fit lz* (Snijders 2001): does one answer sheet fit the model at the person's own ability?

Limits, measured in the study: it sees careless entry and shifted answer sheets; it does not see
preknowledge (power .03 to .50) nor copying. A low value is a reason to check data entry, nothing else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def weighted_likelihood_ability(right: NDArray[np.int8], slope: Floats, intercept: Floats) -> Floats:
    """Warm's weighted likelihood estimate (1989) per person, 2PL, within +-6; `right`: 1, 0, -1 blank."""
    theta = np.zeros(right.shape[0])
    given = (right >= 0).astype(np.float64)
    x = np.where(right == 1, 1.0, 0.0)
    for _ in range(30):
        p = special.expit(slope * theta[:, None] + intercept)
        w = p * (1 - p) * given
        information = np.maximum((w * slope**2).sum(axis=1), 1e-6)
        bias = (w * (1 - 2 * p) * slope**3).sum(axis=1) / (2 * information)
        score = ((x - p) * given * slope).sum(axis=1) + bias
        step = np.clip(score / information, -1.0, 1.0)
        theta = np.clip(theta + step, -6.0, 6.0)
        if np.abs(step).max(initial=0.0) < 1e-6:
            break
    return theta


def lz_star(right: NDArray[np.int8], slope: Floats, intercept: Floats) -> Floats:
    """lz* per person, standard normal when the sheet fits; strongly negative: it does not. (persons,)

    l0 = sum (x - P) w, w = logit P; corrected for the estimated ability by w~ = w - c r, with
    c = sum P' w / sum P' r, r = a for the 2PL and the weighted-likelihood term r0.
    """
    theta = weighted_likelihood_ability(right, slope, intercept)
    given = (right >= 0).astype(np.float64)
    z = slope * theta[:, None] + intercept
    p = special.expit(z)
    variance = p * (1 - p) * given
    derivative = variance * slope
    r = np.broadcast_to(slope, p.shape)
    c = (derivative * z).sum(axis=1) / np.maximum((derivative * r).sum(axis=1), 1e-9)
    x = np.where(right == 1, 1.0, 0.0)
    l0 = ((x - p) * given * z).sum(axis=1)
    information = np.maximum((variance * slope**2).sum(axis=1), 1e-6)
    r0 = (variance * (1 - 2 * p) * slope**3).sum(axis=1) / (2 * information)
    tilted = z - c[:, None] * r
    spread = np.sqrt(np.maximum((tilted**2 * variance).sum(axis=1), 1e-9))
    # sum (x-P) r = -r0 at the weighted-likelihood estimate
    return np.asarray((l0 + c * r0) / spread, dtype=np.float64)

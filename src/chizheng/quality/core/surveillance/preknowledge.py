"""Who knew the leaked items: signed likelihood ratio on a suspect set (Sinharay 2016, 2017).

L = sign(theta_C - theta_U) sqrt(2[l_C(theta_C) + l_U(theta_U) - l(theta)]), standard normal without
preknowledge; C the compromised items, U the others. Items are 2PL: P = 1/(1+exp(-(a*theta+d))).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
GRID = np.linspace(-5.0, 5.0, 201)


def _peak(curve: Floats) -> tuple[Floats, Floats]:
    """Maximum of each row of `curve` (persons, GRID) and where, refined by a parabola."""
    at = np.clip(curve.argmax(axis=1), 1, GRID.size - 2)
    rows = np.arange(curve.shape[0])
    low, middle, high = curve[rows, at - 1], curve[rows, at], curve[rows, at + 1]
    bend = low - 2 * middle + high
    shift = np.where(bend < -1e-12, 0.5 * (low - high) / np.minimum(bend, -1e-12), 0.0)
    shift = np.clip(shift, -1, 1)
    return middle - 0.25 * (low - high) * shift, GRID[at] + shift * (GRID[1] - GRID[0])


def signed_ratio(
    right: NDArray[np.int8], slope: Floats, intercept: Floats, suspect: NDArray[np.bool_]
) -> Floats:
    """Signed root of the likelihood ratio per person; `right` (persons, items): 1, 0, or -1 for not given.

    `slope`, `intercept` (items) of the calibration; `suspect` (items). Large and positive: better on the
    suspect items than on the rest. Abilities are bounded to +-5, so perfect scores stay finite.
    """
    z = slope[:, None] * GRID + intercept[:, None]
    log_right, log_wrong = special.log_expit(z), special.log_expit(-z)
    yes, no = (right == 1).astype(np.float64), (right == 0).astype(np.float64)

    def curve(items: NDArray[np.bool_]) -> Floats:
        return np.asarray(yes[:, items] @ log_right[items] + no[:, items] @ log_wrong[items])

    of_suspect, of_rest = curve(suspect), curve(~suspect)
    peak_c, at_c = _peak(of_suspect)
    peak_u, at_u = _peak(of_rest)
    peak, _ = _peak(of_suspect + of_rest)
    return np.asarray(np.sign(at_c - at_u) * np.sqrt(np.maximum(2 * (peak_c + peak_u - peak), 0.0)))


def p_value(ratio: Floats) -> Floats:
    """Upper tail: only doing *better* on the suspect items counts."""
    return np.asarray(special.ndtr(-ratio), dtype=np.float64)

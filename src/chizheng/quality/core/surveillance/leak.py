"""Has an item leaked? A running sum per item of how much better it is answered than the other items say.

Cusum of log[q1^x (1-q1)^(1-x) / q^x (1-q)^(1-x)], q the chance of a right answer given the candidate's
*other* items, integrated over the ability posterior (a plug-in ability doubles the false alarms), and
q1 = reach * known + (1 - reach) * q. After Page (1954); alternatives and thresholds of the study, 2.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
NODES = np.linspace(-4.5, 4.5, 41)
REACH = 0.25
KNOWN = 0.95


@dataclass(frozen=True, slots=True)
class LeakWatch:
    """`path` (exposures): the running sum; `limit`; `alarm`: first exposure at or over it, or None."""

    path: Floats
    limit: float
    alarm: int | None


def others_chance(right: NDArray[np.int8], slope: Floats, intercept: Floats) -> Floats:
    """q[n, j]: posterior predictive chance of a right answer on j from the person's other items.

    `right` (persons, items): 1, 0 or -1 (not given); ability N(0, 1). By dividing item j out of the
    posterior: E over (1 / P(x_j)) needs one matrix product for right and one for wrong answers.
    """
    z = slope[:, None] * NODES + intercept[:, None]
    log_right, log_wrong = special.log_expit(z), special.log_expit(-z)
    joint = (right == 1).astype(np.float64) @ log_right + (right == 0).astype(np.float64) @ log_wrong
    joint -= 0.5 * NODES**2
    belief = np.exp(joint - special.logsumexp(joint, axis=1, keepdims=True))
    p = np.clip(np.exp(log_right), 1e-9, 1 - 1e-9)
    after_right = 1.0 / (belief @ (1.0 / p).T)
    after_wrong = (belief @ (p / (1 - p)).T) / (belief @ (1.0 / (1 - p)).T)
    plain = belief @ p.T
    out = np.where(right == 1, after_right, np.where(right == 0, after_wrong, plain))
    return np.asarray(np.clip(out, 1e-6, 1 - 1e-6), dtype=np.float64)


def steps(right: NDArray[np.bool_], q: Floats) -> Floats:
    """Log likelihood ratio of each exposure."""
    bent = REACH * KNOWN + (1 - REACH) * q
    return np.where(right, np.log(bent / q), np.log((1 - bent) / (1 - q)))


def cusum(step: Floats) -> Floats:
    """max(0, C + step) along the last axis, without a loop: the sum less its running minimum."""
    total = np.cumsum(step, axis=-1)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total, axis=-1), 0.0))


def limit_for(
    q: Floats, false_alarm: float, exposures: int, rng: np.random.Generator, draws: int = 2000
) -> float:
    """Limit with `false_alarm` per `exposures` for an item answered with chances like `q`, by simulation."""
    chance = q[rng.integers(0, q.size, (draws, exposures))]
    peak = cusum(steps(rng.random((draws, exposures)) < chance, chance)).max(axis=1)
    return float(np.quantile(peak, 1 - false_alarm))


def watch_item(
    right: NDArray[np.bool_], q: Floats, false_alarm: float, rng: np.random.Generator, exposures: int = 1000
) -> LeakWatch:
    """Follow one item over its exposures in order of time; see `limit_for` for the limit."""
    path = cusum(steps(right, q))
    limit = limit_for(q, false_alarm, exposures, rng)
    over = np.flatnonzero(path >= limit)
    return LeakWatch(path, limit, int(over[0]) if over.size else None)

"""Intervals for shares, and for the difference and the ratio of two shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """A point with its confidence limits; all nan where nothing was observed."""

    point: float
    low: float
    high: float


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def share(hits: float, trials: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval (1927) for hits out of trials."""
    if trials <= 0:
        return Interval(math.nan, math.nan, math.nan)
    z, p = _z(confidence), hits / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half))


def difference(hits_a: int, trials_a: int, hits_b: int, trials_b: int, confidence: float = 0.95) -> Interval:
    """Newcombe's hybrid score interval (1998, method 10) for share a minus share b."""
    a, b = share(hits_a, trials_a, confidence), share(hits_b, trials_b, confidence)
    point = a.point - b.point
    low = point - math.sqrt((a.point - a.low) ** 2 + (b.high - b.point) ** 2)
    high = point + math.sqrt((a.high - a.point) ** 2 + (b.point - b.low) ** 2)
    return Interval(point, low, high)


def ratio(hits_a: int, trials_a: int, hits_b: int, trials_b: int, confidence: float = 0.95) -> Interval:
    """The log interval of Katz et al. (1978) for share a over share b, with a half added to hits and misses.

    The point is the plain ratio (nan where b has no hits).
    """
    if trials_a <= 0 or trials_b <= 0:
        return Interval(math.nan, math.nan, math.nan)
    point = (hits_a / trials_a) / (hits_b / trials_b) if hits_b else math.nan
    a, n, b, m = hits_a + 0.5, trials_a + 1.0, hits_b + 0.5, trials_b + 1.0
    spread = _z(confidence) * math.sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    middle = math.log(a / n) - math.log(b / m)
    return Interval(point, math.exp(middle - spread), math.exp(middle + spread))

"""Items over their exposures: did one get easier since it was first used, and does it look leaked?

Two questions on one matrix in order of time. Drift compares the newest sittings with all before them at
equal ability (Mantel-Haenszel with sittings for groups). The leak sum of `surveillance.leak` needs what an
item was like before anybody could know it: the first candidates calibrate it, the later ones are watched,
and the limit allows for the error of that calibration, without which few first candidates would make
honest items alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from chizheng.quality.core.calibration import Model, Settings, calibrate
from chizheng.quality.core.items.dif import MantelHaenszel, mantel_haenszel
from chizheng.quality.core.refusals import refuse
from chizheng.quality.core.surveillance.leak import cusum, others_chance, steps

Floats = NDArray[np.float64]
Scores = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class ItemPath:
    """The leak sum of one item over its watched exposures, its limit, and the first at or over it (or None).

    `expected`, `seen`: share of right answers that the other items let expect, and the share that came.
    """

    item: str
    path: Floats
    limit: float
    alarm: int | None
    expected: float
    seen: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """Paths of all items that could be calibrated; `baseline` first candidates were used for that."""

    baseline: int
    watched: int
    paths: tuple[ItemPath, ...]


def drifted(
    scores: Scores, names: Sequence[str], sitting: Sequence[int] | NDArray[np.intp], *, least: int
) -> tuple[int, list[MantelHaenszel]]:
    """Newest sittings against all earlier ones; `sitting` is the sitting of each row, rows in order of time.

    The newest sitting stands alone where it has `least` candidates, else the ones before it join.
    Returns how many candidates are counted as new, and the figures (negative delta: harder now).
    """
    order = np.asarray(sitting)
    starts = np.flatnonzero(np.r_[True, order[1:] != order[:-1]])
    sizes = [(int(order.size - s), int(s)) for s in starts[::-1]]
    recent, start = next(((n, s) for n, s in sizes if n >= least), sizes[-1])
    if start < least:
        refuse("nothing_earlier", found=start, least=least)
    focal = np.arange(order.size) >= start
    return recent, mantel_haenszel(scores, names, focal, least_group=least)


def exposure(
    right: Scores,
    names: Sequence[str],
    *,
    first: int,
    most: int,
    least_watched: int,
    false_alarm: float,
    rng: np.random.Generator,
) -> Exposure:
    """Leak sums of a paper's items. `right` (candidates in order of time, items): 1 right, 0 wrong, -1 not given.

    Half of the candidates calibrate, but no fewer than `first` and no more than `most`; the others are
    watched. Refused where fewer than `first + least_watched` candidates answered.
    """
    persons = right.shape[0]
    if persons < first + least_watched:
        refuse("too_few_persons", found=persons, least=first + least_watched)
    baseline = int(np.clip(persons // 2, first, most))
    fitted = calibrate(right[:baseline], names, Model.TWO_PL, settings=Settings(tolerance=1e-4))
    place = {n: j for j, n in enumerate(names)}
    use = np.array([place[i.name] for i in fitted.items])
    slope = np.array([i.slope for i in fitted.items])
    intercept = np.array([i.intercepts[0] for i in fitted.items])
    error = np.nan_to_num(np.array([i.se_intercepts[0] for i in fitted.items]), nan=1.0)
    later = right[baseline:][:, use]
    q = others_chance(later, slope, intercept)
    paths = []
    for j, item in enumerate(fitted.items):
        there = later[:, j] >= 0
        chance, answer = q[there, j], later[there, j] == 1
        if not there.any():
            continue
        path = cusum(steps(answer, chance))
        limit = _limit(chance, float(error[j]), false_alarm, rng)
        over = np.flatnonzero(path >= limit)
        paths.append(
            ItemPath(
                item.name, path, limit, int(over[0]) if over.size else None, float(chance.mean()),
                float(answer.mean()),
            )
        )  # fmt: skip
    return Exposure(baseline, persons - baseline, tuple(paths))


def _limit(
    chance: Floats, error: float, false_alarm: float, rng: np.random.Generator, exposures: int = 1000,
    draws: int = 800,
) -> float:  # fmt: skip
    """Limit with `false_alarm` per `exposures` for an honest item whose ease is known only with `error` logits."""
    single = np.float32
    right = steps(np.ones(chance.size, np.bool_), chance).astype(single)
    wrong = steps(np.zeros(chance.size, np.bool_), chance).astype(single)
    pick = rng.integers(0, chance.size, (draws, exposures), dtype=np.int32)
    wobble = (error * rng.standard_normal((draws, 1))).astype(single)
    true = expit(logit(chance).astype(single)[pick] + wobble)
    came = rng.random((draws, exposures), dtype=single) < true
    peak = cusum(np.where(came, right[pick], wrong[pick])).max(axis=1)
    return float(np.quantile(peak, 1 - false_alarm))

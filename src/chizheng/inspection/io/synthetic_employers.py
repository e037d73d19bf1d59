"""Synthetic employers with a known truth, for the targeting bench and tests: who violates, and what shows.

Base rate about 0.2 and equal in all places; the register misses certificates, in some places many. The
signals are noisy, past visits are biased to large employers. Nobody in it exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chizheng.inspection.core.targeting import Employers, Visits

PLACES = 31
CLUSTER = 5.0
"""Beta concentration of an employer's own coverage around that of its place."""


@dataclass(frozen=True)
class Truth:
    """What nobody knows before a visit: uncertified and certified workers, those registered, coverage."""

    employers: Employers
    uncertified: npt.NDArray[np.int64]
    certified: npt.NDArray[np.int64]
    registered: npt.NDArray[np.int64]
    coverage: npt.NDArray[np.float64]

    def visited(self, rows: npt.NDArray[np.intp], random: npt.NDArray[np.bool_]) -> Visits:
        """The results of visiting `rows`."""
        return Visits(
            self.employers.take(rows),
            self.uncertified[rows],
            self.certified[rows],
            self.registered[rows],
            random,
        )

    def past_visits(self, count: int, *, seed: int, random_share: float = 0.1) -> Visits:
        """A year of visits as habit has it: large employers and complaints first, some at random."""
        rng = np.random.default_rng(seed)
        n = len(self.uncertified)
        drawn = rng.choice(n, max(1, int(count * random_share)), replace=False)
        habit = np.log1p(self.employers.posts) + np.log1p(self.employers.signals["complaints"])
        rest = np.setdiff1d(np.argsort(-(habit + rng.gumbel(size=n)))[:count], drawn)[: count - len(drawn)]
        rows = np.concatenate([drawn, rest]).astype(np.intp)
        return self.visited(rows, np.arange(len(rows)) < len(drawn))


def employers(count: int, *, seed: int = 1997) -> Truth:
    """`count` employers in 31 places by seed (numpy's PCG64, stable between versions)."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, PLACES, count)
    by_place = np.concatenate(
        [rng.uniform(0.55, 0.72, PLACES // 3), rng.uniform(0.78, 0.96, PLACES - PLACES // 3)]
    )
    posts = 1 + np.minimum(400, rng.lognormal(1.5, 1.1, count)).astype(np.int64)
    habit = rng.normal(size=count)  # carelessness: shows in everything the employer does
    violating = rng.random(count) < 1 / (1 + np.exp(-(-2.05 + 1.3 * habit + 0.7 * (np.log1p(posts) - 1.8))))
    share = rng.beta(1.3, 3.2, count)
    uncertified = np.where(violating, np.maximum(1, rng.binomial(posts, share)), 0)
    certified = posts - uncertified
    # certificates of one employer come from one station: they are in the register, or missing, together
    own = rng.beta(CLUSTER * by_place[place], CLUSTER * (1 - by_place[place]))
    registered = rng.binomial(certified, own)
    noise = rng.normal(size=(6, count))
    signals = {
        "complaints": rng.poisson(np.exp(-1.6 + 0.5 * habit + 0.4 * violating + 0.25 * np.log1p(posts))),
        "past_violations": rng.poisson(np.exp(-2.3 + 0.6 * habit + 0.5 * violating)),
        "years_unvisited": rng.exponential(2.0, count).clip(0, 8),
        "turnover": 1 / (1 + np.exp(-(-1.2 + 0.3 * habit + 0.4 * noise[0]))),
        "late_filings": 1 / (1 + np.exp(-(-2.0 + 0.6 * habit + 0.6 * noise[1]))),
        "silent_ads": rng.poisson(np.exp(-0.9 + 0.4 * habit + 0.3 * violating)),
        "agency_share": 1 / (1 + np.exp(-(-2.2 + 0.2 * habit + 0.8 * noise[2]))),
        "letter_ignored": (0.8 * habit + 1.0 * violating + noise[3] > 2.2),
        "young": (noise[4] + 0.2 * habit > 1.0),
        "accidents": rng.poisson(np.exp(-2.6 + 0.35 * habit + 0.3 * np.log1p(posts))),
    }
    shown = Employers(
        employer=rng.permutation(count).astype(np.int64) + 1,
        place=place.astype(np.int64),
        posts=posts,
        unmatched=posts - registered,
        signals={name: np.asarray(values, dtype=np.float64) for name, values in signals.items()},
    )
    return Truth(shown, uncertified, certified, registered, by_place)

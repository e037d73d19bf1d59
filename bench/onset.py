"""Sequential watch: share of stations found within k sittings of the onset, 1 % false alarms over two years.

    PYTHONPATH=src:. python bench/onset.py [--stations 300]

24 monthly sittings of 8 to 34 candidates; bent from the seventh. The honest world is learned from another
province. Peer: risk-adjusted pass-rate cusum (observed minus expected passes).
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import special

from chizheng.quality.core.surveillance.sequential import watch
from chizheng.quality.core.surveillance.stations import weigh
from chizheng.quality.core.surveillance.world import Records
from tests.quality.worlds import CUT, corrupted, province

SITTINGS, ONSET = 24, 6


def history(rng: np.random.Generator, mode: str, stations: int) -> tuple[Records, np.ndarray]:
    sizes = rng.integers(8, 35, (stations, SITTINGS))
    p = province(rng, "honest", stations=stations, low=int(sizes.sum(1).max()), high=int(sizes.sum(1).max()))
    keep, sitting = [], []
    for s in range(stations):
        rows = np.flatnonzero(p.station == s)[: sizes[s].sum()]
        keep.append(rows)
        sitting.append(np.repeat(np.arange(SITTINGS), sizes[s]))
    rows, when = np.concatenate(keep), np.concatenate(sitting)
    marks = p.practical[rows]
    late = when >= ONSET
    marks[late] = corrupted(marks[late], mode, rng)
    return Records(p.station[rows], np.zeros_like(rows), p.theory[rows].astype(float), marks), when


def pass_cusum(r: Records, when: np.ndarray, world) -> np.ndarray:
    location, scale = world.placement.at(r.partition, r.covariate)
    early = when < ONSET  # the peer, too, may know the station from its first half-year
    n = np.bincount(r.unit[early], minlength=r.units)
    mean = np.bincount(r.unit[early], (r.mark - location)[early], r.units) / n
    known = mean * world.effect_sd**2 / (world.effect_sd**2 + scale.mean() ** 2 / n)
    chance = special.ndtr((location + known[r.unit] - CUT + 0.5) / scale)
    code = r.unit * SITTINGS + when
    gap = np.bincount(code, (r.mark >= CUT) - chance).reshape(-1, SITTINGS)
    size = np.bincount(code).reshape(-1, SITTINGS)
    step = gap - 0.03 * size
    total = np.cumsum(step, axis=1)
    return total - np.minimum(np.minimum.accumulate(total, axis=1), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=300)
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    p = province(rng, "honest")
    world = weigh(
        Records(p.station, np.zeros_like(p.station), p.theory.astype(float), p.practical), CUT, rounds=2
    ).world
    honest, when = history(rng, "honest", 2 * args.stations)
    seen = watch(honest, when, world)
    peak = np.array([w.cusum.max() for w in seen])
    limit = np.quantile(peak, 0.99)
    ville = np.mean([w.evidence.max() > np.log(100) for w in seen])
    simple = np.quantile(pass_cusum(honest, when, world).max(axis=1), 0.99)
    print(f"limit {limit:.2f}; e-process over 100 among honest stations: {ville:.4f} (at most 0.01)")
    for mode in ("near8", "all8", "paid40", "smart40", "paid15"):
        r, when = history(rng, mode, args.stations)
        seen = watch(r, when, world)
        path = np.array([w.cusum for w in seen])
        peer = pass_cusum(r, when, world)

        def within(path, limit, k):
            return (path[:, ONSET : ONSET + k] > limit).any(axis=1).mean()

        onset = np.median([abs(w.onset - ONSET) for w in seen])
        print(
            f"{mode:8} found within 3/6/12/18 sittings "
            + " ".join(f"{within(path, limit, k):.2f}" for k in (3, 6, 12, 18))
            + "   pass-rate cusum "
            + " ".join(f"{within(peer, simple, k):.2f}" for k in (3, 6, 12, 18))
            + f"   median error of the onset {onset:.0f} sittings",
            flush=True,
        )


if __name__ == "__main__":
    main()

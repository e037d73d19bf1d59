"""Stations: power and false discovery against the oracle and the simple detectors, in the same draws.

    PYTHONPATH=src:. python bench/surveillance.py [--provinces 20] [--worlds ...] [--modes ...]

Oracle: likelihood ratio with the mechanism, its share and the honest population known. Funnel: pass rate
against the national one with over-dispersion. McCrary: jump of the mark density at 59.5, smoothed
counts on either side. Power is at 1 % false alarms among the honest stations of the same draws.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy import special
from scipy import stats as st

from chizheng.quality.core.surveillance import stations, survey
from chizheng.quality.core.surveillance.evidence import local_fdr_cut
from chizheng.quality.core.surveillance.likelihood import Habits, Shape
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism
from chizheng.quality.core.surveillance.world import EFFECT_GRID, Located, Placement, Records, World
from tests.quality.worlds import CUT, MODES, Province, province

TRUTH = {
    "near8": Mechanism(Family.PUSH, 0.999, reach=8, step=8),
    "all8": Mechanism(Family.SHIFT, step=8),
    "paid15": Mechanism(Family.SOLD, 0.15, width=3),
    "paid40": Mechanism(Family.SOLD, 0.40, width=3),
    "smart40": Mechanism(Family.SPREAD, 0.40, width=16),
}


def records(p: Province) -> Records:
    return Records(p.station, np.zeros_like(p.station), p.theory.astype(float), p.practical)


def oracle(p: Province, mode: str, world: str) -> np.ndarray:
    """Log likelihood ratio with everything known."""
    grid = np.arange(-12, 12.01, 0.02)
    tau = 4.0 if world == "tau4" else 2.5
    if world == "t5":
        s = 2.5 / np.sqrt(5 / 3)
        effect = st.t.pdf(EFFECT_GRID / s, 5) / s
    else:
        effect = st.norm.pdf(EFFECT_GRID, 0, tau)
    heap, mercy = ((4, 12), (4, 6)) if world == "heaping" else ((2, 18), (2, 8))
    location = 70 + 0.45 * (p.theory - 68.0)
    n = p.size
    fives = np.bincount(p.station, p.practical % 5 == 0, n.size) / n
    h = np.clip((fives - 0.2) / 0.8, 0.01, 0.6)
    se = 1 / np.sqrt(n * 0.64 / (fives * (1 - fives)) + 1 / st.beta.std(*heap) ** 2)
    one = np.ones(1)
    truth = World(
        CUT,
        Placement(one * 68, 1.0, one * 70, np.array([[0.45, 0, 0]]), one * 9, one * 0, one * 9),
        Shape(-12.0, 0.02, st.norm.cdf(grid)),
        Habits(np.array([1, 0.5, 0, 0.0]), np.ones(101)),
        effect,
        tau,
        heap,
        mercy,
    )
    here = Located(
        location,
        np.full(location.size, 9.0),
        np.bincount(p.station, p.practical - location, n.size) / n,
        h,
        se,
    )
    return stations.evaluate(records(p), truth, [TRUTH[mode]], located=here).log_factor[:, 0]


def funnel(p: Province) -> np.ndarray:
    rate = np.bincount(p.station, p.practical >= CUT) / p.size
    mean = (p.practical >= CUT).mean()
    z = (rate - mean) / np.sqrt(mean * (1 - mean) / p.size)
    return z / max(1.0, np.sqrt(np.mean(z**2)))


def mccrary(p: Province, half: int = 6) -> np.ndarray:
    counts = np.zeros((p.size.size, 101))
    np.add.at(counts, (p.station, p.practical), 1)
    base = counts.sum(0)
    above = counts[:, CUT : CUT + half].sum(1)
    below = counts[:, CUT - half : CUT].sum(1)
    share = base[CUT : CUT + half].sum() / base[CUT - half : CUT + half].sum()
    total = above + below
    return (above - share * total) / np.sqrt(np.maximum(share * (1 - share) * total, 1e-9))


def surveyed(p: Province, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Flags and log odds of stations from the whole survey, four assessors and six sessions a station."""
    n, count = p.station.size, p.size.size
    marks = survey.Marks(
        p.station,
        p.station * 4 + rng.integers(0, 4, n),
        p.station * 6 + rng.integers(0, 6, n),
        np.zeros_like(p.station),
        p.theory.astype(float),
        p.practical.astype(float),
    )
    policy = survey.Policy(CUT)
    populations = survey.learn_populations(marks, policy)
    found = survey.empty_tally()
    survey.tally(populations, marks, found, policy)
    verdict = survey.judge(found, policy, count, 4 * count, 6 * count)[0]
    return verdict.flagged, special.logit(np.clip(verdict.posterior, 1e-15, 1 - 1e-15))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provinces", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20_240)
    parser.add_argument("--worlds", nargs="+", default=["normal", "t5", "tau4", "heaping"])
    parser.add_argument("--modes", nargs="+", default=list(MODES))
    parser.add_argument(
        "--survey", action="store_true", help="as the command does: assessors, sessions, theory too"
    )
    args = parser.parse_args()
    print(
        "world    mode     ours  oracle ratio  funnel mccrary | at FDR 5 %: power"
        "  FDR (se)  flagged | CPU s/province"
    )
    for world in args.worlds:
        rates = []
        for mode in args.modes:
            stat: dict[str, list[np.ndarray]] = {"ours": [], "oracle": [], "funnel": [], "mccrary": []}
            bent, fdp, found, count = [], [], [], []
            spent = 0.0
            for i in range(args.provinces):
                rng = np.random.default_rng([args.seed, i, *map(ord, world + mode)])
                p = province(rng, mode, world=world)
                start = time.process_time()
                if args.survey:
                    flag, odds = surveyed(p, rng)
                else:
                    odds = stations.weigh(records(p), CUT).log_odds
                    flag = local_fdr_cut(1 / (1 + np.exp(odds)), 0.05)
                spent += time.process_time() - start
                bent.append(p.corrupt)
                stat["ours"].append(odds)
                if mode in TRUTH:
                    stat["oracle"].append(oracle(p, mode, world))
                stat["funnel"].append(funnel(p))
                stat["mccrary"].append(mccrary(p))
                fdp.append((flag & ~p.corrupt).sum() / max(flag.sum(), 1))
                found.append((flag & p.corrupt).sum() / max(p.corrupt.sum(), 1))
                count.append(flag.sum())
            truth = np.concatenate(bent)
            power = {}
            for name, values in stat.items():
                if values:
                    s = np.concatenate(values)
                    power[name] = (s[truth] > np.quantile(s[~truth], 0.99)).mean() if truth.any() else np.nan
            rates.append(np.mean(fdp))
            print(
                f"{world:8} {mode:8} {power['ours']:.3f} {power.get('oracle', np.nan):.3f} "
                f"{power['ours'] / power.get('oracle', np.nan):.3f}  "
                f"{power['funnel']:.3f}  {power['mccrary']:.3f}  |"
                f"  {np.mean(found):.3f}  {np.mean(fdp):.3f} ({np.std(fdp) / np.sqrt(len(fdp)):.3f})"
                f"  {np.mean(count):.1f}"
                f"  | {spent / args.provinces:.2f}",
                flush=True,
            )
        print(f"{world:8} mean FDR {np.mean(rates):.3f}", flush=True)


if __name__ == "__main__":
    main()

"""Second stage: blind re-marks of at most 1.6 % of the candidates, where they tell most, against at random.

    PYTHONPATH=src:. python bench/remarks.py [--provinces 10]

An outside marker gives the honest mark plus an error of four points. Power at 1 % false alarms.
"""

from __future__ import annotations

import argparse

import numpy as np

from chizheng.quality.core.surveillance.evidence import learned_odds
from chizheng.quality.core.surveillance.remarks import after_remarks, choose, lifted
from chizheng.quality.core.surveillance.stations import pseudo_counts, weigh
from chizheng.quality.core.surveillance.world import Records, locate
from tests.quality.worlds import CUT, corrupted, province

NOISE = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provinces", type=int, default=10)
    parser.add_argument("--modes", nargs="+", default=["paid15", "paid40", "smart40"])
    args = parser.parse_args()
    for mode in args.modes:
        truth, alone, aimed, random, spent = [], [], [], [], []
        for i in range(args.provinces):
            rng = np.random.default_rng([77, i, *map(ord, mode)])
            p = province(rng, "honest")
            bent = np.zeros(p.size.size, bool)
            bent[rng.choice(p.size.size, 10, replace=False)] = True
            handed = p.practical.copy()
            for s in np.flatnonzero(bent):
                rows = p.station == s
                handed[rows] = corrupted(handed[rows], mode, rng)
            r = Records(p.station, np.zeros_like(p.station), p.theory.astype(float), handed)
            w = weigh(r, CUT)
            here = locate(w.world, r)
            chance = lifted(r, here, w.world, w.mechanisms)
            mean = (chance * w.share[p.station]).sum(axis=1)
            budget = int(0.016 * handed.size)
            outside = np.clip(p.practical + rng.normal(0, NOISE, handed.size), 0, 100)
            pseudo = pseudo_counts(w.mechanisms, 1.0)
            for target, odds in ((aimed, w.log_odds), (random, rng.normal(size=p.size.size))):
                chosen, baseline = choose(p.station, odds, mean, handed, CUT, budget)
                told = after_remarks(r, here, chance, chosen, baseline, outside, CUT, NOISE)
                target.append(learned_odds(w.log_factor + told, pseudo, 10.0)[0])
                if target is aimed:
                    spent.append(chosen.mean())
            truth.append(bent)
            alone.append(w.log_odds)
        t = np.concatenate(truth)

        def power(values: list[np.ndarray], t=t) -> float:
            s = np.concatenate(values)
            return float((s[t] > np.quantile(s[~t], 0.99)).mean())

        print(
            f"{mode:8} alone {power(alone):.3f}  with aimed re-marks {power(aimed):.3f}"
            f" ({np.mean(spent):.2%} of candidates)  at random stations {power(random):.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

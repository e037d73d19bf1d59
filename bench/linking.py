"""Linking with leaked anchors: error of the equated 60 % cut in raw points of 60.

    OPENBLAS_NUM_THREADS=1 PYTHONPATH=src python bench/linking.py

Bounds: purified <= 0.3 at 3,000 candidates a form with 3 of 15 anchors leaked, <= 0.75 at 1,000.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chizheng.quality.core.linking import Method, link, true_score_equivalent
from tests.quality.core.test_linking import form_pair

REPLICATES = 40


def main() -> None:
    print(f"RMSE over {REPLICATES} replicates")
    print(f"{'candidates':>10} {'leaked':>6} {'Stocking-Lord':>14} {'purified':>9}")
    for persons in (1_000, 3_000):
        for leaked in (0, 3):
            wrong, plain = [], []
            for seed in range(REPLICATES):
                base, new, cut, truth, _ = form_pair(seed, persons, leaked)
                wrong.append(cut - truth)
                line = link(new.chosen(np.arange(15)), base.chosen(np.arange(15)), Method.STOCKING_LORD)
                plain.append(true_score_equivalent(36, base, line.move(new)) - truth)
            root = [np.sqrt(np.mean(np.square(v))) for v in (plain, wrong)]
            print(f"{persons:10,} {leaked:6} {root[0]:14.2f} {root[1]:9.2f}")


if __name__ == "__main__":
    main()

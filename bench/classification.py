"""Decisions at the cut: bias and error of the estimates against the truth of the simulated world.

    OPENBLAS_NUM_THREADS=1 PYTHONPATH=src python bench/classification.py

Bound: |bias| <= 0.002 for Lee from calibrated items and for the rule "both parts >= 60 %". Livingston and Lewis,
who know totals and a reliability only, come to about 0.002 with omega and lengths between whole numbers (0.0025 with
alpha and a rounded length); what is left is their model, and goes where items are calibrated.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.calibration import Model, calibrate
from chizheng.quality.core.classification import both_parts, lee_normal, livingston_lewis
from chizheng.quality.core.items import reliability
from tests.quality.core.test_decisions import answers, paper
from tests.quality.simulated import names

REPLICATES = 30


def main() -> None:
    theory, practice = paper(1), paper(2, 40)
    truth = lee_normal(theory, 36)
    joint_truth = both_parts(theory, 36, practice, 24, 0.6)
    gaps: dict[str, list[tuple[float, float]]] = {"Lee": [], "Livingston-Lewis": [], "both parts": []}
    for seed in range(REPLICATES):
        one, other = np.random.default_rng(seed).normal(size=(2, 2000))
        first = answers(theory, one, 1000 + seed)
        second = answers(practice, 0.6 * one + 0.8 * other, 2000 + seed)
        banks = [ItemBank.of(calibrate(s, names(s.shape[1]), Model.TWO_PL).items) for s in (first, second)]
        found = lee_normal(banks[0], 36)
        gaps["Lee"].append((found.accuracy - truth.accuracy, found.consistency - truth.consistency))
        omega = reliability(first, names(60)).omega  # alpha is a lower bound and biases decisions down
        found = livingston_lewis(first.sum(axis=1).astype(float), omega, 36, highest=60)
        gaps["Livingston-Lewis"].append(
            (found.accuracy - truth.accuracy, found.consistency - truth.consistency)
        )
        found = both_parts(banks[0], 36, banks[1], 24, 0.6)
        gaps["both parts"].append(
            (found.accuracy - joint_truth.accuracy, found.consistency - joint_truth.consistency)
        )
    print(f"truth, theory: accuracy {truth.accuracy:.4f} consistency {truth.consistency:.4f}")
    print(f"truth, both:   accuracy {joint_truth.accuracy:.4f} consistency {joint_truth.consistency:.4f}")
    print(f"{'method':18} {'bias acc':>9} {'bias con':>9} {'RMSE acc':>9} {'RMSE con':>9}")
    for method, values in gaps.items():
        v = np.array(values)
        bias, root = v.mean(axis=0), np.sqrt((v**2).mean(axis=0))
        print(f"{method:18} {bias[0]:9.4f} {bias[1]:9.4f} {root[0]:9.4f} {root[1]:9.4f}")


if __name__ == "__main__":
    main()

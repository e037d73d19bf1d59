"""Many-facet Rasch: CPU seconds, memory and accuracy of severities.

    OPENBLAS_NUM_THREADS=1 PYTHONPATH=src python bench/raters.py

Stored figures of the study (same kind of machine): TAM 4.3 1.07 s / 5.1 s for the first two, out of
memory (14 GB) for the last; RaschPy 1.4 0.29 / 1.6 / 116.7 s and 2,190 MB.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chizheng.quality.core.raters import fit_facets, habits
from tests.quality.simulated import practical

STORED = {1_000: ("1.07", "0.29"), 3_000: ("5.1", "1.6"), 20_000: ("no memory", "116.7")}


def main() -> None:
    head = ("CPU s", 7), ("MB", 5), ("RMSE", 7), ("mean SE", 8), ("TAM", 10), ("RaschPy", 8)
    print(f"{'candidates x assessors':24} " + " ".join(f"{name:>{width}}" for name, width in head))
    for candidates, assessors in ((1_000, 20), (3_000, 60), (20_000, 500)):
        ratings, severity = practical(candidates, assessors, 1)
        start = time.process_time()
        fit = fit_facets(ratings)
        spent = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rmse = float(np.sqrt(np.mean((fit.severity - severity) ** 2)))
        tam, raschpy = STORED[candidates]
        print(
            f"{candidates:>10,} x {assessors:<11} {spent:7.2f} {memory:5.0f} {rmse:7.4f} "
            f"{fit.se_severity.mean():8.4f} {tam:>10} {raschpy:>8}"
        )
        start = time.process_time()
        habits(fit)
        print(f"  habits of all assessors {time.process_time() - start:6.2f}")


if __name__ == "__main__":
    main()

"""Calibration: CPU seconds and agreement, against girth (same run) and stored mirt figures.

    OPENBLAS_NUM_THREADS=1 PYTHONPATH=src python bench/calibration.py [--girth]

girth takes 2 minutes of CPU at 50,000 x 100; without --girth it runs at 2,000 x 40 only. The stored
figures of mirt 1.45.1 (R 4.2.2, another machine of the same kind): 33.4 s, 4.0 s for 10,000 x 60,
22.9 s more for standard errors there, 20.2 s for GPCM 5,000 x 30 x 5.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chizheng.quality.core.calibration import Model, Settings, calibrate
from tests.quality.simulated import binary, graded, names

MIRT = {(2_000, 40): 0.55, (10_000, 60): 2.7, (50_000, 100): 33.4, (5_000, 30): 20.2}


def cpu(task):  # type: ignore[no-untyped-def]
    """Best CPU seconds of three, and the result."""
    best, result = np.inf, None
    for _ in range(3):
        start = time.process_time()
        result = task()
        best = min(best, time.process_time() - start)
    return best, result


def main() -> None:
    print(f"{'task':34} {'CPU s':>8} {'bound':>7} {'mirt/ours':>10} {'girth/ours':>11}   log-likelihood")
    for persons, items, bound in ((2_000, 40, None), (10_000, 60, None), (50_000, 100, 0.5)):
        scores, a, _ = binary(persons, items, 1)
        label = names(items)
        plain = Settings(standard_errors=False)
        spent, result = cpu(lambda: calibrate(scores, label, Model.TWO_PL, settings=plain))  # noqa: B023
        full, with_errors = cpu(lambda: calibrate(scores, label, Model.TWO_PL))  # noqa: B023
        ratio = ""
        if persons == 2_000 or "--girth" in sys.argv:
            from girth import twopl_mml

            start = time.process_time()
            peer = twopl_mml(scores.T.astype(int), {"quadrature_n": 61, "quadrature_bounds": (-6, 6)})
            ratio = f"{(time.process_time() - start) / spent:.0f}x"
            apart = np.abs(peer["Discrimination"] - [i.slope for i in result.items]).max()
            ratio += f" ({apart:.0e})"
        faster = MIRT[persons, items] / spent
        print(
            f"2PL {persons:,} x {items:<20} {spent:8.3f} {bound or '':>7} {faster:9.0f}x {ratio:>11}"
            f"   {result.log_likelihood:.4f}"
        )
        rmse = np.sqrt(np.mean([(i.slope - v) ** 2 for i, v in zip(with_errors.items, a, strict=True)]))
        most = 0.2 if items == 60 else ""
        print(f"  with standard errors             {full:8.3f} {most:>7}   RMSE a {rmse:.4f}")
    scores, _, _ = graded(5_000, 30, 4, 2)
    spent, result = cpu(lambda: calibrate(scores, names(30), Model.GPCM))
    print(f"GPCM 5,000 x 30 x 5, with errors    {spent:8.3f} {0.4:>7} {20.2 / spent:9.0f}x")
    scores, _, _ = binary(5_000, 40, 3)
    spent, result = cpu(lambda: calibrate(scores, names(40), Model.THREE_PL))
    print(f"3PL 5,000 x 40, with errors         {spent:8.3f}")
    whole_command()


def whole_command() -> None:
    """What a user feels: the command from start to exit on 50,000 x 100 in CSV."""
    scores, _, _ = binary(50_000, 100, 1)
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder, "responses.csv")
        np.savetxt(sheet, scores, fmt="%d", delimiter=",", header=",".join(names(100)), comments="")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "chizheng.cli", "calibrate", str(sheet), "--model", "2pl",
             "--out", str(Path(folder, "items.csv"))],
            check=True, env=os.environ, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"chizheng calibrate, 50,000 x 100 CSV {spent:7.3f}   peak {after.ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

"""A large run from file to flags: CPU seconds and peak memory by number of results.

    PYTHONPATH=src:. python bench/national.py [--rows 1000000] [--partitions 50]

Stations of 500 to 3,000 results, occupations and levels at random, four assessors and six sessions each.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from chizheng.law.io.shelf import law
from chizheng.quality.core.surveillance.report import Parameters, inspect
from chizheng.quality.io.results import Results
from tests.quality.worlds import province


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=50)
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    stations = max(args.rows // 1750, 20)
    p = province(rng, "mixed", stations=stations, low=500, high=3000)
    n = p.station.size
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.parquet"
        columns = {
            "station": p.station,
            "assessor": p.station * 4 + rng.integers(0, 4, n),
            "session": p.station * 6 + rng.integers(0, 6, n),
            "candidate": np.arange(n),
            "theory": p.theory,
            "practical": p.practical,
            "occupation": rng.integers(0, args.partitions // 5, n),
            "level": rng.integers(1, 6, n),
        }
        con = duckdb.connect()
        con.register("columns", columns)
        con.execute(f"COPY (SELECT * FROM columns) TO '{path}' (FORMAT parquet)")
        con.close()
        start = time.process_time()
        with Results(path) as results:
            loaded = time.process_time() - start
            parameters = Parameters.read(law(), on=date(2025, 1, 1))
            flags, _ = inspect(results, parameters, lambda *_: None)
        spent = time.process_time() - start
    bent = {str(s) for s in np.flatnonzero(p.corrupt)}
    listed = {f.unit for f in flags if f.kind == "station" and f.flagged}
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n} results, {stations} stations: load {loaded:.1f} CPU s, all {spent:.1f} CPU s"
        f" ({spent / n * 1e6:.1f} s per million), peak {rss:.0f} MB;"
        f" found {len(listed & bent)} of {len(bent)}, false {len(listed - bent)}"
    )


if __name__ == "__main__":
    main()

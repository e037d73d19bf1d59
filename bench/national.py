"""A national run from file to flags: wall and CPU seconds and peak memory by number of results and of workers.

    PYTHONPATH=src:. python bench/national.py [--rows 1000000] [--workers 2] [--partitions 50] [--keep FOLDER]

Stations of 500 to 3,000 results, occupations and levels at random, four assessors and six dated sessions each, 5 %
of the stations bent in one of five ways. The table is made by a process of its own, so that memory is that of the run.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from chizheng.law.io.shelf import law
from chizheng.quality.core.surveillance.report import Parameters
from chizheng.quality.io.pieces import inspect_in_pieces
from chizheng.quality.io.results import Results
from tests.quality.worlds import province

AT_ONCE = 1_000_000


def make(folder: Path, rows: int, partitions: int) -> None:
    """Write r.parquet and the numbers of the bent stations, a million rows at a time."""
    bent: list[int] = []
    made = first = 0
    con = duckdb.connect()
    while made < rows:
        rng = np.random.default_rng([1, first])
        p = province(rng, "mixed", stations=max(min(AT_ONCE, rows - made) // 1750, 20), low=500, high=3000)
        n = p.station.size
        station, sitting = p.station + first, rng.integers(0, 6, n)
        columns = {
            "station": station,
            "assessor": station * 4 + rng.integers(0, 4, n),
            "session": station * 6 + sitting,
            "month": sitting,
            "candidate": np.arange(made, made + n),
            "theory": p.theory,
            "practical": p.practical,
            "occupation": rng.integers(0, max(partitions // 5, 1), n),
            "level": rng.integers(1, 6, n),
        }
        con.register("columns", columns)
        con.execute(
            f"COPY (SELECT * EXCLUDE month, DATE '2025-01-15' + to_months(CAST(month AS INTEGER)) AS date FROM columns)"
            f" TO '{folder / f'part-{first}.parquet'}' (FORMAT parquet)"
        )
        con.unregister("columns")
        bent += [first + int(s) for s in np.flatnonzero(p.corrupt)]
        made, first = made + n, first + p.size.size
    con.execute(
        f"COPY (SELECT * FROM '{folder}/part-*.parquet') TO '{folder / 'r.parquet'}' (FORMAT parquet)"
    )
    np.save(folder / "bent.npy", np.array(bent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--partitions", type=int, default=50)
    parser.add_argument("--keep", type=Path, default=None, help="folder to keep table and pieces in")
    parser.add_argument("--make", type=Path, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--run", type=Path, default=None, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make is not None:
        make(args.make, args.rows, args.partitions)
        return
    if args.run is not None:
        run(args.run, args.workers)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = args.keep or Path(name)
        folder.mkdir(exist_ok=True)
        if not (folder / "r.parquet").is_file():
            made = ["--rows", str(args.rows), "--partitions", str(args.partitions), "--make", str(folder)]
            subprocess.run([sys.executable, __file__, *made], check=True)
        # a child of its own, or the maker's memory would be taken for the workers'
        ran = ["--run", str(folder), "--workers", str(args.workers)]
        subprocess.run([sys.executable, __file__, *ran], check=True)


def run(folder: Path, workers: int) -> None:
    path, work = folder / "r.parquet", folder / "work"
    work.mkdir(exist_ok=True)
    spent_before = spent()
    start = time.perf_counter()
    steps: dict[str, float] = {}

    def tell(step: str, done: int = 0, total: int = 0) -> None:
        if step not in steps or done == total:
            steps[step] = time.perf_counter() - start
            print(f"  {steps[step]:7.1f} s  {step} {done or ''}", file=sys.stderr, flush=True)

    with Results(path, work) as results:
        loaded = spent() - spent_before
        parameters = Parameters.read(law(), on=date(2025, 1, 1))
        flags, _ = inspect_in_pieces(path, results, parameters, tell, folder=work, workers=workers)
        total = results.total
        stations = len(results.labels.station)
    wall, cpu = time.perf_counter() - start, spent() - spent_before
    bent = {str(s) for s in np.load(folder / "bent.npy")}
    listed = {f.unit for f in flags if f.kind == "station" and f.detector == "marks" and f.flagged}
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{total} results, {stations} stations, {workers} worker(s): wall {wall:.0f} s, CPU {cpu:.0f} s (load {loaded:.0f};"
        f" {cpu / total * 1e6:.1f} s per million), peak {own:.0f} MiB"
        + (f" + {theirs:.0f} MiB a worker" if workers > 1 else "")
        + f"; found {len(listed & bent)} of {len(bent)} bent stations, {len(listed - bent)} wrong"
    )


def spent() -> float:
    """CPU seconds of this process and its children."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in both)


if __name__ == "__main__":
    main()

"""What a gate decision costs, in CPU seconds: reading the law, one decision, and the command's start.

    PYTHONPATH=src python bench/gate.py
Bounds measured in the same run: a plain YAML load, the look-up of the gate rows alone, a bare Python.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib import resources

import yaml

from chizheng.access.core.gate import HeldCertificate, decide
from chizheng.catalogue.io.shelf import catalogue
from chizheng.law.io.shelf import law, texts_of
from chizheng.law.reader import read
from chizheng.law.types import Act

ASK = ["gate", "--act", "recruit", "--occupation", "焊工", "--place", "44", "--on", "2005-06-01", "--json"]


def cpu(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one call, averaged over `times`."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def child(*args: str) -> float:
    """User and system seconds of one child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    texts = texts_of(resources.files("chizheng.law") / "data")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    shelf, names = law(), catalogue()

    def one() -> object:
        return decide(
            shelf, act=Act.RECRUIT, occupation="焊工", on=date(2005, 6, 1), place="44",
            held=[HeldCertificate("焊工", 4)], occupation_levels=names.levels, aliases=names.aliases,
        )  # fmt: skip

    def rows_alone() -> object:
        return shelf.gates_of(["焊工"], on=date(2005, 6, 1), place="44", act=Act.RECRUIT)

    rows = [
        ("read the law", cpu(lambda: read(texts), 5), "plain YAML load",
         cpu(lambda: [yaml.load(t, loader) for t in texts.values()], 5)),
        ("one decision", cpu(one, 5000), "its rows alone", cpu(rows_alone, 5000)),
        ("chizheng gate", min(child("-m", "chizheng.cli", *ASK) for _ in range(3)), "python -c pass",
         min(child("-c", "pass") for _ in range(3))),
    ]  # fmt: skip
    print(f"{'what':<16}{'CPU s':>12}  {'bound':<18}{'CPU s':>12}{'ratio':>9}")
    for what, cost, bound, least in rows:
        print(f"{what:<16}{cost:>12.6f}  {bound:<18}{least:>12.6f}{cost / least:>9.1f}")


if __name__ == "__main__":
    main()

"""The national status bundle: size against the entropy bound, look-ups, a day's delta.

PYTHONPATH=src python bench/status.py
"""

from __future__ import annotations

import gzip
import os
import random
import statistics
import time
from collections.abc import Callable

import numpy as np

from chizheng.certificates.core.status import NOT_VALID, Exceptions, SlotPermutation, State
from chizheng.certificates.core.status_bundle import (
    apply_delta,
    entropy_bytes,
    open_bundle,
    rice_encode,
    seal_delta,
    seal_full,
)
from chizheng.certificates.core.status_lists import pack
from chizheng.certificates.io.keys import NamedKey, SeedSigner

YEARS, PER_YEAR, SHARE = 20, 15_000_000, 0.001
SPLIT = {State.REVOKED: 0.7, State.SUSPENDED: 0.1, State.SUPERSEDED: 0.2}


def cpu(work: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def main() -> None:
    rng = np.random.default_rng(258)
    years = []
    for year in range(2026 - YEARS, 2026):
        slots = rng.permutation(
            np.unique(rng.integers(0, PER_YEAR, int(PER_YEAR * SHARE * 1.01)))[: int(PER_YEAR * SHARE)]
        )
        ends = np.cumsum([int(len(slots) * SPLIT[s]) for s in NOT_VALID])
        parts = np.split(slots, ends[:-1])
        years.append(
            Exceptions(year, PER_YEAR, {s: np.sort(p) for s, p in zip(NOT_VALID, parts, strict=True)})
        )
    signer = NamedKey("status.example", SeedSigner(b"bench seed of thirty-two bytes.."))
    kw = {"name": signer.name, "signer": signer.signer}
    raw = seal_full(years, sequence=1, as_of=1, expires=2, **kw)
    count = sum(y.count for y in years)
    total = YEARS * PER_YEAR
    exact = sum(entropy_bytes(len(h), PER_YEAR) for y in years for h in y.slots.values())
    print(f"{total:,} certificates, {count:,} not valid, three states, {YEARS} yearly shards")
    print(f"{'bundle, signed':44} {len(raw):12,} bytes")
    print(f"{'  entropy bound of these sets':44} {exact:12,.0f} bytes   ratio {len(raw) / exact:.4f}")
    one_state = np.unique(rng.integers(0, total, count))
    bound = entropy_bytes(len(one_state), total)
    size = rice_encode(one_state).size
    print(f"{'one state only':44} {size:12,} bytes   bound {bound:,.0f}, ratio {size / bound:.4f}")
    sealing = cpu(lambda: seal_full(years, sequence=1, as_of=1, expires=2, **kw))
    packed = pack(years[0].dense(), 2, msb_first=True)
    print(f"{'  gzip -9 of the 2-bit list, x shards':44} {len(gzip.compress(packed, 9)) * YEARS:12,} bytes")
    print(f"{'seal':44} {sealing * 1e3:12.1f} ms CPU")
    print(f"{'verify and decode':44} {cpu(lambda: open_bundle(raw, [signer.vkey])) * 1e3:12.1f} ms CPU")
    held = open_bundle(raw, [signer.vkey])
    changed = []
    for y in years:
        extra = np.setdiff1d(rng.integers(0, PER_YEAR, 15), np.concatenate(list(y.slots.values())))
        changed.append(
            Exceptions(
                y.year, PER_YEAR, {**y.slots, State.REVOKED: np.union1d(y.slots[State.REVOKED], extra)}
            )
        )
    delta = seal_delta(held, changed, sequence=2, as_of=2, expires=3, **kw)
    print(f"{'delta of 300 events':44} {len(delta):12,} bytes")
    opened = open_bundle(delta, [signer.vkey])
    applying = cpu(lambda: apply_delta(held, opened))
    print(f"{'apply the delta, digest of all states':44} {applying * 1e3:12.1f} ms CPU")
    view = held.view()
    random.seed(1)
    asked = [(random.randrange(2026 - YEARS, 2026), random.randrange(PER_YEAR)) for _ in range(200_000)]
    for year in range(2026 - YEARS, 2026):
        view.status(year, 0)
    single = cpu(lambda: [view.status(y, s) for y, s in asked]) / len(asked)
    print(f"{'look-ups, one by one':44} {1 / single:12,.0f} /CPU s")
    many = rng.integers(0, PER_YEAR, 1_000_000)
    print(f"{'look-ups, vectorised':44} {len(many) / cpu(lambda: view.statuses(2020, many)):12,.0f} /CPU s")
    shuffle = SlotPermutation(b"0123456789abcdef", PER_YEAR)
    shuffling = cpu(lambda: [shuffle.slot(n) for n in range(20_000)])
    print(f"{'slots from serials':44} {20_000 / shuffling:12,.0f} /CPU s")
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

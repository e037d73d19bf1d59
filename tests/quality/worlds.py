"""Simulated provinces, written apart from the product: the world of the study, and others.

Not the product's own simulator on purpose: a detector tested on draws from its own model proves little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CUT = 60
MODES = ("near8", "all8", "paid15", "paid40", "smart40")


@dataclass(frozen=True)
class Province:
    """`station` codes 0..S-1, integer marks, and which stations are corrupt."""

    station: NDArray[np.int64]
    theory: NDArray[np.int64]
    practical: NDArray[np.int64]
    corrupt: NDArray[np.bool_]
    size: NDArray[np.int64]


def corrupted(marks: NDArray[np.int64], mode: str, rng: np.random.Generator) -> NDArray[np.int64]:
    """Marks after the station has done `mode` to them."""
    marks = marks.copy()
    failing = marks < CUT
    if mode == "near8":
        marks[(marks >= CUT - 8) & failing] += 8
    elif mode == "all8":
        marks = np.minimum(marks + 8, 100)
    elif mode.startswith("paid"):
        bought = failing & (rng.random(marks.size) < int(mode[4:]) / 100)
        marks[bought] = rng.integers(CUT, CUT + 3, bought.sum())
    elif mode.startswith("smart"):
        bought = failing & (rng.random(marks.size) < int(mode[5:]) / 100)
        marks[bought] = rng.integers(CUT, CUT + 16, bought.sum())
    elif mode != "honest":
        raise ValueError(mode)
    return marks


def province(
    rng: np.random.Generator,
    mode: str = "paid40",
    *,
    world: str = "normal",
    stations: int = 200,
    share: float = 0.05,
    low: int = 100,
    high: int = 400,
) -> Province:
    """One province. `world`: normal | t5 (heavy-tailed effects) | tau4 (larger) | heaping (other habits)."""
    size = rng.integers(low, high + 1, stations)
    station = np.repeat(np.arange(stations), size)
    tau = 4.0 if world == "tau4" else 2.5
    effect = rng.normal(0, tau, stations)
    if world == "t5":
        effect = 2.5 * rng.standard_t(5, stations) / np.sqrt(5 / 3)
    ability = rng.normal(0, 4, stations)
    if world == "heaping":
        heap, mercy = rng.beta(4, 12, stations), rng.beta(4, 6, stations)
    else:
        heap, mercy = rng.beta(2, 18, stations), rng.beta(2, 8, stations)
    theory = np.clip(np.rint(68 + ability[station] + rng.normal(0, 11, station.size)), 0, 100)
    raw = 70 + 0.45 * (theory - 68) + effect[station] + rng.normal(0, 9, station.size)
    marks = np.clip(np.rint(raw), 0, 100).astype(np.int64)
    rounded = rng.random(station.size) < heap[station]
    marks[rounded] = 5 * np.rint(marks[rounded] / 5).astype(np.int64)
    lifted = ((marks == 59) & (rng.random(station.size) < mercy[station])) | (
        (marks == 58) & (rng.random(station.size) < mercy[station] / 2)
    )
    marks[lifted] = CUT
    corrupt = np.zeros(stations, bool)
    if mode != "honest" and share > 0:
        corrupt[rng.choice(stations, max(1, round(share * stations)), replace=False)] = True
        for s in np.flatnonzero(corrupt):
            rows = station == s
            kind = MODES[int(rng.integers(len(MODES)))] if mode == "mixed" else mode
            marks[rows] = corrupted(marks[rows], kind, rng)
    return Province(station, theory.astype(np.int64), marks, corrupt, size)

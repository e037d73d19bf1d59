"""Assessors and sessions whose marks were not made one by one: heaped, nearly identical, given too fast.

Marks are gathered chunk by chunk into a few sums per marker, so that ten million results need no more memory than
their markers. Compared with the markers' own population, never with a textbook law of digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.errors import Refused
from chizheng.kernel.wording import Wording
from chizheng.quality.core.surveillance.detectors import Found, Rule, Unable, flags_of
from chizheng.quality.core.surveillance.evidence import Floats
from chizheng.quality.core.surveillance.flags import Flag, filled
from chizheng.quality.core.surveillance.likelihood import TOP, Ints
from chizheng.quality.core.surveillance.marks import heaping_of, identical_of
from chizheng.quality.core.wording import WORDING

PACE_STEP = 0.05
PACE_BINS = 300
"""Log seconds are counted in bins of a twentieth, from one second to about fifty days."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The sums of `Markers` for the codes that occur."""

    code: Ints
    by_mark: NDArray[np.int32]
    total: Floats
    square: Floats
    pace: NDArray[np.int32] | None


@dataclass(slots=True)
class Markers:
    """Sums per marker code: marks by point, count, sum and square of residuals, and seconds spent by bin."""

    kind: str
    by_mark: NDArray[np.int32]
    total: Floats
    square: Floats
    pace: NDArray[np.int32] | None

    @classmethod
    def empty(cls, kind: str, count: int, timed: bool = False) -> Markers:
        pace = np.zeros((count, PACE_BINS), np.int32) if timed else None
        return cls(kind, np.zeros((count, TOP + 1), np.int32), np.zeros(count), np.zeros(count), pace)

    def add(self, code: Ints, mark: Ints, residual: Floats, seconds: Floats | None = None) -> None:
        """Add records; codes index the markers."""
        count = self.by_mark.shape[0]
        flat = np.bincount(code * (TOP + 1) + mark, minlength=count * (TOP + 1))
        self.by_mark += flat.reshape(count, TOP + 1).astype(np.int32)
        self.total += np.bincount(code, residual, count)
        self.square += np.bincount(code, residual**2, count)
        if self.pace is not None and seconds is not None:
            known = np.isfinite(seconds) & (seconds > 0)
            at = np.clip(
                (np.log(np.where(known, seconds, 1.0)) / PACE_STEP).astype(np.int64), 0, PACE_BINS - 1
            )
            flat = np.bincount((code * PACE_BINS + at)[known], minlength=count * PACE_BINS)
            self.pace += flat.reshape(count, PACE_BINS).astype(np.int32)

    def packed(self) -> Packed:
        """Only the markers that were met: what one piece of the work hands on."""
        met = np.flatnonzero(self.by_mark.any(axis=1))
        pace = None if self.pace is None else self.pace[met]
        return Packed(met, self.by_mark[met], self.total[met], self.square[met], pace)

    def merge(self, other: Packed) -> None:
        """Add what another piece of the work has gathered."""
        self.by_mark[other.code] += other.by_mark
        self.total[other.code] += other.total
        self.square[other.code] += other.square
        if self.pace is not None and other.pace is not None:
            self.pace[other.code] += other.pace


def judge_markers(
    found: Markers, names: Sequence[str], rule: Rule, *, cut: int, least: int
) -> tuple[list[Flag], list[Unable]]:
    """Flagged markers of one kind; blank names are no markers, nor are those with fewer than `least` marks."""
    count = found.by_mark.sum(axis=1)
    used = np.flatnonzero((count >= least) & (np.array(names, dtype=object) != ""))
    units = [names[int(u)] for u in used]
    flags, unable = [], []

    def refused(error: Refused, detector: str) -> None:
        unable.append(Unable(detector, Wording(zh=error.say("zh"), en=error.say("en"))))

    apart = found.by_mark[used].copy()
    apart[:, cut] = 0
    n, fives = apart.sum(axis=1), apart[:, ::5].sum(axis=1).astype(np.float64)
    try:
        p = heaping_of(n, fives)
        usual = float(fives.sum() / max(n.sum(), 1))
        flags += flags_of("heaping", found.kind, units, p, rule, _heaped(found, used, n, fives, usual), limit="limit_marks")  # fmt: skip
    except Refused as error:
        refused(error, "heaping")
    size = count[used]
    square = np.maximum(found.square[used] - found.total[used] ** 2 / np.maximum(size, 1), 0.0)
    try:
        p = identical_of(size, square)
        usual_sd = float(np.sqrt(np.median(square / np.maximum(size - 1, 1)))) if size.size else 0.0
        flags += flags_of("identical", found.kind, units, p, rule, _alike(found, used, size, square, usual_sd), limit="limit_marks")  # fmt: skip
    except Refused as error:
        refused(error, "identical")
    if found.pace is None or not found.pace.any():
        unable.append(Unable("hasty", WORDING["hasty_no_times"]))
    else:
        flags += _hasty(found, used, units, rule, least, unable)
    return flags, unable


def _bars(by_mark: NDArray[np.int32], usual: Floats) -> dict[str, object]:
    share = usual / max(float(usual.sum()), 1e-9) * float(by_mark.sum())
    return {
        "form": "marks", "seen": [int(v) for v in by_mark], "usual": [round(float(v), 2) for v in share],
    }  # fmt: skip


def _heaped(found: Markers, used: NDArray[np.intp], n: Ints, fives: Floats, usual: float):  # type: ignore[no-untyped-def]
    everyone = found.by_mark.sum(axis=0).astype(np.float64)

    def say(i: int) -> Found:
        share = float(fives[i] / max(n[i], 1))
        reason = filled("reason_heaping", share=share, usual=usual, n=int(n[i]))
        return Found(reason, {"share": share, "usual": usual, "n": float(n[i])}, _bars(found.by_mark[used[i]], everyone))  # fmt: skip

    return say


def _alike(found: Markers, used: NDArray[np.intp], size: Ints, square: Floats, usual: float):  # type: ignore[no-untyped-def]
    everyone = found.by_mark.sum(axis=0).astype(np.float64)

    def say(i: int) -> Found:
        sd = float(np.sqrt(square[i] / max(size[i] - 1, 1)))
        own = found.by_mark[used[i]]
        top = int(own.argmax())
        reason = filled("reason_identical", sd=sd, usual=usual, n=int(size[i]), mark=top, times=int(own[top]))
        evidence = {
            "sd": sd,
            "usual": usual,
            "n": float(size[i]),
            "commonest": float(top),
            "times": float(own[top]),
        }
        return Found(reason, evidence, _bars(own, everyone))

    return say


def _hasty(
    found: Markers,
    used: NDArray[np.intp],
    units: Sequence[str],
    rule: Rule,
    least: int,
    unable: list[Unable],
) -> list[Flag]:
    from scipy import special

    assert found.pace is not None
    pace = found.pace[used]
    timed = np.flatnonzero(pace.sum(axis=1) >= least)
    if timed.size < 8:
        unable.append(Unable("hasty", filled("too_few_markers", found=timed.size, needed=8)))
        return []
    total = np.cumsum(pace[timed], axis=1)
    middle = (total >= (total[:, -1:] + 1) / 2).argmax(axis=1) * PACE_STEP + PACE_STEP / 2
    centre = float(np.median(middle))
    spread = max(1.4826 * float(np.median(np.abs(middle - centre))), 0.05)
    p = special.ndtr((middle - centre) / spread)

    def say(i: int) -> Found:
        own, usual = float(np.exp(middle[i])), float(np.exp(centre))
        reason = filled("reason_hasty", own=own, usual=usual, n=int(total[i, -1]))
        detail = {
            "form": "pace",
            "own": round(own, 1),
            "all": sorted(round(float(np.exp(m)), 1) for m in middle),
        }
        return Found(reason, {"seconds": own, "usual": usual, "n": float(total[i, -1])}, detail)

    return flags_of("hasty", found.kind, [units[int(t)] for t in timed], p, rule, say, limit="limit_marks")

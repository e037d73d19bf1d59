"""Stations watched over their sittings: since when, as an e-process that may be looked at after every sitting.

Under honesty the process ever exceeds 1/alpha with probability alpha at most (Ville), so exp(-its maximum) is a
p-value however often one looks; Benjamini and Hochberg draw up the list over all stations of the table, those not
watched (nothing in their marks as a whole) counted as saying nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from chizheng.quality.core.surveillance.detectors import Found, Rule, flags_of
from chizheng.quality.core.surveillance.flags import Flag, filled
from chizheng.quality.core.surveillance.likelihood import Floats, Ints
from chizheng.quality.core.surveillance.sequential import Watch, watch
from chizheng.quality.core.surveillance.survey import Marks, practical_records
from chizheng.quality.core.surveillance.world import World
from chizheng.quality.core.wording import WORDING

FEWEST_SITTINGS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One station over its sittings, in time: days (ordinals), labels, candidates, and the watch."""

    unit: str
    days: Ints
    labels: tuple[str, ...]
    sizes: Ints
    seen: Watch


def watch_station(unit: str, marks: Marks, sessions: Sequence[str], world: World) -> Line | None:
    """The watch of one station's marks; None where there are fewer than three dated sittings."""
    if marks.day is None:
        return None
    rows = np.flatnonzero(np.isfinite(marks.practical) & (marks.day > 0))
    if rows.size == 0:
        return None
    here = marks.take(rows)
    assert here.day is not None
    keys = np.unique(np.stack([here.day, here.session]), axis=1)
    if keys.shape[1] < FEWEST_SITTINGS:
        return None
    base = int(here.session.max()) + 1
    order = keys[0] * base + keys[1]
    sitting = np.searchsorted(order, here.day * base + here.session).astype(np.int64)
    records = practical_records(here, np.zeros(rows.size, np.int64))
    [seen] = watch(records, sitting, world)
    return Line(unit, keys[0], tuple(sessions[int(s)] for s in keys[1]), np.bincount(sitting), seen)


def judge_onsets(lines: Sequence[Line], stations: int, rule: Rule) -> list[Flag]:
    """Flags of stations that became bent; `stations`: how many could have been listed."""
    peak: Floats = np.array([float(line.seen.evidence.max()) for line in lines])
    p = np.minimum(1.0, np.exp(-peak))
    filled_up = np.concatenate([p, np.ones(max(stations - p.size, 0))])
    listed = (
        int((p <= rule.fdr / stations * np.maximum(np.argsort(np.argsort(p)) + 1, 1)).sum()) if p.size else 0
    )
    limit = float(np.log(stations / (max(listed, 1) * rule.fdr))) if stations else 0.0

    def say(i: int) -> Found:
        line = lines[i]
        onset = line.seen.onset
        since = date.fromordinal(int(line.days[onset])) if line.days[onset] > 0 else date(1, 1, 1)
        over = np.flatnonzero(line.seen.evidence >= limit)
        reason = filled(
            "reason_watch", since=since.isoformat(), mechanism=WORDING[f"mechanism_{line.seen.mechanism.family.value}"],
            n=len(line.days), after=int(over[0]) + 1 if over.size else len(line.days),
        )  # fmt: skip
        evidence = {
            "peak": float(peak[i]),
            "limit": limit,
            "sittings": float(len(line.days)),
            "onset": float(onset),
        }
        return Found(reason, evidence, line_detail(line, limit))

    units = [line.unit for line in lines] + [""] * (filled_up.size - len(lines))
    return flags_of("watch", "station", units, filled_up, rule, say, limit="limit_watch")


def line_detail(line: Line, limit: float) -> dict[str, object]:
    """What the chart of a watch is drawn from."""
    return {
        "form": "line",
        "limit": round(limit, 3),
        "onset": line.seen.onset,
        "sittings": [
            {
                "day": (date(1, 1, 1) + timedelta(days=int(d) - 1)).isoformat(), "unit": label, "n": int(n),
                "evidence": round(float(e), 3), "cusum": round(float(c), 3),
            }
            for d, label, n, e, c in zip(
                line.days, line.labels, line.sizes, line.seen.evidence, line.seen.cusum, strict=True
            )
        ],
    }  # fmt: skip

"""Blind re-marks where they tell most: which candidates, and what the answers say about the station.

A lifted candidate's own chance: P(lifted | mark, theory) = extra / (honest + extra) under the station's
likely mechanisms. Re-marks go to the stations that are neither clear nor certain, to the candidates
most likely lifted and a few that are not (baseline: the outside marker may be stricter). Two-stage
scheme of the study; a candidate's result does not change by a re-mark chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from chizheng.quality.core.surveillance.likelihood import (
    TOP,
    Batch,
    Flags,
    Floats,
    Ints,
    Likelihood,
    Nodes,
)
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism
from chizheng.quality.core.surveillance.world import Located, Records, World

BASELINE = 5
"""Re-marks per station of candidates hardly touched, to see the outside marker's own severity."""


def lifted(records: Records, here: Located, world: World, mechanisms: Sequence[Mechanism]) -> Floats:
    """P(lifted over the cut | mark, theory, station bent by mechanism), (records, mechanisms)."""
    n = records.mark.size
    batch = Batch(
        np.arange(n), np.arange(n), here.location + here.effect[records.unit], here.scale, records.mark
    )
    mean_mercy = world.mercy[0] / (world.mercy[0] + world.mercy[1])
    nodes = Nodes(np.zeros((n, 1)), here.heap[records.unit][:, None], np.array([mean_mercy]))
    likelihood = Likelihood(batch, nodes, world.shape, world.habits, world.cut)
    rows = np.arange(n)
    honest = likelihood.pmf_near(records.mark, rows)[:, 0, 0, 0]
    failing = likelihood.failing(rows, nodes.mercy)[:, 0, 0, 0]
    above = records.mark >= world.cut
    out = np.zeros((n, len(mechanisms)))
    for j, m in enumerate(mechanisms):
        if m.family is Family.SHIFT:
            out[:, j] = above & (records.mark - m.step < world.cut)
            continue
        if m.family is Family.PUSH:
            source = records.mark - m.step
            reached = above & (source < world.cut) & (source >= world.cut - m.reach)
            extra = np.where(reached, m.share * likelihood.pmf_near(source, rows)[:, 0, 0, 0], 0.0)
        else:
            extra = np.where(above & (records.mark < world.cut + m.width), m.share / m.width * failing, 0.0)
        out[:, j] = extra / (honest + extra)
    return out


def choose(
    unit: Ints, log_odds: Floats, chance: Floats, mark: Ints, cut: int, budget: int, stations: int = 40
) -> tuple[Flags, Flags]:
    """Rows to re-mark and, among them, the baseline rows; `chance`: posterior mean of being lifted per row.

    The `stations` most suspect units that are not yet certain share the budget evenly.
    """
    certain = np.log(1e4)
    order = np.argsort(-np.where(log_odds > certain, -np.inf, log_odds), kind="stable")
    order = order[np.isfinite(log_odds[order])][:stations]
    each = max(budget // max(order.size, 1), 1)
    chosen, baseline = np.zeros(unit.size, bool), np.zeros(unit.size, bool)
    for u in order:
        rows = np.flatnonzero(unit == u)
        calm = rows[(mark[rows] > cut + 8) & (chance[rows] < 0.05)]
        quiet = calm[np.argsort(mark[calm], kind="stable")][: min(BASELINE, max(each // 4, 1))]
        suspects = rows[np.argsort(-chance[rows], kind="stable")]
        suspects = suspects[chance[suspects] > 0][: each - quiet.size]
        chosen[suspects] = chosen[quiet] = True
        baseline[quiet] = True
    return chosen, baseline


def after_remarks(
    records: Records,
    here: Located,
    chance: Floats,
    chosen: Flags,
    baseline: Flags,
    remark: Floats,
    cut: int,
    noise: float,
) -> Floats:
    """What the re-marks add to each unit's log factors, (units, mechanisms).

    `chance` (records, mechanisms) from `lifted`; `remark`: outside marks where `chosen`; `noise`: their
    standard deviation around the station's mark when that is honest.
    """
    units, kinds = records.units, chance.shape[1]
    gap = np.where(chosen & baseline, remark - records.mark, 0.0)
    count = np.bincount(records.unit, chosen & baseline, units)
    offset = np.bincount(records.unit, gap, units) / (count + 1.0)
    spread = np.hypot(noise, noise / np.sqrt(count + 1.0))
    out = np.zeros((units, kinds))
    rows = np.flatnonzero(chosen & ~baseline)
    if rows.size == 0:
        return out
    u = records.unit[rows]
    target = remark[rows] - offset[u]
    sd = spread[u]
    straight = -0.5 * ((target - records.mark[rows]) / sd) ** 2
    below = np.arange(max(0, cut - 45), cut)
    centre, scale = here.location[rows] + here.effect[u], here.scale[rows]
    prior = -0.5 * ((below - centre[:, None]) / scale[:, None]) ** 2
    prior = prior - special.logsumexp(prior, axis=1, keepdims=True)
    bent = special.logsumexp(prior - 0.5 * ((target[:, None] - below) / sd[:, None]) ** 2, axis=1)
    ratio = np.exp(np.clip(bent - straight, -50, 50))
    b = chance[rows]
    gain = np.log1p(b * (ratio[:, None] - 1))
    for j in range(kinds):
        out[:, j] = np.bincount(u, gain[:, j], units)
    return out


def expected_counts(records: Records, here: Located, world: World) -> Floats:
    """Expected honest counts of marks 0..100 over all `records`, for the picture beside a flag."""
    n = records.mark.size
    batch = Batch(
        np.arange(n), np.arange(n), here.location + here.effect[records.unit], here.scale, records.mark
    )
    mean_mercy = world.mercy[0] / (world.mercy[0] + world.mercy[1])
    nodes = Nodes(np.zeros((n, 1)), here.heap[records.unit][:, None], np.array([mean_mercy]))
    likelihood = Likelihood(batch, nodes, world.shape, world.habits, world.cut)
    rows = np.arange(n)
    return np.array([likelihood.pmf_near(np.full(n, k), rows)[:, 0, 0, 0].sum() for k in range(TOP + 1)])

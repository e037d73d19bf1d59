"""Since when? A sequential watch over the sittings of a station.

For every mechanism and every possible onset, the likelihood ratio of "bent from that sitting on" against
"honest all along", with the station's effect and habits integrated out over all its sittings. `cusum` is
the largest over onsets (after Page 1954); `evidence` averages over onsets decided beforehand, an
e-process: under honesty it ever exceeds 1/alpha with probability at most alpha (Ville), however often
it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from chizheng.quality.core.surveillance.cells import weigh_cells
from chizheng.quality.core.surveillance.likelihood import Batch, Floats, Ints, Nodes
from chizheng.quality.core.surveillance.mechanisms import ALL_BUT, Family, Mechanism
from chizheng.quality.core.surveillance.stations import effect_nodes
from chizheng.quality.core.surveillance.world import (
    MERCY_LOGWEIGHTS,
    MERCY_NODES,
    Located,
    Records,
    World,
    locate,
)

WATCHED = (
    Mechanism(Family.PUSH, ALL_BUT, reach=8, step=8),
    Mechanism(Family.SOLD, 0.4, width=3),
    Mechanism(Family.SPREAD, 0.4, width=16),
    Mechanism(Family.SHIFT, ALL_BUT, step=8),
)


@dataclass(frozen=True, slots=True)
class Watch:
    """One station over its sittings; logs. `cusum`, `evidence`: per sitting; `onset`: likeliest first bent
    sitting at the last look; `mechanism`: likeliest kind."""

    cusum: Floats
    evidence: Floats
    onset: int
    mechanism: Mechanism


def watch(
    records: Records, sitting: Ints, world: World, mechanisms: Sequence[Mechanism] = WATCHED
) -> list[Watch]:
    """Watch every unit of `records`; `sitting`: order of the sitting within the unit, from 0, no holes."""
    here = locate(world, records)
    order = np.lexsort((sitting, records.unit))
    ends = np.searchsorted(records.unit[order], np.arange(records.units + 1))
    return [
        _watch_one(records, sitting, world, mechanisms, here, unit, order[ends[unit] : ends[unit + 1]])
        for unit in range(records.units)
        if ends[unit + 1] > ends[unit]
    ]


def _watch_one(
    records: Records,
    sitting: Ints,
    world: World,
    mechanisms: Sequence[Mechanism],
    here: Located,
    unit: int,
    rows: Ints,
) -> Watch:
    zero = np.zeros(rows.size, np.int64)
    effect = effect_nodes(
        here.effect[[unit]], np.array([rows.size]), float(here.scale[rows].mean()), world.effect_sd
    )
    effect = np.concatenate(
        [effect[:, :1] + np.arange(-6, 0) * (effect[:, 1:2] - effect[:, :1]), effect], axis=1
    )
    nodes = Nodes(effect, np.clip(here.heap[[unit]][:, None], 0.002, 0.95), MERCY_NODES)
    batch = Batch(zero, sitting[rows], here.location[rows], here.scale[rows], records.mark[rows])
    honest, ratios = weigh_cells(batch, nodes, world.shape, world.habits, world.cut, mechanisms)
    prior = world.effect_logpdf(effect[0])[:, None] + world.mercy_logpdf(MERCY_NODES) + MERCY_LOGWEIGHTS
    sittings = honest.shape[0]
    flat = np.cumsum(honest[:, :, 0, :].reshape(sittings, -1), axis=0) + prior.ravel()
    step = np.stack(
        [np.broadcast_to(r, honest.shape)[:, :, 0, :].reshape(sittings, -1) for r in ratios if r is not None]
    )
    running = np.zeros((len(mechanisms), sittings, flat.shape[1]))
    cusum, evidence = np.zeros(sittings), np.zeros(sittings)
    ratio = np.zeros((len(mechanisms), sittings))
    for t in range(sittings):
        running[:, : t + 1] += step[:, t][:, None, :]
        base = special.logsumexp(flat[t])
        ratio = special.logsumexp(running[:, : t + 1] + flat[t], axis=2) - base
        by_onset = special.logsumexp(ratio, axis=0) - np.log(len(mechanisms))
        cusum[t] = max(0.0, float(by_onset.max()))
        # Onsets still to come weigh one each: the whole stays a mean of martingales started at one.
        evidence[t] = np.logaddexp(special.logsumexp(by_onset), np.log(max(sittings - t - 1, 1e-9))) - np.log(
            sittings
        )
    kind, onset = np.unravel_index(int(ratio.argmax()), ratio.shape)
    return Watch(cusum, evidence, int(onset), mechanisms[int(kind)])

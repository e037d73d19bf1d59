"""Stations weighed: Bayes factors of every mechanism against the honest population, learned together.

`weigh` runs a few rounds of: learn the honest world (each station counted by how honest it looks), take
the likelihood of every station under every mechanism, learn how common each mechanism is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from chizheng.quality.core.surveillance.cells import weigh_cells
from chizheng.quality.core.surveillance.evidence import Floats, learned_odds
from chizheng.quality.core.surveillance.likelihood import Batch, Ints, Nodes
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism, catalogue
from chizheng.quality.core.surveillance.world import (
    MERCY_LOGWEIGHTS,
    MERCY_NODES,
    Located,
    Records,
    World,
    learn,
    locate,
)

ROWS_AT_ONCE = 6000
SQRT3 = float(np.sqrt(3.0))


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the likelihood: log Bayes factors (units, mechanisms), that of compassion (units, C)."""

    log_factor: Floats
    mercy_loglik: Floats


def effect_nodes(effect: Floats, sizes: Ints, scale: float, effect_sd: float) -> Floats:
    """Nodes of the effect, (units, V): wide enough for what bending does to the estimate `effect`."""
    se = 1 / np.sqrt(np.maximum(sizes, 1) / scale**2 + 1 / max(effect_sd, 0.05) ** 2)
    low = effect - 3.0 - 4.5 * se
    high = effect + 1.0 + 4.5 * se
    count = int(np.ceil(np.max((high - low) / (1.25 * se)))) + 1
    return np.asarray(low[:, None] + (high - low)[:, None] * np.linspace(0, 1, count))


COARSE = 9
"""Nodes of the effect at which the likelihood is computed; between them it is a polynomial.

A station's effect ranges over about the residual's own spread, where log-likelihoods are near quadratic: the error
of nine Chebyshev nodes is below 0.02 for a log factor (tested), that of the nodes of the integral themselves larger.
"""
_ROOTS = -np.cos((2 * np.arange(COARSE) + 1) * np.pi / (2 * COARSE))


def coarse_nodes(effect: Floats) -> Floats:
    """Chebyshev nodes over the range of the evenly spaced `effect` (units, V), (units, COARSE)."""
    middle, half = (effect[:, :1] + effect[:, -1:]) / 2, (effect[:, -1:] - effect[:, :1]) / 2
    return np.asarray(middle + half * _ROOTS)


@lru_cache(maxsize=64)
def interpolation(count: int) -> Floats:
    """From values at the coarse nodes to `count` even nodes, (count, COARSE)."""
    at = np.linspace(-1, 1, count)
    out = np.ones((count, COARSE))
    for k in range(COARSE):
        others = np.delete(_ROOTS, k)
        out[:, k] = np.prod((at[:, None] - others) / (_ROOTS[k] - others), axis=1)
    return out


def _between(finer: Floats, values: Floats) -> Floats:
    """Values (cells, COARSE, H, C) at the even nodes, (cells, V, H, C)."""
    cells, few = values.shape[:2]
    rest = values.shape[2:]
    out = finer @ np.ascontiguousarray(values).reshape(cells, few, -1)
    return np.asarray(out.reshape(cells, finer.shape[0], *rest))


def _chunks(sizes: Ints) -> list[Ints]:
    order = np.argsort(sizes, kind="stable")
    order = order[sizes[order] > 0]
    out, start, rows = [], 0, 0
    for i, unit in enumerate(order):
        rows += int(sizes[unit])
        if rows >= ROWS_AT_ONCE:
            out.append(order[start : i + 1])
            start, rows = i + 1, 0
    if start < order.size:
        out.append(order[start:])
    return out


def evaluate(
    records: Records,
    world: World,
    mechanisms: Sequence[Mechanism],
    offset: Floats | None = None,
    located: Located | None = None,
) -> Pass:
    """Bayes factors of every unit under every mechanism, nuisance integrated out over `world`."""
    sizes = records.sizes
    here = locate(world, records, offset) if located is None else located
    order = np.argsort(records.unit, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    factor = np.zeros((records.units, len(mechanisms)))
    mercy_loglik = np.zeros((records.units, MERCY_NODES.size))
    for units in _chunks(sizes):
        rows = np.concatenate([order[offsets[u] : offsets[u + 1]] for u in units])
        local = np.repeat(np.arange(units.size), sizes[units])
        scale = here.scale[rows]
        effect = effect_nodes(here.effect[units], sizes[units], float(scale.mean()), world.effect_sd)
        se = here.heap_se[units]
        heap = np.clip(here.heap[units][:, None] + se[:, None] * np.array([-SQRT3, 0, SQRT3]), 0.002, 0.95)
        batch = Batch(local, local, here.location[rows], scale, records.mark[rows])
        nodes = Nodes(coarse_nodes(effect), heap, MERCY_NODES)
        honest, ratios = weigh_cells(batch, nodes, world.shape, world.habits, world.cut, mechanisms)
        finer = interpolation(effect.shape[1])
        honest = _between(finer, honest)
        z = (heap - here.heap[units][:, None]) / se[:, None]
        heap_prior = world.heap_logpdf(heap) + np.log([1 / 6, 2 / 3, 1 / 6]) + 0.5 * z**2
        rest = heap_prior[:, None, :, None] + (world.mercy_logpdf(MERCY_NODES) + MERCY_LOGWEIGHTS)
        prior = world.effect_logpdf(effect)[:, :, None, None] + rest
        free = world.effect_logpdf(effect)[:, :, None, None] + heap_prior[:, None, :, None] + honest
        mercy_loglik[units] = special.logsumexp(free, axis=(1, 2))
        base = special.logsumexp(honest + prior, axis=(1, 2, 3))
        for j, (m, ratio) in enumerate(zip(mechanisms, ratios, strict=True)):
            if m.family is Family.SHIFT and m.share == 1:
                prior_m = world.effect_logpdf(effect - m.step)[:, :, None, None] + rest
            else:
                prior_m = prior
            value = honest + prior_m if ratio is None else honest + _between(finer, ratio) + prior_m
            factor[units, j] = special.logsumexp(value, axis=(1, 2, 3)) - base
    return Pass(factor, mercy_loglik)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The verdict of `weigh`: `log_factor` (units, mechanisms), learned `weight` (mechanisms), the world."""

    world: World
    mechanisms: tuple[Mechanism, ...]
    log_factor: Floats
    weight: Floats
    log_odds: Floats
    share: Floats


def pseudo_counts(mechanisms: Sequence[Mechanism], total: float) -> Floats:
    """Prior counts adding up to `total`: sold passes, the commonest, twice; members of a family alike."""
    families = [m.family for m in mechanisms]
    say = {f: 2.0 if f is Family.SOLD else 1.0 for f in families}
    return np.array([total * say[f] / sum(say.values()) / families.count(f) for f in families])


def weigh(
    records: Records,
    cut: int,
    mechanisms: Sequence[Mechanism] | None = None,
    *,
    rounds: int = 3,
    prior_bent: float = 1.0,
    prior_honest: float = 10.0,
) -> Weighed:
    """Learn and judge; see the module docstring. `prior_bent`, `prior_honest`: Dirichlet counts of units."""
    mechanisms = tuple(catalogue() if mechanisms is None else mechanisms)
    pseudo = pseudo_counts(mechanisms, prior_bent)
    learnable = np.array([m.identifiable for m in mechanisms])
    world = learn(records, cut)
    for step in range(rounds):
        result = evaluate(records, world, mechanisms)
        log_odds, share, weight = learned_odds(result.log_factor, pseudo, prior_honest, learnable)
        if step < rounds - 1:
            world = learn(records, cut, special.expit(-log_odds), result.mercy_loglik)
    return Weighed(world, mechanisms, result.log_factor, weight, log_odds, share)

"""What a station of a given size could have shown: the honest answer to "no sign".

Normal approximation to the log likelihood ratio at the best honest imitation: drift n*KL, variance n*Var,
where effect and compassion are free to imitate the mechanism at the price of their own rarity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize, special

from chizheng.quality.core.surveillance.likelihood import TOP, Batch, Floats, Likelihood, Nodes
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism
from chizheng.quality.core.surveillance.world import World

NEVER_ZERO = 1e-12


def _pmf(world: World, location: Floats, scale: Floats, effect: float, mercy: float) -> Floats:
    """Honest distribution of marks (locations, 0..100) at one effect and compassion."""
    places, marks = location.size, TOP + 1
    heap = world.heap[0] / (world.heap[0] + world.heap[1])
    rows = np.arange(places * marks)
    mark = np.tile(np.arange(marks), places)
    batch = Batch(rows, rows, np.repeat(location + effect, marks), np.repeat(scale, marks), mark)
    nodes = Nodes(np.zeros((rows.size, 1)), np.full((rows.size, 1), heap), np.array([mercy]))
    likelihood = Likelihood(batch, nodes, world.shape, world.habits, world.cut)
    out = likelihood.pmf_near(mark, rows)[:, 0, 0, 0].reshape(places, marks)
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def bent_pmf(honest: Floats, m: Mechanism, cut: int) -> Floats:
    """What `m` makes of the distribution `honest` (locations, 0..100)."""
    out = honest.copy()
    if m.family is Family.SHIFT:
        out = np.zeros_like(honest)
        out[:, m.step :] = honest[:, : TOP + 1 - m.step]
        out[:, TOP] += honest[:, TOP + 1 - m.step :].sum(axis=1)
    elif m.family is Family.PUSH:
        moved = m.share * honest[:, cut - m.reach : cut]
        out[:, cut - m.reach : cut] -= moved
        out[:, cut - m.reach + m.step : cut + m.step] += moved
    else:
        moved = m.share * honest[:, :cut].sum(axis=1, keepdims=True)
        out[:, :cut] *= 1 - m.share
        out[:, cut : cut + m.width] += moved / m.width
    return out


def power(
    world: World,
    location: Floats,
    scale: Floats,
    weight: Floats,
    m: Mechanism,
    sizes: Sequence[int],
    log_threshold: float,
) -> Floats:
    """P(log factor of `m` > `log_threshold`) for stations of `sizes` candidates placed like `location`."""
    mean_mercy = world.mercy[0] / (world.mercy[0] + world.mercy[1])
    target = bent_pmf(_pmf(world, location, scale, 0.0, mean_mercy), m, world.cut)
    share = weight / weight.sum()

    def odds_logpdf(mercy: float) -> float:  # on the log-odds scale, where it has no pole
        return float(world.mercy_logpdf(np.array([mercy]))[0] + np.log(mercy) + np.log1p(-mercy))

    def distance(v: float, mercy: float) -> tuple[float, float]:
        gap = np.log(np.maximum(target, NEVER_ZERO)) - np.log(
            np.maximum(_pmf(world, location, scale, v, mercy), NEVER_ZERO)
        )
        mean = float(share @ (target * gap).sum(axis=1))
        return mean, float(share @ (target * gap**2).sum(axis=1)) - mean**2

    out = []
    for n in sizes:

        def cost(q: Floats, n: int = n) -> float:
            mercy = float(np.clip(special.expit(q[1]), 1e-4, 0.95))
            rarity = world.effect_logpdf(np.array([0.0, q[0]]))
            rare = float(rarity[0] - rarity[1]) + odds_logpdf(mean_mercy) - odds_logpdf(mercy)
            return n * distance(float(q[0]), mercy)[0] + rare

        start = np.array([0.5, special.logit(mean_mercy)])
        best = optimize.minimize(cost, start, method="Nelder-Mead", options={"maxiter": 60, "xatol": 0.02})
        _, variance = distance(float(best.x[0]), float(special.expit(best.x[1])))
        drift = float(best.fun)
        out.append(float(special.ndtr((drift - log_threshold) / np.sqrt(max(n * variance, 1e-9)))))
    return np.array(out)

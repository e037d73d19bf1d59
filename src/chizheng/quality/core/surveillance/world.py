"""The honest population, learned from data in which some stations are bent.

Risk adjustment: expected practical mark given theory, per partition (occupation and level), from
within-station contrasts with Huber weights, so that neither able entrants nor lenient stations move it.
Residual shape: kernel estimate on standardised residuals (any skew, any tails). Station effects: a
scale-and-freedom average of Student distributions fitted to the marginal of the estimates, the upper
half weighted by how honest each station looks (the lower half cannot be bribery). Digit preference and
compassion: Beta populations by marginal likelihood. What remains unexplained in the national histogram
becomes `tide`. Sources: Efron (2004) for learning the null from the data; Dee et al. (2019) for the
habits around a cut; the study in `docs/quality/surveillance.md` for the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from chizheng.quality.core.surveillance.likelihood import GROSS, TOP, Floats, Habits, Ints, Shape

EFFECT_GRID = np.arange(-40.0, 40.0001, 0.05)
SMALL_PARTITION = 400
"""Partitions with fewer rows share one slope; only their level is their own."""


@dataclass(frozen=True, slots=True)
class Records:
    """Marks of one subject: codes from 0 for unit (station) and partition, covariate (NaN: none), whole-point mark."""

    unit: Ints
    partition: Ints
    covariate: Floats
    mark: Ints

    @property
    def units(self) -> int:
        return int(self.unit.max(initial=-1)) + 1

    @property
    def sizes(self) -> Ints:
        return np.bincount(self.unit, minlength=self.units).astype(np.int64)


@dataclass(frozen=True, slots=True)
class World:
    """Honest population. `location`, `scale`: per record; `effect`: density of station effects on EFFECT_GRID."""

    cut: int
    location: Floats
    scale: Floats
    shape: Shape
    habits: Habits
    effect: Floats
    effect_sd: float
    heap: tuple[float, float]
    mercy: tuple[float, float]
    unit_effect: Floats
    unit_heap: Floats
    unit_heap_se: Floats

    def effect_logpdf(self, v: Floats) -> Floats:
        """Log density of station effects at `v` points."""
        return np.log(np.maximum(np.interp(v, EFFECT_GRID, self.effect, left=1e-300, right=1e-300), 1e-300))

    def heap_logpdf(self, h: Floats) -> Floats:
        return np.asarray(stats.beta.logpdf(h, *self.heap), dtype=np.float64)

    def mercy_logpdf(self, c: Floats) -> Floats:
        return np.asarray(stats.beta.logpdf(c, *self.mercy), dtype=np.float64)


def huber_mean(values: Floats, group: Ints, groups: int, scale: Floats, weight: Floats, rounds: int = 4) -> Floats:
    """Huber M-estimate of the mean in each group (tuning 1.5 `scale`); groups without rows get 0."""
    count = np.bincount(group, weight, groups)
    centre = np.bincount(group, weight * values, groups) / np.maximum(count, 1e-9)
    for _ in range(rounds):
        gap = values - centre[group]
        w = weight * np.minimum(1.0, 1.5 * scale / np.maximum(np.abs(gap), 1e-9))
        centre = centre + np.bincount(group, w * gap, groups) / np.maximum(np.bincount(group, w, groups), 1e-9)
    return np.asarray(centre, dtype=np.float64)


def _mad(values: Floats, weight: Floats) -> float:
    order = np.argsort(np.abs(values))
    total = np.cumsum(weight[order])
    middle = np.abs(values)[order][np.searchsorted(total, 0.5 * total[-1])]
    return float(1.4826 * middle)


def _regress(records: Records, weight: Floats) -> tuple[Floats, Floats]:
    """Part of the location that theory explains, and the scale: each per record; see the module docstring."""
    t = records.covariate
    known = np.isfinite(t)
    partitions = int(records.partition.max()) + 1
    count = np.bincount(records.partition, known, partitions)
    centre = np.bincount(records.partition, np.where(known, t, 0.0), partitions) / np.maximum(count, 1)
    spread = float(np.std(t[known] - centre[records.partition][known])) if known.any() else 0.0
    y = records.mark.astype(np.float64)
    slope_part = np.zeros(y.size)
    # A block is a station within a partition: its own mean is taken out before slopes are fitted.
    block = records.unit * partitions + records.partition
    _, block = np.unique(block, return_inverse=True)
    blocks = int(block.max()) + 1
    big = count >= SMALL_PARTITION
    family = np.where(big[records.partition], records.partition, partitions)
    _, family = np.unique(family, return_inverse=True)
    scale = np.full(y.size, max(1.0, float(np.std(y))))
    heat = np.zeros(y.size)
    if spread > 1e-9:
        x = np.where(known, (t - centre[records.partition]) / spread, 0.0)
        x = np.clip(x, -4, 4)
        basis = np.stack([x, x**2 - 1, x**3 - 3 * x], axis=1)
        for f in range(int(family.max()) + 1):
            rows = np.flatnonzero((family == f) & known)
            if rows.size < 30:
                continue
            b = block[rows]
            w = weight[rows].copy()
            design = basis[rows]
            beta = np.zeros(3)
            for _ in range(4):
                mass = np.maximum(np.bincount(b, w, blocks), 1e-9)
                inner = design - np.stack(
                    [np.bincount(b, w * design[:, j], blocks) / mass for j in range(3)], axis=1
                )[b]
                target = y[rows] - (np.bincount(b, w * y[rows], blocks) / mass)[b]
                gram = inner.T @ (w[:, None] * inner)
                ridge = np.diag([1e-6, 5.0, 5.0])
                beta = np.linalg.solve(gram + ridge, inner.T @ (w * target))
                gap = target - inner @ beta
                size = max(_mad(gap, weight[rows]), 0.5)
                w = weight[rows] * np.minimum(1.0, 2.0 * size / np.maximum(np.abs(gap), 1e-9))
            slope_part[rows] = basis[rows] @ beta
            # heat: how the spread changes with theory (log-linear), bounded
            level = np.log(np.maximum(np.abs(gap), 0.25))
            coefficient = np.clip(np.cov(x[rows], level)[0, 1] / max(np.var(x[rows]), 1e-9), -0.3, 0.3)
            se = np.std(level) / np.sqrt(rows.size * max(np.var(x[rows]), 1e-9))
            heat[rows] = coefficient * x[rows] if abs(coefficient) > 3 * se else 0.0
            scale[rows] = size
            lost = np.flatnonzero((family == f) & ~known)
            scale[lost] = np.hypot(size, abs(beta[0]))
    else:
        rest = y - (np.bincount(block, y, blocks) / np.bincount(block, minlength=blocks))[block]
        scale[:] = max(_mad(rest, weight), 0.5)
    return slope_part, scale * np.exp(heat)


def _shape(z: Floats, weight: Floats) -> Shape:
    """Kernel estimate of the standardised residual, variance kept, with a little Gaussian in the tails."""
    step = 0.02
    grid = np.arange(-12.0, 12.0 + step / 2, step)
    size = float(weight.sum() ** 2 / np.sum(weight**2))
    width = max(1.06 * size**-0.2, 0.08)
    middle = float(np.average(z, weights=weight))
    z = middle + (z - middle) * np.sqrt(max(1 - width**2, 0.5))
    where = np.clip((z - grid[0]) / step, 0, grid.size - 1.001)
    below = where.astype(np.int64)
    part = where - below
    mass = np.bincount(below, weight * (1 - part), grid.size) + np.bincount(below + 1, weight * part, grid.size)
    reach = int(np.ceil(5 * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    density = np.convolve(mass, kernel / kernel.sum(), mode="same") / mass.sum() / step
    deviation = float(np.sqrt(np.average((z - middle) ** 2, weights=weight)))
    smooth = np.exp(-0.5 * ((grid - middle) / (1.15 * deviation)) ** 2) / (1.15 * deviation * np.sqrt(2 * np.pi))
    blend = 30.0 / (size + 30.0)
    density = (1 - blend) * density + blend * smooth + 1e-9
    cdf = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * step)])
    return Shape(float(grid[0]), step, cdf / cdf[-1])


FREEDOMS = (3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 200.0)


def fit_effects(effect: Floats, se: Floats, weight: Floats, unit_scale: float) -> tuple[Floats, float, float]:
    """Density of station effects on EFFECT_GRID, its centre and its standard deviation.

    Model average over Student distributions (freedom x scale), each convolved with the estimation error
    of the station; the flat prior on log scale is cut at `unit_scale`/50 .. 2*`unit_scale` (residual s.d.).
    """
    centre = _weighted_median(effect, weight / (se**2 + np.var(effect) + 1e-9))
    nodes, weights = np.polynomial.hermite_e.hermegauss(11)
    weights = weights / weights.sum()
    scales = unit_scale * np.exp(np.linspace(np.log(0.02), np.log(1.2), 28))
    for _ in range(6):
        x = effect[:, None] - centre + se[:, None] * nodes
        table = np.empty((len(FREEDOMS), scales.size))
        for i, freedom in enumerate(FREEDOMS):
            for j, scale in enumerate(scales):
                density = _student(x, freedom, scale)
                table[i, j] = weight @ np.log(np.maximum(density @ weights, 1e-300))
        belief = np.exp(table - table.max())
        belief /= belief.sum()
        i, j = np.unravel_index(int(np.argmax(belief)), belief.shape)
        variance = scales[j] ** 2 + se**2
        pull = weight / variance / (1 + ((effect - centre) ** 2 / variance) / FREEDOMS[i])
        moved = float(np.sum(pull * effect) / np.sum(pull))
        if abs(moved - centre) < 1e-3 * unit_scale:
            centre = moved
            break
        centre = moved
    out = np.zeros(EFFECT_GRID.size)
    for i, freedom in enumerate(FREEDOMS):
        for j, scale in enumerate(scales):
            if belief[i, j] > 1e-4:
                out += belief[i, j] * _student(EFFECT_GRID, freedom, scale)
    out /= out.sum() * (EFFECT_GRID[1] - EFFECT_GRID[0])
    sd = float(np.sqrt(np.sum(out * EFFECT_GRID**2) / out.sum()))
    return out, centre, sd


def _student(x: Floats, freedom: float, scale: float) -> Floats:
    constant = special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2) - 0.5 * np.log(freedom * np.pi)
    return np.asarray(np.exp(constant - (freedom + 1) / 2 * np.log1p((x / scale) ** 2 / freedom)) / scale)


def _weighted_median(values: Floats, weight: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])


def fit_beta(loglik: Floats, nodes: Floats, node_logweight: Floats, weight: Floats) -> tuple[float, float]:
    """Beta population of a rate by marginal likelihood: `loglik` (units, nodes) on quadrature `nodes`."""

    def loss(q: Floats) -> float:
        mean, size = special.expit(q[0]), np.exp(q[1])
        prior = stats.beta.logpdf(nodes, mean * size, (1 - mean) * size) + node_logweight
        prior = prior - special.logsumexp(prior)
        marginal = special.logsumexp(loglik + prior, axis=1)
        # Weak prior: mean around a tenth, concentration around ten; decides only where data do not.
        return float(-(weight @ marginal) + 0.5 * ((q[0] + 2) / 1.5) ** 2 + 0.5 * ((q[1] - 2.3) / 1.0) ** 2)

    best = optimize.minimize(
        loss, np.array([-2.0, 2.3]), method="L-BFGS-B", bounds=[(-6.5, 1.5), (0.7, 5.5)]
    ).x
    mean, size = float(special.expit(best[0])), float(np.exp(best[1]))
    return mean * size, (1 - mean) * size


HEAP_NODES, _HEAP_WEIGHTS = np.polynomial.legendre.leggauss(16)
HEAP_NODES = 0.4 * (HEAP_NODES + 1)
MERCY_NODES, _MERCY_WEIGHTS = np.polynomial.legendre.leggauss(9)
MERCY_NODES = 0.48 * (MERCY_NODES + 1)
MERCY_LOGWEIGHTS = np.log(_MERCY_WEIGHTS)


def _national_pmf(centre: Floats, scale: float, weight: Floats, shape: Shape) -> tuple[Floats, Floats]:
    """Expected national counts of made marks and of marks rounded to five, 0..100 each."""
    low = np.floor(centre.min())
    bins = np.bincount(np.clip(((centre - low) / 0.2).astype(np.int64), 0, None), weight)
    at = low + (np.arange(bins.size) + 0.5) * 0.2
    mark = np.arange(TOP + 1)

    def mass(half: float) -> Floats:
        high = np.where(mark >= TOP, 1e9, mark + half)
        below = np.where(mark <= 0, -1e9, mark - half)
        return np.asarray(
            bins
            @ (shape.at((high - at[:, None]) / scale) - shape.at((below - at[:, None]) / scale))
        )

    rounded = mass(2.5)
    rounded[mark % 5 != 0] = 0.0
    return mass(0.5), rounded


def learn(
    records: Records,
    cut: int,
    honesty: Floats | None = None,
    mercy_loglik: Floats | None = None,
    previous: World | None = None,
) -> World:
    """The honest world; `honesty`: posterior of each unit from an earlier round (None: first round).

    `mercy_loglik` (units, MERCY_NODES): evidence on compassion from an earlier likelihood pass.
    """
    units, sizes = records.units, records.sizes
    trust = np.ones(units) if honesty is None else honesty
    weight = np.maximum(trust[records.unit], 1e-6)
    slope, scale = _regress(records, weight)
    y = records.mark - slope
    partitions = int(records.partition.max()) + 1
    level = np.zeros(partitions)
    unit_effect = np.zeros(units)
    for _ in range(12 if partitions > 1 else 1):
        level = huber_mean(y - unit_effect[records.unit], records.partition, partitions, scale, weight)
        unit_effect = huber_mean(
            y - level[records.partition], records.unit, units, scale, np.ones(y.size)
        )
    gap = y - level[records.partition] - unit_effect[records.unit]
    ratio = float(np.sqrt(np.average(np.minimum((gap / scale) ** 2, 16.0), weights=weight)))
    scale = scale * ratio
    inner = np.sqrt(np.maximum(1 - 1 / np.maximum(sizes, 2), 0.3))[records.unit]
    shape = _shape(gap / scale / inner, weight)
    typical = float(np.average(scale, weights=weight))
    se = typical / np.sqrt(np.maximum(sizes, 1))
    density, centre, sd = _effects(unit_effect, se, trust, honesty is None, typical)
    level = level + centre
    unit_effect = unit_effect - centre
    location = level[records.partition] + slope

    # digit preference per unit, at the unit's own effect
    at = location + unit_effect[records.unit]
    five = (records.mark % 5 == 0) & (np.abs(records.mark - cut) > 0)
    rows = np.flatnonzero(five)
    z = lambda edge: shape.at((edge - at[rows]) / scale[rows])  # noqa: E731
    made = np.maximum(z(records.mark[rows] + 0.5) - z(records.mark[rows] - 0.5), 1e-9)
    heaped = np.maximum(z(records.mark[rows] + 2.5) - z(records.mark[rows] - 2.5), 1e-9)
    lift = heaped / made
    plain = np.bincount(records.unit, (records.mark % 5 != 0), units)
    heap_loglik = np.stack(
        [
            plain * np.log1p(-h) + np.bincount(records.unit[rows], np.log1p(h * (lift - 1)), units)
            for h in HEAP_NODES
        ],
        axis=1,
    )
    heap = fit_beta(heap_loglik, HEAP_NODES, np.log(_HEAP_WEIGHTS), trust)
    posterior = heap_loglik + stats.beta.logpdf(HEAP_NODES, *heap) + np.log(_HEAP_WEIGHTS)
    posterior = np.exp(posterior - special.logsumexp(posterior, axis=1, keepdims=True))
    mean_heap = posterior @ HEAP_NODES
    information = sizes * 0.8 / np.maximum((mean_heap + 0.2) * 1.0, 0.05)
    prior_sd = float(stats.beta.std(*heap))
    heap_se = 1 / np.sqrt(information + 1 / max(prior_sd, 1e-3) ** 2)

    # compassion: what is missing just below the cut, nationally
    made_all, heap_all = _national_pmf(at, typical, weight, shape)
    share = float(np.average(mean_heap[records.unit], weights=weight))
    expected = (1 - share) * made_all + share * heap_all
    seen = np.bincount(records.mark, weight, TOP + 1)
    missing = np.zeros(4)
    noise = np.zeros(4)
    for i in range(4):
        k = cut - 1 - i
        missing[i] = 1 - seen[k] / max(expected[k], 1e-9)
        noise[i] = 1 / np.sqrt(max(expected[k], 1.0))
    ground = missing[3] if noise[3] < 0.1 else 0.0
    missing = missing - min(max(ground, -0.05), 0.05)
    if missing[0] > 2 * noise[0]:
        profile = np.where(missing > 2.5 * noise, np.clip(missing / missing[0], 0, 1), 0.0)
        profile[3] = 0.0
    else:
        profile = np.array([1.0, 0.5, 0.0, 0.0])
    if mercy_loglik is None:
        mean = float(np.clip(missing[0], 0.02, 0.7))
        mercy = (6 * mean, 6 * (1 - mean))
    else:
        mercy = fit_beta(mercy_loglik, MERCY_NODES, MERCY_LOGWEIGHTS, trust)
    c = mercy[0] / (mercy[0] + mercy[1])
    for i in range(3):
        moved = (1 - share) * made_all[cut - 1 - i] * c * profile[i]
        expected[cut - 1 - i] -= moved
        expected[cut] += moved
    excess = (seen - expected) / np.sqrt(np.maximum(3 * expected, 1.0))
    tide = np.where(np.abs(excess) > 4.0, (seen + 50) / (expected + 50), 1.0)
    tide[cut - 4 : cut + 1] = 1.0
    tide = np.clip(tide, 0.3, 3.0)
    return World(
        cut, location, scale, shape, Habits(profile, tide), density, sd, heap, mercy,
        unit_effect, mean_heap, heap_se,
    )


def _effects(
    effect: Floats, se: Floats, trust: Floats, first: bool, typical: float
) -> tuple[Floats, float, float]:
    """Population of station effects: at first from the lower half mirrored, later from all, weighted."""
    if first:
        middle = _weighted_median(effect, 1 / (se**2 + np.median(np.abs(effect - np.median(effect))) ** 2 + 1e-9))
        low = effect <= middle
        both = np.r_[effect[low], 2 * middle - effect[low]]
        return fit_effects(both, np.r_[se[low], se[low]], np.full(both.size, 0.5), typical)
    return fit_effects(effect, se, trust, typical)

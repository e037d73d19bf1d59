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
from scipy import optimize, special, stats

from chizheng.quality.core.surveillance.likelihood import TOP, Floats, Habits, Ints, Shape

EFFECT_GRID = np.arange(-40.0, 40.0001, 0.05)
SMALL_PARTITION = 400
"""Partitions with fewer rows share one slope; only their level is their own."""


@dataclass(frozen=True, slots=True)
class Records:
    """Marks of one subject: codes from 0 for unit and partition, covariate (NaN: none), whole points."""

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
class Placement:
    """Expected mark and spread given the covariate, per partition (arrays of length partitions).

    location = level + slope . (x, x^2 - 1, x^3 - 3x), x = (covariate - centre) / spread, |x| <= 4;
    scale = size * exp(heat * x); without covariate: location = level, scale = size_blind.
    """

    centre: Floats
    spread: float
    level: Floats
    slope: Floats
    size: Floats
    heat: Floats
    size_blind: Floats

    def at(self, partition: Ints, covariate: Floats) -> tuple[Floats, Floats]:
        """Location and scale of each record, in points."""
        known = np.isfinite(covariate)
        x = np.where(known, (covariate - self.centre[partition]) / self.spread, 0.0)
        x = np.clip(x, -4, 4)
        beta = self.slope[partition]
        part = beta[:, 0] * x + beta[:, 1] * (x**2 - 1) + beta[:, 2] * (x**3 - 3 * x)
        location = self.level[partition] + np.where(known, part, 0.0)
        scale = np.where(
            known, self.size[partition] * np.exp(self.heat[partition] * x), self.size_blind[partition]
        )
        return location, scale


@dataclass(frozen=True, slots=True)
class World:
    """Honest population: placement, residual shape, habits, and how stations differ among themselves.

    `effect`: density of station effects on EFFECT_GRID (points); `heap`, `mercy`: Beta parameters of
    digit preference and compassion.
    """

    cut: int
    placement: Placement
    shape: Shape
    habits: Habits
    effect: Floats
    effect_sd: float
    heap: tuple[float, float]
    mercy: tuple[float, float]

    def effect_logpdf(self, v: Floats) -> Floats:
        """Log density of station effects at `v` points."""
        return np.log(np.maximum(np.interp(v, EFFECT_GRID, self.effect, left=1e-300, right=1e-300), 1e-300))

    def heap_logpdf(self, h: Floats) -> Floats:
        return np.asarray(stats.beta.logpdf(h, *self.heap), dtype=np.float64)

    def mercy_logpdf(self, c: Floats) -> Floats:
        return np.asarray(stats.beta.logpdf(c, *self.mercy), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Located:
    """Where records and units stand in a world: per record location and scale, per unit effect and habits."""

    location: Floats
    scale: Floats
    effect: Floats
    heap: Floats
    heap_se: Floats


def huber_mean(
    values: Floats, group: Ints, groups: int, scale: Floats, weight: Floats, rounds: int = 4
) -> Floats:
    """Huber M-estimate of the mean in each group (tuning 1.5 `scale`); groups without rows get 0."""
    count = np.bincount(group, weight, groups)
    centre = np.bincount(group, weight * values, groups) / np.maximum(count, 1e-9)
    for _ in range(rounds):
        gap = values - centre[group]
        w = weight * np.minimum(1.0, 1.5 * scale / np.maximum(np.abs(gap), 1e-9))
        centre = centre + np.bincount(group, w * gap, groups) / np.maximum(
            np.bincount(group, w, groups), 1e-9
        )
    return np.asarray(centre, dtype=np.float64)


def _mad(values: Floats, weight: Floats) -> float:
    order = np.argsort(np.abs(values))
    total = np.cumsum(weight[order])
    middle = np.abs(values)[order][np.searchsorted(total, 0.5 * total[-1])]
    return float(1.4826 * middle)


def _regress(records: Records, weight: Floats) -> Placement:
    """Slopes and spreads from contrasts within station and partition; levels are left at zero."""
    t, part = records.covariate, records.partition
    known = np.isfinite(t)
    partitions = int(part.max()) + 1
    count = np.bincount(part, known, partitions)
    centre = np.bincount(part, np.where(known, t, 0.0), partitions) / np.maximum(count, 1)
    spread = float(np.std(t[known] - centre[part][known])) if known.any() else 0.0
    y = records.mark.astype(np.float64)
    _, block = np.unique(records.unit * partitions + part, return_inverse=True)
    blocks = int(block.max()) + 1
    rest = (
        y
        - (np.bincount(block, weight * y, blocks) / np.maximum(np.bincount(block, weight, blocks), 1e-9))[
            block
        ]
    )
    blind = np.full(partitions, max(_mad(rest, weight), 0.5))
    slope, heat, size = np.zeros((partitions, 3)), np.zeros(partitions), blind.copy()
    if spread <= 1e-9:
        return Placement(centre, 1.0, np.zeros(partitions), slope, size, heat, blind)
    x = np.clip(np.where(known, (t - centre[part]) / spread, 0.0), -4, 4)
    basis = np.stack([x, x**2 - 1, x**3 - 3 * x], axis=1)
    big = count >= SMALL_PARTITION
    families = [np.array([q]) for q in np.flatnonzero(big)]
    if not big.all():
        families.append(np.flatnonzero(~big))
    for family in families:
        rows = np.flatnonzero(np.isin(part, family) & known)
        if rows.size < 30:
            continue
        _, b = np.unique(block[rows], return_inverse=True)
        groups = int(b.max()) + 1
        w, design = weight[rows].copy(), basis[rows]
        for _ in range(4):
            mass = np.maximum(np.bincount(b, w, groups), 1e-9)
            means = np.stack([np.bincount(b, w * design[:, j], groups) / mass for j in range(3)], axis=1)
            inner = design - means[b]
            target = y[rows] - (np.bincount(b, w * y[rows], groups) / mass)[b]
            gram = inner.T @ (w[:, None] * inner) + np.diag([1e-6, 5.0, 5.0])
            beta = np.linalg.solve(gram, inner.T @ (w * target))
            gap = target - inner @ beta
            typical = max(_mad(gap, weight[rows]), 0.5)
            w = weight[rows] * np.minimum(1.0, 2.0 * typical / np.maximum(np.abs(gap), 1e-9))
        level = np.log(np.maximum(np.abs(gap), 0.25))
        variance = max(float(np.var(x[rows])), 1e-9)
        tilt = float(np.clip(np.cov(x[rows], level)[0, 1] / variance, -0.3, 0.3))
        error = float(np.std(level)) / np.sqrt(rows.size * variance)
        slope[family], size[family] = beta, typical
        heat[family] = tilt if abs(tilt) > 3 * error else 0.0
        blind[family] = np.hypot(typical, beta[0])
    return Placement(centre, spread, np.zeros(partitions), slope, size, heat, blind)


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
    mass = np.bincount(below, weight * (1 - part), grid.size) + np.bincount(
        below + 1, weight * part, grid.size
    )
    reach = int(np.ceil(5 * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    density = np.convolve(mass, kernel / kernel.sum(), mode="same") / mass.sum() / step
    deviation = float(np.sqrt(np.average((z - middle) ** 2, weights=weight)))
    smooth = np.exp(-0.5 * ((grid - middle) / (1.15 * deviation)) ** 2) / (
        1.15 * deviation * np.sqrt(2 * np.pi)
    )
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
        best, at = divmod(int(np.argmax(belief)), scales.size)
        variance = scales[at] ** 2 + se**2
        pull = weight / variance / (1 + ((effect - centre) ** 2 / variance) / FREEDOMS[best])
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
    constant = (
        special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2) - 0.5 * np.log(freedom * np.pi)
    )
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
HEAP_LOGWEIGHTS = np.log(_HEAP_WEIGHTS)
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
            bins @ (shape.at((high - at[:, None]) / scale) - shape.at((below - at[:, None]) / scale))
        )

    rounded = mass(2.5)
    rounded[mark % 5 != 0] = 0.0
    return mass(0.5), rounded


def locate(world: World, records: Records, offset: Floats | None = None) -> Located:
    """Location, scale, robust effect, digit preference of `records`; `offset`: points known before."""
    location, scale = world.placement.at(records.partition, records.covariate)
    if offset is not None:
        location = location + offset
    effect = huber_mean(
        records.mark - location, records.unit, records.units, scale, np.ones(records.mark.size)
    )
    loglik = _heap_loglik(records, location + effect[records.unit], scale, world.shape, world.cut)
    heap, se = _heap_posterior(loglik, records.sizes, world.heap)
    return Located(location, scale, effect, heap, se)


def _heap_loglik(records: Records, at: Floats, scale: Floats, shape: Shape, cut: int) -> Floats:
    """Log-likelihood of digit preference per unit on HEAP_NODES, at the unit's own effect."""
    mark, units = records.mark, records.units
    rows = np.flatnonzero((mark % 5 == 0) & (mark != cut) & (mark > 0) & (mark < TOP))

    point = mark[rows].astype(np.float64)

    def f(edge: Floats) -> Floats:
        return shape.at((edge - at[rows]) / scale[rows])

    made = np.maximum(f(point + 0.5) - f(point - 0.5), 1e-9)
    lift = np.maximum(f(point + 2.5) - f(point - 2.5), 1e-9) / made
    plain = np.bincount(records.unit, mark % 5 != 0, units)
    return np.stack(
        [
            plain * np.log1p(-h) + np.bincount(records.unit[rows], np.log1p(h * (lift - 1)), units)
            for h in HEAP_NODES
        ],
        axis=1,
    )


def _heap_posterior(loglik: Floats, sizes: Ints, heap: tuple[float, float]) -> tuple[Floats, Floats]:
    belief = loglik + stats.beta.logpdf(HEAP_NODES, *heap) + HEAP_LOGWEIGHTS
    belief = np.exp(belief - special.logsumexp(belief, axis=1, keepdims=True))
    mean = belief @ HEAP_NODES
    information = sizes * 0.8 / np.maximum(mean + 0.2, 0.05)
    prior_sd = max(float(stats.beta.std(*heap)), 1e-3)
    return mean, 1 / np.sqrt(information + 1 / prior_sd**2)


def learn(
    records: Records, cut: int, honesty: Floats | None = None, mercy_loglik: Floats | None = None
) -> World:
    """The honest world; `honesty`: posterior of each unit from an earlier round (None: first round).

    `mercy_loglik` (units, MERCY_NODES): evidence on compassion from an earlier likelihood pass.
    """
    units, sizes, part = records.units, records.sizes, records.partition
    trust = np.ones(units) if honesty is None else honesty
    weight = np.maximum(trust[records.unit], 1e-6)
    place = _regress(records, weight)
    base, scale = place.at(part, records.covariate)
    y = records.mark - base
    partitions = place.level.size
    level, effect = np.zeros(partitions), np.zeros(units)
    for _ in range(12 if partitions > 1 else 1):
        level = huber_mean(y - effect[records.unit], part, partitions, scale, weight)
        effect = huber_mean(y - level[part], records.unit, units, scale, np.ones(y.size))
    gap = y - level[part] - effect[records.unit]
    ratio = float(np.sqrt(np.average(np.minimum((gap / scale) ** 2, 16.0), weights=weight)))
    scale = scale * ratio
    inner = np.sqrt(np.maximum(1 - 1 / np.maximum(sizes, 2), 0.3))[records.unit]
    shape = _shape(gap / scale / inner, weight)
    typical = float(np.average(scale, weights=weight))
    se = typical / np.sqrt(np.maximum(sizes, 1))
    density, centre, sd = _effects(effect, se, trust, typical)
    level, effect = level + centre, effect - centre
    place = replace(place, level=level, size=place.size * ratio, size_blind=place.size_blind * ratio)
    at = base + level[part] + effect[records.unit]
    heap_loglik = _heap_loglik(records, at, scale, shape, cut)
    heap = fit_beta(heap_loglik, HEAP_NODES, HEAP_LOGWEIGHTS, trust)
    mean_heap, _ = _heap_posterior(heap_loglik, sizes, heap)
    share = float(np.average(mean_heap[records.unit], weights=weight))
    made, rounded = _national_pmf(at, typical, weight, shape)
    expected = (1 - share) * made + share * rounded
    seen = np.bincount(records.mark, weight, TOP + 1).astype(np.float64)
    profile, first = _profile(seen, expected, cut)
    if mercy_loglik is None:
        mercy = (6 * first, 6 * (1 - first))
    else:
        mercy = fit_beta(mercy_loglik, MERCY_NODES, MERCY_LOGWEIGHTS, trust)
    moved = (1 - share) * made[cut - 4 : cut][::-1] * profile * mercy[0] / (mercy[0] + mercy[1])
    expected[cut - 4 : cut] -= moved[::-1]
    expected[cut] += moved.sum()
    return World(cut, place, shape, Habits(profile, _tide(seen, expected, cut)), density, sd, heap, mercy)


def regroup(world: World, records: Records, offset: Floats, honesty: Floats) -> World:
    """The same world for smaller units (cells of a station): their effects around `offset`, their habits."""
    location, scale = world.placement.at(records.partition, records.covariate)
    location = location + offset
    effect = huber_mean(records.mark - location, records.unit, records.units, scale, np.ones(scale.size))
    typical = float(scale.mean())
    se = typical / np.sqrt(np.maximum(records.sizes, 1))
    density, centre, sd = fit_effects(effect, se, honesty, typical)
    loglik = _heap_loglik(records, location + effect[records.unit], scale, world.shape, world.cut)
    heap = fit_beta(loglik, HEAP_NODES, HEAP_LOGWEIGHTS, honesty)
    place = replace(world.placement, level=world.placement.level + centre)
    return replace(world, placement=place, effect=density, effect_sd=sd, heap=heap)


def _profile(seen: Floats, expected: Floats, cut: int) -> tuple[Floats, float]:
    """Compassion of cut-1, cut-2, ... relative to cut-1, and its first guess, from what is missing there."""
    k = cut - 1 - np.arange(4)
    missing = 1 - seen[k] / np.maximum(expected[k], 1e-9)
    noise = 1 / np.sqrt(np.maximum(expected[k], 1.0))
    ground = missing[3] if noise[3] < 0.1 else 0.0  # what corrupt stations take everywhere below the cut
    missing = missing - np.clip(ground, -0.05, 0.05)
    first = float(np.clip(missing[0], 0.02, 0.7))
    if missing[0] <= 2 * noise[0]:
        return np.array([1.0, 0.5, 0.0, 0.0]), first
    profile = np.where(missing > 2.5 * noise, np.clip(missing / missing[0], 0, 1), 0.0)
    profile[0], profile[3] = 1.0, 0.0
    return profile, first


def _tide(seen: Floats, expected: Floats, cut: int) -> Floats:
    """National wishes for digits that the model does not know, where they are beyond doubt."""
    excess = (seen - expected) / np.sqrt(np.maximum(3 * expected, 1.0))
    tide = np.where(np.abs(excess) > 4.0, (seen + 50) / (expected + 50), 1.0)
    tide[cut - 4 : cut + 1] = 1.0
    return np.asarray(np.clip(tide, 0.3, 3.0), dtype=np.float64)


def _effects(effect: Floats, se: Floats, trust: Floats, typical: float) -> tuple[Floats, float, float]:
    """Population of station effects from its lower half, mirrored at the robust middle.

    Bending marks only ever lifts a station, so the lower half is honest; taking the upper half in, even
    weighted by trust, lets the tail be taken for corruption, the population shrink, and more be taken.
    """
    first = trust / (se**2 + np.median(np.abs(effect - np.median(effect))) ** 2 + 1e-9)
    middle = _weighted_median(effect, first)
    low = effect <= middle
    both = np.r_[effect[low], 2 * middle - effect[low]]
    return fit_effects(both, np.r_[se[low], se[low]], np.full(both.size, 0.5), typical)

"""A whole set of results, weighed at every kind of unit: stations, assessors, sessions.

Columns of evidence for a station: its practical marks as a whole; one of its assessors bent (mean of
the cells' Bayes factors, itself an e-value); one of its sessions bent; its theory marks given practice.
National shares of all columns are learned together, so that a column nobody uses costs little.
An assessor or a session multiplies the evidence of its cells (bent wherever it works) per mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from chizheng.quality.core.surveillance.evidence import (
    Flags,
    Floats,
    learned_odds,
    local_fdr_cut,
)
from chizheng.quality.core.surveillance.likelihood import Ints
from chizheng.quality.core.surveillance.mechanisms import (
    Family,
    Mechanism,
    catalogue,
    theory_catalogue,
)
from chizheng.quality.core.surveillance.stations import Weighed, evaluate, pseudo_counts, weigh
from chizheng.quality.core.surveillance.world import Records, World, regroup


@dataclass(frozen=True, slots=True)
class Marks:
    """Results as arrays of one length; codes are global, marks are points, NaN = absent (or not held).

    `day`: proleptic ordinal of the sitting, 0 unknown; `seconds` spent on the practical mark, NaN unknown.
    """

    station: Ints
    assessor: Ints
    session: Ints
    partition: Ints
    theory: Floats
    practical: Floats
    day: Ints | None = None
    seconds: Floats | None = None

    def take(self, rows: NDArray[np.intp]) -> Marks:
        return Marks(
            self.station[rows],
            self.assessor[rows],
            self.session[rows],
            self.partition[rows],
            self.theory[rows],
            self.practical[rows],
            None if self.day is None else self.day[rows],
            None if self.seconds is None else self.seconds[rows],
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """House parameters, read from law data by the caller; `cut` is the pass mark."""

    cut: int
    fdr: float = 0.05
    prior_bent: float = 1.0
    prior_honest: float = 10.0
    min_stations: int = 8
    min_candidates: int = 400
    min_cell: int = 5


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found about units of one kind; arrays by unit code.

    `log_factor`: natural log of the Bayes factor of "bent somehow" against honest (an e-value, weighted
    by the learned shares). `posterior`: probability of being bent. `mechanism`: index of the likeliest
    column in `columns`. `size`: candidates marked. `where`: index into cells for the one-of-many columns.
    """

    kind: str
    columns: tuple[tuple[str, Mechanism], ...]
    log_factor: Floats
    posterior: Floats
    flagged: Flags
    mechanism: Ints
    size: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class Populations:
    """Honest worlds learned from a sample: practical marks by station and by cells of it, theory marks."""

    practical: Weighed
    by_assessor: World | None
    by_session: World | None
    theory: Weighed | None


def whole_points(marks: Floats) -> Ints:
    """Marks as whole points: a fraction never lifts a mark over the cut, so it is dropped."""
    return np.floor(marks + 1e-9).astype(np.int64)


def _compact(code: Ints) -> tuple[Ints, Ints]:
    """Codes without holes and what they stand for."""
    labels, compact = np.unique(code, return_inverse=True)
    return labels.astype(np.int64), compact.astype(np.int64).ravel()


def practical_records(marks: Marks, unit: Ints) -> Records:
    return Records(unit, marks.partition, marks.theory, whole_points(marks.practical))


def theory_records(marks: Marks, unit: Ints) -> Records:
    return Records(unit, marks.partition, marks.practical, whole_points(marks.theory))


def others_effect(records: Records, cell: Ints, world: World) -> Floats:
    """Effect of the rest of the station for each record: leave-the-cell-out mean, shrunk to nought."""
    place, scale = world.placement.at(records.partition, records.covariate)
    gap = np.clip(records.mark - place, -3 * scale, 3 * scale)
    units = records.units
    total, count = np.bincount(records.unit, gap, units), records.sizes.astype(np.float64)
    cells = int(cell.max()) + 1
    part, size = np.bincount(cell, gap, cells), np.bincount(cell, minlength=cells)
    rest = count[records.unit] - size[cell]
    mean = (total[records.unit] - part[cell]) / np.maximum(rest, 1)
    keep = world.effect_sd**2 / (world.effect_sd**2 + scale**2 / np.maximum(rest, 1e-9))
    return np.where(rest > 0, mean * keep, 0.0)


def learn_populations(
    sample: Marks, policy: Policy, tell: Callable[[str], None] = lambda step: None
) -> Populations:
    """Honest worlds from `sample` (whole stations); steps are told as they begin."""
    marked = sample.take(np.flatnonzero(np.isfinite(sample.practical)))
    _, unit = _compact(marked.station)
    records = practical_records(marked, unit)
    tell("practical")
    practical = weigh(records, policy.cut, prior_bent=policy.prior_bent, prior_honest=policy.prior_honest)
    honesty = special.expit(-practical.log_odds)
    cells: list[World | None] = []
    for name, code in (("assessor", marked.assessor), ("session", marked.session)):
        _, cell = _compact(marked.station * (int(code.max()) + 1) + code)
        if int(cell.max()) + 1 <= records.units:
            cells.append(None)
            continue
        tell(name)
        offset = others_effect(records, cell, practical.world)
        owner = np.zeros(int(cell.max()) + 1, np.int64)
        owner[cell] = unit
        by_cell = replace(records, unit=cell)
        cells.append(regroup(practical.world, by_cell, offset, honesty[owner]))
    seated = sample.take(np.flatnonzero(np.isfinite(sample.theory) & np.isfinite(sample.practical)))
    theory = None
    if seated.theory.size >= policy.min_candidates and float(np.std(seated.theory)) > 1.0:
        tell("theory")
        _, unit = _compact(seated.station)
        theory = weigh(
            theory_records(seated, unit),
            policy.cut,
            theory_catalogue(),
            rounds=2,
            prior_bent=policy.prior_bent / 4,
            prior_honest=policy.prior_honest,
        )
    return Populations(practical, cells[0], cells[1], theory)


@dataclass(slots=True)
class Tally:
    """Log factors gathered chunk by chunk, by global code (float32: 10 million results stay small)."""

    whole: dict[int, Floats]
    theory: dict[int, Floats]
    assessor_cells: dict[tuple[int, int], Floats]
    session_cells: dict[tuple[int, int], Floats]
    size: dict[tuple[str, int], int]


def empty_tally() -> Tally:
    return Tally({}, {}, {}, {}, {})


def tally(populations: Populations, chunk: Marks, into: Tally, policy: Policy) -> None:
    """Weigh the stations of `chunk` (each station complete) and add what is found."""
    mechanisms = catalogue()
    marked = chunk.take(np.flatnonzero(np.isfinite(chunk.practical)))
    if marked.practical.size:
        stations, unit = _compact(marked.station)
        records = practical_records(marked, unit)
        world = populations.practical.world
        found = evaluate(records, world, mechanisms).log_factor
        for i, code in enumerate(stations):
            into.whole[int(code)] = found[i].astype(np.float32)
        for name, codes, world_c, target in (
            ("assessor", marked.assessor, populations.by_assessor, into.assessor_cells),
            ("session", marked.session, populations.by_session, into.session_cells),
        ):
            base = int(codes.max()) + 1
            labels, cell = _compact(marked.station * base + codes)
            sizes = np.bincount(cell)
            alone = np.bincount(unit[np.unique(cell, return_index=True)[1]], minlength=stations.size) == 1
            if world_c is not None:
                offset = others_effect(records, cell, world)
                found_c = evaluate(replace(records, unit=cell), world_c, mechanisms, offset).log_factor
            owner = np.searchsorted(stations, labels // base)
            for i, label in enumerate(labels):
                key = (int(label) // base, int(label) % base)
                if alone[owner[i]] or world_c is None:
                    target[key] = found[owner[i]].astype(np.float32)  # the cell is the whole station
                elif sizes[i] >= policy.min_cell:
                    target[key] = found_c[i].astype(np.float32)
                else:
                    target[key] = np.zeros(len(mechanisms), np.float32)
                into.size[name, key[1]] = into.size.get((name, key[1]), 0) + int(sizes[i])
        for i, code in enumerate(stations):
            into.size["station", int(code)] = int(records.sizes[i])
    if populations.theory is not None:
        seated = chunk.take(np.flatnonzero(np.isfinite(chunk.theory) & np.isfinite(chunk.practical)))
        if seated.theory.size:
            stations, unit = _compact(seated.station)
            found = evaluate(
                theory_records(seated, unit), populations.theory.world, theory_catalogue()
            ).log_factor
            for i, code in enumerate(stations):
                into.theory[int(code)] = found[i].astype(np.float32)


def _mean_of_cells(cells: Iterable[Floats], count: int) -> Floats:
    """Log of the mean Bayes factor over cells: "one of them is bent"."""
    stack = np.stack(list(cells)).astype(np.float64)
    return np.asarray(special.logsumexp(stack, axis=0) - np.log(count), dtype=np.float64)


PARTS = {"whole": 0.8, "assessor": 0.1, "session": 0.1}
"""How a bent station is bent, beforehand: as a whole, by one assessor, in one session. Not learned, and each
mechanism has one national share over all parts: shares learned apart let the noise of small cells through."""


def _verdicts(
    kind: str,
    parts: dict[str, Floats],
    theory: Floats | None,
    size: Ints,
    policy: Policy,
) -> Verdicts:
    """`parts`: log factors (units, mechanisms) of practical marks by part; `theory`: of theory marks."""
    practical, other = catalogue(), theory_catalogue()
    prior = np.array([PARTS[name] for name in parts])
    stack = np.stack(list(parts.values())) + np.log(prior / prior.sum())[:, None, None]
    factor, mechanisms = special.logsumexp(stack, axis=0), practical
    pseudo = pseudo_counts(practical, policy.prior_bent)
    if theory is not None:
        factor, mechanisms = np.hstack([factor, theory]), practical + other
        pseudo = np.r_[pseudo, pseudo_counts(other, THEORY_PRIOR * policy.prior_bent)]
    learnable = np.array([m.identifiable for m in mechanisms])
    log_odds, share, weight = learned_odds(factor, pseudo, policy.prior_honest, learnable)
    total = float(weight.sum())
    likeliest = share.argmax(axis=1)
    # Columns by part: which part carries the likeliest mechanism.
    columns = tuple((name, m) for name in parts for m in practical)
    at = np.minimum(likeliest, len(practical) - 1)
    part = stack[:, np.arange(at.size), at].argmax(axis=0)
    column = part * len(practical) + at
    if theory is not None:
        column = np.where(likeliest >= len(practical), len(columns) + likeliest - len(practical), column)
        columns += tuple(("theory", m) for m in other)
    return Verdicts(
        kind,
        columns,
        log_odds - np.log(total) + np.log1p(-min(total, 0.999)),
        special.expit(log_odds),
        local_fdr_cut(special.expit(-log_odds), policy.fdr),
        column.astype(np.int64),
        size,
        weight,
    )


THEORY_PRIOR = 0.15
"""Prior counts of bent theory marks, relative to those of practical marks: theory is marked by machine."""


def judge(found: Tally, policy: Policy, stations: int, assessors: int, sessions: int) -> list[Verdicts]:
    """Verdicts for all stations, assessors and sessions, by code; units without marks get factor one."""
    kinds = len(catalogue())
    whole = np.zeros((stations, kinds))
    for code, value in found.whole.items():
        whole[code] = value
    parts = {"whole": whole}
    out: list[Verdicts] = []
    for name, cells, count in (
        ("assessor", found.assessor_cells, assessors),
        ("session", found.session_cells, sessions),
    ):
        by_station: dict[int, list[Floats]] = {}
        everywhere = np.zeros((count, kinds))
        for (station, code), value in cells.items():
            by_station.setdefault(station, []).append(value)
            everywhere[code] += value  # bent wherever it works: factors multiply
        if len(cells) > len(found.whole):
            one = np.zeros((stations, kinds))
            for station, values in by_station.items():
                one[station] = _mean_of_cells(values, len(values))
            parts[name] = one
        sizes = np.array([found.size.get((name, c), 0) for c in range(count)], np.int64)
        out.append(_verdicts(name, {"whole": everywhere}, None, sizes, policy))
    theory = None
    if found.theory:
        theory = np.zeros((stations, len(theory_catalogue())))
        for code, value in found.theory.items():
            theory[code] = value
    sizes = np.array([found.size.get(("station", s), 0) for s in range(stations)], np.int64)
    return [_verdicts("station", parts, theory, sizes, policy), *out]


def family_of(column: tuple[str, Mechanism]) -> Family:
    """What a column of evidence is called: theory columns have their own families."""
    part, mechanism = column
    if part != "theory":
        return mechanism.family
    return Family.THEORY_LEAKED if mechanism.family is Family.SHIFT else Family.THEORY_SOLD

"""Agreement where the same work was marked more than once: kappa, ICC, Krippendorff's alpha.

Units are rows, assessors (or first and second marking) are columns; NaN is "not marked".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]


class Metric(StrEnum):
    """How far apart two marks are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Kappa:
    """Observed and chance agreement, kappa and its large-sample error."""

    observed: float
    chance: float
    value: float
    se: float


def cohen_kappa(first: Floats, second: Floats, *, power: int | None = None) -> Kappa:
    """Cohen's kappa; `power` 1 or 2 weights disagreements by |i - j|^power (Cohen 1968).

    Error by Fleiss, Cohen & Everitt (1969).
    """
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < 2:
        refuse("too_few_persons", found=int(both.sum()), least=2)
    values, code = np.unique(np.concatenate([first[both], second[both]]), return_inverse=True)
    if values.size < 2:
        refuse("no_variance", what="marks / 评分")
    half = int(both.sum())
    table = np.zeros((values.size, values.size))
    np.add.at(table, (code[:half], code[half:]), 1.0)
    table /= half
    if power is None:
        weight = np.eye(values.size)
    else:
        apart = np.abs(values[:, None] - values[None]) ** power
        weight = 1 - apart / apart.max()
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed = float((weight * table).sum())
    chance = float(rows @ weight @ columns)
    if chance >= 1:
        refuse("no_variance", what="marks / 评分")
    value = (observed - chance) / (1 - chance)
    lean = (weight @ columns)[:, None] + (rows @ weight)[None]
    spread = float((table * (weight - lean * (1 - value)) ** 2).sum()) - (value - chance * (1 - value)) ** 2
    return Kappa(observed, chance, value, float(np.sqrt(max(spread, 0.0) / half)) / (1 - chance))


def fleiss_kappa(marks: Floats) -> Kappa:
    """Kappa for the same number of assessors per unit (Fleiss 1971); units with a gap are left out."""
    marks = marks[np.isfinite(marks).all(axis=1)]
    units, raters = marks.shape
    if units < 2 or raters < 2:
        refuse("too_few_persons", found=units, least=2)
    values = np.unique(marks)
    counts = np.stack([(marks == v).sum(axis=1) for v in values], axis=1).astype(float)
    share = counts.sum(axis=0) / counts.sum()
    chance = float((share**2).sum())
    if chance >= 1:
        refuse("no_variance", what="marks / 评分")
    observed = float(((counts**2).sum(axis=1) - raters).mean()) / (raters * (raters - 1))
    pq = share * (1 - share)
    variance = (
        2 * (pq.sum() ** 2 - (pq * (1 - 2 * share)).sum()) / (pq.sum() ** 2 * units * raters * (raters - 1))
    )
    return Kappa(observed, chance, (observed - chance) / (1 - chance), float(np.sqrt(variance)))


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """ICC of single marks and of their mean (McGraw & Wong 1996).

    one_way: assessors differ from unit to unit; agreement: crossed, absolute; consistency: crossed,
    severity differences forgiven.
    """

    one_way: float
    one_way_mean: float
    agreement: float
    agreement_mean: float
    consistency: float
    consistency_mean: float


def intraclass(marks: Floats) -> IntraclassCorrelations:
    """Intraclass correlations of complete rows."""
    marks = marks[np.isfinite(marks).all(axis=1)]
    n, k = marks.shape
    if n < 2 or k < 2:
        refuse("too_few_persons", found=n, least=2)
    grand = marks.mean()
    between = k * float(((marks.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((marks.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    whole = float(((marks - grand) ** 2).sum())
    if whole == 0:
        refuse("no_variance", what="marks / 评分")
    within = (whole - between * (n - 1)) / (n * (k - 1))
    error = (whole - between * (n - 1) - columns * (k - 1)) / ((n - 1) * (k - 1))
    return IntraclassCorrelations(
        one_way=(between - within) / (between + (k - 1) * within),
        one_way_mean=(between - within) / between,
        agreement=(between - error) / (between + (k - 1) * error + k * (columns - error) / n),
        agreement_mean=(between - error) / (between + (columns - error) / n),
        consistency=(between - error) / (between + (k - 1) * error),
        consistency_mean=(between - error) / between,
    )


def krippendorff_alpha(marks: Floats, metric: Metric = Metric.ORDINAL) -> float:
    """Krippendorff's alpha (2011), any number of assessors, gaps allowed."""
    if marks.ndim != 2:
        fault("shape", what="marks", wanted="units x assessors", found=str(marks.shape))
    values = np.unique(marks[np.isfinite(marks)])
    counts = np.stack([(marks == v).sum(axis=1) for v in values], axis=1).astype(float)
    pairable = counts.sum(axis=1)
    counts, pairable = counts[pairable >= 2], pairable[pairable >= 2]
    if len(counts) < 2:
        refuse("too_few_persons", found=len(counts), least=2)
    together = np.einsum("ua,ub->ab", counts / (pairable - 1)[:, None], counts)
    together[np.diag_indices_from(together)] -= (counts / (pairable - 1)[:, None]).sum(axis=0)
    margin = together.sum(axis=1)
    total = float(margin.sum())
    if metric is Metric.NOMINAL:
        apart = 1.0 - np.eye(values.size)
    elif metric is Metric.INTERVAL:
        apart = (values[:, None] - values[None]) ** 2
    else:
        rank = np.cumsum(margin) - margin / 2  # distance: marks strictly between, ends counted half
        apart = (rank[:, None] - rank[None]) ** 2
    expected = float(margin @ apart @ margin) / (total - 1)
    if expected == 0:
        refuse("no_variance", what="marks / 评分")
    return 1 - float((together * apart).sum()) / expected

"""Assessors of the practical part: one fit over a region's marks, feedback to each, duties for the centre."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.stats import chi2

from chizheng.assessment.models import Assessor
from chizheng.kernel.errors import ChizhengError
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.core.raters import FacetFit, Ratings, fit_facets, habits, intraclass
from chizheng.quality.models import AssessorMark

STEPS = 5
"""Marks of a criterion, from the lowest to the highest given, are grouped into this many equal steps (0..4):
steps that nobody uses have no threshold, and the model's errors none either."""

DUTIES: dict[str, Wording] = {
    "severe": Wording(zh="评分明显偏严", en="marks clearly more severely than colleagues"),
    "lenient": Wording(zh="评分明显偏松", en="marks clearly more leniently than colleagues"),
    "inconsistent": Wording(zh="评分前后不一致", en="marks inconsistently"),
    "halo": Wording(zh="各项评分雷同（晕轮效应）", en="gives one mark for all criteria (halo)"),
    "central": Wording(
        zh="给分过于集中在中间（趋中）", en="keeps to the middle of the scale (central tendency)"
    ),
    "drift": Wording(zh="严厉度随时间变化", en="severity drifts over time"),
}


@dataclass(frozen=True, slots=True)
class DoubleMarks:
    """Where others marked the same work: how many candidates, the mean gap in points of a candidate's average
    (absolute, and with sign: above the others is positive), the share that differ by more than `far` points."""

    candidates: int
    gap: float
    lean: float
    far_share: float
    far: int


@dataclass(frozen=True, slots=True)
class RaterRow:
    """One assessor: severity in logits with its 95 % interval, ratios (1 is as expected), duties by code.

    `points`: how far the average mark lies from what the middle colleague would have given, a criterion.
    """

    assessor: Assessor
    linked_set: int
    rows: int
    severity: float
    low: float
    high: float
    infit: float
    halo: float
    drift_p: float | None
    mean_mark: float
    fair_mark: float
    duties: tuple[str, ...]
    spread: float = 1.0
    points: float = 0.0
    double: DoubleMarks | None = None

    @property
    def said(self) -> list[Wording]:
        return [DUTIES[d] for d in self.duties]


@dataclass(frozen=True)
class RaterReport:
    """All assessors of a region, or why nothing can be said."""

    rows: tuple[RaterRow, ...] = ()
    fit: FacetFit | None = None
    sets: int = 0
    double: int = 0
    icc: float | None = None
    refusal: Wording | None = None


def rater_report(*, region: str, on: date) -> RaterReport:
    """Fit the region's practical marks; disconnected assessors are said to be so, not compared in silence."""
    marks = (
        AssessorMark.objects.filter(registration__session__region__startswith=region)
        .order_by("registration_id", "assessor_id", "criterion")
        .values_list(
            "registration_id", "assessor_id", "criterion", "score", "registration__session__exam_date"
        )
    )
    table: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    months: dict[tuple[int, int], str] = {}
    criteria: dict[str, tuple[int, int]] = {}
    for registration, assessor, criterion, score, day in marks.iterator(chunk_size=10_000):
        table[registration, assessor][criterion] = score
        months[registration, assessor] = f"{day:%Y-%m}"
        low, high = criteria.get(criterion, (score, score))
        criteria[criterion] = min(low, score), max(high, score)
    names = sorted(criteria)
    keys = sorted(table)
    scores = np.full((len(keys), len(names)), -1, np.int8)
    for i, key in enumerate(keys):
        for j, name in enumerate(names):
            if name in table[key]:
                low, high = criteria[name]
                scores[i, j] = (table[key][name] - low) * STEPS // (high - low + 1)
    try:
        ratings = Ratings.of(
            [str(k[0]) for k in keys], [f"{k[1]:012d}" for k in keys], names, scores,
            periods=[months[k] for k in keys] if len(set(months.values())) > 1 else None,
        )  # fmt: skip
        fit = fit_facets(ratings)
        how = habits(fit)
    except ChizhengError as error:
        return RaterReport(refusal=Wording(zh=error.say("zh"), en=error.say("en")))
    terms = Terms.read(law(), on=on, place=region)
    central = float(law().value("quality.raters.central_low", on=on, place=region).value)  # type: ignore[arg-type]
    step = float(np.mean([(high - low + 1) / STEPS for low, high in criteria.values()]))
    double, icc, both = _double(table, on, region)
    people = Assessor.objects.select_related("person").in_bulk([int(a) for a in ratings.assessors])
    middle = {n: float(np.median(fit.severity[fit.sets == n])) for n in range(int(fit.sets.max()) + 1)}
    rows = []
    for r, label in enumerate(ratings.assessors):
        severity, se = float(fit.severity[r]), float(fit.se_severity[r])
        drift = None
        if how.drift is not None and how.drift.freedom[r] > 0:
            drift = float(chi2.sf(how.drift.chi_square[r], how.drift.freedom[r]))
        duties = []
        if how.rows[r] >= terms.least_rows:
            # from the middle colleague, not the mean: one lenient assessor of three makes the others no severe ones
            gap = severity - middle[int(fit.sets[r])]
            if abs(gap) >= terms.severity_size and abs(gap) >= terms.severity_z * se:
                duties.append("severe" if gap > 0 else "lenient")
            if how.infit.value[r] >= terms.infit_high:
                duties.append("inconsistent")
            if how.halo.value[r] <= terms.halo_low:
                duties.append("halo")
            if how.spread.value[r] <= central and how.spread.z[r] <= -terms.severity_z:
                duties.append("central")
            if drift is not None and drift <= terms.drift_p:
                duties.append("drift")
        rows.append(
            RaterRow(
                people[int(label)], int(fit.sets[r]) + 1, int(how.rows[r]), severity, severity - 1.96 * se,
                severity + 1.96 * se, float(how.infit.value[r]), float(how.halo.value[r]), drift,
                float(how.mean_mark[r]), float(how.fair_mark[r]), tuple(duties), float(how.spread.value[r]),
                float(how.mean_mark[r] - how.fair_mark[r]) * step, double.get(int(label)),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-len(row.duties), -abs(row.severity)))
    return RaterReport(tuple(rows), fit, int(fit.sets.max()) + 1, both, icc)


def _double(
    table: dict[tuple[int, int], dict[str, int]], on: date, region: str
) -> tuple[dict[int, DoubleMarks], float | None, int]:
    """Agreement where the same candidate was marked more than once, on the average over criteria; the
    intraclass correlation of one mark (absolute agreement of a random pair); candidates marked twice."""
    far = law().number("quality.raters.far_points", on=on, place=region)
    by_person: dict[int, dict[int, float]] = defaultdict(dict)
    for (person, assessor), scores in table.items():
        by_person[person][assessor] = float(np.mean(list(scores.values())))
    twice = [marks for marks in by_person.values() if len(marks) > 1]
    gaps: dict[int, list[float]] = defaultdict(list)
    for marks in twice:
        total = sum(marks.values())
        for assessor, mark in marks.items():
            gaps[assessor].append(mark - (total - mark) / (len(marks) - 1))
    out = {}
    for assessor, values in gaps.items():
        gap = np.array(values)
        out[assessor] = DoubleMarks(
            gap.size, float(np.abs(gap).mean()), float(gap.mean()), float((np.abs(gap) > far).mean()), far
        )
    icc = None
    pairs = np.array([sorted(m.items())[:2] for m in twice])
    if len(twice) >= 30:
        try:
            icc = float(intraclass(pairs[:, :, 1]).one_way)
        except ChizhengError:  # no variance: nothing to correlate
            icc = None
    return out, icc, len(twice)

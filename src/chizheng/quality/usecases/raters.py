"""Assessors of the practical part: one fit over a region's marks, feedback to each, duties for the centre."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import transaction
from scipy.stats import chi2

from chizheng.assessment.models import Assessor
from chizheng.kernel.errors import ChizhengError
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.core.raters import FacetFit, Ratings, fit_facets, habits
from chizheng.quality.models import AssessorMark, Note

STEPS = 5
"""Points of a criterion are grouped into this many equal steps (0..4) for the model of ordered marks."""

DUTIES: dict[str, Wording] = {
    "severe": Wording(zh="评分明显偏严", en="marks clearly more severely than colleagues"),
    "lenient": Wording(zh="评分明显偏松", en="marks clearly more leniently than colleagues"),
    "inconsistent": Wording(zh="评分前后不一致", en="marks inconsistently"),
    "halo": Wording(zh="各项评分雷同（晕轮效应）", en="gives one mark for all criteria (halo)"),
    "drift": Wording(zh="严厉度随时间变化", en="severity drifts over time"),
}
_NOTE_TITLE = Wording(zh="考评反馈：您的评分情况", en="Feedback: how you mark")


@dataclass(frozen=True, slots=True)
class RaterRow:
    """One assessor: severity in logits with its 95 % interval, ratios (1 is as expected), duties by code."""

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

    @property
    def said(self) -> list[Wording]:
        return [DUTIES[d] for d in self.duties]


@dataclass(frozen=True)
class RaterReport:
    """All assessors of a region, or why nothing can be said."""

    rows: tuple[RaterRow, ...] = ()
    fit: FacetFit | None = None
    sets: int = 0
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
    criteria: dict[str, int] = {}
    for registration, assessor, criterion, score, day in marks.iterator(chunk_size=10_000):
        table[registration, assessor][criterion] = score
        months[registration, assessor] = f"{day:%Y-%m}"
        criteria[criterion] = max(criteria.get(criterion, 0), score)
    names = sorted(criteria)
    keys = sorted(table)
    scores = np.full((len(keys), len(names)), -1, np.int8)
    for i, key in enumerate(keys):
        for j, name in enumerate(names):
            if name in table[key]:
                top = max(criteria[name], 1)
                scores[i, j] = min(table[key][name] * STEPS // (top + 1), STEPS - 1)
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
            if drift is not None and drift <= terms.drift_p:
                duties.append("drift")
        rows.append(
            RaterRow(
                people[int(label)], int(fit.sets[r]) + 1, int(how.rows[r]), severity, severity - 1.96 * se,
                severity + 1.96 * se, float(how.infit.value[r]), float(how.halo.value[r]), drift,
                float(how.mean_mark[r]), float(how.fair_mark[r]), tuple(duties),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-len(row.duties), -abs(row.severity)))
    return RaterReport(tuple(rows), fit, int(fit.sets.max()) + 1)


@transaction.atomic
def send_feedback(*, report: RaterReport, actor: Account, now: datetime) -> int:
    """A note to every assessor with an account; one a month each. Returns how many were sent."""
    accounts = {
        a.person_id: a
        for a in Account.objects.filter(
            role="assessor", person__in=[r.assessor.person_id for r in report.rows]
        )
    }
    sent = 0
    for row in report.rows:
        account = accounts.get(row.assessor.person_id)
        if account is None:
            continue
        body = {
            lang: "\n".join(
                [
                    _SUMMARY.say(lang, rows=row.rows, severity=row.severity, low=row.low, high=row.high),
                    *(w.say(lang) for w in row.said),
                ]
            )
            for lang in ("zh", "en")
        }
        _, made = Note.objects.get_or_create(
            to=account, about=f"marking:{row.assessor.pk}:{now:%Y-%m}",
            defaults={
                "title_zh": _NOTE_TITLE.zh, "title_en": _NOTE_TITLE.en, "body_zh": body["zh"], "body_en": body["en"],
                "sent_at": now,
            },
        )  # fmt: skip
        sent += made
    if sent:
        ledger.record(verb="quality.feedback", subject=("quality", "raters"), actor=actor, now=now, sent=sent)
    return sent


_SUMMARY = Wording(
    zh="共评 {rows} 人；严厉度 {severity:+.2f}（95% 区间 {low:+.2f} 至 {high:+.2f}；0 为平均，正为偏严）",
    en="{rows} candidates marked; severity {severity:+.2f} (95 % interval {low:+.2f} to {high:+.2f}; 0 is average, "
    "positive is severe)",
)

"""Visits chosen from a screening: scored, even-handed, a tenth at random; frozen when decided."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Max

from chizheng.inspection.core import targeting
from chizheng.inspection.core.targeting import GIVEN, Employers, Scorecard, Visits
from chizheng.inspection.io.synthetic_employers import employers as synthetic
from chizheng.inspection.models import (
    Case,
    Complaint,
    Filing,
    PlannedVisit,
    Recipient,
    Screening,
    VisitPlan,
)
from chizheng.inspection.usecases.run_screening import findings_of
from chizheng.kernel.errors import BadInput, Conflict
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.models import LongWork

_NOT_DONE = Wording(
    zh="这次比对还没有完成，不能据以安排检查",
    en="this screening is not finished; nothing can be planned on it",
)
_NOBODY = Wording(
    zh="该地区没有准入岗位的用工备案，无从安排；请换一个地区或先收集备案",
    en="no filings in gated posts here; choose another place or collect filings first",
)
_COUNTS = Wording(
    zh="在册人数不能多于持证人数；请核对检查结果",
    en="registered cannot exceed certified; check the result of the visit",
)

PRIOR_EMPLOYERS, PRIOR_VISITS, PRIOR_SEED = 20_000, 3_000, 1997


@transaction.atomic
def plan_visits(
    *, screening: Screening, region: str, visits: int, random_share: float, seed: str, actor: Account | None,
    now: datetime,
) -> VisitPlan:  # fmt: skip
    """Choose visits among employers with gated posts in `region`; the same seed again is the same plan.

    Raises Conflict while the screening runs, BadInput for no employers or visits, Refused for a random
    share below the law's, Forbidden outside the jurisdiction.
    """
    if actor is not None:
        require_jurisdiction(actor, region=region)
    known = VisitPlan.objects.filter(screening=screening, region=region, seed=seed).first()
    if known is not None:
        return known
    if not (screening.finished and screening.work.state == LongWork.State.DONE):
        raise Conflict("screening_not_done", _NOT_DONE)
    today = clock.day_of(now)
    places: list[str] = []
    snapshot = snapshot_of(screening, region, today, places)
    if not len(snapshot.employer):
        raise BadInput("nobody_to_visit", _NOBODY)
    card, learned = card_of(places)
    scores = targeting.score(card, snapshot)
    groups = targeting.coverage_groups(card, snapshot)
    chosen = targeting.plan(
        scores, groups, visits, seed=seed, random_share=random_share, law=law(), on=today, place=region
    )
    taken = np.zeros(len(snapshot.employer), dtype=np.bool_)
    taken[chosen.random] = taken[chosen.targeted] = True
    plan = VisitPlan.objects.create(
        screening=screening, region=region, seed=seed, random_share=random_share, asked=visits,
        candidates=len(snapshot.employer), learned=learned, card=card.fingerprint, fingerprint=chosen.fingerprint,
        weights=dict(zip(targeting.SIGNALS, map(float, card.fit.beta[1:]), strict=True)),
        shares=_expected_clean(scores.probability, groups, taken), decided_by=actor, decided_at=now,
    )  # fmt: skip
    order = [(int(i), False) for i in chosen.targeted] + [(int(i), True) for i in chosen.random]
    PlannedVisit.objects.bulk_create(
        [
            PlannedVisit(
                plan=plan, employer_id=int(snapshot.employer[i]), rank=rank, random=drawn,
                probability=float(scores.probability[i]), low=float(scores.low[i]), high=float(scores.high[i]),
                workers=float(scores.workers[i]),
                reasons=[
                    {"signal": r.signal, "weight": round(r.weight, 3), "params": r.params}
                    for r in targeting.reasons(card, snapshot, i)
                ],
                snapshot={
                    "posts": int(snapshot.posts[i]), "unmatched": int(snapshot.unmatched[i]),
                    **{name: float(snapshot.signals[name][i]) for name in GIVEN},
                },
            )
            for rank, (i, drawn) in enumerate(order, 1)
        ]
    )  # fmt: skip
    ledger.record(
        verb="inspection.plan_visits", subject=plan, actor=actor, now=now, visits=len(order),
        random=len(chosen.random), seed=seed, fingerprint=plan.fingerprint,
    )  # fmt: skip
    return plan


def _expected_clean(probability: Any, groups: Any, taken: Any) -> list[dict[str, float]]:
    """For each third by coverage: employers, visits, and the expected share of clean employers visited."""
    found = []
    for third in range(3):
        inside = groups == third
        clean = float((1 - probability[inside]).sum())
        hit = float((1 - probability[inside & taken]).sum())
        found.append({"employers": int(inside.sum()), "visits": int((inside & taken).sum()),
                      "clean_share": hit / clean if clean else 0.0})  # fmt: skip
    return found


def snapshot_of(screening: Screening, region: str, today: date, places: list[str]) -> Employers:
    """Employers with gated posts as known today; `places` (grown here) are the cities of `place`."""
    posts = {int(k): int(v) for k, v in screening.gated.items()}
    bodies = list(
        Organisation.objects.filter(pk__in=posts, region__startswith=region)
        .order_by("pk")
        .values_list("pk", "region")
    )
    ids = [pk for pk, _ in bodies]
    unmatched = Counter(
        dict(
            findings_of(screening)
            .filter(employer__in=ids)
            .values_list("employer")
            .annotate(n=Count("filing", distinct=True))
        )
    )
    for _, code in bodies:
        if code[:4] not in places:
            places.append(code[:4])
    number = {code: n for n, code in enumerate(places)}
    signals = _signals(ids, today)
    return Employers(
        employer=np.array(ids, dtype=np.int64),
        place=np.array([number[code[:4]] for _, code in bodies], dtype=np.int64),
        posts=np.array([posts[pk] for pk in ids], dtype=np.int64),
        unmatched=np.array([unmatched[pk] for pk in ids], dtype=np.int64),
        signals={
            name: np.array([signals[name].get(pk, 0.0) for pk in ids], dtype=np.float64) for name in GIVEN
        },
    )


def _signals(ids: list[int], today: date) -> dict[str, dict[int, float]]:
    """What the tables know of each signal; those nobody records here stay 0."""
    found: dict[str, dict[int, float]] = {name: {} for name in GIVEN}
    year, three = today - timedelta(days=365), today - timedelta(days=1096)

    def counted(rows: Any) -> dict[int, float]:
        return {pk: float(n) for pk, n in rows.values_list("employer").annotate(n=Count("pk"))}

    found["complaints"] = counted(Complaint.objects.filter(employer__in=ids, received_at__date__gte=year))
    found["past_violations"] = counted(
        Case.objects.filter(employer__in=ids, outcome__in=["penalty", "order"], found_on__gte=three)
    )
    last = dict(
        PlannedVisit.objects.filter(employer__in=ids, visited_on__isnull=False)
        .values_list("employer")
        .annotate(last=Max("visited_on"))
    )
    found["years_unvisited"] = {
        pk: min(8.0, (today - last[pk]).days / 365) if pk in last else 8.0 for pk in ids
    }
    days = law().number("inspection.filing_days", on=today)
    totals: Counter[int] = Counter()
    late: Counter[int] = Counter()
    left: Counter[int] = Counter()
    rows = Filing.objects.filter(employer__in=ids, superseded_at=None).values_list(
        "employer", "period", "filed_at", "previous"
    )
    for employer, period, filed_at, previous in rows.iterator():
        totals[employer] += 1
        late[employer] += previous is None and (clock.day_of(filed_at) - period.lower).days > days
        left[employer] += period.upper is not None and year <= period.upper <= today
    found["turnover"] = {pk: left[pk] / n for pk, n in totals.items()}
    found["late_filings"] = {pk: late[pk] / n for pk, n in totals.items()}
    ignored = Recipient.objects.filter(employer__in=ids, held_out=False, change=Recipient.Change.UNCHANGED)
    found["letter_ignored"] = {pk: 1.0 for pk in ignored.values_list("employer", flat=True)}
    return found


def card_of(places: list[str]) -> tuple[Scorecard, bool]:
    """(scorecard, learned here?): fitted on the visits of this house where they are enough.

    Before that the coefficients are those of the synthetic province (docs/inspection/model-card.md), with
    the coverage of our own random visits; pages say so.
    """
    visits = past_visits(places)
    try:
        return targeting.train(visits, len(places)), True
    except BadInput:
        return replace(_prior(), coverage=targeting.coverage(visits, len(places))), False


@lru_cache(maxsize=1)
def _prior() -> Scorecard:
    truth = synthetic(PRIOR_EMPLOYERS, seed=PRIOR_SEED)
    visits = truth.past_visits(PRIOR_VISITS, seed=PRIOR_SEED)
    return targeting.train(visits, int(truth.employers.place.max()) + 1)


def past_visits(places: list[str]) -> Visits:
    """Results of visits with the snapshot of the day they were decided; `places` grows by theirs."""
    done = list(
        PlannedVisit.objects.filter(visited_on__isnull=False)
        .select_related("plan", "employer")
        .order_by("pk")
    )
    for visit in done:
        if visit.employer.region[:4] not in places:
            places.append(visit.employer.region[:4])
    number = {code: n for n, code in enumerate(places)}

    def column(name: str) -> Any:
        return np.array([v.snapshot[name] for v in done])

    shown = Employers(
        np.array([v.employer_id for v in done], dtype=np.int64),
        np.array([number[v.employer.region[:4]] for v in done], dtype=np.int64),
        column("posts").astype(np.int64),
        column("unmatched").astype(np.int64),
        {name: column(name).astype(np.float64) for name in GIVEN},
    )
    return Visits(
        shown,
        np.array([v.uncertified for v in done], dtype=np.int64),
        np.array([v.certified for v in done], dtype=np.int64),
        np.array([v.registered for v in done], dtype=np.int64),
        np.array([v.random for v in done], dtype=np.bool_),
    )


@transaction.atomic
def note_visit(
    *,
    visit: PlannedVisit,
    on: date,
    uncertified: int,
    certified: int,
    registered: int,
    actor: Account,
    now: datetime,
) -> PlannedVisit:
    """The result of a visit, counted on the spot; what was noted once stays (Conflict for another result)."""
    held = PlannedVisit.objects.select_for_update().get(pk=visit.pk)
    if registered > certified:
        raise BadInput("registered_exceeds", _COUNTS)
    if held.visited_on is not None:
        if (held.visited_on, held.uncertified, held.certified, held.registered) != (
            on, uncertified, certified, registered,
        ):  # fmt: skip
            raise Conflict("visit_noted", _NOTED)
        return held
    held.visited_on, held.uncertified, held.certified, held.registered = (
        on,
        uncertified,
        certified,
        registered,
    )
    held.inspectors = [actor.pk]
    held.save()
    ledger.record(
        verb="inspection.note_visit",
        subject=held,
        actor=actor,
        now=now,
        uncertified=uncertified,
        certified=certified,
    )
    return held


_NOTED = Wording(
    zh="这次检查的结果已经登记，不能改写；有误的请另立案件说明",
    en="the result of this visit is noted already and is not rewritten",
)


def lift_of(plan: VisitPlan) -> targeting.Lift | None:
    """Hit rate of targeted over random visits of the plan, once both arms have results."""
    done = PlannedVisit.objects.filter(plan=plan, visited_on__isnull=False)
    rows = list(done.values_list("uncertified", "random"))
    random = np.array([r for _, r in rows], dtype=np.bool_)
    if not random.any() or random.all():
        return None
    return targeting.lift(np.array([bool(u) for u, _ in rows], dtype=np.bool_), random)

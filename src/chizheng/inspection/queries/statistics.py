"""A year's figures of inspection within a jurisdiction: cases by outcome, terms kept, complaints, letters, visits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Count, Min, Q, Sum

from chizheng.inspection.core import targeting
from chizheng.inspection.core.campaign import Change
from chizheng.inspection.core.cases import Outcome
from chizheng.inspection.core.intervals import Interval, difference, share
from chizheng.inspection.models import Case, Complaint, PlannedVisit, Proposal, Recipient
from chizheng.inspection.queries import access_cases, access_complaints, access_visits, due_list
from chizheng.people.models import Account
from chizheng.people.queries import within

ORDER = ("", *(o.value for o in Outcome))
"""Open cases first, then outcomes as the table of cases has them; corrected and cancelled stands apart."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Employers written to and held out whose campaigns were matched again, and what the letters did."""

    written: int
    corrected: int
    held_out: int
    held_out_corrected: int
    effect: Interval


@dataclass(frozen=True, slots=True)
class VisitsMade:
    """Visits with results: hits and visits of the scored and of the random arm, and their ratio."""

    scored: int
    scored_hits: int
    random: int
    random_hits: int
    base: Interval
    lift: targeting.Lift | None


@dataclass(frozen=True, slots=True)
class Year:
    """The figures of one year."""

    outcomes: list[tuple[str, int]]
    cases: int
    cancelled: int
    fines_fen: int
    overdue: int
    complaints: int
    complaints_answered: int
    complaints_cases: int
    letters: Letters
    visits: VisitsMade


def years(account: Account, *, today: date) -> list[int]:
    """The years there is something of, this one always among them; newest first."""
    first = min(
        (
            d.year
            for d in (
                access_cases(account).order_by().aggregate(d=Min("found_on"))["d"],
                access_complaints(account).order_by().aggregate(d=Min("received_at"))["d"],
            )
            if d is not None
        ),
        default=today.year,
    )
    return list(range(today.year, min(first, today.year) - 1, -1))


def year_of(account: Account, year: int, *, today: date) -> Year:
    """Everything of one year, within the account's jurisdiction."""
    start, until = date(year, 1, 1), date(year + 1, 1, 1)
    cases = Case.objects.filter(
        pk__in=access_cases(account).order_by().values("pk"), found_on__gte=start, found_on__lt=until
    )
    counted = Counter(dict(cases.order_by().values_list("outcome").annotate(n=Count("pk"))))
    fines = Proposal.objects.filter(case__in=cases, case__outcome=Outcome.PENALTY, decided=True)
    complaints = Complaint.objects.filter(
        pk__in=access_complaints(account).order_by().values("pk"), received_at__year=year
    )
    late = (
        {c.pk for c, due in due_list(account, today=today) if due.overdue(today)}
        if year == today.year
        else set()
    )
    return Year(
        outcomes=[(code, counted[code]) for code in ORDER if counted[code]],
        cases=counted.total(),
        cancelled=counted[Outcome.CANCELLED.value],
        fines_fen=fines.aggregate(n=Sum("fine_fen"))["n"] or 0,
        overdue=len(late),
        complaints=complaints.count(),
        complaints_answered=complaints.filter(Q(replies__isnull=False)).distinct().count(),
        complaints_cases=complaints.filter(case__isnull=False).count(),
        letters=_letters(account, year),
        visits=_visits(account, year),
    )


def _letters(account: Account, year: int) -> Letters:
    rows = Recipient.objects.filter(within(account, "employer__region"), campaign__sent_on__year=year)
    rows = rows.exclude(change="")
    n = Counter((held, change == Change.CORRECTED) for held, change in rows.values_list("held_out", "change"))
    written, held = n[False, True] + n[False, False], n[True, True] + n[True, False]
    effect = difference(n[False, True], written, n[True, True], held)
    return Letters(written, n[False, True], held, n[True, True], effect)


def _visits(account: Account, year: int) -> VisitsMade:
    rows = PlannedVisit.objects.filter(
        pk__in=access_visits(account).order_by().values("pk"), visited_on__year=year
    )
    found = list(rows.values_list("uncertified", "random"))
    hit = np.array([bool(u) for u, _ in found], dtype=np.bool_)
    random = np.array([r for _, r in found], dtype=np.bool_)
    both = bool(random.any()) and not random.all()
    return VisitsMade(
        scored=int((~random).sum()), scored_hits=int(hit[~random].sum()), random=int(random.sum()),
        random_hits=int(hit[random].sum()), base=share(int(hit[random].sum()), int(random.sum())),
        lift=targeting.lift(hit, random) if both else None,
    )  # fmt: skip

"""Reads of inspection, guarded: an employer sees its own, inspectors and leaders their region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Model, QuerySet
from django.db.models.functions import Substr

from chizheng.access.models import Ad
from chizheng.inspection.core.cases import Due
from chizheng.inspection.models import (
    Answer,
    Campaign,
    Case,
    CasePaper,
    Complaint,
    CreditGrade,
    Demand,
    Filing,
    FilingUpload,
    Finding,
    PlannedVisit,
    Recipient,
    RepairRequest,
    Screening,
    VisitPlan,
)
from chizheng.inspection.usecases.receive_complaint import code_digest
from chizheng.inspection.usecases.run_screening import findings_of
from chizheng.inspection.usecases.work_case import due_of
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import within
from chizheng.platform.roles import Role

_NONE = Wording(zh="没有找到，或不在您的管辖范围内", en="no such thing, or not within your reach")
Row = TypeVar("Row", bound=Model)
OFFICERS = (Role.INSPECTOR, Role.AUTHORITY)
EMPLOYERS = (Role.EMPLOYER, Role.AGENCY)
"""Who files for itself and is written to; an agency employs the workers it sends out."""
OVER = ("closed", "archived", "refused")
"""States of a case in which nothing is expected of the desk."""
FOR_LEADER = ("accepted", "reviewing", "reviewing_noticed")
"""States of a case that a leader of the authority moves on: to be filed, to be decided."""


def one(rows: QuerySet[Row], uuid: UUID | str) -> Row:
    """The row of a guarded query, or NotFound."""
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise NotFound("not_within_reach", _NONE)
    return found


def _guarded(rows: QuerySet[Row], account: Account, *, region: str, body: str = "") -> QuerySet[Row]:
    """Rows by the lookups of their region and (for employers) of their organisation."""
    if account.role in OFFICERS:
        return rows.filter(within(account, region))
    if account.role in EMPLOYERS and body and account.organisation_id is not None:
        return rows.filter(**{body: account.organisation_id})
    return rows.none()


def access_filings(account: Account) -> QuerySet[Filing]:
    """Filings that count now: an employer's own; those at work in the region for officers."""
    rows = Filing.objects.filter(superseded_at=None).select_related("employer").order_by("-filed_at", "-pk")
    return _guarded(rows, account, region="region", body="employer")


def access_uploads(account: Account) -> QuerySet[FilingUpload]:
    rows = FilingUpload.objects.select_related("employer", "work").order_by("-pk")
    return _guarded(rows, account, region="employer__region", body="employer")


def access_screenings(account: Account) -> QuerySet[Screening]:
    """Runs whose place the officer's region holds, or that hold the officer's region (its findings are cut)."""
    if account.role not in OFFICERS or account.industry:
        return Screening.objects.none()
    above = [account.region[:n] for n in (0, 2, 4, 6) if n <= len(account.region)]
    rows = Screening.objects.select_related("work", "by").order_by("-pk")
    return rows.filter(place__in=above) | rows.filter(place__startswith=account.region)


def access_findings(account: Account, run: Screening) -> QuerySet[Finding]:
    rows = findings_of(run).select_related("filing", "employer").order_by("region", "occupation", "pk")
    return _guarded(rows, account, region="region")


def picture(account: Account, run: Screening) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Findings by the next places below the account's region, and by occupation; most first."""
    rows = access_findings(account, run).order_by()
    digits = min(6, len(account.region) + 2)
    places = rows.annotate(area=Substr("region", 1, digits)).values_list("area").annotate(n=Count("pk"))
    trades = rows.values_list("occupation").annotate(n=Count("pk"))
    return sorted(places, key=lambda r: -r[1]), sorted(trades, key=lambda r: -r[1])


def access_plans(account: Account) -> QuerySet[VisitPlan]:
    rows = VisitPlan.objects.select_related("screening", "decided_by").order_by("-pk")
    return _guarded(rows, account, region="region")


def access_visits(account: Account) -> QuerySet[PlannedVisit]:
    rows = PlannedVisit.objects.select_related("plan", "employer").order_by("rank")
    return _guarded(rows, account, region="employer__region")


def access_campaigns(account: Account) -> QuerySet[Campaign]:
    rows = Campaign.objects.select_related("screening", "rematch__work").order_by("-pk")
    return _guarded(rows, account, region="region")


def access_letters(account: Account) -> QuerySet[Recipient]:
    """Letters that were sent: to an employer its own. Who was held out got none."""
    rows = Recipient.objects.filter(held_out=False).select_related("campaign", "employer").order_by("-pk")
    return _guarded(rows, account, region="employer__region", body="employer")


def access_cases(account: Account) -> QuerySet[Case]:
    rows = Case.objects.select_related("employer").prefetch_related("events", "team__officer").order_by("-pk")
    return _guarded(rows, account, region="region")


def access_papers(account: Account) -> QuerySet[CasePaper]:
    """Papers of a region's cases for officers; for an employer those that were served on it."""
    rows = CasePaper.objects.select_related("case__employer").order_by("serial")
    if account.role in EMPLOYERS:
        served = rows.filter(case__events__name="serve").exclude(kind__in=["filing", "inquiry"])
        return served.filter(case__employer=account.organisation_id).distinct()
    return _guarded(rows, account, region="case__region")


def access_complaints(account: Account) -> QuerySet[Complaint]:
    rows = Complaint.objects.select_related("case", "employer", "reporter__keeper").order_by("-received_at")
    return _guarded(rows, account, region="region")


def access_grades(account: Account) -> QuerySet[CreditGrade]:
    rows = (
        CreditGrade.objects.filter(next_grade=None)
        .select_related("employer")
        .order_by("-year", "-grade", "pk")
    )
    return _guarded(rows, account, region="employer__region", body="employer")


def access_repairs(account: Account) -> QuerySet[RepairRequest]:
    rows = RepairRequest.objects.filter(decided_at=None).select_related("grade__employer").order_by("pk")
    return _guarded(rows, account, region="grade__employer__region")


def find_complaint(code: str) -> Complaint | None:
    """The complaint of a receipt code."""
    return Complaint.objects.filter(code_digest=code_digest(code)).select_related("case").first()


def due_list(account: Account, *, today: date) -> Sequence[tuple[Case, Due]]:
    """What falls due on the region's open cases, soonest first; clocks that stand still come last."""
    rows = access_cases(account).exclude(state__in=["archived"])
    found = [(case, due) for case in rows for due in due_of(case)]
    return sorted(found, key=lambda r: (r[1].day is None, r[1].day or today))


def published_cases() -> QuerySet[Case]:
    """Decisions that are published now."""
    rows = Case.objects.filter(publication_state="published").select_related("employer")
    return rows.prefetch_related("proposals", "events").order_by("-pk")


def demands_said(numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """What was demanded where: number of `tables_out.DEMANDS` to the words and the title of the source."""
    noted = Demand.objects.in_bulk([n // 3 for n in numbers if n % 3 == 0])
    ads = Ad.objects.in_bulk([n // 3 for n in numbers if n % 3 == 2])
    found = {pk * 3: (row.quote, "") for pk, row in noted.items()}
    for pk, ad in ads.items():
        said = next((f["message"] for f in ad.vetting["findings"] if f["code"] == "over_gating"), "")
        found[pk * 3 + 2] = (said, ad.title)
    return found


def access_sent_papers(account: Account) -> QuerySet[Answer]:
    """Paper certificates that employers of an officer's region sent in answer to letters."""
    rows = Answer.objects.filter(remedy=Answer.Remedy.UPLOAD)
    rows = rows.select_related("recipient__employer", "recipient__campaign", "filing").order_by("pk")
    return _guarded(rows, account, region="recipient__employer__region")


def papers_to_check(account: Account) -> QuerySet[Answer]:
    """Those that no inspector has checked yet."""
    return access_sent_papers(account).filter(checked_at=None)


def waiting_for_leader(account: Account) -> QuerySet[Case]:
    return access_cases(account).order_by().filter(state__in=FOR_LEADER)


def count_grades(account: Account, year: int) -> dict[str, int]:
    """How many employers of the jurisdiction have which grade for a year, repairs counted."""
    rows = access_grades(account).order_by().filter(year=year)
    return dict(rows.values_list("grade").annotate(n=Count("pk")))

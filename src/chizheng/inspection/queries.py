"""Reads of inspection, each within the jurisdiction of the account that asks."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from chizheng.inspection.models import (
    Campaign,
    CampaignEmployer,
    Case,
    Complaint,
    Filing,
    FilingUpload,
    ScreeningRun,
)
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account

Row = TypeVar("Row", bound=Model)

NOTHING = Wording(
    zh="没有找到该记录，或不在您的管辖范围内", en="no such record, or not within your jurisdiction"
)


def _one(rows: QuerySet[Row], **key: object) -> Row:
    found = rows.filter(**key).first()
    if found is None:
        raise NotFound("no_record", NOTHING)
    return found


def access_filings(account: Account) -> QuerySet[Filing]:
    """Filings as they stand: an employer's own, those within an inspector's place."""
    rows = Filing.objects.filter(replaced_at__isnull=True).select_related("person", "employer")
    if account.role in ("employer", "agency"):
        return rows.filter(employer_id=account.organisation_id)
    return rows.filter(place__startswith=account.region)


def access_filing_upload(account: Account, uuid: UUID | str) -> FilingUpload:
    rows = FilingUpload.objects.filter(employer_id=account.organisation_id)
    return _one(rows.select_related("employer", "work", "by"), uuid=uuid)


def access_runs(account: Account) -> QuerySet[ScreeningRun]:
    """Screenings of the account's place and within."""
    return ScreeningRun.objects.filter(place__startswith=account.region).order_by("-known_at", "-pk")


def access_run(account: Account, uuid: UUID | str) -> ScreeningRun:
    return _one(access_runs(account), uuid=uuid)


def access_campaign(account: Account, uuid: UUID | str) -> Campaign:
    return _one(
        Campaign.objects.filter(place__startswith=account.region).select_related("run", "rematch"), uuid=uuid
    )


def access_letters(account: Account) -> QuerySet[CampaignEmployer]:
    """Letters an employer received, or those sent within an inspector's place; the held-out got none."""
    rows = CampaignEmployer.objects.filter(arm=CampaignEmployer.Arm.LETTER).select_related(
        "campaign__run", "employer"
    )
    if account.role in ("employer", "agency"):
        return rows.filter(employer_id=account.organisation_id).order_by("-pk")
    return rows.filter(campaign__place__startswith=account.region).order_by("-pk")


def access_letter(account: Account, uuid: UUID | str) -> CampaignEmployer:
    return _one(access_letters(account), uuid=uuid)


def access_cases(account: Account) -> QuerySet[Case]:
    return Case.objects.filter(place__startswith=account.region).select_related("employer").order_by("-pk")


def access_case(account: Account, uuid: UUID | str) -> Case:
    return _one(access_cases(account), uuid=uuid)


def access_complaints(account: Account) -> QuerySet[Complaint]:
    return Complaint.objects.filter(place__startswith=account.region).select_related("keeper").order_by("-pk")


def access_complaint(account: Account, uuid: UUID | str) -> Complaint:
    return _one(access_complaints(account), uuid=uuid)

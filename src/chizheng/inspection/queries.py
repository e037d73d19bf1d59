"""Reads of inspection, each within the jurisdiction of the account that asks."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from chizheng.inspection.models import Filing, FilingUpload
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account

NOTHING = Wording(
    zh="没有找到该记录，或不在您的管辖范围内", en="no such record, or not within your jurisdiction"
)


def access_filings(account: Account) -> QuerySet[Filing]:
    """Filings as they stand: an employer's own, those within an inspector's place."""
    rows = Filing.objects.filter(replaced_at__isnull=True).select_related("person", "employer")
    if account.role in ("employer", "agency"):
        return rows.filter(employer_id=account.organisation_id)
    return rows.filter(place__startswith=account.region)


def access_filing_upload(account: Account, uuid: UUID | str) -> FilingUpload:
    found = (
        FilingUpload.objects.filter(uuid=uuid, employer_id=account.organisation_id)
        .select_related("employer", "work", "by")
        .first()
    )
    if found is None:
        raise NotFound("no_upload", NOTHING)
    return found

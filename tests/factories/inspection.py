"""Employers, inspectors, filings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chizheng.inspection.core.filings import Entry
from chizheng.inspection.models import Filing, InspectorCard
from chizheng.inspection.usecases.file_employment import file_employment
from chizheng.kernel.periods import Period
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.people.models import Account, Organisation
from tests.factories.people import AccountFactory, OrganisationFactory, invented_name, resident_number

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
TODAY = date(2026, 9, 1)


def employer(region: str = "3201", **more: object) -> Organisation:
    return OrganisationFactory(
        kind="employer", region=region, name=f"样例第{Organisation.objects.count()}用人单位", **more
    )


def employer_account(body: Organisation) -> Account:
    return AccountFactory(role="employer", organisation=body, region=body.region)


def inspector(region: str = "32", **more: object) -> Account:
    account = AccountFactory(role="inspector", region=region, **more)
    InspectorCard.objects.create(
        account=account, number=f"JC{account.pk:06d}", period=(date(2020, 1, 1), None)
    )
    return account


def entry(
    n: int, occupation: str = "焊工", *, start: date = TODAY - timedelta(days=90), end: date | None = None,
    level: int | None = None, place: str = "3201",
) -> Entry:  # fmt: skip
    return Entry(
        invented_name(n), read_document(DocumentKind.RESIDENT, resident_number(n)), occupation, level, place,
        Period(start, end),
    )  # fmt: skip


def filed(body: Organisation, *entries: Entry, now: datetime = NOW) -> list[Filing]:
    """File entries for `body`; its filings as they stand."""
    actor = body.accounts.first() or employer_account(body)
    file_employment(employer=body, entries=entries, source=Filing.Source.FORM, actor=actor, now=now)
    return list(Filing.objects.filter(employer=body, replaced_at__isnull=True).order_by("pk"))

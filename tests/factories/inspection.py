"""Filings, a screening done, inspectors with cards, and a case on its way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from chizheng.inspection.models import Case, Filing, InspectorCard, Screening
from chizheng.inspection.usecases.run_screening import run_screening, start_screening
from chizheng.inspection.usecases.work_case import move_case, open_case
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import number_digest
from tests.factories.people import AccountFactory, OrganisationFactory, resident_number

NOW = datetime(2026, 9, 7, 2, tzinfo=UTC)
TODAY = date(2026, 9, 7)


def employer(name: str = "样例机械有限公司", region: str = "3201") -> Organisation:
    return OrganisationFactory(name=name, kind="employer", region=region)


class FilingFactory(DjangoModelFactory[Filing]):
    """A filing of a document nobody registered; `n` (0 to 999) makes the resident number."""

    class Meta:
        model = Filing

    class Params:
        n = factory.Sequence(lambda n: n % 1000)

    employer = factory.LazyFunction(employer)
    document_kind = "resident"
    number = factory.LazyAttribute(lambda o: resident_number(o.n))
    number_digest = factory.LazyAttribute(
        lambda o: number_digest(read_document(DocumentKind.RESIDENT, o.number))
    )
    tail = factory.LazyAttribute(lambda o: o.number[-4:])
    name = "赵示例"
    post = "消防控制室值班"
    occupation = "消防设施操作员"
    region = "320102"
    period = (date(2026, 3, 1), None)
    filed_at = datetime(2026, 3, 5, 2, tzinfo=UTC)


def screened(day: date = TODAY, place: str = "32", now: datetime = NOW) -> Screening:
    """A finished screening of one day."""
    run = start_screening(start=day, until=day + timedelta(days=1), place=place, actor=None, now=now)
    return run_screening(run=run, now=now)


def inspector(region: str = "32", **more: object) -> Account:
    """An inspector with a card in force."""
    account = AccountFactory(role="inspector", region=region, **more)
    InspectorCard.objects.create(
        officer=account, number=f"J{account.pk:06d}", period=(date(2024, 1, 1), date(2030, 1, 1))
    )
    return account


def leader(region: str = "32") -> Account:
    return AccountFactory(role="authority", region=region)


def case_of(
    one: Account,
    *,
    violation: str = "special_work_without_licence",
    region: str = "3201",
    day: date = date(2026, 7, 1),
) -> Case:
    return open_case(
        employer=employer(region=region), violation=violation, facts="安排未持证人员从事消防设施操作", act_start=date(2026, 3, 1),
        act_end=None, region=region, actor=one, now=datetime(day.year, day.month, day.day, 2, tzinfo=UTC),
    )  # fmt: skip


def investigated(day: date = date(2026, 7, 1)) -> tuple[Case, Account, Account, Account]:
    """(case under investigation, two inspectors, leader)."""
    one, two, chief = inspector(), inspector(), leader()
    case = case_of(one, day=day)
    for event, actor, officers in (("accept", one, ()), ("file", chief, ()), ("assign", one, (one, two))):
        case = move_case(case=case, event=event, on=day, actor=actor, now=NOW, officers=officers)
    return case, one, two, chief

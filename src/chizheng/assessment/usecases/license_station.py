"""Licences and cards: who may hold sessions, who may sit on panels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.assessment.core.marks import anniversary
from chizheng.assessment.models import Assessor, LicenceScope, StationLicence
from chizheng.kernel.errors import Conflict
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger

_TAKEN = Wording(
    zh="机构编号{number}在该期间已属于另一鉴定站；请核对编号或期间",
    en="institution number {number} belongs to another station in that period; check number or period",
)


@transaction.atomic
def license_station(
    *,
    organisation: Organisation,
    institution_number: str,
    start: date,
    end: date | None,
    scopes: Iterable[tuple[str, int]],
    now: datetime,
    actor: Account | None = None,
    basis: str = "",
    approved_by: Organisation | None = None,
) -> StationLicence:
    """Grant a licence with its (occupation, level) pairs; the same grant twice is one licence."""
    if actor is not None:
        require_jurisdiction(actor, region=organisation.region, industry=organisation.industry)
    licence = StationLicence.objects.filter(
        organisation=organisation, institution_number=institution_number, period=(start, end)
    ).first()
    if licence is None:
        try:
            with transaction.atomic():
                licence = StationLicence.objects.create(
                    organisation=organisation,
                    institution_number=institution_number,
                    period=(start, end),
                    basis=basis,
                    approved_by=approved_by,
                )
        except IntegrityError as error:
            raise Conflict("institution_number_taken", _TAKEN, number=institution_number) from error
    known = set(licence.scopes.values_list("occupation", "level"))
    added = [s for s in dict.fromkeys(scopes) if s not in known]
    LicenceScope.objects.bulk_create(
        LicenceScope(licence=licence, occupation=o, level=n, period=(start, end)) for o, n in added
    )
    if added:
        ledger.record(
            verb="assessment.license_station",
            subject=licence,
            actor=actor,
            now=now,
            basis=basis,
            scopes=[list(s) for s in added],
        )
    return licence


@transaction.atomic
def register_assessor(
    *,
    person: Person,
    card_number: str,
    rank: str,
    trades: Iterable[str],
    start: date,
    now: datetime,
    region: str = "",
    employer: Organisation | None = None,
    actor: Account | None = None,
) -> Assessor:
    """Register a card for the years the law gives it; the same card and day twice is one row."""
    years = law().number("assessor.card_years", on=start, place=region)
    period = (start, anniversary(start, years))
    found = Assessor.objects.filter(card_number=card_number, period=period).first()
    if found is not None:
        return found
    assessor = Assessor.objects.create(
        person=person,
        card_number=card_number,
        rank=rank,
        trades=list(trades),
        period=DateRange(*period),
        region=region,
        employer=employer,
    )
    ledger.record(verb="assessment.register_assessor", subject=assessor, actor=actor, now=now, rank=rank)
    return assessor

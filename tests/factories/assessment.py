"""Licences, assessors, sessions and rosters, made through the use cases where one exists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Assessor, Registration, Session, StationLicence
from chizheng.assessment.usecases import license_station, move_session, open_session
from chizheng.people.models import Account, Organisation
from tests.factories.catalogue import EVER, OccupationFactory
from tests.factories.people import (
    AccountFactory,
    OrganisationFactory,
    PersonFactory,
    document_of,
    resident_number,
)

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
EXAM = date(2026, 4, 18)
CLOSE = date(2026, 4, 1)


class LicenceFactory(DjangoModelFactory[StationLicence]):
    class Meta:
        model = StationLicence

    organisation = factory.SubFactory(OrganisationFactory)
    institution_number = factory.Sequence(lambda n: f"10012{n:03d}")
    period = EVER


class AssessorFactory(DjangoModelFactory[Assessor]):
    class Meta:
        model = Assessor

    person = factory.SubFactory(PersonFactory)
    card_number = factory.Sequence(lambda n: f"K32{n:06d}")
    rank = "senior"
    trades = ["车工"]
    period = (date(2025, 1, 1), date(2028, 1, 1))
    region = "32"


def station(
    number: str = "10012003", occupation: str = "车工", levels: Sequence[int] = (5, 4, 3, 2)
) -> Organisation:
    """A station licensed for one occupation."""
    OccupationFactory(name=occupation)
    body = OrganisationFactory()
    license_station(
        organisation=body,
        institution_number=number,
        start=date(2000, 1, 1),
        end=None,
        scopes=[(occupation, n) for n in levels],
        now=NOW,
    )
    return body


def clerk_of(body: Organisation) -> Account:
    return AccountFactory(role="station", organisation=body, region="")


def session_of(
    body: Organisation,
    *,
    level: int = 4,
    exam: date = EXAM,
    close: date | None = None,
    occupation: str = "车工",
    open_for_enrolment: bool = True,
    judged: str = "close",
) -> Session:
    """A session of a station, open for enrolment unless told otherwise."""
    session = open_session(
        station=body,
        occupation=occupation,
        level=level,
        exam_date=exam,
        enrolment_close=close or min(CLOSE, exam),
        now=NOW,
        judged=judged,
    )
    if open_for_enrolment:
        move_session(session=session, event=Event.PUBLISH, actor=None, now=NOW)
    return session


class RegistrationFactory(DjangoModelFactory[Registration]):
    class Meta:
        model = Registration

    person = factory.Sequence(
        lambda n: PersonFactory(number=resident_number(n % 1000, born=f"19{80 + n // 1000 % 20}0101"))
    )
    document = factory.LazyAttribute(lambda o: document_of(o.person))
    name = factory.LazyAttribute(lambda o: o.person.name)
    alternative = "4-years"
    judged = "met"
    created_at = NOW

"""The demonstration's province is one seed's, and goes the way that real sessions go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import pytest

from chizheng.assessment.demo import TRADES, build
from chizheng.assessment.models import Mark, Registration
from chizheng.assessment.queries import access_own_registrations, list_passing
from chizheng.people.models import Account, Organisation, Person
from tests.factories.assessment import clerk_of
from tests.factories.catalogue import OccupationFactory
from tests.factories.people import AccountFactory, OrganisationFactory, PersonFactory, resident_number

pytestmark = pytest.mark.django_db


@dataclass
class World:
    stations: list[Organisation]
    accounts: dict[str, Account]
    rng: Random = field(default_factory=lambda: Random(258))
    now: datetime = datetime(2026, 11, 24, 3, tzinfo=UTC)


def test_a_province_from_one_seed() -> None:
    for trade in TRADES:
        OccupationFactory(name=trade)
    stations = [OrganisationFactory(region=r) for r in ("3201", "3202")]
    candidate = AccountFactory(
        role="candidate", person=PersonFactory(name="周示范", number=resident_number(7))
    )
    built = build(World(stations, {"station": clerk_of(stations[0]), "candidate": candidate}), candidates=12)
    states = Counter(s.state for s in built.sessions)
    assert states == {"submitted": 6, "published": 2, "marking": 2, "enrolling": 2}
    assert Counter(access_own_registrations(candidate).values_list("session__state", flat=True)) == {
        "submitted": 1, "published": 1,
    }  # fmt: skip
    passing = [p for s in built.sessions for p in list_passing(s)]
    assert 20 < len(passing) < 72
    assert Person.objects.count() >= Registration.objects.values("person").distinct().count()
    assert Mark.objects.exclude(state="scored").exists()

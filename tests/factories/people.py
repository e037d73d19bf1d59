"""People, bodies and accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from chizheng.people.core import names
from chizheng.people.core.identity import DocumentKind, check_character, read_document
from chizheng.people.models import Account, Document, Organisation, Person
from chizheng.people.usecases import add_document
from chizheng.platform.roles import Role

THEN = datetime(2024, 1, 8, 2, tzinfo=UTC)
SURNAMES, GIVEN = "赵钱孙李周吴郑王", "样例示范测试虚构甲乙丙丁"


def resident_number(n: int, *, born: str = "19900101", area: str = "320102") -> str:
    """An 18-digit number with a right check character; `n` (0 to 999) is the sequence."""
    seventeen = f"{area}{born}{n:03d}"
    return seventeen + check_character(seventeen)


def invented_name(n: int) -> str:
    return SURNAMES[n % 8] + GIVEN[n // 8 % 12] + GIVEN[n // 96 % 12]


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"样例第{n}鉴定站")
    kind = Organisation.Kind.STATION
    region = "3201"
    address = "样例市示范路1号"


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person
        skip_postgeneration_save = True

    name = factory.Sequence(invented_name)
    name_key = factory.LazyAttribute(lambda o: names.comparable(o.name))
    created_at = THEN

    @factory.post_generation
    def number(self: Person, create: bool, given: str | None, **_: object) -> None:  # type: ignore[misc]
        """`number="…"` gives the person a resident card."""
        if create and given:
            document = read_document(DocumentKind.RESIDENT, given)
            self.sex, self.birth = document.sex, document.birth
            self.save()
            add_document(person=self, document=document)


def document_of(person: Person) -> Document:
    return Document.objects.get(person=person)


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    username = factory.Sequence(lambda n: f"account{n}")
    display = factory.LazyAttribute(lambda o: o.username)
    role = Role.CENTRE
    region = "32"
    password = "!"

"""Many persons at once: those known are found, the others made, each document one person."""

from __future__ import annotations

import pytest

from chizheng.people.core.identity import DocumentKind, read_document, shorten
from chizheng.people.models import Person
from chizheng.people.queries import find_person
from chizheng.people.usecases import enrol_persons
from tests.factories.people import THEN, PersonFactory, resident_number

pytestmark = pytest.mark.django_db


def test_known_and_new_in_both_forms_of_a_number() -> None:
    known = PersonFactory(name="钱样例", number=resident_number(1))
    short = shorten(resident_number(1))
    assert short is not None
    entries = [
        (read_document(DocumentKind.RESIDENT, short), "钱样例", "", None),
        (read_document(DocumentKind.RESIDENT, resident_number(2)), "孙样例", "", None),
        (read_document(DocumentKind.RESIDENT, resident_number(2)), "孙样例", "", None),
        (read_document(DocumentKind.PASSPORT, "E1234567"), "LI SAMPLE", "F", None),
    ]
    found = enrol_persons(entries, now=THEN)
    assert len(found) == 3 and Person.objects.count() == 3
    assert {d.person for d in found.values()} >= {known}
    new = find_person(entries[1][0])
    assert new is not None and (new.name, new.sex, new.birth) == ("孙样例", "F", entries[1][0].birth)
    assert enrol_persons(entries, now=THEN).keys() == found.keys()
    assert Person.objects.count() == 3

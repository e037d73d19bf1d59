"""Two accounts of one person are one hand; an industry line never sees the whole country."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.kernel.errors import Conflict
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import access_organisations, by_same_hand, within
from chizheng.platform.models import LedgerEntry
from chizheng.platform.roles import Role
from tests.factories.certificates import ISSUED, at, submitted_session
from tests.factories.people import AccountFactory, OrganisationFactory, PersonFactory

SOURCE = Path(__file__).resolve().parents[2] / "src" / "chizheng"
BY_HAND = re.compile(r"__startswith=(account|me|actor)\.region")
BY_HAND_ALLOWED = {"quality/queries.py"}
"""The flags of surveillance, which refuse an industry line one line before (inspection has none at all, by the
constraint on accounts)."""


@pytest.mark.django_db
def test_one_person_with_two_accounts_is_one_hand() -> None:
    person = PersonFactory()
    clerk, chief = (
        AccountFactory(role="centre", person=person),
        AccountFactory(role="authority", person=person),
    )
    other = AccountFactory(role="authority")
    assert by_same_hand(chief, clerk.pk) and by_same_hand(chief, None, chief.pk)
    assert not by_same_hand(chief, other.pk, None) and not by_same_hand(other, None)


@pytest.mark.django_db
def test_nobody_approves_what_their_other_account_reviewed() -> None:
    person = PersonFactory()
    clerk, chief = (
        AccountFactory(role="centre", person=person),
        AccountFactory(role="authority", person=person),
    )
    batch = list_session(session=submitted_session(), now=at(ISSUED))
    review_batch(batch=batch, actor=clerk, now=at(ISSUED))
    before = LedgerEntry.objects.count()
    with pytest.raises(Conflict) as refused, transaction.atomic():
        approve_batch(batch=batch, actor=chief, now=at(ISSUED), issued_on=ISSUED)
    assert refused.value.code == "self_approval"
    batch.refresh_from_db()
    assert (batch.state, LedgerEntry.objects.count()) == ("reviewed", before)
    assert (
        approve_batch(
            batch=batch, actor=AccountFactory(role="authority"), now=at(ISSUED), issued_on=ISSUED
        ).state
        == "approved"
    )


@pytest.mark.django_db
def test_an_industry_line_sees_its_own_bodies_and_no_region() -> None:
    mine, other = OrganisationFactory(industry="26"), OrganisationFactory(region="3201")
    account = AccountFactory(role="centre", region="", industry="26")
    assert list(access_organisations(account)) == [mine]
    assert not Organisation.objects.filter(within(account)).exists()
    assert other in access_organisations(AccountFactory(role="centre", region=""))


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "region"), [("inspector", ""), ("registrar", ""), ("centre", "32")])
def test_only_those_who_assess_may_have_an_industry_and_then_no_region(role: str, region: str) -> None:
    with pytest.raises(ValidationError):
        Account.objects.create_account(
            username="x1", password=None, role=Role(role), region=region, industry="26"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountFactory(role=role, region=region, industry="26")


def test_jurisdiction_is_judged_in_one_place() -> None:
    """A query narrows by `people.queries.within`, which knows industry lines; by hand they are forgotten."""
    by_hand = {
        str(p.relative_to(SOURCE)) for p in SOURCE.rglob("*.py") if BY_HAND.search(p.read_text("utf-8"))
    }
    assert {p for p in by_hand if not p.startswith("inspection/")} <= BY_HAND_ALLOWED

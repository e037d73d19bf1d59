"""One certificate at two employers at once becomes an investigation; a change of jobs does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chizheng.access.models import StaffMember
from chizheng.certificates.queries import read_claims
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.inspection.models import Filing
from chizheng.inspection.usecases.double_claims import announce_double_claims, find_double_claims
from chizheng.people.models import Organisation
from chizheng.platform.happenings import announce
from chizheng.platform.models import LedgerEntry
from chizheng.quality.models import Case
from tests.certificates.web.conftest import house as house
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.inspection import FilingFactory
from tests.factories.people import OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
START = date(2026, 6, 1)
DAY = START + timedelta(days=40)
NOW = at(DAY)


@pytest.fixture
def row():
    return issue_batch(batch=approved_batch(passes=1, fails=0), now=at(ISSUED, 4)).certificates.get()


def file(row, employer: Organisation, start: date, end: date | None = None, occupation: str = "") -> Filing:
    return FilingFactory(
        person=row.person, employer=employer, occupation=occupation or row.occupation, level=None, region="3201",
        period=(start, end), filed_at=at(start),
    )  # fmt: skip


def employers() -> tuple[Organisation, Organisation]:
    return OrganisationFactory(kind="employer"), OrganisationFactory(kind="employer")


def test_two_filings_over_the_limit_are_handed_to_quality_once(
    row, django_capture_on_commit_callbacks
) -> None:
    one, two = employers()
    file(row, one, START)
    file(row, two, START + timedelta(days=2))
    assert [(c.number, c.days) for c in find_double_claims(on=DAY)] == [(row.number, 38)]
    with django_capture_on_commit_callbacks(execute=True):
        assert announce_double_claims(now=NOW) == 1
    case = Case.objects.get()
    assert (case.source, case.certificate_number, case.region) == ("employers", row.number, "3201")
    said = [read_claims(row).name, one.name, two.name]
    assert row.number in case.summary and not any(word in case.summary for word in said)
    before = LedgerEntry.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        assert announce_double_claims(now=NOW) == 0
    assert (Case.objects.count(), LedgerEntry.objects.count()) == (1, before)


def test_a_staff_list_counts_as_a_claim(row) -> None:
    one, two = employers()
    file(row, one, START)
    StaffMember.objects.create(
        organisation=two, person=row.person, name="示例", document_kind="resident", document="x", document_digest=b"d" * 32,
        tail="0000", occupation=row.occupation, since=START,
    )  # fmt: skip
    assert len(find_double_claims(on=DAY, persons=[row.person_id])) == 1
    assert find_double_claims(on=DAY, persons=[row.person_id + 1]) == []


@pytest.mark.parametrize("case", ["same employer", "job change", "short", "other occupation", "revoked"])
def test_what_is_no_double_claim(row, case: str) -> None:
    one, two = employers()
    file(row, one, START, START + timedelta(days=31) if case == "job change" else None)
    if case == "same employer":
        two = one
        Filing.objects.update(period=(START, START + timedelta(days=5)))
    later = START + timedelta(days={"job change": 31, "short": 15, "same employer": 5}.get(case, 0))
    file(row, two, later, occupation="样例工种" if case == "other occupation" else "")
    if case == "revoked":
        type(row).objects.update(state="revoked")
    assert find_double_claims(on=DAY) == []


def test_a_filing_starts_the_look(row, django_capture_on_commit_callbacks) -> None:
    one, two = employers()
    file(row, one, START)
    file(row, two, START)
    capture = django_capture_on_commit_callbacks
    with capture(execute=True), capture(execute=True):  # the listener announces in its turn
        announce("posts_claimed", persons=[row.person_id], at=NOW)
    assert Case.objects.count() == 1

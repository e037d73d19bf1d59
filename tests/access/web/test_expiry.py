"""What runs out is listed and told once a threshold; exceptions are handed to whoever judges elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chizheng.access.core.gate import HeldCertificate, decide
from chizheng.access.models import DeskMessage, ExceptionRequest, StaffMember
from chizheng.access.queries.exceptions import exceptions_granted
from chizheng.access.queries.expiry import due_soon
from chizheng.access.usecases import staff
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from chizheng.people.models import Account
from tests.factories.access import NOW, TODAY, Register, agency, employer, person
from tests.factories.people import AccountFactory, OrganisationFactory, resident_number

pytestmark = pytest.mark.django_db


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def enrol(account: Account, *rows: str) -> staff.Enrolled:
    sheet = "姓名,证件号码,职业,上岗日期,其他证件,有效期至\n" + "\n".join(rows)
    assert account.organisation is not None
    return staff.enrol_staff(content=sheet.encode(), filename="名册.csv", organisation=account.organisation,
                             actor=account, now=NOW)  # fmt: skip


def row(n: int, licence: str = "", until: date | None = None) -> str:
    return f"样例{'甲乙丙丁'[n]},{resident_number(n)},焊工,2020-01-01,{licence},{until or ''}"


def test_a_licence_is_listed_from_the_first_notice_to_its_end_and_told_once_a_threshold() -> None:
    account = employer()
    last = TODAY + timedelta(days=89)
    enrol(account, row(0, "特种作业操作证", last), row(1))
    [due] = due_soon(on=TODAY, within=90)
    assert (due.kind, due.what, due.until, due.days) == (
        "licence",
        "特种作业操作证",
        last + timedelta(days=1),
        90,
    )
    assert due_soon(on=TODAY - timedelta(days=1), within=90) == []
    told = [staff.warn_expiring(now=NOW + timedelta(days=d)) for d in (0, 0, 59, 60, 61, 83, 84, 90)]
    assert told == [1, 0, 0, 1, 0, 1, 0, 0]
    assert set(DeskMessage.objects.values_list("code", flat=True)) == {"staff_expiring"}
    client = signed_in(account)
    page = client.get(reverse("access:expiring")).content.decode()
    assert "特种作业操作证" in page and f"{last:%Y-%m-%d}" in page
    assert "特种作业操作证" in client.get(reverse("access:messages")).content.decode()


def test_a_renewed_licence_replaces_the_old_day() -> None:
    account = employer()
    enrol(account, row(0, "特种作业操作证", TODAY))
    enrol(account, row(0, "特种作业操作证", TODAY + timedelta(days=1000)))
    assert StaffMember.objects.count() == 1 and due_soon(on=TODAY, within=90) == []


def test_a_certificate_with_a_term_is_listed_until_a_longer_one_is_there(register: Register) -> None:
    account, one = employer(), person(0)
    enrol(account, row(0))
    short = HeldCertificate("焊工", 4, date(2020, 1, 1), TODAY + timedelta(days=10))
    register.rows[one.pk] = (short,)
    staff.refresh_persons(persons=None, now=NOW)
    [due] = due_soon(on=TODAY, within=30, organisation=account.organisation_id)
    assert (due.kind, due.days) == ("certificate", 10)
    register.rows[one.pk] = (short, replace(short, valid_until=None))
    assert due_soon(on=TODAY, within=30) == []


@pytest.mark.parametrize(
    ("bad", "said"), [(",2026/1/99", "有效期"), (",2027-01-01", "写明是什么证件"), ("证,明年", "有效期")]
)
def test_a_licence_that_cannot_be_read_comes_back(bad: str, said: str) -> None:
    account = employer()
    sheet = (
        f"姓名,证件号码,职业,上岗日期,其他证件,有效期至\n样例,{resident_number(1)},焊工,2020-01-01,{bad}\n"
    )
    answer = signed_in(account).post(
        reverse("access:enrol_staff"), {"file": SimpleUploadedFile("名册.csv", sheet.encode())}
    )
    assert said in answer.content.decode("utf-8-sig") and not StaffMember.objects.exists()


def test_nobody_else_sees_what_runs_out() -> None:
    enrol(employer(), row(0, "特种作业操作证", TODAY))
    body = OrganisationFactory(kind="employer", name="另一样例公司", region="3202")
    other = signed_in(AccountFactory(role="employer", region="3202", organisation=body))
    assert "特种作业操作证" not in other.get(reverse("access:expiring")).content.decode()
    assert signed_in(agency()).get(reverse("access:expiring")).status_code == 403


# --- exceptions for others


def granted(account: Account, code: str, start: date, end: date, **more: object) -> ExceptionRequest:
    fields = {
        "organisation": account.organisation, "code": code, "occupation": "焊工", "place": "3201", "why": "x",
        "evidence": ["劳动合同"], "period": (start, end), "state": "granted", "asked_by": account, "asked_at": NOW,
        "decided_by": AccountFactory(role="authority", region="32"), "decided_at": NOW, "basis": "苏劳批〔2010〕1号",
    }  # fmt: skip
    return ExceptionRequest.objects.create(**fields | more)


def test_exceptions_come_with_period_evidence_and_the_article_they_stand_on() -> None:
    account = employer()
    start, end = date(2010, 1, 1), date(2012, 1, 1)
    granted(account, "order6-apprentice", start, end)
    granted(account, "order6-placed", start, end, document_digest=b"d" * 32, file="scan")
    granted(account, "order6-placed", start, end, state="asked", decided_by=None, decided_at=None)
    granted(account, "order6-placed", start, end, state="refused")
    for day, there in ((start - timedelta(days=1), 0), (start, 2), (end - timedelta(days=1), 2), (end, 0)):
        assert len(exceptions_granted(Period(day, day + timedelta(days=1)))) == there, day
    one, two = exceptions_granted(
        Period(start, end), place="32", organisations=[account.organisation_id or 0]
    )
    assert one.evidence == ("劳动合同",) and one.citation.article == "第五条" and not one.file and two.file
    about = {"organisation": account.organisation_id or 0, "occupation": "焊工"}
    assert one.covers(**about, person=None) and one.covers(**about, person=b"x" * 32)  # type: ignore[arg-type]
    assert two.covers(**about, person=b"d" * 32) and not two.covers(**about, person=None)  # type: ignore[arg-type]
    assert exceptions_granted(Period(start, end), place="44") == []


def test_an_exception_handed_over_opens_the_gate_of_its_instrument_only() -> None:
    account = employer()
    granted(account, "order6-apprentice", date(2010, 1, 1), date(2020, 1, 1))
    for day, verdict in ((date(2011, 1, 1), "exempt"), (date(2016, 1, 1), "clear")):
        codes = [x.code for x in exceptions_granted(Period(day, day + timedelta(days=1)))]
        got = decide(law(), act=Act.POST, occupation="焊工", on=day, place="3201", exemptions=codes)
        assert got.verdict == verdict

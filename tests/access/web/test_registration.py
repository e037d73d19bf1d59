"""Registration checks: answered, held, released, provisional, followed up; and over the API with keys and quotas."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from chizheng.access.core.gate import HeldCertificate
from chizheng.access.models import ApiClient, CheckedPerson, ExceptionRequest, RegistrationCheck
from chizheng.access.queries.registration import follow_ups, occupations_in
from chizheng.access.usecases import registration
from chizheng.access.usecases.gates import keep_overlay
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, ExemptionRow
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.factories.access import NOW, TODAY, Register, person
from tests.factories.people import AccountFactory, OrganisationFactory, document_of, resident_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar() -> Account:
    return AccountFactory(role="registrar", region="32")


def check(registrar: Account, *people: str, **change: Any) -> RegistrationCheck:
    fields: dict[str, Any] = {
        "business": "样例理发店",
        "scope": "理发服务",
        "place": "3201",
        "on": date(2005, 6, 1),
    }
    applicants = [
        registration.read_applicant("owner" if n == 0 else "manager", "赵样例", "resident", number)
        for n, number in enumerate(people or (resident_number(1),))
    ]
    return registration.check_registration(
        **{**fields, "applicants": applicants, "asked_by": registrar, "now": NOW, **change}
    )


@pytest.mark.parametrize(
    ("on", "verdict", "state"),
    [
        ("1998-01-01", "missing", "held"), ("2011-10-31", "missing", "held"), ("2011-11-01", "advice", "answered"),
        ("2015-11-11", "advice", "answered"), ("2015-11-12", "clear", "answered"), ("2026-10-08", "clear", "answered"),
    ],
)  # fmt: skip
def test_the_answer_is_that_of_the_day(registrar: Account, on: str, verdict: str, state: str) -> None:
    row = check(registrar, on=date.fromisoformat(on))
    assert (row.verdict, row.state) == (verdict, state), row.answer
    assert [o["occupation"] for o in row.occupations] == ["美发师"]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("理发服务、美容服务", {"美发师", "美容师"}), ("电焊加工", {"焊工"}), ("文具零售", set())],
)
def test_a_scope_names_its_occupations(scope: str, expected: set[str]) -> None:
    assert {name for _words, name in occupations_in(scope, on=TODAY)} == expected


def test_one_qualified_person_is_enough(registrar: Account, register: Register) -> None:
    manager = person(5)
    register.rows[manager.pk] = (HeldCertificate("美发师", 5, date(2004, 1, 1)),)
    row = check(registrar, resident_number(1), document_of(manager).number)
    assert (row.verdict, row.state) == ("clear", "answered")
    assert row.answer["items"][0]["by"] == "manager"
    assert check(registrar, resident_number(1), business="第二店").state == "held"


def test_a_hold_whose_gate_was_lifted_is_released(registrar: Account) -> None:
    assert check(registrar).state == "held"
    assert registration.recheck_due(now=NOW)["released"] == 1


def test_a_hold_ends_with_the_certificate_and_not_before(registrar: Account, register: Register) -> None:
    authority = AccountFactory(role="authority", region="32")
    keep_overlay(place="3201", occupation="美发师", kind="gate", acts=["register"], level=None, title="样例市条例",
                 number="", article="第二条", rank="local_regulation", approval="", start=date(2026, 1, 1), end=None,
                 actor=authority, now=NOW)  # fmt: skip
    owner = person(5)
    row = check(registrar, document_of(owner).number, on=TODAY)
    assert (row.verdict, row.state) == ("missing", "held")
    assert registration.recheck_due(now=NOW + timedelta(days=1))["released"] == 0
    register.give(owner, occupation="美发师", level=5)
    assert registration.recheck_due(now=NOW + timedelta(days=2), persons=[owner.pk])["released"] == 1
    assert registration.recheck_due(now=NOW + timedelta(days=3))["released"] == 0
    row.refresh_from_db()
    assert row.state == "released" and row.released_at is not None
    answer = registrar_client(registrar).get(f"/checks/{row.uuid}/answer.pdf")
    assert answer.content.startswith(b"%PDF")


@pytest.fixture
def exception_rule(monkeypatch: pytest.MonkeyPatch) -> ExemptionRow:
    """The shipped law with an exception to the very gate of the sample question; it ships none for registrations."""
    gate = next(r.citation for r in registration.decide_gate(
        act=Act.REGISTER, occupation="美发师", on=date(2005, 6, 1), place="3201").reasons if r.citation)  # fmt: skip
    rule = replace(
        law().exemption("order6-apprentice"), code="sample", acts=frozenset({Act.REGISTER}), citation=gate,
        period=Period(date(2000, 1, 1)),
    )  # fmt: skip
    more = replace(law(), exemptions=(*law().exemptions, rule))
    monkeypatch.setattr(registration, "law", lambda: more)
    monkeypatch.setattr(registration, "law_as_known", lambda: more)
    return rule


def test_an_exception_that_is_only_claimed_decides_nothing_and_is_answered_with_its_remedy(
    registrar: Account, exception_rule: ExemptionRow
) -> None:
    row = check(registrar, exemptions=["sample"])
    assert (row.verdict, row.state) == ("missing", "held")
    [note] = [n for n in row.answer["notes"] if n["code"] == "claim_not_granted"]
    assert all(proof in note["zh"] for proof in exception_rule.evidence) and "sample" in note["en"]
    ExceptionRequest.objects.create(
        organisation=OrganisationFactory(), code="sample", occupation="美发师", place="3201", why="x",
        evidence=["x"], period=(date(2005, 1, 1), date(2030, 1, 1)), state="granted", asked_by=registrar, asked_at=NOW,
        decided_by=AccountFactory(role="authority", region="32"), decided_at=NOW, basis="样例",
    )  # fmt: skip
    for claimed in (["sample"], []):
        row = check(registrar, exemptions=claimed)
        assert (row.verdict, row.state) == ("exempt", "answered") and not row.answer["notes"]
    assert (
        check(registrar, exemptions=["order6-apprentice"]).answer["notes"][0]["code"]
        == "claim_not_applicable"
    )


def test_an_unknown_exception_is_refused_and_nothing_written(registrar: Account) -> None:
    with pytest.raises(NotFound):
        check(registrar, scope="文具零售", exemptions=["nothing-such"])
    assert not RegistrationCheck.objects.exists()


def registrar_client(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def test_while_the_register_is_down_the_answer_is_provisional_and_none_is_lost(
    registrar: Account, register: Register
) -> None:
    owner = person(5)
    register.rows[owner.pk] = (HeldCertificate("美发师", 5, date(2004, 1, 1)),)
    register.down = True
    row = check(registrar, document_of(owner).number)
    assert (row.verdict, row.state) == ("missing", "provisional")
    assert registration.recheck_due(now=NOW)["answered"] == 0
    register.down = False
    assert registration.recheck_due(now=NOW)["answered"] == 1
    row.refresh_from_db()
    assert (row.verdict, row.state) == ("clear", "answered")


def test_the_day_the_responsible_person_leaves_is_followed_up(registrar: Account, register: Register) -> None:
    authority = AccountFactory(role="authority", region="32")
    keep_overlay(place="3201", occupation="美发师", kind="gate", acts=["register"], level=None, title="样例市条例",
                 number="", article="第二条", rank="local_regulation", approval="", start=date(2020, 1, 1), end=None,
                 actor=authority, now=NOW)  # fmt: skip
    manager, next_one = person(5), person(6)
    for someone in (manager, next_one):
        register.give(someone, occupation="美发师", level=5)
    row = check(registrar, resident_number(1), document_of(manager).number, on=TODAY)
    assert row.verdict == "clear"
    owner, leaver = row.persons.order_by("pk")
    assert registration.report_departure(person=owner, on=TODAY, actor=registrar, now=NOW).replace_by is None
    left = registration.report_departure(person=leaver, on=TODAY, actor=registrar, now=NOW)
    assert left.replace_by is not None and list(follow_ups(registrar)) == [left]
    registration.replace_person(
        leaver=left, actor=registrar, now=NOW,
        applicant=registration.read_applicant("manager", "钱样例", "resident", document_of(next_one).number),
    )  # fmt: skip
    assert not follow_ups(registrar).exists()


def test_documents_are_sealed_at_rest(registrar: Account) -> None:
    from django.db import connection

    number = resident_number(1)
    check(registrar, number)
    with connection.cursor() as cursor:
        cursor.execute("select document, name from access_checkedperson")
        document, name = cursor.fetchone()
    assert number.encode() not in bytes(document) and "赵样例".encode() not in bytes(name)
    assert CheckedPerson.objects.get().document == number


def test_a_place_outside_ones_jurisdiction_is_refused_and_nothing_written(registrar: Account) -> None:
    before = (RegistrationCheck.objects.count(), LedgerEntry.objects.count())
    with pytest.raises(Forbidden):
        check(registrar, place="4401")
    with pytest.raises(BadInput):
        check(registrar, applicants=[])
    assert (RegistrationCheck.objects.count(), LedgerEntry.objects.count()) == before
    row = check(registrar)
    assert (
        registrar_client(AccountFactory(role="registrar", region="44"))
        .get(f"/checks/{row.uuid}/")
        .status_code
        == 404
    )


def test_the_clerk_asks_on_the_page_and_reads_the_answer(registrar: Account) -> None:
    form = {
        "business": "样例理发店", "scope": "理发服务", "place": "3201", "on": "2005-06-01", "owner_name": "赵样例",
        "owner_kind": "resident", "owner_document": resident_number(1), "idempotency_key": "a" * 32,
    }  # fmt: skip
    client = registrar_client(registrar)
    page = client.post("/checks/new/", form, follow=True).content.decode()
    assert "缺少证书" in page and "美发师" in page and resident_number(1) not in page
    client.post("/checks/new/", form)
    assert RegistrationCheck.objects.count() == 1
    wrong = client.post("/checks/new/", {**form, "owner_document": "123", "idempotency_key": "b" * 32})
    assert wrong.status_code == 422 and RegistrationCheck.objects.count() == 1


# --- the API


@pytest.fixture
def key() -> str:
    return registration.make_client(
        name="样例登记系统", region="32", quota_per_day=3, actor=AccountFactory(role="administrator"), now=NOW
    )[1]


def ask(key: str, idempotency: str = "", **change: Any) -> Any:
    question = {
        "business": "样例理发店", "scope": "理发服务", "place": "3201", "on": "2005-06-01",
        "persons": [{"duty": "owner", "name": "赵样例", "document": resident_number(1)}],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency-Key": idempotency} if idempotency else {})
    return Client().post(
        "/api/v1/access/registrations",
        json.dumps({**question, **change}),
        content_type="application/json",
        headers=headers,
    )


def test_the_api_answers_from_the_same_function_and_shows_a_check_again(key: str) -> None:
    answer = ask(key)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["verdict"], body["state"]) == ("missing", "held") and body["items"][0]["citations"]
    again = Client().get(
        f"/api/v1/access/registrations/{body['id']}", headers={"Authorization": f"Bearer {key}"}
    )
    assert again.json() == body


def test_without_a_key_or_outside_its_region_nothing_is_asked(key: str) -> None:
    before = (RegistrationCheck.objects.count(), LedgerEntry.objects.count())
    assert ask("cz_wrong").status_code == 401
    assert ask(key, place="4401").status_code == 403
    ApiClient.objects.update(active=False)
    assert ask(key).status_code == 401
    assert (RegistrationCheck.objects.count(), LedgerEntry.objects.count()) == before


def test_a_key_is_not_stored(key: str) -> None:
    row = ApiClient.objects.get()
    assert key.encode() not in bytes(row.key_digest) and key not in str(vars(row))


def test_the_quota_of_the_day_is_kept(key: str) -> None:
    assert [ask(key).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert RegistrationCheck.objects.count() == 3


def test_asking_again_under_the_same_key_costs_nothing(key: str) -> None:
    assert [ask(key, "request-0001").status_code for _ in range(6)] == [200] * 6
    assert [ask(key, f"request-{n:04}").status_code for n in (2, 3, 4)] == [200, 200, 429]
    assert ask(key, "request-0001").status_code == 200, "an answer that was given stays to be had"


def test_a_repeated_key_is_one_check_and_another_question_a_conflict(key: str) -> None:
    one, two = ask(key, "request-0001"), ask(key, "request-0001")
    assert one.json()["id"] == two.json()["id"] and RegistrationCheck.objects.count() == 1
    assert ask(key, "request-0001", scope="美容").status_code == 409
    with pytest.raises(Conflict):
        registration.make_client(name="样例登记系统", region="", quota_per_day=1,
                                 actor=AccountFactory(role="administrator"), now=NOW)  # fmt: skip


def test_ads_are_vetted_over_the_api_without_storing_anything() -> None:
    before = LedgerEntry.objects.count()
    answer = Client().post(
        "/api/v1/access/ads/vet",
        json.dumps(
            {"ads": [{"title": "招电焊工", "text": "招电焊工2名"}], "on": "2012-05-08", "place": "32"}
        ),
        content_type="application/json",
    )
    result = answer.json()["results"][0]
    assert result["gated"] == ["焊工"] and result["findings"][0]["fix"]
    assert LedgerEntry.objects.count() == before

"""The published list on two axes of time; registries get one answer, kept, held and released by itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from chizheng.access import queries
from chizheng.access.models import ApiUse, GateOverlay, RegistrationCheck
from chizheng.access.usecases.check_registration import (
    Somebody,
    check_registration,
    recheck_due,
    report_leaving,
)
from chizheng.access.usecases.decide_exception import ask_exception, decide_exception
from chizheng.access.usecases.keep_api_key import make_key, use_key
from chizheng.access.usecases.keep_overlay import keep_overlay, note_edition
from chizheng.access.usecases.tell_subscribers import confirm, subscribe, tell_changes
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused, Unavailable
from chizheng.platform.models import LedgerEntry
from tests.factories.people import AccountFactory, OrganisationFactory, resident_number

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
THEN = date(2005, 6, 1)


def _overlay(**changes):
    row = {
        "occupation": "样例操作员", "acts": ["recruit"], "level": None, "place": "32", "start": date(2020, 1, 1), "end": None,
        "title": "样例条例", "number": "", "article": "第一条", "scope": "", "verified": False, "now": NOW,
        "actor": AccountFactory(role="authority", region="32"),
    }  # fmt: skip
    return keep_overlay(**(row | changes))


def test_a_place_adds_a_gate_and_corrects_it_without_losing_what_was_known() -> None:
    first = _overlay()
    assert _overlay().pk == first.pk, "the same row twice is one"
    later = NOW + timedelta(days=30)
    _overlay(level=4, now=later)
    on = date(2026, 6, 1)
    entry = {e.occupation: e for e in queries.published_list(on=on, place="3201")["gate"]}
    assert entry["样例操作员"].rows[0].level == 4
    before = {
        e.occupation: e
        for e in queries.published_list(on=on, place="3201", known=NOW + timedelta(days=1))["gate"]
    }
    assert before["样例操作员"].rows[0].level is None
    assert "样例操作员" not in {e.occupation for e in queries.published_list(on=on, place="44")["gate"]}
    assert GateOverlay.objects.count() == 2


def test_another_region_or_desk_keeps_no_overlay() -> None:
    for actor in (AccountFactory(role="authority", region="44"), AccountFactory(role="centre", region="32")):
        with pytest.raises(Forbidden):
            _overlay(actor=actor)
    assert not GateOverlay.objects.exists()


def test_an_edition_of_the_law_is_remembered_once() -> None:
    assert note_edition(now=NOW).pk == note_edition(now=NOW + timedelta(days=1)).pk
    known = queries.published_list(on=THEN, known=NOW + timedelta(days=2))["gate"]
    assert {e.occupation for e in known} == {e.occupation for e in queries.published_list(on=THEN)["gate"]}


@pytest.mark.parametrize(("day", "count"), [("2005-06-01", 90), ("2015-11-11", 90)])
def test_the_list_of_order_6_has_its_ninety(client: Client, day: str, count: int) -> None:
    body = json.loads(client.get(f"/gated/list.json?on={day}").content)
    of_order_6 = [e for e in body["gate"] if any("第6号" in cite for cite, _ in e["citations"])]
    assert len(of_order_6) == count
    assert client.get(f"/gated/?on={day}").status_code == 200
    assert client.get(f"/gated/list.csv?on={day}").content.decode("utf-8-sig").count("\r\n") > count
    poster = client.get(f"/gated/poster.pdf?on={day}")
    assert poster.content.startswith(b"%PDF")


def test_the_difference_over_the_repeal(client: Client) -> None:
    page = client.get("/gated/diff/?first=2015-11-11&second=2015-11-12")
    assert page.status_code == 200
    assert "中式烹调师" in page.content.decode()


def test_a_subscription_counts_only_once_confirmed() -> None:
    row = subscribe(mail="a@example.org", place="32", now=NOW)
    assert str(row.token) in mail.outbox[0].body
    assert tell_changes(on=THEN) == 0
    assert confirm(token=str(row.token), keep=True, now=NOW)
    tell_changes(on=THEN)
    assert tell_changes(on=THEN) == 0
    assert tell_changes(on=date(2016, 1, 4)) == 1
    assert confirm(token=str(row.token), keep=False, now=NOW)
    assert not confirm(token=str(row.token), keep=True, now=NOW)


def _check(**changes) -> RegistrationCheck:
    row = {
        "key": "A1", "name": "样例焊接部", "scope": "电焊加工", "place": "3201", "on": THEN, "now": NOW,
        "people": [Somebody("owner", "张样", resident_number(1)), Somebody("manager", "李例", resident_number(2))],
        "actor": AccountFactory(role="registrar", region="3201"),
    }  # fmt: skip
    return check_registration(**(row | changes))


def test_a_business_without_certificate_is_held_and_the_same_key_gives_the_same_answer() -> None:
    row = _check()
    assert (row.state, row.verdict, row.occupations) == ("held", "missing", ["焊工"])
    assert _check().pk == row.pk
    with pytest.raises(Conflict):
        _check(scope="美发服务")
    assert RegistrationCheck.objects.count() == 1


def test_a_wrong_document_number_writes_nothing() -> None:
    entries = LedgerEntry.objects.count()
    with pytest.raises(BadInput):
        _check(people=[Somebody("owner", "张样", "110105194912310021")])
    assert not RegistrationCheck.objects.exists() and LedgerEntry.objects.count() == entries


def test_a_hold_is_released_by_itself_when_the_reason_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _check()
    assert recheck_due(now=NOW, on=THEN) == 0
    assert recheck_due(now=NOW, on=date(2012, 3, 1)) == 1
    row.refresh_from_db()
    assert row.state == "released"


def test_a_register_that_is_down_gives_a_provisional_answer_that_is_asked_again(monkeypatch) -> None:
    from chizheng.kernel.wording import Wording

    def down(persons):
        raise Unavailable("register_down", Wording("停", "down"))

    with monkeypatch.context() as patch:
        patch.setattr(queries, "held_by", down)
        row = _check()
    assert row.state == "provisional"
    recheck_due(now=NOW, on=THEN)
    row.refresh_from_db()
    assert row.state == "held"


def test_a_manager_who_leaves_starts_a_clock() -> None:
    row = _check()
    somebody = report_leaving(
        somebody=row.people.get(role="manager"), on=date(2026, 3, 2), actor=None, now=NOW
    )
    assert somebody.replace_by == date(2026, 4, 14)  # 30 working days over Qingming
    again = report_leaving(somebody=somebody, on=date(2026, 5, 2), actor=None, now=NOW)
    assert again.left_on == date(2026, 3, 2)


def test_the_api_wants_a_key_and_counts_it(client: Client) -> None:
    body = {"key": "B7", "name": "样例理发店", "scope": "美发服务", "place": "3201", "on": "2005-06-01",
            "people": [{"role": "owner", "name": "张样", "number": resident_number(1)}]}  # fmt: skip
    assert (
        client.post("/api/v1/access/registrations", body, content_type="application/json").status_code == 401
    )
    key, secret = make_key(
        name="样例登记系统", daily_quota=2, actor=AccountFactory(role="administrator"), now=NOW
    )
    headers = {"HTTP_X_API_KEY": secret}
    first = client.post("/api/v1/access/registrations", body, content_type="application/json", **headers)
    assert first.status_code == 200 and first.json()["verdict"] == "missing"
    again = client.get(f"/api/v1/access/registrations/{first.json()['id']}", **headers)
    assert again.json() == first.json()
    assert client.get(f"/api/v1/access/registrations/{first.json()['id']}", **headers).status_code == 503
    assert ApiUse.objects.get(key=key).count == 2
    wrong = client.post(
        "/api/v1/access/registrations", body, content_type="application/json", HTTP_X_API_KEY=secret[:-1]
    )
    assert wrong.status_code == 403
    assert resident_number(1) not in str(LedgerEntry.objects.values_list("detail", flat=True))


def test_a_key_is_kept_as_a_hash() -> None:
    key, secret = make_key(name="样例", daily_quota=5, actor=AccountFactory(role="administrator"), now=NOW)
    assert secret.encode() not in bytes(key.hashed)
    assert use_key(secret, on=THEN) == key
    key.active = False
    key.save()
    with pytest.raises(Forbidden):
        use_key(secret, on=THEN)


def test_an_exception_is_asked_in_its_time_and_decided_by_another() -> None:
    employer = AccountFactory(role="employer", organisation=OrganisationFactory(kind="employer"))
    ask = {"code": "untrained_locally", "occupation": "焊工", "place": "3201", "people": 3, "evidence": "样例", "actor": employer, "now": NOW}  # fmt: skip
    from chizheng.law.io.shelf import law

    ask["code"] = law().exemptions[0].code
    with pytest.raises(Refused):
        ask_exception(**ask, on=date(2020, 1, 1))
    row = ask_exception(**ask, on=THEN)
    assert ask_exception(**ask, on=THEN).pk == row.pk
    with pytest.raises(Forbidden):
        decide_exception(request=row, granted=True, answer="", actor=employer, now=NOW)
    decided = decide_exception(
        request=row, granted=True, answer="同意", actor=AccountFactory(role="authority", region="32"), now=NOW
    )
    assert decided.state == "granted"


def test_a_clerk_of_another_city_does_not_see_the_check() -> None:
    row = _check()
    other = AccountFactory(role="registrar", region="4401")
    assert not queries.access_checks(other).exists()
    client = Client()
    client.force_login(other)
    assert client.get(f"/registration/{row.uuid}/").status_code == 404

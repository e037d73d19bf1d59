"""Consequences of a decision and their end; look-alikes; the limit on what one network may report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from chizheng.assessment.models import Assessor, Session
from chizheng.assessment.queries import list_scopes
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.platform.clock import now, today
from chizheng.platform.models import DayTally, LedgerEntry
from chizheng.quality.models import Case, Hold, LookAlike, Suspension
from chizheng.quality.usecases.cases import decide_case, propose, receive_case, step_case
from chizheng.quality.usecases.suspensions import ask_to_restore, restore
from tests.factories.assessment import station
from tests.factories.people import AccountFactory
from tests.factories.quality import sitting
from tests.quality.web.doors import signed_in, text, url

pytestmark = pytest.mark.django_db

TEXT = "按规定办理，详见附件材料。"


@pytest.fixture
def decided() -> tuple[Session, Case]:
    session = sitting()
    centre, head = AccountFactory(role="centre"), AccountFactory(role="authority")
    case = receive_case(
        source="supervision", summary="督导发现该站放水。样例。", region="32", now=now(), actor=centre, session=session,
        station=session.station, assessor=Assessor.objects.first(),
    )  # fmt: skip
    for event in ("open", "hear"):
        step_case(case=case, event=event, text=TEXT, actor=centre, now=now())
    propose(
        case=case, violation="assessment_body_breaks_rules", sanction="jiancha-28", text=TEXT, actor=centre,
        consequences=["suspend_assessor", "suspend_licence", "retest"], now=now(),
    )  # fmt: skip
    return session, decide_case(case=case, text=TEXT, actor=head, now=now())


def test_a_decision_suspends_and_remembers_where_it_would_have_ended(decided: tuple[Session, Case]) -> None:
    session, case = decided
    rows = list(case.suspensions.all())
    assert {bool(r.scope_id) for r in rows} == {True, False}
    assert not list_scopes(session.station, on=today()).exists()
    card = next(r for r in rows if r.assessor_id)
    assert card.until is not None and card.until > today() and card.assessor.period.upper <= today()
    assert Hold.objects.get(session=session, cause="case").state == "open"


def test_a_licence_is_given_back_by_two_people_on_pages(decided: tuple[Session, Case]) -> None:
    session, _case = decided
    row = Suspension.objects.filter(scope__isnull=False).first()
    asker, other = AccountFactory(role="authority"), AccountFactory(role="authority")
    desk = signed_in(asker)
    assert session.station.name in text(desk.get(url("suspensions")))
    # nobody has asked; the reasons are too short; who asked cannot agree: nothing changes
    for data in ({"act": "restore"}, {"act": "ask", "reasons": "好了"}):
        desk.post(url("suspension", row.pk), data)
        row.refresh_from_db()
        assert row.asked_at is None and row.restored_on is None
    desk.post(url("suspension", row.pk), {"act": "ask", "reasons": "整改验收合格，设备和制度到位。"})
    desk.post(url("suspension", row.pk), {"act": "restore"})
    row.refresh_from_db()
    assert row.asked_by == asker and row.restored_on is None
    assert not list_scopes(session.station, on=today()).exists()
    signed_in(other).post(url("suspension", row.pk), {"act": "restore"})
    row.refresh_from_db()
    assert row.restored_by == other and row.restored_on is not None
    again = list_scopes(session.station, on=row.restored_on).get(
        occupation=row.scope.occupation, level=row.scope.level
    )
    assert (again.period.lower, again.period.upper) == (row.restored_on, row.until)
    assert LedgerEntry.objects.filter(verb="quality.restore").count() == 1
    # a second time changes nothing
    signed_in(other).post(url("suspension", row.pk), {"act": "restore"})
    assert LedgerEntry.objects.filter(verb="quality.restore").count() == 1
    assert session.station.name in text(desk.get(url("suspensions") + "?all=1"))


def test_a_card_is_given_back_and_the_gap_stays(decided: tuple[Session, Case]) -> None:
    row = Suspension.objects.get(assessor__isnull=False)
    centre, head = AccountFactory(role="centre"), AccountFactory(role="authority")
    ask_to_restore(suspension=row, reasons=TEXT, actor=centre, now=now())
    with pytest.raises(Forbidden):
        restore(suspension=row, actor=centre, now=now())
    with pytest.raises(Forbidden):
        restore(suspension=row, actor=AccountFactory(role="authority", region="33"), now=now())
    later = now() + timedelta(days=30)
    restore(suspension=row, actor=head, now=later)
    cards = list(Assessor.objects.filter(card_number=row.assessor.card_number).order_by("period"))
    assert len(cards) == 2 and cards[0].period.upper < cards[1].period.lower
    assert cards[1].period.upper == row.until and cards[1].trades == cards[0].trades


def test_what_would_have_ended_anyway_is_not_restored(decided: tuple[Session, Case]) -> None:
    row = Suspension.objects.get(assessor__isnull=False)
    Suspension.objects.filter(pk=row.pk).update(until=today())
    with pytest.raises(Conflict):
        ask_to_restore(suspension=row, reasons=TEXT, actor=AccountFactory(role="centre"), now=now())
    row.refresh_from_db()
    assert row.asked_at is None


def test_another_region_neither_sees_nor_restores(decided: tuple[Session, Case]) -> None:
    row = Suspension.objects.first()
    away = signed_in(AccountFactory(role="authority", region="33"))
    assert away.post(url("suspension", row.pk), {"act": "ask", "reasons": TEXT}).status_code == 404
    assert "许可" not in text(away.get(url("suspensions"))).split("<h1>")[1].split("</p>")[-1]
    row.refresh_from_db()
    assert row.asked_at is None


# --- the limit on public reports


def report(address: str, **more: str) -> Any:
    data = {"summary": "某站收钱包过，有转账记录。", "region": "32", "website": ""}
    return Client(headers={"accept-language": "zh-hans"}).post(
        url("report_a_fake"), data, REMOTE_ADDR=address, **more
    )


def test_one_network_reports_only_so_often_a_day_and_is_told_politely() -> None:
    from chizheng.law.io.shelf import law

    limit = law().number("public_report.per_network_day", on=today())
    for n in range(limit):
        assert report(f"203.0.113.{n}").status_code == 201
    over = report("203.0.113.250")
    assert over.status_code == 429 and "明天再来" in text(over)
    assert Case.objects.count() == limit  # the refused one wrote nothing
    assert report("203.0.114.1").status_code == 201  # another network is not concerned
    assert {len(t.digest) for t in DayTally.objects.all()} == {64}
    assert not any("203.0" in str(v) for row in DayTally.objects.values() for v in row.values())


def test_an_unreadable_report_costs_nothing() -> None:
    answer = Client().post(url("report_a_fake"), {"summary": "短", "region": "32"}, REMOTE_ADDR="203.0.113.1")
    assert answer.status_code == 422 and not DayTally.objects.exists()


def test_counts_of_former_days_go() -> None:
    DayTally.objects.create(purpose="x", day=today() - timedelta(days=1), digest="0" * 64, count=3)
    report("203.0.113.1")
    assert list(DayTally.objects.values_list("day", flat=True)) == [today()]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "198.51.100.7", "203.0.113.0/24"),  # nobody's word is taken where no proxy is ours
        (1, "198.51.100.7", "198.51.100.0/24"),
        (1, "10.0.0.1, 198.51.100.7", "198.51.100.0/24"),  # what the visitor wrote in front is not believed
        (2, "198.51.100.7, 10.0.0.1", "198.51.100.0/24"),
        (1, "2001:db8:1:ff::1", "2001:db8:1::/56"),
        (1, "::ffff:198.51.100.7", "198.51.100.0/24"),
        (1, "nonsense", ""),
    ],
)
def test_the_network_behind_proxies(rf: Any, proxies: int, forwarded: str, network: str) -> None:
    from chizheng.platform.throttle import network_of

    request = rf.get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(TRUSTED_PROXIES=proxies):
        assert network_of(request) == network


# --- look-alikes


def test_a_look_alike_is_ordered_to_stop_and_stops_on_record() -> None:
    desk = signed_in(AccountFactory(role="authority"))
    desk.post(url("look_alikes"), {"issuer": "某公司", "title": "国家技能证书", "where": "网页"})
    row = LookAlike.objects.get()
    desk.post(url("look_alike", row.pk), {"state": "ordered", "note": ""})
    row.refresh_from_db()
    assert row.state == "found"  # no ground given
    for state in ("ordered", "stopped"):
        desk.post(url("look_alike", row.pk), {"state": state, "note": "责令停止通知书"})
        row.refresh_from_db()
        assert row.state == state
    assert LedgerEntry.objects.filter(verb="quality.look_alike_state").count() == 2
    visitor = Client(headers={"accept-language": "zh-hans"})
    assert "国家技能证书" in text(visitor.get(url("look_alikes") + "?state=stopped"))
    assert "国家技能证书" not in text(visitor.get(url("look_alikes") + "?state=found"))
    assert visitor.post(url("look_alike", row.pk), {"state": "found", "note": TEXT}).status_code == 302
    away = signed_in(AccountFactory(role="centre", region="33"))
    assert away.post(url("look_alike", row.pk), {"state": "found", "note": TEXT}).status_code == 404
    more = {"organisation": station("10012008")}
    denied = signed_in(AccountFactory(role="station", **more))
    assert denied.post(url("look_alike", row.pk), {"state": "found", "note": TEXT}).status_code == 403
    row.refresh_from_db()
    assert row.state == "stopped"

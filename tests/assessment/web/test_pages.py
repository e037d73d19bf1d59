"""Pages by role and jurisdiction, the clerk's way through them, and how many queries they take."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import DjangoAssertNumQueries

from chizheng.assessment.models import Mark, Registration, Session, Upload
from chizheng.assessment.queries import access_own_registrations
from chizheng.assessment.usecases import close_enrolment, receive_enrolment
from chizheng.people.models import Account
from chizheng.platform.access import Access
from chizheng.platform.io.sheets import read_sheet
from chizheng.platform.roles import Role
from tests.assessment.sheet_bytes import HEADERS_2026, sheet
from tests.assessment.usecases.test_from_sheet_to_result import appointed, held, mark, roster, submitted
from tests.assessment.usecases.test_import_enrolment import good_2026
from tests.factories.assessment import (
    EXAM,
    NOW,
    AssessorFactory,
    RegistrationFactory,
    clerk_of,
    session_of,
    station,
)
from tests.factories.people import AccountFactory, PersonFactory, resident_number

pytestmark = pytest.mark.django_db

S, C, A = Role.STATION, Role.CENTRE, Role.AUTHORITY
READERS = {S, C, A, Role.ASSESSOR, Role.SUPERVISOR}
MATRIX: dict[str, set[str]] = {
    "sessions": READERS, "session": READERS, "new": {S}, "do": {S}, "roster": {S, C, A}, "panel": {C}, "attendance": {S},
    "withdraw": {S}, "enrolment": {S}, "enrolment_sheet": {S}, "upload": {S, C}, "advance": {S}, "returned": {S, C},
    "evidence": {Role.STATION}, "see": {Role.STATION}, "markings": {Role.STATION}, "ties": {Role.CENTRE},
    "marks": {S}, "marks_sheet": {S}, "mine": {Role.CANDIDATE}, "ticket": {Role.CANDIDATE},
}  # fmt: skip


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def text(response: Any) -> str:
    return response.content.decode()


def account_of(role: str, **more: Any) -> Account:
    if role in ("employer", "agency", "station"):
        more.setdefault(
            "organisation", station(f"1001{Account.objects.count() % 9000:04d}".replace("1001", "10010")[:8])
        )
    return AccountFactory(role=role, **more)


def test_every_page_is_in_the_matrix_and_declares_its_access() -> None:
    patterns = get_resolver("chizheng.assessment.urls").reverse_dict
    assert {name for name in patterns if isinstance(name, str)} == set(MATRIX)
    from chizheng.assessment.urls import urlpatterns

    for pattern in urlpatterns:
        access: Access = pattern.callback.access
        assert not access.public and access.roles == {r.value for r in MATRIX[pattern.name]}, pattern.name


@pytest.mark.parametrize("role", [r for r in Role if r != Role.PUBLIC])
def test_role_by_page(role: str) -> None:
    """Roles outside the matrix get 403, visitors the sign-in page; roles inside at most "not yours"."""
    body = station()
    more: dict[str, Any] = {"organisation": body} if role in ("station", "employer", "agency") else {}
    client, visitor = signed_in(AccountFactory(role=role, **more)), Client()
    for name, roles in MATRIX.items():
        url = reverse(
            f"assessment:{name}", args=[] if name in ("sessions", "new", "mine", "ties") else [Session().uuid]
        )
        status = client.get(url).status_code
        assert (status == 403) == (role not in roles), (name, status)
        assert visitor.get(url).status_code == 302, name


def test_a_station_sees_its_own_and_the_centre_its_region() -> None:
    mine, other = station("10012003"), station("10012004")
    one, two = session_of(mine), session_of(other)
    away = session_of(station("11012001"))
    Session.objects.filter(pk=away.pk).update(region="3301")
    cases = [
        (clerk_of(mine), {one}), (AccountFactory(role="centre", region="32"), {one, two}),
        (AccountFactory(role="centre", region="33"), {away}), (AccountFactory(role="supervisor", region=""), {one, two, away}),
        (AccountFactory(role="assessor"), set()),
    ]  # fmt: skip
    for account, seen in cases:
        client = signed_in(account)
        listed = text(client.get(reverse("assessment:sessions")))
        for session in (one, two, away):
            assert (session.number in listed) == (session in seen)
            status = client.get(reverse("assessment:session", args=[session.uuid])).status_code
            assert status == (200 if session in seen else 404)


def test_nobody_reads_a_roster_or_upload_of_another_jurisdiction() -> None:
    session = session_of(station())
    RegistrationFactory(session=session, person=PersonFactory(name="孙虚构", number=resident_number(9)))
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(1, 姓名="")])
    upload, _ = receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    strangers = [clerk_of(station("10012004")), AccountFactory(role="centre", region="33")]
    for account in strangers:
        client = signed_in(account)
        for name, key in (("roster", session.uuid), ("upload", upload.uuid), ("returned", upload.uuid)):
            assert client.get(reverse(f"assessment:{name}", args=[key])).status_code == 404
    row = session.registrations.get()
    assert signed_in(strangers[0]).post(reverse("assessment:withdraw", args=[row.uuid])).status_code == 404
    centre = signed_in(AccountFactory(role="centre", region="32"))
    page = text(centre.get(reverse("assessment:roster", args=[session.uuid])))
    assert "孙虚构" in page and resident_number(9) not in page  # the number is masked


def test_an_assessor_sees_the_panels_they_sit_on() -> None:
    session = session_of(station())
    appointed(session)
    card = session.panel.first()
    assert card is not None
    client = signed_in(AccountFactory(role="assessor", person=card.assessor.person))
    page = client.get(reverse("assessment:session", args=[session.uuid]))
    assert page.status_code == 200 and reverse("assessment:roster", args=[session.uuid]) not in text(page)


def test_the_clerks_way_from_opening_to_the_roster() -> None:
    body = station()
    client = signed_in(clerk_of(body))
    exam = (date.today() + timedelta(days=40)).isoformat()  # noqa: DTZ011 - a form filled in today
    form = {
        "scope": "4:车工",
        "exam_date": exam,
        "enrolment_close": exam,
        "judged": "exam",
        "venue": "样例楼",
    }
    assert client.post(reverse("assessment:new"), form | {"enrolment_close": "2999-01-01"}).status_code == 422
    response = client.post(reverse("assessment:new"), form)
    session = Session.objects.get()
    assert response.url == reverse("assessment:session", args=[session.uuid])
    do = reverse("assessment:do", args=[session.uuid])
    client.post(do, {"event": "publish"})
    file = sheet("xls", HEADERS_2026, [good_2026(1), good_2026(2, 姓名="")])
    url = reverse("assessment:enrolment", args=[session.uuid])
    response = client.post(url, {"file": SimpleUploadedFile(file[0], file[1])}, follow=True)
    page = text(response)
    assert "1 行没有写入" in page and "姓名未填写" in page and "320***********" not in page
    upload = Upload.objects.get()
    back = client.get(reverse("assessment:returned", args=[upload.uuid]) + "?only=faulty")
    assert "filename*=utf-8''%E6%8A%A5%E5%90%8D%E8%A1%A8.xlsx" in back["Content-Disposition"]
    assert len(read_sheet(back.content, "x.xlsx").rows) == 1
    again = client.post(url, {"file": SimpleUploadedFile(file[0], file[1])}, follow=True)
    assert "已经上传过" in text(again) and Registration.objects.count() == 1
    page = text(client.get(reverse("assessment:roster", args=[session.uuid])))
    assert "赵样例" in page and "累计从事本职业或相关职业工作满5年" in page
    client.post(do, {"event": "close"})
    session.refresh_from_db()
    assert session.state == "closed"


def test_what_cannot_be_done_is_said_on_the_page() -> None:
    session = session_of(station())
    client = signed_in(clerk_of(session.station))
    do = reverse("assessment:do", args=[session.uuid])
    assert "还没有考生报名" in text(client.post(do, {"event": "close"}, follow=True))
    assert client.post(do, {"event": "issue"}, follow=True).status_code == 200
    session.refresh_from_db()
    assert session.state == "enrolling"
    url = reverse("assessment:enrolment", args=[session.uuid])
    bad = SimpleUploadedFile("a.xlsx", b"\x00\x01 not a sheet")
    assert "不是可读的" in text(client.post(url, {"file": bad}, follow=True))
    assert "请选择" in text(client.post(url, {}, follow=True))
    assert client.get(do).status_code == 405


def test_a_large_sheet_goes_on_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from chizheng.assessment import usecases

    monkeypatch.setattr(usecases, "STEP", 1)
    session = session_of(station())
    client = signed_in(clerk_of(session.station))
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(n) for n in range(1, 4)])
    url = reverse("assessment:enrolment", args=[session.uuid])
    page = text(client.post(url, {"file": SimpleUploadedFile(*file)}, follow=True))
    assert 'hx-trigger="load' in page and "0 / 3" in page
    advance = reverse("assessment:advance", args=[Upload.objects.get().uuid])
    response = client.post(advance, headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true" and Registration.objects.count() == 3


def test_marks_in_the_grid() -> None:
    session = session_of(station())
    rows = roster(session, 2)
    held(session)
    one, two = clerk_of(session.station), clerk_of(session.station)
    client, url = signed_in(one), reverse("assessment:marks", args=[session.uuid])
    page = text(client.get(url))
    assert f'name="m-{rows[0].pk}-theory"' in page and "综合评审" not in page
    data = {f"m-{rows[0].pk}-theory": "77.5", f"m-{rows[0].pk}-practice": "缺考", f"m-{rows[1].pk}-theory": "abc",
            "m-999999-theory": "100"}  # fmt: skip
    response = client.post(url, data)
    assert (
        response.status_code == 422 and 'value="abc"' in text(response) and "aria-invalid" in text(response)
    )
    assert {(m.part, m.state, str(m.score)) for m in Mark.objects.all()} == {
        ("theory", "scored", "77.50"), ("practice", "absent", "None"),
    }  # fmt: skip
    second = signed_in(two)
    blind = text(second.get(url + "?second=1"))
    assert "77.5" not in blind
    assert second.post(url + "?second=1", {f"m-{rows[0].pk}-theory": "77.5"}).status_code == 302
    assert Mark.objects.get(part="theory").second_by == two
    out = client.get(reverse("assessment:marks_sheet", args=[session.uuid]))
    assert [r.cells[2] for r in read_sheet(out.content, "x.xlsx").rows[:1]] == ["77.5"]


def test_the_empty_sheet_is_read_back() -> None:
    session = session_of(station())
    url = reverse("assessment:enrolment_sheet", args=[session.uuid])
    for query, columns in (("", 33), ("?columns=zhejiang-2015", 20)):
        content = signed_in(clerk_of(session.station)).get(url + query).content
        assert len(read_sheet(content, "x.xlsx").header) == columns


def test_the_centre_appoints_a_panel() -> None:
    session = session_of(station())
    cards = [AssessorFactory() for _ in range(3)]
    own = AssessorFactory(employer=session.station)
    client, url = (
        signed_in(AccountFactory(role="centre", region="32")),
        reverse("assessment:panel", args=[session.uuid]),
    )
    page = text(client.get(url))
    assert cards[0].card_number in page and own.card_number not in page
    two = {"members": [c.pk for c in cards[:2]], "leader": cards[0].pk}
    assert "不少于3人" in text(client.post(url, two))
    assert client.post(url, two | {"members": [c.pk for c in cards]}).status_code == 302
    assert session.panel.filter(leader=True).get().assessor == cards[0]


def test_a_candidate_sees_marks_only_when_they_are_published() -> None:
    session = session_of(station())
    (row,) = roster(session, 1)
    account = AccountFactory(role="candidate", person=row.person, region="")
    client = signed_in(account)
    mine, ticket = reverse("assessment:mine"), reverse("assessment:ticket", args=[row.uuid])
    assert "报名截止后才有准考证" in text(client.get(ticket))
    held(session)
    mark(session, [row], "91.5", "60")
    row.refresh_from_db()
    (own,) = access_own_registrations(account)
    assert own.known_marks == []  # not fetched, not only not shown
    assert "91.5" not in text(client.get(mine)) and row.admission_number in text(client.get(ticket))
    Session.objects.filter(pk=session.pk).update(state="published")
    assert "91.5" in text(client.get(mine))
    other = RegistrationFactory(session=session)
    assert client.get(reverse("assessment:ticket", args=[other.uuid])).status_code == 404


def test_pages_have_a_query_budget(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    body = station()
    session = session_of(body)
    submitted(session, roster(session, 30))
    for level in (5, 3):
        close_enrolment_of = session_of(body, level=level)
        roster(close_enrolment_of, 3)
        close_enrolment(session=close_enrolment_of, actor=None, now=NOW)
    client = signed_in(clerk_of(body))
    for name, most in (("sessions", 7), ("session", 13), ("roster", 9), ("marks", 12)):
        args = [] if name == "sessions" else [session.uuid]
        with django_assert_max_num_queries(most):
            assert client.get(reverse(f"assessment:{name}", args=args)).status_code == 200


def test_the_list_is_searched_and_filtered() -> None:
    body = station()
    session_of(body)
    session_of(body, level=5, exam=EXAM + timedelta(days=9), open_for_enrolment=False)
    client, url = signed_in(clerk_of(body)), reverse("assessment:sessions")
    assert text(client.get(url + "?state=draft")).count("2026-10012003-") == 1
    assert text(client.get(url + "?q=-001")).count("2026-10012003-") == 1
    assert "没有符合条件的批次" in text(client.get(url + "?q=没有"))

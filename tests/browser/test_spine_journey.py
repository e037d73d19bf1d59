"""From an enrolment sheet to a certificate that anybody can check, through the pages, in a real Chromium."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from chizheng.assessment.usecases import appoint_panel
from chizheng.certificates import queries
from chizheng.certificates.models import Certificate
from chizheng.platform.clock import now, today
from tests.browser.chromium import browser, sign_in
from tests.factories.assessment import AssessorFactory, clerk_of, session_of, station
from tests.factories.certificates import submitted_session
from tests.factories.people import AccountFactory, resident_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse 258"


def _account(role: str, **more: object):
    account = AccountFactory(role=role, **more)
    account.set_password(PASSWORD)
    account.save()
    return account


def _sheet(path: Path) -> Path:
    rows = ["姓名,证件类型,身份证号,性别,申报条件,本职业工作年限,理论,实操"]
    rows += [
        f"样例{c},居民身份证,{resident_number(n)},{'女男'[n % 2]},累计从事本职业或相关职业工作满5年,8,新考,新考"
        for n, c in enumerate("甲乙丙", 1)
    ]
    rows.append("样例丁,居民身份证,110105194912310021,女,累计从事本职业或相关职业工作满5年,8,新考,新考")
    file = path / "报名表.csv"
    file.write_bytes("\r\n".join(rows).encode("gb18030"))
    return file


def test_a_station_takes_a_sheet_in_and_gets_the_bad_row_back(live_server, tmp_path: Path) -> None:
    body = station()
    exam = today() + timedelta(days=20)
    session = session_of(body, exam=exam, close=exam - timedelta(days=10))
    clerk = clerk_of(body)
    clerk.set_password(PASSWORD)
    clerk.save()
    with browser() as chromium:
        page = chromium.new_page(locale="zh-CN", viewport={"width": 1200, "height": 900})
        sign_in(page, live_server.url, clerk.username, PASSWORD)
        page.goto(f"{live_server.url}/assessment/sessions/{session.uuid}/")
        page.set_input_files("input[type=file]", str(_sheet(tmp_path)))
        page.click("form:has(input[type=file]) button")
        page.wait_for_selector("text=校验码")
        assert session.registrations.count() == 3
        with page.expect_download() as download:
            page.click("a[href$='/returned/']")
        returned = Path(download.value.path()).read_bytes().decode("gb18030")
        assert "样例丁" in returned and "问题说明" in returned
        page.goto(f"{live_server.url}/assessment/sessions/{session.uuid}/")
        page.click("button[value=close]")
        cards = [AssessorFactory(period=(today() - timedelta(days=9), None)) for _ in range(3)]
        for card in cards:
            card.refresh_from_db()
        appoint_panel(session=session, members=[(c, c is cards[0]) for c in cards], actor=None, now=now())
        page.reload()
        page.click("button[value=seat]")
        page.click("a[href$='/attendance/']")
        assert page.locator("input[name=absent]").count() == 3
        page.locator("input[name=absent]").first.check()
        page.click("main form button.btn")
        page.wait_for_url(f"{live_server.url}/assessment/sessions/{session.uuid}/")
    session.refresh_from_db()
    assert session.state == "held"
    assert session.registrations.filter(present=False).count() == 1


@override_settings(SITE_URL="https://chizheng.example")
def test_two_people_issue_and_anybody_verifies(live_server, tmp_path: Path) -> None:
    session = submitted_session(passes=2, fails=1)
    centre, authority = _account("centre"), _account("authority")
    base = live_server.url
    with browser() as chromium:
        page = chromium.new_context(locale="zh-CN").new_page()
        sign_in(page, base, centre.username, PASSWORD)
        page.goto(f"{base}/batches/")
        page.click("button:has-text('受理')")
        page.click("text=审核通过，送批")
        page.wait_for_selector("text=已审核，送行政部门批准")

        other = chromium.new_context(locale="zh-CN").new_page()
        sign_in(other, base, authority.username, PASSWORD)
        other.goto(f"{base}/batches/")
        other.click("table.grid a")
        other.click("text=批准并签发")
        other.wait_for_selector("text=证书已编号、入日志、签发并公布")
        row = Certificate.objects.select_related("batch").first()
        assert row is not None and row.batch.session_id == session.pk
        record = queries.read_claims(row)
        with other.expect_download() as download:
            other.evaluate(
                "url => { const a = document.createElement('a'); a.href = url; a.download = 'c.pdf'; document.body.append(a); a.click(); }",
                f"/certificates/{row.uuid}/certificate.pdf",
            )
        pdf = tmp_path / "certificate.pdf"
        download.value.save_as(pdf)

        public = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800}).new_page()
        public.goto(f"{base}/verify/")
        public.fill("input[name=number]", record.number)
        public.fill("input[name=name]", record.name)
        public.click("form:has(input[name=number]) button")
        assert public.locator(".verdict.ok strong").inner_text() == "有效"
        public.fill("input[name=number]", record.number)
        public.fill("input[name=name]", "别的人")
        public.click("form:has(input[name=number]) button")
        assert public.locator(".verdict.bad strong").inner_text() == "姓名不符"
        assert record.name not in public.content()
        public.goto(f"{base}/verify/")
        public.set_input_files("input[type=file]", str(pdf))
        public.click("form:has(input[type=file]) button:has-text('核验')")
        assert public.locator(".verdict.ok strong").inner_text() == "有效"
        assert public.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            "no sideways scrolling"
        )

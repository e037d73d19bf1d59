"""Agency, seeker and clerk in a real browser, from the sign-in to the paper in hand."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from chizheng.access import holdings
from chizheng.access.models import Ad, Guidance, Referral, RegistrationCheck, SeekerProfile
from chizheng.catalogue.usecases import load_catalogue
from chizheng.people.models import Account
from chizheng.platform.clock import now
from tests.factories.access import GATED, Register, agency, person
from tests.factories.people import AccountFactory, resident_number

CHROMIUM = os.environ.get("CHIZHENG_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium (CHIZHENG_CHROMIUM or on the PATH)"),
    pytest.mark.django_db(transaction=True),
]
PASSWORD = "旅程用口令258"


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api", reason="needs playwright")
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright keeps a loop in this thread
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    mine = Register()
    monkeypatch.setattr(holdings, "_register", mine)
    return mine


def open_desk(browser: Any, live_server: Any, account: Account) -> Any:
    account.set_password(PASSWORD)
    account.save()
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=username]", account.username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.btn")
    page.wait_for_url("**/desk/")
    return page


def test_from_a_bad_ad_to_a_referral_and_from_a_hold_to_its_answer(
    browser: Any, live_server: Any, register: Register
) -> None:
    load_catalogue(now=now())
    desk = agency()
    someone = person(1)
    candidate = AccountFactory(role="candidate", region="3201", person=someone)
    registrar = AccountFactory(role="registrar", region="32")

    # the seeker says what they wish and reads that they are one exam away
    page = open_desk(browser, live_server, candidate)
    page.goto(live_server.url + reverse("access:work"))
    assert GATED in page.inner_text("main").split("还差一次考试")[1]
    page.click("text=填写求职意向 >> nth=-1")
    page.fill("[name=occupations]", GATED)
    page.select_option("[name=regions]", ["32"])
    page.check("[name=consent]")
    page.click("main button.btn")
    page.wait_for_url(live_server.url + reverse("access:work"))
    assert SeekerProfile.objects.get().consent

    # the agency vets a bad ad, reads the correction, and posts a good one
    work = open_desk(browser, live_server, desk)
    work.goto(f"{live_server.url}/ads/vet/")
    work.fill("[name=title]", "值班员")
    work.fill("[name=text]", "消防控制室值班，男，入职交押金200元。")
    work.click("main form >> nth=0 >> button.btn")
    work.wait_for_selector("text=问题与改法")
    assert "不得发布" in work.inner_text("main") and work.locator("[data-copy]").count() >= 2
    work.goto(f"{live_server.url}/vacancies/new/")
    work.fill("[name=employer]", "样例机械有限公司")
    work.fill("[name=title]", "消防控制室值班员")
    work.fill("[name=occupation]", GATED)
    work.fill("[name=text]", "消防控制室值班，须持消防设施操作员证书，双休。")
    work.click("main form button.btn")
    work.wait_for_selector("text=可以推荐的求职者")
    assert someone.name not in work.inner_text("main"), "nobody without the certificate is suggested"

    # whoever lacks the certificate is guided
    work.click("text=缺证的人请做培训指导")
    work.fill("[name=name]", someone.name)
    work.fill("[name=document]", resident_number(1))
    work.select_option("[name=level]", "5")
    work.click("main form button.btn")
    work.wait_for_selector("text=附近的培训班")
    assert Guidance.objects.get().person == someone

    # the certificate comes: suggested with reasons, referred
    register.give(someone, level=5)
    work.goto(f"{live_server.url}/vacancies/")
    work.click("text=消防控制室值班员")
    work.wait_for_selector(f"text={someone.name}")
    assert "持有所需证书" in work.inner_text("main")
    work.click("button[name=person]")
    work.wait_for_url("**/referrals/")
    referral = Referral.objects.get()
    letter = work.request.get(f"{live_server.url}/referrals/{referral.uuid}/letter.pdf")
    assert letter.ok and letter.body().startswith(b"%PDF")
    assert Ad.objects.count() == 2

    # the seeker sees who referred them
    page.goto(f"{live_server.url}/referrals/")
    assert "样例职业介绍所" in page.inner_text("main")

    # the clerk asks, holds, and prints
    clerk = open_desk(browser, live_server, registrar)
    clerk.goto(f"{live_server.url}/checks/new/")
    clerk.fill("[name=business]", "样例理发店")
    clerk.fill("[name=scope]", "理发服务")
    clerk.fill("[name=on]", date(2005, 6, 1).isoformat())
    clerk.fill("[name=owner_name]", "钱样例")
    clerk.fill("[name=owner_document]", resident_number(9))
    clerk.click("main form button.btn")
    clerk.wait_for_url(re.compile(r"/checks/[0-9a-f-]{36}/"))
    assert "暂缓" in clerk.inner_text("main") and "第二部分第三段" in clerk.inner_text("main")
    check = RegistrationCheck.objects.get()
    assert clerk.request.get(f"{live_server.url}/checks/{check.uuid}/answer.pdf").body().startswith(b"%PDF")
    assert clerk.evaluate("document.documentElement.scrollWidth") <= 390, "the page fits a phone"

"""An inspector's way in a real browser: from the picture to a closed case with its papers."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader

from chizheng.people.models import Account
from tests.factories.catalogue import OccupationFactory, RegionFactory
from tests.factories.inspection import FilingFactory, employer, inspector, leader

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "journey-2026-pass"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
GATED = "消防设施操作员"


@pytest.fixture
def town() -> dict[str, Account]:
    """An employer with two people in a gated post, two inspectors and a leader."""
    OccupationFactory(name=GATED)
    RegionFactory()
    body = employer("样例物业有限公司")
    for n in (1, 2):
        FilingFactory(n=n, employer=body)
    people = {"one": inspector(display="监察员甲"), "two": inspector(display="监察员乙"), "chief": leader()}
    for name, account in people.items():
        account.username = f"journey-{name}"
        account.set_password(PASSWORD)
        account.save()
    return people


@pytest.fixture
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the driver's loop runs in this thread
    try:
        with sync_playwright() as driver:
            opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield opened
            opened.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Desk:
    """One signed-in person's browser."""

    def __init__(self, browser: Any, site: str, user: str, width: int = 1280) -> None:
        self.context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 900})
        self.page, self.site = self.context.new_page(), site
        self.page.goto(f"{site}/login/")
        self.page.fill("[name=username]", user)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button.btn")
        self.page.wait_for_url("**/desk/")

    def step(self, case: str, name: str, **fields: str) -> None:
        """Press a step of the case and confirm it."""
        self.page.goto(case)
        self.page.click(f"main a.btn:text-is('{name}')")
        for field, value in fields.items():
            self.page.fill(f"[name={field}]", value)
        for box in self.page.locator("[name=officers]").all():
            box.check()
        self.page.click("main form button.btn")
        self.page.wait_for_url(case)

    def paper(self, case: str, kind: str, **fields: str) -> None:
        self.page.goto(f"{case}papers/{kind}/")
        for field in self.page.locator("main form [name]:not([type=hidden])").all():
            name = field.get_attribute("name")
            if name in fields:
                field.fill(fields[name])
            elif not field.input_value().strip():
                field.fill("样例内容")
        self.page.click("main form button.btn")
        self.page.wait_for_url(case)

    def pdf(self, case: str, title: str) -> str:
        """The text of a paper of the case."""
        self.page.goto(case)
        link = self.page.locator(f"main a:text-is('{title}')").first.get_attribute("href")
        answer = self.context.request.get(f"{self.site}{link}")
        assert answer.headers["content-type"] == "application/pdf"
        pages = PdfReader(io.BytesIO(answer.body())).pages
        return "".join("".join(p.extract_text() for p in pages).split())


def test_from_the_picture_to_a_closed_case(live_server: Any, town: dict[str, Account], browser: Any) -> None:
    one = Desk(browser, live_server.url, "journey-one")
    page = one.page
    page.goto(f"{live_server.url}/inspection/screenings/")
    page.click("main button:text-is('开始比对')")
    page.wait_for_selector("figure.chart svg")
    shown = page.inner_text("main")
    assert GATED in shown and "赵**" in shown and "赵示例" not in shown

    page.goto(f"{live_server.url}/inspection/cases/new/")
    page.fill("[name=employer]", "样例物业有限公司")
    page.select_option("[name=violation]", "special_work_without_licence")
    page.fill("[name=facts]", "两名值班人员没有消防设施操作员证书")
    page.fill("[name=act_start]", "2026-03-01")
    page.fill("[name=region]", "3201")
    page.click("main form button.btn")
    page.wait_for_selector("h1:has-text('劳监3201')")
    case = page.url

    chief = Desk(browser, live_server.url, "journey-chief")
    one.step(case, "受理")
    one.paper(case, "filing")
    chief.step(case, "批准立案")
    one.step(case, "指派办案人员")
    page.goto(case)
    page.click("summary:text-is('固定证据')")
    page.fill("[name=title]", "比对发现")
    page.click("button:text-is('固定')")
    page.wait_for_selector("li:has-text('比对发现')")
    one.paper(case, "inquiry", record="问：是否持证？答：正在报名。")
    one.step(case, "提交审核")
    chief.step(case, "责令改正", fine="0")
    one.paper(case, "order", correction="相关人员取得证书前不得独立值班")
    one.step(case, "送达")
    one.paper(case, "receipt")
    one.step(case, "履行完毕")
    one.step(case, "结案")
    assert "已结案" in page.inner_text("main") and "责令改正" in page.inner_text("main")

    order = one.pdf(case, "劳动保障监察限期改正指令书")
    for said in ("样例物业有限公司", "取得证书前不得独立值班", "安全生产法", "行政复议", "监察员甲"):
        assert said in order, said
    assert "正在报名" in one.pdf(case, "劳动保障监察询问笔录")
    assert "限期改正指令书" in one.pdf(case, "送达回证")
    assert "建议立案" in one.pdf(case, "劳动保障监察立案审批表")

    phone = Desk(browser, live_server.url, "journey-two", width=390)
    for path in ("/inspection/cases/", "/inspection/screenings/", case.removeprefix(live_server.url)):
        phone.page.goto(f"{live_server.url}{path}")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert phone.page.evaluate(wide) == 0, path

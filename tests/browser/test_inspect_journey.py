"""An inspector's way in a real browser: from the picture of the country to closed cases with their papers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from chizheng.people.models import Account
from tests.browser.chromium import browser as chromium
from tests.browser.chromium import sign_in
from tests.factories.catalogue import OccupationFactory, RegionFactory
from tests.factories.inspection import FilingFactory, employer, inspector, leader

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "journey-2026-pass"
GATED = "消防设施操作员"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def town() -> dict[str, Account]:
    """An employer with two people in a gated post; two inspectors and a leader of the whole country."""
    OccupationFactory(name=GATED)
    RegionFactory()
    body = employer("样例物业有限公司")
    for n in (1, 2):
        FilingFactory(n=n, employer=body)
    people = {
        "one": inspector("", display="监察员甲"), "two": inspector("", display="监察员乙"), "chief": leader(""),
    }  # fmt: skip
    for name, account in people.items():
        account.username = f"journey-{name}"
        account.set_password(PASSWORD)
        account.save()
    return people


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the driver's loop runs in this thread
    with chromium() as opened:
        yield opened


class Desk:
    """One signed-in person's browser."""

    def __init__(self, browser: Browser, site: str, user: str, width: int = 1280) -> None:
        self.context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 900})
        self.page: Page = self.context.new_page()
        self.site = site
        sign_in(self.page, site, user, PASSWORD)

    def go(self, name: str) -> None:
        """By the links of the desk, as people go."""
        self.page.click(f".side a:text-is('{name}')")
        self.page.wait_for_load_state()

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

    def shown(self) -> str:
        return self.page.inner_text("main")


def begun(one: Desk, chief: Desk, violation: str) -> str:
    """A case registered, accepted, filed and assigned; gives its address."""
    page = one.page
    one.go("监察案件")
    page.click("main a:text-is('登记案件')")
    page.fill("[name=employer]", "样例物业有限公司")
    page.select_option("[name=violation]", violation)
    page.fill("[name=facts]", "两名值班人员没有消防设施操作员证书")
    page.fill("[name=act_start]", "2026-03-01")
    page.fill("[name=region]", "3201")
    page.click("main form button.btn")
    page.wait_for_selector("h1:has-text('劳监3201')")
    case = page.url
    one.step(case, "受理")
    chief.step(case, "批准立案")
    one.paper(case, "filing")
    one.step(case, "指派办案人员")
    return case


def test_from_the_picture_to_closed_cases(
    live_server: Any, town: dict[str, Account], browser: Browser
) -> None:
    one, chief = (Desk(browser, live_server.url, f"journey-{name}") for name in ("one", "chief"))
    page = one.page
    one.go("比对筛查")
    page.click("main button:text-is('开始比对')")  # the whole country: the officers' jurisdiction
    page.wait_for_selector("figure.chart svg")
    assert GATED in one.shown() and "赵**" in one.shown() and "赵示例" not in one.shown()

    # a violation that a law row punishes: a penalty's way is long, an order's shorter
    case = begun(one, chief, "special_work_without_licence")
    assert "第九十七条" in one.shown() and "调查期限" in one.shown()
    page.click("summary:text-is('固定证据')")
    page.fill("[name=title]", "比对发现")
    page.click("button:text-is('固定')")
    page.wait_for_selector("summary:has-text('比对发现')")
    one.paper(case, "inquiry", record="问：是否持证？答：正在报名。")
    one.step(case, "提交审核")
    chief.step(case, "责令改正")
    page.goto(case)
    assert "还需制作文书：劳动保障监察限期改正指令书" in one.shown()
    one.paper(case, "order", correction="相关人员取得证书前不得独立值班")
    one.step(case, "送达")
    one.paper(case, "receipt")
    one.step(case, "履行完毕")
    one.step(case, "结案")
    assert "已结案" in one.shown() and "责令改正" in one.shown() and "还需制作文书" not in one.shown()
    order = one.pdf(case, "劳动保障监察限期改正指令书")
    for said in (
        "样例物业有限公司：",
        "取得证书前不得独立值班",
        "安全生产法",
        "60日内申请行政复议",
        "监察员甲",
        "职业资格目录",
    ):
        assert said in order, said
    assert "正在报名" in one.pdf(case, "劳动保障监察询问笔录")
    assert "《劳动保障监察限期改正指令书》" in one.pdf(case, "送达回证")
    assert "建议立案" in one.pdf(case, "劳动保障监察立案审批表")

    # a violation nothing punishes today: said in words, with what is left
    other = begun(one, chief, "recruit_without_certificate")
    assert "没有可以引用的罚则，不能拟作处罚" in one.shown()
    assert not page.locator("main a.btn:text-is('事先告知')").count()
    one.paper(other, "advice")
    one.step(other, "提交审核")
    chief.step(other, "已改正，撤销立案")
    one.paper(other, "cancellation")
    one.step(other, "送达")
    one.step(other, "结案")
    assert "不予处罚" in one.pdf(other, "劳动保障监察建议书")

    chief.go("监察统计")
    assert "已改正，撤销立案" in chief.shown() and chief.page.locator("figure.chart svg").count() == 1

    phone = Desk(browser, live_server.url, "journey-two", width=390)
    for path in ("/inspection/cases/", "/inspection/screenings/", "/inspection/statistics/", case, other):
        phone.page.goto(path if path.startswith("http") else f"{live_server.url}{path}")
        assert phone.page.evaluate(WIDER) == 0, path

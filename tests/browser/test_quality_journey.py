"""From a flag to its decision, and from a cellar without a network to a report, in a real Chromium."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from chizheng.certificates.usecases.review_batch import list_session
from chizheng.people.models import Account
from chizheng.quality.models import Flag, Hold, SiteReport
from chizheng.quality.usecases.supervision import check_items
from chizheng.quality.usecases.surveillance import hold_flagged
from tests.browser.chromium import browser, sign_in
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, flag_on, sitting, task_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _database_beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in this thread, which Django would otherwise take for its own."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


PASSWORD = "correct horse 258"


def _open(account: Account) -> Account:
    account.set_password(PASSWORD)
    account.save()
    return account


def _png(path: Path) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"".join(b"\0" + bytes(3 * 8) for _ in range(8)))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    return path


def test_from_flag_to_decision_with_the_picture(live_server) -> None:
    session = sitting()
    hold_flagged(run=flag_on(session).run, now=NOW)
    batch = list_session(session=session, now=NOW)
    reviewer = _open(AccountFactory(role="centre"))
    with browser() as chromium:
        page = chromium.new_page(locale="zh-CN", viewport={"width": 1200, "height": 900})
        sign_in(page, live_server.url, reviewer.username, PASSWORD)
        # the list cannot be reviewed while the sitting waits
        page.goto(live_server.url + reverse("certificates:batch", args=[batch.uuid]))
        page.wait_for_selector("text=待质量复核")
        assert page.locator("button:has-text('审核通过')").count() == 0
        page.goto(f"{live_server.url}/quality/surveillance/")
        ranking = page.locator(".chart svg")
        assert "后验概率" in ranking.text_content() and session.station.name in ranking.text_content()
        page.click(f"td a:has-text('{session.station.name}')")
        picture = page.locator(".chart svg")
        box = picture.bounding_box()
        assert box is not None and box["width"] > 300 and box["height"] > 120
        assert "预期" in picture.text_content() and "人数" in picture.text_content()
        # a bar for each mark seen around the cut, and their heights tell of the heap just over it
        bars = picture.locator("g.mark-rect path")
        heights = [b["height"] for n in range(bars.count()) if (b := bars.nth(n).bounding_box())]
        assert max(heights) > 60
        page.click(f"a:has-text('{session.number}')")
        page.select_option("select[name=event]", "release")
        page.fill("textarea[name=reasons]", "已核对评分表与录像，成绩属实，予以放行。")
        page.click("button:has-text('记录决定')")
        page.wait_for_selector("text=已放行")
        assert Hold.objects.get().state == "released"
        page.goto(f"{live_server.url}/quality/flags/{Flag.objects.get().pk}/")
        page.click("button:has-text('据此登记案件')")
        page.wait_for_selector("text=立案调查")


def test_a_report_written_without_a_network_arrives_when_there_is_one(live_server, tmp_path: Path) -> None:
    session = sitting()
    account, task = task_of(session, AccountFactory(role="centre"))
    _open(account)
    with browser() as chromium:
        phone = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800})
        page = phone.new_page()
        sign_in(page, live_server.url, account.username, PASSWORD)
        page.goto(f"{live_server.url}/quality/onsite/")
        page.wait_for_selector("text=已联网")
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        phone.set_offline(True)
        page.reload()  # the shell opens without a network
        page.wait_for_selector("text=未联网")
        page.click(f"button:has-text('{session.number}')")
        page.fill("input[name=present]", "7")
        for check in check_items():
            page.select_option(f"select[name={check}]", "no" if check == "panel" else "yes")
        page.fill("textarea[name=remarks]", "考评组一人未佩证。")
        page.set_input_files("input[name=photographs]", str(_png(tmp_path / "room.png")))
        page.click("button:has-text('保存')")
        page.wait_for_selector("#queue [data-state=queued]")
        assert not SiteReport.objects.exists()
        phone.set_offline(False)
        page.wait_for_selector("#queue [data-state=sent]", timeout=15_000)
        report = SiteReport.objects.get(task=task)
        assert (report.present, report.listed, report.conformity["panel"]) == (7, 8, "no")
        assert report.photographs.count() == 1
        assert report.received_at - report.observed_at < timedelta(minutes=5)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

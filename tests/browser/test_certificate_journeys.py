"""In Chromium: the range query sends neither number, name nor code; a workbook is verified with progress."""

from __future__ import annotations

import json

import pytest

from chizheng.certificates import keyring, queries
from chizheng.certificates.core.register import bucket_digest
from chizheng.certificates.io.buckets import bucket_path, prefix_of
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_register import pointer_path, publish_buckets
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.platform.clock import now
from tests.browser.chromium import browser, sign_in
from tests.certificates.web.test_exceptions import workbook
from tests.factories.certificates import approved_batch
from tests.factories.people import AccountFactory, OrganisationFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_range_query_keeps_everything_in_the_browser(live_server, settings) -> None:
    keyring.make()
    hold_ceremony(now=now())
    row = issue_batch(batch=approved_batch(passes=1, fails=0), now=now()).certificates.get()
    record = queries.read_claims(row)
    settings.BUCKET_BITS = "5"  # neither whole bytes nor whole digits
    folder = publish_buckets(now=now())
    whole = bucket_digest(bytes.fromhex(folder.name), record.number, record.name, record.check_code)
    path = bucket_path(prefix_of(whole, 5))
    with browser() as chromium:
        page = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800}).new_page()
        asked: list[str] = []
        page.on("request", lambda r: asked.append(f"{r.method} {r.url} {r.post_data or ''}"))
        page.goto(f"{live_server.url}/verify/private/")
        page.wait_for_selector("#private[data-ready=yes]")
        asked.clear()

        def ask(number: str, name: str, code: str) -> tuple[str, str]:
            page.evaluate("document.getElementById('answer').hidden = true")
            for field, text in (("number", number), ("name", name), ("code", code)):
                page.fill(f"#{field}", text)
            page.click("#range-form button")
            page.wait_for_selector("#answer:not([hidden])")
            box = page.locator("#answer")
            return box.get_attribute("data-tone") or "", box.inner_text()

        spelled = f"{record.number[:4]} {record.number[4:]}", f" {record.name} ", record.check_code.lower()
        tone, text = ask(*spelled)
        assert tone == "ok" and "有效" in text and "中级" in text
        assert ask(record.number, record.name + "甲", record.check_code)[0] == "bad"
        assert ask(record.number, record.name, "12")[0] == "warn"
        fetched = [a for a in asked if "/buckets/" in a]
        assert fetched[1] == f"GET {live_server.url}/buckets/{folder.name}/{path} "
        said = " ".join(asked)
        assert record.number not in said and record.check_code not in said and "name" not in said
        bucket = folder / path
        raw = bytearray(bucket.read_bytes())
        raw[-70] ^= 1
        bucket.write_bytes(raw)

        def afresh() -> str:
            fresh = chromium.new_context(locale="zh-CN").new_page()
            fresh.goto(f"{live_server.url}/verify/private/")
            fresh.wait_for_selector("#private[data-ready=yes]")
            for field, text in (
                ("number", record.number),
                ("name", record.name),
                ("code", record.check_code),
            ):
                fresh.fill(f"#{field}", text)
            fresh.click("#range-form button")
            fresh.wait_for_selector("#answer:not([hidden])")
            return fresh.locator("#answer").inner_text()

        assert "签名不对" in afresh()
        # a server that names other bits has only its own signed files to hand out, and none says "absent"
        first = 0
        while not first:  # of one epoch in 32 the certificate stands in the first file, under any bits
            epoch = bytes.fromhex(publish_buckets(now=now()).name)
            first = prefix_of(bucket_digest(epoch, record.number, record.name, record.check_code), 5)
        pointer = json.loads(pointer_path().read_bytes())
        pointer_path().write_text(json.dumps(pointer | {"bits": 0}))
        assert "签名不对" in afresh()


def test_an_employer_has_a_workbook_verified(live_server, tmp_path) -> None:
    batch = issue_batch(batch=approved_batch(passes=2, fails=0), now=now())
    rows = [(c.number, queries.read_claims(c).name) for c in batch.certificates.order_by("order")] * 600
    sheet = tmp_path / "名单.xlsx"
    sheet.write_bytes(workbook(("证书编号", "姓名"), *rows))
    account = AccountFactory(
        role="employer", organisation=OrganisationFactory(kind="employer"), region="", username="hr-sample"
    )
    account.set_password("sample-pass-9")
    account.save()
    with browser() as chromium:
        page = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 860}).new_page()
        sign_in(page, live_server.url, "hr-sample", "sample-pass-9")
        page.goto(f"{live_server.url}/verify/sheets/")
        page.set_input_files("input[type=file]", str(sheet))
        page.click("main form.panel button.btn")
        page.wait_for_selector("text=下载标注的表格", timeout=30_000)
        assert "1200 / 1200" in page.inner_text("main")
        with page.expect_download() as download:
            page.click("text=下载标注的表格")
        assert download.value.suggested_filename == "名单-核验结果.xlsx"

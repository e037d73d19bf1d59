"""The offline page verifies with the network cut: green while fresh, amber when stale, red when revoked or forged."""

from __future__ import annotations

import json

import pytest

from chizheng.certificates import keyring, printing, queries
from chizheng.certificates.core.wording import VERDICTS
from chizheng.certificates.io import qr
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.platform.clock import now
from tests.browser.chromium import browser
from tests.certificates.web.test_exceptions import LEGACY, carried, legacy_row, receive, workbook
from tests.factories.certificates import approved_batch
from tests.factories.people import AccountFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("house")]


def test_verify_in_the_phone_with_the_network_cut(live_server) -> None:
    keyring.make()
    hold_ceremony(now=now())
    issue_batch(batch=approved_batch(passes=2, fails=0), now=now())
    good, bad = queries.published().select_related("batch").order_by("order")
    request = request_turn(
        certificate=bad, kind="revoke", reason_code="fraud", reason="样例", basis="样例", actor=AccountFactory(role="centre"),
        now=now(),
    )  # fmt: skip
    decide_turn(request=request, granted=True, actor=AccountFactory(role="authority"), now=now())
    publish_status(now=now())
    record = queries.read_claims(good)
    with browser() as chromium:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto(f"{live_server.url}/verify/offline/")
        page.wait_for_selector("#offline[data-ready=yes]")
        page.evaluate("navigator.serviceWorker.ready")
        context.set_offline(True)
        page.reload()
        page.wait_for_selector("#offline[data-ready=yes]")

        def ask(text: str) -> tuple[str, str, str]:
            page.fill("#code-text", text)
            page.click("#offline-form button")
            page.wait_for_timeout(150)
            box = page.locator("#answer")
            return (
                box.get_attribute("data-verdict") or "",
                box.get_attribute("data-colour") or "",
                box.inner_text(),
            )

        text = printing.code_text(good)
        verdict, colour, shown = ask(text)
        assert (verdict, colour) == ("valid", "green")
        assert record.name in shown and record.number in shown
        assert ask(printing.code_text(bad))[:2] == ("revoked", "red")
        assert ask("CZ1:" + text[4:-6] + ("A" if text[-6] != "A" else "B") + text[-5:])[1] == "red"
        assert ask("https://example.org/")[:2] == ("unreadable", "red")
        page.evaluate("const then = Date.now() + 86400000 * 400; Date.now = () => then")
        verdict, colour, shown = ask(text)
        assert (verdict, colour) == ("valid", "amber") and VERDICTS["stale"].zh in shown


def test_a_photograph_is_read_and_the_checks_are_those_of_the_library(live_server, tmp_path) -> None:
    keyring.make()
    hold_ceremony(now=now())
    issue_batch(batch=approved_batch(passes=1, fails=0), now=now())
    row = queries.published().select_related("batch").get()
    carried(receive("legacy", workbook(LEGACY, legacy_row(7, "0410012003400017"))).batch)
    old = queries.published().select_related("batch").get(number="0410012003400017")
    publish_status(now=now())
    photo = tmp_path / "photo.png"
    photo.write_bytes(qr.draw(printing.code_text(row)).png())
    detector = f"window.BarcodeDetector = class {{ async detect() {{ return [{{ rawValue: {json.dumps(printing.code_text(row))} }}] }} }}"
    with browser() as chromium:
        page = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800}).new_page()
        page.add_init_script(detector)
        page.goto(f"{live_server.url}/verify/offline/")
        page.wait_for_selector("#offline[data-ready=yes]")
        page.set_input_files("#picture", str(photo))
        page.wait_for_selector("#answer[data-colour=green]")
        assert queries.read_claims(row).name in page.inner_text("#answer")
        check = """async ([text, change, at, delay]) => {
            const { loadHeld, verify } = await import(document.querySelector("script[type=module]").src.replace("-page", ""));
            const held = await loadHeld(async (n) => new Uint8Array(await (await fetch("/public/" + n)).arrayBuffer()));
            Object.assign(held.issuers[0], change);
            const found = await verify(text, held, at ?? Date.now(), delay ?? 30);
            return [found.verdict, found.colour, found.reasons[0]];
        }"""

        def judged(change=None, at=None, delay=None, one=row):
            return page.evaluate(check, [printing.code_text(one), change or {}, at, delay])

        assert judged() == ["valid", "green", "signed"]
        assert judged(one=old) == ["legacy", "amber", "legacy"]
        assert judged({"to": "2000-01-01"}) == ["forged", "red", "key_period"]
        assert judged({"spans": [{"log": "00000000", "first": 0, "end": None}]}) == [
            "forged",
            "red",
            "key_cut_off",
        ]
        assert judged(at=0) == ["forged", "red", "not_yet"]
        assert judged(delay=-1) == ["forged", "red", "backdated"]

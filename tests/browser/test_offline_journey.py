"""The offline page verifies with the network cut: green while fresh, amber when stale, red when revoked or forged."""

from __future__ import annotations

import pytest

from chizheng.certificates import keyring, printing, queries
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.platform.clock import now
from tests.browser.chromium import browser
from tests.factories.certificates import approved_batch
from tests.factories.people import AccountFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_verify_in_the_phone_with_the_network_cut(live_server) -> None:
    keyring.make()
    hold_ceremony(now=now())
    issue_batch(batch=approved_batch(passes=2, fails=0), now=now())
    good, bad = queries.published().select_related("batch", "envelope").order_by("order")
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
        page.evaluate("Date.now = () => 4102444800000")
        assert ask(text)[:2] == ("valid", "amber")

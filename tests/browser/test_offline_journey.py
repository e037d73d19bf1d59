"""The offline page verifies with the network cut: green while fresh, amber when stale, red when revoked or forged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from chizheng.certificates import keyring, printing, queries
from chizheng.certificates.core.note import ED25519, VerifierKey
from chizheng.certificates.core.trust import SignedList
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
        assert not page.locator("#trust-fault").is_visible() and not page.locator("#answer").is_visible()

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
            const keep = { pinned: JSON.parse(document.getElementById("offline-roots").textContent), read: () => null, write() {} };
            const get = async (n) => new Uint8Array(await (await fetch("/public/" + n)).arrayBuffer());
            const held = await loadHeld(get, keep, Date.now());
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


def test_a_trust_list_counts_only_with_the_signature_of_the_roots_first_seen(live_server) -> None:
    keyring.make()
    hold_ceremony(now=now())
    issue_batch(batch=approved_batch(passes=1, fails=0), now=now())
    text = printing.code_text(queries.published().select_related("batch").get())
    publish_status(now=now())
    file, root = keyring.trust_list(), keyring.private("root")
    first = SignedList.parse(file.read_bytes())

    def signed(who=root, signer=None, **change) -> bytes:
        whole = SignedList(replace(first.list, **change), ())
        return bytes(whole.signed(who.name, signer or who.signer))

    class Stranger:
        key = SigningKey(b"s" * 32)
        public = bytes(key.verify_key)

        def sign(self, message: bytes) -> bytes:
            return self.key.sign(message).signature

    stranger = Stranger()
    theirs = VerifierKey(root.name, ED25519, stranger.public)
    second = signed(sequence=first.list.sequence + 1)
    forged = json.loads(second)
    forged["list"]["issuers"][0]["code"] = "77"
    broken = json.loads(second)
    broken["list"]["sequence"] += 1
    with browser() as chromium:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800})
        page = context.new_page()

        def opened(content: bytes) -> tuple[str, str, str]:
            """What the page says of the list, and the verdict and colour of a genuine certificate then."""
            file.write_bytes(content)
            page.goto(f"{live_server.url}/verify/offline/")
            page.wait_for_selector("#offline[data-ready]")
            page.fill("#code-text", text)
            page.click("#offline-form button")
            page.wait_for_selector("#answer:not([hidden])")
            page.wait_for_timeout(150)
            box = page.locator("#answer")
            return (
                page.get_attribute("#trust-fault", "data-code") or "",
                box.get_attribute("data-verdict") or "",
                box.get_attribute("data-colour") or "",
            )

        # nothing is held yet: what the roots of the page did not sign opens nothing
        assert opened(json.dumps(forged).encode()) == ("trust_threshold", "unreadable", "red")
        assert opened(second) == ("", "valid", "green")
        assert opened(bytes(first)) == ("trust_rollback", "valid", "amber")
        assert "旧" in page.inner_text("#trust-fault")
        assert opened(json.dumps(broken).encode()) == ("trust_threshold", "valid", "amber")
        # whoever has the server pins other roots and signs with them: the roots held still judge
        other = signed(sequence=9, roots=(theirs,), signer=stranger)
        assert opened(other) == ("trust_threshold", "valid", "amber")
        assert opened(signed(sequence=5, expires=int(now().timestamp()) - 1)) == (
            "trust_expired", "valid", "amber",
        )  # fmt: skip
        assert opened(signed(sequence=6)) == ("", "valid", "green")
        # a rotation signed by both goes through, and from then on the new root judges
        both = SignedList(replace(first.list, sequence=7, roots=(theirs,)), ())
        both = both.signed(root.name, root.signer).signed(root.name, stranger)
        assert opened(bytes(both)) == ("", "valid", "green")
        assert opened(signed(sequence=8)) == ("trust_threshold", "valid", "amber")

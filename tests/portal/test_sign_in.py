"""Signing in: guessing ends, a planted session is worth nothing, nobody is sent elsewhere; headers of every page."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from chizheng.people.models import Account, FailedSignIn
from chizheng.platform.clock import now
from chizheng.platform.models import LedgerEntry
from chizheng.platform.roles import Role

pytestmark = pytest.mark.django_db
WORD = "a-long-pass-phrase"


@pytest.fixture
def clerk() -> Account:
    return Account.objects.create_account(username="clerk", password=WORD, role=Role.CENTRE, region="32")


def attempt(client: Client, name: str = "clerk", word: str = "wrong", **more: str) -> int:
    return client.post("/login/", {"username": name, "password": word, **more}).status_code


def test_guessing_ends_also_for_the_right_word_and_starts_anew_after_the_window(clerk: Account) -> None:
    client = Client()
    assert [attempt(client) for _ in range(6)] == [422] * 5 + [429]
    assert attempt(Client(REMOTE_ADDR="10.9.9.9"), word=WORD) == 429, "another network does not help"
    assert LedgerEntry.objects.filter(verb="people.sign_in_locked", subject_id=str(clerk.pk)).count() == 1
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert attempt(client, word=WORD) == 302
    assert not FailedSignIn.objects.exists()


def test_a_name_nobody_bears_is_treated_the_same(clerk: Account) -> None:
    client = Client()
    assert [attempt(client, name="nobody") for _ in range(6)] == [422] * 5 + [429]
    assert attempt(client, word=WORD) == 302


def test_one_network_cannot_try_names_in_turn(clerk: Account) -> None:
    client = Client()
    assert {attempt(client, name=f"n{n}") for n in range(50)} == {422}
    assert attempt(client, word=WORD) == 429
    assert attempt(Client(REMOTE_ADDR="10.9.9.9"), word=WORD) == 302


def test_signing_in_changes_the_session_and_ends_with_the_account(clerk: Account) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    assert attempt(client, word=WORD) == 302
    assert client.session.session_key != planted
    assert client.get("/desk/").status_code == 200
    Account.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.get("/desk/").status_code == 302, "a switched-off account is out at once"
    assert attempt(Client(), word=WORD) == 422


def test_a_change_of_region_counts_from_the_next_click(clerk: Account) -> None:
    client = Client()
    client.force_login(clerk)
    Account.objects.filter(pk=clerk.pk).update(region="44")
    assert client.get("/desk/").wsgi_request.user.region == "44"


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "/\\elsewhere.example"],
)
def test_nobody_is_sent_elsewhere(clerk: Account, target: str) -> None:
    answer = Client().post("/login/", {"username": "clerk", "password": WORD, "next": target})
    assert answer.headers["Location"] == "/desk/"
    assert Client().post("/language/", {"language": "en", "next": target}).headers["Location"] == "/"


def test_a_form_without_its_token_is_refused(clerk: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    assert attempt(client, word=WORD) == 403
    assert client.post("/language/", {"language": "en"}, headers={"HX-Request": "true"}).status_code == 403


def test_another_host_name_is_refused() -> None:
    assert Client().get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_every_page_carries_its_headers(clerk: Account) -> None:
    client = Client()
    attempt(client, word=WORD)
    for where in ("/", "/desk/", "/verify/", "/nothing-here/"):
        found = client.get(where).headers
        policy = found["Content-Security-Policy"]
        assert (
            "object-src 'none'" in policy
            and "frame-ancestors 'none'" in policy
            and "base-uri 'none'" in policy
        )
        assert "script-src 'self' 'wasm-unsafe-eval'" in policy
        assert found["X-Frame-Options"] == "DENY" and found["X-Content-Type-Options"] == "nosniff"
        assert found["Referrer-Policy"] == "same-origin"
        assert ("camera=(self)" in found["Permissions-Policy"]) == (where == "/verify/")
        assert found["Cache-Control"] == "no-store"
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"

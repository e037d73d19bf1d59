"""What browsers are told in production: settings behind TLS, read as a server process reads them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.test import Client, override_settings

from tests.factories.people import AccountFactory

_ASK = """
import json
from chizheng.platform import settings as s
print(json.dumps({n: getattr(s, n) for n in (
    "DEBUG", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "SECURE_PROXY_SSL_HEADER", "SECURE_REFERRER_POLICY", "SECURE_CONTENT_TYPE_NOSNIFF",
    "X_FRAME_OPTIONS")}))
"""


@pytest.fixture(scope="module")
def production() -> dict[str, object]:
    env = {
        **os.environ,
        "CHIZHENG_TLS": "1",
        "DATABASE_URL": "postgresql://nobody@/none",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    for name in ("CHIZHENG_HSTS", "CHIZHENG_DEBUG"):
        env.pop(name, None)
    found = subprocess.run([sys.executable, "-c", _ASK], env=env, capture_output=True, check=True)
    told: dict[str, object] = json.loads(found.stdout)
    return told


def test_cookies_go_over_tls_only_and_browsers_come_back_by_it(production: dict[str, object]) -> None:
    assert production == {
        "DEBUG": False, "SECURE_HSTS_SECONDS": 31_536_000, "SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax",
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"], "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True, "X_FRAME_OPTIONS": "DENY",
    }  # fmt: skip


@pytest.mark.django_db
def test_every_page_says_what_may_load_and_who_may_be_told(production: dict[str, object]) -> None:
    with override_settings(**{k: tuple(v) if isinstance(v, list) else v for k, v in production.items()}):
        answer = Client().get("/login/", secure=True, headers={"x-forwarded-proto": "https"})
    policy = answer["Content-Security-Policy"]
    assert (
        "default-src 'self'" in policy
        and "frame-ancestors 'none'" in policy
        and "object-src 'none'" in policy
    )
    scripts = next(part for part in policy.split(";") if "script-src" in part)
    assert "unsafe-inline" not in scripts and "http" not in scripts
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
    assert answer["Referrer-Policy"] == "same-origin" and answer["X-Content-Type-Options"] == "nosniff"
    assert answer.cookies["csrftoken"]["secure"]


@pytest.mark.django_db
def test_signing_in_begins_a_new_session() -> None:
    """Whoever planted a session in somebody's browser holds nothing once that person signs in."""
    account = AccountFactory()
    account.set_password("a long pass phrase")
    account.save()
    client = Client()
    client.session.save()  # a session from before
    client.cookies["sessionid"] = client.session.session_key or ""
    before = client.session.session_key
    client.post("/login/", {"username": account.username, "password": "a long pass phrase"})
    after = client.session
    assert after.get("_auth_user_id") == str(account.pk) and after.session_key != before

"""Who may open what: every page of the URL map is declared, and the declaration is held."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chizheng.people.models import Account, Organisation
from chizheng.platform.access import Access
from chizheng.platform.roles import Role


def _pages(resolver: URLResolver | None = None) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "ninja":
                yield from _pages(pattern)
        else:
            yield str(pattern.pattern), pattern


PAGES = dict(_pages())


def test_every_page_declares_who_may_open_it() -> None:
    undeclared = [
        name for name, p in PAGES.items() if not isinstance(getattr(p.callback, "access", None), Access)
    ]
    assert undeclared == []


PLAIN = sorted(name for name in PAGES if "<" not in name)


@pytest.fixture
def accounts(db: None) -> dict[str, Account]:
    body = Organisation.objects.create(name="甲单位", kind="other", region="3201")
    return {
        role: Account.objects.create_account(
            username=f"m-{role}", password=None, role=Role(role), region="32", organisation=body
        )
        for role in Role.values
    }


@pytest.mark.django_db
@pytest.mark.parametrize("page", PLAIN)
def test_the_declaration_is_held_for_every_role(page: str, accounts: dict[str, Account]) -> None:
    access: Access = PAGES[page].callback.access
    for role, account in accounts.items():
        client = Client()
        client.force_login(account)
        status = client.get(f"/{page}").status_code
        if access.allows(role):
            assert status not in (403, 500), f"{role} should open /{page}"
        else:
            assert status == 403, f"{role} must not open /{page}"
    anonymous = Client().get(f"/{page}")
    if access.public:
        assert anonymous.status_code not in (403, 500)
        assert not anonymous.headers.get("Location", "").startswith("/login/")
    else:
        assert anonymous.status_code == 302
        assert anonymous.headers["Location"].startswith("/login/")


@pytest.mark.django_db
def test_a_page_without_declaration_is_refused(accounts: dict[str, Account], settings, monkeypatch) -> None:
    from chizheng.portal import views

    monkeypatch.delattr(views.home, "access")
    client = Client()
    client.force_login(accounts["administrator"])
    assert client.get("/").status_code == 403

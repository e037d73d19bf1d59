"""How the tests of quality's pages open them."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from chizheng.people.models import Account


def url(name: str, *args: object) -> str:
    return reverse(f"quality:{name}", args=args)


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def text(response: Any) -> str:
    return response.content.decode()

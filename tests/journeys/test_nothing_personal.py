"""After the demo's journeys: no name, document number or telephone number in the ledger, in what is logged, or in any
address that a page of any desk leads to. Addresses end up in access logs, histories and referrers."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_plus, urldefrag, urljoin, urlsplit

import pytest
from django.apps import apps
from django.test import Client

from chizheng.people.models import Account, Document, Person
from chizheng.platform.models import LedgerEntry
from chizheng.platform.roles import Role
from chizheng.portal.demo import build
from tests.journeys.test_demo import house as own_house

NOW = datetime(2026, 9, 1, 4, tzinfo=UTC)
house = own_house
PER_DESK = 25
"""Pages opened by each desk: the lists, and the first of what they lead to."""

_LINKS = re.compile(r"""\b(?:href|action|src|hx-get|hx-post|data-url)=(?:"([^"]*)"|'([^']*)')""")
_PHONE = re.compile(r"(?<![0-9a-fA-F])1[3-9]\d{9}(?![0-9a-fA-F])")  # not a piece of a digest


def _secrets() -> tuple[set[str], set[str]]:
    """(names of people, numbers of documents and telephones) as the database holds them now."""
    names = {n for n in Person.objects.values_list("name", flat=True) if len(n) >= 2}
    numbers = {d.number for d in Document.objects.all()}
    for model in apps.get_models():
        for field in model._meta.concrete_fields if model.__module__.startswith("chizheng.") else ():
            if field.name in ("phone", "document", "number") and not field.is_relation:
                values = [str(v) for v in model._default_manager.values_list(field.name, flat=True) if v]
                numbers |= {v for v in values if field.name == "phone" or re.fullmatch(r"\d{17}[\dXx]", v)}
    return names, numbers


def _found(text: str, names: set[str], numbers: set[str]) -> list[str]:
    """What of people stands in a text."""
    hits = [n for n in numbers if n in text] + _PHONE.findall(text)
    return hits + [n for n in names if n in text]


def _addresses(page: str, base: str) -> Iterator[str]:
    for double, single in _LINKS.findall(page):
        address = urldefrag(urljoin(base, html.unescape(double or single))).url
        if urlsplit(address).scheme in ("", "http", "https"):
            yield address


def _visit(account: Account | None, names: set[str], numbers: set[str]) -> tuple[set[str], list[str]]:
    """Addresses asked for by one desk, and those among all it was shown that say who somebody is."""
    client = Client()
    if account is not None:
        client.force_login(account)
    todo, asked, shown = ["/desk/", "/"], set[str](), set[str]()
    shapes: dict[str, int] = {}
    while todo and len(asked) < PER_DESK:
        address = todo.pop(0)
        shape = re.sub(r"[0-9a-f-]{8,}|\d+", "*", urlsplit(address).path)
        if address in asked or shapes.get(shape, 0) >= 2 or "/sign-out" in address or "/log/" in address:
            continue
        shapes[shape] = shapes.get(shape, 0) + 1
        asked.add(address)
        answer = client.get(address, headers={"accept": "text/html"})
        assert answer.status_code < 500, address
        if where := answer.headers.get("Location"):
            shown.add(urljoin(address, where))
            todo.append(urljoin(address, where))
        if not answer.headers.get("Content-Type", "").startswith("text/html") or answer.streaming:
            continue
        for link in _addresses(answer.content.decode(), address):
            shown.add(link)
            if link.startswith("/"):
                todo.append(link)
    said = [a for a in sorted(shown | asked) if _found(unquote_plus(a), names, numbers)]
    return asked, said


@pytest.mark.slow  # the whole demo is built, and thirteen desks are walked
@pytest.mark.django_db(transaction=True)
def test_who_people_are_is_in_no_ledger_log_or_address(house: Path) -> None:
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.name} {record.getMessage()}")

    ear = Ear(logging.INFO)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(ear)
    root.setLevel(logging.INFO)
    try:
        build(seed=258, now=NOW, tell=heard.append, sittings=7, size=4)
        names, numbers = _secrets()
        assert len(names) > 20 and len(numbers) > 20
        visited: dict[str, int] = {}
        telling: dict[str, list[str]] = {}
        for role in ("", *Role.values):
            account = Account.objects.filter(role=role, is_active=True).order_by("pk").first()
            if role and account is None:
                continue
            asked, said = _visit(account, names, numbers)
            visited[role] = len(asked)
            telling |= {role: said} if said else {}
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
    assert telling == {}
    assert min(visited.values()) >= 5 and sum(visited.values()) > 150, visited
    assert [line for line in heard if _found(line, names, numbers)] == []
    told = {
        f"{entry.verb} {entry.pk}": hits
        for entry in LedgerEntry.objects.all()
        if (hits := _found(f"{json.dumps(entry.detail, ensure_ascii=False)} {entry.basis}", names, numbers))
    }
    assert told == {}
    assert LedgerEntry.objects.count() > 100

"""The desk: its menu by context, and what waits for its reader; gathered from the contexts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.functional import Promise

from chizheng.people.models import Account
from chizheng.platform.menu import MenuEntry, Waiting
from chizheng.portal.rooms import modules


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A context's links on one desk."""

    title: str | Promise
    entries: tuple[MenuEntry, ...]


@lru_cache(maxsize=1)
def _all() -> tuple[MenuGroup, ...]:
    return tuple(MenuGroup(m.TITLE, tuple(m.ENTRIES)) for _, m in modules("menu"))


def menu_of(role: str) -> list[MenuEntry]:
    """Entries of a role, in order."""
    return sorted((e for g in _all() for e in g.entries if role in e.roles), key=lambda e: e.order)


def groups_of(role: str) -> list[MenuGroup]:
    """Entries of a role by context; the context whose first link comes first on that desk leads."""
    groups = [
        MenuGroup(g.title, tuple(sorted((e for e in g.entries if role in e.roles), key=lambda e: e.order)))
        for g in _all()
    ]
    return sorted((g for g in groups if g.entries), key=lambda g: g.entries[0].order)


def waiting_for(account: Account, on: date) -> list[Waiting]:
    """What waits for an account, the pressing first; nothing that is empty."""
    return sorted((w for w in _waiting(account, on) if w.count), key=lambda w: not w.pressing)


def _waiting(account: Account, on: date) -> Iterator[Waiting]:
    for _, module in modules("waiting"):
        yield from module.waiting(account, on)

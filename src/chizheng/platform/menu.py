"""Entries of the desks' menus; each context lists its own in `<context>/menu.py`, the portal gathers them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from chizheng.platform.roles import Role


@dataclass(frozen=True)
class MenuEntry:
    """A link on the desks of `roles`; `order` sorts within the desk (tens by context)."""

    label: str | Promise
    url_name: str
    roles: frozenset[Role]
    order: int = 50
    hint: str | Promise = ""


def entry(
    label: str | Promise, url_name: str, *roles: Role, order: int = 50, hint: str | Promise = ""
) -> MenuEntry:
    return MenuEntry(label, url_name, frozenset(roles), order, hint)

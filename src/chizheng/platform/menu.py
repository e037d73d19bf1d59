"""What a desk shows: each context lists its links in `<context>/menu.py` under a `TITLE`, and what waits for
an account in `<context>/waiting.py`; the portal gathers both."""

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


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that waits for the reader of a desk 待办: how many of it, and the page where it is done.

    `pressing`: somebody is kept waiting past a date, or may do nothing until the reader has.
    """

    label: str | Promise
    count: int
    url_name: str
    query: str = ""
    pressing: bool = False

"""The desk's menu, gathered from the contexts."""

from __future__ import annotations

from functools import lru_cache

from chizheng.platform.menu import MenuEntry
from chizheng.portal.rooms import modules


@lru_cache(maxsize=1)
def _all() -> tuple[MenuEntry, ...]:
    return tuple(e for _, module in modules("menu") for e in module.ENTRIES)


def menu_of(role: str) -> list[MenuEntry]:
    """Entries of a role, in order."""
    return sorted((e for e in _all() if role in e.roles), key=lambda e: e.order)

"""Which contexts have pages, menus and API routers; the one list the portal goes by."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

CONTEXTS = ("people", "catalogue", "assessment", "quality", "certificates", "access", "inspection")


def modules(floor: str) -> list[tuple[str, ModuleType]]:
    """(context, module) of every context that has the floor, e.g. `modules("menu")`."""
    return [
        (context, import_module(f"chizheng.{context}.{floor}"))
        for context in CONTEXTS
        if find_spec(f"chizheng.{context}.{floor}") is not None
    ]

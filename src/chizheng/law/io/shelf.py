"""The shelf the law stands on: the shipped texts, or those of a folder (reforms, tests)."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from chizheng.law.reader import read
from chizheng.law.types import Law


@cache
def law() -> Law:
    """The shipped law; read once per process, never changed after."""
    return law_from(resources.files("chizheng.law") / "data")


def law_from(folder: Traversable) -> Law:
    """The law that the `*.yaml` files below `folder` (a `Path` will do) say; raises LawDataFault."""
    return read(texts_of(folder))


def texts_of(folder: Traversable, prefix: str = "") -> dict[str, str]:
    """File name (below `folder`, with `/`) to text, for all YAML files."""
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= texts_of(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            found[prefix + entry.name] = entry.read_text(encoding="utf-8")
    return found

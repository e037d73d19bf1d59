"""The words of business scopes, from `access/data/scopes.yaml`, with the official names beside them."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from chizheng.law.io.shelf import law
from chizheng.law.types import GRADED


@cache
def scope_words() -> dict[str, str]:
    """Word of a scope to official occupation name."""
    text = (resources.files("chizheng.access") / "data" / "scopes.yaml").read_text(encoding="utf-8")
    words = {word: name for name, listed in yaml.safe_load(text).items() for word in listed}
    return {name: name for name in law().gated_names if name != GRADED} | words

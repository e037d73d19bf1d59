"""The definitions in SQL, read from the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from chizheng.inspection.core.portable import compose
from chizheng.inspection.core.screening import Depth


@cache
def read(name: str) -> str:
    """One text of `inspection/core`, e.g. `gated`."""
    return files("chizheng.inspection.core").joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def definition(depth: Depth) -> str:
    """The whole screening definition over `employment`, `gates` and `covers`, as one statement."""
    tail = "screening" if depth is Depth.FIRST_DAY else "uncovered"
    return compose(read(tail), gated=read("gated"))


@cache
def overgating() -> str:
    """The over-gating definition over `demands` and `bases`."""
    return compose(read("overgating"))

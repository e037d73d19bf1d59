"""What the pages of the certificates share: names of levels."""

from __future__ import annotations

from chizheng.law.io.shelf import law
from chizheng.platform.faults import language


def level_name(level: object) -> str:
    names = law().level_names
    return names[level].say(language()) if isinstance(level, int) and level in names else ""

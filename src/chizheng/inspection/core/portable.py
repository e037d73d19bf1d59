"""Putting the portable texts together: relations before a text, dates into it.

What a portable text may contain is in `subset`, which the tests check; nothing here needs a parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date


def compose(text: str, **relations: str) -> str:
    """`text` with named relations put before it as common table expressions; comments dropped.

    >>> print(compose("SELECT a FROM t", t="SELECT 1 AS a"))
    WITH t AS (
    SELECT 1 AS a
    )
    SELECT a FROM t
    """
    if not relations:
        return _bare(text)
    ctes = [f"{name} AS (\n{_bare(body)}\n)" for name, body in relations.items()]
    body = _bare(text)
    if body.startswith("WITH "):
        return f"WITH {', '.join(ctes)}, {body[5:]}"
    return f"WITH {', '.join(ctes)}\n{body}"


def _bare(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--")).strip()


def fill(text: str, days: Mapping[str, date]) -> str:
    """Put dates in the place of `:name`; only dates can be filled in, so nothing can be injected.

    >>> fill("SELECT :day", {"day": date(2026, 1, 2)})
    "SELECT DATE '2026-01-02'"
    """
    return re.sub(r":([a-z_]+)", lambda m: f"DATE '{days[m.group(1)].isoformat()}'", text)

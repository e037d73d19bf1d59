"""Gate rows as plain JSON and back: what an edition of the law keeps, so that "what we knew then" can be asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from chizheng.kernel.periods import Period
from chizheng.law.types import Act, Citation, GateKind, GateRow


def to_plain(rows: Iterable[GateRow]) -> list[dict[str, Any]]:
    """Rows in a stable order, every field kept."""
    return sorted(map(_plain, rows), key=lambda r: json.dumps(r, sort_keys=True))


def from_plain(rows: Sequence[dict[str, Any]]) -> tuple[GateRow, ...]:
    """`from_plain(to_plain(rows))` holds the same rows."""
    return tuple(_row(r) for r in rows)


def digest(rows: Sequence[dict[str, Any]]) -> str:
    """SHA-256 of the rows; two editions of one digest say the same."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(r: GateRow) -> dict[str, Any]:
    c = r.citation
    return {
        "key": r.key, "occupation": r.occupation, "acts": sorted(a.value for a in r.acts), "level": r.level,
        "place": r.place, "from": r.period.start.isoformat(), "to": _day(r.period.end), "kind": r.kind.value,
        "cite": [c.instrument, c.title, c.number, c.article, c.verified], "verified": r.verified, "group": r.group,
        "scope": r.scope, "transition_until": _day(r.transition_until), "note": r.note, "authority": r.authority,
    }  # fmt: skip


def _row(r: dict[str, Any]) -> GateRow:
    return GateRow(
        key=r["key"], occupation=r["occupation"], acts=frozenset(Act(a) for a in r["acts"]), level=r["level"],
        place=r["place"], period=Period(date.fromisoformat(r["from"]), _date(r["to"])), kind=GateKind(r["kind"]),
        citation=Citation(*r["cite"]), verified=r["verified"], group=r["group"], scope=r["scope"],
        transition_until=_date(r["transition_until"]), note=r["note"], authority=r["authority"],
    )  # fmt: skip


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

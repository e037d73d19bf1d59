"""Gate rows as plain values and back: what an edition of the law is stored as."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chizheng.kernel.periods import Period
from chizheng.law.types import Act, Citation, GateKind, GateRow


def plain(row: GateRow) -> dict[str, Any]:
    """A row as JSON values."""
    c = row.citation
    return {
        "key": row.key, "occupation": row.occupation, "acts": sorted(row.acts), "level": row.level,
        "place": row.place, "from": row.period.start.isoformat(),
        "to": row.period.end.isoformat() if row.period.end else None, "kind": row.kind.value,
        "citation": [c.instrument, c.title, c.number, c.article, c.verified], "verified": row.verified,
        "group": row.group, "scope": row.scope, "note": row.note, "authority": row.authority,
        "transition_until": row.transition_until.isoformat() if row.transition_until else None,
    }  # fmt: skip


def row_of(value: Mapping[str, Any]) -> GateRow:
    """A row from its JSON values."""
    until = value["transition_until"]
    return GateRow(
        key=value["key"], occupation=value["occupation"], acts=frozenset(Act(a) for a in value["acts"]),
        level=value["level"], place=value["place"],
        period=Period(date.fromisoformat(value["from"]), date.fromisoformat(value["to"]) if value["to"] else None),
        kind=GateKind(value["kind"]), citation=Citation(*value["citation"]), verified=value["verified"],
        group=value["group"], scope=value["scope"], note=value["note"], authority=value["authority"],
        transition_until=date.fromisoformat(until) if until else None,
    )  # fmt: skip


def digest(rows: Iterable[GateRow]) -> str:
    """Hex SHA-256 of rows, whatever their order: equal lists have equal digests."""
    texts = sorted(json.dumps(plain(r), sort_keys=True, ensure_ascii=False) for r in rows)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()

"""What entries look like, for the auditor: members, their types, and nothing beside them."""

from __future__ import annotations

from typing import Any

from chizheng.certificates.core.audit_bytes import read_cbor

CERT_FORM = (str, bytes, str, int, int)
FORMS: dict[str, dict[str, type]] = {
    "ROSTER": {
        "sitting": str,
        "place": str,
        "occupation": str,
        "level": int,
        "window": str,
        "starts_at": int,
        "count": int,
        "root": bytes,
        "nullifiers": list,
    },
    "ADDENDUM": {"sitting": str, "count": int, "root": bytes, "nullifiers": list, "reason": str},
    "ATTEND": {"sitting": str, "count": int, "root": bytes},
    "SUBMIT": {"sitting": str, "count": int, "root": bytes},
    "SCORE": {"sitting": str, "count": int, "passes": int, "root": bytes},
    "ISSUE": {"count": int, "numbers": list},
    "STATUS": {"year": int, "slot": int, "turn": str, "reason": str, "approvers": list},
    "CORRECTION": {
        "of": str,
        "corrects": str,
        "sitting": str,
        "count": int,
        "root": bytes,
        "reason": str,
        "approvers": list,
    },
    "EXCEPTION": {
        "cause": str,
        "place": str,
        "count": int,
        "root": bytes,
        "reason": str,
        "approvers": list,
    },
    "ANNUL": {"sitting": str, "reason": str, "approvers": list},
    "LEDGER": {"number": int, "after": int, "until": int, "count": int, "before": bytes, "head": bytes},
}
OPTIONAL: dict[str, dict[str, type]] = {
    "ISSUE": {"sitting": str, "score": str, "nullifiers": list, "exception": str, "conflicts": list},
    "STATUS": {"sitting": str},
    "CORRECTION": {"passes": int},
}


def read_entry(raw: bytes) -> dict[str, Any] | list[Any]:
    """An entry with its members checked for presence and type."""
    entry = read_cbor(raw)
    if isinstance(entry, list):
        if tuple(type(m) for m in entry) != CERT_FORM or entry[0] != "CERT" or len(entry[1]) != 32:
            raise ValueError("an array that is no CERT leaf")
        return entry
    if not isinstance(entry, dict) or entry.get("v") != 1:
        raise ValueError("not an entry of version 1")
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in FORMS:
        raise ValueError(f"unknown kind {kind!r}")
    form = {"v": int, "kind": str, "at": int, **FORMS[kind]}
    optional = OPTIONAL.get(kind, {})
    for name, value in entry.items():
        wanted = form.get(name) or optional.get(name)
        if wanted is None or type(value) is not wanted:
            raise ValueError(f"member '{name}'")
    missing = form.keys() - entry.keys()
    if missing:
        raise ValueError(f"without '{min(missing)}'")
    if any(entry[n] < 0 for n in ("at", "count", "passes", "slot") if n in entry):
        raise ValueError("a negative number")
    return entry

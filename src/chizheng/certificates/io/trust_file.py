"""A verifier's own file: keys, known institutions and status, all that an offline check needs, as JSON.

    {"format": "chizheng/offline/v1",
     "issuers": [{"algorithm": "ed25519", "public": "<base64>", "authority": "3200", "did": "did:web:…",
                  "name": "…", "name_en": "…", "from": "2026-01-01", "to": null,
                  "spans": [{"log": "01020304", "first": 0, "end": 900}]}],
     "logs": [{"algorithm": "ed25519", "public": "<base64>", "id": "01020304", "origin": "…"}],
     "institutions": ["10012003"],
     "status": {"as_of": "2026-11-24T12:00:00+08:00",
                "years": {"2026": {"revoked": [17], "suspended": [], "superseded": []}}}}

It carries no signature: it is the verifier's own extract of lists that were checked when it was made.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from chizheng.certificates.core import keys
from chizheng.certificates.core.verification import IssuerKey, LogKey, Span, Status, aware
from chizheng.certificates.io.wording import FAULTS
from chizheng.kernel.errors import BadInput
from chizheng.kernel.periods import Period

FORMAT = "chizheng/offline/v1"
MAX_BYTES = 64_000_000


@dataclass(frozen=True)
class OfflineTrust:
    """A TrustView over plain mappings."""

    issuers: Mapping[bytes, IssuerKey]
    logs: Mapping[bytes, LogKey]
    institutions: frozenset[str]
    statuses: Mapping[int, Mapping[int, Status]]
    as_of: datetime | None

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        return self.issuers.get(key_id)

    def log(self, log_id: bytes) -> LogKey | None:
        return self.logs.get(log_id)

    def status(self, year: int, index: int) -> Status | None:
        shard = self.statuses.get(year)
        return None if shard is None else shard.get(index, Status.VALID)

    def recognises(self, institution: str) -> bool:
        return institution in self.institutions


def load(path: Path) -> OfflineTrust:
    """Read a trust file; raises BadInput (`no_file`, `bad_trust_file`)."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _fault(path.name, "-", f"> {MAX_BYTES} bytes")
        raw = path.read_bytes()
    except OSError:
        raise BadInput("no_file", FAULTS["no_file"], name=str(path)) from None
    return parse(raw, path.name)


def parse(raw: bytes, name: str = "") -> OfflineTrust:
    """The trust in a file's bytes."""
    try:
        whole = json.loads(raw)
    except (ValueError, RecursionError):
        raise _fault(name, "-", "JSON") from None
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise _fault(name, "format", f"!= {FORMAT}")
    field = "issuers"
    try:
        issuers = [_issuer(row) for row in whole["issuers"]]
        field = "logs"
        logs = [_log(row) for row in whole["logs"]]
        field = "institutions"
        institutions = frozenset(str(code) for code in whole.get("institutions", ()))
        field = "status"
        status = whole.get("status") or {}
        as_of = aware(datetime.fromisoformat(status["as_of"])) if status.get("as_of") else None
        years = {int(year): _shard(lists) for year, lists in status.get("years", {}).items()}
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise _fault(name, field, f"{type(fault).__name__} {fault}"[:80]) from None
    return OfflineTrust(
        {issuer.verifier.key_id: issuer for issuer in issuers},
        {log.log_id: log for log in logs},
        institutions,
        years,
        as_of,
    )


def dump(
    issuers: Iterable[IssuerKey],
    logs: Iterable[LogKey],
    institutions: Iterable[str],
    statuses: Mapping[int, Mapping[int, Status]],
    as_of: datetime | None,
) -> bytes:
    """The bytes of a trust file."""
    whole = {
        "format": FORMAT,
        "issuers": [
            {
                "algorithm": k.verifier.algorithm.value,
                "public": base64.b64encode(k.verifier.public).decode(),
                "authority": k.authority,
                "did": k.did,
                "name": k.name,
                "name_en": k.name_en,
                "from": k.period.start.isoformat(),
                "to": k.period.end.isoformat() if k.period.end else None,
                "spans": [{"log": s.log_id.hex(), "first": s.first, "end": s.end} for s in k.spans],
                "logged": k.logged,
            }
            for k in issuers
        ],
        "logs": [
            {
                "algorithm": k.verifier.algorithm.value,
                "public": base64.b64encode(k.verifier.public).decode(),
                "id": k.log_id.hex(),
                "origin": k.origin,
            }
            for k in logs
        ],
        "institutions": sorted(institutions),
        "status": {
            "as_of": as_of.isoformat() if as_of else None,
            "years": {
                str(year): {
                    status.name.lower(): sorted(i for i, s in shard.items() if s is status)
                    for status in Status
                    if status is not Status.VALID
                }
                for year, shard in statuses.items()
            },
        },
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _issuer(row: Mapping[str, Any]) -> IssuerKey:
    return IssuerKey(
        verifier=_key(row),
        authority=str(row["authority"]),
        did=str(row["did"]),
        name=str(row["name"]),
        name_en=str(row.get("name_en", "")),
        period=Period(
            date.fromisoformat(row["from"]), date.fromisoformat(row["to"]) if row.get("to") else None
        ),
        spans=tuple(
            Span(bytes.fromhex(s["log"]), int(s["first"]), None if s["end"] is None else int(s["end"]))
            for s in row.get("spans", ())
        ),
        logged=bool(row.get("logged", True)),
    )


def _log(row: Mapping[str, Any]) -> LogKey:
    return LogKey(_key(row), bytes.fromhex(row["id"]), str(row["origin"]))


def _key(row: Mapping[str, Any]) -> keys.Verifier:
    return keys.verifier(str(row["algorithm"]), base64.b64decode(row["public"], validate=True))


def _shard(lists: Mapping[str, Any]) -> dict[int, Status]:
    return {int(i): Status[state.upper()] for state, indices in lists.items() for i in indices}


def _fault(name: str, field: str, what: str) -> BadInput:
    return BadInput("bad_trust_file", FAULTS["bad_trust_file"], name=name, field=field, what=what)

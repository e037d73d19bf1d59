"""What the monitor is given and what it says: shards, limits, sittings as it sees them, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chizheng.certificates.core.audit_wording import WORDING
from chizheng.kernel.wording import say


class Weight(StrEnum):
    BREACH = "breach"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the auditor has to say."""

    code: str
    weight: Weight
    shard: str
    sitting: str | None
    params: Mapping[str, object]

    def say(self, lang: str = "zh") -> str:
        return say(WORDING, self.code, lang, **{"sitting": self.sitting or "-", **self.params})


@dataclass(frozen=True, slots=True)
class Shard:
    """One log to audit. `read(path)` gives a file's bytes or None; `heads` are stored older heads and
    those seen elsewhere, by a name to show (`seen` ones come from other people)."""

    name: str
    read: Callable[[str], bytes | None]
    heads: Sequence[tuple[str, bytes]] = ()
    seen: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """Time limits in seconds and shares; the shipped values are in law/data/values/log.yaml.

    `lead`: a roster is logged that long before the start. `grace`: attendance is logged within that
    time of the start. `skew`: by how much clocks may differ. `addenda_share`: of the roster.
    `withdrawn_a_day`: certificates suspended or revoked one by one in a day, beyond which it is said.
    """

    lead: int
    grace: int
    skew: int
    addenda_share: float
    withdrawn_a_day: int


@dataclass(slots=True)
class Sitting:
    """What the log says of one sitting so far."""

    name: str
    steps: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    shard: str = ""
    count: dict[str, int] = field(default_factory=dict)
    addenda: int = 0
    passes: int = 0
    people: set[bytes] = field(default_factory=set)
    certified: set[bytes] = field(default_factory=set)
    certificates: int = 0
    revoked: int = 0
    annulled: bool = False
    scores: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Report:
    """The outcome: findings in order, and public counts."""

    findings: list[Finding] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    heads: int = 0
    sittings: dict[str, Sitting] = field(default_factory=dict)
    statuses: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def breaches(self) -> list[Finding]:
        return [f for f in self.findings if f.weight is Weight.BREACH]


def compare_statuses(report: Report, shown: Mapping[int, Mapping[int, str]]) -> None:
    """Add a breach for each yearly shard whose published states (`slot -> state`, valid ones left out)
    are not what the log's STATUS entries give: nothing suppressed, nothing invented."""
    logged: dict[int, dict[int, str]] = {year: {} for year in shown}
    for (year, slot), state in report.statuses.items():
        if state != "valid":
            logged.setdefault(year, {})[slot] = state
    for year in sorted(logged):
        mine, theirs = logged[year], dict(shown.get(year, {}))
        if mine != theirs:
            slot = min(s for s in mine.keys() | theirs.keys() if mine.get(s) != theirs.get(s))
            params = {"year": year, "logged": len(mine), "shown": len(theirs), "slot": slot}
            report.findings.append(Finding("status_differs", Weight.BREACH, str(year), None, params))

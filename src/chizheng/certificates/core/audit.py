"""The monitor: does the log keep its promises, and does every sitting obey the counting laws?

    certificates - revoked <= passes <= marked <= submitted <= attended <= roster + addenda

Anybody can run it on the public files; no name is needed or seen. It reads with `audit_bytes` only,
so that it shares no code with what wrote the log. A *breach* is something that must not be; a *flag*
is something that may be honest but must be visible (late rosters, addenda, corrections).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chizheng.certificates.core.audit_bytes import (
    Head,
    PublicKey,
    RootWalk,
    bundle_name,
    read_bundle,
    read_head,
)
from chizheng.certificates.core.audit_forms import read_entry
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
    """

    lead: int
    grace: int
    skew: int
    addenda_share: float


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


CHAIN = ("ROSTER", "ATTEND", "SUBMIT", "SCORE")
TWO_PERSONS = {"STATUS", "CORRECTION", "EXCEPTION", "ANNUL"}
CAUSES = ("contest", "panel", "legacy", "replacement")
MOVES = {
    ("valid", "suspend"): "suspended",
    ("suspended", "reinstate"): "valid",
    ("valid", "revoke"): "revoked",
    ("suspended", "revoke"): "revoked",
    ("valid", "supersede"): "superseded",
    ("suspended", "supersede"): "superseded",
}


def audit(
    shards: Iterable[Shard],
    keys: Sequence[PublicKey],
    *,
    rules: Rules,
    witnesses: Sequence[PublicKey] = (),
    quorum: int = 0,
) -> Report:
    """Audit `shards`, oldest first, as one history."""
    return _Auditor(list(keys), list(witnesses), quorum, rules).run(shards)


def _when(second: int) -> str:
    try:
        return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(second)


_Heads = dict[int, list[tuple[str, Head, bool]]]
"""Heads by size: name to show, head, and whether somebody else was shown it."""


class _Auditor:
    def __init__(self, keys: list[PublicKey], witnesses: list[PublicKey], quorum: int, rules: Rules) -> None:
        self.keys, self.witnesses, self.quorum, self.rules = keys, witnesses, quorum, rules
        self.report = Report()
        self.shard = ""
        self.kind_of: dict[str, str] = {}
        self.sitting_of: dict[str, str] = {}
        self.digests: dict[tuple[Any, ...], str] = {}
        self._open: list[Any] = [0, {}]  # CERT leaves still expected after an ISSUE, and that ISSUE
        self.nullifiers: dict[bytes, str] = {}
        self.allowed: dict[str, list[Any]] = {}  # exception reference -> [cause, count, issued]
        self.latest_at = 0

    def find(self, code: str, sitting: str | None = None, *, flag: bool = False, **params: object) -> None:
        weight = Weight.FLAG if flag else Weight.BREACH
        self.report.findings.append(Finding(code, weight, self.shard, sitting, params))

    def run(self, shards: Iterable[Shard]) -> Report:
        for shard in shards:
            self.shard = shard.name
            self._shard(shard)
        for sitting in self.report.sittings.values():
            self.shard = sitting.shard
            self._laws(sitting)
        for reference, (cause, allowed, issued) in self.allowed.items():
            if issued > allowed:
                self.find("certs_over_exception", reference=reference, cause=cause, low=allowed, high=issued)
        return self.report

    # the log itself

    def _head(self, name: str, raw: bytes) -> Head | None:
        try:
            head = read_head(raw, self.keys + self.witnesses)
        except ValueError as fault:
            self.find("head_unreadable", head=name, what=str(fault))
            return None
        if not any(key in head.signers for key in self.keys):
            self.find("head_unsigned", head=name)
            return None
        self.report.heads += 1
        return head

    def _shard(self, shard: Shard) -> None:
        raw = shard.read("checkpoint")
        now = self._head("checkpoint", raw) if raw is not None else None
        if now is None:
            if raw is None:
                self.find("head_unreadable", head="checkpoint", what="missing")
            return
        got = sum(1 for w in self.witnesses if w in now.signers)
        if got < self.quorum:
            self.find("quorum_missing", head="checkpoint", got=got, k=self.quorum)
        by_size: _Heads = {now.size: [("checkpoint", now, False)]}
        for strange, (name, stored) in [*((False, h) for h in shard.heads), *((True, h) for h in shard.seen)]:
            head = self._head(name, stored)
            if head is None:
                continue
            if head.origin != now.origin:
                self.find("origin_differs", head=name, origin=head.origin)
            elif head.size > now.size:
                self.find("shrunk", size=head.size, now=now.size)
            else:
                by_size.setdefault(head.size, []).append((name, head, strange))
        self._entries(shard, now, by_size)

    def _entries(self, shard: Shard, now: Head, by_size: _Heads) -> None:
        walk = RootWalk()
        batch: list[bytes] = []
        self._roots(walk, by_size.get(0, ()))
        seen_before = 0
        for start in range(0, now.size, 256):
            width = min(256, now.size - start)
            try:
                entries = self._bundle(shard, start // 256, width)
            except ValueError as fault:
                self.find("entries_missing", path=bundle_name(start // 256, width), what=str(fault))
                return
            for entry in entries:
                walk.feed(entry)
                batch.append(entry)
                if walk.count in by_size:
                    heads = by_size[walk.count]
                    self._roots(walk, heads)
                    seen = self._witnessed([h for _, h, _ in heads])
                    self._batch(walk.count - len(batch), batch, seen_before, seen)
                    seen_before, batch = max(seen_before, seen or 0), []

    def _bundle(self, shard: Shard, number: int, width: int) -> list[bytes]:
        raw = shard.read(bundle_name(number, width))
        if raw is None:
            raw = shard.read(bundle_name(number, 256))
        if raw is None:
            raise ValueError("missing")
        entries = read_bundle(raw)
        if len(entries) < width:
            raise ValueError(f"{len(entries)} entries instead of {width}")
        return entries[:width]

    def _roots(self, walk: RootWalk, heads: Sequence[tuple[str, Head, bool]]) -> None:
        root = walk.root()
        for name, head, elsewhere in heads:
            if head.root != root:
                self.find("split_view" if elsewhere else "rewritten", head=name, size=head.size)

    def _witnessed(self, heads: Sequence[Head]) -> int | None:
        """When `max(quorum, 1)` witnesses had seen this size, None if they have not."""
        first: dict[PublicKey, int] = {}
        for head in heads:
            for key in self.witnesses:
                when = head.signers.get(key)
                if when is not None:
                    first[key] = min(when, first.get(key, when))
        need = max(self.quorum, 1)
        return sorted(first.values())[need - 1] if len(first) >= need else None

    # entries

    def _batch(self, begin: int, batch: Sequence[bytes], seen_before: int, seen: int | None) -> None:
        head = begin + len(batch)
        floor = max(seen_before, self.latest_at)
        for offset, raw in enumerate(batch):
            index = begin + offset
            self.report.entries += 1
            try:
                entry = read_entry(raw)
            except ValueError as fault:
                self.find("entry_unreadable", index=index, what=str(fault))
                continue
            if isinstance(entry, list):
                self.report.kinds["CERT"] += 1
                self._on_cert(index, entry)
                continue
            if self._open[0] > 0:
                self.find("issue_short", self._open[1].get("sitting"), index=index, left=self._open[0])
                self._open[0] = 0
            kind, sitting = entry["kind"], entry.get("sitting")
            self.report.kinds[kind] += 1
            reference = f"{self.shard}/{index}"
            self.kind_of[reference] = kind
            if sitting is not None:
                self.sitting_of[reference] = sitting
            at = entry["at"]
            if at < floor - self.rules.skew:
                self.find(
                    "backdated", sitting, index=index, kind=kind, claimed=_when(at), earliest=_when(floor)
                )
            elif seen is not None and at > seen + self.rules.skew:
                self.find("postdated", sitting, index=index, kind=kind, claimed=_when(at), latest=_when(seen))
            self.latest_at = max(self.latest_at, at)
            if kind in TWO_PERSONS:
                people = entry["approvers"]
                if len({p for p in people if isinstance(p, bytes)}) < 2:
                    self.find("one_approver", sitting, index=index, kind=kind)
            getattr(self, "_on_" + kind.lower())(index, reference, entry, seen or at, head)

    def _sitting(self, name: str) -> Sitting:
        return self.report.sittings.setdefault(name, Sitting(name, shard=self.shard))

    def _step(self, index: int, entry: dict[str, Any], head: int) -> Sitting:
        """Common to the links of the chain: once each, in order, under heads of their own."""
        kind = entry["kind"]
        sitting = self._sitting(entry["sitting"])
        if kind in sitting.steps:
            self.find("step_twice", sitting.name, index=index, kind=kind)
            return sitting
        place = CHAIN.index(kind)
        if place:
            before = CHAIN[place - 1]
            if before not in sitting.steps:
                self.find("out_of_order", sitting.name, index=index, kind=kind, before=before)
            elif sitting.steps[before][0] == head:
                self.find("unseparated", sitting.name, flag=True, kind=kind, before=before)
        sitting.steps[kind] = (head, entry)
        sitting.count[kind] = entry["count"]
        return sitting

    def _people(self, index: int, sitting: Sitting, entry: dict[str, Any]) -> None:
        listed = entry["nullifiers"]
        if len(listed) != entry["count"]:
            self.find("roster_count", sitting.name, index=index, count=entry["count"], listed=len(listed))
        for one in listed:
            if not isinstance(one, bytes):
                self.find("entry_unreadable", sitting.name, index=index, what="nullifier")
                continue
            if one in self.nullifiers:
                self.find("person_twice", sitting.name, other=self.nullifiers[one])
            self.nullifiers.setdefault(one, sitting.name)
            sitting.people.add(one)

    def _on_roster(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        twice = "ROSTER" in self._sitting(entry["sitting"]).steps
        sitting = self._step(index, entry, head)
        if twice:
            return
        self._people(index, sitting, entry)
        starts = entry["starts_at"]
        if seen >= starts:
            self.find("roster_after_start", sitting.name, seen=_when(seen), starts=_when(starts))
        elif seen > starts - self.rules.lead:
            self.find("roster_late", sitting.name, flag=True, seen=_when(seen), starts=_when(starts))

    def _on_addendum(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        sitting = self._sitting(entry["sitting"])
        if "ROSTER" not in sitting.steps:
            self.find("out_of_order", sitting.name, index=index, kind="ADDENDUM", before="ROSTER")
        if "SUBMIT" in sitting.steps:
            # nobody joins a sitting whose papers are already sealed
            self.find("out_of_order", sitting.name, index=index, kind="SUBMIT", before="ADDENDUM")
        self._people(index, sitting, entry)
        sitting.addenda += entry["count"]
        self.find("addendum", sitting.name, flag=True, count=entry["count"], index=index)

    def _on_attend(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        sitting = self._step(index, entry, head)
        roster = sitting.steps.get("ROSTER")
        if roster:
            starts = roster[1]["starts_at"]
            if not starts - self.rules.grace <= seen <= starts + self.rules.grace:
                self.find("attend_late", sitting.name, flag=True, seen=_when(seen), starts=_when(starts))

    def _on_submit(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        self._step(index, entry, head)

    def _on_score(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        twice = "SCORE" in self._sitting(entry["sitting"]).steps
        sitting = self._step(index, entry, head)
        if not twice:
            sitting.passes = entry["passes"]
            sitting.scores.add(reference)

    def _on_issue(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        self._open = [entry["count"], entry]
        exception, name = entry.get("exception"), entry.get("sitting")
        if exception is not None:
            if exception in self.allowed:
                self.allowed[exception][2] += entry["count"]
            else:
                self.find("bad_reference", index=index, kind="ISSUE", reference=exception)
            return
        people = entry.get("nullifiers")
        if name is None or people is None or len(people) != entry["count"]:
            self.find("bad_reference", name, index=index, kind="ISSUE", reference="-")
            return
        sitting = self._sitting(name)
        if "SCORE" not in sitting.steps:
            self.find("out_of_order", name, index=index, kind="ISSUE", before="SCORE")
        elif entry.get("score") not in sitting.scores:
            self.find("bad_reference", name, index=index, kind="ISSUE", reference=entry.get("score") or "-")
        for who in people:
            if who not in sitting.people:
                self.find("not_on_roster", name, index=index)
            if who in sitting.certified:
                self.find("certified_twice", name, index=index)
            sitting.certified.add(who)
        if sitting.annulled:
            self.find("certified_after_annul", name, index=index)

    def _on_cert(self, index: int, entry: list[Any]) -> None:
        _, digest, number, name, basis, version = entry
        reference = f"{self.shard}/{index}"
        for mark in ((digest,), (number, version)):
            if mark in self.digests:
                code = "digest_twice" if len(mark) == 1 else "number_twice"
                self.find(code, name or None, index=index, other=self.digests[mark])
            self.digests.setdefault(mark, reference)
        left, issue = self._open
        if left <= 0:
            self.find("uncovered", name or None, index=index)
        else:
            self._open[0] -= 1
            exception = issue.get("exception")
            cause = self.allowed[exception][0] if exception in self.allowed else None
            fits = basis == 0 if exception is None else 1 <= basis <= 4 and CAUSES[basis - 1] == cause
            if not fits or name != issue.get("sitting", name):
                self.find("uncovered", name or None, index=index)
        if basis == 0:
            self._sitting(name).certificates += 1

    def _on_status(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        year, slot, turn = entry["year"], entry["slot"], entry["turn"]
        was = self.report.statuses.get((year, slot), "valid")
        now = MOVES.get((was, turn))
        if now is None:
            self.find("status_illegal", index=index, year=year, slot=slot, was=was, turn=turn)
            return
        self.report.statuses[year, slot] = now
        if now == "revoked" and entry.get("sitting") is not None:
            self._sitting(entry["sitting"]).revoked += 1

    def _on_correction(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        kind = entry["corrects"]
        sitting = self._sitting(entry["sitting"])
        known = self.kind_of.get(entry["of"]) in (kind, "CORRECTION")
        if (
            not known
            or self.sitting_of.get(entry["of"]) != sitting.name
            or (kind == "SCORE") != ("passes" in entry)
        ):
            self.find("bad_reference", sitting.name, index=index, kind="CORRECTION", reference=entry["of"])
            return
        if kind == "ADDENDUM":
            # an addendum's people are listed by nullifier; a correction cannot add any
            return
        was = sitting.count.get(kind, 0)
        sitting.count[kind] = entry["count"]
        now = entry["count"]
        if kind == "SCORE":
            was, now = sitting.passes, entry["passes"]
            sitting.passes = now
            sitting.scores.add(reference)
        self.find("corrected", sitting.name, flag=True, kind=kind, index=index, was=was, now=now)

    def _on_exception(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        self.allowed[reference] = [entry["cause"], entry["count"], 0]
        self.report.exceptions[entry["cause"]] += entry["count"]

    def _on_annul(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        self._sitting(entry["sitting"]).annulled = True

    # counting laws

    def _laws(self, sitting: Sitting) -> None:
        count = sitting.count
        roster = count.get("ROSTER", 0)
        standing = sitting.certificates - min(sitting.revoked, sitting.certificates)
        laws = [
            ("attended_over_roster", count.get("ATTEND", 0), roster + sitting.addenda),
            ("submitted_over_attended", count.get("SUBMIT", 0), count.get("ATTEND", 0)),
            ("scored_over_submitted", count.get("SCORE", 0), count.get("SUBMIT", 0)),
            ("passes_over_scored", sitting.passes, count.get("SCORE", 0)),
            ("certs_over_passes", standing, sitting.passes),
        ]
        for code, high, low in laws:
            if high > low:
                self.find(code, sitting.name, high=high, low=low)
        if sitting.addenda > self.rules.addenda_share * roster:
            self.find("addenda_many", sitting.name, flag=True, added=sitting.addenda, roster=roster)
        if sitting.annulled and standing:
            self.find("annulled_not_revoked", sitting.name, flag=True, left=standing)


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

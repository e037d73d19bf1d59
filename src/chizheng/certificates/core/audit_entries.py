"""What the monitor asks of entries, one after the other: order, times, people, counts, references.

It knows nothing of files and heads; `audit` feeds it the entries between two heads with what witnesses
said of their time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chizheng.certificates.core.audit_forms import read_entry
from chizheng.certificates.core.audit_report import Finding, Report, Rules, Sitting, Weight

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


def when(second: int) -> str:
    try:
        return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(second)


class EntryAuditor:
    """Takes entries in order and finds what breaks the laws of one sitting or of the log."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.report = Report()
        self.shard = ""
        self.kind_of: dict[str, str] = {}
        self.sitting_of: dict[str, str] = {}
        self.digests: dict[bytes, str] = {}
        self.numbers: dict[tuple[bytes, int], str] = {}
        self.marks: dict[tuple[bytes, int], set[int]] = {}  # conflict marks of old stock, by number
        self.nullifiers: dict[bytes, str] = {}
        self.allowed: dict[str, list[Any]] = {}  # exception reference -> [cause, count, issued]
        self.withdrawn: Counter[str] = Counter()
        self.ledger = (0, 0, b"")  # number, last id and head of the last seal of the ledger
        self.latest_at = 0
        self._left = 0  # CERT leaves still expected after an ISSUE
        self._issue: dict[str, Any] = {}

    def find(self, code: str, sitting: str | None = None, *, flag: bool = False, **params: object) -> None:
        weight = Weight.FLAG if flag else Weight.BREACH
        self.report.findings.append(Finding(code, weight, self.shard, sitting, params))

    def close(self) -> None:
        """The counting laws, once every entry has been seen."""
        for sitting in self.report.sittings.values():
            self.shard = sitting.shard
            self.laws(sitting)
        for reference, (cause, allowed, issued) in self.allowed.items():
            if issued > allowed:
                self.find("certs_over_exception", reference=reference, cause=cause, low=allowed, high=issued)

    def batch(self, begin: int, batch: Sequence[bytes], seen_before: int, seen: int | None) -> None:
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
            if self._left > 0:
                self.find("issue_short", self._issue.get("sitting"), index=index, left=self._left)
                self._left = 0
            kind, sitting = entry["kind"], entry.get("sitting")
            self.report.kinds[kind] += 1
            reference = f"{self.shard}/{index}"
            self.kind_of[reference] = kind
            if sitting is not None:
                self.sitting_of[reference] = sitting
            at = entry["at"]
            if at < floor - self.rules.skew:
                self.find(
                    "backdated", sitting, index=index, kind=kind, claimed=when(at), earliest=when(floor)
                )
            elif seen is not None and at > seen + self.rules.skew:
                self.find("postdated", sitting, index=index, kind=kind, claimed=when(at), latest=when(seen))
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
            self.find("roster_after_start", sitting.name, seen=when(seen), starts=when(starts))
        elif seen > starts - self.rules.lead:
            self.find("roster_late", sitting.name, flag=True, seen=when(seen), starts=when(starts))

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
                self.find("attend_late", sitting.name, flag=True, seen=when(seen), starts=when(starts))

    def _on_submit(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        self._step(index, entry, head)

    def _on_score(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        twice = "SCORE" in self._sitting(entry["sitting"]).steps
        sitting = self._step(index, entry, head)
        if not twice:
            sitting.passes = entry["passes"]
            sitting.scores.add(reference)

    def _on_issue(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        self._left, self._issue = entry["count"], entry
        if len(entry["numbers"]) != entry["count"]:
            self.find("bad_reference", entry.get("sitting"), index=index, kind="ISSUE", reference="numbers")
        exception, name = entry.get("exception"), entry.get("sitting")
        marks = entry.get("conflicts")
        if marks is not None and (exception is None or len(marks) != entry["count"]):
            self.find("bad_reference", name, index=index, kind="ISSUE", reference="conflicts")
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
        _, digest, name, basis, version = entry
        reference = f"{self.shard}/{index}"
        if digest in self.digests:
            self.find("digest_twice", name or None, index=index, other=self.digests[digest])
        self.digests.setdefault(digest, reference)
        left, issue = self._left, self._issue
        if left <= 0:
            self.find("uncovered", name or None, index=index)
        else:
            exception = issue.get("exception")
            order = issue["count"] - left
            for number in issue["numbers"][order : order + 1]:
                marks = issue.get("conflicts") or ()
                mark = marks[order] if order < len(marks) and type(marks[order]) is int else 0
                legacy = exception in self.allowed and self.allowed[exception][0] == "legacy"
                self._number(index, name or None, (number, version), reference, mark if legacy else None)
            self._left -= 1
            cause = self.allowed[exception][0] if exception in self.allowed else None
            fits = basis == 0 if exception is None else 1 <= basis <= 4 and CAUSES[basis - 1] == cause
            if not fits or name != issue.get("sitting", name):
                self.find("uncovered", name or None, index=index)
        if basis == 0:
            self._sitting(name).certificates += 1

    def _number(
        self, index: int, sitting: str | None, number: tuple[bytes, int], reference: str, mark: int | None
    ) -> None:
        """Two certificates of old stock on one number are a conflict that people decide, where the log says so
        itself: each has a mark of its own. Any other double is a breach."""
        other = self.numbers.setdefault(number, reference)
        if other != reference:
            recorded = mark is not None and mark not in self.marks.get(number, {mark})
            code = "number_conflict" if recorded else "number_twice"
            self.find(code, sitting, flag=recorded, index=index, other=other)
        if mark is not None:
            self.marks.setdefault(number, set()).add(mark)

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
        elif now in ("revoked", "suspended"):
            day = when(entry["at"])[:10]
            self.withdrawn[day] += 1
            if self.withdrawn[day] == self.rules.withdrawn_a_day + 1:
                self.find("withdrawn_many", flag=True, day=day, most=self.rules.withdrawn_a_day, index=index)

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

    def _on_ledger(self, index: int, reference: str, entry: dict[str, Any], seen: int, head: int) -> None:
        """Seals follow one another: a second history of the ledger shows as a fork."""
        number, until, before = self.ledger
        started = number > 0 or entry["number"] == 1
        fits = (entry["number"], entry["after"]) == (number + 1, until) and before in (b"", entry["before"])
        if started and not fits:
            self.find("ledger_forked", index=index, number=entry["number"], expected=number + 1)
        self.ledger = (entry["number"], entry["until"], entry["head"])

    # counting laws

    def laws(self, sitting: Sitting) -> None:
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

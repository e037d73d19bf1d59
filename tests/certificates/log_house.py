"""A small invented house that runs sittings into a real log on disk, for tests of log and auditor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chizheng.certificates.core import audit_bytes
from chizheng.certificates.core.audit import Report, Rules, Shard, audit
from chizheng.certificates.core.commitments import (
    Addendum,
    Attend,
    Cert,
    Entry,
    Issue,
    PersonLeaf,
    Roster,
    Score,
    Submit,
    nullifier,
    person_tree,
    reference,
)
from chizheng.certificates.io.keys import NamedKey, SeedSigner
from chizheng.certificates.io.tilelog import AppendDoor, Receipt, TileReader, add_cosignatures
from chizheng.certificates.io.witness import WitnessStore

ORIGIN = "log.house.example/2026"
START = 1_790_000_000  # 2026-09-21
HOUR = 3600
DAY = 24 * HOUR
RULES = Rules(lead=DAY, grace=2 * HOUR, skew=900, addenda_share=0.1, withdrawn_a_day=20)
SECRET = b"a secret of the guidance centre "


def key(name: str) -> NamedKey:
    return NamedKey(name, SeedSigner(hashlib.sha256(name.encode()).digest()))


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def tag(*number: object) -> bytes:
    """The tag of an invented number, or of a person's own."""
    return digest("number", *number)[:16]


def approvers() -> tuple[bytes, bytes]:
    return b"approver-one-16b", b"approver-two-16b"


def people(sitting: str, count: int, *, start: int = 0) -> list[bytes]:
    return [nullifier(SECRET, f"DOC{sitting}{n}", "焊工", 4, "2026") for n in range(start, start + count)]


def tree(sitting: str, step: str, who: list[bytes]) -> bytes:
    leaves = [PersonLeaf(digest(sitting, step, n)[:16], n, {"passed": True}) for n in who]
    return person_tree(leaves).root()


@dataclass
class House:
    """One yearly log with its witnesses, and a clock that tests turn."""

    folder: Path
    now: int = START
    witnesses: list[NamedKey] = field(default_factory=lambda: [key(f"w{n}.example") for n in (1, 2, 3)])
    log: NamedKey = field(default_factory=lambda: key(ORIGIN))
    batches: int = 0
    refs: dict[str, str] = field(default_factory=dict)

    @property
    def shard(self) -> Path:
        return self.folder / "2026"

    def append(self, *entries: Entry | bytes, witness: bool = True) -> Receipt:
        """One batch, cosigned by all witnesses at the time of the clock."""
        self.batches += 1
        raw = [e if isinstance(e, bytes) else e.encode() for e in entries]
        with AppendDoor(self.shard, ORIGIN, self.log.signer) as door:
            receipt = door.append(f"batch {self.batches}", raw)
        if witness:
            self.cosign()
        return receipt

    def cosign(self) -> None:
        lines = [
            WitnessStore(self.folder / "witness" / w.name, w, {ORIGIN: [self.log.vkey]}).visit(
                TileReader(self.shard), self.now
            )
            for w in self.witnesses
        ]
        add_cosignatures(self.shard, self.log.vkey, lines, [w.witness_vkey for w in self.witnesses])

    def chain(self, sitting: str = "S1", n: int = 6, **changes: Any) -> dict[str, Entry]:
        """The entries of an honest sitting that starts two days from now; `changes` set counts."""
        who = people(sitting, n)
        starts = self.now + 2 * DAY
        count = {"roster": n, "attend": n - 1, "submit": n - 1, "score": n - 1, "passes": n - 2} | changes
        at = {
            "ROSTER": starts - 40 * HOUR,
            "ATTEND": starts + 600,
            "SUBMIT": starts + 3 * HOUR,
            "SCORE": starts + 2 * DAY,
        }
        return {
            "ROSTER": Roster(
                at=at["ROSTER"],
                sitting=sitting,
                place="4401",
                occupation="焊工",
                level=4,
                window="2026",
                starts_at=starts,
                count=count["roster"],
                root=tree(sitting, "R", who),
                nullifiers=tuple(who[: count["roster"]]),
            ),
            "ATTEND": Attend(
                at=at["ATTEND"], sitting=sitting, count=count["attend"], root=tree(sitting, "A", who)
            ),
            "SUBMIT": Submit(
                at=at["SUBMIT"], sitting=sitting, count=count["submit"], root=tree(sitting, "U", who)
            ),
            "SCORE": Score(
                at=at["SCORE"],
                sitting=sitting,
                count=count["score"],
                passes=count["passes"],
                root=tree(sitting, "S", who),
            ),
        }

    def log_step(self, entry: Entry, *, late: int = 0, witness: bool = True) -> Receipt:
        """Log one entry at its own time plus `late` seconds; `at` follows the clock unless backdated."""
        assert not isinstance(entry, Cert)
        self.now = max(self.now, entry.at + late)
        receipt = self.append(entry, witness=witness)
        name = f"{getattr(entry, 'sitting', '')} {entry.KIND}"
        self.refs[name] = reference(2026, receipt.first)
        return receipt

    def issue(self, sitting: str, who: list[bytes], *, batch: bool = True) -> list[Entry]:
        self.now += HOUR
        entries: list[Entry] = [
            Issue(
                at=self.now,
                count=len(who),
                numbers=tuple(tag(n) for n in who),
                sitting=sitting,
                score=self.refs[f"{sitting} SCORE"],
                nullifiers=tuple(who),
            ),
            *(Cert(digest("claims", n), sitting, 0) for n in who),
        ]
        if batch:
            self.append(*entries)
        return entries

    def run(self, sitting: str = "S1", n: int = 6, **changes: Any) -> None:
        """A whole sitting, issued to everybody who passed."""
        entries = self.chain(sitting, n, **changes)
        for entry in entries.values():
            self.log_step(entry)
        score = entries["SCORE"]
        assert isinstance(score, Score)
        self.issue(sitting, people(sitting, score.passes))

    def addendum(self, sitting: str, who: list[bytes], at: int) -> Addendum:
        return Addendum(
            at=at,
            sitting=sitting,
            count=len(who),
            root=tree(sitting, "X", who),
            nullifiers=tuple(who),
            reason="registered by post",
        )

    def audit(self, *, quorum: int = 2, seen: list[bytes] | None = None) -> Report:
        """What a monitor that has only the public files says."""
        return audit_folder(self.shard, [self.log], self.witnesses, quorum=quorum, seen=seen)


def audit_folder(
    shard: Path,
    logs: list[NamedKey],
    witnesses: list[NamedKey],
    *,
    quorum: int = 2,
    seen: list[bytes] | None = None,
) -> Report:
    def read(path: str) -> bytes | None:
        try:
            return (shard / path).read_bytes()
        except OSError:
            return None

    heads = [(p.name, p.read_bytes()) for p in sorted((shard / "heads").iterdir())]
    others = [(f"seen {n}", raw) for n, raw in enumerate(seen or [])]
    return audit(
        [Shard("2026", read, heads, others)],
        [audit_bytes.read_vkey(str(k.vkey)) for k in logs],
        rules=RULES,
        witnesses=[audit_bytes.read_vkey(str(w.witness_vkey)) for w in witnesses],
        quorum=quorum,
    )


def codes(report: Report) -> set[str]:
    return {f.code for f in report.findings}


def breach_codes(report: Report) -> set[str]:
    return {f.code for f in report.breaches}

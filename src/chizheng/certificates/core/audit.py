"""The monitor: does the log keep its promises, and does every sitting obey the counting laws?

    certificates - revoked <= passes <= marked <= submitted <= attended <= roster + addenda

Anybody can run it on the public files; no name is needed or seen. It reads with `audit_bytes` only,
so that it shares no code with what wrote the log. A *breach* is something that must not be; a *flag*
is something that may be honest but must be visible (late rosters, addenda, corrections).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chizheng.certificates.core.audit_bytes import (
    Head,
    PublicKey,
    RootWalk,
    bundle_name,
    read_bundle,
    read_head,
)
from chizheng.certificates.core.audit_entries import EntryAuditor
from chizheng.certificates.core.audit_report import (
    Finding,
    Report,
    Rules,
    Shard,
    Sitting,
    Weight,
    compare_statuses,
)

__all__ = ["Finding", "Report", "Rules", "Shard", "Sitting", "Weight", "audit", "compare_statuses"]


def audit(
    shards: Iterable[Shard],
    keys: Sequence[PublicKey],
    *,
    rules: Rules,
    witnesses: Sequence[PublicKey] = (),
    quorum: int = 0,
) -> Report:
    """Audit `shards`, oldest first, as one history."""
    return _LogAuditor(list(keys), list(witnesses), quorum, rules).run(shards)


_Heads = dict[int, list[tuple[str, Head, bool]]]
"""Heads by size: name to show, head, and whether somebody else was shown it."""


class _LogAuditor(EntryAuditor):
    """Walks the shards: heads, roots, bundles; what is between two heads goes to the laws."""

    def __init__(self, keys: list[PublicKey], witnesses: list[PublicKey], quorum: int, rules: Rules) -> None:
        super().__init__(rules)
        self.keys, self.witnesses, self.quorum = keys, witnesses, quorum

    def run(self, shards: Iterable[Shard]) -> Report:
        for shard in shards:
            self.shard = shard.name
            self._shard(shard)
        self.close()
        return self.report

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
                    self.batch(walk.count - len(batch), batch, seen_before, seen)
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

"""Ask the witnesses of `keys/witnesses` to cosign the heads of our log, and put what they say on them.

A witness that does not answer is named and asked again next time; the head stays good without it, only
the quorum tells whether verifiers that want k of n will take it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chizheng.certificates import keyring
from chizheng.certificates.core.note import Checkpoint, Note, Signature, parse_signature
from chizheng.certificates.house import shard_key
from chizheng.certificates.io import witness
from chizheng.certificates.io.tilelog import TileReader, add_cosignatures, shards
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.kernel.errors import ChizhengError
from chizheng.platform import ledger

Ask = Callable[[str, TileReader], Sequence[Signature]]


@dataclass(frozen=True, slots=True)
class Collected:
    """One shard after the asking: who has cosigned its head, how many are wanted, and who did not answer why."""

    year: int
    size: int
    names: tuple[str, ...]
    wanted: int
    faults: tuple[tuple[str, ChizhengError], ...]

    @property
    def enough(self) -> bool:
        return len(self.names) >= self.wanted


def collect_cosignatures(
    *, now: datetime, lines: Sequence[str] = (), ask: Ask = witness.ask
) -> list[Collected]:
    """Collect for every shard; `lines`: cosignature lines that came by file. The same lines again change nothing."""
    known, quorum = keyring.witnesses(), keyring.quorum()
    given = [parse_signature(line.strip()) for line in lines if line.strip()]
    found = []
    for shard in shards(log_folder()) if log_folder().exists() else []:
        reader = TileReader(shard)
        faults: list[tuple[str, ChizhengError]] = []
        got = list(given)
        for one in known:
            if not one.url:
                continue
            try:
                got += ask(one.url, reader)
            except ChizhengError as fault:
                faults.append((one.key.name, fault))
        year = int(shard.name)
        before = Note.parse(reader.checkpoint())
        note = add_cosignatures(shard, shard_key(year), got, quorum.witnesses)
        names = tuple(w.name for w in note.verified_by(quorum.witnesses))
        size = Checkpoint.parse(note.text).size
        if note != before:
            with transaction.atomic():
                ledger.record(verb="log.cosigned", subject=("log", str(year)), actor=None, now=now, size=size,
                              witnesses=list(names))  # fmt: skip
        found.append(Collected(year, size, names, quorum.k, tuple(faults)))
    return found

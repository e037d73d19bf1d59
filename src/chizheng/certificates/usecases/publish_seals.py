"""Enter the seals of the ledger into the transparency log, and check that the log still knows them.

A seal stands in the database before it is logged, and the log answers a repeated batch with its first
receipt: a run that dies between the two is followed by one that finds the entry there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from chizheng.certificates.core.commitments import Ledger, decode, reference
from chizheng.certificates.io.tilelog import TileReader, shard_of, shards
from chizheng.certificates.usecases.commit_sitting import append, log_folder
from chizheng.kernel.errors import BadInput, ChizhengError
from chizheng.platform import clock
from chizheng.platform.models import LedgerSeal


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`code`: seal_differs (the log holds another seal of that number), seal_unlogged, seal_hidden (the log
    holds a seal that the database has no more); `place` in the log, '' where there is none."""

    code: str
    seal: int
    place: str


def publish_seals() -> list[str]:
    """Log every seal that is not in the log, in order; returns their places."""
    done = []
    for row in LedgerSeal.objects.filter(log_ref="").defer("marks").order_by("number"):
        year = clock.day_of(row.sealed_at).year
        receipt = append(batch=f"LEDGER/{row.number}", entries=[_entry(row).encode()], year=year)
        place = reference(year, receipt.first)
        with transaction.atomic():
            LedgerSeal.objects.filter(pk=row.pk, log_ref="").update(log_ref=place)
        done.append(place)
    return done


def contradictions() -> Iterator[Contradiction]:
    """Where the database and the log tell different things of the ledger's seals.

    Each seal is read back from the place it names; behind the last of them the log is searched for seals that
    the database does not know. A second seal of one number anywhere is what `chizheng log audit` finds.
    """
    last_year, last_index, known = 0, -1, 0
    for row in LedgerSeal.objects.defer("marks").order_by("number"):
        known = row.number
        if not row.log_ref:
            yield Contradiction("seal_unlogged", row.number, "")
            continue
        year, index = map(int, row.log_ref.split("/"))
        last_year, last_index = max((last_year, last_index), (year, index))
        if _logged(year, index) != _entry(row).encode():
            yield Contradiction("seal_differs", row.number, row.log_ref)
    for year, index, entry in _behind(last_year, last_index):
        if entry.number > known:
            yield Contradiction("seal_hidden", entry.number, reference(year, index))


def _entry(row: LedgerSeal) -> Ledger:
    return Ledger(
        at=int(row.sealed_at.timestamp()), number=row.number, after=row.after, until=row.until, count=row.count,
        before=bytes(row.before), head=bytes(row.head),
    )  # fmt: skip


def _logged(year: int, index: int) -> bytes | None:
    reader = TileReader(shard_of(log_folder(), year))
    try:
        return reader.entry(index, _size(reader))
    except ChizhengError:
        return None


def _behind(year: int, index: int) -> Iterator[tuple[int, int, Ledger]]:
    if not log_folder().exists():
        return
    for shard in shards(log_folder()):
        here = int(shard.name)
        if here < year:
            continue
        reader = TileReader(shard)
        size = _size(reader)
        start = index + 1 if here == year else 0
        for at in range(start, size):
            try:
                entry = decode(reader.entry(at, size))
            except BadInput:
                continue
            if isinstance(entry, Ledger):
                yield here, at, entry


def _size(reader: TileReader) -> int:
    return max((size for size, _ in reader.heads()), default=0)

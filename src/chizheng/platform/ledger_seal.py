"""Seal the ledger day by day, and say which entry is no longer what it was.

Entries are sealed once no transaction that might still add one below them is left, so that a seal covers its
ids for good and no writer ever waits for it. What comes between sealing and the log (a process that dies)
is made good by the next run; `certificates.usecases.publish_seals` enters the heads into the log.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from chizheng.kernel.errors import Unavailable
from chizheng.kernel.wording import Wording
from chizheng.platform import seals
from chizheng.platform.models import LedgerEntry, LedgerSeal

RUN = 50_000
"""Entries of one seal at most: two megabytes of marks."""
PATIENCE = 60.0
"""Seconds to wait for transactions that are writing entries."""
_LOCK = 5_721_903_306

_BUSY = Wording(
    zh="还有事务正在写操作记录，{seconds} 秒内未结束；请稍后再封存",
    en="a transaction is still writing to the ledger after {seconds} seconds; seal again later",
)

_WRITERS = """
select virtualtransaction from pg_locks
where locktype = 'relation' and relation = 'platform_ledgerentry'::regclass and granted
  and database = (select oid from pg_database where datname = current_database())
  and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  and pid is distinct from pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """`code`: changed, removed, added (an entry); seal_broken, seal_missing (a seal by its number)."""

    code: str
    seal: int
    entry: int | None = None


@dataclass(slots=True)
class Checked:
    """What the audit saw: entries under a seal, seals, entries that wait for one."""

    seals: int = 0
    entries: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)


def seal(
    *, now: datetime, patience: float = PATIENCE, sleep: Callable[[float], None] = time.sleep
) -> list[LedgerSeal]:
    """Seal every entry that is settled and not sealed; returns the new seals, none where nothing happened.

    Raises Unavailable where a transaction goes on writing entries for longer than `patience` seconds.
    """
    until = _settled(patience, sleep)
    made = []
    while (one := _next(until, now)) is not None:
        made.append(one)
    return made


def check() -> Checked:
    """Compare the ledger with its seals, and the seals with one another."""
    report = Checked()
    before, after, number = seals.FIRST, 0, 0
    for row in LedgerSeal.objects.order_by("number").iterator(chunk_size=4):
        number += 1
        report.findings += [Finding("seal_missing", n) for n in range(number, row.number)]
        number = row.number
        marks, salt = bytes(row.marks), bytes(row.salt)
        head = seals.head_of(before=before, after=row.after, until=row.until, salt=salt, marks=marks)
        if (head, bytes(row.before), row.after, row.count) != (
            bytes(row.head), before, after, seals.count_of(marks),
        ):  # fmt: skip
            report.findings.append(Finding("seal_broken", row.number))
        for one in seals.compare(marks, _rows(row.after, row.until), salt):
            report.findings.append(Finding(one.code, row.number, one.entry))
        report.seals += 1
        report.entries += row.count
        before, after = bytes(row.head), row.until
    report.waiting = LedgerEntry.objects.filter(pk__gt=after).count()
    return report


def _settled(patience: float, sleep: Callable[[float], None]) -> int:
    """The last id given out so far, once everybody who might hold one below it has committed or given up.

    An insert locks the table before it takes an id: whoever took one by now is among the holders of the
    lock, or done. Later comers get higher ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select case when is_called then last_value else 0 end from platform_ledgerentry_id_seq"
        )
        (until,) = cursor.fetchone()
        cursor.execute(_WRITERS)
        writing = set(cursor.fetchall())
        waited = 0.0
        while writing:
            if waited >= patience:
                raise Unavailable("ledger_busy", _BUSY, seconds=int(patience))
            sleep(0.2)
            waited += 0.2
            cursor.execute(_WRITERS)
            writing &= set(cursor.fetchall())
    return int(until)


@transaction.atomic
def _next(until: int, now: datetime) -> LedgerSeal | None:
    with connection.cursor() as cursor:  # one sealer at a time
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    last = LedgerSeal.objects.defer("marks").order_by("-number").first()
    after = last.until if last else 0
    ids = LedgerEntry.objects.filter(pk__gt=after, pk__lte=until).order_by("pk").values_list("pk", flat=True)
    some = list(ids[: RUN + 1])
    if not some:
        return None
    end = some[RUN - 1] if len(some) > RUN else until
    salt, before = secrets.token_bytes(16), bytes(last.head) if last else seals.FIRST
    marks = seals.marks_of(_rows(after, end), salt)
    return LedgerSeal.objects.create(
        number=last.number + 1 if last else 1, after=after, until=end, count=seals.count_of(marks), salt=salt,
        marks=marks, before=before, sealed_at=now,
        head=seals.head_of(before=before, after=after, until=end, salt=salt, marks=marks),
    )  # fmt: skip


def _rows(after: int, until: int) -> Iterator[seals.Row]:
    rows = LedgerEntry.objects.filter(pk__gt=after, pk__lte=until).order_by("pk")
    return rows.values_list(*seals.COLUMNS).iterator(chunk_size=5_000)

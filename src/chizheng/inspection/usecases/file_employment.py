"""Take filings in: from a form, a workbook or the API, all through `file_employment`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chizheng.inspection.core.filings import Change, Entry, Fault, Known, meet
from chizheng.inspection.models import Filing, FilingUpload
from chizheng.kernel.errors import Forbidden
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import number_digest
from chizheng.people.usecases import enrol_persons
from chizheng.platform import ledger
from chizheng.platform.happenings import announce

NOT_YOURS = Wording(
    zh="只能为本单位备案用工；请用该单位的账号登录",
    en="you may file for your own organisation only; sign in for that one",
)


@dataclass
class Taken:
    """What became of entries: rows written, unchanged ones, faults by position."""

    accepted: int = 0
    unchanged: int = 0
    faults: dict[int, Fault] = field(default_factory=dict)


def require_own(actor: Account, employer: Organisation) -> None:
    """Employers and agencies file for themselves. Raises Forbidden."""
    if actor.organisation_id != employer.pk:
        raise Forbidden("not_your_organisation", NOT_YOURS)


@transaction.atomic
def file_employment(
    *,
    employer: Organisation,
    entries: Sequence[Entry],
    source: Filing.Source,
    actor: Account,
    now: datetime,
) -> Taken:
    """File for one's own organisation; the same entries again change nothing. Ledger: one line for all."""
    require_own(actor, employer)
    taken = take(employer, entries, source=source, actor=actor, now=now)
    ledger.record(
        verb="inspection.file_employment", subject=employer, actor=actor, now=now,
        accepted=taken.accepted, unchanged=taken.unchanged, faulty=len(taken.faults), source=source.value,
    )  # fmt: skip
    return taken


def take(
    employer: Organisation,
    entries: Sequence[Entry],
    *,
    source: Filing.Source,
    actor: Account | None,
    now: datetime,
    upload: FilingUpload | None = None,
) -> Taken:
    """Write entries in the caller's transaction, which holds the employer's row against others meanwhile."""
    Organisation.objects.select_for_update().get(pk=employer.pk)
    documents = enrol_persons(
        [(e.document, e.name, e.document.sex, e.document.birth) for e in entries],
        now=now,
        region=employer.region,
    )
    bearers = [documents[e.document.kind.value, number_digest(e.document)].person_id for e in entries]
    standing: dict[int, dict[int, Known]] = {}
    for row in Filing.objects.filter(employer=employer, person_id__in=bearers, replaced_at__isnull=True):
        standing.setdefault(row.person_id, {})[row.pk] = known(row)
    taken = Taken()
    replaced: list[int] = []
    fresh: list[Filing] = []
    batch: set[int] = set()

    def flush() -> None:
        """Write what has gathered, replaced rows first, as the exclusion constraint wants."""
        Filing.objects.filter(pk__in=replaced).update(replaced_at=now)
        for row in Filing.objects.bulk_create(fresh, batch_size=2000):
            standing.setdefault(row.person_id, {})[row.pk] = known(row)
        for pk in replaced:
            for filings in standing.values():
                filings.pop(pk, None)
        replaced.clear()
        fresh.clear()
        batch.clear()

    for at, (entry, person) in enumerate(zip(entries, bearers, strict=True)):
        if person in batch:  # a second row of one person meets the first as filed
            flush()
        change = meet(entry, list(standing.get(person, {}).values()))
        if change is None:
            taken.unchanged += 1
        elif isinstance(change, Fault):
            taken.faults[at] = change
        else:
            batch.add(person)
            fresh += _rows(employer, person, entry, change, source, actor, now, upload, standing)
            if change.replaces is not None:
                replaced.append(change.replaces)
            taken.accepted += 1
    flush()
    if taken.accepted:
        announce("posts_claimed", persons=sorted(set(bearers)), at=now)
    return taken


def known(row: Filing) -> Known:
    return Known(row.pk, row.occupation, row.level, row.place, Period(*_bounds(row.period)))


def _bounds(period: Any) -> tuple[date, date | None]:
    """Both ends of a period just made (a pair) or read back (a range of the database)."""
    return period if isinstance(period, tuple) else (period.lower, period.upper)


def _rows(
    employer: Organisation,
    person: int,
    entry: Entry,
    change: Change,
    source: Filing.Source,
    actor: Account | None,
    now: datetime,
    upload: FilingUpload | None,
    standing: dict[int, dict[int, Known]],
) -> list[Filing]:
    common = {
        "person_id": person, "employer": employer, "source": source, "by": actor, "filed_at": now, "upload": upload,
        "previous_id": change.replaces,
    }  # fmt: skip
    rows = [
        Filing(
            occupation=entry.occupation, level=entry.level, place=entry.place,
            period=(entry.period.start, entry.period.end), **common,
        )
    ]  # fmt: skip
    if change.remains is not None and change.replaces is not None:
        old = standing[person][change.replaces]
        rows.append(
            Filing(
                occupation=old.occupation, level=old.level, place=old.place,
                period=(change.remains.start, change.remains.end), **common,
            )
        )  # fmt: skip
    return rows

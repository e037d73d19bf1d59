"""Enter reserved batches into the log under one head: an append costs the same few flushes to the disk for
one sitting and for fifty. The group is written down before anything is appended, so that a process that
dies is followed by one that appends the same bytes under the same name, or finds them there."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from chizheng.certificates.core import amend
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.chain import Event, State
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.commitments import (
    Exceptional,
    Issue,
    approver_digest,
    number_tags,
    parts_of_issue,
)
from chizheng.certificates.core.merkle import Tree, leaf_hash
from chizheng.certificates.models import Batch, Certificate, Commitment, PersonCommitment
from chizheng.certificates.queries import read_claims
from chizheng.certificates.usecases.commit_sitting import append
from chizheng.certificates.usecases.copying import lock_batches, move_batches
from chizheng.certificates.usecases.reserve_group import Ready
from chizheng.platform import ledger
from chizheng.platform.sealing import digest


@dataclass(frozen=True, slots=True)
class _Records:
    """What the log needs of a batch's certificates, in their order; all have one basis."""

    basis: Basis
    registrations: Sequence[int | None]
    numbers: Sequence[str]
    digests: Sequence[bytes]
    leaves: Sequence[bytes]


def log_groups(pks: Sequence[int], now: datetime, ready: Mapping[int, Ready]) -> None:
    """Log the reserved batches among `pks`, and those that share a group with one of them."""
    while group := _group(pks):
        _log(group, now, ready)


def _group(pks: Sequence[int]) -> list[Batch]:
    """Reserved batches to enter the log together, their group written down.

    A batch that already belongs to a group brings the whole group with it: what may have been appended
    under that name has to be the same again.
    """
    with transaction.atomic():
        rows = Batch.objects.select_for_update().filter(pk__in=pks, state=State.RESERVED)
        mine = list(rows.only("issued_on", "log_group").order_by("pk"))
        if not mine:
            return []
        years = {row.issued_on.year for row in mine if row.issued_on}
        known = next((row.log_group for row in mine if row.log_group), "")
        if not known:
            year = min(years)
            known = f"{year}/{uuid.uuid4().hex}"
            chosen = [row.pk for row in mine if row.issued_on and row.issued_on.year == year]
            Batch.objects.filter(pk__in=chosen).update(log_group=known)
    rows = Batch.objects.filter(log_group=known).select_related("session").order_by("pk")
    return list(rows.only(*_OF_BATCH, "session__uuid"))


_OF_BATCH: Final = (
    "uuid", "state", "count", "basis", "region", "approved_at", "reviewed_by_id", "approved_by_id", "log_group",
)  # fmt: skip


def _log(group: Sequence[Batch], now: datetime, ready: Mapping[int, Ready]) -> None:
    name = group[0].log_group
    year = int(name.partition("/")[0])
    records = _records(group, ready)
    accounts = _accounts(group, records, year, now)
    entries: list[bytes] = []
    first: dict[int, int] = {}
    for batch in group:
        first[batch.pk] = len(entries) + 1
        leaves = records[batch.pk].leaves
        for part, account in zip(parts_of_issue(len(leaves)), accounts[batch.pk], strict=True):
            entries += [account.encode(), *leaves[part.start : part.stop]]
    receipt = append(batch=f"CERTS/{name}", entries=entries, year=year)
    with transaction.atomic():
        held = lock_batches(group, State.RESERVED)
        places = [receipt.first + first[batch.pk] for batch in held]
        move_batches(held, Event.LOG, log_year=[year] * len(held), log_first=places)
        ledger.record_each(verb="certificates.log", now=now, subjects={
            batch: {"at": f"{year}/{place - 1}"} for batch, place in zip(held, places, strict=True)
        })  # fmt: skip


def _records(group: Sequence[Batch], ready: Mapping[int, Ready]) -> dict[int, _Records]:
    """From this run's memory, for batches that another process reserved from their rows."""
    found = {
        batch.pk: _Records(
            mine.basis, mine.registrations, mine.numbers, mine.linted.digests, mine.linted.leaves
        )
        for batch in group
        if (mine := ready.get(batch.pk)) is not None
    }
    absent = [batch.pk for batch in group if batch.pk not in ready]
    kept: dict[int, list[tuple[int | None, Claims]]] = defaultdict(list)
    for row in Certificate.objects.filter(batch__in=absent).order_by("batch_id", "order") if absent else ():
        kept[row.batch_id].append((row.registration_id, read_claims(row)))
    for pk, rows in kept.items():
        claims = [c for _, c in rows]
        found[pk] = _Records(
            claims[0].basis, [registration for registration, _ in rows], [c.number for c in claims],
            [claims_.digest(c) for c in claims], [claims_.leaf(c) for c in claims],
        )  # fmt: skip
    return found


def _accounts(
    group: Sequence[Batch], records: Mapping[int, _Records], year: int, now: datetime
) -> dict[int, list[Issue]]:
    """The entries that account for the leaves behind them; their instant is that of the approval, so that
    a repeated append has the same bytes."""
    key = digest("number", "key")
    sessions = [batch.session_id for batch in group if batch.session_id is not None]
    scores = {
        c.session_id: c.reference for c in Commitment.objects.filter(session__in=sessions, step="SCORE")
    }
    people = PersonCommitment.objects.filter(commitment__session__in=sessions, commitment__step="SCORE")
    nullifiers = {int(pk): bytes(raw) for pk, raw in people.values_list("registration_id", "nullifier")}

    def made(batch: Batch) -> Iterator[Issue]:
        mine = records[batch.pk]
        at = int((batch.approved_at or now).timestamp())
        exception = _exception(batch, mine, year, at) if batch.session is None else None
        disputed = _disputed(batch) if batch.session is None else {}
        for part in parts_of_issue(len(mine.leaves)):
            some = slice(part.start, part.stop)
            tags = tuple(number_tags(key, mine.numbers[some]))
            if batch.session is None:
                marks = tuple(disputed.get(order, 0) for order in part)
                yield Issue(
                    at=at, count=len(tags), numbers=tags, exception=exception,
                    conflicts=marks if any(marks) else None,
                )  # fmt: skip
            else:
                yield Issue(
                    at=at, count=len(tags), numbers=tags, sitting=str(batch.session.uuid),
                    score=scores[batch.session.pk],
                    nullifiers=tuple([nullifiers[pk or 0] for pk in mine.registrations[some]]),
                )  # fmt: skip

    found: dict[int, list[Issue]] = defaultdict(list)
    for batch in group:
        found[batch.pk] = list(made(batch))
    return found


def _disputed(batch: Batch) -> dict[int, int]:
    """Old stock on a number that somebody holds already: the log says so, by the order in the batch."""
    return dict(batch.certificates.filter(conflict__gt=0).values_list("order", "conflict"))


def _exception(batch: Batch, records: _Records, year: int, at: int) -> str:
    """Enter the permission for certificates without a sitting, with its two persons; returns its place."""
    key = digest("approver", "key")
    people = sorted([batch.reviewed_by_id or 0, batch.approved_by_id or 0])
    entry = Exceptional(
        at=at, cause=amend.CAUSES[records.basis], place=batch.region, count=len(records.digests),
        root=Tree([leaf_hash(digest) for digest in records.digests]).root(), reason=batch.basis,
        approvers=tuple(approver_digest(key, str(pk)) for pk in people),
    )  # fmt: skip
    receipt = append(batch=f"EXCEPTION/{batch.uuid}", entries=[entry.encode()], year=year)
    reference = f"{year}/{receipt.first}"
    Batch.objects.filter(pk=batch.pk).update(exception_ref=reference)
    return reference

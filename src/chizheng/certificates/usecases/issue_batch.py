"""Issue approved batches: lint and reserve, log, sign, publish. The only way to the signing key.

Each step is one transaction (or one durable append) and starts from what the step before left behind,
so a process may die anywhere and the next call goes on: numbers, salts and status slots are stored with
the intention before anything is logged or signed, the log answers a repeated batch with its first
receipt, and a signature of the same bytes is the same signature.

Several sittings may enter the log under one head (`log_group`): an append costs the same few flushes to
the disk for one sitting and for fifty.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from chizheng.assessment.core.states import Event as SessionEvent
from chizheng.assessment.usecases.move_session import move_session
from chizheng.certificates import keyring
from chizheng.certificates.core import amend, signing
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.core.claims import Claims
from chizheng.certificates.core.commitments import (
    ISSUE_LIMIT,
    Exceptional,
    Issue,
    approver_digest,
    number_tag,
    place_in_log,
)
from chizheng.certificates.core.keys import HeldSigner
from chizheng.certificates.core.lint import Linted, LintRefused, lint
from chizheng.certificates.core.merkle import Tree, leaf_hash
from chizheng.certificates.core.promise import promise
from chizheng.certificates.house import log_id
from chizheng.certificates.models import (
    Batch,
    Certificate,
    CertificateEvent,
    Commitment,
    Envelope,
    PersonCommitment,
)
from chizheng.certificates.queries import look_up_digest, read_claims
from chizheng.certificates.usecases.commit_sitting import append, commit_due
from chizheng.certificates.usecases.drafts import Planned, context, draft, plan, taken_among
from chizheng.certificates.usecases.replace_versions import record_new_versions
from chizheng.certificates.usecases.turn_status import log_turn
from chizheng.platform import ledger
from chizheng.platform.happenings import announce
from chizheng.platform.sealing import digest, seal

GROUP_SIZE: Final = 5_000
"""Certificates that enter the log under one head when many batches wait."""

WAITING: Final = (State.APPROVED, State.RESERVED, State.LOGGED, State.SIGNED)

_Linted = dict[int, list[Linted]]
"""What was linted in this very run, by batch: signed without a second look. After a crash lint runs again."""


def issue_batch(*, batch: Batch, now: datetime) -> Batch:
    """Carry an approved batch to publication from wherever it stands; safe to repeat and to kill.

    A batch that lint refuses is held with its findings, and nothing of it is numbered or logged.
    """
    issue_group([batch.pk], now)
    return _fresh(batch.pk)


def issue_due(*, now: datetime) -> Iterator[Batch]:
    """Every approved batch, oldest first, in groups that share a head of the log: the issuing process.

    Several processes may run this at once; each takes groups that no other is at.
    """
    seen: set[int] = set()
    while True:
        waiting = Batch.objects.filter(state__in=WAITING).exclude(pk__in=seen)
        group: list[int] = []
        size = 0
        for pk, count in waiting.order_by("approved_at", "id").values_list("pk", "count")[:500]:
            if group and size + count > GROUP_SIZE:
                break
            group.append(pk)
            size += count
        if not group:
            return
        seen.update(group)
        issue_group(group, now)
        yield from (_fresh(pk) for pk in group)


def release_batch(*, batch: Batch, now: datetime) -> Batch:
    """Try a held batch again after its findings were put right."""
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.state == State.HELD:
            held.state, held.findings = ISSUING.next(held.state, Event.RELEASE), []
            held.save(update_fields=["state", "findings"])
            ledger.record(verb="certificates.release", subject=held, actor=None, now=now)
    return issue_batch(batch=batch, now=now)


def relinted(row: Certificate, *, now: datetime) -> Linted:
    """An issued certificate as lint passes it again: what credentials on request are signed from."""
    batch = _fresh(row.batch_id)
    return lint(draft(batch, read_claims(row)), replace(context(batch, now, _never), taken=_only(row)))


def issue_group(pks: Sequence[int], now: datetime) -> None:
    """Carry these batches as far as they go, the log appended once for all that are ready."""
    linted: _Linted = {}
    for batch in _all(pks, State.APPROVED):
        _reserve(batch, now, linted)
    while group := _log_group(pks):
        _log(group, now, linted)
    for batch in _all(pks, State.LOGGED):
        _sign(batch, now, linted)
    for batch in _all(pks, State.SIGNED):
        _publish(batch, now)
    superseded = CertificateEvent.objects.filter(
        log_ref="", kind="supersede", certificate__replacements__batch__in=pks
    )
    for event in superseded.select_related("certificate").distinct():
        log_turn(event=event)


def _all(pks: Sequence[int], state: State) -> list[Batch]:
    rows = Batch.objects.filter(pk__in=pks, state=state)
    return list(rows.select_related("session", "station").order_by("approved_at", "id"))


def _fresh(pk: int) -> Batch:
    return Batch.objects.select_related("session", "station").get(pk=pk)


# --- lint and reserve


def _reserve(batch: Batch, now: datetime, linted: _Linted) -> None:
    if batch.session is not None:
        commit_due(session=batch.session, now=now)
    with transaction.atomic():
        held = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("session", "station")
            .get(pk=batch.pk)
        )
        if held.state != State.APPROVED:
            return
        planned = plan(held)
        judge = context(held, now, taken_among(planned))
        passed: list[Linted] = []
        findings: list[dict[str, object]] = []
        for one in planned:
            try:
                passed.append(lint(draft(held, one.claims), judge))
            except LintRefused as refusal:
                findings += [
                    {"registration": one.registration, "rule": f.rule, "zh": f.say("zh"), "en": f.say("en")}
                    for f in refusal.findings
                ]
        if findings:
            transaction.set_rollback(True)
        else:
            _store(held, planned, passed, now)
    if findings:
        _hold(batch, findings, now)
    else:
        linted[batch.pk] = passed


@transaction.atomic
def _hold(batch: Batch, findings: list[dict[str, object]], now: datetime) -> None:
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    if held.state == State.APPROVED:
        held.state, held.findings = ISSUING.next(held.state, Event.HOLD), findings
        held.save(update_fields=["state", "findings"])
        ledger.record(verb="certificates.hold", subject=held, actor=None, now=now, findings=len(findings))


_COLUMNS: Final = (
    ("uuid", "uuid"), ("batch_id", "int8"), ("registration_id", "int8"), ("person_id", "int8"), ("number", "varchar"),
    ("version", "int2"), ("conflict", "int2"), ("previous_id", "int8"), ("occupation", "varchar"), ("level", "int2"),
    ("institution", "varchar"), ("issued_on", "date"), ("exam_on", "date"), ("claims", "bytea"),
    ("leaf_hash", "bytea"), ("look_up", "bytea"), ("order", "int4"), ("status_year", "int2"), ("status_slot", "int8"),
    ("state", "varchar"),
)  # fmt: skip


def _copy(table: str, columns: Sequence[tuple[str, str]], rows: Iterator[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'copy "{table}" ({names}) from stdin (format binary)') as copy,
    ):
        copy.set_types([kind for _, kind in columns])
        for row in rows:
            copy.write_row(row)


def _store(batch: Batch, planned: Sequence[Planned], linted: Sequence[Linted], now: datetime) -> None:
    """The intention: every certificate with its claims, by COPY; then the batch moves on."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for order, (one, passed) in enumerate(zip(planned, linted, strict=True)):
            c = one.claims
            yield (
                uuid.uuid4(), batch.pk, one.registration, one.person, c.number, c.version, one.conflict,
                one.replaces.pk if one.replaces else None, c.occupation, c.level,
                c.institution if len(c.institution) <= 8 else "", c.issued, batch.exam_on,
                seal(claims_.encode(c).hex()), hashlib.sha256(b"\0" + signing.leaf(passed)).digest(),
                look_up_digest(c.number, c.name), order, c.issued.year, c.status, "valid",
            )  # fmt: skip

    _copy(Certificate._meta.db_table, _COLUMNS, rows())
    batch.count = len(planned)
    batch.state = ISSUING.next(batch.state, Event.RESERVE)
    batch.save(update_fields=["count", "state"])
    ledger.record(verb="certificates.reserve", subject=batch, actor=None, now=now, count=len(planned),
                  first=planned[0].claims.number if planned else "")  # fmt: skip


# --- log


def _log_group(pks: Sequence[int]) -> list[Batch]:
    """Reserved batches to enter the log together, their group written down before anything is appended.

    A batch that already belongs to a group brings the whole group with it: what may have been appended
    under that name has to be the same again.
    """
    with transaction.atomic():
        rows = Batch.objects.select_for_update(of=("self",)).filter(pk__in=pks, state=State.RESERVED)
        mine = list(rows.order_by("pk"))
        if not mine:
            return []
        years = {row.issued_on.year for row in mine if row.issued_on}
        known = next((row.log_group for row in mine if row.log_group), "")
        if not known:
            year = min(years)
            known = f"{year}/{uuid.uuid4().hex}"
            chosen = [row.pk for row in mine if row.issued_on and row.issued_on.year == year]
            Batch.objects.filter(pk__in=chosen).update(log_group=known)
    return list(Batch.objects.filter(log_group=known).select_related("session").order_by("pk"))


def _log(group: Sequence[Batch], now: datetime, linted: _Linted) -> None:
    year = int(group[0].log_group.partition("/")[0])
    entries: list[bytes] = []
    first: dict[int, int] = {}
    for batch in group:
        rows = batch.certificates.order_by("order")
        registrations = list(rows.values_list("registration_id", flat=True))
        here = linted.get(batch.pk)
        records = [p.draft.claims for p in here] if here else [read_claims(row) for row in rows]
        first[batch.pk] = len(entries) + 1
        leaves = [claims_.leaf(c) for c in records]
        for begin, account in _accounts(batch, registrations, records, year, now):
            entries += [account.encode(), *leaves[begin : begin + account.count]]
    receipt = append(batch=f"CERTS/{group[0].log_group}", entries=entries, year=year)
    with transaction.atomic():
        rows_ = Batch.objects.select_for_update().filter(pk__in=list(first), state=State.RESERVED)
        for held in rows_.order_by("pk"):
            held.log_year, held.log_first = year, receipt.first + first[held.pk]
            held.state = ISSUING.next(held.state, Event.LOG)
            held.save(update_fields=["log_year", "log_first", "state"])
            ledger.record(verb="certificates.log", subject=held, actor=None, now=now,
                          at=f"{year}/{held.log_first - 1}")  # fmt: skip


def _accounts(
    batch: Batch, registrations: Sequence[int | None], records: Sequence[Claims], year: int, now: datetime
) -> Iterator[tuple[int, Issue]]:
    """The entries that account for the leaves behind them, each with the place of its first leaf; their
    instant is that of the approval, so that a repeated append has the same bytes."""
    at = int((batch.approved_at or now).timestamp())
    key = digest("number", "key")
    tags = [number_tag(key, c.number) for c in records]
    starts = range(0, len(records), ISSUE_LIMIT)
    if batch.session is None:
        exception = _exception(batch, records, year, at)
        for begin in starts:
            part = tuple(tags[begin : begin + ISSUE_LIMIT])
            yield begin, Issue(at=at, count=len(part), numbers=part, exception=exception)
        return
    score = Commitment.objects.get(session=batch.session, step="SCORE")
    nullifiers = dict(
        PersonCommitment.objects.filter(commitment=score).values_list("registration_id", "nullifier")
    )
    for begin in starts:
        part = tuple(tags[begin : begin + ISSUE_LIMIT])
        people = registrations[begin : begin + ISSUE_LIMIT]
        yield begin, Issue(
            at=at, count=len(part), numbers=part, sitting=str(batch.session.uuid), score=score.reference,
            nullifiers=tuple(bytes(nullifiers[one or 0]) for one in people),
        )  # fmt: skip


def _exception(batch: Batch, records: Sequence[Claims], year: int, at: int) -> str:
    """Enter the permission for certificates without a sitting, with its two persons; returns its place."""
    key = digest("approver", "key")
    entry = Exceptional(
        at=at, cause=amend.CAUSES[records[0].basis], place=batch.region, count=len(records),
        root=Tree([leaf_hash(claims_.digest(c)) for c in records]).root(), reason=batch.basis,
        approvers=tuple(approver_digest(key, str(pk)) for pk in sorted([batch.reviewed_by_id or 0, batch.approved_by_id or 0])),
    )  # fmt: skip
    receipt = append(batch=f"EXCEPTION/{batch.uuid}", entries=[entry.encode()], year=year)
    reference = f"{year}/{receipt.first}"
    Batch.objects.filter(pk=batch.pk).update(exception_ref=reference)
    return reference


# --- sign and publish


def _sign(batch: Batch, now: datetime, linted: _Linted) -> None:
    issuer = HeldSigner(keyring.private("issuer").signer)
    log_signer = HeldSigner(keyring.private("log").signer)
    assert batch.approved_at is not None and batch.log_first is not None and batch.log_year is not None
    rows = batch.certificates.filter(envelope__isnull=True).order_by("order")
    shard, time = log_id(batch.log_year), int(batch.approved_at.timestamp())
    made: list[tuple[int, bytes]] = []
    held_here = linted.get(batch.pk)
    if held_here is not None:
        drafts = [(pk, order, held_here[order]) for pk, order in rows.values_list("pk", "order")]
    else:  # another process reserved it: look at every record once more
        judge = context(batch, now, _never)
        drafts = [
            (row.pk, row.order, lint(draft(batch, read_claims(row)), replace(judge, taken=_only(row))))
            for row in rows
        ]
    for pk, order, passed in drafts:
        word = promise(
            signing.leaf(passed), log_id=shard, index=place_in_log(batch.log_first, order), time=time, signer=log_signer
        )
        made.append((pk, signing.seal(passed, issuer, word)))
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.state != State.LOGGED:
            return
        _copy(Envelope._meta.db_table, (("certificate_id", "int8"), ("cose", "bytea")), iter(made))
        held.state = ISSUING.next(held.state, Event.SIGN)
        held.save(update_fields=["state"])
        ledger.record(verb="certificates.sign", subject=held, actor=None, now=now, count=len(made),
                      key=issuer.key_id.hex())  # fmt: skip


def _never(number: str, version: int) -> bool:
    return False


def _only(row: Certificate) -> Any:
    """The number and version are taken by this very row by now, earlier versions by their own."""
    return lambda number, version: version < row.version


@transaction.atomic
def _publish(batch: Batch, now: datetime) -> None:
    held = Batch.objects.select_for_update(of=("self",)).select_related("session").get(pk=batch.pk)
    if held.state != State.SIGNED:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'insert into "{CertificateEvent._meta.db_table}"'  # noqa: S608 - a table's name, nothing given
            " (certificate_id, kind, at, effective_on, reason_code, reason, basis, log_ref)"
            f" select id, 'issue', %s, issued_on, '', '', '', '' from \"{Certificate._meta.db_table}\""
            ' where batch_id = %s order by "order"',
            [now, held.pk],
        )
    held.state, held.published_at = ISSUING.next(held.state, Event.PUBLISH), now
    held.save(update_fields=["state", "published_at"])
    if held.session is not None:
        move_session(session=held.session, event=SessionEvent.ISSUE, actor=None, now=now)
    else:
        record_new_versions(batch=held, now=now)
    ledger.record(verb="certificates.publish", subject=held, actor=None, now=now, count=held.count)
    announce("certificate_issued", batch=held.pk)

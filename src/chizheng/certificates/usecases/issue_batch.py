"""Issue approved batches: lint and reserve, log, sign, publish. The only way to the signing key.

Each step is one transaction (or one durable append) for a whole group of batches and starts from what the
step before left behind, so a process may die anywhere and the next call goes on: numbers, salts and status
slots are stored with the intention before anything is logged or signed (`reserve_group`), the log answers a
repeated batch with its first receipt (`log_group`), and a signature of the same bytes is the same signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from chizheng.assessment.core.states import Event as SessionEvent
from chizheng.assessment.usecases.move_session import move_sessions
from chizheng.certificates import keyring
from chizheng.certificates.core import signing
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.core.commitments import place_in_log
from chizheng.certificates.core.keys import HeldSigner
from chizheng.certificates.core.lint import Linted, LintedAll, lint, lint_all
from chizheng.certificates.house import log_id
from chizheng.certificates.models import Batch, Certificate, CertificateEvent, Envelope
from chizheng.certificates.queries import read_claims
from chizheng.certificates.usecases.copying import lock_batches, move_batches
from chizheng.certificates.usecases.drafts import contexts, draft
from chizheng.certificates.usecases.log_group import log_groups
from chizheng.certificates.usecases.replace_versions import record_new_versions
from chizheng.certificates.usecases.reserve_group import Ready, reserve_group
from chizheng.certificates.usecases.turn_status import log_turn
from chizheng.kernel.errors import ChizhengError
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.platform.copying import copy_rows
from chizheng.platform.happenings import announce

GROUP_SIZE: Final = 10_000
"""Certificates that enter the log under one head when many batches wait."""

WAITING: Final = (State.APPROVED, State.RESERVED, State.LOGGED, State.SIGNED)


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


def release_batch(*, batch: Batch, actor: Account, now: datetime) -> Batch:
    """Try a held batch again after its findings were put right."""
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.state == State.HELD:
            held.state, held.findings = ISSUING.next(held.state, Event.RELEASE), []
            held.save(update_fields=["state", "findings"])
            ledger.record(verb="certificates.release", subject=held, actor=actor, now=now)
    return issue_batch(batch=batch, now=now)


def relinted(row: Certificate, *, now: datetime) -> Linted:
    """An issued certificate as lint passes it again: what credentials on request are signed from."""
    batch = _fresh(row.batch_id)
    judge = contexts([batch], now, _only([row]))[batch.pk]
    return lint(draft(batch, read_claims(row)), judge)


def issue_group(pks: Sequence[int], now: datetime) -> None:
    """Carry these batches as far as they go, the log appended once for all that are ready.

    Where the group cannot be reserved (numbers used up), each batch is tried alone, and the first refusal
    is raised once the others are published.
    """
    refused: ChizhengError | None = None
    ready: dict[int, Ready] = {}
    try:
        ready = reserve_group(pks, now)
    except ChizhengError as fault:
        refused = fault
        for pk in pks if len(pks) > 1 else ():
            try:
                ready |= reserve_group([pk], now)
            except ChizhengError as again:
                refused = again
    log_groups(pks, now, ready)
    _sign(pks, now, ready)
    _publish(pks, now)
    superseded = CertificateEvent.objects.filter(
        log_ref="", kind="supersede", certificate__replacements__batch__in=pks
    )
    for event in superseded.select_related("certificate").distinct():
        log_turn(event=event)
    if refused is not None:
        raise refused


def _fresh(pk: int) -> Batch:
    return Batch.objects.select_related("session", "station").get(pk=pk)


def _sign(pks: Sequence[int], now: datetime, ready: Mapping[int, Ready]) -> None:
    rows = Batch.objects.filter(pk__in=pks, state=State.LOGGED).order_by("pk")
    batches = list(rows.only("state", "count", "approved_at", "log_year", "log_first"))
    if not batches:
        return
    issuer = HeldSigner(keyring.private("issuer").signer)
    log_signer = HeldSigner(keyring.private("log").signer)
    shards = {year: log_id(year) for year in {b.log_year for b in batches} if year is not None}
    strange = _linted_again([batch.pk for batch in batches if batch.pk not in ready], now)
    words = {}
    for batch in batches:
        assert batch.approved_at is not None and batch.log_first is not None and batch.log_year is not None
        linted = ready[batch.pk].linted if batch.pk in ready else strange[batch.pk]
        words[batch.pk] = signing.seal_all(
            linted, issuer, log=log_signer, log_id=shards[batch.log_year],
            places=[place_in_log(batch.log_first, order) for order in range(len(linted))],
            time=int(batch.approved_at.timestamp()),
        )  # fmt: skip
    with transaction.atomic():
        held = lock_batches(batches, State.LOGGED)
        copy_rows(
            Envelope._meta.db_table,
            (("batch_id", "int8"), ("algorithm", "varchar"), ("key_id", "bytea"), ("words", "bytea")),
            ((batch.pk, str(issuer.algorithm), issuer.key_id, words[batch.pk]) for batch in held),
        )
        move_batches(held, Event.SIGN)
        ledger.record_each(verb="certificates.sign", now=now, subjects={
            batch: {"count": batch.count, "key": issuer.key_id.hex()} for batch in held
        })  # fmt: skip


def _linted_again(pks: Sequence[int], now: datetime) -> dict[int, LintedAll]:
    """What another process reserved is linted once more from its rows."""
    batches = [_fresh(pk) for pk in pks]
    judges = contexts(batches, now, _never)
    linted = {}
    for batch in batches:
        rows = list(Certificate.objects.filter(batch=batch).order_by("order"))
        drafts = [draft(batch, read_claims(row)) for row in rows]
        linted[batch.pk] = lint_all(drafts, replace(judges[batch.pk], taken=_only(rows)))
    return linted


def _never(number: str, version: int) -> bool:
    return False


def _only(rows: Iterable[Certificate]) -> Callable[[str, int], bool]:
    """These numbers and versions are taken by these very rows by now, earlier versions by their own."""
    mine = {row.number: row.version for row in rows}
    return lambda number, version: version < mine[number]


@transaction.atomic
def _publish(pks: Sequence[int], now: datetime) -> None:
    rows = Batch.objects.select_for_update().filter(pk__in=pks, state=State.SIGNED)
    held = list(rows.only("state", "count", "session_id").order_by("pk"))
    if not held:
        return
    move_batches(held, Event.PUBLISH, published_at=[now] * len(held))
    examined = [batch.session_id for batch in held if batch.session_id is not None]
    move_sessions(sessions=examined, event=SessionEvent.ISSUE, now=now)
    for batch in held:
        if batch.session_id is None:
            record_new_versions(batch=_fresh(batch.pk), now=now)
    ledger.record_each(
        verb="certificates.publish", now=now, subjects={batch: {"count": batch.count} for batch in held}
    )
    announce("certificates_issued", batches=[batch.pk for batch in held])

"""Lint and reserve approved batches together: numbers, slots, salts and claims are stored before anything
is logged or signed. One transaction for the whole group; a batch that lint refuses is held, and the others
go on without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Final

from django.db import transaction

from chizheng.assessment.models import Session
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.lint import AllRefused, LintedAll, lint_all
from chizheng.certificates.core.roll import Roll
from chizheng.certificates.core.rules.commitments_present import NEEDED
from chizheng.certificates.models import Batch, Certificate, Commitment
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.copying import move_batches, rising_uuids
from chizheng.certificates.usecases.drafts import Planned, contexts, plan, taken_among
from chizheng.platform import ledger
from chizheng.platform.copying import copy_fields, day, raw, row_head, text, whole2, whole4, whole8
from chizheng.platform.sealing import seal_each


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch that passed lint in this very run: logged and signed without a second look."""

    linted: LintedAll
    basis: Basis
    numbers: Sequence[str]
    registrations: Sequence[int | None]


Findings = list[dict[str, object]]


def reserve_group(pks: Sequence[int], now: datetime) -> dict[int, Ready]:
    """Reserve the approved batches among `pks`; returns what was linted, by batch."""
    _commit_missing(pks, now)
    while True:
        with transaction.atomic():
            rows = Batch.objects.select_for_update(of=("self",)).filter(pk__in=pks, state=State.APPROVED)
            batches = list(rows.select_related("session", "station").order_by("pk"))
            planned = plan(batches)
            ready, findings = _lint(batches, planned, now)
            if findings:
                transaction.set_rollback(True)
            else:
                _store(batches, planned, ready, now)
        if not findings:
            return ready
        for pk, found in findings.items():
            _hold(pk, found, now)


def _commit_missing(pks: Sequence[int], now: datetime) -> None:
    """Steps of sittings that should be in the log and are not: a process died, or the log was away."""
    sessions = Session.objects.filter(batch__in=pks, batch__state=State.APPROVED)
    logged: dict[int, set[str]] = {}
    for session, step in Commitment.objects.filter(
        session__in=sessions.order_by(), log_index__isnull=False
    ).values_list("session_id", "step"):
        logged.setdefault(session, set()).add(step)
    whole = [session for session, steps in logged.items() if steps.issuperset(NEEDED)]
    for lacking in sessions.exclude(pk__in=whole).order_by("pk"):
        commit_due(session=lacking, now=now)


def _lint(
    batches: Sequence[Batch], planned: Mapping[int, Planned], now: datetime
) -> tuple[dict[int, Ready], dict[int, Findings]]:
    judges = contexts(batches, now, taken_among(planned.values()))
    ready: dict[int, Ready] = {}
    findings: dict[int, Findings] = {}
    for batch in batches:
        one = planned[batch.pk]
        try:
            linted = lint_all(one.drafts, judges[batch.pk])
        except AllRefused as refusal:
            findings[batch.pk] = [
                {"registration": one.registrations[n], "rule": f.rule, "zh": f.say("zh"), "en": f.say("en")}
                for n, found in refusal.findings.items()
                for f in found
            ]
        else:
            ready[batch.pk] = Ready(linted, one.basis, one.numbers, one.registrations)
    return ready, findings


@transaction.atomic
def _hold(pk: int, findings: Findings, now: datetime) -> None:
    held = Batch.objects.select_for_update().get(pk=pk)
    if held.state == State.APPROVED:
        held.state, held.findings = ISSUING.next(held.state, Event.HOLD), findings
        held.save(update_fields=["state", "findings"])
        ledger.record(verb="certificates.hold", subject=held, actor=None, now=now, findings=len(findings))


_COLUMNS: Final = (
    "uuid", "registration_id", "person_id", "number", "claims", "order", "status_slot",
    "batch_id", "version", "conflict", "previous_id", "occupation", "level", "institution", "issued_on", "exam_on",
    "status_year", "state",
)  # fmt: skip
"""From the batch on, the certificates of an examined batch have the same in all columns."""
_HEAD: Final = row_head(_COLUMNS)


def _store(
    batches: Sequence[Batch], planned: Mapping[int, Planned], ready: Mapping[int, Ready], now: datetime
) -> None:
    """The intention: every certificate with its claims, by COPY; then the batches move on."""
    rows = (_rows(batch, planned[batch.pk], ready[batch.pk], now) for batch in batches)
    copy_fields(Certificate._meta.db_table, _COLUMNS, rows)
    for batch in batches:
        batch.count = len(ready[batch.pk].linted)
    move_batches(batches, Event.RESERVE, count=[batch.count for batch in batches])
    ledger.record_each(verb="certificates.reserve", now=now, subjects={
        batch: {"count": batch.count, "first": ready[batch.pk].numbers[0] if batch.count else ""}
        for batch in batches
    })  # fmt: skip


def _rows(batch: Batch, planned: Planned, ready: Ready, now: datetime) -> bytes:
    drafts = planned.drafts
    count = len(ready.linted)
    if isinstance(drafts, Roll):
        slots: Sequence[int] = drafts.statuses
        shared: Iterable[bytes] = repeat(_shared(batch, drafts.common, 0, None), count)
    else:
        slots = [one.claims.status for one in drafts]
        each = zip(drafts, planned.conflicts, planned.replaces, strict=True)
        shared = (_shared(batch, one.claims, conflict, replaces) for one, conflict, replaces in each)
    columns = zip(
        rising_uuids(count, now), planned.registrations, planned.persons, ready.numbers,
        seal_each(ready.linted.records), range(count), slots, shared, strict=True,
    )  # fmt: skip
    rows: list[bytes] = []
    for uuid, registration, person, number, sealed, order, slot, rest in columns:
        rows += (
            _HEAD, raw(uuid), whole8(registration), whole8(person), text(number), raw(sealed), whole4(order),
            whole8(slot), rest,
        )  # fmt: skip
    return b"".join(rows)


def _shared(batch: Batch, c: Claims, conflict: int, replaces: int | None) -> bytes:
    return b"".join((
        whole8(batch.pk), whole2(c.version), whole2(conflict), whole8(replaces), text(c.occupation), whole2(c.level),
        text(c.institution if len(c.institution) <= 8 else ""), day(c.issued), day(batch.exam_on),
        whole2(c.issued.year), text(Certificate.State.VALID),
    ))  # fmt: skip

"""Lint and reserve approved batches together: numbers, slots, salts and claims are stored before anything
is logged or signed. One transaction for the whole group; a batch that lint refuses is held, and the others
go on without it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from chizheng.assessment.models import Session
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.core.lint import Linted, LintRefused, lint
from chizheng.certificates.core.merkle import leaf_hash
from chizheng.certificates.core.rules.commitments_present import NEEDED
from chizheng.certificates.models import Batch, Certificate, Commitment
from chizheng.certificates.queries import look_up_digest
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.copying import copy_rows, move_batches
from chizheng.certificates.usecases.drafts import Planned, contexts, draft, plan, taken_among
from chizheng.platform import ledger
from chizheng.platform.sealing import seal


@dataclass(frozen=True, slots=True)
class Ready:
    """A certificate that passed lint in this very run: logged and signed without a second look."""

    registration: int | None
    linted: Linted


Findings = list[dict[str, object]]


def reserve_group(pks: Sequence[int], now: datetime) -> dict[int, list[Ready]]:
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
    batches: Sequence[Batch], planned: Mapping[int, Sequence[Planned]], now: datetime
) -> tuple[dict[int, list[Ready]], dict[int, Findings]]:
    judges = contexts(batches, now, taken_among(one for some in planned.values() for one in some))
    ready: dict[int, list[Ready]] = {}
    findings: dict[int, Findings] = {}
    for batch in batches:
        passed = ready.setdefault(batch.pk, [])
        judge = judges[batch.pk]
        for one in planned[batch.pk]:
            try:
                passed.append(Ready(one.registration, lint(draft(batch, one.claims), judge)))
            except LintRefused as refusal:
                findings.setdefault(batch.pk, []).extend(
                    {"registration": one.registration, "rule": f.rule, "zh": f.say("zh"), "en": f.say("en")}
                    for f in refusal.findings
                )
    return ready, findings


@transaction.atomic
def _hold(pk: int, findings: Findings, now: datetime) -> None:
    held = Batch.objects.select_for_update().get(pk=pk)
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


def _store(
    batches: Sequence[Batch],
    planned: Mapping[int, Sequence[Planned]],
    ready: Mapping[int, Sequence[Ready]],
    now: datetime,
) -> None:
    """The intention: every certificate with its claims, by COPY; then the batches move on."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for batch in batches:
            both = zip(planned[batch.pk], ready[batch.pk], strict=True)
            for order, (one, passed) in enumerate(both):
                c = one.claims
                yield (
                    uuid.uuid4(), batch.pk, one.registration, one.person, c.number, c.version, one.conflict,
                    one.replaces.pk if one.replaces else None, c.occupation, c.level,
                    c.institution if len(c.institution) <= 8 else "", c.issued, batch.exam_on,
                    seal(passed.linted.record.hex()), leaf_hash(passed.linted.leaf),
                    look_up_digest(c.number, c.name), order, c.issued.year, c.status, "valid",
                )  # fmt: skip

    copy_rows(Certificate._meta.db_table, _COLUMNS, rows())
    for batch in batches:
        batch.count = len(planned[batch.pk])
    move_batches(batches, Event.RESERVE, count=[batch.count for batch in batches])
    ledger.record_each(verb="certificates.reserve", now=now, subjects={
        batch: {"count": batch.count, "first": planned[batch.pk][0].claims.number if batch.count else ""}
        for batch in batches
    })  # fmt: skip

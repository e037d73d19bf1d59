"""Commit the steps of a sitting to the log as they happen: ROSTER, ATTEND, SUBMIT, SCORE.

The log learns who sits before they sit, who came, that sheets were sealed before they were marked, and
the outcome: as salted digests under one root a step, never as names. Scores that were corrected after they
were submitted are a CORRECTION beside the SCORE, never an edit. `commit_due` is safe to run twice
and after a crash: the row with everybody's salt is stored first, the log answers a repeated batch with
its first receipt, and only then is the place in the log written down.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.db import transaction

from chizheng.assessment.core.states import STEPS as SESSION_STEPS
from chizheng.assessment.core.states import Event as SessionEvent
from chizheng.assessment.core.states import State, place_on_the_way
from chizheng.assessment.models import Registration, Session
from chizheng.certificates import keyring
from chizheng.certificates.core import commitments
from chizheng.certificates.core.commitments import (
    Attend,
    Correction,
    PersonLeaf,
    Roster,
    Score,
    Step,
    Submit,
    approver_digest,
)
from chizheng.certificates.io.tilelog import AppendDoor, Receipt
from chizheng.certificates.models import Commitment, PersonCommitment
from chizheng.law.io.shelf import law
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.home import folder
from chizheng.platform.sealing import digest

CORRECTION = "CORRECTION"
"""The step of scores corrected after they were in the log; a sitting may have several."""

_AFTER: Sequence[tuple[Step, State]] = (
    (Step.ROSTER, State.CLOSED),
    (Step.ATTEND, State.HELD),
    (Step.SUBMIT, State.MARKING),
    (Step.SCORE, State.SUBMITTED),
)
"""A step is due once the session has reached the state; scores when they can no longer be corrected in place."""


def log_folder() -> Path:
    """Where the log's static files are: any web server or CDN can carry them."""
    return folder("public") / "log"


def append(*, batch: str, entries: Sequence[bytes], year: int) -> Receipt:
    """Add a batch to the year's shard; the same batch again answers with its first receipt."""
    shard = log_folder() / str(year)
    with AppendDoor(shard, f"{keyring.origin('log')}/{year}", keyring.private("log").signer) as door:
        return door.append(batch, entries)


@dataclass(frozen=True, slots=True)
class _Person:
    registration: Registration
    nullifier: bytes
    facts: Mapping[str, Any]


def commit_due(*, session: Session, now: datetime) -> list[str]:
    """Log every step of the session that is due and not logged; returns the steps logged now."""
    done = []
    reached = place_on_the_way(session.state)
    for step, state in _AFTER:
        if reached < SESSION_STEPS.index(state):
            break
        if _commit(session, step, now):
            done.append(step.value)
    settled = reached >= SESSION_STEPS.index(State.SUBMITTED) and session.state != State.RETURNED
    if settled and _correct_scores(session, now):
        done.append(CORRECTION)
    return done


def commit_all_due(*, now: datetime) -> Iterator[tuple[Session, str]]:
    """The same for every sitting that may have steps to log, in the order of their days."""
    begun = Session.objects.exclude(state__in=["draft", "enrolling", "annulled"])
    for session in begun.order_by("exam_date"):
        for step in commit_due(session=session, now=now):
            yield session, step


def _correct_scores(session: Session, now: datetime) -> bool:
    """Log what a re-mark changed after the scores were in the log; two people sent them back and in again."""
    row = _intend_correction(session, now)
    if row is None:
        return False
    before = (
        Commitment.objects.filter(session=session, step__in=[Step.SCORE, CORRECTION], pk__lt=row.pk)
        .order_by("pk").last()
    )  # fmt: skip
    assert before is not None
    entry = Correction(
        at=int(row.made_at.timestamp()), of=before.reference, corrects=Step.SCORE, sitting=str(session.uuid),
        count=row.count, root=commitments.person_tree([_leaf(p.leaf) for p in row.people.all()]).root(),
        reason="marks_corrected", approvers=_two_hands(session, row.made_at), passes=row.passes,
    )  # fmt: skip
    year = row.made_at.astimezone(clock.CHINA).year
    receipt = append(batch=f"{CORRECTION}/{session.uuid}/{row.pk}", entries=[entry.encode()], year=year)
    with transaction.atomic():
        Commitment.objects.filter(pk=row.pk).update(log_year=year, log_index=receipt.first)
        ledger.record(verb="log.correction", subject=session, actor=None, now=now, count=row.count,
                      at=f"{year}/{receipt.first}", of=before.reference)  # fmt: skip
    return True


@transaction.atomic
def _intend_correction(session: Session, now: datetime) -> Commitment | None:
    """The row of a correction that is due: one that a dead process left, or a new one where facts differ."""
    Session.objects.select_for_update().get(pk=session.pk)
    rows = Commitment.objects.filter(session=session, step__in=[Step.SCORE, CORRECTION]).order_by("pk")
    last = rows.last()
    if last is None:
        return None
    if last.log_index is None:
        return last if last.step == CORRECTION else None
    if not session.events.filter(event=SessionEvent.CORRECT, at__gte=last.made_at).exists():
        return None
    people = _people(session, Step.SCORE)
    known = {p.registration_id: dict(_leaf(p.leaf).facts) for p in last.people.all()}
    if known == {p.registration.pk: dict(p.facts) for p in people}:
        return None
    row = Commitment.objects.create(
        session=session, step=CORRECTION, made_at=now, count=len(people),
        passes=sum(p.facts.get("passed") is True for p in people),
    )  # fmt: skip
    _keep_leaves(row, people)
    return row


def _two_hands(session: Session, until: datetime) -> tuple[bytes, ...]:
    """Who sent the scores back and who sent them in again, as keyed digests."""
    key = digest("approver", "key")
    events = session.events.filter(at__lte=until, actor__isnull=False)
    back = events.filter(event=SessionEvent.RETURN).last()
    again = events.filter(event=SessionEvent.SUBMIT).last()
    return tuple(approver_digest(key, str(event.actor_id)) for event in (back, again) if event is not None)


def _commit(session: Session, step: Step, now: datetime) -> bool:
    row = _intend(session, step, now)
    if row.log_index is not None:
        return False
    leaves = [_leaf(p.leaf) for p in row.people.all()]
    entry = _entry(session, row, leaves)
    year = row.made_at.astimezone(clock.CHINA).year
    receipt = append(batch=f"{step.value}/{session.uuid}", entries=[entry.encode()], year=year)
    with transaction.atomic():
        Commitment.objects.filter(pk=row.pk).update(log_year=year, log_index=receipt.first)
        ledger.record(verb=f"log.{step.value.lower()}", subject=session, actor=None, now=now, count=row.count,
                      at=f"{year}/{receipt.first}", late=row.late)  # fmt: skip
    return True


@transaction.atomic
def _intend(session: Session, step: Step, now: datetime) -> Commitment:
    """The step's row with a salted leaf for each person, made once; what is logged is made from it."""
    Session.objects.select_for_update().get(pk=session.pk)
    row = Commitment.objects.filter(session=session, step=step.value).first()
    if row is not None:
        return row
    people = list(_people(session, step))
    passes = sum(p.facts.get("passed") is True for p in people) if step is Step.SCORE else None
    row = Commitment.objects.create(
        session=session, step=step.value, made_at=now, count=len(people), passes=passes,
        late=step is Step.ROSTER and now >= _starts_at(session),
    )  # fmt: skip
    if row.late:
        announce("roster_late", session=session.pk, at=now)
    _keep_leaves(row, people)
    return row


def _keep_leaves(row: Commitment, people: Sequence[_Person]) -> None:
    PersonCommitment.objects.bulk_create(
        PersonCommitment(
            commitment=row, registration=p.registration, nullifier=p.nullifier,
            leaf=PersonLeaf(secrets.token_bytes(16), p.nullifier, p.facts).encode().hex(),
        )
        for p in people
    )  # fmt: skip


def _people(session: Session, step: Step) -> list[_Person]:
    rows = session.registrations.filter(state="enrolled").select_related("document", "result")
    if step is not Step.ROSTER:
        rows = rows.exclude(present=False)
    facts: Callable[[Registration], Mapping[str, Any]]
    if step is Step.SCORE:
        rows = rows.prefetch_related("marks")
        facts = _scores
    else:
        facts = _nothing
    key = digest("nullifier", "key")
    window = str(session.exam_date.year)
    return [
        _Person(
            r,
            commitments.nullifier(
                key, bytes(r.document.number_digest).hex(), session.occupation, session.level, window
            ),
            facts(r),
        )
        for r in rows.order_by("admission_number", "id")
    ]


def _nothing(registration: Registration) -> Mapping[str, Any]:
    return {}


def _scores(registration: Registration) -> Mapping[str, Any]:
    facts: dict[str, Any] = {"passed": registration.result.outcome == "pass"}
    for mark in registration.marks.all():
        facts[mark.part] = mark.state if mark.score is None else int(mark.score * 10)
    return facts


def _entry(
    session: Session, row: Commitment, leaves: Sequence[PersonLeaf]
) -> Roster | Attend | Submit | Score:
    at = int(row.made_at.timestamp())
    sitting = str(session.uuid)
    root = commitments.person_tree(leaves).root()
    if row.step == Step.ROSTER:
        return Roster(
            at=at, sitting=sitting, place=session.region, occupation=session.occupation, level=session.level,
            window=str(session.exam_date.year), starts_at=int(_starts_at(session).timestamp()), count=row.count,
            root=root, nullifiers=tuple(sorted(leaf.nullifier for leaf in leaves)),
        )  # fmt: skip
    if row.step == Step.SCORE:
        return Score(at=at, sitting=sitting, count=row.count, passes=row.passes or 0, root=root)
    kind = Attend if row.step == Step.ATTEND else Submit
    return kind(at=at, sitting=sitting, count=row.count, root=root)


def _leaf(kept: str) -> PersonLeaf:
    return PersonLeaf.decode(bytes.fromhex(kept))


def _starts_at(session: Session) -> datetime:
    """When the exam begins, in China; stations name a day, the house its hour."""
    hour = law().number("log.exam_start_hour", on=session.exam_date, place=session.region)
    return datetime.combine(session.exam_date, time(hour), clock.CHINA)

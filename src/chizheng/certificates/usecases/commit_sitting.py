"""Commit the steps of a sitting to the log as they happen: ROSTER, ATTEND, SUBMIT, SCORE.

The log learns who sits before they sit, who came, that sheets were sealed before they were marked, and
the outcome: as salted digests under one root a step, never as names. `commit_due` is safe to run twice
and after a crash: the row with everybody's salt is stored first, the log answers a repeated batch with
its first receipt, and only then is the place in the log written down.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.db import transaction

from chizheng.assessment.core.states import STEPS as SESSION_STEPS
from chizheng.assessment.core.states import State, place_on_the_way
from chizheng.assessment.models import Registration, Session
from chizheng.certificates import keyring
from chizheng.certificates.core import commitments
from chizheng.certificates.core.commitments import Attend, PersonLeaf, Roster, Score, Step, Submit
from chizheng.certificates.io.tilelog import AppendDoor, Receipt
from chizheng.certificates.models import Commitment, PersonCommitment
from chizheng.law.io.shelf import law
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.home import folder
from chizheng.platform.sealing import digest

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
    return done


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
    PersonCommitment.objects.bulk_create(
        PersonCommitment(
            commitment=row, registration=p.registration, nullifier=p.nullifier,
            leaf=PersonLeaf(secrets.token_bytes(16), p.nullifier, p.facts).encode().hex(),
        )
        for p in people
    )  # fmt: skip
    return row


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

"""A sitting walked to submission through the use cases, and batches ready to issue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chizheng.assessment.core.marks import MarkState, Part
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Mark, Result, Session
from chizheng.assessment.usecases import move_session
from chizheng.certificates import keyring
from chizheng.certificates.models import Batch
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.people.models import Organisation
from tests.factories.assessment import RegistrationFactory, clerk_of, session_of, station
from tests.factories.catalogue import RegionFactory
from tests.factories.people import AccountFactory

EXAM = date(2026, 4, 18)
ISSUED = date(2026, 5, 20)


def at(day: date, hour: int = 2) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def submitted_session(
    *,
    passes: int = 3,
    fails: int = 1,
    body: Organisation | None = None,
    level: int = 4,
    exam: date = EXAM,
    occupation: str = "车工",
) -> Session:
    """A session with that many passing and failing candidates, every step committed in its time."""
    keyring.make()
    RegionFactory()
    body = body or station(occupation=occupation)
    session = session_of(body, level=level, exam=exam, occupation=occupation)
    rows = [RegistrationFactory(session=session) for _ in range(passes + fails)]
    for n, row in enumerate(rows):
        row.admission_number = f"{session.pk:010d}{n:04d}"
        row.save()
    clerk = clerk_of(body)
    for event, day in (
        (Event.CLOSE, exam - timedelta(days=10)), (Event.SEAT, exam - timedelta(days=5)), (Event.HOLD, exam),
        (Event.START_MARKING, exam + timedelta(days=1)),
    ):  # fmt: skip
        move_session(session=session, event=event, actor=clerk, now=at(day, 1))
        commit_due(session=session, now=at(day, 1))
    for n, row in enumerate(rows):
        for part in (Part.THEORY, Part.PRACTICE):
            Mark.objects.create(
                registration=row,
                part=part,
                state=MarkState.SCORED,
                entered_at=at(exam),
                score=Decimal(70 + n % 25 if n < passes else 41),
            )
        Result.objects.create(
            registration=row, outcome="pass" if n < passes else "fail", computed_at=at(exam)
        )
    for event, after in ((Event.FINISH_MARKING, 3), (Event.PUBLISH_RESULTS, 4), (Event.SUBMIT, 15)):
        move_session(session=session, event=event, actor=clerk, now=at(exam + timedelta(days=after)))
        commit_due(session=session, now=at(exam + timedelta(days=after)))
    session.refresh_from_db()
    return session


def approved_batch(**kwargs: object) -> Batch:
    """A reviewed and approved batch of such a session, by two people."""
    session = submitted_session(**kwargs)  # type: ignore[arg-type]
    batch = list_session(session=session, now=at(EXAM + timedelta(days=16)))
    review_batch(batch=batch, actor=AccountFactory(role="centre"), now=at(EXAM + timedelta(days=17)))
    return approve_batch(
        batch=batch, actor=AccountFactory(role="authority"), now=at(ISSUED), issued_on=ISSUED
    )

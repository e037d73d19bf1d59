"""Sittings with results, flags and holds, supervisors with tasks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
from django.db.backends.postgresql.psycopg_any import DateRange
from numpy.typing import NDArray

from chizheng.assessment.core.marks import MarkState, Part
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Mark, PanelMember, Registration, Result, Session
from chizheng.assessment.usecases import move_session
from chizheng.people.models import Account, Organisation, Person
from chizheng.quality.models import AnswerSheet, Flag, Item, Paper, Run, Supervisor, Task
from chizheng.quality.usecases.supervision import dispatch
from tests.factories.assessment import (
    EXAM,
    AssessorFactory,
    RegistrationFactory,
    clerk_of,
    session_of,
    station,
)
from tests.factories.people import AccountFactory, PersonFactory

NOW = datetime(2026, 5, 20, 2, tzinfo=UTC)


def at(day: date, hour: int = 1) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def sitting(
    *,
    candidates: int = 8,
    until: Event = Event.SUBMIT,
    body: Organisation | None = None,
    exam: date = EXAM,
    closed: datetime | None = None,
) -> Session:
    """A sitting with marks, published or submitted; `closed` lets the roster be late."""
    body = body or station()
    session = session_of(body, exam=exam)
    rows = [RegistrationFactory(session=session) for _ in range(candidates)]
    for n, row in enumerate(rows):
        row.admission_number = f"{session.pk:010d}{n:04d}"
        row.save()
    for n in range(3):
        PanelMember.objects.create(session=session, assessor=AssessorFactory(), leader=n == 0)
    clerk = clerk_of(body)
    steps = [
        (Event.CLOSE, closed or at(exam - timedelta(days=10))), (Event.SEAT, at(exam - timedelta(days=5))),
        (Event.HOLD, at(exam)), (Event.START_MARKING, at(exam + timedelta(days=1))),
    ]  # fmt: skip
    for event, when in steps:
        move_session(session=session, event=event, actor=clerk, now=when)
    for n, row in enumerate(rows):
        for part in (Part.THEORY, Part.PRACTICE):
            Mark.objects.create(
                registration=row,
                part=part,
                state=MarkState.SCORED,
                score=Decimal(55 + n % 30),
                entered_at=at(exam),
            )
        Result.objects.create(
            registration=row, outcome="pass" if n % 30 >= 5 else "fail", computed_at=at(exam)
        )
    for event, after in ((Event.FINISH_MARKING, 3), (Event.PUBLISH_RESULTS, 4), (Event.SUBMIT, 15)):
        move_session(session=session, event=event, actor=clerk, now=at(exam + timedelta(days=after)))
        if event == until:
            break
    session.refresh_from_db()
    return session


def flag_on(session: Session, *, flagged: bool = True, posterior: float = 0.97) -> Flag:
    """A run with one flag about the session's station."""
    run = Run.objects.create(region="32", at=NOW, results=500, basis_digest=f"{Run.objects.count():064d}")
    seen = [0] * 101
    seen[60:63] = [20, 12, 9]
    return Flag.objects.create(
        run=run, kind="station", unit=f"s{session.station_id}", station=session.station, statistic=6.1,
        posterior=posterior, flagged=flagged, mechanism="sold", strength_zh="迹象较强", strength_en="strong",
        reason_zh="合格线上方堆积，请看图形", reason_en="a heap over the cut", cannot_show_zh="不能说明是谁所为",
        cannot_show_en="not who did it", evidence={"over_seen": 41, "over_expected": 9.5, "under_seen": 0, "under_expected": 12},
        histogram={"cut": 60, "seen": seen, "expected": [1.0] * 101},
    )  # fmt: skip


def supervisor(region: str = "32", employer: Organisation | None = None) -> tuple[Account, Supervisor]:
    """An account with a card in term."""
    person = PersonFactory()
    card = Supervisor.objects.create(
        person=person, card_number=f"R{person.pk:08d}", qualified_by="三年", region=region, employer=employer,
        term=DateRange(date(2025, 1, 1), date(2028, 1, 1)),
    )  # fmt: skip
    return AccountFactory(role="supervisor", person=person, region=region), card


def task_of(session: Session, sender: Account) -> tuple[Account, Task]:
    """A drawn task for the session, and the supervisor's account."""
    account, _ = supervisor()
    drawn = dispatch(
        start=session.exam_date, end=session.exam_date + timedelta(days=1), actor=sender, now=NOW, seed=1
    )
    return account, Task.objects.get(dispatch=drawn, session=session)


def paper_of(session: Session, items: int, *, code: str = "P1", prefix: str = "Q") -> Paper:
    """A paper for the session's trade and level, every key 'A'; item codes are `prefix`1, `prefix`2, …"""
    paper = Paper.objects.create(
        code=code, occupation=session.occupation, level=session.level, region="32", created_at=NOW
    )
    Item.objects.bulk_create(
        Item(paper=paper, position=n + 1, code=f"{prefix}{n + 1}", key="A") for n in range(items)
    )
    return paper


def answered(session: Session, paper: Paper, right: NDArray[np.int8]) -> None:
    """Answer sheets for the session's first candidates, a row of `right` each: A where right, B where wrong."""
    rows = list(session.registrations.order_by("id")[: len(right)])
    assert len(rows) == len(right)
    AnswerSheet.objects.bulk_create(
        AnswerSheet(registration=r, paper=paper, chosen=["A" if x else "B" for x in line])
        for r, line in zip(rows, right, strict=True)
    )


def crowd(session: Session, count: int) -> None:
    """Bare registrations in bulk, for answers only."""
    first = session.registrations.count()
    people = Person.objects.bulk_create(
        Person(name=f"众样{n}", name_key=f"众样{n}", sex="FM"[n % 2], birth=date(1990, 1, 1), created_at=NOW)
        for n in range(count)
    )
    template = RegistrationFactory(session=session)
    Registration.objects.bulk_create(
        Registration(
            session=session, person=p, document=template.document, name=p.name, alternative="4-years", judged="met",
            admission_number=f"{session.pk:08d}{first + n + 1:06d}", created_at=NOW,
        )
        for n, p in enumerate(people)
    )  # fmt: skip
    template.delete()

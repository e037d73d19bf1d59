"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from chizheng.assessment.models import (
    Assessor,
    LicenceScope,
    Mark,
    PanelMember,
    Registration,
    Result,
    Session,
    SessionEvent,
    StationLicence,
    Upload,
    UploadFault,
)
from tests.factories.assessment import (
    NOW,
    AssessorFactory,
    LicenceFactory,
    RegistrationFactory,
    clerk_of,
    session_of,
    station,
)

pytestmark = pytest.mark.django_db


def refused(name: str, act: object) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()  # type: ignore[operator]
    assert name in str(caught.value)


def test_licences() -> None:
    one = LicenceFactory(institution_number="10012003", period=(date(2000, 1, 1), date(2010, 1, 1)))
    LicenceFactory(institution_number="10012003", period=(date(2010, 1, 1), None))  # the day it ends
    refused(
        "licence_number_once",
        lambda: LicenceFactory(institution_number="10012003", period=(date(2009, 12, 31), date(2010, 1, 1))),
    )
    refused("licence_institution_number", lambda: LicenceFactory(institution_number="10019003"))
    refused("licence_institution_number", lambda: LicenceFactory(institution_number="1001200"))

    def scope(level: int, start: date) -> LicenceScope:
        return LicenceScope.objects.create(licence=one, occupation="焊工", level=level, period=(start, None))

    scope(4, date(2000, 1, 1))
    refused("scope_once", lambda: scope(4, date(2005, 1, 1)))
    refused("scope_level", lambda: scope(6, date(2000, 1, 1)))


def test_assessors_and_panels() -> None:
    one = AssessorFactory(card_number="K1")
    refused("assessor_card_once", lambda: AssessorFactory(card_number="K1"))
    refused("assessor_rank", lambda: AssessorFactory(rank="chief"))
    session = session_of(station())
    PanelMember.objects.create(session=session, assessor=one, leader=True)
    refused("panel_member_once", lambda: PanelMember.objects.create(session=session, assessor=one))
    refused(
        "panel_one_leader",
        lambda: PanelMember.objects.create(session=session, assessor=AssessorFactory(), leader=True),
    )


def test_sessions_and_registrations() -> None:
    body = station()
    session = session_of(body)
    refused("session_state", lambda: Session.objects.filter(pk=session.pk).update(state="gone"))
    refused(
        "session_closes_before_exam",
        lambda: Session.objects.filter(pk=session.pk).update(enrolment_close=date(2027, 1, 1)),
    )

    def twin() -> None:
        session.pk, session.uuid, session.number = None, "00000000-0000-4000-8000-000000000001", "x"
        session.save(force_insert=True)

    refused("session_once_a_day", twin)
    session = Session.objects.get()
    row = RegistrationFactory(session=session, room=1, seat=1, admission_number="1")
    refused(
        "registration_once",
        lambda: RegistrationFactory(session=session, person=row.person, document=row.document),
    )
    refused("registration_seat_once", lambda: RegistrationFactory(session=session, room=1, seat=1))
    refused("admission_number", lambda: RegistrationFactory(session=session, admission_number="1"))
    refused("registration_room_and_seat", lambda: RegistrationFactory(session=session, room=2))
    refused("registration_exam_kinds", lambda: RegistrationFactory(session=session, theory="again"))
    refused("registration_judged", lambda: RegistrationFactory(session=session, judged="unmet"))


def test_marks() -> None:
    body = station()
    row = RegistrationFactory(session=session_of(body))
    one = clerk_of(body)

    def make(**changes: object) -> Mark:
        return Mark.objects.create(
            **{
                "registration": row,
                "part": "theory",
                "state": "scored",
                "score": 60,
                "entered_by": one,
                "entered_at": NOW,
            }
            | changes
        )

    refused("mark_0_to_100", lambda: make(score="100.01"))
    refused("mark_0_to_100", lambda: make(score=-1))
    refused("mark_score_where_scored", lambda: make(state="absent"))
    refused("mark_score_where_scored", lambda: make(score=None))
    refused("mark_part", lambda: make(part="language"))
    refused("mark_two_people", lambda: make(second_by=one, second_state="scored", second_score=60))
    refused("mark_credit_has_source", lambda: make(state="credit"))
    make()
    refused("mark_once", make)
    refused(
        "result_outcome", lambda: Result.objects.create(registration=row, outcome="maybe", computed_at=NOW)
    )


def test_what_happened_cannot_be_changed() -> None:
    session = session_of(station())
    refused("append-only", lambda: SessionEvent.objects.filter(session=session).update(event="annul"))
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("delete from assessment_sessionevent")


@pytest.mark.parametrize(
    "model",
    [Assessor, LicenceScope, Mark, PanelMember, Registration, Result, Session, SessionEvent, StationLicence, Upload, UploadFault],
)  # fmt: skip
def test_every_table_states_what_it_holds_of_people(model: type) -> None:
    assert model.__dict__["personal_data"] and model.__dict__["retention"]

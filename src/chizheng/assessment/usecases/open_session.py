"""A station opens a session inside its licence, and announces it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import LicenceScope, Session, StationLicence
from chizheng.assessment.usecases.move_session import move_session
from chizheng.catalogue.queries import get_occupation, require_level
from chizheng.kernel.errors import BadInput, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.platform import ledger

_SCOPE = Wording(
    zh="本站许可证在{day}不含“{occupation}”{level}级；超出许可范围的鉴定无效，请先办理增项",
    en="the station's licence does not cover '{occupation}' level {level} on {day}; such an exam is void",
)
_DATES = Wording(
    zh="报名截止日{close}不能晚于考试日{exam}", en="enrolment closes on {close}, after the exam on {exam}"
)
_STATION = Wording(zh="只有鉴定所（站）可以开设批次", en="only a station opens sessions")


@transaction.atomic
def open_session(
    *,
    station: Organisation,
    occupation: str,
    level: int,
    exam_date: date,
    enrolment_close: date,
    now: datetime,
    actor: Account | None = None,
    venue: str = "",
    plan_number: str = "",
    notice_number: str = "",
    notice_on: date | None = None,
    judged: str = "",
) -> Session:
    """Open a session in state draft; the same station, occupation, level and day twice is one session.

    Raises Refused outside the licence on the exam day, BadInput for a level the occupation has not.
    `judged` is the named day of eligibility ('close' or 'exam'), by default what the law value says.
    """
    if actor is not None and (actor.role != "station" or actor.organisation_id != station.pk):
        raise Forbidden("not_your_station", _STATION)
    if enrolment_close > exam_date:
        raise BadInput("session_dates", _DATES, close=enrolment_close, exam=exam_date)
    row = get_occupation(occupation, on=exam_date)
    require_level(row, level)
    scope = (
        LicenceScope.objects.filter(
            licence__organisation=station,
            licence__period__contains=exam_date,
            period__contains=exam_date,
            occupation=row.name,
            level=level,
        )
        .select_related("licence")
        .order_by("id")
        .first()
    )
    if scope is None:
        raise Refused("outside_licence", _SCOPE, day=exam_date, occupation=row.name, level=level)
    licence = StationLicence.objects.select_for_update().get(pk=scope.licence_id)  # numbers in turn
    same = (
        Session.objects.filter(station=station, occupation=row.name, level=level, exam_date=exam_date)
        .exclude(state="annulled")
        .first()
    )
    if same is not None:
        return same
    named = law().value("assessment.eligibility_judged_at", on=exam_date, place=station.region).value
    year = exam_date.year
    count = Session.objects.filter(licence=licence, exam_date__year=year).count()
    session = Session.objects.create(
        number=f"{year}-{licence.institution_number}-{count + 1:03d}",
        station=station,
        licence=licence,
        occupation=row.name,
        level=level,
        standard_edition=row.standard_edition,
        region=station.region,
        industry=station.industry,
        exam_date=exam_date,
        enrolment_close=enrolment_close,
        venue=venue or station.address,
        judged=judged or ("exam" if named == "exam" else "close"),
        plan_number=plan_number,
        notice_number=notice_number,
        notice_on=notice_on,
        created_at=now,
    )
    ledger.record(
        verb="assessment.open_session",
        subject=session,
        actor=actor,
        now=now,
        basis=plan_number,
        occupation=row.name,
        level=level,
        exam_date=exam_date.isoformat(),
    )
    return session


def publish_session(*, session: Session, actor: Account | None, now: datetime) -> Session:
    """Announce the session: enrolment is open."""
    return move_session(
        session=session, event=Event.PUBLISH, actor=actor, now=now, basis=session.notice_number
    )

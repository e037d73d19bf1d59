"""Reads of the assessment. Rows of people come only through `access_` queries, by role and jurisdiction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import Count, IntegerField, Max, Prefetch, Q, QuerySet
from django.db.models.functions import Cast, Floor

from chizheng.assessment.core.enrolment import Terms
from chizheng.assessment.core.marks import Part, credit_holds
from chizheng.assessment.core.states import PASSES_COUNT, RESULTS_KNOWN, State
from chizheng.assessment.models import (
    Assessor,
    AssessorTie,
    LicenceScope,
    Mark,
    PanelMember,
    Registration,
    Session,
    Upload,
)
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import require_disinterested, within
from chizheng.platform.plans import looked_up_by_index

_NO_SESSION = Wording(
    zh="没有这个批次，或它不在您的管辖范围内", en="no such session, or it is outside your jurisdiction"
)
_NO_UPLOAD = Wording(zh="没有这次上传，或它不属于本站", en="no such upload, or it is another station's")
_NO_REGISTRATION = Wording(zh="没有这条报名，或它不属于您", en="no such registration, or it is not yours")

_OF_THE_STATE = frozenset({"administrator", "authority", "centre", "supervisor", "planner"})
_SEES_ROSTERS = frozenset({"station", "centre", "authority"})


def access_sessions(account: Account) -> QuerySet[Session]:
    """Sessions an account may see: a station its own, bodies of the state those of their region or
    industry, assessors the panels they sit on, candidates where they are enrolled; nobody else any."""
    rows = Session.objects.select_related("station", "licence").order_by("-exam_date", "-id")
    if account.role == "station":
        return rows.filter(station_id=account.organisation_id)
    if account.role in _OF_THE_STATE:
        return rows.filter(within(account, "region", "industry"))
    if account.person_id is None:
        return rows.none()
    if account.role == "assessor":
        return rows.filter(panel__assessor__person_id=account.person_id).distinct()
    if account.role == "candidate":
        return rows.filter(registrations__person_id=account.person_id).distinct()
    return rows.none()


def access_session(account: Account, uuid: UUID | str) -> Session:
    found = access_sessions(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_session", _NO_SESSION)
    return found


def access_roster(account: Account, session: Session) -> QuerySet[Registration]:
    """The people of a session: for its station and the bodies above it; others see none."""
    rows = session.registrations.select_related("person", "document", "result").order_by(
        "admission_number", "id"
    )
    if account.role not in _SEES_ROSTERS or not access_sessions(account).filter(pk=session.pk).exists():
        return rows.none()
    return rows


def access_upload(account: Account, uuid: UUID | str) -> Upload:
    """An upload of a session of one's own station, or of one's region for the centre."""
    rows = Upload.objects.select_related("session__station", "work")
    if account.role == "station":
        rows = rows.filter(session__station_id=account.organisation_id)
    elif account.role == "centre":
        rows = rows.filter(session__in=access_sessions(account).order_by())
    else:
        rows = rows.none()
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_upload", _NO_UPLOAD)
    return found


def access_own_registrations(account: Account) -> QuerySet[Registration]:
    """A candidate's own registrations, newest first; marks only of published sessions come along."""
    if account.person is None:
        return Registration.objects.none()
    return (
        Registration.objects.filter(person=account.person)
        .select_related("session__station", "document", "result", "person")
        .prefetch_related(
            Prefetch(
                "marks",
                Mark.objects.filter(registration__session__state__in=RESULTS_KNOWN).order_by("id"),
                to_attr="known_marks",
            )
        )
        .order_by("-session__exam_date", "-id")
    )


def access_own_registration(account: Account, uuid: UUID | str) -> Registration:
    found = access_own_registrations(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_registration", _NO_REGISTRATION)
    return found


def list_scopes(station: Organisation, *, on: date) -> QuerySet[LicenceScope]:
    """What a station may assess on a day."""
    return LicenceScope.objects.filter(
        licence__organisation=station, licence__period__contains=on, period__contains=on
    ).order_by("occupation", "-level")


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a session's roster is."""

    enrolled: int
    evidence: int
    entered: int
    disputed: int
    passed: int
    failed: int
    incomplete: int


def counts_of(session: Session) -> Counts:
    enrolled = Q(state="enrolled")
    people = session.registrations.aggregate(
        enrolled=Count("id", filter=enrolled),
        evidence=Count("id", filter=enrolled & Q(judged="unknown")),
        passed=Count("id", filter=enrolled & Q(result__outcome="pass")),
        failed=Count("id", filter=enrolled & Q(result__outcome="fail")),
        incomplete=Count("id", filter=enrolled & Q(result__outcome="incomplete")),
    )
    marks = Mark.objects.filter(registration__session=session, registration__state="enrolled")
    disputed = sum(m.disputed for m in marks.exclude(second_state=""))
    return Counts(entered=marks.count(), disputed=disputed, **people)


def credits_of(persons: Collection[int], session: Session, terms: Terms) -> dict[int, dict[Part, Mark]]:
    """Earlier passes of single parts that still count on the session's exam day, the latest of each part.

    A pass counts for the same occupation and level, from sessions whose results are known; credit that
    was itself carried over is not carried again: its own exam day is what the years run from.
    """
    rows = (
        Mark.objects.filter(
            registration__person_id__in=persons,
            registration__state="enrolled",
            state="scored",
            score__gte=terms.pass_mark,
            registration__session__occupation=session.occupation,
            registration__session__level=session.level,
            registration__session__state__in=RESULTS_KNOWN,
            registration__session__exam_date__lt=session.exam_date,
        )
        .select_related("registration__session")
        .order_by("registration__session__exam_date", "id")
    )
    found: dict[int, dict[Part, Mark]] = defaultdict(dict)
    for mark in rows:
        day = mark.registration.session.exam_date
        if not mark.disputed and credit_holds(day, on=session.exam_date, years=terms.credit_years):
            found[mark.registration.person_id][Part(mark.part)] = mark
    return dict(found)


# --- who sat where -----------------------------------------------------------------------------------


def days_sat(session: Session, *, most: int) -> list[dict[int, str]]:
    """Panels of the station on its last `most` exam days before the session's, the latest first: the card
    numbers by assessor. Days without a panel, and sessions annulled, are passed over."""
    rows = PanelMember.objects.filter(
        session__station_id=session.station_id, session__exam_date__lt=session.exam_date
    ).exclude(session__state=State.ANNULLED)
    days = list(
        rows.order_by("-session__exam_date").values_list("session__exam_date", flat=True).distinct()[:most]
    )
    found: dict[date, dict[int, str]] = {day: {} for day in days}
    for day, assessor, card in rows.filter(session__exam_date__in=days).values_list(
        "session__exam_date", "assessor_id", "assessor__card_number"
    ):
        found[day][assessor] = card
    return [found[day] for day in days]


def met_before(session: Session, assessors: Collection[int], *, months: int) -> dict[int, int]:
    """Candidates of the session's roster whom each assessor assessed in sittings of the same occupation within
    `months` (of 30 days) before its exam day."""
    people = session.registrations.filter(state="enrolled").values("person_id")
    rows = (
        PanelMember.objects.filter(
            assessor_id__in=assessors, session__occupation=session.occupation,
            session__exam_date__lt=session.exam_date,
            session__exam_date__gt=session.exam_date - timedelta(days=30 * months),
            session__registrations__state="enrolled", session__registrations__person_id__in=people,
        )
        .exclude(session__state=State.ANNULLED)
        .values("assessor_id")
        .annotate(n=Count("session__registrations__person_id", distinct=True))
    )  # fmt: skip
    return {row["assessor_id"]: row["n"] for row in rows}


def require_not_sitting(session: Session, account: Account) -> None:
    """Raises Forbidden for an account whose holder is on the session's roster: nobody runs, marks, reviews or
    decides about their own exam."""
    if (
        account.person_id is not None
        and session.registrations.filter(state="enrolled", person=account.person_id).exists()
    ):
        require_disinterested(account, account.person_id)


def ties_to(session: Session, assessors: Collection[int]) -> dict[int, int]:
    """Candidates of the session's roster to whom each assessor has a declared tie; closest of all: themselves."""
    people = session.registrations.filter(state="enrolled").values("person_id")
    rows = AssessorTie.objects.filter(assessor_id__in=assessors, person_id__in=people)
    found = dict(rows.values_list("assessor_id").annotate(Count("pk")))
    for card in Assessor.objects.filter(pk__in=assessors, person_id__in=people).values_list("pk", flat=True):
        found[card] = found.get(card, 0) + 1
    return found


# --- what the certificates context asks -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passing:
    """A registration that passed, with what a certificate states."""

    registration: Registration
    person: Person
    name: str
    marks: dict[str, Mark]
    occupation: str
    level: int
    institution_number: str
    exam_date: date
    standard_edition: str


def list_sessions_in(account: Account, *states: State) -> QuerySet[Session]:
    """Sessions of the account's jurisdiction in these states, e.g. submitted ones for the centre."""
    return access_sessions(account).filter(state__in=states)


def list_passing(session: Session) -> Iterator[Passing]:
    """Everybody who passed in a session that was submitted (or later), in the order of admission numbers."""
    if session.state not in PASSES_COUNT:
        return
    rows = (
        session.registrations.filter(state="enrolled", result__outcome="pass")
        .select_related("person", "document", "result")
        .prefetch_related("marks")
        .order_by("admission_number")
    )
    for row in rows:
        yield Passing(
            registration=row,
            person=row.person,
            name=row.name,
            marks={m.part: m for m in row.marks.all()},
            occupation=session.occupation,
            level=session.level,
            institution_number=session.licence.institution_number,
            exam_date=session.exam_date,
            standard_edition=session.standard_edition,
        )


@dataclass(frozen=True, slots=True)
class Passes:
    """The passes of one session as certificates state them, by columns: one value for each pass, in the order
    of `list_passing`. Scores in tenths of a point, None where the part was not examined."""

    registrations: Sequence[int] = ()
    persons: Sequence[int] = ()
    names: Sequence[str] = ()
    sexes: Sequence[str] = ()
    births: Sequence[date | None] = ()
    document_kinds: Sequence[str] = ()
    document_tails: Sequence[str] = ()
    theory: Sequence[int | None] = ()
    practice: Sequence[int | None] = ()
    review: Sequence[int | None] = ()


def passes(sessions: Collection[Session]) -> dict[int, Passes]:
    """What `list_passing` yields of each session, by its id, by one plain query: for thousands at a time."""
    counting = [session.pk for session in sessions if session.state in PASSES_COUNT]
    parts = [Part.THEORY, Part.PRACTICE, Part.REVIEW]
    tenths = {
        part.name: Cast(Floor(10 * Max("marks__score", filter=Q(marks__part=part))), IntegerField())
        for part in parts
    }
    rows = (
        Registration.objects.filter(session__in=counting, state="enrolled", result__outcome="pass")
        .annotate(**tenths)
        .order_by("session_id", "admission_number")
        .values_list(
            "session_id", "pk", "person_id", "person__name", "person__sex", "person__birth",
            "document__kind", "document__tail", *tenths,
        )
    )  # fmt: skip
    found = {pk: Passes() for pk in counting}
    with looked_up_by_index():
        for pk, of_session in groupby(rows, key=itemgetter(0)):
            found[pk] = Passes(*list(zip(*of_session, strict=True))[1:])
    return found

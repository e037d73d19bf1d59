"""A small province of licences, sessions, rosters and marks for the demonstration, from one seed.

Everything is invented: names say so, and identity numbers use area codes that no card carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Protocol

from django.db import transaction

from chizheng.assessment.core.marks import ABSENT, MISCONDUCT, Part, scored
from chizheng.assessment.core.marks import Mark as Score
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Assessor, Mark, Registration, Session
from chizheng.assessment.terms import setting_of, terms_of
from chizheng.assessment.usecases import (
    appoint_panel,
    close_enrolment,
    finish_marking,
    hold_session,
    license_station,
    move_session,
    open_session,
    publish_results,
    publish_session,
    register_assessor,
    seat,
    submit_to_centre,
)
from chizheng.people.core.identity import DocumentKind, IdentityDocument, check_character, read_document
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import number_digest
from chizheng.people.usecases import enrol_persons
from chizheng.platform.clock import day_of

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = ("样例", "示范", "虚构", "演示", "假名", "范例", "拟真", "试用")
TRADES = ("焊工", "车工", "维修电工", "中式烹调师", "汽车修理工", "保育员", "养老护理员", "美发师")
UNITS = ("样例机械厂", "示范汽修行", "虚构饭店", "演示电器公司", "范例建筑公司", "")


class World(Protocol):
    """What the demonstration hands in: randomness, the instant, bodies and one account per role.

    Those who have a plan of their own call `announce`, `enrol` and `run` instead of `build`.
    """

    @property
    def rng(self) -> Random: ...
    @property
    def now(self) -> datetime: ...
    @property
    def stations(self) -> Sequence[Organisation]: ...
    @property
    def accounts(self) -> Mapping[str, Account]: ...


@dataclass
class Built:
    """What was made, for the contexts downstream."""

    assessors: list[Assessor] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


@transaction.atomic
def build(world: World, *, past: int = 3, candidates: int = 24) -> Built:
    """Per station: `past` submitted sessions, one in publicity, one being marked, one enrolling.

    The candidate account, where it has a person, sits in the first past session and the one in publicity.
    """
    built = Built()
    rng = world.rng
    today = day_of(world.now)
    known = world.accounts.get("candidate")
    for number, station in enumerate(world.stations):
        trades = [TRADES[(number + n) % len(TRADES)] for n in range(2)]
        license_station(
            organisation=station,
            institution_number=f"10{station.region[2:4] or '00'}1{number + 1:03d}",
            start=date(2010, 1, 1),
            end=None,
            scopes=[(t, n) for t in trades for n in (5, 4, 3, 2)],
            now=world.now,
            basis="样例许可〔2010〕1号",
        )
        panel = draw_assessors(rng=rng, station=station, trades=trades, today=today, now=world.now)
        built.assessors += panel
        own = world.accounts.get("station")
        clerk = own if own is not None and own.organisation_id == station.pk else None
        plan = [(today - timedelta(days=60 + 45 * n), "submitted") for n in reversed(range(past))]
        plan += [(today - timedelta(days=8), "published"), (today - timedelta(days=2), "marking")]
        plan += [(today + timedelta(days=30), "enrolling")]
        for at, (day, until) in enumerate(plan):
            session = announce(
                station=station,
                occupation=trades[at % 2],
                level=(4, 3, 5, 4, 3, 2)[at % 6],
                exam_day=day,
                clerk=clerk,
            )
            count = candidates if until != "enrolling" else candidates // 3
            people = [
                (draw_document(rng, station.region, 1970, 2003), draw_name(rng), rng.choice(UNITS))
                for _ in range(count)
            ]
            if number == 0 and at in (0, past) and known is not None and known.person is not None:
                document = known.person.documents.first()
                if document is not None:
                    kind = DocumentKind(document.kind)
                    people.append((read_document(kind, document.number), known.person.name, ""))
            enrol(session=session, people=people, now=world.now, rng=rng)
            if until != "enrolling":
                run(
                    session=session,
                    panel=turn(panel, at),
                    clerk=clerk,
                    until=until,
                    marks=partial(draw_mark, rng),
                )
            built.sessions.append(session)
    return built


POOL = 5
"""Assessors of a station: each sits three times in a row and rests twice."""


def announce(
    *, station: Organisation, occupation: str, level: int, exam_day: date, clerk: Account | None = None
) -> Session:
    """A session that was opened and published forty days before its exam day."""
    opened = _at(exam_day - timedelta(days=40))
    session = open_session(
        station=station,
        occupation=occupation,
        level=level,
        exam_date=exam_day,
        enrolment_close=exam_day - timedelta(days=10),
        now=opened,
        actor=clerk,
        plan_number=f"样例计划{exam_day:%Y-%m}",
        notice_number=f"样例公告{exam_day:%m%d}",
        notice_on=exam_day - timedelta(days=40),
    )
    return publish_session(session=session, actor=clerk, now=opened)


def enrol(
    *, session: Session, people: Sequence[tuple[IdentityDocument, str, str]], now: datetime, rng: Random
) -> list[Registration]:
    """Enrol (document, name, employer) in bulk under alternatives drawn from the law's; once per person."""
    setting = setting_of(session)
    alternatives = setting.rules.for_level(session.level)
    once = {(d.kind, d.number): (d, name, unit) for d, name, unit in people}
    documents = enrol_persons(
        [(d, name, d.sex, d.birth) for d, name, _ in once.values()], now=now, region=session.region
    )
    rows = []
    for document, name, unit in once.values():
        row = documents[document.kind.value, number_digest(document)]
        chosen = rng.choice(alternatives)
        rows.append(
            Registration(
                session=session,
                person=row.person,
                document=row,
                name=name,
                employer=unit,
                rules=setting.rules.code,
                alternative=chosen.code,
                evidence=list(chosen.evidence),
                judged=rng.choice(("met", "met", "unknown")),
                created_at=now,
            )
        )
    return Registration.objects.bulk_create(rows, ignore_conflicts=True)


Marker = Callable[[Registration, Part], Score]


def run(
    *, session: Session, panel: Sequence[Assessor], clerk: Account | None, until: str, marks: Marker
) -> Session:
    """Take an enrolled session on its way: `until` is 'marking' (half entered), 'published' or 'submitted'.

    `marks` says each part's mark. Days follow the exam day, so past sessions get a past.
    """
    day = session.exam_date
    close_enrolment(session=session, actor=clerk, now=_at(session.enrolment_close, 9))
    appoint_panel(
        session=session,
        members=[(a, n == 0) for n, a in enumerate(panel)],
        actor=None,
        now=_at(day - timedelta(days=7)),
    )
    seat(session=session, actor=clerk, now=_at(day - timedelta(days=5)))
    hold_session(session=session, actor=clerk, now=_at(day, 10))
    move_session(session=session, event=Event.START_MARKING, actor=clerk, now=_at(day, 11))
    roster = list(session.registrations.filter(state="enrolled").order_by("admission_number"))
    if until == "marking":
        roster = roster[: len(roster) // 2]
    parts = terms_of(session).parts
    kept = set(Mark.objects.filter(registration__in=roster).values_list("registration_id", "part"))
    said = [
        (row, part, marks(row, part)) for row in roster for part in parts if (row.pk, part.value) not in kept
    ]
    entered_at = _at(day + timedelta(days=1))
    Mark.objects.bulk_create(
        [
            Mark(
                registration=row,
                part=part,
                state=mark.state,
                score=mark.score,
                entered_by=clerk,
                entered_at=entered_at,
            )
            for row, part, mark in said
        ],
        batch_size=1000,
    )
    if until != "marking":
        finish_marking(session=session, actor=clerk, now=_at(day + timedelta(days=2)))
        publish_results(session=session, actor=clerk, now=_at(day + timedelta(days=3)))
    if until == "submitted":
        submit_to_centre(session=session, actor=clerk, now=_at(day + timedelta(days=30)))
    session.refresh_from_db()
    return session


def draw_mark(rng: Random, row: Registration, part: Part) -> Score:
    """Mostly a score in half points about 73; sometimes absent, rarely misconduct."""
    luck = rng.random()
    if luck < 0.03:
        return ABSENT
    if luck < 0.035:
        return MISCONDUCT
    return scored(Decimal(max(40, min(200, round(rng.gauss(146, 22))))) / 2)


def draw_name(rng: Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def draw_document(rng: Random, region: str, first: int, last: int) -> IdentityDocument:
    """A resident number of somebody born from `first` to `last`, of an area no card carries."""
    born = date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))
    body = f"{region[:4]:0<4}00{born:%Y%m%d}{rng.randint(1, 999):03d}"
    return read_document(DocumentKind.RESIDENT, body + check_character(body))


def turn(pool: Sequence[Assessor], sitting: int) -> list[Assessor]:
    """The panel of a station's n-th sitting: one member leaves and one comes each time."""
    return [pool[(sitting + n) % len(pool)] for n in range(3)]


def draw_assessors(
    *, rng: Random, station: Organisation, trades: Sequence[str], today: date, now: datetime
) -> list[Assessor]:
    """Senior assessors of a station's region who do not work for it, enough to rotate."""
    documents = [draw_document(rng, station.region, 1960, 1985) for _ in range(POOL)]
    known = enrol_persons([(d, draw_name(rng), d.sex, d.birth) for d in documents], now=now)
    return [
        register_assessor(
            person=known[d.kind.value, number_digest(d)].person,
            card_number=f"K{station.region[:2]}{station.pk:04d}{n}",
            rank=Assessor.Rank.SENIOR,
            trades=trades,
            start=today - timedelta(days=400),
            region=station.region[:4],
            now=now,
        )
        for n, d in enumerate(documents, 1)
    ]


def _at(day: date, hour: int = 2) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)

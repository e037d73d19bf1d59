"""A small province of licences, sessions, rosters and marks for the demonstration, from one seed.

Everything is invented: names say so, and identity numbers use area codes that no card carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Protocol

from django.db import transaction

from chizheng.assessment.core.marks import MarkState, Part
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

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = ("样例", "示范", "虚构", "演示", "假名", "范例", "拟真", "试用")
TRADES = ("焊工", "车工", "维修电工", "中式烹调师", "汽车修理工", "保育员", "养老护理员", "美发师")
UNITS = ("样例机械厂", "示范汽修行", "虚构饭店", "演示电器公司", "范例建筑公司", "")


class World(Protocol):
    """What the demonstration hands in: randomness, the instant, bodies and one account per role."""

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
    today = world.now.astimezone(UTC).date()
    for number, station in enumerate(world.stations):
        trades = [TRADES[(number + n) % len(TRADES)] for n in range(2)]
        license_station(
            organisation=station, institution_number=f"10{station.region[2:4] or '00':0>2}1{number + 1:03d}",
            start=date(2010, 1, 1), end=None, scopes=[(t, n) for t in trades for n in (5, 4, 3, 2)],
            now=world.now, basis="样例许可〔2010〕1号",
        )  # fmt: skip
        built.assessors += _assessors(rng, station, trades, today, world.now)
        own = world.accounts.get("station")
        clerk = own if own is not None and own.organisation_id == station.pk else None
        panel = built.assessors[-3:]
        days = [today - timedelta(days=60 + 45 * n) for n in range(past)]
        plan = [(day, "submitted") for day in reversed(days)]
        plan += [(today - timedelta(days=8), "published"), (today - timedelta(days=2), "marking")]
        plan += [(today + timedelta(days=30), "enrolling")]
        for at, (day, until) in enumerate(plan):
            session = _session(world, station, trades[at % 2], (4, 3, 5, 4, 3, 2)[at % 6], day, clerk)
            count = candidates if until != "enrolling" else candidates // 3
            _enrol(rng, session, count, world.now)
            known = world.accounts.get("candidate")
            if number == 0 and at in (0, past) and known is not None and known.person is not None:
                _enrol_known(session, known, world.now)
            if until != "enrolling":
                _run(rng, session, panel, clerk, until)
            built.sessions.append(session)
    return built


def _at(day: date, hour: int = 2) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def _assessors(
    rng: Random, station: Organisation, trades: Sequence[str], today: date, now: datetime
) -> list[Assessor]:
    documents = [_document(rng, station.region, 1960, 1985) for _ in range(3)]
    known = enrol_persons([(d, _name(rng), d.sex, d.birth) for d in documents], now=now)
    return [
        register_assessor(
            person=known[d.kind.value, number_digest(d)].person, card_number=f"K{station.region[:2]}{station.pk:04d}{n}",
            rank=Assessor.Rank.SENIOR, trades=trades, start=today - timedelta(days=400), region=station.region[:4],
            now=now,
        )
        for n, d in enumerate(documents, 1)
    ]  # fmt: skip


def _session(
    world: World, station: Organisation, trade: str, level: int, day: date, clerk: Account | None
) -> Session:
    opened = _at(day - timedelta(days=40))
    session = open_session(
        station=station, occupation=trade, level=level, exam_date=day, enrolment_close=day - timedelta(days=10),
        now=opened, actor=clerk, plan_number=f"样例计划{day.year}-{day.month}", notice_number=f"样例公告{day:%m%d}",
        notice_on=day - timedelta(days=40),
    )  # fmt: skip
    return publish_session(session=session, actor=clerk, now=opened)


def _name(rng: Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def _document(rng: Random, region: str, first: int, last: int) -> IdentityDocument:
    born = date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))
    body = f"{region[:4]:0<4}00{born:%Y%m%d}{rng.randint(1, 999):03d}"
    return read_document(DocumentKind.RESIDENT, body + check_character(body))


def _enrol(rng: Random, session: Session, count: int, now: datetime) -> None:
    setting = setting_of(session)
    alternatives = setting.rules.for_level(session.level)
    found = {}
    for _ in range(count):
        document = _document(rng, session.region, 1970, 2003)
        found[document.number] = (document, _name(rng), document.sex, document.birth)
    documents = enrol_persons(list(found.values()), now=now, region=session.region)
    rows = []
    for document, name, _, _ in found.values():
        row = documents[document.kind.value, number_digest(document)]
        chosen = rng.choice(alternatives)
        rows.append(
            Registration(
                session=session, person=row.person, document=row, name=name, employer=rng.choice(UNITS),
                rules=setting.rules.code, alternative=chosen.code, evidence=list(chosen.evidence),
                judged=rng.choice(("met", "met", "unknown")), created_at=now,
            )
        )  # fmt: skip
    Registration.objects.bulk_create(rows, ignore_conflicts=True)


def _enrol_known(session: Session, account: Account, now: datetime) -> None:
    """The demonstration's candidate, so that their desk is not empty."""
    assert account.person is not None
    document = account.person.documents.first()
    if document is None:
        return
    setting = setting_of(session)
    chosen = setting.rules.for_level(session.level)[0]
    Registration.objects.get_or_create(
        session=session, person=account.person,
        defaults={
            "document": document, "name": account.person.name, "rules": setting.rules.code,
            "alternative": chosen.code, "evidence": list(chosen.evidence), "judged": "met", "created_at": now,
        },
    )  # fmt: skip


def _run(rng: Random, session: Session, panel: Sequence[Assessor], clerk: Account | None, until: str) -> None:
    day = session.exam_date
    close_enrolment(session=session, actor=clerk, now=_at(session.enrolment_close, 9))
    appoint_panel(
        session=session, members=[(a, n == 0) for n, a in enumerate(panel)], actor=None,
        now=_at(day - timedelta(days=7)),
    )  # fmt: skip
    seat(session=session, actor=clerk, now=_at(day - timedelta(days=5)))
    hold_session(session=session, actor=clerk, now=_at(day, 10))
    move_session(session=session, event=Event.START_MARKING, actor=clerk, now=_at(day, 11))
    roster = list(session.registrations.filter(state="enrolled").order_by("admission_number"))
    if until == "marking":
        roster = roster[: len(roster) // 2]
    parts = terms_of(session).parts
    Mark.objects.bulk_create(_mark(rng, row, part, clerk, day) for row in roster for part in parts)
    if until == "marking":
        return
    finish_marking(session=session, actor=clerk, now=_at(day + timedelta(days=2)))
    publish_results(session=session, actor=clerk, now=_at(day + timedelta(days=3)))
    if until == "submitted":
        submit_to_centre(session=session, actor=clerk, now=_at(day + timedelta(days=30)))


def _mark(rng: Random, row: Registration, part: Part, clerk: Account | None, day: date) -> Mark:
    """Mostly a score in half points about 73; sometimes absent, rarely misconduct."""
    draw = rng.random()
    state, score = MarkState.SCORED, None
    if draw < 0.03:
        state = MarkState.ABSENT
    elif draw < 0.035:
        state = MarkState.MISCONDUCT
    else:
        score = Decimal(max(40, min(200, round(rng.gauss(146, 22))))) / 2
    return Mark(
        registration=row, part=part, state=state, score=score, entered_by=clerk,
        entered_at=_at(day + timedelta(days=1)),
    )  # fmt: skip

"""Build the demo's province through the very use cases that people use, and show what came of it.

Every step looks at what is there already, so a stopped build goes on where it was, and a finished one
changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

from django.db import transaction

from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.states import Event, State
from chizheng.assessment.demo import announce
from chizheng.assessment.io.marks_sheet import Line, write_marks_sheet
from chizheng.assessment.models import Assessor, Session
from chizheng.assessment.terms import setting_of, terms_of
from chizheng.assessment.usecases import (
    appoint_panel,
    close_enrolment,
    finish_marking,
    hold_session,
    import_marks,
    license_station,
    move_session,
    publish_results,
    receive_enrolment,
    register_assessor,
    run_import,
    seat,
    submit_to_centre,
)
from chizheng.catalogue.usecases import load_catalogue
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.people.models import Account, Organisation
from chizheng.people.usecases import enrol_person, open_account, register_organisation
from chizheng.platform import clock
from chizheng.platform.roles import Role
from chizheng.platform.secrets import secret
from chizheng.portal.simulation import sheets
from chizheng.portal.simulation.world import PROVINCE, SittingPlan, World, make, person

Tell = Callable[[str], None]

STAGES = (State.ENROLLING, State.MARKING, State.SUBMITTED, State.REVIEWED)
"""How far the newest sittings are left for a visitor to carry on; the older ones are issued."""


@dataclass
class Built:
    """The demo as it stands: what later steps and other contexts' demos build on."""

    world: World
    now: datetime
    rng: random.Random
    accounts: dict[str, Account] = field(default_factory=dict)
    stations: list[Organisation] = field(default_factory=list)
    employers: list[Organisation] = field(default_factory=list)
    agencies: list[Organisation] = field(default_factory=list)
    panels: dict[int, list[Assessor]] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)


def password() -> str:
    """The one password of all demo accounts, drawn for this data folder."""
    return secret("demo")[:10]


def build(*, seed: int, now: datetime, tell: Tell) -> Built:
    """The whole province; `tell` hears what is being done."""
    today = clock.day_of(now)
    anchor = _anchor(today)
    built = Built(make(seed, today=anchor), now, random.Random(seed))  # noqa: S311 - a simulation
    tell("职业目录与法规 catalogue and law")
    load_catalogue(now=now)
    tell("密钥仪式与信任名单 keys and trust list")
    hold_ceremony(now=now)
    tell("单位、账号、许可证、考评员 bodies, accounts, licences, assessors")
    _bodies(built)
    for done, sitting in enumerate(built.world.sittings, 1):
        tell(f"鉴定批次 {done}/{len(built.world.sittings)}: {sitting.occupation} {sitting.level}")
        built.sessions.append(_sit(built, sitting, done - 1))
    for name, step in _others():
        tell(name)
        step(built)
    tell("状态与离线信任文件 status and offline trust file")
    publish_status(now=now)
    return built


def _anchor(today: date) -> date:
    """The day the plan is drawn for: that of the first build, kept, so that later builds find it again."""
    from chizheng.platform.home import home

    path = home() / "demo.day"
    if not path.exists():
        path.write_text(today.isoformat())
    return date.fromisoformat(path.read_text().strip())


def _others() -> Iterator[tuple[str, Callable[[Built], None]]]:
    """Demos of the contexts downstream, where they have one."""
    for context in ("quality", "access", "inspection"):
        if find_spec(f"chizheng.{context}.demo") is not None:
            yield context, import_module(f"chizheng.{context}.demo").build


@transaction.atomic
def _bodies(built: Built) -> None:
    now, world = built.now, built.world
    start = date(2010, 1, 1)
    for plan in world.stations:
        body = register_organisation(
            name=plan.name, kind="station", region=plan.city, credit_code=plan.credit_code, now=now
        )
        license_station(
            organisation=body, institution_number=plan.institution, start=start, end=None,
            scopes=[(trade, level) for trade in plan.trades for level in (5, 4, 3)], now=now, basis="演示许可",
        )  # fmt: skip
        built.stations.append(body)
    for kind, plans, into in (
        ("employer", world.employers, built.employers), ("agency", world.agencies, built.agencies),
    ):  # fmt: skip
        into += [
            register_organisation(name=p.name, kind=kind, region=p.region, credit_code=p.credit_code, now=now)
            for p in plans
        ]
    _accounts(built)
    rng = random.Random(world.seed + 1)  # noqa: S311
    for at, station in enumerate(world.stations):
        built.panels[at] = [_assessor(rng, station.trades, now, world.today, n) for n in range(3)]


def _assessor(rng: random.Random, trades: tuple[str, ...], now: datetime, today: date, n: int) -> Assessor:
    plan = person(rng, today)
    document = read_document(DocumentKind.RESIDENT, plan.number)
    someone, _ = enrol_person(name=plan.name, document=document, now=now, sex=plan.sex, region=PROVINCE)
    return register_assessor(
        person=someone, card_number=f"K{PROVINCE}{document.number[-6:-1]}{n}", rank="senior", trades=trades,
        start=today - timedelta(days=400), now=now, region=PROVINCE,
    )  # fmt: skip


def _accounts(built: Built) -> None:
    """One account per role, named after it; the candidate is somebody who sat and passed."""
    bodies = {
        Role.STATION: built.stations[0], Role.EMPLOYER: built.employers[0], Role.AGENCY: built.agencies[0],
    }  # fmt: skip
    passed = next(
        p
        for s in built.world.sittings[:1]
        for p, t, m in zip(s.people, s.theory, s.practice, strict=True)
        if (t or 0) >= 60 and (m or 0) >= 60
    )
    someone, _ = enrol_person(
        name=passed.name, document=read_document(DocumentKind.RESIDENT, passed.number), now=built.now,
        region=PROVINCE,
    )  # fmt: skip
    for role in Role:
        built.accounts[role.value] = open_account(
            username=role.value.replace("_", "-"), password=password(), role=role, now=built.now,
            region="" if role in (Role.ADMINISTRATOR, Role.PUBLIC) else PROVINCE, organisation=bodies.get(role),
            person=someone if role is Role.CANDIDATE else None, display=str(role.label),
        )  # fmt: skip


def _sit(built: Built, plan: SittingPlan, n: int) -> Session:
    """Walk one sitting as far as the plan wants it, each step on its own day."""
    newest = len(built.world.sittings) - 1 - n
    stage = STAGES[newest] if newest < len(STAGES) else State.ISSUED
    exam = plan.exam_on if stage is not State.ENROLLING else built.world.today + timedelta(days=30)
    station = built.stations[plan.station]
    session = Session.objects.filter(
        station=station, occupation=plan.occupation, level=plan.level, exam_date=exam
    ).first() or announce(station=station, occupation=plan.occupation, level=plan.level, exam_day=exam)
    if session.state == State.ENROLLING:
        alternative = setting_of(session).rules.for_level(plan.level)[0].wording.zh
        name, content = sheets.enrolment_sheet(plan, _claimable(session, plan.level) or alternative, n=n)
        received = _at(session.enrolment_close - timedelta(days=1))
        upload, _ = receive_enrolment(session=session, file_name=name, content=content, actor=None, now=received)
        run_import(upload=upload, now=received)
    if stage is State.ENROLLING:
        return session
    _hold(built, session, plan)
    if stage is State.MARKING:
        return session
    _mark(session, plan)
    _issue(built, session, stage)
    session.refresh_from_db()
    return session


def _claimable(session: Session, level: int) -> str:
    """An alternative that years of work alone meet, as most candidates claim."""
    for alternative in setting_of(session).rules.for_level(level):
        if "work_years" in alternative.evidence and "certificate" not in alternative.evidence:
            return alternative.wording.zh
    return ""


def _hold(built: Built, session: Session, plan: SittingPlan) -> None:
    exam = session.exam_date
    if session.state == State.ENROLLING:
        close_enrolment(session=session, actor=None, now=_at(session.enrolment_close, 17))
        _step(session, session.enrolment_close)
    if session.state == State.CLOSED:
        appoint_panel(
            session=session, members=[(a, n == 0) for n, a in enumerate(built.panels[plan.station])], actor=None,
            now=_at(exam - timedelta(days=6)),
        )  # fmt: skip
        seat(session=session, actor=None, now=_at(exam - timedelta(days=5)))
        session.refresh_from_db()
    if session.state == State.SEATED:
        hold_session(session=session, actor=None, now=_at(exam, 12))
        _step(session, exam)
    if session.state == State.HELD:
        move_session(session=session, event=Event.START_MARKING, actor=None, now=_at(exam + timedelta(days=1)))
        _step(session, exam + timedelta(days=1))


def _mark(session: Session, plan: SittingPlan) -> None:
    exam = session.exam_date
    if session.state == State.MARKING:
        found = {
            p.number: (t, m) for p, t, m in zip(plan.people, plan.theory, plan.practice, strict=True)
        }
        roster = session.registrations.filter(state="enrolled").select_related("document").order_by("admission_number")
        lines = [
            Line(r.admission_number or "", r.name, _cells(*found[r.document.number]), frozenset())
            for r in roster
        ]
        parts = [p.value for p in terms_of(session).parts]
        content = write_marks_sheet("成绩登记表", parts, lines)
        import_marks(session=session, file_name="成绩.xlsx", content=content, actor=None, now=_at(exam + timedelta(days=2)))
        finish_marking(session=session, actor=None, now=_at(exam + timedelta(days=3)))
        session.refresh_from_db()
    if session.state == State.MARKED:
        publish_results(session=session, actor=None, now=_at(exam + timedelta(days=4)))
        session.refresh_from_db()
    if session.state == State.PUBLISHED:
        day = (session.publicity_until or exam) + timedelta(days=1)
        submit_to_centre(session=session, actor=None, now=_at(day))
        _step(session, day)


def _cells(theory: int | None, practice: int | None) -> dict[str, str]:
    return {
        Part.THEORY.value: "缺考" if theory is None else str(Decimal(theory)),
        Part.PRACTICE.value: "缺考" if practice is None else str(Decimal(practice)),
    }


def _issue(built: Built, session: Session, stage: State) -> None:
    if stage is State.SUBMITTED:
        return
    day = clock.day_of(session.events.get(event=Event.SUBMIT).at)
    batch = list_session(session=session, now=_at(day + timedelta(days=1)))
    if batch.state == "listed":
        batch = review_batch(batch=batch, actor=built.accounts["centre"], now=_at(day + timedelta(days=2)))
    if stage is State.REVIEWED:
        return
    if batch.state == "reviewed":
        issued = min(day + timedelta(days=3), built.world.today)
        batch = approve_batch(batch=batch, actor=built.accounts["authority"], now=_at(issued), issued_on=issued)
    issue_batch(batch=batch, now=built.now)


def _step(session: Session, day: date) -> None:
    """Log what is due, on the day it happened."""
    session.refresh_from_db()
    commit_due(session=session, now=_at(day, 18))


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), clock.CHINA).astimezone(UTC)

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
from chizheng.assessment.demo import POOL, announce, turn
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


def build(*, seed: int, now: datetime, tell: Tell, sittings: int = 14, size: int = 30) -> Built:
    """The whole province; `tell` hears what is being done."""
    today = clock.day_of(now)
    anchor = _anchor(today)
    built = Built(make(seed, today=anchor, sittings=sittings, size=size), now, random.Random(seed))  # noqa: S311 - a simulation
    tell("职业目录与法规 catalogue and law")
    load_catalogue(now=now)
    tell("密钥仪式与信任名单 keys and trust list")
    hold_ceremony(now=now)
    tell("单位、账号、许可证、考评员 bodies, accounts, licences, assessors")
    _bodies(built)
    plans = built.world.sittings
    steps = sorted((step for n, s in enumerate(plans) for step in _steps(built, s, n)), key=lambda s: s[0])
    for done, (at, act) in enumerate(steps, 1):
        act()
        if done % 20 == 0 or done == len(steps):
            tell(f"{len(plans)} 个鉴定批次 sittings: {clock.day_of(at)} ({done}/{len(steps)})")
    built.sessions += Session.objects.order_by("exam_date")
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
    for context in ("certificates", "quality", "access", "inspection"):
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
        built.panels[at] = [_assessor(rng, station.trades, now, world.today, n) for n in range(POOL)]


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
    built.accounts["centre-2"] = open_account(  # what one clerk of the centre sends in, another must review
        username="centre-2", password=password(), role=Role.CENTRE, now=built.now, region=PROVINCE,
        display=f"{Role.CENTRE.label}（二）",
    )  # fmt: skip


Step = tuple[datetime, Callable[[], None]]


def _steps(built: Built, plan: SittingPlan, n: int) -> Iterator[Step]:
    """The acts of one sitting, each with the instant it happened; done ones do nothing when repeated.

    All sittings' acts are carried out in the order of time, for the log must not be written backwards.
    """
    newest = len(built.world.sittings) - 1 - n
    stage = STAGES[newest] if newest < len(STAGES) else State.ISSUED
    exam = plan.exam_on if stage is not State.ENROLLING else built.world.today + timedelta(days=30)
    walk = _Sitting(built, plan, exam, n)
    for days, hour, act, until in (
        (-40, 10, walk.announce, State.ENROLLING),
        (-38, 16, walk.enrol, State.ENROLLING),
        (-10, 17, walk.close, State.MARKING),
        (-6, 10, walk.seat, State.MARKING),
        (0, 9, walk.hold, State.MARKING),
        (1, 9, walk.seal, State.MARKING),
        (3, 15, walk.mark, State.SUBMITTED),
        (4, 10, walk.publish, State.SUBMITTED),
        (22, 10, walk.submit, State.SUBMITTED),
        (23, 10, walk.review, State.REVIEWED),
        (24, 11, walk.approve, State.ISSUED),
    ):
        if _WAY.index(until) > _WAY.index(stage):
            break
        yield _at(exam + timedelta(days=days), hour), act


_WAY = (State.ENROLLING, State.MARKING, State.SUBMITTED, State.REVIEWED, State.ISSUED)


@dataclass
class _Sitting:
    """One sitting and its acts; every act looks at the state first."""

    built: Built
    plan: SittingPlan
    exam: date
    n: int

    @property
    def session(self) -> Session:
        return Session.objects.get(
            station=self.built.stations[self.plan.station], occupation=self.plan.occupation, level=self.plan.level,
            exam_date=self.exam,
        )  # fmt: skip

    def at(self, days: int, hour: int) -> datetime:
        return _at(self.exam + timedelta(days=days), hour)

    def announce(self) -> None:
        station = self.built.stations[self.plan.station]
        known = Session.objects.filter(
            station=station, occupation=self.plan.occupation, level=self.plan.level, exam_date=self.exam
        )
        if known.exists():
            return
        announce(station=station, occupation=self.plan.occupation, level=self.plan.level, exam_day=self.exam)

    def enrol(self) -> None:
        session = self.session
        if session.state == State.ENROLLING:
            name, content = sheets.enrolment_sheet(self.plan, _claimable(session, self.plan.level), n=self.n)
            at = self.at(-38, 16)
            upload, _ = receive_enrolment(
                session=session, file_name=name, content=content, actor=None, now=at
            )
            run_import(upload=upload, now=at)

    def close(self) -> None:
        if self.session.state == State.ENROLLING:
            close_enrolment(session=self.session, actor=None, now=self.at(-10, 17))
        commit_due(session=self.session, now=self.at(-10, 17))

    def seat(self) -> None:
        if self.session.state == State.CLOSED:
            station = self.session.station_id
            before = Session.objects.filter(station_id=station, exam_date__lt=self.exam).values("exam_date")
            panel = turn(self.built.panels[self.plan.station], before.distinct().count())
            members = [(a, n == 0) for n, a in enumerate(panel)]
            appoint_panel(session=self.session, members=members, actor=None, now=self.at(-6, 10))
            seat(session=self.session, actor=None, now=self.at(-6, 10))

    def hold(self) -> None:
        session = self.session
        if session.state == State.SEATED:
            missed = {
                p.number for p, mark in zip(self.plan.people, self.plan.theory, strict=True) if mark is None
            }
            roster = session.registrations.filter(state="enrolled").select_related("document")
            absent = [r.pk for r in roster if r.document.number in missed]
            hold_session(session=session, actor=None, now=self.at(0, 9), absent=absent)
        commit_due(session=self.session, now=self.at(0, 9))

    def seal(self) -> None:
        if self.session.state == State.HELD:
            move_session(session=self.session, event=Event.START_MARKING, actor=None, now=self.at(1, 9))
        commit_due(session=self.session, now=self.at(1, 9))

    def mark(self) -> None:
        session = self.session
        if session.state != State.MARKING:
            return
        plan = self.plan
        found = {p.number: (t, m) for p, t, m in zip(plan.people, plan.theory, plan.practice, strict=True)}
        roster = (
            session.registrations.filter(state="enrolled")
            .select_related("document")
            .order_by("admission_number")
        )
        lines = [
            Line(r.admission_number or "", r.name, _cells(*found[r.document.number]), frozenset())
            for r in roster
        ]
        content = write_marks_sheet("成绩登记表", [p.value for p in terms_of(session).parts], lines)
        import_marks(session=session, file_name="成绩.xlsx", content=content, actor=None, now=self.at(3, 15))
        finish_marking(session=session, actor=None, now=self.at(3, 15))

    def publish(self) -> None:
        if self.session.state == State.MARKED:
            publish_results(session=self.session, actor=None, now=self.at(4, 10))

    def submit(self) -> None:
        if self.session.state == State.PUBLISHED:
            submit_to_centre(session=self.session, actor=None, now=self.at(22, 10))
        commit_due(session=self.session, now=self.at(22, 10))

    def review(self) -> None:
        batch = list_session(session=self.session, now=self.at(23, 10))
        if batch.state == "listed":
            review_batch(batch=batch, actor=self.built.accounts["centre"], now=self.at(23, 10))

    def approve(self) -> None:
        batch = list_session(session=self.session, now=self.at(23, 10))
        at = self.at(24, 11)
        if batch.state == "reviewed":
            batch = approve_batch(
                batch=batch, actor=self.built.accounts["authority"], now=at, issued_on=clock.day_of(at)
            )
        issue_batch(batch=batch, now=at)


def _claimable(session: Session, level: int) -> str:
    """An alternative that years of work alone meet, as most candidates claim; else the first."""
    alternatives = setting_of(session).rules.for_level(level)
    for alternative in alternatives:
        if "work_years" in alternative.evidence and "certificate" not in alternative.evidence:
            return alternative.wording.zh
    return alternatives[0].wording.zh


def _cells(theory: int | None, practice: int | None) -> dict[str, str]:
    return {
        Part.THEORY.value: "缺考" if theory is None else str(Decimal(theory)),
        Part.PRACTICE.value: "缺考" if practice is None else str(Decimal(practice)),
    }


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), clock.CHINA).astimezone(UTC)

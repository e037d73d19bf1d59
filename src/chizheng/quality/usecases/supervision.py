"""Supervision 督导: cards, drawing of tasks, reports from the site, follow-ups, yearly evaluation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max, Q

from chizheng.assessment.core.marks import anniversary
from chizheng.assessment.models import Session
from chizheng.assessment.queries import require_not_sitting
from chizheng.assessment.stored import keep
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.quality.core.dispatch import Drawn, Sitting, draw
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.models import (
    Dispatch,
    Evaluation,
    FollowUp,
    Photograph,
    SiteReport,
    Supervisor,
    Task,
)
from chizheng.quality.queries import latest_station_flags
from chizheng.quality.usecases.gate import open_hold

_ROLE = Wording(zh="该操作应由{roles}办理", en="this step belongs to: {roles}")
_NOBODY = Wording(
    zh="该期间没有任期内的督导员可派；请先登记督导员", en="no supervisor is in term then; register one first"
)
_NOTHING = Wording(zh="该期间没有可督导的批次", en="no session to supervise in that period")
_DAYS = Wording(
    zh="结束日期须晚于开始日期，且不超过 {days} 天", en="the end must follow the start within {days} days"
)
_NOT_YOURS = Wording(zh="该任务不是派给您的", en="this task was not sent to you")
_REPORTED = Wording(
    zh="该任务的报告已经收到，不能改写", en="the report of this task is in and stays as it is"
)
_COUNTS = Wording(
    zh="人数不可用：实到 {present}、名册外 {strangers}；请填不小于 0 的整数",
    en="head-count cannot be used: present {present}, not listed {strangers}; whole numbers from 0",
)
_PHOTO = Wording(
    zh="照片“{name}”不可用：只收 JPEG、PNG、WebP，每张不超过 8 MB，至多 12 张",
    en="photograph '{name}' cannot be used: JPEG, PNG or WebP, up to 8 MB each, 12 at most",
)
_UNKNOWN = Wording(zh="检查项“{item}”不可用", en="check item '{item}' cannot be used")
_HELD = Wording(
    zh="督导报告反映严重问题，该批次须复核",
    en="the report from the site is grave; the sitting waits for a reviewer",
)
_YEAR = Wording(zh="{year} 年的自评已提交，不能重复提交", en="the self-assessment of {year} is in already")
_DUE = Wording(zh="整改期限应晚于今天，并写明要求", en="state what is demanded, and a day after today")

PHOTO_BYTES, PHOTOS = 8_000_000, 12
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


@transaction.atomic
def register_supervisor(
    *, person: Person, card_number: str, kind: str, qualified_by: str, start: date, region: str, now: datetime,
    actor: Account | None = None, employer: Organisation | None = None,
) -> Supervisor:  # fmt: skip
    """A card for the term the law gives; the same card and day twice is one row."""
    if actor is not None:
        _require(actor, "centre", "authority")
        require_jurisdiction(actor, region=region)
    years = law().number("supervisor.term_years", on=start, place=region)
    term = (start, anniversary(start, years))
    found = Supervisor.objects.filter(card_number=card_number, term=term).first()
    if found is not None:
        return found
    row = Supervisor.objects.create(
        person=person, card_number=card_number, kind=kind, qualified_by=qualified_by, term=DateRange(*term),
        region=region, employer=employer,
    )  # fmt: skip
    ledger.record(verb="quality.supervisor", subject=row, actor=actor, now=now, basis=qualified_by, kind=kind)
    return row


@transaction.atomic
def dispatch(*, start: date, end: date, actor: Account, now: datetime, seed: int | None = None) -> Dispatch:
    """Draw sessions with exam days in [start, end) and a supervisor each; seed and inputs are logged.

    Sessions that have a task already are left out, so that drawing again adds and never doubles.
    """
    _require(actor, "centre", "authority")
    longest = int(law().number("supervision.dispatch_days", on=day_of(now), place=actor.region))
    if not timedelta(0) < end - start <= timedelta(days=longest):
        raise BadInput("dispatch_days", _DAYS, days=longest)
    sittings, supervisors = _inputs(actor.region, actor.industry, start, end, day_of(now))
    if not sittings:
        raise Refused("nothing_to_supervise", _NOTHING)
    if not supervisors:
        raise Refused("no_supervisor", _NOBODY)
    terms = Terms.read(law(), on=start, place=actor.region)
    places = max(1, round(len(sittings) * terms.visits_share))
    row = Dispatch.objects.create(
        region=actor.region, start=start, end=end, seed=secrets.randbits(62) if seed is None else seed,
        inputs={
            "places": places, "random_share": terms.random_share,
            "sittings": [[s.session, s.station, s.day, round(s.risk, 6), s.overdue] for s in sittings],
            "supervisors": {str(n): sorted(barred) for n, barred in supervisors.items()},
        },
        drawn_by=actor, drawn_at=now,
    )  # fmt: skip
    tasks = [
        Task(dispatch=row, supervisor_id=d.supervisor, session_id=d.session, sender=actor, drawn_for=d.by)
        for d in redraw(row)
        if d.supervisor is not None
    ]
    Task.objects.bulk_create(tasks)
    ledger.record(
        verb="quality.dispatch", subject=row, actor=actor, now=now, seed=str(row.seed), tasks=len(tasks)
    )
    return row


def redraw(row: Dispatch) -> list[Drawn]:
    """The drawing again from what was logged: anybody may check that nobody chose by hand."""
    inputs = row.inputs
    return draw(
        [Sitting(int(a), int(b), str(c), float(d), bool(e)) for a, b, c, d, e in inputs["sittings"]],
        {int(n): frozenset(barred) for n, barred in inputs["supervisors"].items()},
        places=int(inputs["places"]),
        random_share=float(inputs["random_share"]),
        seed=row.seed,
    )


def _inputs(
    region: str, industry: str, start: date, end: date, today: date
) -> tuple[list[Sitting], dict[int, frozenset[int]]]:
    sessions = Session.objects.filter(
        region__startswith=region, exam_date__gte=start, exam_date__lt=end, supervision__isnull=True
    ).exclude(state__in=["draft", "annulled"])
    if industry:
        sessions = sessions.filter(industry=industry)
    rows = list(sessions.order_by("id"))
    flags = latest_station_flags(region, today)
    overdue_days = Terms.read(law(), on=start, place=region).overdue_days
    visited = dict(
        Session.objects.filter(supervision__report__isnull=False, station__in={s.station_id for s in rows})
        .values_list("station")
        .annotate(last=Max("exam_date"))
    )
    sittings = [
        Sitting(
            s.pk, s.station_id, s.exam_date.isoformat(),
            flags[s.station_id].posterior if s.station_id in flags else 0.0,
            s.station_id not in visited or (s.exam_date - visited[s.station_id]).days > overdue_days,
        )
        for s in rows
    ]  # fmt: skip
    cards = Supervisor.objects.filter(region__startswith=region, term__contains=DateRange(start, end))
    barred: dict[int, set[int]] = {
        c.pk: {c.employer_id} if c.employer_id is not None else set() for c in cards
    }
    for session in rows:  # nobody watches an exam that they sit, nor one that they mark
        inside = Q(person__registrations__session=session, person__registrations__state="enrolled") | Q(
            person__assessor_cards__panels__session=session
        )
        for card in cards.filter(inside).values_list("pk", flat=True):
            barred[card].add(session.station_id)
    return sittings, {card: frozenset(stations) for card, stations in barred.items()}


def check_items() -> tuple[str, ...]:
    """Codes of the conformity list, in its order."""
    return tuple(str(row["code"]) for row in law().tables["supervision_checks"])


@transaction.atomic
def receive_site_report(
    *, task: Task, client: UUID, observed_at: datetime, present: int, strangers: int, conformity: Mapping[str, str],
    remarks: str, grave: bool, photographs: Sequence[tuple[str, bytes]], actor: Account, now: datetime,
) -> SiteReport:  # fmt: skip
    """Take in a report as the phone sends it; the same one twice (a lost answer, a second try) is one."""
    held = (
        Task.objects.select_for_update(of=("self",))
        .select_related("session", "supervisor__person")
        .get(pk=task.pk)
    )
    if actor.person_id is None or held.supervisor.person_id != actor.person_id:
        raise Forbidden("not_your_task", _NOT_YOURS)
    require_not_sitting(held.session, actor)
    known = SiteReport.objects.filter(task=held).first()
    if known is not None:
        if known.client == client:
            return known
        raise Conflict("reported", _REPORTED)
    if not (0 <= present <= 32_000 and 0 <= strangers <= 32_000):
        raise BadInput("head_count", _COUNTS, present=present, strangers=strangers)
    for item, answer in conformity.items():
        if item not in check_items() or answer not in ("yes", "no", "none"):
            raise BadInput("check_item", _UNKNOWN, item=str(item)[:40])
    if len(photographs) > PHOTOS:
        raise BadInput("photograph", _PHOTO, name=len(photographs))
    kinds = [_kind(name, content) for name, content in photographs]
    report = SiteReport.objects.create(
        client=client, task=held, observed_at=observed_at, received_at=now, present=present,
        listed=held.session.registrations.filter(state="enrolled").count(), strangers=strangers,
        conformity=dict(conformity), remarks=remarks[:5000], grave=grave,
    )  # fmt: skip
    seen: set[str] = set()
    for (_name, content), kind in zip(photographs, kinds, strict=True):
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in seen:
            seen.add(sha256)
            Photograph.objects.create(report=report, sha256=sha256, stored_as=keep(content), media_type=kind)
    ledger.record(
        verb="quality.site_report", subject=held, actor=actor, now=now, present=present, listed=report.listed,
        photographs=len(seen), grave=grave,
    )  # fmt: skip
    if grave:
        open_hold(session=held.session, cause="report", reason=_HELD, now=now)
    return report


def _kind(name: str, content: bytes) -> str:
    kind = next((k for magic, k in _KINDS.items() if content.startswith(magic)), "")
    if not kind or len(content) > PHOTO_BYTES:
        raise BadInput("photograph", _PHOTO, name=name[:40])
    return kind


@transaction.atomic
def recuse(*, task: Task, reason: str, actor: Account, now: datetime) -> Task:
    """A supervisor steps aside with the reason; the sender draws anew."""
    held = Task.objects.select_for_update(of=("self",)).select_related("supervisor").get(pk=task.pk)
    if actor.person_id is None or held.supervisor.person_id != actor.person_id:
        raise Forbidden("not_your_task", _NOT_YOURS)
    if SiteReport.objects.filter(task=held).exists():
        raise Conflict("reported", _REPORTED)
    if held.recused != reason[:200]:
        held.recused = reason[:200]
        held.save(update_fields=["recused"])
        ledger.record(verb="quality.recuse", subject=held, actor=actor, now=now, basis=reason)
    return held


@transaction.atomic
def demand(*, report: SiteReport, text: str, due: date, actor: Account, now: datetime) -> FollowUp:
    """The sender demands that something be put right by a day."""
    if report.task.sender_id != actor.pk:
        raise Forbidden("not_your_task", _NOT_YOURS)
    if due <= day_of(now) or not text.strip():
        raise BadInput("follow_up", _DUE)
    row, made = FollowUp.objects.get_or_create(
        report=report, demand=text.strip(), due=due, defaults={"asked_at": now}
    )
    if made:
        ledger.record(
            verb="quality.follow_up", subject=report.task, actor=actor, now=now, due=due.isoformat()
        )
    return row


@transaction.atomic
def answer_demand(*, follow_up: FollowUp, text: str, actor: Account, now: datetime) -> FollowUp:
    """The station says what it did; it learns the demand, never the report."""
    held = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    if actor.role != "station" or actor.organisation_id != held.report.task.session.station_id:
        raise Forbidden("not_your_desk", _ROLE, roles="station")
    if held.closed_at is None and text.strip() and held.answer != text.strip():
        held.answer, held.answered_at = text.strip(), now
        held.save(update_fields=["answer", "answered_at"])
        ledger.record(verb="quality.follow_up_answer", subject=held, actor=actor, now=now)
    return held


@transaction.atomic
def close_demand(*, follow_up: FollowUp, actor: Account, now: datetime) -> FollowUp:
    held = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    if held.report.task.sender_id != actor.pk:
        raise Forbidden("not_your_task", _NOT_YOURS)
    if held.closed_at is None:
        held.closed_at = now
        held.save(update_fields=["closed_at"])
        ledger.record(verb="quality.follow_up_close", subject=held, actor=actor, now=now)
    return held


@transaction.atomic
def submit_self_assessment(
    *,
    station: Organisation,
    year: int,
    answers: Mapping[str, str],
    improvements: str,
    actor: Account,
    now: datetime,
) -> Evaluation:
    """A station's own view of its year; once."""
    if actor.role != "station" or actor.organisation_id != station.pk:
        raise Forbidden("not_your_desk", _ROLE, roles="station")
    known = {str(row["code"]) for row in law().tables["self_assessment"]}
    for item, answer in answers.items():
        if item not in known or answer not in ("yes", "partly", "no"):
            raise BadInput("check_item", _UNKNOWN, item=str(item)[:40])
    row, made = Evaluation.objects.get_or_create(
        station=station, year=year,
        defaults={"answers": dict(answers), "improvements": improvements[:5000], "submitted_at": now, "submitted_by": actor},
    )  # fmt: skip
    if not made and (row.answers, row.improvements) != (dict(answers), improvements[:5000]):
        raise Conflict("evaluated", _YEAR, year=year)
    if made:
        ledger.record(verb="quality.self_assessment", subject=row, actor=actor, now=now, year=year)
    return row


@transaction.atomic
def evaluate_station(
    *, evaluation: Evaluation, verdict: str, reasons: str, actor: Account, now: datetime
) -> Evaluation:
    """The centre's verdict on a station's year, with reasons; twice is once."""
    _require(actor, "centre")
    held = Evaluation.objects.select_for_update(of=("self",)).select_related("station").get(pk=evaluation.pk)
    require_jurisdiction(actor, region=held.station.region, industry=held.station.industry)
    if (held.verdict, held.reasons) != (verdict, reasons):
        held.verdict, held.reasons, held.decided_by, held.decided_at = verdict, reasons, actor, now
        held.save()
        ledger.record(
            verb="quality.evaluate", subject=held, actor=actor, now=now, basis=reasons, verdict=verdict
        )
    return held


def _require(actor: Account, *roles: str) -> None:
    if actor.role not in roles:
        raise Forbidden("not_your_desk", _ROLE, roles=", ".join(roles))

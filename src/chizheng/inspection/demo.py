"""Inspection in the demo's province: filings, a screening, letters, a visit list, a complaint and two cases.

Every step looks at what is there already, so a build can be repeated. Days count from the anchored day of
the world, not from now.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from django.db import transaction

from chizheng.inspection.core.campaign import Arm, allocate
from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.core.documents import Kind
from chizheng.inspection.models import Case, Complaint, Demand, InspectorCard, Recipient, Screening
from chizheng.inspection.usecases.file_employment import file_one
from chizheng.inspection.usecases.plan_visits import plan_visits
from chizheng.inspection.usecases.receive_complaint import appoint_keeper, receive_complaint
from chizheng.inspection.usecases.run_screening import findings_of, run_screening, start_screening
from chizheng.inspection.usecases.send_letters import answer_letter, open_campaign
from chizheng.inspection.usecases.work_case import make_paper, move_case, open_case, prefilled, take_evidence
from chizheng.people.core.identity import check_character
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import main_document
from chizheng.people.usecases import open_account
from chizheng.platform import clock
from chizheng.platform.models import LongWork
from chizheng.platform.roles import Role

SCREENED, DECIDED, ACCEPTED = 45, 20, 12
"""Days before the world's day: screening and letters, the closed case, the case still investigated."""
GATED = ("消防设施操作员", "游泳救生员", "社会体育指导员")
SURNAMES, GIVEN = "赵钱孙李周吴郑王", "示例拟演样试"


class Built(Protocol):
    """What this demo needs of the portal's."""

    now: datetime
    rng: random.Random
    accounts: dict[str, Account]
    employers: list[Organisation]

    @property
    def world(self) -> object: ...


def build(built: Built) -> None:
    """The whole of inspection's demo; a second call changes nothing."""
    day: date = built.world.today  # type: ignore[attr-defined]
    rng = random.Random(1997)  # noqa: S311 - a simulation
    team = _inspectors(built)
    _filings(built.employers, rng, day)
    run = _screening(day)
    _letters(run, built, day)
    plan_visits(
        screening=run, region="32", visits=4, random_share=0.25, seed=f"示例 {day.isoformat()}", actor=None,
        now=_at(day, 11),
    )  # fmt: skip
    _complaint(built, team, day)
    _closed_case(built, team, day - timedelta(days=DECIDED))
    _open_case(built, team, day - timedelta(days=ACCEPTED), run)
    if not Demand.objects.exists():
        Demand.objects.create(
            employer=built.employers[1], occupation="保育员", region=built.employers[1].region,
            period=(day - timedelta(days=20), None), quote="须持保育员证，无证勿扰", noted_by=team[0], noted_at=_at(day, 9),
        )  # fmt: skip


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), clock.CHINA).astimezone(UTC)


def _inspectors(built: Built) -> list[Account]:
    from chizheng.platform.secrets import secret

    first = built.accounts["inspector"]
    second = open_account(
        username="inspector-2", password=secret("demo")[:10], role=Role.INSPECTOR, now=built.now, region=first.region,
        display="劳动监察员（二）",
    )  # fmt: skip
    for officer in (first, second):
        InspectorCard.objects.get_or_create(
            number=f"苏监{officer.pk:05d}", defaults={"officer": officer, "period": (date(2020, 1, 1), None)}
        )
    return [first, second]


@transaction.atomic
def _filings(employers: list[Organisation], rng: random.Random, day: date) -> None:
    """Some in gated posts whom nobody certified, some who hold what their post names."""
    certified = [
        (p, c.occupation)
        for p in Person.objects.filter(certificates__isnull=False).prefetch_related("certificates", "documents").order_by("pk")[:24]
        for c in list(p.certificates.all())[:1]
    ]  # fmt: skip
    at = _at(day - timedelta(days=SCREENED + 20))
    for n, body in enumerate(employers):
        if body.filings.exists():  # what employers changed since must not be filed back
            continue
        start = day - timedelta(days=400 + 10 * n)
        for k in range(2 + n % 4):
            cells = {
                "name": rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN), "document_number": _number(rng),
                "post": f"{('消防控制室', '救生', '健身指导')[k % 3]}岗", "occupation": GATED[k % 3],
                "region": body.region, "start": (start + timedelta(days=30 * k)).isoformat(),
            }  # fmt: skip
            file_one(employer=body, cells=cells, actor=None, now=at)
        for person, occupation in certified[n * 3 : n * 3 + 3]:
            document = main_document(person)
            if document is not None:
                cells = {
                    "name": person.name, "document_number": document.number, "post": f"{occupation}岗",
                    "occupation": occupation, "region": body.region, "start": start.isoformat(),
                }  # fmt: skip
                file_one(employer=body, cells=cells, actor=None, now=at)


def _number(rng: random.Random) -> str:
    """A well-formed number whose county code was never assigned."""
    born = date(1970, 1, 1) + timedelta(days=rng.randrange(11_000))
    seventeen = f"329977{born:%Y%m%d}{rng.randrange(1, 999):03d}"
    return seventeen + check_character(seventeen)


def _screening(day: date) -> Screening:
    asked = day - timedelta(days=SCREENED)
    known = Screening.objects.filter(from_date=asked, place="32", series=None).first()
    if known is not None and known.work.state == LongWork.State.DONE:
        return known
    now = _at(asked)
    run = known or start_screening(
        start=asked, until=asked + timedelta(days=1), place="32", actor=None, now=now
    )
    return run_screening(run=run, now=now)


def _letters(run: Screening, built: Built, day: date) -> None:
    sent = _at(day - timedelta(days=SCREENED), 15)
    own = built.employers[0].pk
    employers = sorted(set(findings_of(run).values_list("employer", flat=True)))
    seeds = (f"示例 准入岗位 {n}" for n in range(100))
    seed = next(s for s in seeds if allocate(employers, seed=s, held_out=0.25)[own] is Arm.LETTER)
    campaign = open_campaign(
        screening=run, region="32", title="准入岗位持证核对", seed=seed, actor=built.accounts["inspector"], now=sent,
        held_out=0.25,
    )  # fmt: skip
    for n, recipient in enumerate(campaign.recipients.filter(held_out=False).order_by("pk")):
        if n % 2 and not recipient.answers.exists():
            _answer(recipient, day - timedelta(days=SCREENED - 14), everybody=n % 4 == 1)


def _answer(recipient: Recipient, on: date, *, everybody: bool) -> None:
    from chizheng.inspection.models import Filing

    filings = list(Filing.objects.filter(pk__in=recipient.filings).order_by("pk"))
    for filing in filings if everybody else filings[:1]:
        answer_letter(recipient=recipient, filing=filing, remedy="move", on=on, actor=None, now=_at(on))


def _complaint(built: Built, team: list[Account], day: date) -> None:
    body = built.employers[2]
    if Complaint.objects.filter(employer=body).exists():
        return
    complaint, _ = receive_complaint(
        employer_name=body.name, region=body.region, text="泳池的救生员没有证书，已经工作半年。", occupation="游泳救生员",
        reporter="示例举报人 19900000000", now=_at(day - timedelta(days=3)),
    )  # fmt: skip
    appoint_keeper(
        complaint=complaint,
        keeper=team[1],
        actor=built.accounts["authority"],
        now=_at(day - timedelta(days=2)),
    )


def _begun(built: Built, team: list[Account], body: Organisation, day: date) -> Case:
    case = open_case(
        employer=body, violation="special_work_without_licence", facts="安排未取得相应资格的人员从事特种作业",
        act_start=day - timedelta(days=60), act_end=None, region=body.region, actor=team[0], now=_at(day, 9),
    )  # fmt: skip
    chief = built.accounts["authority"]
    for hour, event, actor in ((10, "accept", team[0]), (11, "file", chief), (12, "assign", team[0])):
        case = move_case(
            case=case,
            event=event,
            on=day,
            actor=actor,
            now=_at(day, hour),
            officers=team if event == "assign" else (),
        )
    return case


def _closed_case(built: Built, team: list[Account], day: date) -> None:
    body = built.employers[3]
    if Case.objects.filter(employer=body).exists():
        return
    case, chief = _begun(built, team, body, day), built.accounts["authority"]
    take_evidence(
        case=case,
        title="现场检查照片",
        actor=team[0],
        now=_at(day, 14),
        file_name="现场.txt",
        content="示例：现场检查记录".encode(),
    )
    order = Imposed("anquan-97")
    for after, event, actor in (
        (5, "submit", team[0]), (6, "decide_order", chief), (7, "serve", team[0]), (12, "perform", team[0]),
        (13, "close", team[1]),
    ):  # fmt: skip
        on = day + timedelta(days=after)
        case = move_case(
            case=case,
            event=event,
            on=on,
            actor=actor,
            now=_at(on),
            imposed=order if event == "decide_order" else None,
        )
        if event == "decide_order":
            fields = prefilled(case, Kind.ORDER, on=on) | {
                "authority": "江苏省劳动行政部门（演示）", "correction": "相关人员停止作业，取得资格后上岗",
                "deadline": (on + timedelta(days=10)).isoformat(),
            }  # fmt: skip
            make_paper(case=case, kind=Kind.ORDER, fields=fields, actor=team[0], now=_at(on, 11))


def _open_case(built: Built, team: list[Account], day: date, run: Screening) -> None:
    body = built.employers[4]
    if Case.objects.filter(employer=body).exists():
        return
    case = _begun(built, team, body, day)
    findings = list(findings_of(run).filter(employer=body).select_related("filing"))
    if findings:
        take_evidence(case=case, title="比对发现", actor=team[0], now=_at(day, 15), findings=findings)

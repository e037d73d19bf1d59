"""Inspection in the demo's province: filings, screenings, a campaign done and one open, visits, complaints,
cases in every state an officer meets, last year's grades.

Every step looks at what is there already, so a build can be repeated. Days count from the anchored day of
the world, not from now.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from django.db import transaction

from chizheng.inspection.core.campaign import Arm, allocate
from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.core.documents import Kind
from chizheng.inspection.models import (
    Campaign,
    Case,
    Complaint,
    CreditGrade,
    Demand,
    Filing,
    InspectorCard,
    Recipient,
    RepairRequest,
    Screening,
)
from chizheng.inspection.usecases.file_employment import file_rows
from chizheng.inspection.usecases.grade_employers import ask_repair, grade_year
from chizheng.inspection.usecases.plan_visits import note_visit, plan_visits
from chizheng.inspection.usecases.receive_complaint import (
    appoint_keeper,
    receive_complaint,
    refuse_complaint,
    reply_complaint,
)
from chizheng.inspection.usecases.run_screening import findings_of, run_screening, start_screening
from chizheng.inspection.usecases.send_letters import (
    PaperCertificate,
    answer_letter,
    check_paper,
    open_campaign,
    rematch,
)
from chizheng.inspection.usecases.work_case import move_beside, move_case, open_case, take_evidence
from chizheng.inspection.usecases.write_papers import WANTED, make_paper, prefilled
from chizheng.people.core.identity import check_character
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import main_document
from chizheng.people.usecases import open_account, register_organisation
from chizheng.platform import clock
from chizheng.platform.models import LongWork
from chizheng.platform.roles import Role

FIRST_LETTERS, FIRST_REMATCH, VISITS, SECOND_LETTERS = 100, 62, 55, 10
"""Days before the world's day: a campaign, its match a month later, visits after it, and the open campaign."""
GATED = ("消防设施操作员", "游泳救生员", "社会体育指导员")
POSTS = ("消防控制室值班", "泳池救生", "健身指导")
CITIES = (("3201", "南京市"), ("3202", "无锡市"), ("3205", "苏州市"), ("3206", "南通市"))
TRADES = ("物业", "商场", "酒店", "健身", "游泳馆", "仓储")
SURNAMES, GIVEN = "赵钱孙李周吴郑王", "示例拟演样试"
PICTURE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 120]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
FINE = Imposed("anquan-97", 3_000_000)


class Built(Protocol):
    """What this demo needs of the portal's."""

    now: datetime
    rng: random.Random
    accounts: dict[str, Account]
    employers: list[Organisation]

    @property
    def world(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case, so many days after it was received."""

    after: int
    event: str
    imposed: Imposed | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A case of the demo: employer (by position), days before the world's day, what happened."""

    employer: int
    ago: int
    facts: str
    steps: tuple[Step, ...] = ()
    violation: str = "special_work_without_licence"
    findings: bool = False
    published: bool = False


_BEGUN = (Step(0, "accept"), Step(1, "file"), Step(1, "assign"))
_NOTICED = (*_BEGUN, Step(12, "give_notice", FINE))
STORIES = (
    Story(0, 420, "安排两名未取得操作资格的电工进行高压作业", (
        *_BEGUN, Step(8, "submit"), Step(9, "decide_order", Imposed("anquan-97")), Step(10, "serve"), Step(20, "perform"),
        Step(22, "close"), Step(25, "archive"),
    )),
    Story(3, 48, "安排一名焊工无操作证进行动火作业", (
        *_BEGUN, Step(8, "submit"), Step(9, "decide_order", Imposed("anquan-97")), Step(10, "serve"), Step(20, "perform"),
        Step(22, "close"),
    )),
    Story(6, 45, "一名高处作业人员操作证过期三天，检查当日已换证", (
        *_BEGUN, Step(6, "submit"), Step(7, "decide_cancel"), Step(8, "serve"), Step(9, "close"),
    )),
    Story(7, 34, "安排三名未取得操作资格的人员进行高处作业", (
        *_NOTICED, Step(19, "submit"), Step(21, "decide_penalty", FINE), Step(25, "serve"),
    ), published=True),
    Story(1, 16, "安排两名未取得操作资格的人员进行低压电工作业", (*_BEGUN, Step(14, "give_notice", FINE))),
    Story(5, 40, "安排未取得操作资格的人员进行制冷作业；单位负责人失联", (*_BEGUN, Step(30, "suspend"))),
    Story(8, 20, "消防控制室值班人员没有消防设施操作员证书", (*_BEGUN, Step(18, "submit")), "recruit_without_certificate",
          findings=True),
    Story(9, 12, "泳池救生人员没有游泳救生员证书", _BEGUN, "recruit_without_certificate", findings=True),
    Story(10, 11, "群众来电：健身指导人员没有证书", (), "recruit_without_certificate"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts, on which day the world stands, and all employers."""

    day: date
    team: list[Account]
    chief: Account
    employers: list[Organisation]
    own: Account = field(repr=False)


def build(built: Built) -> None:
    """The whole of inspection's demo; a second call changes nothing."""
    day: date = built.world.today  # type: ignore[attr-defined]
    rng = random.Random(1997)  # noqa: S311 - a simulation
    cast = Cast(
        day, _inspectors(built), built.accounts["authority"], [*built.employers, *_more(built.now)],
        built.accounts["employer"],
    )  # fmt: skip
    _filings(cast, rng)
    _first_round(cast)
    run = _second_round(cast)
    _complaints(cast)
    for story in STORIES:
        _case(cast, story, run)
    _grades(cast)
    if not Demand.objects.exists():
        body = cast.employers[1]
        Demand.objects.create(
            employer=body, occupation="保育员", region=body.region, period=(day - timedelta(days=20), None),
            quote="须持保育员证，无证勿扰", noted_by=cast.team[0], noted_at=_at(day, 9),
        )  # fmt: skip


def _at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.CHINA).astimezone(UTC)


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


def _more(now: datetime) -> list[Organisation]:
    """Employers beside the portal's, enough for a lottery to say something."""
    return [
        register_organisation(name=f"{city}示例{trade}服务有限公司", kind="employer", region=region, now=now)
        for trade in TRADES
        for region, city in CITIES
    ]


@transaction.atomic
def _filings(cast: Cast, rng: random.Random) -> None:
    """Some in gated posts whom nobody certified, some who hold what their post names."""
    certified = [
        (p, c.occupation)
        for p in Person.objects.filter(certificates__isnull=False).prefetch_related("certificates", "documents").order_by("pk")[:48]
        for c in list(p.certificates.all())[:1]
    ]  # fmt: skip
    for n, body in enumerate(cast.employers):
        if body.filings.exists():  # what employers changed since must not be filed back
            continue
        start = cast.day - timedelta(days=400 + 10 * n)
        rows = [_gated(rng, k, start + timedelta(days=30 * k)) for k in range(1 + n % 4)]
        for person, occupation in certified[n * 3 : n * 3 + 3]:
            document = main_document(person)
            if document is not None:
                rows.append({
                    "name": person.name, "document_number": document.number, "post": f"{occupation}岗",
                    "occupation": occupation, "start": start.isoformat(),
                })  # fmt: skip
        for row in rows:  # some employers file late
            began = date.fromisoformat(row["start"])
            file_rows(
                employer=body, rows=[row], actor=None, now=_at(began + timedelta(days=6 if n % 3 else 50))
            )


def _gated(rng: random.Random, k: int, start: date) -> dict[str, str]:
    """A worker in a gated post, with a well-formed number whose county code was never assigned."""
    born = date(1970, 1, 1) + timedelta(days=rng.randrange(11_000))
    seventeen = f"329977{born:%Y%m%d}{rng.randrange(1, 999):03d}"
    return {
        "name": rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN), "start": start.isoformat(),
        "document_number": seventeen + check_character(seventeen), "post": POSTS[k % 3], "occupation": GATED[k % 3],
    }  # fmt: skip


def _screening(day: date) -> Screening:
    known = Screening.objects.filter(from_date=day, place="32", series=None).first()
    if known is not None and known.work.state == LongWork.State.DONE:
        return known
    now = _at(day)
    run = known or start_screening(start=day, until=day + timedelta(days=1), place="32", actor=None, now=now)
    return run_screening(run=run, now=now)


def _campaign(cast: Cast, run: Screening, title: str, *, own: Arm) -> Campaign:
    """Letters about a run, by the first seed that puts the demo's own employer into `own`."""
    known = Campaign.objects.filter(screening=run).first()
    if known is not None:
        return known
    employers = sorted(set(findings_of(run).values_list("employer", flat=True)))
    mine = cast.employers[0].pk
    seeds = (f"示例 {title} {n}" for n in range(1000))
    seed = next(s for s in seeds if allocate(employers, seed=s, held_out=0.25).get(mine, own) is own)
    return open_campaign(
        screening=run, region="32", title=title, seed=seed, actor=cast.team[0], now=_at(run.from_date, 15),
        held_out=0.25,
    )  # fmt: skip


def _first_round(cast: Cast) -> None:
    """A campaign whose answers are counted, and visits to those that changed nothing."""
    run = _screening(cast.day - timedelta(days=FIRST_LETTERS))
    campaign = _campaign(cast, run, "消防、游泳、健身岗位持证核对（第一批）", own=Arm.HELD_OUT)
    if not campaign.result:
        answered = cast.day - timedelta(days=FIRST_LETTERS - 14)
        for n, recipient in enumerate(campaign.recipients.filter(held_out=False).order_by("pk")):
            if n % 3 and not recipient.answers.exists():
                _answer(recipient, answered, everybody=n % 3 == 1)
        campaign = rematch(
            campaign=campaign, actor=cast.team[0], now=_at(cast.day - timedelta(days=FIRST_REMATCH))
        )
    assert campaign.rematch is not None
    plan = plan_visits(
        screening=campaign.rematch, region="32", visits=12, random_share=0.25, seed="示例 检查 双随机", actor=cast.chief,
        now=_at(cast.day - timedelta(days=VISITS)),
    )  # fmt: skip
    for visit in plan.visits.filter(visited_on=None).order_by("rank"):
        if visit.rank % 5 == 0:  # still to be visited
            continue
        missing = visit.snapshot["unmatched"] if visit.rank % 4 or not visit.random else 0
        on = cast.day - timedelta(days=VISITS - 5 - visit.rank)
        note_visit(
            visit=visit, on=on, uncertified=missing, certified=visit.snapshot["posts"] - missing + 1, registered=1,
            actor=cast.team[0], now=_at(on, 16),
        )  # fmt: skip


def _second_round(cast: Cast) -> Screening:
    """The open campaign: the demo's employer has a letter to answer, a paper certificate waits to be checked."""
    run = _screening(cast.day - timedelta(days=SECOND_LETTERS))
    campaign = _campaign(cast, run, "准入岗位持证核对（第二批）", own=Arm.LETTER)
    mine = cast.employers[0].pk
    others = campaign.recipients.filter(held_out=False).exclude(employer=mine).order_by("pk")
    for n, recipient in enumerate(others[:4]):
        if recipient.answers.exists():
            continue
        on = cast.day - timedelta(days=SECOND_LETTERS - 3)
        filing = Filing.objects.get(pk=recipient.filings[0])
        paper = PaperCertificate(f"9810012345{n:06d}", date(1998, 6, 1), 4, "证书.pdf", PICTURE)
        answer = answer_letter(
            recipient=recipient, filing=filing, remedy="upload", on=on, actor=None, now=_at(on), paper=paper
        )
        if n % 2:
            check_paper(answer=answer, genuine=n == 1, actor=cast.team[1], now=_at(on, 15))
    return run


def _answer(recipient: Recipient, on: date, *, everybody: bool) -> None:
    filings = list(Filing.objects.filter(pk__in=recipient.filings).order_by("pk"))
    for filing in filings if everybody else filings[:1]:
        answer_letter(recipient=recipient, filing=filing, remedy="move", on=on, actor=None, now=_at(on))


def _complaints(cast: Cast) -> None:
    if Complaint.objects.exists():
        return
    one, two, day = *cast.team, cast.day
    with transaction.atomic():
        body = cast.employers[2]
        waiting, _ = receive_complaint(
            employer_name=body.name, region=body.region, text="泳池的救生员没有证书，已经工作半年。", occupation="游泳救生员",
            reporter="示例举报人 19900000000", now=_at(day - timedelta(days=3)),
        )  # fmt: skip
        appoint_keeper(complaint=waiting, keeper=two, actor=cast.chief, now=_at(day - timedelta(days=2)))
        refused, _ = receive_complaint(
            employer_name="示例某培训班",
            region="3205",
            text="三年前培训班没有退费。",
            now=_at(day - timedelta(days=30)),
        )
        refuse_complaint(
            complaint=refused, reason="所反映的事项发生在二年以前，且不属于劳动保障监察范围，建议向市场监管部门反映。",
            actor=one, now=_at(day - timedelta(days=28)),
        )  # fmt: skip
        body = cast.employers[11]
        followed, _ = receive_complaint(
            employer_name=body.name, region=body.region, text="消防控制室夜班只有一个没有证的人。", occupation="消防设施操作员",
            now=_at(day - timedelta(days=2)),
        )  # fmt: skip
        case = open_case(
            employer=body, violation="recruit_without_certificate", facts="群众反映：消防控制室夜班只有一名无证人员",
            act_start=day - timedelta(days=60), act_end=None, region=body.region, actor=one,
            now=_at(day - timedelta(days=1)), complaint=followed,
        )  # fmt: skip
        move_case(
            case=case,
            event="accept",
            on=day - timedelta(days=1),
            actor=one,
            now=_at(day - timedelta(days=1), 11),
        )
        reply_complaint(
            complaint=followed,
            text="已受理，将在六十个工作日内调查。",
            actor=one,
            now=_at(day - timedelta(days=1), 12),
        )


@transaction.atomic
def _case(cast: Cast, story: Story, run: Screening) -> None:
    """A case as far as its story goes, every paper made out that a step asks for."""
    body, received = cast.employers[story.employer], cast.day - timedelta(days=story.ago)
    if Case.objects.filter(employer=body, facts=story.facts).exists():
        return
    case = open_case(
        employer=body, violation=story.violation, facts=story.facts, act_start=received - timedelta(days=60), act_end=None,
        region=body.region, actor=cast.team[0], now=_at(received, 9), received_on=received,
    )  # fmt: skip
    for minute, step in enumerate(story.steps):
        on = received + timedelta(days=step.after)
        leader = step.event == "file" or step.event.startswith("decide_")
        case = move_case(
            case=case, event=step.event, on=on, actor=cast.chief if leader else cast.team[0], imposed=step.imposed,
            now=_at(on, 10, minute), officers=cast.team if step.event == "assign" else (),
        )  # fmt: skip
        if step.event in WANTED:
            _paper(cast, case, WANTED[step.event], on)
        if step.event == "assign":
            _evidence(cast, case, story, run, on)
    if story.published:
        on = received + timedelta(days=story.steps[-1].after + 2)
        move_beside(case=case, table="publication", event="publish", on=on, actor=cast.chief, now=_at(on))


def _paper(cast: Cast, case: Case, kind: Kind, on: date) -> None:
    known = prefilled(case, kind, on=on) | {"approver": cast.chief.display}
    fields = {name: text or "见案卷" for name, text in known.items()}
    make_paper(case=case, kind=kind, fields=fields, actor=cast.team[0], now=_at(on, 14))


def _evidence(cast: Cast, case: Case, story: Story, run: Screening, on: date) -> None:
    findings = list(findings_of(run).filter(employer=case.employer).select_related("filing"))
    if story.findings and findings:
        take_evidence(case=case, title="比对发现", actor=cast.team[0], now=_at(on, 15), findings=findings)
    else:
        take_evidence(
            case=case, title="现场检查记录", actor=cast.team[0], now=_at(on, 15), file_name="现场检查记录.txt",
            content=f"示例：{story.facts}".encode(),
        )  # fmt: skip


def _grades(cast: Cast) -> None:
    """Last year's grades; the demo's employer was ordered to correct something and asks for repair."""
    year = cast.day.year - 1
    if not CreditGrade.objects.filter(year=year).exists():
        grade_year(year=year, region="32", actor=cast.chief, now=_at(cast.day - timedelta(days=30)))
    mine = CreditGrade.objects.filter(year=year, employer=cast.employers[0]).exclude(grade="A").first()
    if mine is not None and not RepairRequest.objects.filter(grade=mine).exists():
        ask_repair(
            grade=mine,
            text="已按指令书要求安排人员取证，全部持证上岗。",
            actor=cast.own,
            now=_at(cast.day - timedelta(days=5)),
        )

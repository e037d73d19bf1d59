"""The access desks of the demonstration: agencies' papers and ads, vacancies, seekers, checks, staff.

Everything is invented and goes through the use cases; it is built once, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Protocol

from django.db import transaction

from chizheng.access.core.ads.ad import Ad as Text
from chizheng.access.models import Ad
from chizheng.access.usecases.ads import grant_licence, keep_mandate, vet_ad
from chizheng.access.usecases.gates import record_edition
from chizheng.access.usecases.referral import guide, keep_offer, post_vacancy, save_profile
from chizheng.access.usecases.registration import check_registration, read_applicant
from chizheng.access.usecases.staff import enrol_staff
from chizheng.catalogue.queries import region_name
from chizheng.certificates.models import Certificate
from chizheng.people.core.identity import check_character
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import main_document
from chizheng.platform.clock import day_of


class World(Protocol):
    """What the demonstration hands in: the instant, randomness, bodies, an account per role."""

    @property
    def now(self) -> datetime: ...
    @property
    def rng(self) -> Random: ...
    @property
    def accounts(self) -> Mapping[str, Account]: ...
    @property
    def agencies(self) -> Sequence[Organisation]: ...
    @property
    def employers(self) -> Sequence[Organisation]: ...


ADS = (
    ("诚聘电焊工", "某钢构车间招电焊工5名，男，45岁以下，会二保焊、氩弧焊，包吃住，入职交工服押金200元。", date(2012, 5, 8)),
    ("招聘厨师、面点师、服务员", "新店开业，招炒菜师傅2名、面点师1名、服务员若干，须有健康证，持厨师证优先。", date(2014, 3, 3)),
    ("维修电工", "须持电工证上岗，三年以上经验，月薪面议。", None),
    ("消防控制室值班员", "中控室值守，须持消防设施操作员中级证，两班倒，缴纳社保。", None),
    ("考证包过班", "焊工证、电工证快速取证，免考包过，无需培训，先收定金。", None),
    ("销售代表", "销售焊接设备，熟悉焊工作业者优先，底薪加提成。", None),
)  # fmt: skip


def build(world: World) -> None:
    """Build the desks' part of the demonstration, unless it is there."""
    record_edition(now=world.now)
    if Ad.objects.exists():
        return
    with transaction.atomic():
        papers(world)
        ads(world)
        vacancies(world)
        people = certified(30)
        seekers(world, people)
        offers(world)
        guidances(world, people)
        staff(world, people)
        checks(world, people)


def papers(world: World) -> None:
    """Licences of the agencies and mandates of two employers each."""
    today = day_of(world.now)
    start = date(today.year - 2, 1, 1)
    for n, agency in enumerate(world.agencies):
        grant_licence(organisation=agency, number=f"（演示）人服证字第{n + 1:04d}号", start=start,
                      end=date(today.year + 3, 1, 1), actor=world.accounts["authority"], now=world.now)  # fmt: skip
        for employer in world.employers[2 * n : 2 * n + 2]:
            keep_mandate(
                agency=agency, employer_name=employer.name, employer_code=employer.credit_code or "",
                agent_name="经办样", agent_document=_number(world.rng), start=start, end=None,
                seen=["ad", "licence", "agent_identity", "mandate"], actor=world.accounts["agency"], now=world.now,
            )  # fmt: skip


def ads(world: World) -> None:
    """Ads of every kind of fault, of several days."""
    agency = world.agencies[0]
    for title, text, day in ADS:
        vet_ad(
            text=Text("", title, text, world.employers[0].name), organisation=agency, on=day or day_of(world.now),
            place=agency.region, actor=world.accounts["agency"], now=world.now,
        )  # fmt: skip


def vacancies(world: World) -> None:
    """Open posts of agencies and employers, one of them gated today."""
    today = day_of(world.now)
    plans = (
        ("消防设施操作员", 4, "消防控制室值班，须持消防设施操作员证书。", 5200),
        ("焊工", None, "车间焊接作业，欢迎有经验的焊工，提供劳保。", 6800),
        ("电工", None, "厂区设备维护，白班，缴纳社保。", 6200),
        ("中式烹调师", None, "食堂热菜岗位，包工作餐。", 5600),
        ("车工", None, "普通车床操作，双休。", 6000),
        ("汽车维修工", None, "机电维修，包住宿。", 6100),
    )
    for n, (trade, level, text, wage) in enumerate(plans):
        agency = world.agencies[0]
        employer = world.employers[n % 2]
        post_vacancy(
            organisation=agency, employer=employer.name, title=f"{trade}（{employer.name[:2]}）", text=text,
            occupation=trade, level=level, region=employer.region, wage_fen=wage * 100, count=1 + n % 3,
            start_on=today + timedelta(days=14), actor=world.accounts["agency"], now=world.now,
        )  # fmt: skip


def certified(count: int) -> list[tuple[Person, Certificate]]:
    """Persons with a certificate in force, the newest first, each once."""
    found: dict[int, tuple[Person, Certificate]] = {}
    rows = Certificate.objects.filter(state="valid", batch__state="published").select_related("person")
    for row in rows.order_by("-issued_on", "pk")[: 5 * count]:
        found.setdefault(row.person_id, (row.person, row))
    return list(found.values())[:count]


def seekers(world: World, people: Sequence[tuple[Person, Certificate]]) -> None:
    """Wishes of people: their own trade first, another one second; some do not consent."""
    regions = sorted({e.region for e in world.employers})
    for n, (person, certificate) in enumerate(people):
        save_profile(
            person=person, region=regions[n % len(regions)], regions=["32"] if n % 3 else [regions[n % len(regions)]],
            occupations=[certificate.occupation, "消防设施操作员"][: 1 + n % 2],
            wage_floor_fen=(45 + 5 * (n % 5)) * 10_000, consent=n % 7 != 6, now=world.now, actor=None,
        )  # fmt: skip


def offers(world: World) -> None:
    """Courses in the province's cities."""
    today = day_of(world.now)
    trades = (
        ("焊工", 5),
        ("焊工", 4),
        ("消防设施操作员", 5),
        ("消防设施操作员", 4),
        ("中式烹调师", 5),
        ("游泳救生员", 5),
    )
    for n, employer in enumerate(world.employers[:4]):
        city = region_name(employer.region, on=today)[-3:-1]
        for m, (trade, level) in enumerate(trades):
            start = today + timedelta(days=10 + 7 * n + 3 * m)
            keep_offer(
                body=f"{city}示例职业培训学校", region=employer.region, occupation=trade, level=level,
                hours=120 + 40 * (5 - level), cost_fen=(900 + 100 * m) * 100, starts_on=start,
                ends_on=start + timedelta(days=45), contact=f"0000-{n:02d}{m:02d}", actor=world.accounts["centre"],
                now=world.now,
            )  # fmt: skip


def guidances(world: World, people: Sequence[tuple[Person, Certificate]]) -> None:
    """Guidance for people who lack the fire-control certificate."""
    agency = world.accounts["agency"]
    region = agency.organisation.region if agency.organisation else agency.region
    for person, _certificate in people[:3]:
        guide(person=person, occupation="消防设施操作员", level=5, region=region, actor=agency, now=world.now)


def staff(world: World, people: Sequence[tuple[Person, Certificate]]) -> None:
    """A staff list of the first employer, uploaded as a sheet."""
    employer = world.accounts["employer"]
    if employer.organisation is None:
        return
    lines = ["姓名,证件号码,职业,等级,上岗日期,其他证件,有效期至"]
    today = day_of(world.now)
    for n, (person, certificate) in enumerate(people[:12]):
        document = main_document(person)
        if document is not None:
            trade = "消防设施操作员" if n % 6 == 5 else certificate.occupation
            other = f"特种作业操作证,{today + timedelta(days=20 * n - 10)}" if n % 4 == 0 else ","
            lines.append(f"{person.name},{document.number},{trade},,{date(2023, 1 + n % 12, 8)},{other}")
    enrol_staff(content="\n".join(lines).encode(), filename="名册.csv", organisation=employer.organisation,
                actor=employer, now=world.now)  # fmt: skip


def checks(world: World, people: Sequence[tuple[Person, Certificate]]) -> None:
    """Questions of a registration desk on both sides of the days on which the law changed."""
    registrar = world.accounts["registrar"]
    place = world.employers[0].region
    today = day_of(world.now)
    plans = (
        ("样例理发店", "理发服务、美容服务", date(2005, 6, 1)),
        ("示范电焊加工部", "金属制品焊接加工，电焊服务", date(2008, 3, 3)),
        ("虚构游泳馆", "游泳场所经营，游泳救生员服务", today),
        ("演示小吃店", "中式面点、小吃", date(2013, 9, 9)),
        ("范例文具店", "文具零售", today),
    )
    for n, (business, scope, on) in enumerate(plans):
        person = people[n][0] if n < len(people) else None
        document = main_document(person) if person else None
        name, number = (
            (person.name, document.number) if person and document else ("经营样", _number(world.rng))
        )
        check_registration(
            business=business, scope=scope, place=place, on=on, asked_by=registrar, now=world.now,
            applicants=[read_applicant("owner", name, "resident", number)],
        )  # fmt: skip


def _number(rng: Random) -> str:
    """A well-formed resident number of a county that was never assigned."""
    seventeen = f"3299{rng.randrange(10, 99)}1980{rng.randrange(1, 13):02d}{rng.randrange(1, 28):02d}{rng.randrange(999):03d}"
    return seventeen + check_character(seventeen)

"""The plan of the province: places, bodies, sittings, candidates and what they can do. Pure; same seed, same world."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from chizheng.people.core.identity import check_character

PROVINCE = "32"
ISSUER_CODE = "10"  # characters 3-4 of the province's certificate numbers
CITIES = {"01": ("3201", "南京"), "02": ("3202", "无锡"), "05": ("3205", "苏州"), "06": ("3206", "南通")}

TRADES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("焊工", (5, 4, 3)),
    ("电工", (5, 4, 3)),
    ("车工", (5, 4)),
    ("中式烹调师", (5, 4, 3)),
    ("保育员", (5, 4)),
    ("汽车维修工", (5, 4)),
)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = ("样", "例", "试", "拟", "范", "演")
_NUMERALS = "一二三四五六七八九十百千万甲乙丙丁戊己庚辛壬癸子丑寅卯辰"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A candidate: invented name, resident number, sex, birth, skill in theory and in practice."""

    name: str
    number: str
    sex: str
    birth: date
    phone: str
    theory: float
    practice: float


@dataclass(frozen=True, slots=True)
class StationPlan:
    """A station: name, city, eight-digit institution number, credit code, trades; `lenient` bends marks."""

    name: str
    city: str
    institution: str
    credit_code: str
    trades: tuple[str, ...]
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class SittingPlan:
    """One sitting: station index, occupation, level, day, candidates, their marks (None: absent)."""

    station: int
    occupation: str
    level: int
    exam_on: date
    people: tuple[PersonPlan, ...]
    theory: tuple[int | None, ...]
    practice: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class EmployerPlan:
    """An employer with a region and a credit code."""

    name: str
    region: str
    credit_code: str
    trade: str


@dataclass(frozen=True)
class World:
    """The whole plan."""

    seed: int
    today: date
    stations: tuple[StationPlan, ...]
    sittings: tuple[SittingPlan, ...]
    employers: tuple[EmployerPlan, ...]
    agencies: tuple[EmployerPlan, ...]
    people: tuple[PersonPlan, ...] = field(default=())


def credit_code(rng: random.Random, region: str) -> str:
    """An 18-character code with a right check character; the body is drawn, not registered."""
    from stdnum.cn import uscc

    body = "91" + region.ljust(6, "0")[:6] + "MA" + "".join(rng.choice(_USCC) for _ in range(7))
    return body + uscc.calc_check_digit(body)


def resident_number(rng: random.Random, birth: date, female: bool) -> str:
    """A well-formed resident number whose county code (32 99 xx) was never assigned."""
    order = rng.randrange(0, 499) * 2 + (0 if female else 1)
    seventeen = f"3299{rng.randrange(10, 99)}{birth:%Y%m%d}{order:03d}"
    return seventeen + check_character(seventeen)


def person(rng: random.Random, today: date) -> PersonPlan:
    """One invented person of working age."""
    female = rng.random() < 0.45
    birth = today - timedelta(days=rng.randrange(19 * 366, 52 * 365))
    name = rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_NUMERALS)
    ability = rng.gauss(0, 1)
    return PersonPlan(
        name=name,
        number=resident_number(rng, birth, female),
        sex="F" if female else "M",
        birth=birth,
        phone=f"1990000{rng.randrange(0, 10_000):04d}",
        theory=68 + 11 * (0.8 * ability + 0.6 * rng.gauss(0, 1)),
        practice=70 + 10 * (0.6 * ability + 0.8 * rng.gauss(0, 1)),
    )


def make(seed: int, *, today: date, stations: int = 6, sittings: int = 14, size: int = 30) -> World:
    """Draw a province: the last station sells passes, one sitting in twenty candidates is absent.

    >>> make(258, today=date(2026, 9, 1)) == make(258, today=date(2026, 9, 1))
    True
    """
    rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    cities = list(CITIES.items())
    bodies = []
    for n in range(stations):
        prefecture, (region, city) = cities[n % len(cities)]
        trades = rng.sample(TRADES, 4)
        bodies.append(
            StationPlan(
                name=f"{city}市第{_NUMERALS[n // len(cities)]}职业技能鉴定站（演示）",
                city=region,
                institution=f"{ISSUER_CODE}{prefecture}2{n + 1:03d}",
                credit_code=credit_code(rng, region),
                trades=tuple(t for t, _ in trades),
                lenient=n == stations - 1,
            )
        )
    levels = dict(TRADES)
    held = [
        _sitting(rng, today, n, sittings - 1 - n, bodies, n % stations, levels, size) for n in range(sittings)
    ]
    employers = tuple(
        EmployerPlan(f"{city}示例{kind}有限公司", region, credit_code(rng, region), trade)
        for (_, (region, city)), (kind, trade) in zip(
            cities * 2,
            [("机械", "焊工"), ("电气", "电工"), ("餐饮", "中式烹调师"), ("精工", "车工"), ("汽车", "汽车维修工"),
             ("教育", "保育员"), ("建设", "焊工"), ("设备", "电工")],
            strict=False,
        )
    )  # fmt: skip
    agencies = tuple(
        EmployerPlan(f"{city}示例人力资源服务有限公司", region, credit_code(rng, region), "")
        for _, (region, city) in cities[:2]
    )
    return World(seed, today, tuple(bodies), tuple(held), employers, agencies)


def _sitting(
    rng: random.Random, today: date, n: int, age: int, bodies: list[StationPlan], station: int,
    levels: dict[str, tuple[int, ...]], size: int,
) -> SittingPlan:  # fmt: skip
    body = bodies[station]
    occupation = body.trades[n // len(bodies) % len(body.trades)]
    people = tuple(person(rng, today) for _ in range(size - rng.randrange(0, size // 5 + 1)))
    theory: list[int | None] = []
    practice: list[int | None] = []
    for p in people:
        absent = rng.random() < 0.05
        theory.append(None if absent else _mark(p.theory))
        mark = _mark(p.practice)
        if body.lenient and 45 <= mark < 60:
            mark = rng.choice((60, 60, 61, 62))
        practice.append(None if absent else mark)
    return SittingPlan(
        station, occupation, rng.choice([x for x in levels[occupation] if x >= 4]),
        today - timedelta(days=40 + 9 * age), people, tuple(theory), tuple(practice),
    )  # fmt: skip


def _mark(value: float) -> int:
    return max(0, min(100, round(value)))

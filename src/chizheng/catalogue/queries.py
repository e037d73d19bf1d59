"""Reads of the catalogue, always for a day."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from chizheng.catalogue.models import IssuerCode, Occupation, Region
from chizheng.kernel.errors import BadInput, NotFound
from chizheng.kernel.wording import Wording

_NO_OCCUPATION = Wording(
    zh="职业目录中没有“{name}”（{on}）；请核对名称，或先导入职业分类",
    en="the catalogue has no occupation '{name}' on {on}; check the name or import the classification",
)
_NO_LEVEL = Wording(
    zh="“{name}”没有{level}级；该职业的等级为：{levels}",
    en="'{name}' has no level {level}; its levels are: {levels}",
)


def list_occupations(*, on: date) -> QuerySet[Occupation]:
    """Occupations in the catalogue on a day, by name."""
    return Occupation.objects.filter(period__contains=on).order_by("name")


def find_occupation(name: str, *, on: date) -> Occupation | None:
    return Occupation.objects.filter(name=name.strip(), period__contains=on).first()


def get_occupation(name: str, *, on: date) -> Occupation:
    found = find_occupation(name, on=on)
    if found is None:
        raise NotFound("no_occupation", _NO_OCCUPATION, name=name, on=on.isoformat())
    return found


def require_level(occupation: Occupation, level: int) -> None:
    """Raises BadInput where the occupation's standard has no such level; unknown levels (none listed) pass."""
    if occupation.levels and level not in occupation.levels:
        raise BadInput(
            "no_such_level",
            _NO_LEVEL,
            name=occupation.name,
            level=level,
            levels="、".join(str(x) for x in sorted(occupation.levels, reverse=True)),
        )


def list_regions(*, on: date, within: str = "", digits: int | None = None) -> QuerySet[Region]:
    rows = Region.objects.filter(period__contains=on, code__startswith=within).order_by("code")
    return rows.filter(code__regex=rf"^\d{{{digits}}}$") if digits else rows


def region_name(code: str, *, on: date) -> str:
    """The full name of a place, e.g. 江苏省南京市; '' is the whole country."""
    if not code:
        return "全国"
    names = {
        r.code: r.name
        for r in Region.objects.filter(period__contains=on, code__in=[code[:n] for n in (2, 4, 6)])
    }
    parts = [names.get(code[:n]) for n in (2, 4, 6) if n <= len(code)]
    return "".join(p for p in parts if p) or code


def find_issuer_code(code: str, *, on: date) -> IssuerCode | None:
    """The code-table row that gave meaning to a certificate's characters 3-4 on a day."""
    return IssuerCode.objects.filter(code=code, period__contains=on).first()

"""`/api/v1/inspection/filings`: employers file who works for them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.security import django_auth

from chizheng.inspection.core.filings import read_row, say
from chizheng.inspection.models import Filing
from chizheng.inspection.usecases.file_employment import NOT_YOURS, file_employment
from chizheng.kernel.errors import Forbidden
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

router = Router()


class FilingIn(Schema):
    """One person in one post; days as 2026-03-01, `end` is the last day."""

    name: str = Field(max_length=60)
    document_kind: str = Field("", max_length=20)
    document: str = Field(max_length=30)
    occupation: str = Field(max_length=80)
    level: str = Field("", max_length=10)
    place: str = Field("", max_length=6)
    start: str = Field(max_length=10)
    end: str = Field("", max_length=10)


class Filed(Schema):
    filings: list[FilingIn] = Field(min_length=1, max_length=1000)


class Answer(Schema):
    accepted: int
    unchanged: int
    faults: list[dict[str, Any]]


@router.post("/filings", response=Answer, auth=django_auth, summary="用工备案 Employment filings")
def file(request: HttpRequest, filed: Filed) -> Answer:
    """Good rows are written, the others answered with their position (from 1), column and what to do."""
    me = account_of(request)
    if me.role not in (Role.EMPLOYER, Role.AGENCY) or me.organisation is None:
        raise Forbidden("not_your_organisation", NOT_YOURS)
    home, today = me.organisation.region, clock.today()
    rows = [read_row(n, f.dict(), home=home, today=today) for n, f in enumerate(filed.filings, 1)]
    good = [row for row in rows if row.entry is not None]
    taken = file_employment(
        employer=me.organisation, entries=[r.entry for r in good if r.entry is not None],
        source=Filing.Source.API, actor=me, now=clock.now(),
    )  # fmt: skip
    faults = [(row.number, fault) for row in rows for fault in row.faults]
    faults += [(good[at].number, fault) for at, fault in taken.faults.items()]
    lang = language()
    return Answer(
        accepted=taken.accepted,
        unchanged=taken.unchanged,
        faults=[
            {"row": n, "column": f.column, "code": f.code, "message": say(f.code, "", f.params, lang)}
            for n, f in faults
        ],
    )

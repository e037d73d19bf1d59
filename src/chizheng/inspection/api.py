"""`/api/v1/inspection/filings`: employment filings from an employer's own system, checked like the workbook."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.security import django_auth

from chizheng.inspection.usecases.file_employment import file_rows
from chizheng.kernel.errors import Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.queries import account_of
from chizheng.platform import clock
from chizheng.platform.faults import language
from chizheng.platform.roles import Role

router = Router()

_FILERS = Wording(
    zh="只有用人单位和中介机构可以报送本单位的备案", en="only employers and agencies file, for themselves"
)


class FilingIn(Schema):
    """One person in one post, as in the workbook; days as 2026-03-01, `end` is the last day at work."""

    name: str = Field(max_length=60)
    document_kind: str = Field("", max_length=20)
    document_number: str = Field(max_length=40)
    post: str = Field(max_length=60)
    occupation: str = Field(max_length=80)
    level: str = Field("", max_length=20)
    region: str = Field("", max_length=6)
    start: str = Field(max_length=10)
    end: str = Field("", max_length=10)
    demanded: str = Field("否", max_length=5)


class FilingsIn(Schema):
    filings: list[FilingIn] = Field(min_length=1, max_length=1000)


class FaultOut(Schema):
    """What is wrong with a row: its position from 1, the column, and what to do."""

    row: int
    column: str
    code: str
    message: str


class FilingsOut(Schema):
    accepted: int
    unchanged: int
    faults: list[FaultOut]


@router.post("/filings", response=FilingsOut, auth=django_auth, summary="用工备案 Employment filings")
def file(request: HttpRequest, sent: FilingsIn) -> FilingsOut:
    """Good rows are written, the others answered; the same rows again change nothing."""
    me = account_of(request)
    if me.role not in (Role.EMPLOYER, Role.AGENCY) or me.organisation is None:
        raise Forbidden("not_a_filer", _FILERS)
    rows = [row.dict() for row in sent.filings]
    taken = file_rows(employer=me.organisation, rows=rows, actor=me, now=clock.now())
    return FilingsOut(
        accepted=taken.accepted,
        unchanged=taken.unchanged,
        faults=[
            FaultOut(row=at + 1, column=f.key, code=f.code, message=f.say(language()))
            for at, f in taken.faults
        ],
    )

"""`/api/v1/verifications`: is this certificate true? Rows in, reports out, in the same order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from chizheng.certificates import queries
from chizheng.certificates.core.lookup import Row
from chizheng.certificates.core.verification import Question
from chizheng.certificates.usecases.watch_failures import note_row
from chizheng.platform import clock

PREFIX = ""
router = Router()


class RowIn(Schema):
    """What was presented (QR text, credential), or number and name; never a number alone."""

    presented: str = Field("", max_length=60_000)
    number: str = Field("", max_length=60)
    name: str = Field("", max_length=60)
    check_code: str = Field("", max_length=16)


class Asked(Schema):
    lang: str = Field("zh", pattern="^(zh|en)$")
    rows: list[RowIn] = Field(min_length=1, max_length=200)


class Answers(Schema):
    answers: list[dict[str, Any]]


@router.post("/verifications", response=Answers, auth=None, summary="核验证书 Verify certificates")
def verify(request: HttpRequest, asked: Asked) -> Answers:
    """Nothing about the asker is stored, and no answer gives a name that was not asked with."""
    rows = [Row(Question(r.number, r.name, r.check_code), r.presented) for r in asked.rows]
    now = clock.now()
    register = queries.Register(now, heard=lambda row, report: note_row(row, report, now))
    return Answers(answers=register.answer(rows, asked.lang))

"""`/api/v1/access/`: the gate decision for other systems."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from chizheng.access import queries
from chizheng.access.core.gate import HeldCertificate
from chizheng.law.types import Act
from chizheng.platform.faults import language

router = Router()


class Held(Schema):
    occupation: str = Field(max_length=80)
    level: int | None = Field(None, ge=1, le=5)
    issued: date | None = None
    valid_until: date | None = None


class GateQuestion(Schema):
    """May this be done? `place` is a GB/T 2260 prefix, '' for the whole country."""

    act: Literal["recruit", "post", "refer", "register", "abroad"]
    occupation: str = Field(min_length=1, max_length=80)
    on: date
    place: str = Field("", pattern=r"^(\d\d){0,3}$")
    level: int | None = Field(None, ge=1, le=5)
    held: list[Held] = Field(default_factory=list, max_length=50)
    demanded: bool = False
    exemptions: list[str] = Field(default_factory=list, max_length=20)
    already_in_post_since: date | None = None


class ReasonOut(Schema):
    code: str
    message: str
    citation: str | None


class GateAnswer(Schema):
    verdict: Literal["clear", "missing", "exempt", "advice", "over_gated"]
    reasons: list[ReasonOut]
    citations: list[str]
    unverified: bool


@router.post("/gate", response=GateAnswer, auth=None, summary="就业准入判定 Gate decision")
def gate(request: HttpRequest, question: GateQuestion) -> GateAnswer:
    """The same function that pages and the command line ask; nothing is stored."""
    decision = queries.decide_gate(
        act=Act(question.act),
        occupation=question.occupation,
        on=question.on,
        place=question.place,
        level=question.level,
        held=[HeldCertificate(h.occupation, h.level, h.issued, h.valid_until) for h in question.held],
        demanded=question.demanded,
        exemptions=question.exemptions,
        already_in_post_since=question.already_in_post_since,
    )
    lang = language()
    return GateAnswer(
        verdict=decision.verdict.value,
        reasons=[
            ReasonOut(
                code=r.code,
                message=queries.say(r, lang),
                citation=r.citation.say(lang) if r.citation else None,
            )
            for r in decision.reasons
        ],
        citations=[c.say(lang) for c in decision.citations],
        unverified=decision.unverified,
    )

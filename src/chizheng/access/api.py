"""`/api/v1/access/`: the gate decision for other systems."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.security import APIKeyHeader

from chizheng.access import queries
from chizheng.access.core.gate import HeldCertificate
from chizheng.access.models import ApiKey, RegistrationCheck
from chizheng.access.usecases.check_registration import Somebody, check_registration
from chizheng.access.usecases.keep_api_key import use_key
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.law.types import Act
from chizheng.platform import clock
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


class PersonIn(Schema):
    role: Literal["owner", "manager"]
    name: str = Field(min_length=1, max_length=60)
    number: str = Field(min_length=15, max_length=20)


class RegistrationQuestion(Schema):
    """`key`: the registry's own number of the application; the same key again gives the same answer."""

    key: str = Field(min_length=1, max_length=60)
    name: str = Field(min_length=1, max_length=120)
    scope: str = Field(min_length=1, max_length=3000)
    occupations: list[str] = Field(default_factory=list, max_length=30)
    place: str = Field(pattern=r"^(\d\d){1,3}$")
    on: date
    people: list[PersonIn] = Field(min_length=1, max_length=10)


class RegistrationAnswer(Schema):
    id: str
    verdict: Literal["clear", "missing", "exempt", "advice"]
    state: Literal["answered", "held", "provisional", "released"]
    covered: list[dict[str, Any]]


class KeyHolder(APIKeyHeader):
    """`X-API-Key`: a key from the administrator, so many questions a day."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey | None:
        return use_key(key, on=clock.today()) if key else None


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


@router.post(
    "/registrations", response=RegistrationAnswer, auth=KeyHolder(), summary="开业核验 Registration check"
)
def register(request: HttpRequest, question: RegistrationQuestion) -> RegistrationAnswer:
    """The clerk's question from another system; a held answer is released by itself once a certificate is issued."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    row = check_registration(
        key=f"api:{key.pk}:{question.key}",
        name=question.name,
        scope=question.scope,
        occupations=question.occupations,
        place=question.place,
        on=question.on,
        people=[Somebody(p.role, p.name, p.number) for p in question.people],
        now=clock.now(),
        through=key,
    )
    return _answer(row)


@router.get(
    "/registrations/{uuid}",
    response=RegistrationAnswer,
    auth=KeyHolder(),
    summary="核验结果 An earlier answer",
)
def registration(request: HttpRequest, uuid: UUID) -> RegistrationAnswer:
    """Ask for an earlier answer of the same key: has the hold been released?"""
    found = RegistrationCheck.objects.filter(uuid=uuid, asked_through=request.auth).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound("no_check", _NO_CHECK)
    return _answer(found)


_NO_CHECK = Wording(zh="没有这次核验", en="no such check")


def _answer(row: RegistrationCheck) -> RegistrationAnswer:
    lang = language()
    covered = [
        {"occupation": c["occupation"], "verdict": c["verdict"], "by": c["by"],
         "reasons": [{"code": r["code"], "message": r[lang], "citation": r["citation"]} for r in c["reasons"]]}
        for c in row.answer["covered"]
    ]  # fmt: skip
    return RegistrationAnswer.model_validate(
        {"id": str(row.uuid), "verdict": row.verdict, "state": row.state, "covered": covered}
    )

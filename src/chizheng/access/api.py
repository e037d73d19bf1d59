"""`/api/v1/access/`: the gate decision, ad vetting and business registration for other systems."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema
from ninja.security import HttpBearer

from chizheng.access import queries
from chizheng.access.core.ads.ad import Ad
from chizheng.access.core.gate import HeldCertificate
from chizheng.access.models import ApiClient, RegistrationCheck
from chizheng.access.queries.ads import vetter
from chizheng.access.queries.registration import check_of_client, client_of
from chizheng.access.usecases.ads import plain
from chizheng.access.usecases.registration import charge, check_registration, earlier_check, read_applicant
from chizheng.kernel.errors import BadInput, Forbidden
from chizheng.kernel.places import contains
from chizheng.kernel.wording import Wording
from chizheng.law.types import Act
from chizheng.people.core.identity import kind_of
from chizheng.platform.clock import now, today
from chizheng.platform.faults import language

router = Router()

PLACE = r"^(\d\d){0,3}$"
_OUTSIDE = Wording(zh="该地区不在本系统的接入范围内", en="this place is outside what the key was given for")
_KEY = Wording(
    zh="幂等键应为 8 到 64 个字母、数字、横线", en="an idempotency key has 8 to 64 letters, digits or dashes"
)


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
    place: str = Field("", pattern=PLACE)
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


class AdIn(Schema):
    id: str = Field("", max_length=60)
    title: str = Field("", max_length=300)
    text: str = Field("", max_length=20_000)
    employer: str = Field("", max_length=120)


class AdsQuestion(Schema):
    """Ads to vet by the rules of a day and place; at most fifty at a time."""

    ads: list[AdIn] = Field(min_length=1, max_length=50)
    on: date | None = None
    place: str = Field("", pattern=PLACE)


class AdsAnswer(Schema):
    results: list[dict[str, Any]]


@router.post("/ads/vet", response=AdsAnswer, auth=None, summary="招聘简章审核 Vet recruitment ads")
def vet_ads(request: HttpRequest, question: AdsQuestion) -> AdsAnswer:
    """As `chizheng ads vet`: posts, gated occupations, certificate wording, findings with corrected sentences.

    Nothing is stored; what is to be in the ledger goes through the desk.
    """
    ads = [Ad(a.id or str(n), a.title, a.text, a.employer) for n, a in enumerate(question.ads, 1)]
    found = vetter(on=question.on or today(), place=question.place).vet(ads)
    return AdsAnswer(results=[plain(v) for v in found])


# --- business registration


class ClientKey(HttpBearer):
    """`Authorization: Bearer cz_…`: the key an administrator made for a system."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiClient | None:
        return client_of(token)


class PersonIn(Schema):
    """`document_kind`: resident (default), officer, hk_macao, taiwan, foreigner, passport, other."""

    duty: Literal["owner", "manager"]
    name: str = Field(min_length=1, max_length=60)
    document_kind: str = Field("resident", max_length=20)
    document: str = Field(min_length=5, max_length=30)


class CheckQuestion(Schema):
    """May this business be registered, as far as its people's qualification goes?"""

    business: str = Field(min_length=1, max_length=120)
    scope: str = Field(min_length=1, max_length=2000)
    place: str = Field(pattern=r"^(\d\d){1,3}$")
    on: date
    persons: list[PersonIn] = Field(min_length=1, max_length=20)
    occupations: list[str] = Field(default_factory=list, max_length=20)
    exemptions: list[str] = Field(default_factory=list, max_length=20)


class ItemOut(Schema):
    words: str
    occupation: str
    verdict: str
    by: str
    reasons: list[ReasonOut]
    citations: list[str]
    unverified: bool


class CheckAnswer(Schema):
    """`state`: answered, provisional (register was down, re-checked by itself), held, released."""

    id: UUID
    number: str
    verdict: str = Field(description="clear, missing, exempt or advice")
    state: str = Field(description="answered, provisional, held or released")
    judged_on: date
    items: list[ItemOut]
    notes: list[str]


@router.post(
    "/registrations",
    response=CheckAnswer,
    auth=ClientKey(),
    summary="开业资格查询 Check a business registration",
)
def check(
    request: HttpRequest,
    question: CheckQuestion,
    idempotency_key: str = Header("", alias="Idempotency-Key"),  # type: ignore[type-arg]
) -> CheckAnswer:
    """Kept with its answer. Send `Idempotency-Key`: the same key with the same question gives the first answer,
    so that a repeated request is never a second one and costs nothing. Counts against the daily quota (429 beyond it)."""
    client: ApiClient = request.auth  # type: ignore[attr-defined]
    if idempotency_key and not re.fullmatch(r"[A-Za-z0-9-]{8,64}", idempotency_key):
        raise BadInput("bad_key", _KEY)
    if not contains(client.region, question.place):
        raise Forbidden("outside_key", _OUTSIDE)
    asked: dict[str, Any] = {
        "business": question.business, "scope": question.scope, "place": question.place, "on": question.on,
        "applicants": [read_applicant(p.duty, p.name, kind_of(p.document_kind), p.document) for p in question.persons],
        "occupations": question.occupations, "exemptions": question.exemptions, "client": client,
        "idempotency_key": idempotency_key,
    }  # fmt: skip
    row = earlier_check(**asked)
    if row is None:
        charge(client=client, on=today())
        row = check_registration(**asked, now=now())
    return _answer(row)


@router.get(
    "/registrations/{uuid}", response=CheckAnswer, auth=ClientKey(), summary="查询结果 Look a check up again"
)
def look_up(request: HttpRequest, uuid: UUID) -> CheckAnswer:
    """The check as it stands now: a provisional answer is settled, a hold is released by itself."""
    client: ApiClient = request.auth  # type: ignore[attr-defined]
    return _answer(check_of_client(client, uuid))


def _answer(row: RegistrationCheck) -> CheckAnswer:
    english = language() == "en"
    return CheckAnswer(
        id=row.uuid, number=row.number, verdict=row.verdict, state=row.state, judged_on=row.answer["judged_on"],
        items=[
            ItemOut(
                words=i["words"], occupation=i["occupation"], verdict=i["verdict"], by=i["by"],
                reasons=[ReasonOut(**r) for r in i["reasons_en" if english else "reasons"]],
                citations=i["citations"], unverified=i["unverified"],
            )
            for i in row.answer["items"]
        ],
        notes=[n["en" if english else "zh"] for n in row.answer["notes"]],
    )  # fmt: skip

"""Answer a registry's question 开业核验, hold, release by itself, follow up who leaves; nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction

from chizheng.access import queries
from chizheng.access.core.gate import Decision, HeldCertificate, Verdict
from chizheng.access.core.registration import judge, occupations_in
from chizheng.access.core.wording import VERDICTS
from chizheng.access.io.scopes import scope_words
from chizheng.access.models import ApiKey, RegistrationCheck, RegistrationPerson
from chizheng.kernel.errors import Conflict, Unavailable
from chizheng.kernel.wording import Wording
from chizheng.law.io.calendars import calendar
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from chizheng.people.core.identity import DocumentKind, IdentityDocument, read_document
from chizheng.people.models import Account
from chizheng.people.queries import find_person, number_digest
from chizheng.platform import ledger

_OTHER = Wording(
    zh="流水号“{key}”已用于另一份核验申请；请换一个流水号",
    en="the key '{key}' was used for another question; use a new one",
)
_PROVISIONAL = Wording(
    zh="证书注册库暂时不可用，先予受理；恢复后自动复核，结果以复核为准",
    en="the register of certificates is down; this is provisional and will be asked again",
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the business: role (owner, manager), name, resident number."""

    role: str
    name: str
    number: str


def check_registration(
    *, key: str, name: str, scope: str, people: Sequence[Somebody], place: str, on: date, now: datetime,
    actor: Account | None = None, through: ApiKey | None = None, occupations: Sequence[str] = (),
) -> RegistrationCheck:  # fmt: skip
    """Ask the gate for the act `register` and keep question and answer. The same key again gives the same answer.

    `key` is the registry's own number of the application. Raises BadInput for a wrong document number,
    Conflict where the key was used for another question.
    """
    documents = [read_document(DocumentKind.RESIDENT, p.number) for p in people]
    found = RegistrationCheck.objects.filter(key=key).first()
    if found is not None:
        if (found.name, found.scope, found.place, found.on) != (name, scope, place, on):
            raise Conflict("key_used", _OTHER, key=key)
        return found
    named = list(occupations) or occupations_in(scope, scope_words())
    answer, verdict, state = _answer(named, documents, place, on)
    with transaction.atomic():
        row = RegistrationCheck.objects.create(
            key=key, name=name, scope=scope, occupations=named, place=place, on=on, verdict=verdict, answer=answer,
            state=state, asked_by=actor, asked_through=through, asked_at=now,
        )  # fmt: skip
        for somebody, document in zip(people, documents, strict=True):
            RegistrationPerson.objects.create(
                registration=row, role=somebody.role, name=somebody.name.strip(), document=document.number,
                document_digest=number_digest(document), tail=document.number[-4:], person=find_person(document),
            )  # fmt: skip
        ledger.record(
            verb="access.check_registration", subject=row, actor=actor, now=now, verdict=verdict, state=state
        )
    return row


def _answer(
    occupations: Sequence[str], documents: Sequence[IdentityDocument], place: str, on: date
) -> tuple[dict[str, Any], str, str]:
    try:
        persons = [find_person(d) for d in documents]
        held = queries.held_by([p.pk for p in persons if p is not None])
    except Unavailable:
        said = {"covered": [], "note": {"zh": _PROVISIONAL.zh, "en": _PROVISIONAL.en}}
        return said, Verdict.ADVICE.value, RegistrationCheck.State.PROVISIONAL
    mine: list[Sequence[HeldCertificate]] = [held.get(p.pk, ()) if p is not None else () for p in persons]
    result = judge(occupations, mine, partial(_ask, place, on))
    covered = [
        {
            "occupation": c.occupation, "verdict": c.decision.verdict.value, "by": c.by,
            "reasons": [
                {"code": r.code, "zh": queries.say(r, "zh"), "en": queries.say(r, "en"),
                 "citation": r.citation.say() if r.citation else "", "verified": r.citation.verified if r.citation else True}
                for r in c.decision.reasons
            ],
        }
        for c in result.covered
    ]  # fmt: skip
    state = (
        RegistrationCheck.State.HELD
        if result.verdict is Verdict.MISSING
        else RegistrationCheck.State.ANSWERED
    )
    says = VERDICTS[result.verdict.value]
    return {"covered": covered, "note": {"zh": says.zh, "en": says.en}}, result.verdict.value, state


def _ask(place: str, on: date, occupation: str, held: Sequence[HeldCertificate]) -> Decision:
    return queries.decide_gate(act=Act.REGISTER, occupation=occupation, on=on, place=place, held=held)


def recheck(*, check: RegistrationCheck, now: datetime, on: date) -> RegistrationCheck:
    """Ask a held or provisional check again, as of `on`; a hold whose reason is gone is released by itself."""
    people = list(check.people.filter(left_on__isnull=True))
    documents = [read_document(DocumentKind.RESIDENT, p.document) for p in people]
    answer, verdict, state = _answer(check.occupations, documents, check.place, on)
    with transaction.atomic():
        row = RegistrationCheck.objects.select_for_update().get(pk=check.pk)
        if row.state not in (RegistrationCheck.State.HELD, RegistrationCheck.State.PROVISIONAL):
            return row
        if state == RegistrationCheck.State.ANSWERED and row.state == RegistrationCheck.State.HELD:
            state = RegistrationCheck.State.RELEASED
        if (row.state, row.verdict) != (state, verdict):
            ledger.record(
                verb="access.recheck_registration",
                subject=row,
                actor=None,
                now=now,
                verdict=verdict,
                state=state,
            )
        row.answer, row.verdict, row.state, row.rechecked_at = answer, verdict, state, now
        row.save(update_fields=["answer", "verdict", "state", "rechecked_at"])
    return row


def recheck_due(*, now: datetime, on: date) -> int:
    """Ask every held and provisional check again; returns how many moved on."""
    waiting = [RegistrationCheck.State.HELD, RegistrationCheck.State.PROVISIONAL]
    moved = 0
    for check in RegistrationCheck.objects.filter(state__in=waiting).order_by("asked_at"):
        moved += recheck(check=check, now=now, on=on).state not in waiting
    return moved


@transaction.atomic
def report_leaving(
    *, somebody: RegistrationPerson, on: date, actor: Account | None, now: datetime
) -> RegistrationPerson:
    """The responsible person leaves: the business must name another by the deadline of the law data. Twice is once."""
    row = RegistrationPerson.objects.select_for_update().select_related("registration").get(pk=somebody.pk)
    if row.left_on is None:
        days = law().number("access.manager_replacement_working_days", on=on, place=row.registration.place)
        row.left_on, row.replace_by = on, calendar().add(on, days).day
        row.save(update_fields=["left_on", "replace_by"])
        ledger.record(
            verb="access.manager_left", subject=row.registration, actor=actor, now=now, on=on.isoformat()
        )
    return row

"""Exceptions of Order 6 例外: asked for with evidence by an employer, decided by the authority of the place."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from chizheng.access.models import ExceptionRequest
from chizheng.kernel.errors import Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger

_PERIOD = Wording(
    zh="例外情形“{exception}”在 {on} 不适用：所依据的文件当日未施行",
    en="the exception '{exception}' is not in force on {on}",
)
_ROLE = Wording(zh="该步骤应由{roles}办理", en="this step belongs to: {roles}")
_DONE = Wording(zh="该申请已有决定", en="this request is decided already")


@transaction.atomic
def ask_exception(
    *,
    code: str,
    occupation: str,
    place: str,
    on: date,
    people: int,
    evidence: str,
    actor: Account,
    now: datetime,
) -> ExceptionRequest:
    """Ask for an exception; the same open request twice is one. Raises Refused on a day it is not in force."""
    if actor.role != "employer" or actor.organisation is None:
        raise Forbidden("not_your_desk", _ROLE, roles="employer")
    row = law().exemption(code)
    if not row.period.contains(on):
        raise Refused("exception_not_in_force", _PERIOD, exception=code, on=on.isoformat())
    request, made = ExceptionRequest.objects.get_or_create(
        organisation=actor.organisation, code=code, occupation=occupation, on=on, state="asked",
        defaults={"place": place, "people": people, "evidence": evidence, "asked_by": actor, "asked_at": now},
    )  # fmt: skip
    if made:
        ledger.record(verb="access.ask_exception", subject=request, actor=actor, now=now, code=code)
    return request


@transaction.atomic
def decide_exception(
    *, request: ExceptionRequest, granted: bool, answer: str, actor: Account, now: datetime
) -> ExceptionRequest:
    """Grant or refuse; twice the same is once."""
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _ROLE, roles="authority")
    held = ExceptionRequest.objects.select_for_update().get(pk=request.pk)
    require_jurisdiction(actor, region=held.place)
    state = ExceptionRequest.State.GRANTED if granted else ExceptionRequest.State.REFUSED
    if held.state == state:
        return held
    if held.state != ExceptionRequest.State.ASKED:
        raise Conflict("decided", _DONE)
    held.state, held.answer, held.decided_by, held.decided_at = state, answer, actor, now
    held.save()
    ledger.record(
        verb="access.decide_exception", subject=held, actor=actor, now=now, granted=granted, basis=answer
    )
    return held

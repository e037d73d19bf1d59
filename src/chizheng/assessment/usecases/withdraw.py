"""A registration is withdrawn before the roster is frozen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.states import OPEN_FOR_ENROLMENT, Event
from chizheng.assessment.models import Registration
from chizheng.assessment.usecases.move_session import lock, require_acting
from chizheng.kernel.errors import Conflict
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger

_FROZEN = Wording(
    zh="报名已截止，名册不能再改动；考生不参加考试的，成绩登记为缺考",
    en="enrolment is closed and the roster frozen; somebody who does not come is marked absent",
)


@transaction.atomic
def withdraw(
    *, registration: Registration, actor: Account | None, now: datetime, reason: str = ""
) -> Registration:
    """Withdraw an enrolment; twice is once. Raises Conflict after enrolment closed."""
    session = lock(registration.session)
    require_acting(session, actor, Event.CLOSE)
    if registration.state == Registration.State.WITHDRAWN:
        return registration
    if session.state not in OPEN_FOR_ENROLMENT:
        raise Conflict("roster_frozen", _FROZEN)
    registration.state = Registration.State.WITHDRAWN
    registration.save(update_fields=["state"])
    ledger.record(verb="assessment.withdraw", subject=registration, actor=actor, now=now, basis=reason)
    return registration

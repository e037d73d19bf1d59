"""What the certificates hear from upstream, and what they answer to contexts that may not import them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings

from chizheng.assessment import holdings
from chizheng.assessment.core.enrolment import Certified
from chizheng.assessment.core.states import State
from chizheng.assessment.models import Session
from chizheng.certificates import keyring, queries
from chizheng.certificates.core.commitments import Step
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.tell_roster import make_notices
from chizheng.certificates.usecases.turn_status import LIFE, request_turn
from chizheng.people.models import Account
from chizheng.platform.happenings import listen


@listen("session_moved")
def commit_step(*, session: int, state: str, at: datetime) -> None:
    """Log a sitting's step as it happens, where this process may; `chizheng issue` finds what was missed."""
    if state == State.ISSUED:
        return  # nothing is issued before all its steps are in the log
    if settings.RUN_MODE in ("all", "issuer", "log") and keyring.exists():
        done = commit_due(session=Session.objects.get(pk=session), now=at)
        if Step.ROSTER in done:
            make_notices(now=at, session=session)


def register_of_certificates(persons: Collection[int]) -> Iterable[tuple[int, Certified]]:
    """Certificates in force by person, as enrolment asks for them."""
    for person, rows in queries.held(persons).items():
        for row in rows:
            if row.state == "valid":
                yield person, Certified(row.occupation, row.level, row.issued)


@listen("investigation_decided")
def ask_for_turns(
    *,
    case: str,
    session: int | None,
    certificate_number: str,
    consequences: list[str],
    actor: int,
    at: datetime,
) -> None:
    """Ask for the suspension or revocation an investigation decided; another person decides each, as always."""
    kind = "revoke" if "revoke_certificates" in consequences else "suspend"
    rows = queries.published()
    if certificate_number:
        rows = rows.filter(number=certificate_number)
    elif session is not None:
        rows = rows.filter(batch__session_id=session)
    else:
        return
    by = Account.objects.get(pk=actor)
    for certificate in rows:
        if (
            kind in LIFE.events(certificate.state)
            and not certificate.requests.filter(decided_at=None).exists()
        ):
            request_turn(
                certificate=certificate, kind=kind, reason_code="not_skill" if kind == "revoke" else "investigation",
                reason=case, basis=case, actor=by, now=at,
            )  # fmt: skip


holdings.answer_with(register_of_certificates)

"""What the certificates hear from upstream, and what they answer to contexts that may not import them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings

from chizheng.assessment import holdings
from chizheng.assessment.core.enrolment import Certified
from chizheng.assessment.models import Session
from chizheng.certificates import keyring, queries
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.platform.happenings import listen


@listen("session_moved")
def commit_step(*, session: int, state: str, at: datetime) -> None:
    """Log a sitting's step as it happens, where this process may; `chizheng issue` finds what was missed."""
    if settings.RUN_MODE in ("all", "issuer", "log") and keyring.exists():
        commit_due(session=Session.objects.get(pk=session), now=at)


def register_of_certificates(persons: Collection[int]) -> Iterable[tuple[int, Certified]]:
    """Certificates in force by person, as enrolment asks for them."""
    for person, rows in queries.held(persons).items():
        for row in rows:
            if row.state == "valid":
                yield person, Certified(row.occupation, row.level, row.issued)


holdings.answer_with(register_of_certificates)

"""What employment access hears: a batch of certificates was published, so holds may end."""

from __future__ import annotations

from datetime import datetime

from chizheng.access.models import RegistrationCheck
from chizheng.access.usecases.check_registration import recheck
from chizheng.certificates.models import Certificate
from chizheng.platform import clock
from chizheng.platform.happenings import listen


@listen("certificates_published")
def release_holds(*, batch: int, at: datetime) -> None:
    """Recheck the held businesses whose people just got a certificate."""
    people = Certificate.objects.filter(batch=batch).values("person__documents__number_digest")
    waiting = RegistrationCheck.objects.filter(state="held", people__document_digest__in=people).distinct()
    for check in waiting:
        recheck(check=check, now=at, on=clock.day_of(at))

"""What employment access hears of certificates, and the register it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from chizheng.access import holdings
from chizheng.access.core.gate import HeldCertificate
from chizheng.access.usecases.referral import close_guidances
from chizheng.access.usecases.registration import recheck_due
from chizheng.access.usecases.staff import refresh_persons
from chizheng.certificates import queries as certificates
from chizheng.certificates.models import Certificate
from chizheng.platform.clock import now
from chizheng.platform.happenings import listen


def register_of_certificates(persons: Collection[int]) -> Mapping[int, tuple[HeldCertificate, ...]]:
    """Certificates of persons, whatever their standing, as the gate takes them."""
    return {
        person: tuple(HeldCertificate(r.occupation, r.level, r.issued, None, str(r.state)) for r in rows)
        for person, rows in certificates.held(persons).items()
    }


@listen("certificates_issued")
def after_issue(*, batches: list[int]) -> None:
    """Holds are released, follow-ups closed and staff judged again; `chizheng access` finds what was missed."""
    persons = Certificate.objects.filter(batch__in=batches).values_list("person_id", flat=True)
    _look_again(persons)  # a query, which the database joins, where a list would be thousands of parameters


@listen("certificate_turned")
def after_turn(*, certificate: int, kind: str, state: str) -> None:
    """A certificate was suspended, reinstated or revoked."""
    _look_again(list(Certificate.objects.filter(pk=certificate).values_list("person_id", flat=True)))


def _look_again(persons: Iterable[int]) -> None:
    at = now()
    recheck_due(now=at, persons=persons)
    close_guidances(persons=persons, now=at)
    refresh_persons(persons=persons, now=at)


holdings.answer_with(register_of_certificates)

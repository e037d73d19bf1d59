"""Forgets what the desks need no longer: every night, by the terms of the law data, each batch in the ledger.

What is still open is never touched: a hold, a provisional answer, an open vacancy, somebody still in a post.
The ledger keeps which rows went (their ids) and under which term; it holds nothing about persons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from chizheng.access.models import (
    Ad,
    ApiUse,
    Background,
    DeskMessage,
    ExceptionRequest,
    Guidance,
    Mandate,
    Referral,
    RegistrationCheck,
    SeekerProfile,
    StaffMember,
    TrainingOffer,
    Vacancy,
)
from chizheng.assessment import stored
from chizheng.assessment.core.marks import anniversary
from chizheng.law.io.shelf import law
from chizheng.platform import ledger
from chizheng.platform.clock import CHINA, day_of

BATCH = 500
LEDGER = "agency.ledger_years"


@dataclass(frozen=True, slots=True)
class Term:
    """Rows of a model whose term `value` (years in the law data) is over: those that `over(cut, today)`
    selects, where `cut` is the day that many years ago. The first terms clear the way for the later ones."""

    name: str
    model: type[models.Model]
    value: str
    over: Callable[[date, date], Q]
    file: str = ""  # a field that names a stored file, removed with the row


def _before(day: date) -> datetime:
    return datetime.combine(day, time(0), CHINA)


TERMS = (
    Term("referrals", Referral, LEDGER, lambda cut, today: Q(keep_until__lte=today)),
    Term("guidances", Guidance, LEDGER, lambda cut, today: ~Q(state="open") & Q(closed_at__lt=_before(cut))),
    Term("vacancies", Vacancy, LEDGER,
         lambda cut, today: Q(state="closed", referrals__isnull=True, ad__keep_until__lte=today)),
    Term("ads", Ad, LEDGER, lambda cut, today: Q(keep_until__lte=today, vacancy__isnull=True)),
    Term("mandates", Mandate, LEDGER, lambda cut, today: Q(period__endswith__lte=cut, ads__isnull=True)),
    Term("staff", StaffMember, "access.keep_staff_years", lambda cut, today: Q(until__lte=cut)),
    Term("messages", DeskMessage, "access.keep_message_years", lambda cut, today: Q(at__lt=_before(cut))),
    Term("api_uses", ApiUse, "access.keep_message_years", lambda cut, today: Q(day__lt=cut)),
    Term("exceptions", ExceptionRequest, "access.keep_exception_years",
         lambda cut, today: Q(state="granted", period__endswith__lte=cut) | Q(state="refused", decided_at__lt=_before(cut))
         | Q(state="asked", period__endswith__lte=cut),
         file="file"),
    Term("checks", RegistrationCheck, "access.keep_check_years",
         lambda cut, today: Q(state__in=("answered", "released"), asked_at__lt=_before(cut))),
    Term("offers", TrainingOffer, "access.keep_offer_years", lambda cut, today: Q(ends_on__lte=cut)),
    Term("backgrounds", Background, "access.keep_background_years", lambda cut, today: Q(stated_at__lt=_before(cut))),
    Term("wishes", SeekerProfile, "access.keep_wish_years", lambda cut, today: Q(updated_at__lt=_before(cut))),
)  # fmt: skip


def years_of(value: str, *, on: date) -> int:
    """A term in years; before the first rule it is as long as that one says."""
    return law().number(value, on=max(on, law().values[value][0].period.start))


def forget_due(*, now: datetime) -> dict[str, int]:
    """Delete what is past its term, in batches; safe to run twice and beside itself. Returns counts by name."""
    today = day_of(now)
    _end_stale_guidances(today, now)
    done: dict[str, int] = {}
    for term in TERMS:
        cut = anniversary(today, -years_of(term.value, on=today))
        gone = 0
        while (batch := _forget(term, cut, today, now)) > 0:
            gone += batch
        done[term.name] = gone
    return done


@transaction.atomic
def _forget(term: Term, cut: date, today: date, now: datetime) -> int:
    over = (
        term.model._default_manager.filter(term.over(cut, today)).order_by("pk").values_list("pk", flat=True)
    )
    wanted = list(dict.fromkeys(over[:BATCH]))
    rows: models.QuerySet[Any] = term.model._default_manager.filter(pk__in=wanted)
    found = list(rows.select_for_update(skip_locked=True).order_by("pk"))
    if not found:
        return 0
    for name in _files(found, term.file):
        transaction.on_commit(partial(stored.remove, name))
    ids = [row.pk for row in found]
    ledger.record(
        verb="access.forget", subject=(term.model._meta.label_lower, f"{ids[0]}-{ids[-1]}"), actor=None, now=now,
        basis=term.value, rows=len(ids), ids=ids, before=cut.isoformat(),
    )  # fmt: skip
    term.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)


def _files(rows: list[Any], field: str) -> Iterator[str]:
    yield from (getattr(row, field) for row in rows if field and getattr(row, field))


@transaction.atomic
def _end_stale_guidances(today: date, now: datetime) -> None:
    """Guidance that led nowhere for the term is followed no longer."""
    cut = _before(anniversary(today, -years_of("guidance.follow_years", on=today)))
    for row in Guidance.objects.select_for_update(skip_locked=True).filter(state="open", made_at__lt=cut):
        row.state, row.closed_at = Guidance.State.ENDED, now
        row.save(update_fields=["state", "closed_at"])
        ledger.record(
            verb="access.end_guidance", subject=row, actor=None, now=now, basis="guidance.follow_years"
        )

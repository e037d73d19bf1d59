"""Complaints 投诉举报 from the public page; who sent one is known to its keeper only."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from chizheng.inspection.core.casework import SealedReporter
from chizheng.inspection.models import Complaint
from chizheng.kernel.errors import Conflict
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.sealing import digest

_KEPT = Wording(zh="该投诉已有保管人", en="this complaint has a keeper already")
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@transaction.atomic
def take_complaint(
    *, employer_name: str, place: str, text: str, reporter: str, now: datetime
) -> tuple[Complaint, str]:
    """Keep a complaint sealed; returns it with the receipt code, which is stored as a digest only."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    row = Complaint.objects.create(
        receipt_digest=digest("complaint", code), employer_name=employer_name, place=place, text=text,
        reporter=reporter or None, received_at=now,
    )  # fmt: skip
    ledger.record(verb="inspection.take_complaint", subject=row, actor=None, now=now, place=place)
    return row, code


def find_complaint(code: str) -> Complaint | None:
    """The complaint of a receipt code."""
    return Complaint.objects.filter(receipt_digest=digest("complaint", code.strip().upper())).first()


@transaction.atomic
def keep_complaint(*, complaint: Complaint, actor: Account, now: datetime) -> Complaint:
    """An inspector becomes its keeper; nobody takes it from him."""
    require_jurisdiction(actor, region=complaint.place)
    held = Complaint.objects.select_for_update().get(pk=complaint.pk)
    if held.keeper_id not in (None, actor.pk):
        raise Conflict("has_keeper", _KEPT)
    if held.keeper_id is None:
        held.keeper = actor
        held.save(update_fields=["keeper"])
        ledger.record(verb="inspection.keep_complaint", subject=held, actor=actor, now=now)
    return held


@transaction.atomic
def read_reporter(*, complaint: Complaint, actor: Account, now: datetime) -> str:
    """Who reported, for the keeper; Forbidden for everybody else. Every reading stands in the ledger."""
    keeper = complaint.keeper.username if complaint.keeper else ""
    identity = SealedReporter(keeper, complaint.reporter or "").opened_by(actor.username)
    ledger.record(verb="inspection.read_reporter", subject=complaint, actor=actor, now=now)
    return identity

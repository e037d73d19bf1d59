"""What a decision suspends, and how it is given back: one person asks with reasons, another agrees."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.assessment.models import Assessor, LicenceScope
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_disinterested, require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.quality.models import Case, Suspension

_ROLE = Wording(
    zh="恢复由鉴定指导中心提出、劳动行政部门决定",
    en="restoring is asked for by centre or authority and decided by the authority",
)
_REASONS = Wording(
    zh="请写明整改和验收情况（至少十个字）", en="say what was put right and checked (ten characters)"
)
_SELF = Wording(zh="提出恢复的人不能自己决定", en="asking and deciding take two different people")
_UNASKED = Wording(zh="还没有人提出恢复", en="nobody has asked for it yet")
_OVER = Wording(
    zh="原有效期已于 {until} 届满，不能恢复；请按规定重新申请",
    en="it would have ended on {until} anyway and cannot be restored; apply anew",
)


def suspend_licence(*, case: Case, actor: Account, now: datetime) -> list[Suspension]:
    """End every scope of the station's licences today, within the decision's transaction."""
    today = day_of(now)
    assert case.station_id is not None  # a proposal without a target was refused
    scopes = LicenceScope.objects.select_for_update(of=("self",)).filter(
        licence__organisation_id=case.station_id, licence__period__contains=today, period__contains=today
    )
    rows = [_suspend(case, today, scope=scope) for scope in scopes.select_related("licence").order_by("pk")]
    for licence in {r.scope.licence_id: r.scope.licence for r in rows if r.scope is not None}.values():
        ledger.record(
            verb="assessment.suspend_licence", subject=licence, actor=actor, now=now, basis=case.number,
            scopes=sum(r.scope is not None and r.scope.licence_id == licence.pk for r in rows),
        )  # fmt: skip
    return rows


def suspend_assessor(*, case: Case, actor: Account, now: datetime) -> Suspension | None:
    """End the assessor's card today, within the decision's transaction; None where it had ended already."""
    today = day_of(now)
    assert case.assessor_id is not None
    card = Assessor.objects.select_for_update(of=("self",)).get(pk=case.assessor_id)
    if not (card.period.lower <= today and (card.period.upper is None or today < card.period.upper)):
        return None
    row = _suspend(case, today, assessor=card)
    ledger.record(verb="assessment.suspend_assessor", subject=card, actor=actor, now=now, basis=case.number)
    return row


def _suspend(
    case: Case, today: date, *, scope: LicenceScope | None = None, assessor: Assessor | None = None
) -> Suspension:
    """End a period today; what began today never began (a day remains, for the record)."""
    thing = scope or assessor
    assert thing is not None
    period = thing.period
    row = Suspension.objects.create(
        case=case, scope=scope, assessor=assessor, since=today, until=period.upper
    )
    thing.period = DateRange(period.lower, max(today, period.lower + timedelta(days=1)))
    thing.save(update_fields=["period"])
    return row


@transaction.atomic
def ask_to_restore(*, suspension: Suspension, reasons: str, actor: Account, now: datetime) -> Suspension:
    """Ask that a scope or card run again, saying what was put right; the same words twice are one request."""
    held = _lock(suspension, actor)
    if held.restored_on is not None or (held.asked_by_id, held.reasons) == (actor.pk, reasons.strip()):
        return held
    if len(reasons.strip()) < 10:
        raise BadInput("reasons", _REASONS)
    _still_running(held, day_of(now))
    held.asked_at, held.asked_by, held.reasons = now, actor, reasons.strip()
    held.save(update_fields=["asked_at", "asked_by", "reasons"])
    ledger.record(
        verb="quality.ask_to_restore", subject=held.case, actor=actor, now=now, basis=held.reasons,
        suspension=held.pk,
    )  # fmt: skip
    return held


@transaction.atomic
def restore(*, suspension: Suspension, actor: Account, now: datetime) -> Suspension:
    """Let a scope or card run again from today to its old end; by somebody of the authority who did not ask."""
    held = _lock(suspension, actor)
    if held.restored_on is not None:
        return held
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _ROLE)
    if held.asked_by_id is None:
        raise Conflict("not_asked", _UNASKED)
    if by_same_hand(actor, held.asked_by_id):
        raise Conflict("self_approval", _SELF)
    today = day_of(now)
    _still_running(held, today)
    thing: LicenceScope | Assessor
    if held.scope is not None:
        thing = held.scope
        start = max(today, thing.period.upper)
        LicenceScope.objects.create(
            licence=thing.licence, occupation=thing.occupation, level=thing.level,
            period=DateRange(start, held.until),
        )  # fmt: skip
    else:
        assert held.assessor is not None
        thing = held.assessor
        start = max(today, thing.period.upper)
        Assessor.objects.create(
            person=thing.person, card_number=thing.card_number, rank=thing.rank, trades=thing.trades,
            period=DateRange(start, held.until), region=thing.region, employer=thing.employer,
        )  # fmt: skip
    held.restored_on, held.restored_by = start, actor
    held.save(update_fields=["restored_on", "restored_by"])
    ledger.record(
        verb="quality.restore", subject=held.case, actor=actor, now=now, basis=held.reasons,
        suspension=held.pk, thing=f"{thing._meta.label_lower}:{thing.pk}",
    )  # fmt: skip
    return held


def _still_running(row: Suspension, today: date) -> None:
    if row.until is not None and row.until <= today:
        raise Conflict("suspension_over", _OVER, until=row.until.isoformat())


def _lock(row: Suspension, actor: Account) -> Suspension:
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE)
    held = (
        Suspension.objects.select_for_update(of=("self",))
        .select_related("case", "scope__licence", "assessor")
        .get(pk=row.pk)
    )
    require_jurisdiction(actor, region=held.case.region)
    require_disinterested(actor, held.assessor.person_id if held.assessor else None)
    return held

"""From a station's passing list to an approved batch: centre reviews, authority approves, two people."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from chizheng.assessment.core.states import Event as SessionEvent
from chizheng.assessment.models import Session
from chizheng.assessment.queries import list_passing, require_not_sitting
from chizheng.assessment.usecases.move_session import move_session
from chizheng.catalogue.queries import find_occupation
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.house import authority_name
from chizheng.certificates.models import Batch
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_disinterested, require_jurisdiction
from chizheng.platform import ledger
from chizheng.quality.queries import hold_of

_ROLE = Wording(zh="该步骤应由{roles}办理", en="this step belongs to: {roles}")
_SELF = Wording(
    zh="审核与批准必须由两个人办理，本人经手的批次不能自己批准",
    en="review and approval take two different people",
)
_NOBODY = Wording(
    zh="该批次没有合格人员，无须发证", en="nobody passed in this session; there is nothing to issue"
)
_HELD = Wording(
    zh="该批次正在等待质量复核（{reason}）；复核放行后才能审核、批准",
    en="this sitting waits for a quality decision ({reason}); it can be reviewed and approved after release",
)
_SITTING = Wording(
    zh="该批次已经批准，考试名单不能再退回；请按所列问题处理后重新检查",
    en="this sitting was approved and its list cannot go back; put the findings right and check again",
)


@transaction.atomic
def list_session(*, session: Session, now: datetime, actor: Account | None = None) -> Batch:
    """Open the issuing batch of a submitted session; the same session again gives the same batch.

    A batch that was returned is listed anew with the passes as they now stand.
    """
    passing = sum(1 for _ in list_passing(session))
    occupation = find_occupation(session.occupation, on=session.exam_date)
    submitted = session.events.filter(event=SessionEvent.SUBMIT).order_by("-id").first()
    batch, made = Batch.objects.select_for_update().get_or_create(
        session=session,
        defaults={
            "station": session.station, "institution": session.licence.institution_number,
            "region": session.region, "occupation": session.occupation,
            "occupation_code": occupation.code if occupation else "", "level": session.level,
            "exam_on": session.exam_date, "count": passing, "created_at": now,
            "submitted_by": submitted.actor if submitted else actor,
        },
    )  # fmt: skip
    if made:
        ledger.record(verb="certificates.list", subject=batch, actor=actor, now=now, count=passing)
    elif batch.state == State.RETURNED:
        batch.state, batch.count, batch.reviewed_by, batch.approved_by = State.LISTED, passing, None, None
        batch.reviewed_at = batch.approved_at = None
        batch.submitted_by = submitted.actor if submitted else actor
        batch.save()
        ledger.record(verb="certificates.resubmit", subject=batch, actor=actor, now=now, count=passing)
    elif (
        batch.state == State.LISTED and batch.count != passing
    ):  # marks were corrected before anybody reviewed
        ledger.record(
            verb="certificates.relist", subject=batch, actor=actor, now=now, count=passing, was=batch.count
        )
        batch.count = passing
        batch.save(update_fields=["count"])
    return batch


@transaction.atomic
def review_batch(*, batch: Batch, actor: Account, now: datetime, basis: str = "") -> Batch:
    """The guidance centre has checked the list 审核; twice is once."""
    held = _lock(batch, actor, "centre")
    if held.state == State.REVIEWED and held.reviewed_by_id == actor.pk:
        return held
    if held.count == 0:
        raise Conflict("nobody_passed", _NOBODY)
    _refuse_held(held)
    state = ISSUING.next(held.state, Event.REVIEW)
    if by_same_hand(actor, held.submitted_by_id):
        raise Conflict("self_approval", _SELF)
    if held.session is not None:
        move_session(session=held.session, event=SessionEvent.REVIEW, actor=actor, now=now, basis=basis)
    held.state, held.reviewed_by, held.reviewed_at = state, actor, now
    held.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    ledger.record(verb="certificates.review", subject=held, actor=actor, now=now, basis=basis)
    return held


@transaction.atomic
def approve_batch(*, batch: Batch, actor: Account, now: datetime, issued_on: date, basis: str = "") -> Batch:
    """The labour authority approves 批准 and fixes the day of issue; twice is once."""
    held = _lock(batch, actor, "authority")
    if held.state == State.APPROVED and held.approved_by_id == actor.pk:
        return held
    _refuse_held(held)
    state = ISSUING.next(held.state, Event.APPROVE)
    if by_same_hand(actor, held.reviewed_by_id, held.submitted_by_id):
        raise Conflict("self_approval", _SELF)
    if held.session is not None:
        move_session(session=held.session, event=SessionEvent.APPROVE, actor=actor, now=now, basis=basis)
    held.state, held.approved_by, held.approved_at, held.issued_on = state, actor, now, issued_on
    held.authority_name = (
        actor.organisation.name if actor.organisation else authority_name(held.authority, on=issued_on)
    )
    held.save(update_fields=["state", "approved_by", "approved_at", "issued_on", "authority_name"])
    ledger.record(verb="certificates.approve", subject=held, actor=actor, now=now, basis=basis,
                  issued_on=issued_on.isoformat())  # fmt: skip
    return held


@transaction.atomic
def return_batch(*, batch: Batch, actor: Account, now: datetime, reason: str) -> Batch:
    """Send the list back to its station 退回, with the reason.

    A list without an exam may be sent back after lint held it too: what is wrong often stands in the list.
    """
    held = _lock(batch, actor, "centre", "authority")
    if held.state == State.RETURNED:
        return held
    if held.state == State.HELD and held.session is not None:
        raise Conflict("held_sitting", _SITTING)
    held.state = ISSUING.next(held.state, Event.RETURN)
    held.reason = reason
    held.reviewed_by = held.approved_by = None
    held.reviewed_at = held.approved_at = None
    held.sheet_digest = ""  # the same workbook may come again, with other words beside it
    held.save()
    if held.session is not None:
        move_session(session=held.session, event=SessionEvent.RETURN, actor=actor, now=now, basis=reason)
    ledger.record(verb="certificates.return", subject=held, actor=actor, now=now, basis=reason)
    return held


def _refuse_held(batch: Batch) -> None:
    """The quality gate: a sitting that waits for a reviewer is neither reviewed nor approved."""
    hold = None if batch.session is None else hold_of(batch.session)
    if hold is not None:
        raise Conflict("quality_hold", _HELD, reason=hold.get_cause_display())


def _lock(batch: Batch, actor: Account, *roles: str) -> Batch:
    held = Batch.objects.select_for_update(of=("self",)).select_related("session").get(pk=batch.pk)
    if actor.role not in roles:
        raise Forbidden("not_your_desk", _ROLE, roles=", ".join(roles))
    require_jurisdiction(actor, region=held.region, industry=held.session.industry if held.session else "")
    if held.session is not None:
        require_not_sitting(held.session, actor)
    else:
        require_disinterested(actor, *held.awards.values_list("person_id", flat=True))
    return held

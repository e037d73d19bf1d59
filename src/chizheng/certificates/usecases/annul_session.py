"""A whole sitting annulled 整批作废: asked by one person, decided by another, its consequences listed before and after.

Every certificate of the sitting is revoked with an entry of its own in the log that names the sitting, so
that anybody can count whether the consequences were drawn.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.states import Event as SessionEvent
from chizheng.assessment.models import Session
from chizheng.assessment.queries import require_not_sitting
from chizheng.assessment.usecases.move_session import move_session
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.core.commitments import Annul, approver_digest
from chizheng.certificates.models import Annulment, Batch, CertificateEvent
from chizheng.certificates.queries.desk import standing_of
from chizheng.certificates.usecases.commit_sitting import append
from chizheng.certificates.usecases.turn_status import log_turn, turn
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.sealing import digest

_ROLE = Wording(zh="该步骤应由{roles}办理", en="this step belongs to: {roles}")
_SELF = Wording(zh="申请与决定必须由两个人办理", en="request and decision take two different people")
_OPEN = Wording(zh="该鉴定批次已有作废申请或决定", en="an annulment of this session is under way or done")
_SIGNING = Wording(
    zh="该批次正在签发，请稍后再申请作废", en="the batch is being issued at this moment; ask again shortly"
)


@transaction.atomic
def request_annulment(
    *, session: Session, reason_code: str, reason: str, basis: str, actor: Account, now: datetime
) -> Annulment:
    """Ask for the annulment of a sitting; the same open request twice is one."""
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE, roles="centre, authority")
    held = Session.objects.select_for_update().get(pk=session.pk)
    require_jurisdiction(actor, region=held.region)
    before = held.annulments.exclude(granted=False).first()
    if before is not None:
        if before.decided_at is None and before.requested_by_id == actor.pk:
            return before
        raise Conflict("annulment_open", _OPEN)
    row = Annulment.objects.create(
        session=held,
        reason_code=reason_code,
        reason=reason,
        basis=basis,
        requested_by=actor,
        requested_at=now,
    )
    ledger.record(verb="certificates.request_annulment", subject=held, actor=actor, now=now, basis=basis,
                  reason_code=reason_code)  # fmt: skip
    return row


def decide_annulment(*, annulment: Annulment, granted: bool, actor: Account, now: datetime) -> Annulment:
    """The authority decides; granted, the session and its batch are void and every certificate is revoked."""
    with transaction.atomic():
        row = Annulment.objects.select_for_update(of=("self",)).select_related("session").get(pk=annulment.pk)
        if row.decided_at is None:
            _decide(row, granted, actor, now)
        elif (row.granted, row.decided_by_id) != (granted, actor.pk):
            raise Conflict("annulment_open", _OPEN)
    if row.granted:
        log_annulment(annulment=row)
    return row


def _decide(row: Annulment, granted: bool, actor: Account, now: datetime) -> None:
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _ROLE, roles="authority")
    require_jurisdiction(actor, region=row.session.region)
    require_not_sitting(row.session, actor)
    if by_same_hand(actor, row.requested_by_id):
        raise Conflict("self_approval", _SELF)
    batch = Batch.objects.select_for_update().filter(session=row.session).first()
    if granted and batch is not None:
        if batch.state in (State.RESERVED, State.LOGGED, State.SIGNED):
            raise Conflict("batch_signing", _SIGNING)
        batch.state = ISSUING.next(batch.state, Event.ANNUL)
        batch.save(update_fields=["state"])
    row.decided_by, row.decided_at, row.granted = actor, now, granted
    row.save(update_fields=["decided_by", "decided_at", "granted"])
    revoked = 0
    if granted:
        move_session(session=row.session, event=SessionEvent.ANNUL, actor=actor, now=now, basis=row.basis)
        for certificate in standing_of(row.session):
            turn(
                certificate=certificate, kind="revoke", requested_by=row.requested_by, approved_by=actor, now=now,
                reason_code=row.reason_code, reason=row.reason, basis=row.basis,
            )  # fmt: skip
            revoked += 1
        announce("sitting_annulled", session=row.session_id)
    ledger.record(verb="certificates.decide_annulment", subject=row.session, actor=actor, now=now, basis=row.basis,
                  granted=granted, revoked=revoked)  # fmt: skip


def log_annulment(*, annulment: Annulment) -> None:
    """Enter ANNUL and the revocations into the log; repeated after a crash it finds its own entries."""
    assert annulment.decided_at is not None
    year = annulment.decided_at.astimezone(clock.CHINA).year
    sitting = str(annulment.session.uuid)
    if not annulment.log_ref:
        key = digest("approver", "key")
        people = sorted([annulment.requested_by_id, annulment.decided_by_id or 0])
        entry = Annul(
            at=int(annulment.decided_at.timestamp()), sitting=sitting, reason=annulment.reason_code,
            approvers=tuple(approver_digest(key, str(pk)) for pk in people),
        )  # fmt: skip
        receipt = append(batch=f"ANNUL/{annulment.pk}", entries=[entry.encode()], year=year)
        annulment.log_ref = f"{year}/{receipt.first}"
        Annulment.objects.filter(pk=annulment.pk, log_ref="").update(log_ref=annulment.log_ref)
    events = CertificateEvent.objects.filter(
        kind="revoke", log_ref="", at=annulment.decided_at, approved_by=annulment.decided_by
    )
    for event in events.select_related("certificate").order_by("pk"):
        log_turn(event=event, sitting=sitting)


def log_annulments_due() -> int:
    """Log the annulments that a crash left unlogged; returns how many."""
    due = list(Annulment.objects.filter(granted=True, log_ref="").select_related("session"))
    for row in due:
        log_annulment(annulment=row)
    return len(due)

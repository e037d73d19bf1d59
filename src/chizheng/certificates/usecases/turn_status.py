"""Turns in a certificate's life: suspend 暂停, reinstate 恢复, revoke 撤销; asked by one, decided by another."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chizheng.certificates import keyring
from chizheng.certificates.core.commitments import Status as StatusEntry
from chizheng.certificates.core.commitments import Turn, approver_digest
from chizheng.certificates.models import Annulment, Certificate, CertificateEvent, StatusRequest
from chizheng.certificates.usecases.commit_sitting import append
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.kernel.states import StateTable
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_disinterested, require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.sealing import digest

LIFE = StateTable(
    name="certificate",
    start="valid",
    moves={
        ("valid", "suspend"): "suspended",
        ("suspended", "reinstate"): "valid",
        ("valid", "revoke"): "revoked",
        ("suspended", "revoke"): "revoked",
        ("valid", "supersede"): "superseded",
        ("suspended", "supersede"): "superseded",
    },
)
"""Revoked and superseded are final: a successful appeal leads to a new certificate."""

REASONS: dict[str, Wording] = {
    "not_skill": Wording("证书与实际技能水平不符", "does not match real skill"),
    "fraud": Wording("以欺骗手段取得", "obtained by deceit"),
    "out_of_scope": Wording("超出许可范围鉴定", "assessed outside the licence"),
    "leak": Wording("试题泄露", "paper leaked"),
    "error": Wording("核发差错", "issued in error"),
    "appeal": Wording("申诉成立", "appeal upheld"),
    "investigation": Wording("调查期间暂停", "suspended during an investigation"),
}

_ROLE = Wording(zh="该步骤应由{roles}办理", en="this step belongs to: {roles}")
_SELF = Wording(zh="申请与决定必须由两个人办理", en="request and decision take two different people")
_OPEN = Wording(zh="该证书已有一件待决定的申请", en="a request for this certificate is already waiting")


@transaction.atomic
def request_turn(
    *,
    certificate: Certificate,
    kind: str,
    reason_code: str,
    reason: str,
    basis: str,
    actor: Account,
    now: datetime,
) -> StatusRequest:
    """Ask for a turn; the same open request twice is one. Raises Conflict where the state does not allow it."""
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE, roles="centre, authority")
    held = Certificate.objects.select_for_update(of=("self",)).select_related("batch").get(pk=certificate.pk)
    require_jurisdiction(actor, region=held.batch.region)
    require_disinterested(actor, held.person_id)
    LIFE.next(held.state, kind)
    waiting = held.requests.filter(decided_at__isnull=True).first()
    if waiting is not None:
        if (waiting.kind, waiting.requested_by_id) == (kind, actor.pk):
            return waiting
        raise Conflict("request_open", _OPEN)
    row = StatusRequest.objects.create(
        certificate=held, kind=kind, reason_code=reason_code, reason=reason, basis=basis, requested_by=actor,
        requested_at=now,
    )  # fmt: skip
    ledger.record(verb=f"certificates.request_{kind}", subject=held, actor=actor, now=now, basis=basis,
                  reason_code=reason_code)  # fmt: skip
    return row


def decide_turn(*, request: StatusRequest, granted: bool, actor: Account, now: datetime) -> StatusRequest:
    """The authority decides; a granted turn is an event, an entry in the log, and the new state. Twice is once."""
    with transaction.atomic():
        row = (
            StatusRequest.objects.select_for_update(of=("self",))
            .select_related("certificate__batch")
            .get(pk=request.pk)
        )
        if row.decided_at is not None and row.granted == granted and row.decided_by_id == actor.pk:
            event = CertificateEvent.objects.filter(certificate=row.certificate, at=row.decided_at).first()
        else:
            event = _decide(row, granted, actor, now)
    if event is not None and not event.log_ref:
        log_turn(event=event)
    return row


def _decide(row: StatusRequest, granted: bool, actor: Account, now: datetime) -> CertificateEvent | None:
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _ROLE, roles="authority")
    require_jurisdiction(actor, region=row.certificate.batch.region)
    require_disinterested(actor, row.certificate.person_id)
    if by_same_hand(actor, row.requested_by_id):
        raise Conflict("self_approval", _SELF)
    if row.decided_at is not None:
        raise Conflict("request_open", _OPEN)
    row.decided_by, row.decided_at, row.granted = actor, now, granted
    row.save(update_fields=["decided_by", "decided_at", "granted"])
    ledger.record(verb="certificates.decide_turn", subject=row.certificate, actor=actor, now=now, kind=row.kind,
                  granted=granted)  # fmt: skip
    if not granted:
        return None
    return turn(
        certificate=row.certificate, kind=row.kind, requested_by=row.requested_by, approved_by=actor, now=now,
        reason_code=row.reason_code, reason=row.reason, basis=row.basis,
    )  # fmt: skip


def turn(
    *, certificate: Certificate, kind: str, requested_by: Account, approved_by: Account, now: datetime,
    reason_code: str, reason: str, basis: str,
) -> CertificateEvent:  # fmt: skip
    """Append the event and move the cached state, in the caller's transaction; `log_turn` follows after it."""
    held = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    held.state = LIFE.next(held.state, kind)
    held.save(update_fields=["state"])
    event = CertificateEvent.objects.create(
        certificate=held, kind=kind, at=now, effective_on=clock.day_of(now), requested_by=requested_by,
        approved_by=approved_by, reason_code=reason_code, reason=reason, basis=basis,
    )  # fmt: skip
    announce("certificate_turned", certificate=held.pk, kind=kind, state=held.state)
    return event


def log_turn(*, event: CertificateEvent, sitting: str | None = None) -> None:
    """Enter a turn into the log; repeated after a crash it finds its own entry.

    `sitting`: where the whole sitting was annulled; the entry names it, so that anybody can count.
    """
    if sitting is None:
        sitting = _annulled_sitting(event)
    key = digest("approver", "key")
    year = event.at.astimezone(clock.CHINA).year
    entry = StatusEntry(
        at=int(event.at.timestamp()), year=event.certificate.status_year, slot=event.certificate.status_slot,
        turn=Turn(event.kind), reason=event.reason_code,
        approvers=tuple(approver_digest(key, str(pk)) for pk in sorted([event.requested_by_id or 0, event.approved_by_id or 0])),
        sitting=sitting,
    )  # fmt: skip
    receipt = append(batch=f"STATUS/{event.pk}", entries=[entry.encode()], year=year)
    CertificateEvent.objects.filter(pk=event.pk, log_ref="").update(log_ref=f"{year}/{receipt.first}")


def _annulled_sitting(event: CertificateEvent) -> str | None:
    """The sitting whose annulment this turn belongs to: known again after a crash."""
    if event.kind != "revoke":
        return None
    found = Annulment.objects.filter(
        granted=True, decided_at=event.at, decided_by=event.approved_by, requested_by=event.requested_by
    ).select_related("session")
    registration = event.certificate.registration or getattr(event.certificate.previous, "registration", None)
    for row in found:
        if registration is not None and registration.session_id == row.session_id:
            return str(row.session.uuid)
    return None


def log_turns_due() -> int:
    """Log the turns that a crash left unlogged; returns how many."""
    keyring.public("log")
    due = CertificateEvent.objects.filter(log_ref="", kind__in=list(Turn)).select_related("certificate")
    for event in due:
        log_turn(event=event)
    return len(due)

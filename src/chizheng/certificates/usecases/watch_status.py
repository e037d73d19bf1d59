"""Watch 关注: who legitimately holds a certificate is told when its status changes; the holder sees who watches.

A watcher shows that they hold it (number, name and check code), or asks and the holder consents, or is the
holder. Notices are rows: a listener makes them when something happens, `chizheng watch send` makes those
that were missed and sends what is due, again and again until it arrives or two and a half days are over.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from chizheng.certificates.core import webhook
from chizheng.certificates.core.claims import read_check_code
from chizheng.certificates.core.commitments import Turn
from chizheng.certificates.io.webhook import Answer, post
from chizheng.certificates.models import Certificate, CertificateEvent, Check, Watch, WatchNotice
from chizheng.certificates.queries import find_bearer, find_certificate
from chizheng.kernel.errors import BadInput, ChizhengError, Conflict, Forbidden, NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger

WATCHERS = ("employer", "agency", "candidate")
BODIES = (
    "employer",
    "agency",
    "registrar",
    "inspector",
    "overseas_desk",
    "wage_officer",
    "station",
    "centre",
    "authority",
)

_ROLE = Wording(
    zh="用人单位、职业介绍机构和持证人可以关注证书",
    en="employers, agencies and holders may watch certificates",
)
_WAY = Wording(zh="请填写邮箱或回调地址，至少一项", en="give a mail address or a webhook address")
_NOT_FOUND = Wording(
    zh="编号、姓名和校验码不一致；请对照证书原件，或改为请持证人同意",
    en="number, name and check code do not agree; look at the certificate, or ask for the holder's consent",
)
_NOBODY = Wording(
    zh="没有这本证书，编号和姓名请一并核对", en="there is no such certificate; check number and name"
)
_YOURS = Wording(zh="只有持证人本人可以同意或拒绝", en="only the holder may consent or refuse")
_OWN = Wording(zh="只有关注人本人可以更换密钥", en="only the watcher may change the secret")
_DECIDED = Wording(zh="这项请求已有答复", en="this request has been answered")

_SUBJECT = Wording(zh="证书状态变更：{number}", en="Status of certificate {number} has changed")
_BODY = Wording(
    zh="您关注的证书 {number} 于 {day} 状态变更为“{state}”（{kind}）。\n请登录核验：{site}/verify/\n\n不再需要时，可在“关注的证书”中结束关注。",
    en="The certificate {number} that you watch became '{state}' on {day} ({kind}).\nCheck it at {site}/verify/\n\n"
    "Watching can be ended under 'Watched certificates'.",
)


def loopback_allowed() -> bool:
    return bool(settings.WEBHOOK_LOOPBACK)


@transaction.atomic
def watch(
    *, number: str, name: str, check_code: str, email: str, address: str, actor: Account, now: datetime
) -> Watch:
    """Start to watch, or ask the holder where the check code is not at hand; the same again is the same watch.

    Number and name that do not belong together and a wrong check code give one and the same answer.
    """
    if actor.role not in WATCHERS:
        raise Forbidden("not_your_desk", _ROLE)
    if not email and not address:
        raise BadInput("watch_way", _WAY)
    if address:
        webhook.read_target(address, loopback=loopback_allowed())
    row, ground = _legitimate(number, name, check_code, actor)
    known = Watch.objects.filter(certificate=row, account=actor, state__in=["asked", "active"]).first()
    if known is not None:
        known.email, known.webhook = email, address
        known.save(update_fields=["email", "webhook"])
        return known
    made = Watch.objects.create(
        certificate=row, account=actor, ground=ground, state="asked" if ground == "consent" else "active",
        email=email, webhook=address, secret=secrets.token_hex(32), since=now,
    )  # fmt: skip
    ledger.record(verb="certificates.watch", subject=made, actor=actor, now=now, ground=ground)
    return made


def _legitimate(number: str, name: str, check_code: str, actor: Account) -> tuple[Certificate, str]:
    if check_code:
        read_check_code(check_code)
        row = find_certificate(number, name, check_code)
        if row is None:
            raise NotFound("watch_not_found", _NOT_FOUND)
        return row, "holder" if row.person_id == actor.person_id else "check_code"
    row = find_bearer(number, name)
    if row is None:
        raise NotFound("watch_not_found", _NOBODY)
    return row, "holder" if row.person_id == actor.person_id else "consent"


@transaction.atomic
def answer_watch(*, watch: Watch, consent: bool, actor: Account, now: datetime) -> Watch:
    """The holder consents to a watch that was asked for, or refuses."""
    row = Watch.objects.select_for_update(of=("self",)).select_related("certificate").get(pk=watch.pk)
    if actor.person_id is None or row.certificate.person_id != actor.person_id:
        raise Forbidden("not_yours", _YOURS)
    wanted = Watch.State.ACTIVE if consent else Watch.State.REFUSED
    if row.state == wanted:
        return row
    if row.state != Watch.State.ASKED:
        raise Conflict("watch_answered", _DECIDED)
    row.state, row.since = wanted, now
    row.ended_at = None if consent else now
    row.save(update_fields=["state", "since", "ended_at"])
    ledger.record(verb="certificates.answer_watch", subject=row, actor=actor, now=now, consent=consent)
    return row


@transaction.atomic
def end_watch(*, watch: Watch, actor: Account, now: datetime) -> Watch:
    """The watcher ends it, or the holder withdraws consent; whoever holds number and check code may begin anew."""
    row = Watch.objects.select_for_update(of=("self",)).select_related("certificate").get(pk=watch.pk)
    holder = actor.person_id is not None and row.certificate.person_id == actor.person_id
    if row.account_id != actor.pk and not (holder and row.ground == "consent"):
        raise Forbidden("not_yours", _YOURS)
    if row.state in ("asked", "active"):
        row.state, row.ended_at = Watch.State.ENDED, now
        row.save(update_fields=["state", "ended_at"])
        ledger.record(verb="certificates.end_watch", subject=row, actor=actor, now=now)
    return row


@transaction.atomic
def new_secret(*, watch: Watch, actor: Account, now: datetime) -> Watch:
    """A new webhook secret in place of a lost or leaked one: notices from now on are signed with it."""
    row = Watch.objects.select_for_update(of=("self",)).get(pk=watch.pk)
    if row.account_id != actor.pk:
        raise Forbidden("not_yours", _OWN)
    row.secret = secrets.token_hex(32)
    row.save(update_fields=["secret"])
    ledger.record(verb="certificates.watch_secret", subject=row, actor=actor, now=now)
    return row


def record_check(*, certificate: Certificate, verdict: str, actor: Account, now: datetime) -> None:
    """Write down that a signed-in body checked a certificate: once a day and body is enough for the holder."""
    if actor.role not in BODIES:
        return
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if not Check.objects.filter(
        certificate=certificate, account=actor, at__gte=day, verdict=verdict
    ).exists():
        Check.objects.create(certificate=certificate, account=actor, at=now, verdict=verdict)


# --- notices


def make_notices(*, now: datetime) -> int:
    """A notice for every turn after a watch began and every way it names; those made before stay as they are."""
    made = 0
    watches = Watch.objects.filter(state="active").select_related("certificate")
    for row in watches.iterator():
        chain = [row.certificate_id]
        newer = Certificate.objects.filter(previous=row.certificate_id).first()
        while newer is not None:
            chain.append(newer.pk)
            newer = Certificate.objects.filter(previous=newer.pk).first()
        events = CertificateEvent.objects.filter(
            certificate__in=chain, kind__in=list(Turn), at__gte=row.since
        )
        ways = [way for way, given in (("mail", row.email), ("webhook", row.webhook)) if given]
        fresh = [WatchNotice(watch=row, event=e, way=way, next_at=now) for e in events for way in ways]
        known = set(row.notices.values_list("event_id", "way"))
        new = [n for n in fresh if (n.event_id, n.way) not in known]
        WatchNotice.objects.bulk_create(new, ignore_conflicts=True)
        made += len(new)
    return made


def send_due(
    *, now: datetime, send: Callable[[str, bytes, str], Answer] | None = None, most: int = 500
) -> tuple[int, int]:
    """Send what is due; returns (sent, failed for now). One notice a transaction, locked against a second sender."""
    sent = failed = 0
    for _ in range(most):
        with transaction.atomic():
            notice = (
                WatchNotice.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("watch__account", "event__certificate")
                .filter(state="due", next_at__lte=now)
                .order_by("next_at", "pk")
                .first()
            )
            if notice is None:
                break
            if _deliver(notice, now, send):
                sent += 1
            else:
                failed += 1
    return sent, failed


def _deliver(notice: WatchNotice, now: datetime, send: Callable[[str, bytes, str], Answer] | None) -> bool:
    notice.attempts += 1
    fault = "" if notice.watch.state == "active" else "ended"
    if not fault:
        try:
            fault = _mail(notice) if notice.way == "mail" else _call(notice, now, send or _post)
        except (ChizhengError, OSError) as problem:
            fault = problem.say("en") if isinstance(problem, ChizhengError) else type(problem).__name__
    notice.fault = fault[:200]
    if not fault:
        notice.state, notice.sent_at = WatchNotice.State.SENT, now
    else:
        wait = None if fault == "ended" else webhook.retry_after(notice.attempts)
        if wait is None:
            notice.state = WatchNotice.State.FAILED
        else:
            notice.next_at = now + timedelta(seconds=wait)
    notice.save()
    return not fault


def _post(address: str, body: bytes, signature: str) -> Answer:
    return post(address, body, {webhook.HEADER: signature}, loopback=loopback_allowed())


def _mail(notice: WatchNotice) -> str:
    event = notice.event
    words = {
        "number": event.certificate.number, "day": event.effective_on.isoformat(),
        "state": event.certificate.get_state_display(), "kind": event.get_kind_display(),
        "site": settings.SITE_URL.rstrip("/"),
    }  # fmt: skip
    send_mail(_SUBJECT.say("zh", **words), _BODY.say("zh", **words), None, [notice.watch.email])
    return ""


def body_of(notice: WatchNotice) -> bytes:
    """What a webhook receives: number and status, never a name."""
    event = notice.event
    return json.dumps(
        {
            "id": str(notice.uuid), "watch": str(notice.watch.uuid), "number": event.certificate.number,
            "version": event.certificate.version, "event": event.kind, "status": event.certificate.state,
            "at": event.at.isoformat(), "effective_on": event.effective_on.isoformat(),
        },
        ensure_ascii=False, separators=(",", ":"),
    ).encode()  # fmt: skip


def _call(notice: WatchNotice, now: datetime, send: Callable[[str, bytes, str], Answer]) -> str:
    body = body_of(notice)
    secret = bytes.fromhex(notice.watch.secret)
    answer = send(notice.watch.webhook, body, webhook.signature(secret, body, int(now.timestamp())))
    return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"

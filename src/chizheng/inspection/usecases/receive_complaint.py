"""Complaints and reports 投诉举报 from the public site; who reported stays with one keeper."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from chizheng.inspection.core.cases import CaseEvent, Due, due
from chizheng.inspection.core.casework import SealedReporter
from chizheng.inspection.models import Complaint, Reply, Reporter
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.calendars import calendar
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.roles import Role
from chizheng.platform.sealing import digest

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 12
"""60 bits: not guessed at the rate the site answers."""

_TOO_MANY = Wording(
    zh="一小时内最多提交 {most} 件；请稍后再试，紧急情况请拨打当地举报电话",
    en="at most {most} an hour; try again later, or call the local hotline",
)
_KEEPER = Wording(zh="保管人应是有管辖权的监察员", en="the keeper must be an inspector of the jurisdiction")
_IS_CASE = Wording(
    zh="该投诉已转为案件 {case}；请在案件中办理", en="this complaint is case {case}; go on there"
)
_REFUSED = Wording(
    zh="该投诉已于 {day} 答复不予受理；请刷新后核对",
    en="this complaint was refused on {day}; reload and compare",
)
_EMPTY = Wording(zh="请写明答复内容", en="write the reply")
_NOBODY = Wording(zh="这件投诉是匿名的，没有举报人信息", en="this complaint is anonymous")


def code_digest(code: str) -> bytes:
    """Under which a receipt code is found; blanks, dashes and case do not matter."""
    return digest("complaint", "".join(c for c in code.upper() if c in ALPHABET))


@transaction.atomic
def receive_complaint(
    *, employer_name: str, region: str, text: str, now: datetime, occupation: str = "", reporter: str = "",
    sender: str = "",
) -> tuple[Complaint, str]:  # fmt: skip
    """Take a complaint in; returns (complaint, receipt code). The code is shown once and kept nowhere.

    `sender`: the network address, only its keyed digest is kept, for a day. Raises Refused above the limit.
    """
    most = law().number("inspection.complaints_per_hour", on=clock.day_of(now), place=region)
    key = digest("sender", sender) if sender else None
    if key is not None:
        hour = Complaint.objects.filter(sender_digest=key, received_at__gt=now - timedelta(hours=1))
        if hour.count() >= most:
            raise Refused("too_many_complaints", _TOO_MANY, most=most)
    Complaint.objects.filter(sender_digest__isnull=False, received_at__lt=now - timedelta(days=1)).update(
        sender_digest=None
    )
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    employer = Organisation.objects.filter(name=employer_name.strip(), region__startswith=region[:2]).first()
    complaint = Complaint.objects.create(
        code_digest=code_digest(code), employer_name=employer_name.strip()[:120], employer=employer, region=region,
        occupation=occupation[:80], text=text, anonymous=not reporter.strip(), sender_digest=key, received_at=now,
    )  # fmt: skip
    if reporter.strip():
        Reporter.objects.create(complaint=complaint, identity=reporter.strip())
    ledger.record(verb="inspection.receive_complaint", subject=complaint, actor=None, now=now)
    return complaint, "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


@transaction.atomic
def appoint_keeper(*, complaint: Complaint, keeper: Account, actor: Account, now: datetime) -> Reporter:
    """A leader names who alone may know the reporter; the leader does not get to know."""
    require_jurisdiction(actor, region=complaint.region)
    require_jurisdiction(keeper, region=complaint.region)
    if actor.role != Role.AUTHORITY or keeper.role != Role.INSPECTOR:
        raise Forbidden("keeper_role", _KEEPER)
    reporter = Reporter.objects.select_for_update().get(complaint=complaint)
    reporter.keeper = keeper
    reporter.save(update_fields=["keeper"])
    ledger.record(verb="inspection.appoint_keeper", subject=reporter, actor=actor, now=now, keeper=keeper.pk)
    return reporter


@transaction.atomic
def reply_complaint(*, complaint: Complaint, text: str, actor: Account, now: datetime) -> Reply:
    """What the authority tells whoever holds the receipt; the same words again are one reply."""
    held = _held(complaint, actor)
    if not text.strip():
        raise BadInput("empty_reply", _EMPTY)
    return _reply(held, text, actor, now)


@transaction.atomic
def refuse_complaint(*, complaint: Complaint, reason: str, actor: Account, now: datetime) -> Complaint:
    """Not accepted, with the reason told; raises Conflict where it became a case."""
    held = _held(complaint, actor)
    if held.case is not None:
        raise Conflict("complaint_is_case", _IS_CASE, case=held.case.number)
    if not reason.strip():
        raise BadInput("empty_reply", _EMPTY)
    if held.refused_on is not None and held.replies.filter(text=reason.strip()).exists():
        return held
    if held.refused_on is not None:
        raise Conflict("complaint_refused", _REFUSED, day=held.refused_on)
    if held.refused_on is None:
        held.refused_on = clock.day_of(now)
        held.save(update_fields=["refused_on"])
        _reply(held, reason, actor, now)
        ledger.record(verb="inspection.refuse_complaint", subject=held, actor=actor, now=now)
    return held


def _held(complaint: Complaint, actor: Account) -> Complaint:
    held = Complaint.objects.select_for_update(of=("self",)).select_related("case").get(pk=complaint.pk)
    require_jurisdiction(actor, region=held.region)
    return held


def _reply(held: Complaint, text: str, actor: Account, now: datetime) -> Reply:
    known = held.replies.order_by("pk").last()
    if known is not None and known.text == text.strip():
        return known
    reply = Reply.objects.create(complaint=held, text=text.strip(), by=actor, at=now)
    ledger.record(verb="inspection.reply_complaint", subject=reply, actor=actor, now=now)
    return reply


def accept_by(complaint: Complaint) -> Due | None:
    """By when a complaint must be accepted or refused; None once it is, or where the law sets no term."""
    if complaint.case_id is not None or complaint.refused_on is not None:
        return None
    received = [CaseEvent("receive", clock.day_of(complaint.received_at))]
    return next((d for d in due(received, law(), calendar(), complaint.region) if d.clock == "accept"), None)


def read_reporter(*, complaint: Complaint, actor: Account, now: datetime) -> str:
    """Who reported, for the keeper; every reading and every refusal is in the ledger."""
    reporter = Reporter.objects.select_related("keeper").filter(complaint=complaint).first()
    if reporter is None:
        raise NotFound("anonymous", _NOBODY)
    sealed = SealedReporter(str(reporter.keeper_id), reporter.identity)
    try:
        identity = sealed.opened_by(str(actor.pk))
    except Forbidden:
        ledger.record(verb="inspection.reporter_refused", subject=reporter, actor=actor, now=now)
        raise
    ledger.record(verb="inspection.read_reporter", subject=reporter, actor=actor, now=now)
    return identity

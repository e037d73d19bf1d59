"""A seeker states work, schooling and training; nothing of it is proof until enrolment."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from chizheng.access.core.background import PROOF_OF, Kind
from chizheng.access.models import Background, Experience
from chizheng.kernel.errors import BadInput, Forbidden, NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.platform.clock import day_of

_NO_PERSON = Wording(
    zh="本账号没有关联个人信息；请先完成报名或实名登记", en="no person belongs to this account"
)
_GONE = Wording(zh="没有这条经历，或它不属于您", en="no such statement, or it is not yours")
_DAYS = Wording(zh="结束日期须晚于开始日期", en="the end must be after the start")
_LATER = Wording(zh="日期不能晚于今天：{day}", en="the day must not be after today: {day}")
_PROOF = Wording(zh="该项经历不适用这种证明材料", en="this proof does not fit the statement")
_FULL = Wording(zh="最多填写 {most} 条经历", en="at most {most} statements")
MOST = 60


@transaction.atomic
def state_experience(
    *, kind: str, occupation: str, level: int | None, detail: str, start: date | None, end: date | None, body: str,
    proof: str, actor: Account, now: datetime,
) -> Experience:  # fmt: skip
    """Add one statement; the same statement twice is one. Raises BadInput for days that cannot be."""
    today = day_of(now)
    for day in (start, None if kind == Kind.DIPLOMA else end):
        if day is not None and day > today:
            raise BadInput("bad_day", _LATER, day=day.isoformat())
    if start and end and end <= start:
        raise BadInput("bad_days", _DAYS)
    if proof not in PROOF_OF[Kind(kind)]:
        raise BadInput("bad_proof", _PROOF)
    row = _background(actor, now)
    fields = {
        "kind": kind,
        "occupation": occupation,
        "level": level,
        "detail": detail,
        "start": start,
        "end": end,
    }
    same = row.experiences.filter(**fields).first()
    if same is not None:
        return same
    if row.experiences.count() >= MOST:
        raise BadInput("too_many", _FULL, most=MOST)
    made = Experience.objects.create(background=row, body=body or None, proof=proof, **fields)
    _touch(row, now)
    ledger.record(verb="access.state_experience", subject=made, actor=actor, now=now, kind=kind, proof=proof)
    return made


@transaction.atomic
def unstate(*, experience: int, actor: Account, now: datetime) -> None:
    """Take one's own statement back; raises NotFound for somebody else's."""
    row = Experience.objects.filter(pk=experience, background__person_id=actor.person_id or 0).first()
    if row is None:
        raise NotFound("no_experience", _GONE)
    ledger.record(verb="access.unstate", subject=row, actor=actor, now=now, kind=row.kind)
    _touch(row.background, now)
    row.delete()


@transaction.atomic
def settle_background(*, complete: bool, shared: bool, actor: Account, now: datetime) -> Background:
    """Say whether the statements are all there is, and whether those who guide may use them."""
    row = _background(actor, now)
    row.complete, row.shared = complete, shared
    _touch(row, now)
    ledger.record(
        verb="access.settle_background", subject=row, actor=actor, now=now, complete=complete, shared=shared
    )
    return row


@transaction.atomic
def withdraw_background(*, actor: Account, now: datetime) -> bool:
    """Forget everything stated."""
    row = Background.objects.filter(person_id=actor.person_id or 0).first()
    if row is None:
        return False
    ledger.record(verb="access.withdraw_background", subject=row, actor=actor, now=now)
    row.delete()
    return True


def _background(actor: Account, now: datetime) -> Background:
    if actor.person_id is None:
        raise Forbidden("no_person", _NO_PERSON)
    row, _ = Background.objects.get_or_create(person_id=actor.person_id, defaults={"stated_at": now})
    return Background.objects.select_for_update().get(pk=row.pk)


def _touch(row: Background, now: datetime) -> None:
    row.stated_at = now
    row.save()

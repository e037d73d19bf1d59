"""The gate: open a hold, decide it with reasons, mark a sample again; an annulment takes two people."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal

from django.db import transaction

from chizheng.assessment.core.states import RESULTS_KNOWN, Event
from chizheng.assessment.models import Session
from chizheng.assessment.usecases import move_session
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.quality.core.gate import HOLD
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.models import Flag, Hold, HoldEvent, SampleMark

LATE = Wording(
    zh="名册在考试开始之后才封存并上报，不能证明考生名单先于考试确定",
    en="the roster was frozen and committed after the exam had begun: nothing shows that it came first",
)
_ROLE = Wording(zh="复核由鉴定指导中心办理", en="holds are decided by the guidance centre")
_REASONS = Wording(zh="请写明理由（至少十个字）", en="state reasons (ten characters at least)")
_SELF = Wording(
    zh="作废须由两个人办理：提出人不能自己确认", en="an annulment takes two people: not its proposer"
)
_SCORE = Wording(
    zh="“{value}”不是 0 至 100 的分数；请核对", en="'{value}' is not a mark between 0 and 100; check it"
)
_MARKING = Wording(
    zh="只有重新评分或复测中的批次可录入复核成绩",
    en="second marks are entered while a sample is being marked",
)
_UNMARKED = Wording(
    zh="样本中还有 {left} 人没有复核成绩；录齐后再放行",
    en="{left} of the sample have no second mark; enter them before release",
)


@transaction.atomic
def open_hold(
    *, session: Session, cause: str, reason: Wording, now: datetime, flag: Flag | None = None
) -> Hold:
    """Let a sitting wait. The same cause again is the same hold, decided or not: a release stays a release."""
    hold, made = Hold.objects.get_or_create(
        session=session, cause=cause,
        defaults={"flag": flag, "reason_zh": reason.zh, "reason_en": reason.en, "opened_at": now},
    )  # fmt: skip
    if made:
        ledger.record(verb="quality.hold", subject=session, actor=None, now=now, cause=cause, hold=hold.pk)
    return hold


@transaction.atomic
def decide_hold(*, hold: Hold, event: str, reasons: str, actor: Account, now: datetime) -> Hold:
    """One step of a hold by `core.gate.HOLD`, with reasons; the same step by the same person twice is one."""
    held = Hold.objects.select_for_update(of=("self",)).select_related("session", "flag").get(pk=hold.pk)
    session = held.session
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=session.region, industry=session.industry)
    last = held.events.last()
    if last is not None and (last.event, last.by_id, last.reasons) == (event, actor.pk, reasons):
        return held
    state = HOLD.next(held.state, event)
    if len(reasons.strip()) < 10:
        raise BadInput("reasons", _REASONS)
    if event == "confirm" and last is not None and by_same_hand(actor, last.by_id):
        raise Conflict("self_approval", _SELF)
    left = held.sample.filter(score__isnull=True).count()
    if event == "release" and left:
        raise Conflict("sample_unmarked", _UNMARKED, left=left)
    HoldEvent.objects.create(hold=held, event=event, reasons=reasons, by=actor, at=now)
    held.state = state
    held.save(update_fields=["state"])
    if event in ("remark", "retest"):
        _draw_sample(held)
    if event == "confirm":
        move_session(session=session, event=Event.ANNUL, actor=actor, now=now, basis=reasons)
    ledger.record(
        verb=f"quality.hold_{event}", subject=session, actor=actor, now=now, basis=reasons, hold=held.pk
    )
    return held


def _draw_sample(hold: Hold) -> None:
    """Candidates whom surveillance advises, filled up by lot to the policy's share; repeatable by the hold's id."""
    session = hold.session
    terms = Terms.read(law(), on=session.exam_date, place=session.region)
    roster = list(
        session.registrations.filter(state="enrolled", marks__part="practice", marks__state="scored")
        .order_by("id")
        .values_list("pk", flat=True)
    )
    wanted = min(len(roster), max(terms.sample_least, round(len(roster) * terms.sample_share)))
    advised = list(
        Flag.objects.filter(kind="candidate", registration__in=roster)
        .order_by("-posterior")
        .values_list("registration_id", flat=True)
    )
    chosen = list(dict.fromkeys(advised))[:wanted]
    rest = [pk for pk in roster if pk not in chosen]
    chosen += random.Random(hold.pk).sample(rest, wanted - len(chosen))  # noqa: S311 - repeatable, not secret
    SampleMark.objects.bulk_create(
        [SampleMark(hold=hold, registration_id=pk, advised=pk in advised) for pk in chosen if pk is not None],
        ignore_conflicts=True,
    )


@transaction.atomic
def enter_sample(*, hold: Hold, marks: Mapping[int, str], actor: Account, now: datetime) -> int:
    """Second marks by row of the sample; all or none. Returns how many were entered or changed."""
    held = Hold.objects.select_for_update(of=("self",)).select_related("session").get(pk=hold.pk)
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=held.session.region, industry=held.session.industry)
    if held.state not in ("remarking", "retesting"):
        raise Conflict("not_marking", _MARKING)
    changed = []
    for row in held.sample.filter(pk__in=list(marks)):
        text = marks[row.pk].strip()
        if not text:
            continue
        try:
            score = Decimal(text)
        except ArithmeticError:
            raise BadInput("score", _SCORE, value=text[:20]) from None
        if not (score.is_finite() and 0 <= score <= 100):
            raise BadInput("score", _SCORE, value=text[:20])
        score = score.quantize(Decimal("0.01"))
        if row.score != score:
            row.score, row.entered_by, row.entered_at = score, actor, now
            changed.append(row)
    SampleMark.objects.bulk_update(changed, ["score", "entered_by", "entered_at"])
    if changed:
        ledger.record(
            verb="quality.sample", subject=held.session, actor=actor, now=now, rows=len(changed), hold=held.pk
        )
    return len(changed)


def hold_if_late(*, session: Session, now: datetime) -> Hold | None:
    """Hold a sitting whose roster was frozen only when the exam had begun."""
    closed = session.events.filter(event=Event.CLOSE).order_by("id").first()
    if closed is None:
        return None
    hour = law().number("log.exam_start_hour", on=session.exam_date, place=session.region)
    if closed.at < datetime.combine(session.exam_date, time(hour), clock.CHINA):
        return None
    return open_hold(session=session, cause="late", reason=LATE, now=now)


def late_due(*, now: datetime) -> int:
    """Open the holds of late rosters that a stopped process left unopened; returns how many are late."""
    rows = Session.objects.filter(state__in=RESULTS_KNOWN - {"issued"})
    return sum(hold_if_late(session=s, now=now) is not None for s in rows)

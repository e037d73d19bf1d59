"""The gate: open a hold, decide it with reasons, mark a sample again; an annulment takes two people."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal

from django.db import transaction

from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.states import RESULTS_KNOWN, Event, State
from chizheng.assessment.models import Mark, Result, Session
from chizheng.assessment.queries import require_not_sitting
from chizheng.assessment.usecases import MarkEntry, enter_marks, finish_marking, move_session, publish_results
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.quality.core.gate import HOLD, TOLERANCE, replaces
from chizheng.quality.core.gate_terms import Terms
from chizheng.quality.models import Flag, Hold, HoldEvent, Note, SampleMark

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
_OWN_STEP = Wording(
    zh="改正成绩请用“按复核成绩改正”办理", en="corrections are made by their own step (correct_marks)"
)
_OWN_MARKS = Wording(
    zh="改正须由未录入复核成绩的另一人决定",
    en="corrections take somebody who entered none of the second marks",
)
_RETURN_FIRST = Wording(
    zh="名单已审核或批准；请先在核发批次页退回鉴定站，再改正成绩",
    en="the list has been reviewed or approved: return it to the station first, then correct the marks",
)
_NOTHING = Wording(
    zh="没有一个复核成绩与原成绩相差超过 {tolerance} 分，原成绩有效；可以直接放行",
    en="no second mark differs by more than {tolerance} points: the first marks stand, release the sitting",
)
_TOLD = Wording(zh="成绩复核结果：批次 {number}", en="Outcome of the re-mark: sitting {number}")
_CHANGED = Wording(
    zh="您的操作技能成绩经另行盲评复核，由 {first} 分改为 {second} 分，目前结论：{outcome}。两次成绩均已留存。"
    "成绩重新公示到 {until}（含当日），有异议的可在公示期内凭准考证和身份证申请复核。",
    en="Your practical mark was marked again, blind, and changes from {first} to {second}; outcome now: {outcome}. Both marks "
    "stay on record. Results are on show until {until} (inclusive); you may ask for a review until then.",
)
_STANDS = Wording(
    zh="您的操作技能成绩经另行盲评复核（原 {first} 分，复核 {second} 分），原成绩有效，目前结论：{outcome}。"
    "本批次成绩重新公示到 {until}（含当日）。",
    en="Your practical mark was marked again, blind (first {first}, second {second}); the first stands, outcome: {outcome}. "
    "Results of the sitting are on show again until {until} (inclusive).",
)
_OUTCOMES = {
    "pass": Wording(zh="合格", en="pass"), "fail": Wording(zh="不合格", en="fail"),
    "incomplete": Wording(zh="未完成", en="incomplete"),
}  # fmt: skip
_CORRECTABLE = frozenset({State.PUBLISHED, State.SUBMITTED, State.RETURNED})


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
    require_not_sitting(session, actor)
    last = held.events.last()
    if last is not None and (last.event, last.by_id, last.reasons) == (event, actor.pk, reasons):
        return held
    if event == "correct":
        raise Conflict("own_step", _OWN_STEP)
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


@transaction.atomic
def correct_marks(*, hold: Hold, reasons: str, actor: Account, now: datetime) -> Hold:
    """Let second marks that differ beyond the policy's tolerance stand, and publish the results anew.

    By a person of the centre who entered none of them. The sitting goes back by assessment's own steps (returned,
    corrected, marked, published with a new publicity period), the outcomes are computed there, the first marks stay
    beside the second ones in the sample, and every candidate of the sample is told. Twice is once.
    """
    held = Hold.objects.select_for_update(of=("self",)).select_related("session").get(pk=hold.pk)
    session = held.session
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=session.region, industry=session.industry)
    require_not_sitting(session, actor)
    last = held.events.last()
    if last is not None and (last.event, last.by_id, last.reasons) == ("correct", actor.pk, reasons):
        return held
    state = HOLD.next(held.state, "correct")
    if len(reasons.strip()) < 10:
        raise BadInput("reasons", _REASONS)
    sample = list(held.sample.select_related("registration").order_by("registration_id"))
    left = sum(row.score is None for row in sample)
    if left:
        raise Conflict("sample_unmarked", _UNMARKED, left=left)
    if by_same_hand(actor, *(row.entered_by_id for row in sample)):
        raise Conflict("self_approval", _OWN_MARKS)
    if session.state not in _CORRECTABLE:
        raise Conflict("list_under_way", _RETURN_FIRST)
    marks = {
        m.registration_id: m
        for m in Mark.objects.filter(
            registration__in=[row.registration_id for row in sample], part=Part.PRACTICE, state="scored"
        )
    }
    tolerance = Decimal(str(law().number(TOLERANCE, on=session.exam_date, place=session.region)))
    for row in sample:
        mark = marks.get(row.registration_id)
        row.first = None if mark is None else mark.score
        row.replaced = (
            row.first is not None and row.score is not None and replaces(row.first, row.score, tolerance)
        )
    replaced = [row for row in sample if row.replaced]
    if not replaced:
        raise Conflict("nothing_to_correct", _NOTHING, tolerance=f"{tolerance.normalize():f}")
    SampleMark.objects.bulk_update(sample, ["first", "replaced"])
    before = _outcomes(session)
    _enter_corrections(session, replaced, marks, actor, now, reasons)
    after = _outcomes(session)
    HoldEvent.objects.create(hold=held, event="correct", reasons=reasons, by=actor, at=now)
    held.state = state
    held.save(update_fields=["state"])
    turned = sum(before.get(row.registration_id) != after.get(row.registration_id) for row in replaced)
    ledger.record(
        verb="quality.hold_correct", subject=session, actor=actor, now=now, basis=reasons, hold=held.pk,
        sample=len(sample), changed=len(replaced), outcomes_changed=turned,
    )  # fmt: skip
    _tell_candidates(held, sample, after, now)
    return held


def _outcomes(session: Session) -> dict[int, str]:
    return dict(
        Result.objects.filter(registration__session=session).values_list("registration_id", "outcome")
    )


def _enter_corrections(
    session: Session,
    replaced: Sequence[SampleMark],
    marks: Mapping[int, Mark],
    actor: Account,
    now: datetime,
    reasons: str,
) -> None:
    """Through assessment's doors: the centre sends back and corrects, the process enters, closes and publishes."""
    if session.state == State.SUBMITTED:
        move_session(session=session, event=Event.RETURN, actor=actor, now=now, basis=reasons)
    move_session(session=session, event=Event.CORRECT, actor=actor, now=now, basis=reasons)
    entries = [MarkEntry(row.registration_id, Part.PRACTICE, f"{row.score}") for row in replaced]
    enter_marks(session=session, entries=entries, actor=None, now=now)
    twice = [e for e in entries if marks[e.registration].second_state]
    if twice:  # both entries of a doubly entered mark, or they would count as disputed
        enter_marks(session=session, entries=twice, actor=None, now=now, second=True)
    finish_marking(session=session, actor=None, now=now)
    publish_results(session=session, actor=None, now=now)


def _tell_candidates(
    hold: Hold, sample: Sequence[SampleMark], outcomes: Mapping[int, str], now: datetime
) -> None:
    """One note to every candidate of the sample who has an account: old mark, second mark, what stands now."""
    session = Session.objects.get(pk=hold.session_id)
    accounts = {
        a.person_id: a
        for a in Account.objects.filter(
            role="candidate", person__in=[row.registration.person_id for row in sample]
        )
    }
    for row in sample:
        account = accounts.get(row.registration.person_id)
        if account is None or row.first is None:
            continue
        params = {
            "number": session.number, "first": f"{row.first.normalize():f}",
            "second": f"{row.score.normalize():f}" if row.score is not None else "",
            "until": session.publicity_until,
        }  # fmt: skip
        body = _CHANGED if row.replaced else _STANDS
        outcome = _OUTCOMES[outcomes.get(row.registration_id, "incomplete")]
        Note.objects.get_or_create(
            to=account, about=f"remark:{hold.pk}:{row.registration_id}",
            defaults={
                "title_zh": _TOLD.say("zh", number=session.number), "title_en": _TOLD.say("en", number=session.number),
                "body_zh": body.say("zh", outcome=outcome.zh, **params),
                "body_en": body.say("en", outcome=outcome.en, **params), "sent_at": now,
            },
        )  # fmt: skip


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
        Flag.objects.filter(kind="candidate", detector="marks", registration__in=roster)
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
    require_not_sitting(held.session, actor)
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

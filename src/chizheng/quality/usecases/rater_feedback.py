"""Feedback to assessors in plain words, own figures only; duties of re-training on record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chizheng.assessment.models import Assessor
from chizheng.kernel.errors import BadInput, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.quality.models import Note, RaterRecord, Retraining
from chizheng.quality.usecases.raters import DUTIES, RaterReport, RaterRow

_NOTE_TITLE = Wording(zh="考评反馈：您的评分情况", en="Feedback: how you mark")


@transaction.atomic
def send_feedback(*, report: RaterReport, actor: Account, now: datetime) -> int:
    """Keep this month's figures of every assessor and tell those with an account; the month's first stand.

    Returns how many notes were sent.
    """
    month = day_of(now).replace(day=1)
    accounts = {
        a.person_id: a
        for a in Account.objects.filter(
            role="assessor", person__in=[r.assessor.person_id for r in report.rows]
        )
    }
    sent = 0
    for row in report.rows:
        record, made = RaterRecord.objects.get_or_create(
            assessor=row.assessor, month=month,
            defaults={"figures": _figures(row, report), "duties": list(row.duties), "made_at": now},
        )  # fmt: skip
        account = accounts.get(row.assessor.person_id)
        if account is None or not made:
            continue
        said = [sentence for _tone, sentence in plain_words(record)]
        Note.objects.get_or_create(
            to=account, about=f"marking:{row.assessor.pk}:{month:%Y-%m}",
            defaults={
                "title_zh": _NOTE_TITLE.zh, "title_en": _NOTE_TITLE.en, "sent_at": now,
                "body_zh": "\n".join(w.say("zh") for w in said), "body_en": "\n".join(w.say("en") for w in said),
            },
        )  # fmt: skip
        sent += 1
    if sent:
        ledger.record(verb="quality.feedback", subject=("quality", "raters"), actor=actor, now=now, sent=sent)
    return sent


def _figures(row: RaterRow, report: RaterReport) -> dict[str, Any]:
    own = asdict(row)
    for name in ("assessor", "duties"):
        del own[name]
    return {
        **{k: _plain(v) for k, v in own.items()},
        "sets": report.sets, "colleagues": sum(r.linked_set == row.linked_set for r in report.rows) - 1,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """As JSON: an error that could not be had is null."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


_SEVERE = Wording(
    zh="您给分偏严：同样的考生，您每项平均比同组中等严厉度的考评员低约 {points:.1f} 分",
    en="You mark severely: about {points:.1f} points a criterion below the middle colleague for the same candidates",
)
_LENIENT = Wording(
    zh="您给分偏松：同样的考生，您每项平均比同组中等严厉度的考评员高约 {points:.1f} 分",
    en="You mark leniently: about {points:.1f} points a criterion above the middle colleague for the same candidates",
)
_MIDDLE = Wording(
    zh="您的严厉度与同组考评员相近（每项相差约 {points:.1f} 分）",
    en="You mark about as severely as your colleagues (about {points:.1f} points a criterion apart)",
)
_UNSURE = Wording(
    zh="您只评了 {rows} 人，还不能判断您偏严还是偏松",
    en="You marked {rows} candidates only: too few to say how severely you mark",
)
_ALONE = Wording(
    zh="您没有与其他考评员评过相同的考生，因此不能与别人比较；请中心安排交叉评分",
    en="You shared no candidates with colleagues, so nobody can be compared with you; ask for crossed marking",
)
_STEADY = Wording(zh="您前后掌握的尺度一致", en="You keep to one standard")
_DOUBLE = Wording(
    zh="与别人共同评过 {n} 人，平均相差 {gap:.1f} 分；相差超过 {far} 分的占 {share:.0%}",
    en="{n} candidates were marked by others too: {gap:.1f} points apart on average, {share:.0%} more than {far} apart",
)
_ADVICE: dict[str, Wording] = {
    "inconsistent": Wording(
        zh="您对水平相近的考生给分出入较大：评分前请重读评分标准，评完一组后对照样例复核",
        en="Your marks for candidates of like skill vary: reread the scheme before, compare with samples after a group",
    ),
    "halo": Wording(
        zh="您对同一考生的各项几乎给同一分数：请逐项评定，先评完所有考生的一项再评下一项",
        en="You give one mark for all criteria: judge each on its own, one criterion for everybody before the next",
    ),
    "central": Wording(
        zh="您的给分集中在中间：对明显好和明显差的表现请敢于拉开",
        en="You keep to the middle: mark what is clearly good or clearly poor as such",
    ),
    "drift": Wording(
        zh="您的尺度随时间变化：每次考评前请先用样例校准", en="Your standard moves over time: calibrate on samples first"
    ),
}  # fmt: skip


def plain_words(record: RaterRecord) -> list[tuple[str, Wording]]:
    """What an assessor is told, in sentences: (ok | warn | info, sentence). Own figures only."""
    f, duties = record.figures, set(record.duties)
    out: list[tuple[str, Wording]] = []

    def say(tone: str, wording: Wording, **params: object) -> None:
        out.append((tone, Wording(zh=wording.say("zh", **params), en=wording.say("en", **params))))

    if not f["colleagues"]:
        say("info", _ALONE)
    elif not duties & {"severe", "lenient"} and (f["low"] is None or f["high"] - f["low"] > 2):
        say("info", _UNSURE, rows=f["rows"])
    else:
        wording = _SEVERE if "severe" in duties else _LENIENT if "lenient" in duties else _MIDDLE
        say("warn" if duties & {"severe", "lenient"} else "ok", wording, points=abs(f["points"]))
    for code, wording in _ADVICE.items():
        if code in duties:
            say("warn", wording)
    if not duties & {"inconsistent", "drift"}:
        say("ok", _STEADY)
    if f["double"]:
        d = f["double"]
        say("info", _DOUBLE, n=d["candidates"], gap=d["gap"], far=d["far"], share=d["far_share"])
    return out


_DUE_DAY = Wording(zh="再培训期限应晚于今天", en="the day for re-training must lie after today")
_ROLE = Wording(zh="再培训由鉴定指导中心安排", en="re-training is arranged by the guidance centre")
_NONE_DUE = Wording(zh="该考评员没有须再培训的情况", en="nothing asks for this assessor's re-training")
_NOTED = Wording(zh="请写明培训考核情况（至少五个字）", en="say how it ended (five characters at least)")
_RETRAIN_TITLE = Wording(zh="请参加考评员再培训", en="You are asked to be trained again")
_RETRAIN = Wording(
    zh="原因：{reasons}。请在 {due} 前参加再培训；如有异议，可向鉴定指导中心提出复查。",
    en="Because: {reasons}. Please be trained again by {due}; if you disagree, ask the centre for a second look.",
)


@transaction.atomic
def require_retraining(
    *, assessor: Assessor, duties: Sequence[str], due: date, actor: Account, now: datetime
) -> Retraining:
    """Ask an assessor to be trained again by a day, and tell them why; one open duty at a time."""
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    held = Assessor.objects.select_for_update(of=("self",)).get(pk=assessor.pk)
    require_jurisdiction(actor, region=held.region)
    running = held.retrainings.filter(ended_at__isnull=True).first()
    if running is not None:
        return running
    reasons = [d for d in duties if d in DUTIES]
    if not reasons:
        raise Refused("nothing_due", _NONE_DUE)
    if due <= day_of(now):
        raise BadInput("retraining_due", _DUE_DAY)
    row = Retraining.objects.create(assessor=held, reasons=reasons, due=due, asked_at=now, asked_by=actor)
    ledger.record(
        verb="quality.retraining", subject=row, actor=actor, now=now, assessor=held.pk, reasons=reasons
    )
    account = Account.objects.filter(role="assessor", person_id=held.person_id).first()
    if account is not None:
        said = {
            lang: _RETRAIN.say(
                lang, reasons="；".join(DUTIES[r].say(lang) for r in reasons), due=due.isoformat()
            )
            for lang in ("zh", "en")
        }
        Note.objects.get_or_create(
            to=account, about=f"retraining:{row.pk}",
            defaults={
                "title_zh": _RETRAIN_TITLE.zh, "title_en": _RETRAIN_TITLE.en, "body_zh": said["zh"],
                "body_en": said["en"], "sent_at": now,
            },
        )  # fmt: skip
    return row


@transaction.atomic
def end_retraining(
    *, retraining: Retraining, outcome: str, note: str, actor: Account, now: datetime
) -> Retraining:
    """How a duty ended, with a note; what has ended stays."""
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    held = Retraining.objects.select_for_update(of=("self",)).select_related("assessor").get(pk=retraining.pk)
    require_jurisdiction(actor, region=held.assessor.region)
    if held.ended_at is not None:
        return held
    if outcome not in Retraining.Outcome.values or len(note.strip()) < 5:
        raise BadInput("retraining_outcome", _NOTED)
    held.outcome, held.note, held.ended_at, held.ended_by = outcome, note.strip()[:2000], now, actor
    held.save()
    ledger.record(
        verb="quality.retraining_end", subject=held, actor=actor, now=now, basis=held.note, outcome=outcome
    )
    return held

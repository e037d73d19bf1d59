"""Letters first: who is written to by lot, what employers answer, the match a month later."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from chizheng.assessment.stored import keep
from chizheng.inspection.core import campaign as core
from chizheng.inspection.core.campaign import Arm
from chizheng.inspection.models import Answer, Campaign, Filing, Recipient, Screening
from chizheng.inspection.usecases.file_employment import end_filing
from chizheng.inspection.usecases.run_screening import findings_of, run_screening, start_screening
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.models import LongWork

_NOT_DONE = Wording(
    zh="这次比对还没有完成，不能据以发函", en="this screening is not finished; no letters yet"
)
_NOBODY = Wording(
    zh="该地区没有比对发现，不需要发函", en="nothing was found here; there is nobody to write to"
)
_TOO_EARLY = Wording(
    zh="答复期限为 {day}，期满后才能重新比对",
    en="employers may answer until {day}; match again after that day",
)
_FILE = Wording(
    zh="请填写证书编号、发证日期，并选择证书照片或扫描件（PDF、JPEG、PNG）",
    en="give the certificate's number and day of issue, and choose a picture of it (PDF, JPEG, PNG)",
)
_FORMATS = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def _matched(run: Screening, region: str) -> dict[int, frozenset[int]]:
    """Employer to the root filings found; a changed filing counts as the one it came from."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = findings_of(run).filter(employer__region__startswith=region)
    for employer, filing in rows.values_list("employer", "filing"):
        found[employer].add(filing)
    return {employer: frozenset(filings) for employer, filings in found.items()}


@transaction.atomic
def open_campaign(
    *, screening: Screening, region: str, title: str, seed: str, actor: Account | None, now: datetime,
    held_out: float | None = None,
) -> Campaign:  # fmt: skip
    """Draw the arms and write the letters; the same seed again is the same campaign."""
    if actor is not None:
        require_jurisdiction(actor, region=region)
    known = Campaign.objects.filter(screening=screening, region=region, seed=seed).first()
    if known is not None:
        return known
    if screening.work.state != LongWork.State.DONE:
        raise Conflict("screening_not_done", _NOT_DONE)
    today = clock.day_of(now)
    before = _matched(screening, region)
    if not before:
        raise BadInput("nobody_to_write_to", _NOBODY)
    share = held_out if held_out is not None else float(
        str(law().value("inspection.letter_held_out_share", on=today, place=region).value)
    )  # fmt: skip
    answer_by = today + timedelta(days=law().number("inspection.letter_answer_days", on=today, place=region))
    arms = core.allocate(sorted(before), seed=seed, held_out=share)
    cited: dict[int, list[str]] = defaultdict(list)
    for filing, citation in findings_of(screening).values_list("filing", "citation"):
        cited[filing].append(citation)
    letters = {x.employer: x for x in core.letters(arms, before, cited, answer_by=answer_by)}
    campaign = Campaign.objects.create(
        title=title[:80], screening=screening, region=region, seed=seed, held_out=share, sent_on=today,
        answer_by=answer_by, by=actor, created_at=now,
    )  # fmt: skip
    Recipient.objects.bulk_create(
        [
            Recipient(
                campaign=campaign, employer_id=employer, held_out=arm is Arm.HELD_OUT,
                filings=sorted(before[employer]),
                citations=list(letters[employer].citations) if employer in letters else [],
            )
            for employer, arm in sorted(arms.items())
        ]
    )  # fmt: skip
    ledger.record(
        verb="inspection.open_campaign", subject=campaign, actor=actor, now=now, letters=len(letters),
        held_out=len(arms) - len(letters), seed=seed,
    )  # fmt: skip
    return campaign


@transaction.atomic
def read_letter(*, recipient: Recipient, now: datetime, actor: Account | None) -> Recipient:
    """The employer opened the letter; the first time counts."""
    if recipient.read_at is None:
        recipient.read_at = now
        recipient.save(update_fields=["read_at"])
        ledger.record(verb="inspection.read_letter", subject=recipient, actor=actor, now=now)
    return recipient


@dataclass(frozen=True, slots=True)
class PaperCertificate:
    """A certificate that exists on paper only, as the employer states it, with its picture."""

    number: str
    issued_on: date
    level: int | None
    file_name: str
    content: bytes


@transaction.atomic
def answer_letter(
    *, recipient: Recipient, filing: Filing, remedy: str, on: date, actor: Account | None, now: datetime, note: str = "",
    paper: PaperCertificate | None = None,
) -> Answer:  # fmt: skip
    """What the employer did about one person; moving someone ends the filing on `on`. Twice is one answer.

    Raises BadInput for a file that is no picture, Conflict for a person the letter does not name,
    Forbidden for somebody else's letter.
    """
    if actor is not None and actor.organisation_id != recipient.employer_id:
        raise Forbidden("not_your_letter", _NOT_YOURS)
    if filing.pk not in recipient.filings or recipient.held_out:
        raise Conflict("not_in_letter", _NOT_NAMED)
    known = Answer.objects.filter(recipient=recipient, filing=filing, remedy=remedy).first()
    if known is not None and known.genuine is not False:
        return known
    upload = remedy == Answer.Remedy.UPLOAD
    if upload and (paper is None or not paper.number.strip() or not paper.content.startswith(_FORMATS)):
        raise BadInput("no_picture", _FILE)
    stated: dict[str, Any] = {"on": on, "note": note[:200], "by": actor, "at": now}
    if upload and paper is not None:
        stated |= {
            "certificate_number": paper.number.strip()[:40], "level": paper.level, "issued_on": paper.issued_on,
            "file_name": paper.file_name[:200], "stored_as": keep(paper.content), "genuine": None, "checked_by": None,
            "checked_at": None,
        }  # fmt: skip
    answer, _ = Answer.objects.update_or_create(
        recipient=recipient, filing=filing, remedy=remedy, defaults=stated
    )
    read_letter(recipient=recipient, actor=actor, now=now)
    if remedy == Answer.Remedy.MOVE:
        end_filing(filing=filing, on=on, actor=actor, now=now)
    ledger.record(verb="inspection.answer_letter", subject=answer, actor=actor, now=now, remedy=remedy)
    return answer


_NOT_NAMED = Wording(zh="告知函中没有这个人", en="the letter does not name this person")
_NOT_YOURS = Wording(zh="该告知函不是发给本单位的", en="this letter was not sent to your organisation")
_CHECKED = Wording(zh="该证书已核对过", en="this certificate was checked already")


@transaction.atomic
def check_paper(*, answer: Answer, genuine: bool, actor: Account, now: datetime) -> Answer:
    """An inspector has compared a paper certificate with its issuer; a genuine one counts from now on."""
    held = Answer.objects.select_for_update().select_related("recipient__employer").get(pk=answer.pk)
    require_jurisdiction(actor, region=held.recipient.employer.region)
    if held.remedy != Answer.Remedy.UPLOAD or held.checked_at is not None:
        if held.genuine == genuine:
            return held
        raise Conflict("answer_checked", _CHECKED)
    held.genuine, held.checked_by, held.checked_at = genuine, actor, now
    held.save(update_fields=["genuine", "checked_by", "checked_at"])
    ledger.record(verb="inspection.check_paper", subject=held, actor=actor, now=now, genuine=genuine)
    return held


def start_rematch(*, campaign: Campaign, actor: Account | None, now: datetime) -> Screening:
    """The run that matches again, once the days to answer are over; asked twice it is the same run."""
    if campaign.rematch is not None:
        return campaign.rematch
    today = clock.day_of(now)
    if today <= campaign.answer_by:
        raise Conflict("rematch_too_early", _TOO_EARLY, day=campaign.answer_by)
    with transaction.atomic():
        held = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if held.rematch_id is None:
            held.rematch = start_screening(
                start=today, until=today + timedelta(days=1), place=held.screening.place, actor=actor, now=now
            )
            held.save(update_fields=["rematch"])
    campaign.rematch = held.rematch
    assert held.rematch is not None
    return held.rematch


def rematch(*, campaign: Campaign, actor: Account | None, now: datetime) -> Campaign:
    """Match again and count what changed in both arms; a campaign that was counted stays as it is."""
    run = run_screening(run=start_rematch(campaign=campaign, actor=actor, now=now), now=now)
    return settle(campaign=campaign, run=run, actor=actor, now=now)


@transaction.atomic
def settle(*, campaign: Campaign, run: Screening, actor: Account | None, now: datetime) -> Campaign:
    held = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if held.result:
        return held
    recipients = list(held.recipients.all())
    before = {r.employer_id: frozenset(r.filings) for r in recipients}
    origin = _origins({f for filings in before.values() for f in filings})
    after = {
        employer: frozenset(origin.get(f, f) for f in filings)
        for employer, filings in _matched(run, held.region).items()
    }
    arms = {r.employer_id: Arm.HELD_OUT if r.held_out else Arm.LETTER for r in recipients}
    for recipient in recipients:
        recipient.change = core.change(
            before[recipient.employer_id], after.get(recipient.employer_id, frozenset())
        )
    Recipient.objects.bulk_update(recipients, ["change"])
    counted = core.conversion(arms, before, after)
    held.result = {
        "letter": _interval(counted.letter), "held_out": _interval(counted.held_out),
        "effect": _interval(counted.effect), "employers": list(counted.employers),
        "filings": list(counted.filings), "filings_corrected": list(counted.filings_corrected),
        "to_visit": core.to_visit(arms, before, after),
    }  # fmt: skip
    held.save(update_fields=["result"])
    ledger.record(
        verb="inspection.rematch", subject=held, actor=actor, now=now, to_visit=len(held.result["to_visit"])
    )
    return held


def _interval(interval: Any) -> list[float | None]:
    return [None if x != x else round(x, 4) for x in (interval.point, interval.low, interval.high)]


def _origins(filings: set[int]) -> dict[int, int]:
    """Every later row of these filings, to the one that was written about."""
    found: dict[int, int] = {}
    layer = {f: f for f in filings}
    while layer:
        rows = Filing.objects.filter(previous__in=layer).values_list("pk", "previous")
        layer = {pk: layer[previous] for pk, previous in rows if previous is not None}
        found |= layer
    return found


def due_campaigns(*, on: date) -> list[Campaign]:
    """Campaigns whose days to answer are over and that were not matched again yet."""
    return [c for c in Campaign.objects.filter(answer_by__lt=on).order_by("pk") if not c.result]

"""Letters first: draw the arms, take employers' answers, check papers, match again."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from chizheng.inspection.core import campaign as core
from chizheng.inspection.models import Campaign, CampaignEmployer, Filing, LetterAnswer, ScreeningRun
from chizheng.inspection.usecases.screen_place import screen_place
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import clock, ledger

_NOTHING_FOUND = Wording(zh="这次筛查没有发现，无须发函", en="nothing was found, no letters are needed")
_ALREADY = Wording(zh="这次筛查已经发过函", en="letters about this screening have been sent already")
_EARLY = Wording(
    zh="答复期限 {day} 未到，届满后再复核", en="answers may come until {day}; match again after that"
)
_NOT_ON_LIST = Wording(zh="该人员不在告知函名单上", en="this person is not on the letter's list")
_NOT_YOUR_LETTER = Wording(zh="该告知函不是发给本单位的", en="this letter was not sent to your organisation")
_PAPER = Wording(zh="请填写证书编号和发证日期", en="give the certificate's number and day of issue")
_SELF = Wording(zh="该答复已核对过", en="this answer was checked already")


def matched(run: ScreeningRun) -> dict[int, frozenset[int]]:
    """Employer to the filings found."""
    found: dict[int, set[int]] = defaultdict(set)
    for employer, filing in run.findings.values_list("employer_id", "filing_id"):
        found[employer].add(filing)
    return {employer: frozenset(filings) for employer, filings in found.items()}


@transaction.atomic
def send_letters(
    *, run: ScreeningRun, seed: str, held_out: Decimal, answer_by: date, actor: Account, now: datetime
) -> Campaign:
    """Draw who is written to and who is held out; raises Conflict where letters went out before."""
    require_jurisdiction(actor, region=run.place)
    ScreeningRun.objects.select_for_update().get(pk=run.pk)
    if Campaign.objects.filter(run=run).exists():
        raise Conflict("letters_sent", _ALREADY)
    before = matched(run)
    if not before:
        raise Conflict("nothing_found", _NOTHING_FOUND)
    arms = core.allocate(sorted(before), seed=seed, held_out=float(held_out))
    made = Campaign.objects.create(
        run=run, place=run.place, seed=seed, held_out=held_out, sent_on=clock.day_of(now), answer_by=answer_by,
        by=actor, created_at=now,
    )  # fmt: skip
    CampaignEmployer.objects.bulk_create(
        [CampaignEmployer(campaign=made, employer_id=e, arm=arm.value) for e, arm in arms.items()]
    )
    letters = sum(a is core.Arm.LETTER for a in arms.values())
    ledger.record(
        verb="inspection.send_letters", subject=made, actor=actor, now=now, seed=seed, letters=letters,
        held_out=len(arms) - letters,
    )  # fmt: skip
    return made


@transaction.atomic
def answer_letter(
    *, member: CampaignEmployer, filing: Filing, remedy: str, actor: Account, now: datetime, number: str = "",
    level: int | None = None, issued_on: date | None = None, note: str = "",
) -> LetterAnswer:  # fmt: skip
    """What the employer does about one person; a later answer takes the place of an unchecked one."""
    if actor.organisation_id != member.employer_id or member.arm != CampaignEmployer.Arm.LETTER:
        raise Forbidden("not_your_letter", _NOT_YOUR_LETTER)
    if not member.campaign.run.findings.filter(filing=filing, employer_id=member.employer_id).exists():
        raise BadInput("not_on_list", _NOT_ON_LIST)
    if remedy == LetterAnswer.Remedy.UPLOAD and not (number and issued_on):
        raise BadInput("paper_certificate", _PAPER)
    if LetterAnswer.objects.filter(member=member, filing=filing, checked_at__isnull=False).exists():
        raise Conflict("answer_checked", _SELF)
    upload = remedy == LetterAnswer.Remedy.UPLOAD
    answer, _ = LetterAnswer.objects.update_or_create(
        member=member, filing=filing,
        defaults={
            "remedy": remedy, "note": note, "certificate_number": number if upload else "",
            "certificate_level": level if upload else None, "certificate_issued_on": issued_on if upload else None,
            "by": actor, "at": now,
        },
    )  # fmt: skip
    ledger.record(verb="inspection.answer_letter", subject=answer, actor=actor, now=now, remedy=remedy)
    return answer


@transaction.atomic
def check_paper(*, answer: LetterAnswer, genuine: bool, actor: Account, now: datetime) -> LetterAnswer:
    """An inspector has compared the paper certificate with its issuer; a genuine one counts from now on."""
    require_jurisdiction(actor, region=answer.member.employer.region)
    held = LetterAnswer.objects.select_for_update().get(pk=answer.pk)
    if held.checked_at is not None or held.remedy != LetterAnswer.Remedy.UPLOAD:
        raise Conflict("answer_checked", _SELF)
    held.genuine, held.checked_by, held.checked_at = genuine, actor, now
    held.save(update_fields=["genuine", "checked_by", "checked_at"])
    ledger.record(verb="inspection.check_paper", subject=held, actor=actor, now=now, genuine=genuine)
    return held


@transaction.atomic
def match_again(*, campaign: Campaign, actor: Account, now: datetime) -> Campaign:
    """Screen again after the time to answer, and say of each employer what changed."""
    require_jurisdiction(actor, region=campaign.place)
    held = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if held.rematch_id is not None:
        return held
    today = clock.day_of(now)
    if today <= held.answer_by:
        raise Conflict("too_early", _EARLY, day=held.answer_by.isoformat())
    held.rematch = screen_place(
        place=held.place, question=(today, today + timedelta(days=1)), actor=actor, now=now
    )
    held.save(update_fields=["rematch"])
    before, after = matched(held.run), _followed(matched(held.rematch))
    for member in held.members.all():
        member.change = core.change(
            before[member.employer_id], after.get(member.employer_id, frozenset())
        ).value
        member.save(update_fields=["change"])
    ledger.record(verb="inspection.match_again", subject=held, actor=actor, now=now, found=held.rematch.found)
    return held


def _followed(found: dict[int, frozenset[int]]) -> dict[int, frozenset[int]]:
    """With each filing those it replaced: a corrected line of the same person is not a new matter."""
    earlier = dict(
        Filing.objects.filter(
            pk__in=[f for fs in found.values() for f in fs], previous__isnull=False
        ).values_list("pk", "previous_id")
    )
    return {e: fs | {earlier[f] for f in fs if f in earlier} for e, fs in found.items()}


def conversion_of(campaign: Campaign) -> core.Conversion | None:
    """What the letters did, once it was matched again."""
    if campaign.rematch is None:
        return None
    arms = {m.employer_id: core.Arm(m.arm) for m in campaign.members.all()}
    return core.conversion(arms, matched(campaign.run), _followed(matched(campaign.rematch)))

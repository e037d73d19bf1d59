"""Seekers' profiles, vacancies, referrals with their outcomes; guidance and its follow-up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from chizheng.access import holdings
from chizheng.access.core.ads.ad import Ad as Text
from chizheng.access.core.background import PROOFS, Stated
from chizheng.access.core.gate import Decision, Verdict
from chizheng.access.core.guidance import Advice, advise, claims_of
from chizheng.access.core.wording import as_plain
from chizheng.access.models import (
    DeskMessage,
    Guidance,
    Mandate,
    Referral,
    SeekerProfile,
    TrainingOffer,
    Vacancy,
)
from chizheng.access.queries.background import claims_for, stated_by
from chizheng.access.queries.gates import decide_gate, law_as_known, occupation_levels
from chizheng.access.queries.referral import decide_referral, for_vacancy
from chizheng.access.queries.staff import granted_exceptions
from chizheng.access.usecases.ads import ledger_years, require_mandate, vet_ad
from chizheng.assessment.core.marks import anniversary
from chizheng.catalogue.io.shelf import catalogue
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from chizheng.kernel.levels import covers
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from chizheng.people.models import Account, Organisation, Person
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.sealing import mask

_NO_PERSON = Wording(
    zh="本账号没有关联个人信息；请先完成报名或实名登记", en="no person belongs to this account"
)
_UNKNOWN = Wording(zh="“{name}”不在职业目录中；请核对名称", en="'{name}' is not in the catalogue; check it")
_BAD_AD = Wording(
    zh="简章还有不得发布的问题，岗位没有保存：{first}",
    en="the ad must not be published yet, nothing was saved: {first}",
)
_NO_CONSENT = Wording(zh="该求职者没有同意被推荐", en="this seeker has not agreed to be referred")
_SHUT = Wording(
    zh="不能推荐：{reason}；请改为培训指导",
    en="may not be referred: {reason}; give training guidance instead",
)
_CLOSED = Wording(zh="该岗位已结束招聘", en="this vacancy is closed")
_SETTLED = Wording(zh="该推荐的结果已登记", en="the outcome of this referral is recorded already")


def official_name(name: str) -> str:
    """The catalogue's name of an occupation given by any of its names; raises BadInput."""
    asked = canonical(name)
    official = canonical(catalogue().aliases.get(asked, asked))
    if official in catalogue().by_name or official in law_as_known().gated_names:
        return official
    raise BadInput("no_such_occupation", _UNKNOWN, name=name)


def both(decision: Decision) -> dict[str, Any]:
    """A decision as it is stored: verdict, texts, and the sentences in both languages."""
    names = law().level_names
    zh, en = as_plain(decision, names, "zh"), as_plain(decision, names, "en")
    return zh | {"reasons_en": en["reasons"], "occupation": decision.occupation, "act": decision.act.value,
                 "on": decision.on.isoformat(), "unverified": decision.unverified}  # fmt: skip


@transaction.atomic
def save_profile(
    *, person: Person | None, region: str, regions: Sequence[str], occupations: Sequence[str], wage_floor_fen: int,
    consent: bool, now: datetime, actor: Account | None,
) -> SeekerProfile:  # fmt: skip
    """A seeker says what they wish; agencies find them only while they consent."""
    if person is None:
        raise Forbidden("no_person", _NO_PERSON)
    names = list(dict.fromkeys(official_name(o) for o in occupations))
    old = SeekerProfile.objects.select_for_update().filter(person=person).first()
    since = old.consent_at if old and old.consent and consent else now if consent else None
    row, _ = SeekerProfile.objects.update_or_create(
        person=person,
        defaults={"region": region, "regions": list(regions), "occupations": names, "consent": consent,
                  "wage_floor_fen": wage_floor_fen, "consent_at": since, "updated_at": now},
    )  # fmt: skip
    ledger.record(verb="access.save_profile", subject=row, actor=actor, now=now, consent=consent)
    return row


@transaction.atomic
def withdraw_profile(*, actor: Account, now: datetime) -> bool:
    """Forget the wishes of a seeker; what was referred before stays in the ledger."""
    row = SeekerProfile.objects.filter(person=actor.person).first() if actor.person_id else None
    if row is None:
        return False
    ledger.record(verb="access.withdraw_profile", subject=row, actor=actor, now=now)
    row.delete()
    return True


@transaction.atomic
def post_vacancy(
    *, organisation: Organisation, employer: str, title: str, text: str, occupation: str, level: int | None,
    region: str, wage_fen: int, count: int, start_on: date, actor: Account, now: datetime,
) -> Vacancy:  # fmt: skip
    """Save a vacancy: its ad is vetted and its gate asked first; an ad that may not be published is Refused."""
    today = day_of(now)
    name = official_name(occupation)
    mandate: Mandate | None = require_mandate(organisation, employer, today)
    ad = vet_ad(text=Text("", title, text, employer), organisation=organisation, on=today, place=region,
                actor=actor, now=now, mandate=mandate)  # fmt: skip
    wrong = [f for f in ad.vetting["findings"] if f["severity"] == "error"]
    if wrong:
        raise Refused("ad_not_publishable", _BAD_AD, first=wrong[0]["message"])
    existing = Vacancy.objects.filter(ad=ad).first()
    if existing is not None:
        return existing
    granted = granted_exceptions(occupation=name, place=region, on=today, organisation=organisation.pk)
    decision = decide_gate(
        act=Act.RECRUIT, occupation=name, on=today, place=region, level=level, exemptions=granted
    )
    row = Vacancy.objects.create(
        organisation=organisation, ad=ad, employer=employer, title=title, occupation=name, level=level,
        region=region, wage_fen=wage_fen, count=count, start_on=start_on, gate=both(decision), posted_by=actor,
        posted_at=now,
    )  # fmt: skip
    ledger.record(
        verb="access.post_vacancy", subject=row, actor=actor, now=now, occupation=name, region=region
    )
    return row


@transaction.atomic
def close_vacancy(*, vacancy: Vacancy, actor: Account, now: datetime) -> Vacancy:
    row = Vacancy.objects.select_for_update().get(pk=vacancy.pk)
    if row.state != Vacancy.State.CLOSED:
        row.state = Vacancy.State.CLOSED
        row.save(update_fields=["state"])
        ledger.record(verb="access.close_vacancy", subject=row, actor=actor, now=now)
    return row


@transaction.atomic
def refer(*, vacancy: Vacancy, person: Person, actor: Account, now: datetime) -> Referral:
    """Refer a seeker to a vacancy; the gate is asked again at this moment. The same pair twice is one referral.

    Raises Forbidden without the seeker's consent, Refused where a certificate is missing.
    """
    held_vacancy = Vacancy.objects.select_for_update().get(pk=vacancy.pk)
    existing = held_vacancy.referrals.filter(person=person).first()
    if existing is not None:
        return existing
    if held_vacancy.state != Vacancy.State.OPEN:
        raise Conflict("vacancy_closed", _CLOSED)
    if not SeekerProfile.objects.filter(person=person, consent=True).exists():
        raise Forbidden("no_consent", _NO_CONSENT)
    today = day_of(now)
    held = holdings.held([person.pk]).get(person.pk, ())
    decision = decide_referral(held_vacancy, held, on=today)
    stored = both(decision)
    if decision.verdict is Verdict.MISSING:
        raise Refused("seeker_unqualified", _SHUT, reason=stored["reasons"][0]["message"])
    rank = next((s for s in for_vacancy(held_vacancy, on=today) if s.person.pk == person.pk), None)
    row = Referral.objects.create(
        vacancy=held_vacancy, person=person, organisation=held_vacancy.organisation,
        score=rank.score if rank else 0.0, reasons=list(rank.why) if rank else [], gate=stored, made_by=actor,
        made_at=now, keep_until=anniversary(today, ledger_years(today)),
    )  # fmt: skip
    ledger.record(verb="access.refer", subject=row, actor=actor, now=now, vacancy=held_vacancy.pk,
                  verdict=decision.verdict.value, certificates=len(held))  # fmt: skip
    return row


@transaction.atomic
def record_outcome(*, referral: Referral, outcome: str, actor: Account, now: datetime) -> Referral:
    """What came of a referral; the same outcome twice is once, another one is a Conflict."""
    row = Referral.objects.select_for_update().get(pk=referral.pk)
    if row.outcome == outcome:
        return row
    if row.outcome:
        raise Conflict("outcome_recorded", _SETTLED)
    row.outcome, row.outcome_at = outcome, now
    row.save(update_fields=["outcome", "outcome_at"])
    ledger.record(verb="access.referral_outcome", subject=row, actor=actor, now=now, outcome=outcome)
    return row


# --- guidance


def advice_for(
    *, person: Person, occupation: str, level: int, on: date, stated: Sequence[Stated] = (), complete: bool = False
) -> Advice:  # fmt: skip
    """What a person lacks for an occupation and level on a day, and the nearest way to it."""
    held = holdings.held([person.pk]).get(person.pk, ())
    said = claims_for(person, occupation=occupation, on=on, stated=stated, complete=complete)
    return advise(
        law_as_known(), occupation=occupation, level=level, on=on, levels=occupation_levels(on=on, names=[occupation]),
        claims=claims_of(said, held, occupation, on),
    )  # fmt: skip


def plain_advice(advice: Advice, stated: Sequence[Stated] = ()) -> dict[str, Any]:
    """An advice as it is stored and printed, with the statements it rests on."""
    names = {str(row["code"]): row for row in law().tables["evidence"]}
    return {
        "stated": [
            {
                "zh": s.say("zh"),
                "en": s.say("en"),
                "proof": s.proof,
                "proof_zh": PROOFS[s.proof].zh,
                "proof_en": PROOFS[s.proof].en,
            }
            for s in stated
        ],
        "via": advice.via,
        "rules": advice.rules.title,
        "citation": advice.rules.citation.say(),
        "verified": advice.rules.verified,
        "may_enrol": advice.may_enrol,
        "ways": [
            {
                "code": w.judgement.alternative,
                "verdict": w.judgement.verdict.value,
                "zh": wording.zh,
                "en": wording.en,
                "missing_years": w.missing_years,
                "evidence": list(w.judgement.evidence),
                "bring_zh": [str(names[e]["name"]) for e in w.judgement.evidence],
                "bring_en": [str(names[e]["name_en"]) for e in w.judgement.evidence],
                "findings": [
                    {"verdict": f.verdict.value, "zh": f.say("zh"), "en": f.say("en")}
                    for f in w.judgement.findings
                ],
            }
            for w in advice.ways[:4]
            for wording in [
                next(a.wording for a in advice.rules.alternatives if a.code == w.judgement.alternative)
            ]
        ],
    }


@transaction.atomic
def guide(
    *, person: Person, occupation: str, level: int, region: str, actor: Account, now: datetime,
    told: Sequence[Stated] = (),
) -> Guidance:  # fmt: skip
    """Tell a person what to do about a missing certificate and remember to look again; once while open.

    The advice rests on the register, on what the person stated and shares, and on what is `told` at the counter.
    An open guidance is judged anew when more is told or stated.
    """
    name, today = official_name(occupation), day_of(now)
    stated, complete = stated_by(person, reader=actor)
    stated += [t for t in told if t not in stated]
    advice = advice_for(
        person=person, occupation=name, level=level, on=today, stated=stated, complete=complete
    )
    plain = plain_advice(advice, stated)
    existing = (
        Guidance.objects.select_for_update()
        .filter(person=person, occupation=name, level=level, state="open")
        .first()
    )
    if existing is not None:
        if stated and existing.advice != plain:
            existing.advice = plain
            existing.save(update_fields=["advice"])
            ledger.record(verb="access.guide_again", subject=existing, actor=actor, now=now, told=len(told))
        return existing
    days = law().number("guidance.look_again_days", on=today)
    row = Guidance.objects.create(
        person=person, organisation=actor.organisation, occupation=name, level=level, region=region,
        advice=plain, look_again_on=today + timedelta(days=days), made_by=actor, made_at=now,
    )  # fmt: skip
    ledger.record(verb="access.guide", subject=row, actor=actor, now=now, occupation=name, level=level)
    return row


def close_guidances(*, persons: Iterable[int] | None, now: datetime) -> int:
    """Close the follow-ups of those who have obtained the certificate; returns how many."""
    rows = Guidance.objects.filter(state=Guidance.State.OPEN).select_related("person")
    if persons is not None:
        rows = rows.filter(person_id__in=persons)
    waiting = list(rows)
    held = holdings.held({g.person_id for g in waiting})
    closed, today = 0, day_of(now)
    for guidance in waiting:
        fits = any(
            c.counts_on(today)
            and c.level is not None
            and covers(c.level, guidance.level)
            and guidance.occupation
            in {canonical(c.occupation), *law().successors(canonical(c.occupation), on=today)}
            for c in held.get(guidance.person_id, ())
        )
        if fits:
            closed += _close(guidance, now)
    return closed


@transaction.atomic
def _close(guidance: Guidance, now: datetime) -> int:
    row = Guidance.objects.select_for_update().get(pk=guidance.pk)
    if row.state != Guidance.State.OPEN:
        return 0
    row.state, row.closed_at = Guidance.State.CLOSED, now
    row.save(update_fields=["state", "closed_at"])
    if row.organisation_id is not None:
        DeskMessage.objects.get_or_create(
            organisation_id=row.organisation_id, key=f"guidance-{row.pk}",
            defaults={"code": "guidance_closed", "at": now,
                      "params": {"name": mask(guidance.person.name, 1, 0), "occupation": row.occupation}},
        )  # fmt: skip
    ledger.record(verb="access.close_guidance", subject=row, actor=None, now=now)
    return 1


@transaction.atomic
def keep_offer(
    *, body: str, region: str, occupation: str, level: int, hours: int, cost_fen: int, starts_on: date,
    ends_on: date, contact: str, actor: Account, now: datetime,
) -> TrainingOffer:  # fmt: skip
    """Publish or correct a course within one's region."""
    require_jurisdiction(actor, region=region)
    row, made = TrainingOffer.objects.update_or_create(
        body=body, occupation=official_name(occupation), level=level, starts_on=starts_on,
        defaults={"region": region, "hours": hours, "cost_fen": cost_fen, "ends_on": ends_on, "contact": contact,
                  "kept_by": actor},
    )  # fmt: skip
    ledger.record(verb="access.keep_offer", subject=row, actor=actor, now=now, made=made)
    return row

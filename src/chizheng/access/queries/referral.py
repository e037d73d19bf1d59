"""Vacancies, seekers, referrals and guidance; matching both ways with the gate first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from chizheng.access import holdings
from chizheng.access.core.gate import Decision, HeldCertificate, Verdict, opening_names
from chizheng.access.core.matching import (
    ANY_LEVEL,
    Requirement,
    Seekers,
    Vacancies,
    Weights,
    Why,
    match,
    place_key,
)
from chizheng.access.models import Guidance, Referral, SeekerProfile, TrainingOffer, Vacancy
from chizheng.access.queries.gates import decide_gate, law_as_known
from chizheng.assessment.core.states import State as SessionState
from chizheng.assessment.models import Session
from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.places import contains
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, GateKind
from chizheng.people.models import Account, Person
from chizheng.people.queries import within

_NO_VACANCY = Wording(zh="没有这个岗位，或它不属于您", en="no such vacancy, or it is not yours")
_NO_REFERRAL = Wording(zh="没有这条推荐记录，或它不属于您", en="no such referral, or it is not yours")
_NO_GUIDANCE = Wording(zh="没有这条培训指导，或它不属于您", en="no such guidance, or it is not yours")


def access_vacancies(account: Account) -> QuerySet[Vacancy]:
    """Vacancies a body posted itself; bodies of the state those of their region."""
    rows = Vacancy.objects.select_related("organisation", "ad").order_by("-posted_at", "-pk")
    if account.role in ("agency", "employer"):
        return rows.filter(organisation_id=account.organisation_id or 0)
    if account.role in ("authority", "centre"):
        return rows.filter(within(account, "region"))
    return rows.none()


def access_vacancy(account: Account, uuid: UUID | str) -> Vacancy:
    found = access_vacancies(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_vacancy", _NO_VACANCY)
    return found


def access_referrals(account: Account) -> QuerySet[Referral]:
    """The ledger of referrals: an agency (or employer) those it made, a seeker those about them, the
    authority those of its region."""
    rows = Referral.objects.select_related("vacancy", "person", "organisation").order_by("-made_at", "-pk")
    if account.role in ("agency", "employer"):
        return rows.filter(organisation_id=account.organisation_id or 0)
    if account.role == "candidate":
        return rows.filter(person_id=account.person_id or 0)
    if account.role == "authority":
        return rows.filter(within(account, "organisation__region"))
    return rows.none()


def access_referral(account: Account, uuid: UUID | str) -> Referral:
    found = access_referrals(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_referral", _NO_REFERRAL)
    return found


def access_guidances(account: Account) -> QuerySet[Guidance]:
    rows = Guidance.objects.select_related("person", "organisation").order_by("state", "look_again_on", "pk")
    if account.role == "agency":
        return rows.filter(organisation_id=account.organisation_id or 0)
    if account.role == "candidate":
        return rows.filter(person_id=account.person_id or 0)
    if account.role == "centre":
        return rows.filter(within(account, "region"))
    return rows.none()


def access_guidance(account: Account, uuid: UUID | str) -> Guidance:
    found = access_guidances(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_guidance", _NO_GUIDANCE)
    return found


def own_profile(account: Account) -> SeekerProfile | None:
    return (
        SeekerProfile.objects.filter(person_id=account.person_id or 0).first() if account.person_id else None
    )


# --- matching


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A seeker for a vacancy (or the other way round): points, reasons, and the decision that let them in."""

    vacancy: Vacancy
    person: Person
    score: float
    why: tuple[str, ...]
    decision: Decision


def for_vacancy(vacancy: Vacancy, *, on: date) -> list[Suggestion]:
    """The best seekers for a vacancy; everybody shown was let in by the gate on the day and on the start day."""
    profiles = list(
        SeekerProfile.objects.filter(consent=True, occupations__contains=[canonical(vacancy.occupation)])
        .exclude(person__referrals__vacancy=vacancy)
        .select_related("person")
        .order_by("pk")
    )
    return _suggest([vacancy], profiles, on=on, by_seeker=False)


def for_seeker(profile: SeekerProfile, *, on: date) -> list[Suggestion]:
    """The best open vacancies for a seeker."""
    vacancies = list(
        Vacancy.objects.filter(state=Vacancy.State.OPEN, occupation__in=profile.occupations)
        .exclude(referrals__person=profile.person)
        .select_related("organisation")
        .order_by("pk")
    )
    return _suggest(vacancies, [profile], on=on, by_seeker=True)


def _suggest(
    vacancies: Sequence[Vacancy], profiles: Sequence[SeekerProfile], *, on: date, by_seeker: bool
) -> list[Suggestion]:
    held = holdings.held([p.person_id for p in profiles])
    numbers = _Numbers()
    seekers = _seekers(profiles, held, numbers, on)
    gates: list[tuple[Requirement, ...]] = []
    table = _vacancies(vacancies, gates, numbers, on)
    found = match(
        seekers, table, gates, weights(on), top=law().number("matching.shown", on=on), by_seeker=by_seeker
    )
    suggestions = []
    for v, s, score, why in zip(found.vacancy, found.seeker, found.score, found.why, strict=True):
        vacancy, profile = vacancies[int(v)], profiles[int(s)]
        decision = decide_referral(vacancy, held.get(profile.person_id, ()), on=on)
        if decision.verdict is Verdict.MISSING:  # nobody passes on the strength of the ranking alone
            continue
        reasons = tuple(str(w.name).lower() for w in Why if int(why) & w)
        suggestions.append(Suggestion(vacancy, profile.person, float(score), reasons, decision))
    return suggestions


def decide_referral(vacancy: Vacancy, held: Sequence[HeldCertificate], *, on: date) -> Decision:
    """May somebody who holds these be referred on `on`, for a post that starts when the vacancy says?"""
    start = max(on, vacancy.start_on)
    return decide_gate(
        act=Act.REFER, occupation=vacancy.occupation, on=on, place=vacancy.region, level=vacancy.level,
        held=[c for c in held if c.counts_on(start)],
    )  # fmt: skip


def weights(on: date) -> Weights:
    def points(name: str) -> float:
        return float(law().number(f"matching.weight_{name}", on=on))

    return Weights(points("wish"), points("level"), points("near"), points("wage"))


class _Numbers(dict[str, int]):
    """A number for every name, given when first met."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def _seekers(
    profiles: Sequence[SeekerProfile],
    held: dict[int, tuple[HeldCertificate, ...]],
    numbers: _Numbers,
    on: date,
) -> Seekers:
    wishes = [
        (at, numbers[canonical(o)], place_key(r), rank)
        for at, p in enumerate(profiles)
        for rank, o in enumerate(p.occupations)
        for r in p.regions or [""]
    ]
    papers = [
        (at, numbers[canonical(c.occupation)], c.level or ANY_LEVEL)
        for at, p in enumerate(profiles)
        for c in held.get(p.person_id, ())
        if c.counts_on(on)
    ]
    w = np.array(wishes, np.int64).reshape(-1, 4).T
    h = np.array(papers, np.int64).reshape(-1, 3).T
    return Seekers(
        len(profiles), w[0], w[1], w[2], w[3], h[0], h[1], h[2],
        np.array([place_key(p.region) for p in profiles], np.int64),
        np.array([p.wage_floor_fen for p in profiles], np.int64),
    )  # fmt: skip


def _vacancies(
    vacancies: Sequence[Vacancy], gates: list[tuple[Requirement, ...]], numbers: _Numbers, on: date
) -> Vacancies:
    known = law_as_known()
    index: list[int] = []
    for vacancy in vacancies:
        decision = decide_referral(vacancy, (), on=on)
        if decision.verdict is not Verdict.MISSING:
            index.append(-1)
            continue
        requirement = []
        for row in decision.rows:
            if row.kind is GateKind.GATE or (row.kind is GateKind.LICENCE and not row.scope):
                names = opening_names(known, row, official=decision.occupation, on=on, names=list(numbers))
                level = ANY_LEVEL
                if row.kind is GateKind.GATE:
                    level = min(n for n in (row.level, vacancy.level, ANY_LEVEL) if n is not None)
                requirement.append(Requirement(frozenset(numbers[n] for n in names), level))
        gates.append(tuple(requirement))
        index.append(len(gates) - 1)
    return Vacancies(
        np.array([numbers[canonical(v.occupation)] for v in vacancies], np.int64),
        np.array([place_key(v.region) for v in vacancies], np.int64),
        np.array([v.level or ANY_LEVEL for v in vacancies], np.int64),
        np.array([v.wage_fen for v in vacancies], np.int64),
        np.array(index, np.int64),
    )


# --- training


def offers_for(occupation: str, level: int, *, region: str, on: date, shown: int = 6) -> list[TrainingOffer]:
    """Courses that start on or after a day, the nearest place first, then the earliest."""
    rows = TrainingOffer.objects.filter(
        occupation=canonical(occupation), level=level, starts_on__gte=on, region__startswith=region[:2]
    )
    return sorted(rows, key=lambda o: (_distance(region, o.region), o.starts_on, o.pk))[:shown]


def sessions_for(occupation: str, level: int, *, region: str, on: date, shown: int = 6) -> list[Session]:
    """Sittings that still take enrolments, the nearest place first, then the earliest."""
    rows = Session.objects.filter(
        occupation=canonical(occupation), level=level, enrolment_close__gte=on, state=SessionState.ENROLLING,
        region__startswith=region[:2],
    ).select_related("station")  # fmt: skip
    return sorted(rows, key=lambda s: (_distance(region, s.region), s.exam_date, s.pk))[:shown]


def _distance(here: str, there: str) -> int:
    """0 the same county, 1 the same city, 2 the same province, 3 elsewhere."""
    return next((3 - n // 2 for n in (6, 4, 2) if len(here) >= n and contains(here[:n], there)), 3)


def open_guidances(persons: Iterable[int] | None = None) -> QuerySet[Guidance]:
    rows = Guidance.objects.filter(state=Guidance.State.OPEN)
    return rows.filter(person_id__in=list(persons)) if persons is not None else rows

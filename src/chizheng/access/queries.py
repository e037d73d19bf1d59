"""Reads of employment access: the gate decision over the law and the catalogue as they stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db.models import QuerySet

from chizheng.access.core.editions import row_of
from chizheng.access.core.gate import (
    Decision,
    GatedEntry,
    HeldCertificate,
    Levels,
    Reason,
    decide,
    gated_list,
)
from chizheng.access.core.wording import say_reason
from chizheng.access.models import ExceptionRequest, GateOverlay, LawEdition, RegistrationCheck
from chizheng.catalogue.queries import list_occupations
from chizheng.certificates.queries import held as certificates_of
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, Citation, GateKind, GateRow, Law
from chizheng.people.models import Account


def occupation_levels(*, on: date) -> Levels:
    """What the catalogue knows of each occupation's levels on a day."""
    return {name: frozenset(levels) for name, levels in list_occupations(on=on).values_list("name", "levels")}


def say(reason: Reason, lang: str) -> str:
    """The sentence of a reason, levels by their names."""
    return say_reason(reason, law().level_names, lang)


def decide_gate(
    *,
    known: datetime | None = None,
    act: Act,
    occupation: str,
    on: date,
    place: str = "",
    level: int | None = None,
    held: Sequence[HeldCertificate] = (),
    demanded: bool = False,
    exemptions: Sequence[str] = (),
    already_in_post_since: date | None = None,
) -> Decision:
    """The one answer that desks, API and other authorities get (`access.core.gate.decide`)."""
    return decide(
        law_as_known(known),
        act=act,
        occupation=occupation,
        on=on,
        place=place,
        level=level,
        held=held,
        demanded=demanded,
        exemptions=exemptions,
        occupation_levels=occupation_levels(on=on),
        already_in_post_since=already_in_post_since,
    )


# --- the law, as known


def law_as_known(at: datetime | None = None) -> Law:
    """The shipped law with the places' own gates; `at`: as we knew it at that instant, not as we know it now."""
    shipped = law()
    gates = shipped.gates
    if at is not None:
        edition = LawEdition.objects.filter(loaded_at__lte=at).order_by("-loaded_at").first()
        if edition is not None:
            gates = tuple(row_of(value) for value in edition.rows)
    overlays = tuple(_row(o) for o in _overlays(at))
    if gates is shipped.gates and not overlays:
        return shipped
    return replace(shipped, gates=gates + overlays)


def _overlays(at: datetime | None) -> list[GateOverlay]:
    rows = GateOverlay.objects.all()
    return list(rows.filter(known__upper_inf=True) if at is None else rows.filter(known__contains=at))


def _row(o: GateOverlay) -> GateRow:
    citation = Citation(f"overlay-{o.pk}", o.title, o.number, o.article, o.verified)
    return GateRow(
        key=f"overlay-{o.pk}", occupation=o.occupation, acts=frozenset(Act(a) for a in o.acts), level=o.level,
        place=o.place, period=Period(o.valid.lower, o.valid.upper), kind=GateKind.GATE, citation=citation,
        verified=o.verified, scope=o.scope,
    )  # fmt: skip


def published_list(
    *, on: date, place: str = "", act: Act | None = None, known: datetime | None = None
) -> dict[str, tuple[GatedEntry, ...]]:
    """The published list 就业准入公布目录 in its sections: gates, other bodies' licences, those to come, notices."""
    at_hand = law_as_known(known)
    levels = occupation_levels(on=on)
    return {
        kind.value: gated_list(
            at_hand, on=on, place=place, act=act, occupation_levels=levels, kinds=frozenset({kind})
        )
        for kind in (GateKind.GATE, GateKind.LICENCE, GateKind.PENDING, GateKind.ADVICE)
    }


def list_difference(
    *, first: date, second: date, place: str = ""
) -> tuple[tuple[GatedEntry, ...], tuple[GatedEntry, ...]]:
    """(entries that left, entries that came) between two days."""
    old = {e.occupation: e for e in published_list(on=first, place=place)["gate"]}
    new = {e.occupation: e for e in published_list(on=second, place=place)["gate"]}
    return tuple(e for n, e in old.items() if n not in new), tuple(e for n, e in new.items() if n not in old)


def held_by(persons: Collection[int]) -> dict[int, tuple[HeldCertificate, ...]]:
    """Certificates of persons as the gate takes them."""
    return {
        person: tuple(HeldCertificate(c.occupation, c.level, c.issued, None, c.state) for c in rows)
        for person, rows in certificates_of(persons).items()
    }


def access_checks(account: Account) -> QuerySet[RegistrationCheck]:
    """Registration checks of one's jurisdiction; a clerk sees their place, the authority what lies in it."""
    rows = RegistrationCheck.objects.prefetch_related("people").order_by("-asked_at")
    if account.role in ("registrar", "authority"):
        return rows.filter(place__startswith=account.region)
    return rows.none()


def access_exceptions(account: Account) -> QuerySet[ExceptionRequest]:
    """Exception requests: an employer's own, the authority's of its region."""
    rows = ExceptionRequest.objects.select_related("organisation").order_by("-asked_at")
    if account.role == "employer":
        return rows.filter(organisation__accounts=account)
    if account.role == "authority":
        return rows.filter(place__startswith=account.region)
    return rows.none()

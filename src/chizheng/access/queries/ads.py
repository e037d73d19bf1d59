"""Ads, doubts, words and agencies' papers; and the vetter of a day that knows what persons decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from chizheng.access.core.ads.day import Day
from chizheng.access.core.ads.lexicon import Kind, Lexicon, Word
from chizheng.access.core.ads.vet import Vetter
from chizheng.access.io.alias_table import cues, lexicon, lexicon_with
from chizheng.access.models import Ad, AdDoubt, AdWord, AgencyLicence, Mandate
from chizheng.access.queries.gates import law_as_known, occupation_levels
from chizheng.catalogue.io.shelf import catalogue
from chizheng.kernel.errors import NotFound
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import within

_NO_AD = Wording(zh="没有这份招聘简章，或它不属于您", en="no such ad, or it is not yours")
_NO_DOUBT = Wording(
    zh="没有这条待判断的词，或它不在您的管辖范围内", en="no such word to decide, or not yours"
)
_OWN = frozenset({"agency", "employer"})
_STATE = frozenset({"authority", "centre", "inspector"})


def access_ads(account: Account) -> QuerySet[Ad]:
    """The ledger of ads: a body its own, bodies of the state those of their region."""
    rows = Ad.objects.select_related("organisation", "mandate").order_by("-vetted_at", "-pk")
    if account.role in _OWN:
        return rows.filter(organisation_id=account.organisation_id or 0)
    if account.role in _STATE:
        return rows.filter(within(account, "organisation__region"))
    return rows.none()


def access_ad(account: Account, uuid: UUID | str) -> Ad:
    found = access_ads(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_ad", _NO_AD)
    return found


def access_doubts(account: Account) -> QuerySet[AdDoubt]:
    """Words waiting for a decision in the region of a centre or authority, each word once."""
    rows = AdDoubt.objects.filter(decided_at__isnull=True).select_related("ad__organisation")
    if account.role not in ("centre", "authority"):
        return rows.none()
    rows = rows.filter(within(account, "region"))
    earlier = rows.filter(word=OuterRef("word"), pk__lt=OuterRef("pk"))
    return rows.filter(~Exists(earlier)).order_by("confidence", "pk")


def access_doubt(account: Account, pk: int) -> AdDoubt:
    found = access_doubts(account).filter(pk=pk).first()
    if found is None:
        raise NotFound("no_doubt", _NO_DOUBT)
    return found


def access_mandates(account: Account) -> QuerySet[Mandate]:
    rows = Mandate.objects.order_by("-period")
    return rows.filter(agency_id=account.organisation_id or 0) if account.role == "agency" else rows.none()


def access_licences(account: Account) -> QuerySet[AgencyLicence]:
    """Licences of agencies: an agency its own, the authority those of its region."""
    rows = AgencyLicence.objects.select_related("organisation").order_by("organisation__name", "-period")
    if account.role == "agency":
        return rows.filter(organisation_id=account.organisation_id or 0)
    if account.role == "authority":
        return rows.filter(within(account, "organisation__region"))
    return rows.none()


def licence_on(organisation: Organisation, day: date) -> AgencyLicence | None:
    return AgencyLicence.objects.filter(organisation=organisation, period__contains=day).first()


def mandates_on(organisation: Organisation, day: date) -> QuerySet[Mandate]:
    return Mandate.objects.filter(agency=organisation, period__contains=day).order_by("employer_name")


_KINDS: Mapping[str, Kind] = {"name": Kind.NAME, "trade": Kind.TRADE, "block": Kind.BLOCK}


def words_decided() -> tuple[Word, ...]:
    """Decisions of persons as words of the alias table."""
    return tuple(
        Word(w.word, _KINDS[w.kind], tuple(w.occupations), period=Period(w.period.lower, w.period.upper))
        for w in AdWord.objects.order_by("pk")
    )


def lexicon_on(on: date) -> Lexicon:
    """The alias table with the decisions in force on a day."""
    decided = words_decided()
    return _lexicon(decided, on) if decided else lexicon(on)


@lru_cache(maxsize=8)
def _lexicon(decided: tuple[Word, ...], on: date) -> Lexicon:
    return lexicon_with(decided, on)


def vetter(*, on: date, place: str = "") -> Vetter:
    """The vetter of a day and place, over the law as known now."""
    levels = dict(catalogue().levels) | dict(occupation_levels(on=on))
    return Vetter(lexicon_on(on), cues(), Day(law_as_known(), on=on, place=place, levels=levels))


def segments(text: str, marks: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """A text cut at its marks: (piece, kind), kind '' between them; overlapping marks are dropped."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for mark in sorted(marks, key=lambda m: (m["start"], -m["end"])):
        if mark["start"] < at:
            continue
        pieces += [(text[at : mark["start"]], ""), (text[mark["start"] : mark["end"]], mark["kind"])]
        at = mark["end"]
    pieces.append((text[at:], ""))
    return [p for p in pieces if p[0]]

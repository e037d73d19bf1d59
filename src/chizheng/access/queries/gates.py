"""The law as it was known, the gate decision over it, and the published list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.db.models import Q, QuerySet

from chizheng.access.core.editions import from_plain
from chizheng.access.core.gate import Decision, HeldCertificate, Levels, Reason, decide
from chizheng.access.core.listing import Line, lines
from chizheng.access.core.wording import say_reason
from chizheng.access.models import GateOverlay, LawEdition
from chizheng.catalogue.io.shelf import catalogue
from chizheng.catalogue.queries import list_occupations
from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, Citation, GateKind, GateRow, Law
from chizheng.people.models import Account
from chizheng.people.queries import within
from chizheng.platform.clock import CHINA

_NO_OVERLAY = Wording(zh="没有这条地方增补，或它不在您的管辖范围内", en="no such local row, or not yours")


def law_as_known(at: datetime | None = None) -> Law:
    """The law with the local rows held true at the instant `at` (None: now).

    For a past instant the shipped gates are those of the edition this installation had then; before the
    first edition nothing was known, and the law has no gates.
    """
    overlays = GateOverlay.objects.order_by("pk")
    if at is None:
        known = tuple(overlays.filter(known_until__isnull=True).values_list("pk", flat=True))
        return _combined(None, known)
    known = tuple(
        overlays.filter(known_from__lte=at)
        .filter(Q(known_until__isnull=True) | Q(known_until__gt=at))
        .values_list("pk", flat=True)
    )
    edition = (
        LawEdition.objects.filter(known_from__lte=at)
        .order_by("-known_from")
        .values_list("pk", flat=True)
        .first()
    )
    return _combined(edition or 0, known)


@lru_cache(maxsize=16)
def _combined(edition: int | None, overlays: tuple[int, ...]) -> Law:
    """`edition` None: the shipped law of this process; 0: none known. Rows never change once written."""
    shipped = law()
    gates = shipped.gates
    if edition is not None:
        gates = from_plain(LawEdition.objects.get(pk=edition).rows) if edition else ()
    if edition is None and not overlays:
        return shipped
    local = tuple(overlay_row(o) for o in GateOverlay.objects.filter(pk__in=overlays).order_by("pk"))
    return replace(shipped, gates=gates + local)


def overlay_row(o: GateOverlay) -> GateRow:
    """A local row as the gate reads it."""
    return GateRow(
        key=f"local-{o.pk}", occupation=canonical(o.occupation), acts=frozenset(Act(a) for a in o.acts),
        level=o.level, place=o.place, period=Period(o.period.lower, o.period.upper), kind=GateKind(o.kind),
        citation=Citation(f"local-{o.pk}", o.title, o.number, o.article, o.verified), verified=o.verified,
        scope=o.scope, transition_until=o.transition_until, authority=o.authority,
    )  # fmt: skip


def knowledge_since() -> date | None:
    """The first day of which "what did we know" can be answered."""
    first = LawEdition.objects.order_by("known_from").values_list("known_from", flat=True).first()
    return first.astimezone(CHINA).date() if first else None


def end_of(day: date) -> datetime:
    """The last instant that still belongs to a day in China."""
    return datetime.combine(day + timedelta(days=1), time(0), CHINA) - timedelta(microseconds=1)


def occupation_levels(*, on: date, names: Iterable[str] | None = None) -> Levels:
    """What the catalogue knows of occupations' levels on a day; of `names` only, where given."""
    rows = list_occupations(on=on)
    if names is not None:
        rows = rows.filter(name__in=list(names))
    return {name: frozenset(levels) for name, levels in rows.values_list("name", "levels")}


def say(reason: Reason, lang: str) -> str:
    """The sentence of a reason, levels by their names."""
    return say_reason(reason, law().level_names, lang)


def decide_gate(
    *,
    act: Act,
    occupation: str,
    on: date,
    place: str = "",
    level: int | None = None,
    held: Sequence[HeldCertificate] = (),
    demanded: bool = False,
    exemptions: Sequence[str] = (),
    already_in_post_since: date | None = None,
    known_law: Law | None = None,
) -> Decision:
    """The one answer that desks, API and other authorities get (`access.core.gate.decide`)."""
    known_law = known_law or law_as_known()
    aliases = catalogue().aliases
    return decide(
        known_law,
        act=act,
        occupation=occupation,
        on=on,
        place=place,
        level=level,
        held=held,
        demanded=demanded,
        exemptions=exemptions,
        occupation_levels=occupation_levels(on=on, names=_around(known_law, occupation, on)),
        aliases=aliases,
        already_in_post_since=already_in_post_since,
    )


def _around(known_law: Law, occupation: str, on: date) -> list[str]:
    """Every name under which the catalogue may know what is asked about."""
    asked = canonical(occupation)
    official = canonical(catalogue().aliases.get(asked, asked))
    found = {asked, official}
    for name in (asked, official):
        found.update(known_law.successors(name, on=on))
        found.update(r.old for r in known_law.predecessors(name))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Published:
    """The list for a place and a day, as it was known at an instant (None: now)."""

    on: date
    place: str
    act: Act | None
    known: date | None
    lines: tuple[Line, ...]

    def of(self, *kinds: GateKind) -> list[Line]:
        return [x for x in self.lines if x.kind in kinds]


def list_gated(*, on: date, place: str = "", act: Act | None = None, known: date | None = None) -> Published:
    """The published list 就业准入职业名单."""
    the_law = law_as_known(end_of(known) if known else None)
    return Published(
        on, place, act, known,
        tuple(lines(the_law, on=on, place=place, act=act, levels=occupation_levels(on=on))),
    )  # fmt: skip


def access_overlays(account: Account) -> QuerySet[GateOverlay]:
    """Local rows an authority keeps: those of its own place and below."""
    rows = GateOverlay.objects.select_related("kept_by").order_by("place", "occupation", "-known_from")
    return rows.filter(within(account, "place")) if account.role == "authority" else rows.none()


def access_overlay(account: Account, pk: int) -> GateOverlay:
    found = access_overlays(account).filter(pk=pk).first()
    if found is None:
        raise NotFound("no_overlay", _NO_OVERLAY)
    return found

"""Reads of employment access: the gate decision over the law and the catalogue as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chizheng.access.core.gate import Decision, HeldCertificate, Levels, Reason, decide
from chizheng.access.core.wording import say_reason
from chizheng.catalogue.queries import list_occupations
from chizheng.law.io.shelf import law
from chizheng.law.types import Act


def occupation_levels(*, on: date) -> Levels:
    """What the catalogue knows of each occupation's levels on a day."""
    return {name: frozenset(levels) for name, levels in list_occupations(on=on).values_list("name", "levels")}


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
) -> Decision:
    """The one answer that desks, API and other authorities get (`access.core.gate.decide`)."""
    return decide(
        law(),
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

"""What seekers state of themselves, and the claims that follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chizheng.access.core.background import Stated, claims_from
from chizheng.access.models import Background
from chizheng.assessment.core.eligibility import Claims
from chizheng.catalogue.io.shelf import catalogue
from chizheng.people.models import Account, Person


def own_background(account: Account) -> Background | None:
    """The background a seeker stated, of their own account only."""
    if account.person_id is None:
        return None
    return Background.objects.filter(person_id=account.person_id).prefetch_related("experiences").first()


def stated_by(person: Person, *, reader: Account | None) -> tuple[list[Stated], bool]:
    """A person's statements and whether they are all, as far as `reader` may know of them.

    The person reads their own; others only what the person shares.
    """
    row = Background.objects.filter(person=person).prefetch_related("experiences").first()
    own = reader is not None and reader.person_id == person.pk
    if row is None or not (own or row.shared):
        return [], False
    return [e.stated() for e in row.experiences.all()], row.complete


def claims_for(
    person: Person, *, occupation: str, on: date, stated: Sequence[Stated], complete: bool
) -> Claims:
    """What is claimed for admission to an occupation, from records and statements."""
    return claims_from(
        stated, occupation=occupation, on=on, birth=person.birth, complete=complete, groups=_groups()
    )


def _groups() -> dict[str, str]:
    """The group 小类 of every occupation that has a code: its first three parts."""
    return {
        name: "-".join(o.code.split("-")[:3])
        for name, o in catalogue().by_name.items()
        if o.code.count("-") >= 3
    }

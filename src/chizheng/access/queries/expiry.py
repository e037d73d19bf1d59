"""What of an employer's staff runs out soon: certificates, licences of other authorities, exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chizheng.access import holdings
from chizheng.access.models import ExceptionRequest, StaffMember
from chizheng.law.io.shelf import law


@dataclass(frozen=True, slots=True)
class Due:
    """Something that holds until `until` (exclusive); `days` are left, 0 or less: it has run out.

    `kind`: certificate, licence or exception; `key` tells rows of a kind apart; `name` '' where it is about
    nobody in particular.
    """

    organisation: int
    kind: str
    key: str
    name: str
    tail: str
    occupation: str
    what: str
    until: date
    days: int


def notice_days(on: date) -> list[int]:
    """Days before the end on which an employer is told, the nearest first."""
    value = law().value("staff.expiry_notice_days", on=on).value
    assert isinstance(value, tuple)
    return sorted(int(n) for n in value)


def due_soon(*, on: date, within: int, organisation: int | None = None) -> list[Due]:
    """What runs out within `within` days of a day, or has run out, the earliest first.

    Covers everybody in a post of `organisation` (None: of all). A certificate that was renewed, or a better
    one of the same occupation, takes the older one off the list.
    """
    limit = on + timedelta(days=within)
    found = [*_of_staff(on, limit, organisation), *_of_exceptions(on, limit, organisation)]
    return sorted(found, key=lambda d: (d.until, d.organisation, d.occupation, d.key))


def _of_staff(on: date, limit: date, organisation: int | None) -> Iterator[Due]:
    rows = StaffMember.objects.filter(until__isnull=True).order_by("pk")
    if organisation is not None:
        rows = rows.filter(organisation_id=organisation)
    members = list(rows)
    held = holdings.held({m.person_id for m in members if m.person_id is not None})
    for member in members:
        if member.licence_until is not None and member.licence_until <= limit:
            yield _due(member, "licence", member.licence, member.licence_until, on)
        last: dict[str, date | None] = {}
        for c in held.get(member.person_id or 0, ()):
            if c.occupation not in last:
                last[c.occupation] = c.valid_until
            elif c.valid_until is None or last[c.occupation] is None:
                last[c.occupation] = None
            else:
                last[c.occupation] = max(c.valid_until, last[c.occupation] or c.valid_until)
        for occupation, until in sorted(last.items()):
            if until is not None and until <= limit:
                yield _due(member, "certificate", occupation, until, on)


def _due(member: StaffMember, kind: str, what: str, until: date, on: date) -> Due:
    return Due(
        member.organisation_id, kind, f"{member.pk}-{what}"[:40], member.name, member.tail, member.occupation, what,
        until, (until - on).days,
    )  # fmt: skip


def _of_exceptions(on: date, limit: date, organisation: int | None) -> Iterator[Due]:
    rows = ExceptionRequest.objects.filter(
        state=ExceptionRequest.State.GRANTED, period__endswith__lte=limit, period__endswith__gt=on
    )
    if organisation is not None:
        rows = rows.filter(organisation_id=organisation)
    for row in rows:
        what = law().exemption(row.code).wording.zh
        yield Due(row.organisation_id, "exception", str(row.pk), row.name or "", row.tail, row.occupation, what,
                  row.period.upper, (row.period.upper - on).days)  # fmt: skip

"""A place's own gate is kept by its labour authority: added, or corrected with what we knew before left in place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from chizheng.access.core.editions import digest, plain
from chizheng.access.models import GateOverlay, LawEdition
from chizheng.kernel.errors import Forbidden
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger

_ROLE = Wording(
    zh="地方准入规定由当地劳动行政部门维护", en="a place's gates are kept by its labour authority"
)


@transaction.atomic
def keep_overlay(
    *, occupation: str, acts: Sequence[str], level: int | None, place: str, start: date, end: date | None, title: str,
    number: str, article: str, scope: str, verified: bool, actor: Account, now: datetime,
) -> GateOverlay:  # fmt: skip
    """Add a gate of a place in force over [start, end). Rows it overlaps stop being known now and stay readable
    for earlier instants; the same row twice is one."""
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=place)
    valid = DateRange(start, end)
    fields = {"acts": list(acts), "level": level, "title": title, "number": number, "article": article,
              "scope": scope, "verified": verified}  # fmt: skip
    standing = GateOverlay.objects.select_for_update().filter(
        occupation=occupation, place=place, valid__overlap=valid, known__upper_inf=True
    )
    for old in standing:
        if old.valid == valid and all(getattr(old, k) == v for k, v in fields.items()):
            return old
        old.known = DateTimeTZRange(old.known.lower, now)
        old.save(update_fields=["known"])
    row = GateOverlay.objects.create(
        occupation=occupation,
        place=place,
        valid=valid,
        known=DateTimeTZRange(now, None),
        kept_by=actor,
        **fields,
    )
    ledger.record(
        verb="access.keep_overlay", subject=row, actor=actor, now=now, basis=f"{title} {article}", place=place
    )
    return row


@transaction.atomic
def note_edition(*, now: datetime) -> LawEdition:
    """Remember the shipped gate rows if this version of them was never seen; twice is once."""
    rows = law().gates
    edition, made = LawEdition.objects.get_or_create(
        digest=digest(rows), defaults={"loaded_at": now, "rows": [plain(r) for r in rows]}
    )
    if made:
        ledger.record(verb="access.note_edition", subject=edition, actor=None, now=now, rows=len(rows))
    return edition

"""A group of batches at once: locked by one query, moved on by one statement."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.models import Batch


def rising_uuids(count: int, now: datetime) -> list[bytes]:
    """The bytes of UUIDs of version 7 (RFC 9562): they begin with the instant, so that an index takes thousands
    at its end and not all over."""
    instant = int(now.timestamp() * 1000).to_bytes(6, "big")
    drawn = bytearray(secrets.token_bytes(10 * count))
    drawn[::10] = drawn[::10].translate(_VERSION)
    drawn[2::10] = drawn[2::10].translate(_VARIANT)
    return [instant + drawn[at : at + 10] for at in range(0, 10 * count, 10)]


_VERSION: Final = bytes(0x70 | byte & 0x0F for byte in range(256))
_VARIANT: Final = bytes(0x80 | byte & 0x3F for byte in range(256))


def lock_batches(batches: Sequence[Batch], state: State) -> list[Batch]:
    """Those of the batches that are still in the state, under their row locks: another process may have
    moved the others meanwhile."""
    rows = Batch.objects.select_for_update().filter(pk__in=[b.pk for b in batches], state=state)
    still = set(rows.order_by("pk").values_list("pk", flat=True))
    return [batch for batch in batches if batch.pk in still]


def move_batches(batches: Sequence[Batch], event: Event, **columns: Sequence[Any]) -> None:
    """Move locked batches by an event of the chain, and set other columns to a value for each."""
    if not batches:
        return
    for batch in batches:
        batch.state = ISSUING.next(batch.state, event)
    sets = "".join(f', "{name}" = given."{name}"' for name in columns)
    given = "".join(f', "{name}"' for name in columns)
    arrays = "".join(f", %s::{Batch._meta.get_field(name).db_type(connection)}[]" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'update "{Batch._meta.db_table}" held set state = given.state{sets}'  # noqa: S608 - our own names
            f" from unnest(%s::bigint[], %s::text[]{arrays}) as given(id, state{given}) where held.id = given.id",
            [[b.pk for b in batches], [str(b.state) for b in batches], *(list(v) for v in columns.values())],
        )

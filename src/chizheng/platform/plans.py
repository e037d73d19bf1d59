"""A hint to PostgreSQL's planner, for the few queries where we know better."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_WAYS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


@contextmanager
def looked_up_by_index() -> Iterator[None]:
    """Thousands of rows out of a table of any size, each found by its key.

    Left alone, the planner reads tables of a million rows whole for the ten thousand that a group of batches
    needs, since it takes every page of an index for a read from the disk.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(f"set local {way} = off" for way in _WAYS))
        yield
        cursor.execute("; ".join(f"set local {way} = on" for way in _WAYS))

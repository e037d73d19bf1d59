"""Thousands of rows at once: appended by COPY in binary, some ten times cheaper than INSERT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def copy_rows(table: str, columns: Sequence[tuple[str, str]], rows: Iterable[tuple[Any, ...]]) -> None:
    """Append rows in the caller's transaction; `columns` are names and PostgreSQL types."""
    names = ", ".join(f'"{name}"' for name, _ in columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'copy "{table}" ({names}) from stdin (format binary)') as copy,
    ):
        copy.set_types([kind for _, kind in columns])
        for row in rows:
            copy.write_row(row)

"""Numbers in a row within a year: case numbers, letters, whatever is counted from one every January.

    with transaction.atomic():
        number = next_number("quality.case", 2026)      # 1, 2, 3, … without a gap or a double

The row of the series is locked until the caller's transaction ends: two callers wait for each other, and
a caller that fails gives its number back. So take the number last, just before the row that carries it.
"""

from __future__ import annotations

from django.db import connection, transaction

_TAKE = """
insert into platform_numberseries (series, year, last) values (%s, %s, 1)
on conflict (series, year) do update set last = platform_numberseries.last + 1
returning last
"""


def next_number(series: str, year: int) -> int:
    """The next number of a series in a year, from 1.

    `series` names the counter ("quality.case", or "inspection.case:32" for one a place). Raises
    TransactionManagementError outside a transaction: a number taken there could be lost.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("next_number needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [series, year])
        (number,) = cursor.fetchone()
    return int(number)

"""Rows written down in the binary form of COPY are read back as the values they were."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection

from chizheng.platform.copying import (
    NULL,
    copy_fields,
    copy_rows,
    day,
    raw,
    row_head,
    text,
    whole2,
    whole4,
    whole8,
)
from chizheng.platform.plans import looked_up_by_index
from chizheng.platform.sealing import seal_each, unseal_bytes

pytestmark = pytest.mark.django_db
COLUMNS = ("a", "b", "c", "d", "e", "f", "g")
VALUES = [
    (-3, 2**31 - 1, -(2**62), date(1969, 12, 31), "证书·例", b"\x00\xff", uuid4()),
    (7, -1, None, None, "", b"", uuid4()),
]


@pytest.fixture(autouse=True)
def table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table kinds (a int2, b int4, c int8, d date, e text, f bytea, g uuid) on commit drop"
        )


def _stored() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("select * from kinds")
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]


def test_fields() -> None:
    head = row_head(COLUMNS)
    rows = [
        head + whole2(a) + whole4(b) + whole8(c) + day(d) + text(e) + raw(f) + raw(g.bytes)
        for a, b, c, d, e, f, g in VALUES
    ]
    copy_fields("kinds", COLUMNS, [b"".join(rows), head + 7 * NULL])
    assert _stored() == [*VALUES, (None,) * 7]


def test_values() -> None:
    kinds = ("int2", "int4", "int8", "date", "text", "bytea", "uuid")
    copy_rows("kinds", list(zip(COLUMNS, kinds, strict=True)), VALUES)
    assert _stored() == VALUES


def test_many_are_sealed_each_for_itself() -> None:
    sealed = seal_each([b"one", b"", b"one"])
    assert [unseal_bytes(one) for one in sealed] == [b"one", b"", b"one"]
    assert len(set(sealed)) == 3
    assert seal_each([]) == []


def test_the_planner_is_told_for_one_query_only() -> None:
    with connection.cursor() as cursor:
        with looked_up_by_index():
            cursor.execute("show enable_hashjoin")
            assert cursor.fetchone() == ("off",)
        cursor.execute("show enable_hashjoin")
        assert cursor.fetchone() == ("on",)
        with pytest.raises(ZeroDivisionError), looked_up_by_index():
            raise ZeroDivisionError
        cursor.execute("show enable_hashjoin")
        assert cursor.fetchone() == ("on",)

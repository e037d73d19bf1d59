"""The ledger under seal: what somebody with the tables in hand does to it is named, entry by entry."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from chizheng.kernel.errors import Unavailable
from chizheng.platform import ledger, ledger_seal, seals
from chizheng.platform.ledger_seal import Finding, check, seal
from chizheng.platform.models import LedgerEntry, LedgerSeal

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def write(count: int = 1) -> list[int]:
    return [
        ledger.record(
            verb="test.do", subject=("test.thing", str(n)), actor=None, now=NOW, basis="依据",
            count=n, share=0.25, names=["b", "a"], nothing=None,
        ).pk
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def begun(db: None) -> None:
    """What migrations wrote is under seal 1."""
    write(1)
    assert [row.number for row in seal(now=NOW)] == [1]


@contextmanager
def owner_at_work(*tables: str) -> Iterator[None]:
    """Somebody who may alter tables: the triggers are out of the way."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        for table in tables:
            cursor.execute(f"alter table {table} disable trigger user")
        yield
        for table in tables:
            cursor.execute(f"alter table {table} enable trigger user")


@pytest.mark.django_db
@pytest.mark.usefixtures("begun")
def test_an_untouched_ledger_has_nothing_to_report() -> None:
    write(3)
    assert [row.number for row in seal(now=NOW)] == [2]
    assert seal(now=NOW) == []
    write(2)
    [third] = seal(now=NOW)
    write(1)
    report = check()
    assert (report.findings, report.seals, report.waiting) == ([], 3, 1)
    assert bytes(third.before) == bytes(LedgerSeal.objects.get(number=2).head)


@pytest.mark.django_db
@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    "change",
    [
        {"verb": "test.undo"}, {"at": NOW - timedelta(microseconds=1)}, {"subject_id": "9"}, {"basis": ""},
        {"detail": {"count": 1, "share": 0.25, "names": ["a", "b"], "nothing": None}}, {"actor_role": "centre"},
    ],
)  # fmt: skip
def test_the_entry_that_was_changed_is_named(change: dict[str, object]) -> None:
    _, second, _ = write(3)
    seal(now=NOW)
    with owner_at_work("platform_ledgerentry"):
        LedgerEntry.objects.filter(pk=second).update(**change)
    assert check().findings == [Finding("changed", 2, second)]


@pytest.mark.django_db
@pytest.mark.usefixtures("begun")
def test_entries_taken_out_and_put_in_are_named() -> None:
    with connection.cursor() as cursor:  # as an aborted transaction does: an id that nobody has
        cursor.execute("select nextval('platform_ledgerentry_id_seq')")
    first, second, third = write(3)
    seal(now=NOW)
    with owner_at_work("platform_ledgerentry"):
        LedgerEntry.objects.filter(pk=second).delete()
        LedgerEntry.objects.filter(pk=third).delete()
        LedgerEntry.objects.create(pk=third, at=NOW, verb="x", subject_type="y", subject_id="z")
        LedgerEntry.objects.create(pk=first - 1, at=NOW, verb="x", subject_type="y", subject_id="z")
    assert check().findings == [
        Finding("added", 2, first - 1), Finding("changed", 2, third), Finding("removed", 2, second),
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("begun")
def test_a_seal_that_was_changed_or_removed_is_named() -> None:
    for _ in range(3):
        write(2)
        seal(now=NOW)
    middle = LedgerSeal.objects.get(number=3)
    with owner_at_work("platform_ledgerseal"):
        marks = bytearray(middle.marks)
        marks[-1] ^= 1
        LedgerSeal.objects.filter(pk=middle.pk).update(marks=bytes(marks))
    assert {(f.code, f.seal) for f in check().findings} == {("seal_broken", 3), ("changed", 3)}
    with owner_at_work("platform_ledgerseal"):
        LedgerSeal.objects.filter(pk=middle.pk).delete()
    assert [(f.code, f.seal) for f in check().findings] == [("seal_missing", 3), ("seal_broken", 4)]


@pytest.mark.django_db
@pytest.mark.usefixtures("begun")
def test_a_long_day_has_several_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_seal, "RUN", 4)
    write(9)
    assert [row.count for row in seal(now=NOW)] == [4, 4, 1]
    report = check()
    assert (report.findings, report.entries, report.waiting) == ([], LedgerEntry.objects.count(), 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("begun")
def test_an_entry_that_is_still_being_written_is_waited_for() -> None:
    """An id below the last one, committed after it: a seal over both must not miss it."""
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                write(1)
                written.set()
                may_commit.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(20)
    later = write(1)[0]
    with pytest.raises(Unavailable):
        seal(now=NOW, patience=0.4, sleep=lambda _: None)
    assert LedgerSeal.objects.count() == 1

    def let_go(_: float) -> None:
        may_commit.set()
        writer.join(20)

    [made] = seal(now=NOW, sleep=let_go)
    assert (made.count, made.until) == (2, later)
    assert check().findings == []


@given(st.lists(st.integers(1, 50), unique=True, min_size=1, max_size=8), st.binary(min_size=16, max_size=16))
def test_no_two_ledgers_have_one_head(ids: list[int], salt: bytes) -> None:
    rows = [(n, NOW, None, "", "v", "t", str(n), "", {"n": n}) for n in sorted(ids)]
    marks = seals.marks_of(rows, salt)
    assert list(seals.compare(marks, rows, salt)) == []
    for at in range(len(rows)):
        gone = rows[:at] + rows[at + 1 :]
        assert seals.marks_of(gone, salt) != marks
        assert [(d.code, d.entry) for d in seals.compare(marks, gone, salt)] == [("removed", rows[at][0])]
    shown = (*rows[0][:1], NOW.astimezone(timezone(timedelta(hours=8))), *rows[0][2:])
    assert seals.mark(shown, salt) == seals.mark(rows[0], salt), "an instant is the same in every zone"

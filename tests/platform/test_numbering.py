"""Numbers in a row: two real connections wait for each other, a failed one gives its number back."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from django.db import connection, transaction

from chizheng.platform.models import NumberSeries
from chizheng.platform.numbering import next_number


@pytest.mark.django_db
def test_series_and_years_count_apart() -> None:
    assert [next_number("a", 2026), next_number("a", 2026), next_number("b", 2026)] == [1, 2, 1]
    assert next_number("a", 2027) == 1 and next_number("a", 2026) == 3


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_taken() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        next_number("a", 2026)
    assert not NumberSeries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_transaction_gives_its_number_back() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number("a", 2026) == 1
        raise RuntimeError
    with transaction.atomic():
        assert next_number("a", 2026) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commits", [True, False])
def test_a_second_connection_waits_for_the_first(commits: bool) -> None:
    """It asks while ours is open and has no answer until ours has ended."""
    got: list[int] = []
    ours, asking = threading.Event(), threading.Event()

    def other() -> None:
        try:
            ours.wait(timeout=20)
            with transaction.atomic():
                asking.set()
                got.append(next_number("case", 2026))
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    with suppress(RuntimeError), transaction.atomic():
        assert next_number("case", 2026) == 1
        ours.set()
        assert asking.wait(timeout=20)
        thread.join(timeout=0.3)
        assert thread.is_alive() and not got, "the second waits"
        if not commits:
            raise RuntimeError
    thread.join(timeout=20)
    assert got == [2 if commits else 1]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap_and_no_double() -> None:
    got: list[int] = []

    def one() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    got.append(next_number("case", 2026))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(got) == list(range(1, 41))

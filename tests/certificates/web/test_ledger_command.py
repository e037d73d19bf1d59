"""`chizheng ledger`: seals enter the log, and the log remembers what the database was made to forget."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chizheng import cli
from chizheng.certificates import keyring
from chizheng.certificates.core.commitments import Ledger, decode
from chizheng.certificates.io.tilelog import TileReader
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.certificates.usecases.publish_seals import contradictions, publish_seals
from chizheng.platform.ledger_seal import check, seal
from chizheng.platform.models import LedgerEntry, LedgerSeal
from tests.platform.web.test_ledger_seal import owner_at_work, write

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys")]


@pytest.fixture
def keys(house: Path) -> None:
    """A log of one's own, empty."""
    keyring._public.cache_clear()
    keyring._private.cache_clear()
    keyring.make()


def sealed(times: int = 1) -> None:
    for _ in range(times):
        write(2)
        seal(now=NOW)
    publish_seals()


def test_each_seal_is_logged_once_and_can_be_read_back() -> None:
    sealed(2)
    assert publish_seals() == [] and list(contradictions()) == []
    for row in LedgerSeal.objects.all():
        year, index = map(int, row.log_ref.split("/"))
        reader = TileReader(log_folder() / str(year))
        size = max(size for size, _ in reader.heads())
        entry = decode(reader.entry(index, size))
        assert isinstance(entry, Ledger)
        assert (entry.number, entry.head, entry.before) == (row.number, bytes(row.head), bytes(row.before))


def test_a_run_that_died_before_it_wrote_the_place_down_is_made_good() -> None:
    write(2)
    seal(now=NOW)
    places = publish_seals()
    with owner_at_work("platform_ledgerseal"):
        LedgerSeal.objects.update(log_ref="")
    assert [c.code for c in contradictions()] == ["seal_unlogged"]
    assert publish_seals() == places


def test_entries_and_seals_changed_together_contradict_the_log() -> None:
    sealed(2)
    places = dict(LedgerSeal.objects.values_list("number", "log_ref"))
    entry = LedgerEntry.objects.order_by("pk").first()
    assert entry is not None
    with owner_at_work("platform_ledgerentry", "platform_ledgerseal"):
        LedgerEntry.objects.filter(pk=entry.pk).update(verb="test.undo")
        LedgerSeal.objects.all().delete()
        seal(now=NOW)
        for row in LedgerSeal.objects.all():
            LedgerSeal.objects.filter(pk=row.pk).update(log_ref=places[row.number])
    assert check().findings == [], "the database alone tells a consistent story"
    assert {(c.code, c.seal) for c in contradictions()} == {("seal_differs", 1), ("seal_hidden", 2)}


def test_the_command_names_the_entry_and_says_so_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    write(3)
    assert cli.main(["ledger", "seal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == LedgerEntry.objects.count()
    assert cli.main(["ledger", "audit"]) == 0
    assert capsys.readouterr().out == ""
    entry = LedgerEntry.objects.order_by("pk").last()
    assert entry is not None
    with owner_at_work("platform_ledgerentry"):
        LedgerEntry.objects.filter(pk=entry.pk).update(basis="another")
    assert cli.main(["ledger", "audit"]) == 1
    assert capsys.readouterr().out == f"第 {entry.pk} 条操作记录在封存（第 1 号）之后被改过\n"
    assert cli.main(["ledger", "audit", "--json"]) == 1
    [found] = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["entry"]) == ("changed", entry.pk)

"""The ledger only grows, and every model says what personal data it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from chizheng.platform import ledger
from chizheng.platform.models import LedgerEntry
from chizheng.platform.sealing import digest, mask, seal, unseal

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
def test_entries_can_neither_be_changed_nor_deleted(change: str) -> None:
    entry = ledger.record(verb="test.do", subject=("test.thing", "1"), actor=None, now=NOW)
    rows = LedgerEntry.objects.filter(pk=entry.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(verb="test.undo") if change == "update" else rows.delete()
    assert rows.get().verb == "test.do"


def test_every_model_states_its_personal_data_and_retention() -> None:
    silent = [
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("chizheng.")
        and not (getattr(model, "personal_data", "") and getattr(model, "retention", ""))
    ]
    assert silent == []


def test_sealing_hides_and_gives_back() -> None:
    assert unseal(seal("11010519491231002X")) == "11010519491231002X"
    assert seal("a") != seal("a")
    assert digest("x", "1") == digest("x", "1") != digest("y", "1")
    assert mask("11010519491231002X") == "110***********002X"
    assert mask("E12") == "E**"
    assert mask("赵样例", 1, 0) == "赵**"

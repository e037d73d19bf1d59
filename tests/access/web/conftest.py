"""A catalogue, a register one can fill, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from chizheng.access import holdings
from chizheng.access.models import LawEdition
from chizheng.catalogue.usecases import load_catalogue
from tests.factories.access import NOW, Register


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    load_catalogue(now=NOW)
    LawEdition.objects.update(known_from=NOW - timedelta(days=60))  # made with the tables, whenever that was


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    mine = Register()
    monkeypatch.setattr(holdings, "_register", mine)
    return mine

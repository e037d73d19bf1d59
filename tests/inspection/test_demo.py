"""The demo of inspection builds, and building it again changes nothing."""

from __future__ import annotations

import random
from datetime import date
from types import SimpleNamespace

import pytest

from chizheng.inspection import demo
from chizheng.inspection.models import (
    Answer,
    Campaign,
    Case,
    CaseEvent,
    Complaint,
    Filing,
    Finding,
    PlannedVisit,
)
from chizheng.people.models import Account, Organisation
from chizheng.platform.models import LedgerEntry
from tests.factories.catalogue import OccupationFactory
from tests.factories.inspection import NOW, employer
from tests.factories.people import AccountFactory


def counts() -> list[int]:
    models = (
        Filing,
        Finding,
        Campaign,
        Answer,
        PlannedVisit,
        Complaint,
        Case,
        CaseEvent,
        LedgerEntry,
        Account,
    )
    return [m.objects.count() for m in models]


@pytest.mark.django_db(transaction=True)  # the demo runs outside any transaction
def test_the_demo_is_built_once() -> None:
    for name in (*demo.GATED, "保育员"):
        OccupationFactory(name=name)
    bodies: list[Organisation] = [employer(f"示例第{n}公司", f"320{n % 4 + 1}") for n in range(8)]
    accounts = {
        "inspector": AccountFactory(role="inspector", region="32"),
        "authority": AccountFactory(role="authority", region="32"),
        "employer": AccountFactory(role="employer", organisation=bodies[0], region="32"),
    }
    built = SimpleNamespace(
        now=NOW,
        rng=random.Random(1),
        accounts=accounts,
        employers=bodies,
        world=SimpleNamespace(today=date(2026, 9, 7)),
    )
    demo.build(built)
    once = counts()
    assert all(once)
    assert set(Case.objects.values_list("state", flat=True)) >= {
        "closed",
        "investigating",
        "noticed",
        "suspended",
        "reviewing",
        "served",
        "received",
        "archived",
    }
    demo.build(built)
    assert counts() == once

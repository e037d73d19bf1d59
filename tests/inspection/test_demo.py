"""The demo's part of inspection, twice."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chizheng.inspection.demo import build
from chizheng.inspection.models import Campaign, Filing, ScreeningRun
from tests.factories.inspection import NOW, employer, inspector
from tests.factories.people import invented_name, resident_number

pytestmark = pytest.mark.django_db(transaction=True)  # the demo runs outside any transaction


def test_the_demo_finds_somebody_and_a_second_build_changes_nothing() -> None:
    people = [SimpleNamespace(name=invented_name(n), number=resident_number(n)) for n in range(24)]
    built = SimpleNamespace(
        accounts={"inspector": inspector()}, employers=[employer(), employer()], now=NOW,
        world=SimpleNamespace(sittings=[SimpleNamespace(people=people)]),
    )  # fmt: skip
    build(built)
    counts = (Filing.objects.count(), ScreeningRun.objects.count(), Campaign.objects.count())
    assert counts == (24, 1, 1) and ScreeningRun.objects.get().found > 0
    build(built)
    assert (Filing.objects.count(), ScreeningRun.objects.count(), Campaign.objects.count()) == counts

"""`chizheng inspect`: due work is done once, and again does nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chizheng.cli import main
from chizheng.inspection.models import Campaign
from chizheng.inspection.usecases.send_letters import open_campaign
from chizheng.platform import clock
from tests.factories.catalogue import OccupationFactory
from tests.factories.inspection import FilingFactory, screened

pytestmark = pytest.mark.django_db


def test_daily_and_rematch_do_what_is_due_once(capsys: pytest.CaptureFixture[str]) -> None:
    OccupationFactory(name="消防设施操作员")
    FilingFactory(n=1)
    then = clock.now() - timedelta(days=40)
    run = screened(day=clock.day_of(then), now=then)
    open_campaign(screening=run, region="32", title="核对", seed="s", actor=None, now=then, held_out=0.001)
    assert main(["inspect", "rematch", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"campaign": "核对", "to_visit": 1}]
    assert Campaign.objects.get().result["employers"] == [1, 0]
    assert main(["inspect", "rematch", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    yesterday = clock.now() - timedelta(days=1)
    screened(day=clock.day_of(yesterday), place="3201", now=yesterday)
    assert main(["inspect", "daily", "--json"]) == 0
    assert [r["place"] for r in json.loads(capsys.readouterr().out) if "place" in r] == [
        "3201"
    ]  # 32 was matched again today
    assert main(["inspect", "daily"]) == 0
    assert capsys.readouterr().out == "double_claims=0\nforgotten_files=0\n"

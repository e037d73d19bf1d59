"""A run over stored results: the selling station is flagged and its sitting waits; too few stations say so."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Mark, Session
from chizheng.certificates.usecases.review_batch import list_session
from chizheng.cli import main
from chizheng.platform.happenings import announce
from chizheng.quality.demo import others
from chizheng.quality.models import Case, Flag, Hold, Run, SittingReport
from chizheng.quality.queries import access_flags, hold_of, latest_station_flags
from chizheng.quality.usecases.surveillance import run_surveillance
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, sitting

pytestmark = pytest.mark.django_db


def _sell(session: Session, rng: random.Random, *, sold: bool) -> None:
    """Practical marks of an ordinary class, of which those who fail are handed 60 to 62 where `sold`."""
    for mark in Mark.objects.filter(registration__session=session, part="practice"):
        value = max(0, min(100, round(rng.gauss(66, 10))))
        if sold and value < 60:
            value = rng.randint(60, 62)
        mark.score = Decimal(value)
        mark.save(update_fields=["score"])


def test_a_selling_station_is_flagged_with_a_picture_and_its_sitting_waits() -> None:
    session = sitting(candidates=120)
    _sell(session, random.Random(5), sold=True)
    run = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    flag = Flag.objects.get(run=run, station=session.station, kind="station")
    assert flag.flagged and flag.mechanism in ("sold", "spread") and flag.posterior > 0.9
    h = flag.histogram
    assert sum(h["seen"]) == 120 and abs(sum(h["expected"]) - 120) < 0.5
    assert sum(h["seen"][60:63]) > 2 * sum(h["expected"][60:63])
    assert flag.reason_zh and flag.cannot_show_zh and flag.strength_en
    hold = hold_of(session)
    assert hold is not None and hold.flag is not None
    # nothing new: the same run, the same hold
    again = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    assert again.pk == run.pk and Hold.objects.count() == 1
    assert latest_station_flags("3201", NOW.date())[session.station_id].pk == flag.pk
    assert access_flags(AccountFactory(role="centre", region="3201")).filter(pk=flag.pk).exists()
    assert not access_flags(AccountFactory(role="centre", region="3205")).exists()
    assert list_session(session=session, now=NOW).state == "listed"


def test_an_honest_station_does_not_wait() -> None:
    session = sitting(candidates=120)
    _sell(session, random.Random(5), sold=False)
    run = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    assert not run.flags.filter(flagged=True, station=session.station).exists()
    assert hold_of(session) is None


def test_too_few_stations_are_said_to_be_so() -> None:
    sitting()
    run = run_surveillance(region="32", now=NOW)
    assert run.refusal_zh and run.refusal_en and not run.flags.exists() and not Hold.objects.exists()


def test_statistics_are_made_by_themselves(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        session = sitting(until=Event.PUBLISH_RESULTS)
    report = SittingReport.objects.get(session=session)
    assert report.figures["theory"]["n"] == 8 and report.figures["outcome"] == {
        "pass": 3,
        "fail": 5,
        "incomplete": 0,
    }


def test_the_command_finds_what_listeners_missed(capsys: pytest.CaptureFixture[str]) -> None:
    session = sitting()
    assert not SittingReport.objects.exists()
    assert main(["quality", "run", "--region", "32", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["reports"] == 1 and out["refusal"] and Run.objects.count() == 1
    assert SittingReport.objects.get().session == session
    assert main(["quality", "run", "--region", "3"]) == 2


def test_patterns_noticed_downstream_open_one_case(django_capture_on_commit_callbacks) -> None:
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            announce(
                "certificate_suspicious", source="employers", certificate_number="1001200326400001", region="3201",
                summary="同一证书同时在两家单位备案。", at=NOW,
            )  # fmt: skip
    assert Case.objects.get().source == "employers"

"""A run over stored results: the selling station is flagged and its sitting waits; too few stations say so."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import numpy as np
import pytest

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Mark, Session
from chizheng.certificates.usecases.review_batch import list_session
from chizheng.cli import main
from chizheng.platform.happenings import announce
from chizheng.quality.demo import others
from chizheng.quality.models import (
    AnswerSheet,
    AssessorMark,
    Case,
    Flag,
    Hold,
    Item,
    Paper,
    Run,
    SittingReport,
)
from chizheng.quality.queries import access_flags, hold_of, latest_station_flags
from chizheng.quality.usecases.surveillance import run_surveillance
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, sitting
from tests.quality.core.test_forensics import papers

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


def _answer(session: Session, *, copied: bool) -> Paper:
    """Four rooms of thirty sit a paper of sixty items; in the first, one takes most answers of another."""
    paper = Paper.objects.create(
        code="P-60", occupation=session.occupation, level=session.level, created_at=NOW
    )
    Item.objects.bulk_create(Item(paper=paper, position=j + 1, code=f"P-60-{j}", key="A") for j in range(60))
    _, choices = papers(np.random.default_rng(11), 240)
    rows = list(session.registrations.order_by("id"))
    if copied:
        choices[0, :48] = choices[1, :48]
    for n, row in enumerate(rows):
        row.room, row.seat = n // 30 + 1, n % 30 + 1
        row.save(update_fields=["room", "seat"])
        AnswerSheet.objects.create(registration=row, paper=paper, chosen=["ABCD"[o] for o in choices[n]])
    return paper


def test_a_room_where_somebody_copied_is_flagged_and_its_sitting_waits() -> None:
    session = sitting(candidates=240)
    _sell(session, random.Random(5), sold=False)
    _answer(session, copied=True)
    run = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    rooms = run.flags.filter(kind="room")
    assert rooms.count() == 8 and set(rooms.values_list("session", flat=True)) == {session.pk}
    flag = rooms.get(flagged=True)
    first, second = session.registrations.order_by("id")[:2]
    assert flag.unit == f"b{session.pk}/1" and flag.detector == "copying"
    assert {flag.detail["pairs"][0]["one"], flag.detail["pairs"][0]["two"]} == {
        f"r{first.pk}",
        f"r{second.pk}",
    }
    hold = hold_of(session)
    assert hold is not None and hold.flag == flag
    # it says nothing about any one candidate, and changes nothing about them
    assert set(session.registrations.values_list("result__outcome", flat=True)) == {"pass", "fail"}
    # other answers are another run
    AnswerSheet.objects.filter(registration=first).update(chosen=["B"] * 60)
    again = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    assert again.pk != run.pk and not again.flags.filter(kind="room", flagged=True).exists()


def test_what_could_not_be_computed_is_kept_with_the_run_in_words() -> None:
    session = sitting(candidates=120)
    _sell(session, random.Random(5), sold=False)
    run = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    said = {u["detector"]: u for u in run.summary["not_computed"]}
    assert {"copying", "misfit", "preknowledge", "hasty", "ring"} <= set(said)
    assert all(u["zh"] and u["en"] for u in said.values())


def test_marks_that_are_one_mark_are_flagged_for_the_session_and_the_assessor() -> None:
    session = sitting(candidates=120)
    _sell(session, random.Random(5), sold=False)
    people = list(session.panel.order_by("pk"))
    marks = Mark.objects.filter(registration__session=session, part="practice").order_by("registration_id")
    for n, mark in enumerate(marks):
        mark.score = Decimal(71 + n % 2)
        mark.save(update_fields=["score"])
        AssessorMark.objects.create(
            registration=mark.registration,
            assessor=people[0].assessor,
            criterion="操作",
            score=71,
            seconds=240,
        )
    run = run_surveillance(region="32", now=NOW, others=others(random.Random(1)))
    flag = run.flags.get(detector="identical", session=session)
    assert flag.flagged and flag.session == session and flag.evidence["sd"] < 5
    assert hold_of(session) is not None


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

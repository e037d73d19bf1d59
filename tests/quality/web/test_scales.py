"""The paper's room: calibration in steps, linking with anchors shown, panels and the adoption of a cut."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chizheng.assessment.models import Session
from chizheng.kernel.errors import Conflict, Forbidden
from chizheng.platform.models import LedgerEntry, LongWork
from chizheng.quality.models import Calibration, CutPanel, ItemParameter, Paper
from chizheng.quality.usecases.calibrate_paper import (
    advance_calibration,
    ask_calibration,
    calibrations_due,
    run_calibration,
)
from chizheng.quality.usecases.standards import decide_cut
from chizheng.quality.usecases.statistics import make_report
from tests.factories.assessment import EXAM, session_of, station
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, answered, crowd, paper_of, sitting
from tests.quality.simulated import binary
from tests.quality.web.doors import signed_in, text, url

pytestmark = pytest.mark.django_db

REASONS = "专家评判一致，予以采用。"


def used(persons: int = 400, items: int = 20, seed: int = 1, **more: Any) -> tuple[Session, Paper]:
    session = session_of(station(more.pop("number", "10012001")), exam=more.pop("exam", EXAM))
    crowd(session, persons)
    paper = paper_of(session, items, **more)
    answered(session, paper, binary(persons, items, seed)[0])
    return session, paper


def test_a_calibration_goes_in_steps_and_stays_as_it_is() -> None:
    _, paper = used()
    centre = AccountFactory(role="centre")
    client = signed_in(centre)
    client.post(url("calibrate", paper.pk), {"model": "2pl"})
    row = Calibration.objects.get()
    client.post(url("calibrate", paper.pk), {"model": "2pl"})  # the same one waits already
    assert Calibration.objects.count() == 1 and row.version == 1 and row.work.done == 0
    assert "正在标定" in text(client.get(url("calibration", row.uuid)))
    for done in (1, 2, 3):
        client.post(url("advance_calibration", row.uuid))
        row.work.refresh_from_db()
        assert row.work.done == done
    row.refresh_from_db()
    assert row.made_at is not None and row.work.state == LongWork.State.DONE and row.work.checkpoint == {}
    stored = list(row.parameters.values_list("difficulty", "se_difficulty", "fit"))
    assert len(stored) == 20 and all(se > 0 and "p" in fit for _b, se, fit in stored)
    page = text(client.get(url("calibration", row.uuid)))
    assert page.count("<svg") == 2 and "S-X²" in page
    client.post(url("advance_calibration", row.uuid))
    assert list(row.parameters.values_list("difficulty", "se_difficulty", "fit")) == stored
    assert LedgerEntry.objects.filter(verb="quality.calibrate").count() == 1
    lines = text(client.get(url("parameters", row.uuid))).splitlines()
    assert lines[0].startswith("item,a,b,c") and len(lines) == 21
    # a second one is version 2 and leaves the first
    client.post(url("calibrate", paper.pk), {"model": "rasch"})
    assert Calibration.objects.get(version=2).model == "rasch"
    assert {c.version for c in calibrations_due(now=NOW)} == {2}
    assert ItemParameter.objects.filter(calibration=row).count() == 20


def test_data_that_carry_no_calibration_are_refused_with_the_reason() -> None:
    _, paper = used(persons=20)
    client = signed_in(AccountFactory(role="centre"))
    client.post(url("calibrate", paper.pk), {"model": "2pl"})
    row = run_calibration(calibration=Calibration.objects.get(), now=NOW)
    assert row.work.state == LongWork.State.FAILED and row.made_at is None and not row.parameters.exists()
    page = text(client.get(url("calibration", row.uuid)))
    assert "数据不能支持结论" in page and "20" in row.refusal_zh
    assert "未作结论" in text(client.get(url("paper", paper.pk)))


def test_without_answers_nothing_is_asked_for() -> None:
    _, paper = used(persons=1)
    centre = AccountFactory(role="centre")
    with pytest.raises(Conflict):
        ask_calibration(paper=paper, model="2pl", actor=centre, now=NOW, start=date(2030, 1, 1))
    with pytest.raises(Forbidden):
        ask_calibration(paper=paper, model="2pl", actor=AccountFactory(role="centre", region="33"), now=NOW)
    assert not Calibration.objects.exists() and not LongWork.objects.exists()


def test_a_form_is_linked_its_leaked_anchors_shown_and_the_cut_carried_over() -> None:
    rng = np.random.default_rng(4)
    persons, items = 600, 24
    slope, place = np.exp(rng.normal(0, 0.2, items)), np.linspace(-1.5, 1.5, items)

    def draw(gap: float, easier: tuple[int, ...] = ()) -> np.ndarray:
        at = place.copy()
        at[list(easier)] -= 1.2
        theta = gap + rng.normal(size=(persons, 1))
        return (rng.random((persons, items)) < 1 / (1 + np.exp(-slope * (theta - at)))).astype(np.int8)

    body = station()
    papers = []
    for n, (gap, easier) in enumerate([(0.0, ()), (0.4, (3, 9, 15))]):
        session = session_of(body, exam=date(2026, 3 + n, 1))
        crowd(session, persons)
        papers.append(paper_of(session, items, code=f"P{n}"))
        answered(session, papers[-1], draw(gap, easier))
    centre, other = AccountFactory(role="centre"), AccountFactory(role="authority")
    base = run_calibration(
        calibration=ask_calibration(paper=papers[0], model="2pl", actor=centre, now=NOW), now=NOW
    )
    client = signed_in(centre)
    panel = _angoff(client, papers[0], items)
    client.post(url("panel", panel.uuid), {"cut": 14, "reasons": REASONS})
    signed_in(other).post(url("panel", panel.uuid), {"event": "adopt", "reasons": REASONS})
    panel.refresh_from_db()
    assert panel.state == "adopted" and panel.cut == 14
    client.post(url("calibrate", papers[1].pk), {"model": "2pl", "base": base.pk, "method": "stocking_lord"})
    row = run_calibration(calibration=Calibration.objects.get(paper=papers[1]), now=NOW)
    assert row.made_at is not None, row.refusal_zh
    dropped = {a["item"] for a in row.link["anchors"] if a["why"] == "easier"}
    assert {"Q4", "Q10", "Q16"} <= dropped and row.link["kept"] >= 18
    assert row.figures["ability"]["mean"] == pytest.approx(0.4, abs=0.15)
    assert row.link["cut"]["base"] == 14 and 14 < row.link["cut"]["here"] < 16  # the leaks made it easier
    page = text(client.get(url("calibration", row.uuid)))
    assert "变易（疑似泄露）" in page and "基准试卷的合格线" in page and page.count("<svg") == 3
    # fixed parameters give the same picture
    fixed = run_calibration(
        calibration=ask_calibration(
            paper=papers[1], model="2pl", actor=centre, now=NOW, base=base, method="fixed"
        ),
        now=NOW,
    )
    assert fixed.made_at is not None and fixed.figures["ability"]["mean"] == pytest.approx(0.4, abs=0.15)
    kept = [a["item"] for a in fixed.link["anchors"] if not a["why"]]
    held = fixed.parameters.get(item__code=kept[0])
    assert held.difficulty == pytest.approx(base.parameters.get(item__code=kept[0]).difficulty)


def test_two_callers_take_a_step_once_each() -> None:
    _, paper = used(persons=60, items=6)
    row = ask_calibration(paper=paper, model="rasch", actor=AccountFactory(role="centre"), now=NOW)
    stale = Calibration.objects.get(pk=row.pk)
    advance_calibration(calibration=row, now=NOW)
    assert advance_calibration(calibration=stale, now=NOW).work.done == 2


# --- panels


def _angoff(client: Client, paper: Paper, items: int, judges: int = 5) -> CutPanel:
    head = text(client.get(url("panel_template", paper.pk, "angoff"))).lstrip("\ufeff").strip()
    lines = [head] + [
        f"专家{j + 1}," + ",".join(f"{0.5 + 0.01 * (j + n % 5):.2f}" for n in range(items))
        for j in range(judges)
    ]
    client.post(
        url("enter_panel", paper.pk),
        {
            "method": "angoff",
            "held_on": "2026-05-01",
            "file": SimpleUploadedFile("a.csv", "\n".join(lines).encode()),
        },
    )
    return CutPanel.objects.get(paper=paper, method="angoff")


def test_a_cut_takes_two_people_and_reports_use_it_from_then_on() -> None:
    session, paper = used(persons=40, items=10)
    centre, head = AccountFactory(role="centre"), AccountFactory(role="authority")
    client = signed_in(centre)
    panel = _angoff(client, paper, 10)
    assert panel.result["cut"] == pytest.approx(10 * 0.52 + 0.2, abs=0.01)
    assert panel.result["low"] < panel.result["cut"] < panel.result["high"]
    assert _angoff(client, paper, 10).pk == panel.pk  # the same judgements again are the same panel
    page = text(client.get(url("panel", panel.uuid)))
    assert "<svg" in page and "专家1" in page and "建议不少于" in page
    assert client.post(url("panel", panel.uuid), {"cut": 99, "reasons": REASONS}).status_code == 422
    panel.refresh_from_db()
    assert panel.state == "entered"
    client.post(url("panel", panel.uuid), {"cut": 6, "reasons": REASONS})
    client.post(url("panel", panel.uuid), {"event": "adopt", "reasons": REASONS})  # not by who proposed
    panel.refresh_from_db()
    assert panel.state == "proposed"
    with pytest.raises(Conflict):
        decide_cut(panel=panel, event="adopt", reasons=REASONS, actor=centre, now=NOW)
    with pytest.raises(Forbidden):
        decide_cut(
            panel=panel,
            event="adopt",
            reasons=REASONS,
            actor=AccountFactory(role="authority", region="33"),
            now=NOW,
        )
    signed_in(head).post(url("panel", panel.uuid), {"event": "decline", "reasons": REASONS})
    panel.refresh_from_db()
    assert panel.state == "declined"
    client.post(url("panel", panel.uuid), {"cut": 5, "reasons": REASONS})
    panel.refresh_from_db()
    assert (panel.state, panel.cut, panel.decided_by) == ("proposed", 5, None)
    decide_cut(panel=panel, event="adopt", reasons=REASONS, actor=head, now=NOW)
    assert [e.verb for e in LedgerEntry.objects.filter(subject_type="quality.cutpanel").order_by("id")] == [
        "quality.panel", "quality.propose_cut", "quality.decline_cut", "quality.propose_cut", "quality.adopt_cut",
    ]  # fmt: skip
    assert session.exam_date < NOW.date()  # an exam before the adoption keeps its former cut
    later = sitting(candidates=40, body=session.station, exam=date(2026, 6, 6))
    answered(later, paper, binary(40, 10, 5)[0])
    report = make_report(session=later, now=NOW)
    assert report is not None and report.figures["paper"]["cut"] == 5


def test_bookmarks_and_contrasting_groups() -> None:
    session, paper = used(persons=200, items=12)
    client = signed_in(AccountFactory(role="centre"))
    row = run_calibration(
        calibration=ask_calibration(paper=paper, model="2pl", actor=AccountFactory(role="centre"), now=NOW),
        now=NOW,
    )

    def enter(method: str, body: str, **more: object) -> Any:
        return client.post(
            url("enter_panel", paper.pk),
            {"method": method, "held_on": "2026-05-01", "file": SimpleUploadedFile("p.csv", body.encode()), **more},
            follow=True,
        )  # fmt: skip

    pages = "专家,书签页\n甲,6\n乙,7\n丙,8\n丁,7\n"
    assert "须选择" in text(enter("bookmark", pages)) and not CutPanel.objects.exists()
    assert "<svg" in text(enter("bookmark", pages, calibration=row.pk))
    assert "ability" in CutPanel.objects.get(method="bookmark").result
    assert "第 3 行" in text(enter("bookmark", "专家,书签页\n甲,6\n乙,14\n", calibration=row.pk))
    rows = session.registrations.select_related("answer_sheet").order_by("id")
    lines = ["准考证号,评定"]
    for n, r in enumerate(rows):
        right = sum(c == "A" for c in r.answer_sheet.chosen)
        lines.append(f"{r.admission_number},{'达到' if right + (n % 5) - 2 >= 7 else '未达到'}")
    assert "<svg" in text(enter("contrasting", "\n".join(lines)))
    result = CutPanel.objects.get(method="contrasting").result
    assert result["low"] < result["cut"] < result["high"] and 5 < result["cut"] < 9
    assert "少于下限 20" in text(enter("contrasting", "\n".join(lines[:12])))
    assert "没有该试卷的答案" in text(enter("contrasting", "准考证号,评定\n不存在,达到\n"))
    assert CutPanel.objects.count() == 2


def test_faulty_judgements_write_nothing_and_name_the_row() -> None:
    _, paper = used(persons=1, items=2)
    client = signed_in(AccountFactory(role="centre"))
    for body, said in [
        ("专家,Q1\n甲,0.5\n", "缺少列：Q2"), ("专家,Q1,Q2\n甲,0.5,1.5\n", "第 2 行“Q2”列"),
        ("专家,Q1,Q2\n甲,0.5,50%\n甲,0.5,0.5\n", "第 3 行"), ("专家,Q1,Q2\n甲,0.5,0.5\n", "少于下限 3"),
    ]:  # fmt: skip
        sent = client.post(
            url("enter_panel", paper.pk),
            {"method": "angoff", "held_on": "2026-05-01", "file": SimpleUploadedFile("a.csv", body.encode())},
            follow=True,
        )
        assert said in text(sent), body
    assert not CutPanel.objects.exists() and not LedgerEntry.objects.filter(verb="quality.panel").exists()


def test_keys_and_parameters_are_the_centres_and_the_region_decides() -> None:
    _, paper = used(persons=60, items=6)
    centre = AccountFactory(role="centre")
    row = run_calibration(
        calibration=ask_calibration(paper=paper, model="rasch", actor=centre, now=NOW), now=NOW
    )
    away = signed_in(AccountFactory(role="centre", region="33"))
    for target in (url("paper", paper.pk), url("calibration", row.uuid), url("parameters", row.uuid)):
        assert away.get(target).status_code == 404
        assert signed_in(AccountFactory(role="authority")).get(target).status_code == 403
    assert away.post(url("calibrate", paper.pk), {"model": "rasch"}).status_code == 404
    assert Calibration.objects.count() == 1

"""Feedback in plain words with own figures only; duties of re-training from the figures to their end."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from chizheng.assessment.models import Assessor
from chizheng.kernel.errors import Forbidden
from chizheng.platform.clock import today
from chizheng.platform.models import LedgerEntry
from chizheng.quality.models import AssessorMark, Note, RaterRecord, Retraining
from chizheng.quality.usecases.rater_feedback import require_retraining, send_feedback
from chizheng.quality.usecases.raters import rater_report
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, sitting
from tests.quality.web.doors import signed_in, text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel() -> list[Assessor]:
    """Three assessors, everybody marked by two; the first gives eighteen points more."""
    session = sitting(candidates=60)
    three = list(Assessor.objects.filter(panels__session=session).order_by("pk"))
    Assessor.objects.update(region="32")
    marks = []
    rng = np.random.default_rng(6)
    for n, row in enumerate(session.registrations.order_by("id")):
        skill = rng.normal(55, 14)
        for k in (n % 3, (n + 1) % 3):
            for criterion in ("操作", "安全", "质量"):
                score = round(np.clip(skill + rng.normal(0, 7) + (18 if k == 0 else 0), 0, 100))
                marks.append(
                    AssessorMark(registration=row, assessor=three[k], criterion=criterion, score=score)
                )
    AssessorMark.objects.bulk_create(marks)
    return three


def test_the_report_says_agreement_and_who_is_lenient(panel: list[Assessor]) -> None:
    report = rater_report(region="32", on=today())
    rows = {r.assessor.pk: r for r in report.rows}
    lenient = rows[panel[0].pk]
    assert "lenient" in lenient.duties and lenient.points > 4
    assert report.double == 60 and report.icc is not None and 0 < report.icc < 0.9
    assert lenient.double is not None and lenient.double.candidates == 40 and lenient.double.lean > 14
    assert lenient.double.far_share > 0.8
    other = rows[panel[1].pk]
    assert other.double is not None and other.double.lean < 0
    page = text(signed_in(AccountFactory(role="centre")).get(url("raters")))
    assert "ICC" in page and "应当再培训" in page


def test_an_assessor_reads_own_figures_in_words_and_nobody_elses(panel: list[Assessor]) -> None:
    me = AccountFactory(role="assessor", person=panel[0].person)
    other = AccountFactory(role="assessor", person=panel[1].person)
    centre = AccountFactory(role="centre")
    assert send_feedback(report=rater_report(region="32", on=today()), actor=centre, now=NOW) == 2
    assert RaterRecord.objects.count() == 3  # the one without an account too
    assert send_feedback(report=rater_report(region="32", on=today()), actor=centre, now=NOW) == 0
    page = text(signed_in(me).get(url("my_marking")))
    assert "您给分偏松" in page and "公平分" in page
    for assessor in panel[1:]:
        assert assessor.card_number not in page and assessor.person.name not in page
    assert "您给分偏松" not in text(signed_in(other).get(url("my_marking")))
    assert "您给分偏松" in Note.objects.get(to=me).body_zh
    # a second month draws the line
    send_feedback(report=rater_report(region="32", on=today()), actor=centre, now=NOW + timedelta(days=31))
    assert "<svg" in text(signed_in(me).get(url("my_marking")))
    assert "还没有反馈" in text(signed_in(AccountFactory(role="assessor")).get(url("my_marking")))


def test_a_duty_of_retraining_from_figures_to_its_end(panel: list[Assessor]) -> None:
    me = AccountFactory(role="assessor", person=panel[0].person)
    client = signed_in(AccountFactory(role="centre"))
    for due in ("", "2020-01-01"):
        client.post(url("retrain", panel[0].pk), {"due": due})
        assert not Retraining.objects.exists()
    due = (today() + timedelta(days=60)).isoformat()
    said = text(client.post(url("retrain", panel[0].pk), {"due": due}, follow=True))
    assert "已登记再培训" in said
    client.post(url("retrain", panel[0].pk), {"due": due})
    row = Retraining.objects.get()
    assert (
        "lenient" in row.reasons and Note.objects.filter(to=me, about__startswith="retraining").count() == 1
    )
    assert "请参加再培训" in text(signed_in(me).get(url("my_marking")))
    page = text(client.get(url("raters")))
    assert "再培训进行中" in page and "登记再培训并通知" not in page
    client.post(url("retrained", row.pk), {"outcome": "passed", "note": ""})
    row.refresh_from_db()
    assert row.ended_at is None
    client.post(url("retrained", row.pk), {"outcome": "passed", "note": "培训考核合格。"})
    row.refresh_from_db()
    assert row.outcome == "passed" and row.ended_at is not None
    assert "请参加再培训" not in text(signed_in(me).get(url("my_marking")))
    verbs = LedgerEntry.objects.filter(subject_type="quality.retraining").order_by("id")
    assert [e.verb for e in verbs] == ["quality.retraining", "quality.retraining_end"]


def test_nobody_is_sent_to_training_without_a_reason_or_from_elsewhere(panel: list[Assessor]) -> None:
    client = signed_in(AccountFactory(role="centre"))
    due = today() + timedelta(days=60)
    rows = {r.assessor.pk: r for r in rater_report(region="32", on=today()).rows}
    blameless = next(pk for pk, r in rows.items() if not r.duties)
    client.post(url("retrain", blameless), {"due": due.isoformat()})
    assert client.post(url("retrain", 999_999), {"due": due.isoformat()}).status_code == 404
    with pytest.raises(Forbidden):
        require_retraining(
            assessor=panel[0],
            duties=["lenient"],
            due=due,
            now=NOW,
            actor=AccountFactory(role="centre", region="33"),
        )
    assert not Retraining.objects.exists()

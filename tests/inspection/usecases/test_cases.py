"""Cases from receipt to publication, and what is refused on the way."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chizheng.inspection.models import Case, CaseDocument, CaseEvent, Complaint
from chizheng.inspection.usecases import handle_case as cases
from chizheng.inspection.usecases.take_complaint import keep_complaint, read_reporter, take_complaint
from chizheng.kernel.errors import Conflict, Forbidden, Refused
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.factories.inspection import NOW, employer, inspector

pytestmark = pytest.mark.django_db
EVIDENCE = {
    "findings": [
        {"person": "张**", "tail": "0011", "occupation": "消防设施操作员", "citation": "某规定", "filing": 1}
    ]
}


def opened(region: str, violation: str = cases.VIOLATION) -> tuple[Case, Account, Account]:
    one, two = inspector(region[:2]), inspector(region[:2])
    case = cases.open_case(
        employer=employer(region), violation=violation, act_start=date(2026, 1, 1), act_end=None,
        evidence=EVIDENCE, actor=one, now=NOW,
    )  # fmt: skip
    for event in ("accept", "file"):
        case = cases.move_case(case=case, event=event, actor=one, now=NOW)
    return case, one, two


def test_an_order_is_chosen_from_the_law_served_corrected_and_published() -> None:
    case, one, two = opened("3301")
    case = cases.assign(case=case, team=[one, two], actor=one, now=NOW)
    case = cases.move_case(case=case, event="submit", actor=two, now=NOW)
    before = CaseEvent.objects.count()
    with pytest.raises(Refused):
        cases.decide(case=case, event="decide_order", code="order6-recruit", actor=one, now=NOW)
    assert (CaseEvent.objects.count(), CaseDocument.objects.count()) == (before, 0)
    with pytest.raises(Conflict):
        cases.move_case(case=case, event="decide_order", actor=one, now=NOW)
    case = cases.decide(case=case, event="decide_order", code="zhejiang-12", actor=one, now=NOW)
    assert {d.clock for d in cases.due_of(case)} == {"serve"}
    with pytest.raises(Conflict):
        cases.publish(case=case, actor=one, now=NOW)
    case = cases.serve(case=case, manner="直接送达", place="单位", actor=one, now=NOW)
    for event in ("perform", "close"):
        case = cases.move_case(case=case, event=event, actor=one, now=NOW)
    assert cases.publish(case=case, actor=one, now=NOW).published_on is not None
    assert case.state == cases.core.state(cases.history(case)) == "closed"
    client = Client()
    client.force_login(one)
    order = case.documents.order_by("serial").first()
    pdf = client.get(reverse("inspection:document", args=[order.uuid])).content
    from pypdf import PdfReader

    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages).split())
    assert "限期改正指令书" in text and "行政复议" in text and case.employer.name in text


def test_one_inspector_or_a_recused_one_is_refused() -> None:
    case, one, two = opened("3301")
    with pytest.raises(Refused):
        cases.assign(case=case, team=[one], actor=one, now=NOW)
    cases.recuse(case=case, reason="亲属", actor=two, now=NOW)
    with pytest.raises(Refused):
        cases.assign(case=case, team=[one, two], actor=one, now=NOW)
    assert not case.inspectors.exists()


def test_a_large_fine_waits_for_the_hearing_and_is_not_heavier_than_announced() -> None:
    case, one, two = opened("3301", "special_work_without_licence")
    case = cases.assign(case=case, team=[one, two], actor=one, now=NOW)
    with pytest.raises(Refused):
        cases.give_notice(case=case, code="anquan-97", fine_fen=99_000_000, actor=one, now=NOW)
    case = cases.give_notice(case=case, code="anquan-97", fine_fen=9_000_000, actor=one, now=NOW)
    assert case.proposal["hearing"]
    with pytest.raises(Conflict):
        cases.move_case(case=case, event="submit", actor=one, now=NOW)
    with pytest.raises(Refused):
        cases.request_hearing(
            case=case, chair=one, held_on=date(2026, 9, 20), place="本机关", actor=one, now=NOW
        )
    later = NOW + timedelta(days=20)
    case = cases.move_case(case=case, event="submit", actor=one, now=later)
    with pytest.raises(Refused):
        cases.decide(
            case=case, event="decide_penalty", code="anquan-97", fine_fen=9_500_000, actor=one, now=later
        )
    case = cases.decide(
        case=case, event="decide_penalty", code="anquan-97", fine_fen=8_000_000, actor=one, now=later
    )
    assert case.state == "decided_penalty"


def test_events_and_evidence_cannot_be_changed() -> None:
    case, _, _ = opened("3301")
    for change in (
        lambda: case.events.update(note="x"),
        lambda: Case.objects.filter(pk=case.pk).update(evidence={}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_only_the_keeper_reads_who_reported_and_every_reading_is_recorded() -> None:
    one, two = inspector(), inspector()
    row, code = take_complaint(
        employer_name="某单位", place="3201", text="无证上岗", reporter="张样例 199", now=NOW
    )
    assert code.encode() not in bytes(Complaint.objects.get().receipt_digest)
    with pytest.raises(Forbidden):
        read_reporter(complaint=row, actor=two, now=NOW)
    row = keep_complaint(complaint=row, actor=one, now=NOW)
    with pytest.raises(Conflict):
        keep_complaint(complaint=row, actor=two, now=NOW)
    assert read_reporter(complaint=row, actor=one, now=NOW) == "张样例 199"
    assert LedgerEntry.objects.filter(verb="inspection.read_reporter").count() == 1

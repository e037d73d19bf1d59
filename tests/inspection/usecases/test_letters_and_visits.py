"""Letters, the match a month later, and visits: arms by seed, conversion, frozen scores."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from chizheng.inspection.core.campaign import Arm, allocate
from chizheng.inspection.core.grades import GRADES
from chizheng.inspection.models import Answer, CreditGrade, Filing, PlannedVisit
from chizheng.inspection.usecases import send_letters as letters
from chizheng.inspection.usecases.grade_employers import ask_repair, decide_repair, grade_year
from chizheng.inspection.usecases.plan_visits import note_visit, plan_visits
from chizheng.inspection.usecases.run_screening import findings_of
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from tests.factories.catalogue import OccupationFactory
from tests.factories.inspection import NOW, FilingFactory, employer, inspector, leader, screened
from tests.factories.people import AccountFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=40)


@pytest.fixture
def run():  # type: ignore[no-untyped-def]
    OccupationFactory(name="消防设施操作员")
    for n in range(8):
        body = employer(f"示例第{n}公司", f"320{n % 3 + 1}")
        FilingFactory(n=2 * n, employer=body, region=body.region)
        FilingFactory(n=2 * n + 1, employer=body, region=body.region)
    return screened()


def campaign_of(run):  # type: ignore[no-untyped-def]
    """Three of eight held out, whatever the employers' numbers are in this database."""
    bodies = sorted(set(findings_of(run).values_list("employer", flat=True)))
    seed = next(
        s
        for s in map(str, range(500))
        if list(allocate(bodies, seed=s, held_out=0.4).values()).count(Arm.HELD_OUT) == 3
    )
    return letters.open_campaign(
        screening=run, region="32", title="核对", seed=seed, actor=inspector(), now=NOW, held_out=0.4
    )


def test_the_same_seed_is_the_same_campaign_and_somebody_is_held_out(run) -> None:  # type: ignore[no-untyped-def]
    campaign = campaign_of(run)
    assert campaign_of(run) == campaign
    arms = list(campaign.recipients.values_list("held_out", flat=True))
    assert len(arms) == 8 and sum(arms) == 3
    assert all(not r.citations for r in campaign.recipients.filter(held_out=True))


def test_who_moved_everybody_is_corrected_and_only_the_idle_are_visited(run) -> None:  # type: ignore[no-untyped-def]
    campaign = campaign_of(run)
    done, part, *idle = campaign.recipients.filter(held_out=False).order_by("pk")
    for recipient, filings in ((done, done.filings), (part, part.filings[:1])):
        clerk = AccountFactory(role="employer", organisation=recipient.employer)
        for pk in filings:
            for _ in range(2):
                letters.answer_letter(
                    recipient=recipient, filing=Filing.objects.get(pk=pk), remedy="move", on=date(2026, 9, 20), actor=clerk,
                    now=NOW + timedelta(days=14),
                )  # fmt: skip
    assert Answer.objects.count() == 3
    with pytest.raises(Conflict, match="rematch_too_early"):
        letters.rematch(campaign=campaign, actor=None, now=NOW + timedelta(days=5))
    campaign = letters.rematch(campaign=campaign, actor=None, now=LATER)
    assert letters.rematch(campaign=campaign, actor=None, now=LATER).result == campaign.result
    changes = dict(campaign.recipients.values_list("pk", "change"))
    assert (changes[done.pk], changes[part.pk]) == ("corrected", "partly")
    assert campaign.result["to_visit"] == sorted(r.employer_id for r in idle)
    assert campaign.result["letter"][0] == pytest.approx(1 / (2 + len(idle)), abs=1e-4)
    assert campaign.result["held_out"][0] == 0


def test_a_changed_filing_is_still_the_one_written_about(run) -> None:  # type: ignore[no-untyped-def]
    campaign = campaign_of(run)
    recipient = campaign.recipients.filter(held_out=False).first()
    filing = Filing.objects.get(pk=recipient.filings[0])
    filing.superseded_at = NOW
    filing.save()
    copy = Filing.objects.get(pk=filing.pk)
    copy.pk, copy.uuid, copy.superseded_at, copy.level, copy.previous = (
        None,
        __import__("uuid").uuid4(),
        None,
        4,
        filing,
    )
    copy.save()
    campaign = letters.rematch(campaign=campaign, actor=None, now=LATER)
    assert campaign.recipients.get(pk=recipient.pk).change == "unchanged"


def test_an_answer_needs_a_picture_and_a_named_person(run) -> None:  # type: ignore[no-untyped-def]
    campaign = campaign_of(run)
    recipient = campaign.recipients.filter(held_out=False).first()
    held = campaign.recipients.filter(held_out=True).first()
    clerk = AccountFactory(role="employer", organisation=recipient.employer)
    own, other = Filing.objects.get(pk=recipient.filings[0]), Filing.objects.get(pk=held.filings[0])
    say = {"on": date(2026, 9, 8), "actor": clerk, "now": NOW}
    for wrong in (None, paper(b"MZ"), paper(number=" ")):
        with pytest.raises(BadInput, match="no_picture"):
            letters.answer_letter(recipient=recipient, filing=own, remedy="upload", paper=wrong, **say)
    with pytest.raises(Conflict, match="not_in_letter"):
        letters.answer_letter(recipient=recipient, filing=other, remedy="train", **say)
    with pytest.raises(Conflict, match="not_in_letter"):
        letters.answer_letter(
            recipient=held, filing=other, remedy="train",
            **say | {"actor": AccountFactory(role="employer", organisation=held.employer)},
        )  # fmt: skip
    with pytest.raises(Forbidden, match="not_your_letter"):
        letters.answer_letter(
            recipient=recipient,
            filing=own,
            remedy="train",
            **say | {"actor": AccountFactory(role="employer", organisation=employer("别家"))},
        )
    assert not Answer.objects.exists()
    assert letters.answer_letter(
        recipient=recipient, filing=own, remedy="upload", paper=paper(), **say
    ).stored_as


def paper(content: bytes = b"%PDF-1.7", number: str = "9800001234500001") -> letters.PaperCertificate:
    return letters.PaperCertificate(number, date(1998, 5, 1), 4, "a.pdf", content)


def test_a_paper_certificate_counts_once_an_inspector_has_checked_it(run) -> None:  # type: ignore[no-untyped-def]
    campaign = campaign_of(run)
    genuine, forged, unchecked, *_ = campaign.recipients.filter(held_out=False).order_by("pk")
    officer, abroad = inspector(), inspector("33")
    for recipient in (genuine, forged, unchecked):
        clerk = AccountFactory(role="employer", organisation=recipient.employer)
        for filing in Filing.objects.filter(pk__in=recipient.filings):
            letters.answer_letter(
                recipient=recipient, filing=filing, remedy="upload", on=date(2026, 9, 8), paper=paper(), actor=clerk,
                now=NOW,
            )  # fmt: skip
    with pytest.raises(Forbidden):
        letters.check_paper(answer=genuine.answers.first(), genuine=True, actor=abroad, now=NOW)
    for recipient, verdict in ((genuine, True), (forged, False)):
        for answer in recipient.answers.all():
            answer = letters.check_paper(answer=answer, genuine=verdict, actor=officer, now=NOW)
            assert letters.check_paper(answer=answer, genuine=verdict, actor=officer, now=NOW) == answer
            with pytest.raises(Conflict, match="answer_checked"):
                letters.check_paper(answer=answer, genuine=not verdict, actor=officer, now=NOW)
    campaign = letters.rematch(campaign=campaign, actor=None, now=LATER)
    changes = dict(campaign.recipients.values_list("pk", "change"))
    assert [changes[r.pk] for r in (genuine, forged, unchecked)] == ["corrected", "unchanged", "unchanged"]


def test_visits_are_frozen_with_reasons_and_a_random_arm(run) -> None:  # type: ignore[no-untyped-def]
    officer = inspector()
    ask = {"screening": run, "region": "32", "visits": 4, "seed": "s", "actor": officer, "now": NOW}
    plan = plan_visits(random_share=0.25, **ask)
    assert plan_visits(random_share=0.25, **ask) == plan and not plan.learned
    visits = list(plan.visits.order_by("rank"))
    assert len(visits) == 4 and sum(v.random for v in visits) == 1
    assert all(1 <= len(v.reasons) <= 5 and v.low <= v.probability <= v.high for v in visits)
    assert all(v.snapshot["unmatched"] == v.snapshot["posts"] == 2 for v in visits)
    for change in ({"probability": 0.01}, {"reasons": []}, {"rank": 99}, {"snapshot": {}}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            plan.visits.update(**change)
    with pytest.raises(Refused, match="too_few_random"):
        plan_visits(random_share=0.05, **{**ask, "seed": "t"})
    with pytest.raises(Forbidden):
        plan_visits(random_share=0.25, **{**ask, "region": "33", "seed": "t"})
    done = note_visit(
        visit=visits[0],
        on=date(2026, 9, 9),
        uncertified=1,
        certified=3,
        registered=2,
        actor=officer,
        now=LATER,
    )
    assert done.uncertified == 1
    with pytest.raises(Conflict, match="visit_noted"):
        note_visit(
            visit=visits[0],
            on=date(2026, 9, 9),
            uncertified=0,
            certified=3,
            registered=2,
            actor=officer,
            now=LATER,
        )
    assert PlannedVisit.objects.get(pk=visits[0].pk).uncertified == 1


def test_grades_follow_the_record_and_repair_is_decided_by_another(run) -> None:  # type: ignore[no-untyped-def]
    chief = leader()
    assert grade_year(year=2026, region="32", actor=chief, now=NOW) == 8
    assert grade_year(year=2026, region="32", actor=chief, now=NOW) == 0
    grade = CreditGrade.objects.order_by("pk").first()
    assert grade is not None and grade.grade == "B" and grade.reasons[0][0] == "few_certified"
    clerk = AccountFactory(role="employer", organisation=grade.employer)
    with pytest.raises(Forbidden, match="not_your_grade"):
        ask_repair(
            grade=grade,
            text="已整改",
            actor=AccountFactory(role="employer", organisation=employer("别家")),
            now=NOW,
        )
    asked = ask_repair(grade=grade, text="已整改", actor=clerk, now=NOW)
    assert ask_repair(grade=grade, text="再次", actor=clerk, now=NOW) == asked
    decide_repair(request=asked, granted=True, actor=chief, now=LATER)
    better = CreditGrade.objects.get(previous=grade)
    assert better.grade == GRADES[0] and better.reasons[-1][0] == "repaired"

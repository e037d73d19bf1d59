"""The gate: what waits cannot be reviewed or approved; a release stays on record; an annulment takes two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from chizheng.assessment.models import Mark, Session
from chizheng.assessment.usecases import move_session
from chizheng.certificates.models import Batch
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from chizheng.quality.models import Hold, HoldEvent, Note
from chizheng.quality.queries import hold_of
from chizheng.quality.usecases.gate import correct_marks, decide_hold, enter_sample, late_due, open_hold
from chizheng.quality.usecases.surveillance import hold_flagged
from tests.factories.assessment import EXAM, clerk_of
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, at, flag_on, sitting

pytestmark = pytest.mark.django_db
WHY = "已现场核实评分表与录像，成绩属实"


def held(session: Session | None = None) -> tuple[Hold, Batch]:
    session = session or sitting()
    assert hold_flagged(run=flag_on(session).run, now=NOW) == 1
    hold = hold_of(session)
    assert hold is not None
    return hold, list_session(session=session, now=NOW)


def test_a_flagged_sitting_waits_until_a_reviewer_releases_it() -> None:
    hold, batch = held()
    reviewer, authority = AccountFactory(role="centre"), AccountFactory(role="authority")
    with pytest.raises(Conflict, match="quality_hold"):
        review_batch(batch=batch, actor=reviewer, now=NOW)
    batch.refresh_from_db()
    assert batch.state == "listed"
    decide_hold(hold=hold, event="release", reasons=WHY, actor=reviewer, now=NOW)
    assert hold_of(hold.session) is None
    assert review_batch(batch=batch, actor=reviewer, now=NOW).state == "reviewed"
    assert approve_batch(batch=batch, actor=authority, now=NOW, issued_on=EXAM).state == "approved"
    # the same run again does not hold it again, and the record stays
    assert Hold.objects.get().state == "released" and HoldEvent.objects.get().reasons == WHY


def test_a_hold_that_opens_after_review_stops_the_approval() -> None:
    session = sitting()
    batch = list_session(session=session, now=NOW)
    review_batch(batch=batch, actor=AccountFactory(role="centre"), now=NOW)
    hold_flagged(run=flag_on(session).run, now=NOW)
    with pytest.raises(Conflict, match="quality_hold"):
        approve_batch(batch=batch, actor=AccountFactory(role="authority"), now=NOW, issued_on=EXAM)
    batch.refresh_from_db()
    assert batch.state == "reviewed" and batch.approved_by is None


def test_a_release_needs_reasons_and_the_centre_in_charge() -> None:
    hold, _ = held()
    with pytest.raises(BadInput):
        decide_hold(hold=hold, event="release", reasons="ok", actor=AccountFactory(role="centre"), now=NOW)
    for other in (AccountFactory(role="authority"), AccountFactory(role="centre", region="33")):
        with pytest.raises(Forbidden):
            decide_hold(hold=hold, event="release", reasons=WHY, actor=other, now=NOW)
    assert not HoldEvent.objects.exists()


def test_an_annulment_takes_two_people_and_is_final() -> None:
    hold, batch = held()
    first, second = AccountFactory(role="centre"), AccountFactory(role="centre")
    decide_hold(hold=hold, event="annul", reasons=WHY, actor=first, now=NOW)
    with pytest.raises(Conflict, match="self_approval"):
        decide_hold(hold=hold, event="confirm", reasons=WHY, actor=first, now=NOW)
    decide_hold(hold=hold, event="confirm", reasons=WHY, actor=second, now=NOW)
    hold.session.refresh_from_db()
    assert hold.session.state == "annulled" and hold_of(hold.session) is not None
    with pytest.raises(Conflict):
        review_batch(batch=batch, actor=first, now=NOW)


def test_a_sample_is_marked_before_it_is_released() -> None:
    hold, _ = held(sitting(candidates=20))
    reviewer = AccountFactory(role="centre")
    hold = decide_hold(hold=hold, event="remark", reasons=WHY, actor=reviewer, now=NOW)
    sample = list(hold.sample.all())
    assert len(sample) == 5  # policy: a tenth, five at least
    with pytest.raises(Conflict, match="sample_unmarked"):
        decide_hold(hold=hold, event="release", reasons=WHY, actor=reviewer, now=NOW)
    with pytest.raises(BadInput):
        enter_sample(hold=hold, marks={sample[0].pk: "50", sample[1].pk: "101"}, actor=reviewer, now=NOW)
    assert not hold.sample.filter(score__isnull=False).exists()  # all or none
    assert enter_sample(hold=hold, marks={s.pk: "61.5" for s in sample}, actor=reviewer, now=NOW) == 5
    assert enter_sample(hold=hold, marks={s.pk: "61.50" for s in sample}, actor=reviewer, now=NOW) == 0
    assert decide_hold(hold=hold, event="release", reasons=WHY, actor=reviewer, now=NOW).state == "released"


def test_a_roster_frozen_after_the_exam_began_waits(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        late = sitting(closed=at(EXAM, 4))
    hold = hold_of(late)
    assert hold is not None and hold.cause == "late"
    assert late_due(now=NOW) == 1 and Hold.objects.count() == 1


def test_a_roster_in_time_does_not_wait_and_issued_ones_are_left_alone() -> None:
    session = sitting()
    assert late_due(now=NOW) == 0
    issued = sitting(body=session.station, exam=EXAM + timedelta(days=20))
    Session.objects.filter(pk=issued.pk).update(state="issued")
    assert hold_flagged(run=flag_on(session).run, now=NOW) == 1
    assert hold_of(issued) is None
    Hold.objects.all().delete()
    assert hold_flagged(run=flag_on(session, flagged=False, posterior=0.1).run, now=NOW) == 0
    assert not Hold.objects.exists()


def test_decisions_cannot_be_rewritten() -> None:
    hold, _ = held()
    decide_hold(hold=hold, event="release", reasons=WHY, actor=AccountFactory(role="centre"), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        HoldEvent.objects.update(reasons="别的理由")
    with pytest.raises(DatabaseError), transaction.atomic():
        HoldEvent.objects.all().delete()


def test_a_cause_opens_once() -> None:
    hold, _ = held()
    from chizheng.kernel.wording import Wording

    again = open_hold(session=hold.session, cause="flag", reason=Wording("别的", "other"), now=NOW)
    assert again.pk == hold.pk and again.reason_zh == hold.reason_zh


def remarked(*, second: str = "41") -> tuple[Hold, Session]:
    """A hold whose whole sample was marked again by one person of the centre."""
    session = sitting(candidates=20)
    hold, _ = held(session)
    clerk = AccountFactory(role="centre")
    hold = decide_hold(hold=hold, event="remark", reasons=WHY, actor=clerk, now=NOW)
    for row in hold.sample.select_related("registration__person"):
        AccountFactory(role="candidate", person=row.registration.person)
    enter_sample(hold=hold, marks={s.pk: second for s in hold.sample.all()}, actor=clerk, now=NOW)
    return hold, session


def test_second_marks_beyond_the_tolerance_stand_and_the_candidates_are_told() -> None:
    hold, session = remarked()
    sample = list(hold.sample.all())
    first = {
        m.registration_id: m.score
        for m in Mark.objects.filter(registration__session=session, part="practice")
    }
    outside = Mark.objects.filter(registration__session=session).exclude(registration__in=[s.registration_id for s in sample])  # fmt: skip
    before = list(outside.order_by("pk").values_list("pk", "score", "state"))
    decider = AccountFactory(role="centre")
    done = correct_marks(hold=hold, reasons=WHY, actor=decider, now=NOW)
    session.refresh_from_db()
    assert done.state == "corrected" and session.state == "published" and hold_of(session) is None
    assert session.publicity_until is not None and session.publicity_until > NOW.date()
    for row in done.sample.all():
        mark = Mark.objects.get(registration=row.registration, part="practice")
        assert row.first == first[row.registration_id] and row.replaced and mark.score == row.score == 41
        assert row.registration.result.outcome == "fail"
        note = Note.objects.get(to__person=row.registration.person)
        assert f"{row.first.normalize():f} 分改为 41 分" in note.body_zh and "不合格" in note.body_zh
    assert list(outside.order_by("pk").values_list("pk", "score", "state")) == before
    entry = LedgerEntry.objects.get(verb="quality.hold_correct")
    assert entry.actor == decider and entry.detail["changed"] == len(sample)
    # twice is once, and the same results may go up again
    assert correct_marks(hold=hold, reasons=WHY, actor=decider, now=NOW).pk == hold.pk
    assert Note.objects.count() == len(sample) and HoldEvent.objects.filter(event="correct").count() == 1


def test_a_mark_within_the_tolerance_stays_as_it_was() -> None:
    hold, _ = remarked()
    near = hold.sample.first()
    assert near is not None
    first = Mark.objects.get(registration=near.registration, part="practice").score
    near.score = first + 3
    near.save(update_fields=["score"])
    correct_marks(hold=hold, reasons=WHY, actor=AccountFactory(role="centre"), now=NOW)
    near.refresh_from_db()
    assert near.replaced is False and Mark.objects.get(registration=near.registration, part="practice").score == first  # fmt: skip
    assert "原成绩有效" in Note.objects.get(to__person=near.registration.person).body_zh


def test_a_doubly_entered_mark_is_corrected_in_both_entries() -> None:
    hold, _ = remarked()
    row = hold.sample.first()
    assert row is not None
    mark = Mark.objects.get(registration=row.registration, part="practice")
    mark.second_state, mark.second_score, mark.second_at = mark.state, mark.score, NOW
    mark.save()
    correct_marks(hold=hold, reasons=WHY, actor=AccountFactory(role="centre"), now=NOW)
    mark.refresh_from_db()
    assert mark.score == mark.second_score == 41 and not mark.disputed


def test_corrections_are_refused_and_nothing_is_written() -> None:
    hold, session = remarked()
    clerk = hold.sample.first().entered_by  # type: ignore[union-attr]
    other = AccountFactory(role="centre")
    before = list(Mark.objects.order_by("pk").values_list("pk", "score"))

    def refused(actor: Account, kind: type[Exception], match: str | None = None, reasons: str = WHY) -> None:
        with pytest.raises(kind, match=match):
            correct_marks(hold=hold, reasons=reasons, actor=actor, now=NOW)
        hold.refresh_from_db()
        assert (
            hold.state == "remarking"
            and list(Mark.objects.order_by("pk").values_list("pk", "score")) == before
        )
        assert not Note.objects.exists() and not hold.sample.filter(first__isnull=False).exists()
        assert not HoldEvent.objects.filter(event="correct").exists()

    refused(clerk, Conflict, "self_approval")
    refused(AccountFactory(role="authority"), Forbidden)
    refused(AccountFactory(role="centre", region="33"), Forbidden)
    refused(other, BadInput, reasons="ok")
    Session.objects.filter(pk=session.pk).update(state="reviewed")
    refused(other, Conflict, "list_under_way")
    Session.objects.filter(pk=session.pk).update(state="submitted")
    for row in hold.sample.all():
        row.score = Mark.objects.get(registration=row.registration, part="practice").score
        row.save(update_fields=["score"])
    refused(other, Conflict, "nothing_to_correct")
    hold.sample.update(score=None)
    refused(other, Conflict, "sample_unmarked")
    with pytest.raises(Conflict, match="own_step"):
        decide_hold(hold=hold, event="correct", reasons=WHY, actor=other, now=NOW)


def test_a_retest_changes_no_marks() -> None:
    hold, _ = held(sitting(candidates=20))
    hold = decide_hold(hold=hold, event="retest", reasons=WHY, actor=AccountFactory(role="centre"), now=NOW)
    with pytest.raises(Conflict):
        correct_marks(hold=hold, reasons=WHY, actor=AccountFactory(role="centre"), now=NOW)


def test_a_list_not_yet_reviewed_counts_the_corrected_passes() -> None:
    hold, session = remarked()
    batch = list_session(session=session, now=NOW)
    was = batch.count
    correct_marks(hold=hold, reasons=WHY, actor=AccountFactory(role="centre"), now=NOW)
    session.refresh_from_db()
    move_session(session=session, event="submit", actor=None, now=NOW + timedelta(days=20))
    batch = list_session(session=session, now=NOW)
    assert batch.count < was


def test_the_list_says_that_it_waits_and_why_but_not_to_the_station() -> None:
    hold, batch = held()
    where = reverse("certificates:batch", args=[batch.uuid])

    def seen(account: Account) -> str:
        client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
        client.force_login(account)
        return client.get(where).content.decode()

    centre, clerk = AccountFactory(role="centre"), clerk_of(batch.station)
    waits, link = "本批次待质量复核", reverse("quality:hold", args=[hold.pk])
    assert all(words in seen(centre) for words in (waits, hold.reason_zh, link))
    assert waits in seen(clerk) and hold.reason_zh not in seen(clerk) and link not in seen(clerk)
    decide_hold(hold=hold, event="release", reasons=WHY, actor=centre, now=NOW)
    assert waits not in seen(centre)

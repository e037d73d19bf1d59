"""The gate: what waits cannot be reviewed or approved; a release stays on record; an annulment takes two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from chizheng.assessment.models import Session
from chizheng.certificates.models import Batch
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.quality.models import Hold, HoldEvent
from chizheng.quality.queries import hold_of
from chizheng.quality.usecases.gate import decide_hold, enter_sample, late_due, open_hold
from chizheng.quality.usecases.surveillance import hold_flagged
from tests.factories.assessment import EXAM
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

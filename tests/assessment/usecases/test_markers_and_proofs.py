"""Markers settle marks, proofs are ticked off, panels rotate; what is refused writes nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from chizheng.assessment.core.marks import Part
from chizheng.assessment.models import (
    Assessor,
    AssessorTie,
    Mark,
    Marking,
    PanelMember,
    Registration,
    Session,
)
from chizheng.assessment.usecases import (
    MarkerEntry,
    appoint_panel,
    close_enrolment,
    declare_tie,
    enter_markings,
    hold_session,
    seat,
    see_evidence,
)
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.factories.assessment import (
    EXAM,
    NOW,
    AssessorFactory,
    RegistrationFactory,
    clerk_of,
    session_of,
    station,
)
from tests.factories.people import AccountFactory, PersonFactory, resident_number

pytestmark = pytest.mark.django_db


def cards(count: int, **more: object) -> list[Assessor]:
    made = [AssessorFactory(**more) for _ in range(count)]
    for card in made:
        card.refresh_from_db()
    return made


def pairs(members: list[Assessor]) -> list[tuple[Assessor, bool]]:
    return [(a, n == 0) for n, a in enumerate(members)]


def marking_session(people: int = 2) -> tuple[Session, list[Registration], list[Assessor]]:
    session = session_of(station())
    rows = [RegistrationFactory(session=session) for _ in range(people)]
    panel = cards(3)
    close_enrolment(session=session, actor=None, now=NOW)
    appoint_panel(session=session, members=pairs(panel), actor=None, now=NOW)
    seat(session=session, actor=None, now=NOW)
    return hold_session(session=session, actor=None, now=NOW), rows, panel


def enter(session: Session, row: Registration, assessor: Assessor, text: str) -> list[str]:
    entry = MarkerEntry(row.pk, Part.PRACTICE, assessor.pk, text)
    return [f.code for f in enter_markings(session=session, entries=[entry], actor=None, now=NOW)]


def counts() -> tuple[int, ...]:
    return tuple(m._default_manager.count() for m in (Mark, Marking, PanelMember, AssessorTie, LedgerEntry))


# --- markers


def test_two_markers_who_agree_settle_the_mark() -> None:
    session, [row, _], [one, two, three] = marking_session()
    assert enter(session, row, one, "80") == [] and not Mark.objects.exists()
    assert enter(session, row, one, "80") == [] and Marking.objects.count() == 1
    assert enter(session, row, two, "50") == []
    mark = Mark.objects.get()
    assert (mark.part, mark.score) == ("practice", Decimal("65.00"))
    before = counts()
    assert enter(session, row, three, "70") == ["marker_not_needed"]
    assert counts() == before


def test_a_large_difference_needs_a_third_marker_and_the_mean_of_three_counts() -> None:
    session, [row, _], [one, two, three] = marking_session()
    enter(session, row, one, "90")
    enter(session, row, two, "50")
    assert not Mark.objects.exists()
    assert enter(session, row, two, "55") == ["marker_twice"]
    assert enter(session, row, three, "60") == []
    assert Mark.objects.get().score == Decimal("66.67")
    assert enter(session, row, three, "61") == ["marker_twice"]


@pytest.mark.parametrize(
    ("text", "code"), [("缺考", "mark_unreadable"), ("abc", "mark_unreadable"), ("101", "mark_range")]
)
def test_what_is_no_score_is_refused_and_writes_nothing(text: str, code: str) -> None:
    session, [row, _], [one, *_rest] = marking_session()
    enter(session, row, one, "70")
    before = counts()
    assert enter(session, row, _rest[0], text) == [code]
    assert counts() == before


def test_whoever_is_not_on_the_panel_does_not_mark() -> None:
    session, [row, _], _panel = marking_session()
    enter(session, row, _panel[0], "70")
    before = counts()
    assert enter(session, row, cards(1)[0], "70") == ["marker_not_on_panel"]
    assert counts() == before


def test_the_page_says_who_must_mark_next() -> None:
    session, [row, _], [one, two, three] = marking_session()
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(clerk_of(session.station))
    url = reverse("assessment:markings", args=[session.uuid]) + "?part=practice"
    for assessor, score in ((one, "90"), (two, "50")):
        client.post(url, {f"by-{row.pk}": assessor.pk, f"s-{row.pk}": score})
    page = client.get(url).content.decode()
    assert "相差40分，须第三人" in page and "30%" in page
    answer = client.post(url, {f"by-{row.pk}": two.pk, f"s-{row.pk}": "60"})
    assert answer.status_code == 422 and "不能给同一份试卷评两次分" in answer.content.decode()
    client.post(url, {f"by-{row.pk}": three.pk, f"s-{row.pk}": "60"})
    assert Mark.objects.get().score == Decimal("66.67")


# --- proofs


def unproved(**more: object) -> Registration:
    session = session_of(station())
    return RegistrationFactory(
        session=session, judged="unknown", evidence=["work_years", "certificate"], **more
    )


def test_an_alternative_is_met_when_every_proof_was_seen_and_no_more_when_a_tick_is_taken_back() -> None:
    row = unproved()
    assert see_evidence(registration=row, seen=["certificate"], actor=None, now=NOW).judged == "unknown"
    entries = LedgerEntry.objects.count()
    see_evidence(registration=row, seen=["certificate"], actor=None, now=NOW)
    assert LedgerEntry.objects.count() == entries
    assert (
        see_evidence(registration=row, seen=["certificate", "work_years"], actor=None, now=NOW).judged
        == "met"
    )
    assert see_evidence(registration=row, seen=["work_years"], actor=None, now=NOW).judged == "unknown"


def test_proofs_are_ticked_by_the_own_station_only_and_before_submission() -> None:
    row = unproved()
    stranger = clerk_of(station("10012004"))
    before = counts()
    with pytest.raises(BadInput):
        see_evidence(registration=row, seen=["diploma"], actor=None, now=NOW)
    with pytest.raises(Forbidden):
        see_evidence(registration=row, seen=["certificate"], actor=stranger, now=NOW)
    Session.objects.update(state="submitted")
    with pytest.raises(Conflict):
        see_evidence(registration=row, seen=["certificate"], actor=None, now=NOW)
    row.refresh_from_db()
    assert row.evidence_seen == [] and counts() == before


def test_the_page_ticks_off() -> None:
    row = unproved()
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(clerk_of(row.session.station))
    url = reverse("assessment:evidence", args=[row.session.uuid])
    assert "工作年限证明" in client.get(url).content.decode()
    client.post(reverse("assessment:see", args=[row.uuid]), {"seen": ["work_years", "certificate"]})
    page = client.get(url).content.decode()
    row.refresh_from_db()
    assert row.judged == "met" and "符合" in page and row.seen_by is not None
    other = clerk_of(station("10012005"))
    client.force_login(other)
    assert client.post(reverse("assessment:see", args=[row.uuid]), {"seen": []}).status_code == 404


# --- rotation


def sittings(count: int, panels: list[list[Assessor]]) -> Session:
    """Sessions of one station a week apart, the first ones with these panels; returns the last."""
    body = station()
    made = [session_of(body, exam=EXAM + timedelta(days=7 * n)) for n in range(count)]
    for session, panel in zip(made, panels, strict=False):
        appoint_panel(session=session, members=pairs(panel), actor=None, now=NOW)
    return made[-1]


def test_a_panel_changes_by_a_third_and_nobody_sits_four_times_in_a_row() -> None:
    a, b, c, d, e, f = cards(6)
    last = sittings(4, [[a, b, c], [a, b, d], [a, e, d]])
    before = counts()
    with pytest.raises(Refused) as refused:
        appoint_panel(session=last, members=pairs([a, e, d]), actor=None, now=NOW)
    said = refused.value.say("zh")
    assert "连续考评3次" in said and "只更换0人" in said
    with pytest.raises(Refused, match="连续"):
        appoint_panel(session=last, members=pairs([a, b, f]), actor=None, now=NOW)
    assert counts() == before
    assert len(appoint_panel(session=last, members=pairs([b, e, f]), actor=None, now=NOW)) == 3


def test_an_annulled_sitting_does_not_count() -> None:
    a, b, c = cards(3)
    last = sittings(2, [[a, b, c]])
    Session.objects.exclude(pk=last.pk).update(state="annulled")
    assert len(appoint_panel(session=last, members=pairs([a, b, c]), actor=None, now=NOW)) == 3


def test_a_candidate_is_not_assessed_again_by_the_same_person_within_the_term() -> None:
    a, b, c, d, e, f = cards(6)
    last = sittings(2, [[a, b, c]])
    person = PersonFactory(number=resident_number(77))
    for session in Session.objects.all():
        RegistrationFactory(session=session, person=person)
    with pytest.raises(Refused, match="考评过本批次的1名考生"):
        appoint_panel(session=last, members=pairs([a, d, e]), actor=None, now=NOW)
    assert len(appoint_panel(session=last, members=pairs([d, e, f]), actor=None, now=NOW)) == 3


def test_a_declared_tie_recuses() -> None:
    a, b, c, d = cards(4)
    session = session_of(station())
    row = RegistrationFactory(session=session)
    centre: Account = AccountFactory(role="centre", region="32")
    for _ in range(2):
        declare_tie(assessor=a, person=row.person, relation="relative", actor=centre, now=NOW)
    assert AssessorTie.objects.count() == 1
    before = counts()
    with pytest.raises(Refused, match="应当回避"):
        appoint_panel(session=session, members=pairs([a, b, c]), actor=None, now=NOW)
    with pytest.raises(Forbidden):
        declare_tie(assessor=a, person=row.person, relation="relative",
                    actor=AccountFactory(role="centre", region="44"), now=NOW)  # fmt: skip
    assert counts() == before
    assert len(appoint_panel(session=session, members=pairs([b, c, d]), actor=None, now=NOW)) == 3

"""Two people are two persons: somebody with two accounts decides nothing alone, and nobody about themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction

from chizheng.access.usecases.staff import ask_exception, decide_exception
from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Assessor, PanelMember, Registration, Session
from chizheng.assessment.usecases import (
    MarkEntry,
    MarkerEntry,
    appoint_panel,
    enter_markings,
    enter_marks,
    move_session,
)
from chizheng.certificates.models import Award, Batch
from chizheng.certificates.usecases.annul_session import decide_annulment, request_annulment
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.usecases.work_case import move_case
from chizheng.kernel.errors import ChizhengError
from chizheng.people.models import Account, Person
from chizheng.platform.clock import now
from chizheng.platform.models import LedgerEntry
from chizheng.quality.models import Supervisor
from chizheng.quality.usecases.gate import decide_hold
from chizheng.quality.usecases.supervision import _inputs, receive_site_report
from chizheng.quality.usecases.suspensions import ask_to_restore, restore
from tests.factories.assessment import (
    EXAM,
    AssessorFactory,
    RegistrationFactory,
    clerk_of,
    session_of,
    station,
)
from tests.factories.certificates import ISSUED, at, submitted_session
from tests.factories.inspection import NOW as INSPECTED
from tests.factories.inspection import case_of, inspector, leader
from tests.factories.people import AccountFactory, PersonFactory, document_of, resident_number
from tests.factories.quality import NOW, sitting, task_of
from tests.journeys.deciding import (
    MATTERS,
    WHY,
    Matter,
    account,
    hold_on,
    issued,
    proposed_case,
    suspended,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

SELF = {"self_approval", "two_people", "own_request", "own_repair", "decides_own_case"}


def refused_without_a_trace(act: Callable[[], object], codes: set[str]) -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(ChizhengError) as error, transaction.atomic():
        act()
    assert error.value.code in codes, error.value.say()
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("matter", MATTERS, ids=str)
def test_two_accounts_of_one_person_are_one_person(matter: Matter) -> None:
    person = PersonFactory()
    first, again = account(matter.first, person=person), account(matter.second, person=person)
    decide = matter.ask(first)
    refused_without_a_trace(lambda: decide(again, True), SELF)
    decide(account(matter.second, person=PersonFactory()), True)  # nothing else stood in the way
    assert LedgerEntry.objects.filter(verb=matter.verb).count() == 1


def test_two_entries_of_a_mark_take_two_people() -> None:
    session = session_of(station())
    row = RegistrationFactory(session=session)
    Session.objects.filter(pk=session.pk).update(state="marking")
    person = PersonFactory()
    one = AccountFactory(role="station", organisation=session.station, region="", person=person)
    again = AccountFactory(role="station", organisation=session.station, region="", person=person)
    other = clerk_of(session.station)
    entry = [MarkEntry(row.pk, Part.THEORY, "70")]
    enter_marks(session=session, entries=entry, actor=one, now=NOW)
    [fault] = enter_marks(session=session, entries=entry, actor=again, now=NOW, second=True)
    assert fault.code == "second_by_same" and row.marks.get().second_by is None
    assert enter_marks(session=session, entries=entry, actor=other, now=NOW, second=True) == []


def test_a_team_of_inspectors_is_of_different_people() -> None:
    person = PersonFactory()
    one, again, other = inspector(person=person), inspector(person=person), inspector()
    chief, day = leader(), date(2026, 7, 1)
    case = case_of(one, day=day)
    for event, actor in (("accept", one), ("file", chief)):
        case = move_case(case=case, event=event, on=day, actor=actor, now=INSPECTED)

    def assign(*team: Account) -> object:
        return move_case(case=case, event="assign", on=day, actor=one, now=INSPECTED, officers=team)

    refused_without_a_trace(lambda: assign(one, again), {"too_few_inspectors"})
    assign(one, other)


def test_a_hearing_is_not_chaired_by_an_investigators_other_account() -> None:
    person, day = PersonFactory(), date(2026, 7, 1)
    one, other, chief = inspector(person=person), inspector(), leader()
    case = case_of(one, day=day)
    for event, actor, on, more in (
        ("accept", one, 0, {}), ("file", chief, 0, {}), ("assign", one, 0, {"officers": [one, other]}),
        ("give_notice", one, 0, {"imposed": Imposed("anquan-97", 50_000_00)}), ("request_hearing", one, 5, {}),
    ):  # fmt: skip
        case = move_case(
            case=case, event=event, on=day + timedelta(days=on), actor=actor, now=INSPECTED, **more
        )

    def close(chair: Account) -> object:
        on = day + timedelta(days=14)
        return move_case(case=case, event="close_hearing", on=on, actor=one, now=INSPECTED, chair=chair)

    refused_without_a_trace(
        lambda: close(AccountFactory(role="authority", person=person)), {"chair_investigated"}
    )
    close(chief)


# --- nobody decides about themselves


def sits(session: Session) -> Person:
    """Somebody on the roster."""
    found = session.registrations.order_by("pk").first()
    assert found is not None
    return found.person


@dataclass(frozen=True, slots=True)
class Own:
    """`make` prepares a matter about a person; returns that person and the act of an account."""

    name: str
    role: str
    make: Callable[[], tuple[Person, Callable[[Account], object]]]

    def __str__(self) -> str:
        return self.name


def _review() -> tuple[Person, Callable[[Account], object]]:
    batch = list_session(session=submitted_session(), now=at(ISSUED))
    assert batch.session is not None
    return sits(batch.session), lambda who: review_batch(batch=batch, actor=who, now=at(ISSUED))


def _approve() -> tuple[Person, Callable[[Account], object]]:
    batch = list_session(session=submitted_session(), now=at(ISSUED))
    assert batch.session is not None
    review_batch(batch=batch, actor=AccountFactory(role="centre"), now=at(ISSUED))
    return sits(batch.session), lambda who: approve_batch(
        batch=batch, actor=who, now=at(ISSUED), issued_on=ISSUED
    )


def _award() -> tuple[Person, Callable[[Account], object]]:
    model = list_session(session=submitted_session(), now=at(ISSUED))
    person = PersonFactory()
    batch = Batch.objects.create(
        basis="contest", station=model.station, institution=model.institution, region=model.region, occupation="车工",
        level=4, evidence="示例〔2026〕1号", reason="竞赛", count=1, created_at=at(ISSUED),
        submitted_by=AccountFactory(role="centre"),
    )  # fmt: skip
    Award.objects.create(batch=batch, order=0, person=person, name=person.name, occupation="车工", level=4)
    return person, lambda who: review_batch(batch=batch, actor=who, now=at(ISSUED))


def _ask_turn() -> tuple[Person, Callable[[Account], object]]:
    row = issued()
    return row.person, lambda who: request_turn(
        certificate=row,
        kind="suspend",
        reason_code="fraud",
        reason="x",
        basis="x",
        actor=who,
        now=at(ISSUED, 5),
    )


def _turn() -> tuple[Person, Callable[[Account], object]]:
    row = issued()
    asked = request_turn(
        certificate=row, kind="revoke", reason_code="fraud", reason="x", basis="x",
        actor=AccountFactory(role="centre"), now=at(ISSUED, 5),
    )  # fmt: skip
    return row.person, lambda who: decide_turn(request=asked, granted=False, actor=who, now=at(ISSUED, 6))


def _annul() -> tuple[Person, Callable[[Account], object]]:
    session = issued().batch.session
    assert session is not None
    asked = request_annulment(
        session=session,
        reason_code="leak",
        reason="试题泄露",
        basis="x",
        actor=AccountFactory(role="centre"),
        now=NOW,
    )
    return sits(session), lambda who: decide_annulment(annulment=asked, granted=False, actor=who, now=NOW)


def _hold() -> tuple[Person, Callable[[Account], object]]:
    hold = hold_on(sitting())
    return sits(hold.session), lambda who: decide_hold(
        hold=hold, event="release", reasons=WHY, actor=who, now=NOW
    )


def _case() -> tuple[Person, Callable[[Account], object]]:
    from chizheng.quality.usecases.cases import decide_case

    case = proposed_case(AccountFactory(role="centre"))
    assert case.assessor is not None
    return case.assessor.person, lambda who: decide_case(case=case, text=WHY, actor=who, now=now())


def _restore() -> tuple[Person, Callable[[Account], object]]:
    row = suspended(AccountFactory(role="centre"))
    assert row.assessor is not None
    ask_to_restore(suspension=row, reasons=WHY, actor=AccountFactory(role="centre"), now=now())
    return row.assessor.person, lambda who: restore(suspension=row, actor=who, now=now())


def _exception() -> tuple[Person, Callable[[Account], object]]:
    boss = account({"role": "employer"})
    person = PersonFactory(number=resident_number(7))
    assert boss.organisation is not None
    request = ask_exception(
        organisation=boss.organisation, code="order6-untrained-trade", occupation="车工", place="3201",
        why="当地没有培训", evidence=["劳动保障行政部门批准文件", "培训计划"], start=date(2010, 1, 1), end=date(2010, 7, 1),
        actor=boss, now=NOW, name=person.name, document=document_of(person).number,
    )  # fmt: skip
    return person, lambda who: decide_exception(
        request=request, granted=True, basis="样文", actor=who, now=NOW
    )


OWN = (
    Own("review of a list one stands on", "centre", _review),
    Own("approval of a list one stands on", "authority", _approve),
    Own("review of an award of one's own", "centre", _award),
    Own("request about one's own certificate", "centre", _ask_turn),
    Own("decision about one's own certificate", "authority", _turn),
    Own("annulment of one's own exam", "authority", _annul),
    Own("release of one's own exam", "centre", _hold),
    Own("decision of a case about one's own card", "authority", _case),
    Own("end of one's own suspension", "authority", _restore),
    Own("exception for oneself", "authority", _exception),
)


@pytest.mark.parametrize("own", OWN, ids=str)
def test_nobody_decides_about_themselves(own: Own) -> None:
    person, act = own.make()
    refused_without_a_trace(lambda: act(AccountFactory(role=own.role, person=person)), {"own_matter"})
    act(AccountFactory(role=own.role, person=PersonFactory()))


def test_a_clerk_does_not_run_or_mark_an_exam_they_sit() -> None:
    session = session_of(station())
    row = RegistrationFactory(session=session)
    clerk = AccountFactory(role="station", organisation=session.station, region="", person=row.person)
    move_session(session=session, event=Event.CLOSE, actor=clerk, now=NOW)  # the roster may be sent in
    refused_without_a_trace(
        lambda: move_session(session=session, event=Event.SEAT, actor=clerk, now=NOW), {"own_matter"}
    )
    Session.objects.filter(pk=session.pk).update(state="marking")
    entries = [MarkEntry(row.pk, Part.THEORY, "99")]
    refused_without_a_trace(
        lambda: enter_marks(session=session, entries=entries, actor=clerk, now=NOW), {"own_matter"}
    )
    Registration.objects.filter(pk=row.pk).update(state="withdrawn")
    assert enter_marks(session=session, entries=entries, actor=clerk, now=NOW) == []


def test_an_assessor_neither_sits_on_the_panel_of_their_own_exam_nor_marks_their_own_paper() -> None:
    session = session_of(station())
    row = RegistrationFactory(session=session)
    own: Assessor = AssessorFactory(person=row.person)
    others = [AssessorFactory() for _ in range(3)]
    for one in (own, *others):
        one.refresh_from_db()
    centre = AccountFactory(role="centre")
    panel = [(own, False), (others[0], True), (others[1], False)]
    refused_without_a_trace(
        lambda: appoint_panel(session=session, members=panel, actor=centre, now=NOW), {"panel"}
    )
    appoint_panel(session=session, members=[(a, n == 0) for n, a in enumerate(others)], actor=centre, now=NOW)
    PanelMember.objects.create(session=session, assessor=own, leader=False)  # whoever got there
    Session.objects.filter(pk=session.pk).update(state="marking")
    [fault] = enter_markings(
        session=session,
        entries=[MarkerEntry(row.pk, Part.PRACTICE, own.pk, "99")],
        actor=clerk_of(session.station),
        now=NOW,
    )
    assert fault.code == "marker_own" and not row.markings.exists()


def test_nobody_supervises_an_exam_they_sit_or_mark() -> None:
    session = sitting()
    centre = AccountFactory(role="centre")
    first_card = session.panel.first()
    assert first_card is not None

    def card(person: Person) -> Supervisor:
        return Supervisor.objects.create(
            person=person, card_number=f"R{person.pk:08d}", qualified_by="三年", region="32",
            term=(date(2025, 1, 1), date(2028, 1, 1)),
        )  # fmt: skip

    sitting_it, marking_it, free = (
        card(sits(session)),
        card(first_card.assessor.person),
        card(PersonFactory()),
    )
    _, barred = _inputs("32", "", EXAM, EXAM + timedelta(days=1), EXAM)
    assert {pk: set(stations) for pk, stations in barred.items()} == {
        sitting_it.pk: {session.station_id}, marking_it.pk: {session.station_id}, free.pk: set(),
    }  # fmt: skip
    Supervisor.objects.all().delete()
    supervisor, task = task_of(session, centre)
    RegistrationFactory(
        session=session, person=supervisor.person, document=session.registrations.first().document
    )  # type: ignore[union-attr]
    refused_without_a_trace(
        lambda: receive_site_report(
            task=task, client="00000000-0000-4000-8000-000000000001", observed_at=NOW, present=8, strangers=0,  # type: ignore[arg-type]
            conformity={}, remarks="", grave=False, photographs=[], actor=supervisor, now=NOW,
        ),
        {"own_matter"},
    )  # fmt: skip

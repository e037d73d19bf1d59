"""A session from its opening to its submission, step by step, and what each step refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chizheng.assessment.core.marks import Part
from chizheng.assessment.core.states import Event, State
from chizheng.assessment.models import Mark, Registration, Session
from chizheng.assessment.queries import counts_of, list_passing
from chizheng.assessment.sheets_out import marks_sheet
from chizheng.assessment.usecases import (
    MarkEntry,
    appoint_panel,
    close_enrolment,
    enter_marks,
    finish_marking,
    hold_session,
    import_marks,
    move_session,
    open_session,
    publish_results,
    rebuild_results,
    rebuild_session,
    seat,
    submit_to_centre,
    withdraw,
)
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.assessment.sheet_bytes import sheet
from tests.factories.assessment import (
    EXAM,
    NOW,
    AssessorFactory,
    RegistrationFactory,
    clerk_of,
    session_of,
    station,
)
from tests.factories.people import AccountFactory

pytestmark = pytest.mark.django_db


def roster(session: Session, count: int, **more: object) -> list[Registration]:
    return [RegistrationFactory(session=session, **more) for _ in range(count)]


def appointed(session: Session, count: int = 3, **more: object) -> None:
    cards = [AssessorFactory(**more) for _ in range(count)]
    for card in cards:
        card.refresh_from_db()
    appoint_panel(session=session, members=[(c, n == 0) for n, c in enumerate(cards)], actor=None, now=NOW)


def held(session: Session) -> Session:
    """The session with its exam held."""
    close_enrolment(session=session, actor=None, now=NOW)
    appointed(session)
    seat(session=session, actor=None, now=NOW)
    return hold_session(session=session, actor=None, now=NOW)


def mark(session: Session, rows: list[Registration], *texts: str, **more: object) -> list[object]:
    parts = (Part.THEORY, Part.PRACTICE, Part.REVIEW)
    entries = [MarkEntry(r.pk, p, t) for r in rows for p, t in zip(parts, texts, strict=False)]
    return enter_marks(session=session, entries=entries, now=NOW, **({"actor": None} | more))  # type: ignore[arg-type,return-value]


def submitted(session: Session, rows: list[Registration]) -> Session:
    """The session marked all 75, published and, after the publicity, submitted."""
    held(session)
    mark(session, rows, "75", "75", "75")
    finish_marking(session=session, actor=None, now=NOW)
    publish_results(session=session, actor=None, now=NOW)
    return submit_to_centre(session=session, actor=None, now=NOW + timedelta(days=14))


def test_from_enrolment_to_submission() -> None:
    session = session_of(station())
    rows = roster(session, 4)
    withdraw(registration=rows[3], actor=None, now=NOW)
    held(session)
    numbers = list(
        Registration.objects.filter(session=session).order_by("id").values_list("admission_number", flat=True)
    )
    assert numbers == ["26100120030010001", "26100120030010002", "26100120030010003", None]
    assert mark(session, rows[:1], "60", "60") == []
    mark(session, rows[1:2], "59.5", "100")
    mark(session, rows[2:3], "缺考", "80")
    finish_marking(session=session, actor=None, now=NOW)
    publish_results(session=session, actor=None, now=NOW)
    session.refresh_from_db()
    assert (session.state, session.published_on) == ("published", date(2026, 3, 2))
    assert session.publicity_until == date(2026, 3, 9)  # five working days after a Monday
    assert (counts_of(session).passed, counts_of(session).failed, counts_of(session).incomplete) == (1, 2, 0)
    assert list(list_passing(session)) == []  # not before it is submitted
    last_day = datetime(2026, 3, 9, 15, tzinfo=UTC)  # 23:00 in China
    with pytest.raises(Refused):
        submit_to_centre(session=session, actor=None, now=last_day)
    submit_to_centre(session=session, actor=None, now=last_day + timedelta(hours=1))
    session.refresh_from_db()
    (passing,) = list_passing(session)
    assert (passing.registration, passing.level, passing.institution_number) == (rows[0], 4, "10012003")
    assert passing.marks["theory"].score == Decimal(60)


def test_every_step_twice_is_once() -> None:
    session = session_of(station())
    rows = roster(session, 2)
    submitted(session, rows)
    entries, events = LedgerEntry.objects.count(), session.events.count()
    with pytest.raises(Conflict):
        close_enrolment(session=session, actor=None, now=NOW)
    assert submit_to_centre(session=session, actor=None, now=NOW + timedelta(days=14)).state == "submitted"
    assert (LedgerEntry.objects.count(), session.events.count()) == (entries, events)
    assert rebuild_results(session=session, now=NOW) == 0


def test_opening_outside_the_licence_is_refused() -> None:
    body = station(levels=(5, 4))
    with pytest.raises(Refused) as caught:
        session_of(body, level=3)
    assert caught.value.code == "outside_licence"
    with pytest.raises(NotFound):
        open_session(
            station=body, occupation="没有的职业", level=4, exam_date=EXAM, enrolment_close=EXAM, now=NOW
        )
    with pytest.raises(BadInput):
        open_session(
            station=body,
            occupation="车工",
            level=4,
            exam_date=EXAM,
            enrolment_close=EXAM + timedelta(1),
            now=NOW,
        )
    with pytest.raises(Forbidden):
        open_session(
            station=body, occupation="车工", level=4, exam_date=EXAM, enrolment_close=EXAM, now=NOW,
            actor=clerk_of(station("10012008")),
        )  # fmt: skip


def test_the_same_session_is_opened_once_and_numbers_run_on() -> None:
    body = station()
    one, again = session_of(body), session_of(body, open_for_enrolment=False)
    two = session_of(body, level=5)
    assert one == again
    assert [one.number, two.number] == ["2026-10012003-001", "2026-10012003-002"]
    assert one.judged_on == one.enrolment_close


def test_the_third_part_of_a_technician() -> None:
    session = session_of(station(), level=2)
    rows = roster(session, 1)
    held(session)
    mark(session, rows, "90", "90")
    with pytest.raises(Conflict) as caught:
        finish_marking(session=session, actor=None, now=NOW)
    assert caught.value.params["missing"] == 1
    mark(session, rows, "90", "90", "59")
    finish_marking(session=session, actor=None, now=NOW)
    publish_results(session=session, actor=None, now=NOW)
    assert rows[0].result.outcome == "fail"  # type: ignore[attr-defined]


def test_bad_marks_come_back_and_good_ones_stay() -> None:
    session = session_of(station())
    rows = roster(session, 2)
    held(session)
    faults = mark(session, rows, "101", "88")
    assert [(f.registration, f.part, f.code) for f in faults] == [  # type: ignore[attr-defined]
        (r.pk, Part.THEORY, "mark_range") for r in rows
    ]
    assert Mark.objects.count() == 2
    mark(session, rows[:1], "", "")
    assert Mark.objects.count() == 1  # an emptied cell takes a first entry back


def test_a_second_entry_by_another_person() -> None:
    body = station()
    session = session_of(body)
    rows = roster(session, 2)
    held(session)
    one, two = clerk_of(body), clerk_of(body)
    mark(session, rows, "70", "80", actor=one)
    assert [f.code for f in mark(session, rows[:1], "70", actor=one, second=True)] == ["second_by_same"]  # type: ignore[attr-defined]
    assert mark(session, rows[:1], "70", "80", actor=two, second=True) == []
    assert [f.code for f in mark(session, rows[1:], "71", actor=two, second=True)] == ["mark_differs"]  # type: ignore[attr-defined]
    with pytest.raises(Conflict) as caught:
        finish_marking(session=session, actor=one, now=NOW)
    assert caught.value.params["disputed"] == 1
    mark(session, rows[1:], "71", actor=one)
    assert finish_marking(session=session, actor=one, now=NOW).state == "marked"


def test_a_panel_must_sit_before_the_exam_is_held() -> None:
    session = session_of(station())
    roster(session, 1)
    close_enrolment(session=session, actor=None, now=NOW)
    seat(session=session, actor=None, now=NOW)
    with pytest.raises(Refused):
        hold_session(session=session, actor=None, now=NOW)
    with pytest.raises(Refused):
        appointed(session, count=2)
    with pytest.raises(Refused) as caught:
        appointed(session, employer=session.station)
    assert "回避" in caught.value.say("zh")
    with pytest.raises(Forbidden):
        appoint_panel(session=session, members=[], actor=clerk_of(session.station), now=NOW)
    appointed(session)
    assert hold_session(session=session, actor=None, now=NOW).state == "held"


def test_an_assessor_of_lower_rank_may_not_assess_technicians() -> None:
    session = session_of(station(), level=2)
    with pytest.raises(Refused) as caught:
        appointed(session, rank="assessor")
    assert caught.value.say("zh").count("不能考评2级") == 3


def test_seats_are_unique_and_stable() -> None:
    session = session_of(station())
    roster(session, 31, employer="样例厂")
    close_enrolment(session=session, actor=None, now=NOW)
    seat(session=session, actor=None, now=NOW)
    first = list(session.registrations.order_by("id").values_list("room", "seat"))
    assert len(set(first)) == 31 and {r for r, _ in first} == {1, 2}
    seat(session=session, actor=None, now=NOW)
    assert list(session.registrations.order_by("id").values_list("room", "seat")) == first
    with pytest.raises(BadInput):
        seat(session=session, actor=None, now=NOW, room_size=7)


def test_an_empty_roster_is_not_closed() -> None:
    with pytest.raises(Conflict):
        close_enrolment(session=session_of(station()), actor=None, now=NOW)


def test_the_marks_sheet_goes_out_and_comes_back() -> None:
    body = station()
    session = session_of(body)
    rows = roster(session, 3)
    held(session)
    headers = ["准考证号", "姓名", "理论知识", "操作技能"]
    for row in rows:
        row.refresh_from_db()
    lines = [
        [rows[0].admission_number, rows[0].name, "61", "缺考"],
        [rows[1].admission_number, "别人", "61", "62"],
        [rows[2].admission_number, rows[2].name, "不及格", "62"],
        ["99", "谁", "1", "1"],
        ["", "", "", ""],
    ]
    file = sheet("xls", headers, lines)  # type: ignore[arg-type]
    upload, made = import_marks(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    assert made and (upload.rows, upload.accepted, upload.faulty) == (4, 1, 3)
    assert [(f.row, f.code) for f in upload.faults.all()] == [
        (3, "mark_name_differs"), (4, "as_said"), (5, "mark_no_candidate"),
    ]  # fmt: skip
    assert Mark.objects.count() == 3  # the practice mark of the third row is good
    again, made = import_marks(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    assert (again, made) == (upload, False)
    out = marks_sheet(session)
    upload, _ = import_marks(session=session, file_name="a.xlsx", content=out, actor=None, now=NOW)
    assert (upload.rows, upload.faulty) == (2, 0)  # as written, only rows with marks
    with pytest.raises(BadInput):
        import_marks(session=session, file_name="a.csv", content=b"a,b\n1,2\n", actor=None, now=NOW)


def test_a_pass_of_one_part_is_kept_two_years() -> None:
    body = station()
    first = session_of(body, exam=date(2026, 3, 20), close=date(2026, 3, 10))
    (row,) = roster(first, 1)
    held(first)
    mark(first, [row], "88", "40")
    finish_marking(session=first, actor=None, now=NOW)
    publish_results(session=first, actor=None, now=NOW)
    for exam, kept in ((date(2028, 3, 19), True), (date(2028, 3, 20), False)):
        session = session_of(body, exam=exam, close=date(2028, 1, 1))
        again = RegistrationFactory(
            session=session, person=row.person, document=row.document, theory="kept", practice="retake"
        )
        close_enrolment(session=session, actor=None, now=NOW)
        credit = Mark.objects.filter(registration=again)
        assert [(m.part, m.state, m.score) for m in credit] == ([("theory", "credit", 88)] if kept else [])
        if kept:
            appointed(session, period=(date(2027, 1, 1), date(2030, 1, 1)))
            seat(session=session, actor=None, now=NOW)
            hold_session(session=session, actor=None, now=NOW)
            assert [f.code for f in mark(session, [again], "70", "61")] == ["mark_kept_part"]  # type: ignore[attr-defined]
            finish_marking(session=session, actor=None, now=NOW)
            publish_results(session=session, actor=None, now=NOW)
            assert again.result.outcome == "pass"  # type: ignore[attr-defined]


def chain(region: str = "32") -> tuple[Account, Account]:
    return AccountFactory(role="centre", region=region), AccountFactory(role="authority", region=region)


def test_centre_and_authority_move_it_on_and_nobody_else() -> None:
    body = station()
    session = session_of(body)
    submitted(session, roster(session, 1))
    centre, authority = chain()
    elsewhere, _ = chain("33")
    for actor, event in (
        (clerk_of(body), Event.REVIEW),
        (authority, Event.REVIEW),
        (elsewhere, Event.REVIEW),
    ):
        with pytest.raises(Forbidden):
            move_session(session=session, event=event, actor=actor, now=NOW)
    with pytest.raises(Conflict):
        move_session(session=session, event=Event.APPROVE, actor=authority, now=NOW)
    move_session(session=session, event="review", actor=centre, now=NOW)
    move_session(session=session, event="return", actor=authority, now=NOW, basis="缺材料")
    assert move_session(session=session, event="correct", actor=clerk_of(body), now=NOW).state == "marking"
    assert [e.event for e in session.events.all()][-3:] == ["review", "return", "correct"]


def test_one_person_never_reviews_and_approves() -> None:
    session = session_of(station())
    submitted(session, roster(session, 1))
    centre, authority = chain()
    move_session(session=session, event=Event.REVIEW, actor=centre, now=NOW)
    Account.objects.filter(pk=centre.pk).update(role="authority")  # the same person at another desk
    centre.refresh_from_db()
    with pytest.raises(Conflict) as caught:
        move_session(session=session, event=Event.APPROVE, actor=centre, now=NOW)
    assert caught.value.code == "two_people"
    assert (
        move_session(session=session, event=Event.APPROVE, actor=authority, now=NOW).state == State.APPROVED
    )


def test_the_cached_state_is_rebuilt_from_events() -> None:
    session = session_of(station())
    Session.objects.filter(pk=session.pk).update(state="issued")
    assert rebuild_session(session=session) is True
    session.refresh_from_db()
    assert session.state == "enrolling" and rebuild_session(session=session) is False

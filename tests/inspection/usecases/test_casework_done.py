"""Cases done through the use cases: roles, teams, notice, hearing, sanctions in force, evidence, secrecy."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chizheng.inspection.core.cases import CASE
from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.core.documents import Kind, fields_of
from chizheng.inspection.core.names import EVENT_NAMES, VIOLATIONS
from chizheng.inspection.models import Case, CaseEvent, Complaint, InspectorCard, Recusal
from chizheng.inspection.queries import find_complaint
from chizheng.inspection.usecases.receive_complaint import (
    accept_by,
    appoint_keeper,
    read_reporter,
    receive_complaint,
    refuse_complaint,
    reply_complaint,
)
from chizheng.inspection.usecases.work_case import (
    due_of,
    join_case,
    move_beside,
    move_case,
    open_case,
    rebuild_case,
    recuse,
    sanctions_of,
    take_evidence,
)
from chizheng.inspection.usecases.write_papers import make_paper, prefilled, wanted
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from chizheng.law.io.shelf import law
from chizheng.platform.models import LedgerEntry
from tests.factories.inspection import NOW, case_of, employer, inspector, investigated, leader

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 1)
FINE = Imposed("anquan-97", 50_000_00)


def go(case: Case, event: str, actor, on: date, **more):  # type: ignore[no-untyped-def]
    return move_case(case=case, event=event, on=on, actor=actor, now=NOW, **more)


def paper(case: Case, kind: Kind, actor, now=NOW):  # type: ignore[no-untyped-def]
    """A paper made out from what the case knows, the rest filled by the clerk."""
    fields = {k: v or "样例" for k, v in prefilled(case, kind, on=DAY).items()}
    return make_paper(case=case, kind=kind, fields=fields, actor=actor, now=now)


def test_every_event_and_violation_has_a_name() -> None:
    assert {e for _, e in CASE.moves} <= set(EVENT_NAMES)
    assert {s.violation for s in law().sanctions} <= set(VIOLATIONS)


def test_a_case_runs_to_its_end_and_the_fold_agrees() -> None:
    case, one, _two, chief = investigated()
    on = DAY + timedelta(days=5)
    for event, actor, more in (
        ("give_notice", one, {"imposed": FINE}), ("submit", one, {}), ("decide_penalty", chief, {"imposed": FINE}),
        ("serve", one, {}), ("perform", one, {}), ("close", one, {}),
    ):  # fmt: skip
        on += timedelta(days=6)
        if event == "serve":
            with pytest.raises(Refused, match="paper_first"):
                go(case, event, actor, on)
            assert Kind.PENALTY in wanted(case)
            paper(case, Kind.PENALTY, actor)
            assert Kind.PENALTY not in wanted(case)
        case = go(case, event, actor, on, **more)
        assert go(case, event, actor, on, **more).events.count() == case.events.count()
    assert (case.state, case.outcome) == ("closed", "penalty")
    Case.objects.filter(pk=case.pk).update(state="received", outcome="")
    assert rebuild_case(case=case).state == "closed"
    case = move_beside(case=case, table="publication", event="publish", on=on, actor=chief, now=NOW)
    assert case.publication_state == "published"
    with pytest.raises(Conflict):
        move_beside(case=case, table="publication", event="publish", on=on, actor=chief, now=NOW)


def test_who_may_do_what() -> None:
    case, one, _two, chief = investigated()
    stranger, abroad = inspector(), inspector(region="33")
    with pytest.raises(Forbidden, match="not_in_team"):
        go(case, "submit", stranger, DAY)
    with pytest.raises(Forbidden, match="outside_jurisdiction"):
        go(case, "submit", abroad, DAY)
    with pytest.raises(Forbidden, match="by_authority"):
        go(case, "extend", one, DAY)
    with pytest.raises(Forbidden, match="by_inspectors"):
        go(case, "submit", chief, DAY)
    with pytest.raises(Conflict):
        go(case, "close", one, DAY)
    with pytest.raises(BadInput, match="event_day"):
        go(case, "submit", one, DAY - timedelta(days=1))


def test_two_inspectors_with_cards_and_without_interest() -> None:
    one, two, chief = inspector(), inspector(), leader()
    case = case_of(one)
    case = go(case, "accept", one, DAY)
    case = go(case, "file", chief, DAY)
    with pytest.raises(Refused, match="too_few_inspectors"):
        go(case, "assign", one, DAY, officers=[one])
    InspectorCard.objects.filter(officer=two).update(period=(date(2020, 1, 1), DAY))
    with pytest.raises(Refused, match="no_card"):
        go(case, "assign", one, DAY, officers=[one, two])
    InspectorCard.objects.filter(officer=two).update(period=(date(2020, 1, 1), None))
    Recusal.objects.create(officer=two, employer=case.employer, reason="亲属", at=NOW)
    with pytest.raises(Refused, match="recusal"):
        go(case, "assign", one, DAY, officers=[one, two])
    assert not Case.objects.get(pk=case.pk).team.exists()


def test_a_sanction_must_be_in_force_and_no_heavier_than_told() -> None:
    case, one, _two, chief = investigated()
    with pytest.raises(Refused, match="no_such_sanction"):
        go(case, "give_notice", one, DAY)
    with pytest.raises(Refused, match="not_in_force"):
        go(case, "give_notice", one, DAY, imposed=Imposed("order6-recruit", 100_00))
    with pytest.raises(Refused, match="fine_outside_frame"):
        go(case, "give_notice", one, DAY, imposed=Imposed("anquan-97", 200_000_00))
    case = go(case, "give_notice", one, DAY, imposed=FINE)
    assert case.hearing_offered  # no threshold is known for the place: the right is not lost
    with pytest.raises(Refused, match="hearing_open"):
        go(case, "submit", one, DAY + timedelta(days=3))
    case = go(case, "submit", one, DAY + timedelta(days=6))
    with pytest.raises(Refused, match="heavier_than_notice"):
        go(case, "decide_penalty", chief, DAY + timedelta(days=7), imposed=Imposed("anquan-97", 60_000_00))
    case = go(case, "decide_penalty", chief, DAY + timedelta(days=7), imposed=Imposed("anquan-97", 40_000_00))
    assert case.outcome == "penalty"


def test_an_act_that_no_law_punishes_is_not_punished_but_can_be_ordered_to_end() -> None:
    one = inspector()
    case = case_of(one, violation="recruit_without_certificate")
    chief, two = leader(), inspector()
    for event, actor, more in (
        ("accept", one, {}),
        ("file", chief, {}),
        ("assign", one, {"officers": [one, two]}),
    ):
        case = go(case, event, actor, DAY, **more)
    assert sanctions_of(case, on=DAY) == []
    for imposed in (None, Imposed("")):
        with pytest.raises(Refused, match="no_sanction"):
            go(case, "give_notice", one, DAY, imposed=imposed)
    with pytest.raises(Refused, match="not_in_force"):
        go(case, "give_notice", one, DAY, imposed=Imposed("order6-recruit", 1_00))
    assert not case.proposals.exists()
    assert "不予处罚" in paper(case, Kind.ADVICE, one).content  # never a dead end: advice,
    case = go(case, "submit", one, DAY)
    case = go(case, "decide_order", chief, DAY)  # and an order that rests on the inspection regulation
    told = case.proposals.get()
    assert (told.sanction, told.fine_fen, told.decided) == ("", 0, True)
    assert "劳动保障监察条例" in told.citation and "第十八条" in told.citation
    assert "第十八条" in paper(case, Kind.ORDER, one).content
    assert go(case, "serve", one, DAY).outcome == "order"


def test_an_order_cites_its_row_where_there_is_one() -> None:
    case, one, _two, chief = investigated()
    case = go(case, "submit", one, DAY)
    with pytest.raises(Refused, match="no_such_sanction"):
        go(case, "decide_order", chief, DAY)
    assert not case.proposals.exists()
    go(case, "decide_order", chief, DAY, imposed=Imposed("anquan-97"))
    assert case.proposals.get().sanction == "anquan-97"


def test_who_stands_aside_acts_no_more_and_a_leader_sends_another() -> None:
    case, one, two, chief = investigated()
    recuse(case=case, reason="亲属任职", actor=one, now=NOW)
    assert recuse(case=case, reason="亲属任职", actor=one, now=NOW).officer == one
    with pytest.raises(Forbidden, match="not_in_team"):
        go(case, "submit", one, DAY)
    with pytest.raises(Refused, match="too_few_inspectors"):
        go(case, "submit", two, DAY)
    third, abroad = inspector(), inspector("33")
    for officer, actor, code in (
        (third, one, "by_authority"), (abroad, chief, "outside_jurisdiction"), (one, chief, "recusal"),
        (two, chief, "acts_already"),
    ):  # fmt: skip
        with pytest.raises((Forbidden, Refused, Conflict), match=code):
            join_case(case=case, officer=officer, actor=actor, now=NOW)
    with pytest.raises(Conflict, match="not_acting"):
        recuse(case=case, reason="x", actor=third, now=NOW)
    join_case(case=case, officer=third, actor=chief, now=NOW)
    assert go(case, "submit", two, DAY).state == "reviewing"
    assert case.team.count() == 3 and case.team.filter(until=None).count() == 2
    with pytest.raises(Refused, match="recusal"):
        other = case_of(two)
        for event, actor, more in (
            ("accept", two, {}), ("file", chief, {}), ("assign", two, {"officers": [one, two]}),
        ):  # fmt: skip
            Case.objects.filter(pk=other.pk).update(employer=case.employer)
            other = go(other, event, actor, DAY, **more)


def test_a_hearing_in_time_and_not_chaired_by_the_investigator() -> None:
    case, one, two, chief = investigated()
    case = go(case, "give_notice", one, DAY, imposed=FINE)
    with pytest.raises(Refused, match="no_hearing"):
        go(case, "request_hearing", one, DAY + timedelta(days=6))
    case = go(case, "request_hearing", one, DAY + timedelta(days=5))
    for chair in (one, two):
        with pytest.raises(Refused, match="chair_investigated"):
            go(case, "close_hearing", one, DAY + timedelta(days=14), chair=chair)
    assert go(case, "close_hearing", one, DAY + timedelta(days=14), chair=chief).state == "reviewing_noticed"


def test_too_late_is_not_filed() -> None:
    one, chief = inspector(), leader()
    case = open_case(
        employer=employer(), violation="special_work_without_licence", facts="旧事", act_start=date(2021, 10, 1),
        act_end=date(2022, 1, 1), region="3201", actor=one, now=NOW, received_on=DAY,
    )  # fmt: skip
    case = go(case, "accept", one, DAY)
    with pytest.raises(Refused, match="lapsed"):
        go(case, "file", chief, DAY)


def test_clocks_run_and_stand_still() -> None:
    case, one, _two, chief = investigated()
    first = next(d for d in due_of(case) if d.clock == "investigate")
    case = go(case, "suspend", one, DAY + timedelta(days=10))
    assert next(d for d in due_of(case) if d.clock == "investigate").day is None
    case = go(case, "resume", one, DAY + timedelta(days=20))
    case = go(case, "extend", chief, DAY + timedelta(days=21))
    later = next(d for d in due_of(case) if d.clock == "investigate").day
    assert first.day is not None and later is not None and later > first.day


def test_events_and_evidence_are_never_changed() -> None:
    case, one, _two, _chief = investigated()
    piece = take_evidence(case=case, title="照片", actor=one, now=NOW, file_name="a.jpg", content=b"x")
    assert (
        take_evidence(case=case, title="照片", actor=one, now=NOW, file_name="a.jpg", content=b"x") == piece
    )
    for act in (case.events.all().delete, lambda: case.events.update(name="accept"), piece.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()


@pytest.mark.parametrize("kind", Kind)
def test_a_paper_is_made_out_once_and_lacks_nothing(kind: Kind) -> None:
    case, one, _two, _chief = investigated()
    known = prefilled(case, kind, on=DAY)
    assert set(known) == fields_of(kind)
    filled = {k: v or "样例" for k, v in known.items()}
    paper = make_paper(case=case, kind=kind, fields=filled, actor=one, now=NOW)
    assert make_paper(case=case, kind=kind, fields=filled, actor=one, now=NOW) == paper
    with pytest.raises(BadInput, match="document_field_missing"):
        make_paper(case=case, kind=kind, fields={}, actor=one, now=NOW)


def complaint(**more: str) -> tuple[Complaint, str]:
    told = {
        "employer_name": "样例机械有限公司",
        "region": "3201",
        "text": "无证上岗",
        "reporter": "吴示范 19900000001",
    }
    return receive_complaint(now=NOW, **{**told, **more})


def test_only_the_keeper_reads_the_reporter_and_every_reading_is_recorded() -> None:
    row, _code = complaint()
    keeper, other, chief = inspector(), inspector(), leader()
    for officer in (keeper, chief):
        with pytest.raises(Forbidden, match="reporter_is_secret"):
            read_reporter(complaint=row, actor=officer, now=NOW)
    with pytest.raises(Forbidden):
        appoint_keeper(complaint=row, keeper=keeper, actor=other, now=NOW)
    appoint_keeper(complaint=row, keeper=keeper, actor=chief, now=NOW)
    assert read_reporter(complaint=row, actor=keeper, now=NOW) == "吴示范 19900000001"
    for officer in (other, chief):
        with pytest.raises(Forbidden, match="reporter_is_secret"):
            read_reporter(complaint=row, actor=officer, now=NOW)
    verbs = list(LedgerEntry.objects.filter(verb__contains="reporter").values_list("verb", "actor"))
    assert verbs.count(("inspection.read_reporter", keeper.pk)) == 1
    assert sum(v == "inspection.reporter_refused" for v, _ in verbs) == 4
    assert not any("吴示范" in str(e.detail) + e.basis for e in LedgerEntry.objects.all())
    anonymous, _ = complaint(reporter="")
    with pytest.raises(NotFound, match="anonymous"):
        read_reporter(complaint=anonymous, actor=keeper, now=NOW)


def test_a_complaint_is_answered_or_refused_within_its_term_and_not_both_ways() -> None:
    row, code = complaint()
    one, abroad = inspector(), inspector("33")
    term = accept_by(row)
    assert term is not None and term.day == date(2026, 9, 14)  # five working days after a Monday
    with pytest.raises(Forbidden):
        reply_complaint(complaint=row, text="已收到", actor=abroad, now=NOW)
    with pytest.raises(BadInput, match="empty_reply"):
        reply_complaint(complaint=row, text=" ", actor=one, now=NOW)
    first = reply_complaint(complaint=row, text="已收到", actor=one, now=NOW)
    assert reply_complaint(complaint=row, text="已收到", actor=one, now=NOW) == first
    refuse_complaint(complaint=row, reason="超过二年", actor=one, now=NOW)
    row = refuse_complaint(complaint=row, reason="超过二年", actor=one, now=NOW)
    assert accept_by(row) is None
    found = find_complaint(code)
    assert found is not None and [r.text for r in found.replies.all()] == ["已收到", "超过二年"]
    make = {"violation": "special_work_without_licence", "facts": "x", "act_start": DAY, "act_end": None}
    with pytest.raises(Conflict, match="complaint_refused"):
        open_case(**make, employer=employer(), region="3201", actor=one, now=NOW, complaint=row)
    other, _ = complaint()
    open_case(**make, employer=employer(), region="3201", actor=one, now=NOW, complaint=other)
    with pytest.raises(Conflict, match="complaint_is_case"):
        refuse_complaint(complaint=other, reason="x", actor=one, now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        row.replies.update(text="改写")


def test_a_receipt_finds_its_complaint_and_its_case_and_senders_are_limited() -> None:
    row, code = complaint(sender="10.0.0.1")
    assert find_complaint(code.lower().replace("-", " ")) == row
    assert find_complaint("AAAA-AAAA-AAAA") is None
    assert code.replace("-", "") not in str(Complaint.objects.values())
    one = inspector()
    make = {
        "employer": employer(),
        "violation": "special_work_without_licence",
        "facts": "x",
        "act_start": DAY,
        "act_end": None,
    }
    case = open_case(**make, region="3201", actor=one, now=NOW, complaint=row)
    assert open_case(**make, region="3201", actor=one, now=NOW, complaint=row) == case
    for _ in range(4):
        complaint(sender="10.0.0.1")
    with pytest.raises(Refused, match="too_many_complaints"):
        complaint(sender="10.0.0.1")
    complaint(sender="10.0.0.2")
    receive_complaint(
        employer_name="甲", region="3201", text="乙", now=NOW + timedelta(days=2), sender="10.0.0.1"
    )
    assert Complaint.objects.exclude(sender_digest=None).count() == 1  # the others' addresses are forgotten


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(EVENT_NAMES)), max_size=12))
def test_whatever_is_pressed_the_state_is_the_fold_of_what_happened(events: list[str]) -> None:
    with transaction.atomic():
        case, one, _two, chief = investigated()
        for event in events:
            for actor in (one, chief):
                try:
                    case = go(
                        case,
                        event,
                        actor,
                        DAY + timedelta(days=30),
                        imposed=Imposed("anquan-97"),
                        chair=chief,
                    )
                    break
                except (Conflict, Forbidden, Refused, BadInput):
                    continue
        state, outcome = case.state, case.outcome
        case = rebuild_case(case=case)
        assert (case.state, case.outcome) == (state, outcome)
        assert CaseEvent.objects.filter(case=case).count() >= 4
        transaction.set_rollback(True)

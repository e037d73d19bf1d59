"""Everything that two people decide in the house: how it is asked for, who decides, and what the ledger then says.

Each `Matter` is prepared by a first account and decided by a second. `tests/journeys/test_two_people.py` lets the
second be the first one's other account; `test_decided_at_once.py` lets two colleagues decide in the same moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from chizheng.access.usecases.staff import ask_exception, decide_exception
from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Assessor, Session
from chizheng.assessment.usecases import move_session
from chizheng.certificates.models import Certificate
from chizheng.certificates.usecases import keep_blanks
from chizheng.certificates.usecases.annul_session import decide_annulment, request_annulment
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.inspection.core.casework import Imposed
from chizheng.inspection.models import CreditGrade
from chizheng.inspection.usecases.grade_employers import ask_repair, decide_repair
from chizheng.inspection.usecases.receive_complaint import receive_complaint, refuse_complaint
from chizheng.inspection.usecases.work_case import move_case
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation
from chizheng.platform.clock import now
from chizheng.quality.models import Case, CutPanel, Hold, Suspension
from chizheng.quality.usecases import standards
from chizheng.quality.usecases.cases import decide_case, propose, receive_case, step_case
from chizheng.quality.usecases.gate import correct_marks, decide_hold, enter_sample, open_hold
from chizheng.quality.usecases.suspensions import ask_to_restore, restore
from tests.factories.certificates import ISSUED, approved_batch, at, submitted_session
from tests.factories.inspection import NOW as INSPECTED
from tests.factories.inspection import case_of, employer, inspector
from tests.factories.people import AccountFactory
from tests.factories.quality import NOW, paper_of, sitting

WHY = "已现场核实评分表与录像，事实清楚。"
Act = Callable[[Account, bool], object]
"""Decide: by this account, with yes or no where the decision has two sides."""


@dataclass(frozen=True, slots=True)
class Matter:
    """`ask` prepares the matter in the name of an account and returns how it is decided. `verb` is what the ledger
    says of a decision; `first` and `second` are what accounts they take."""

    name: str
    ask: Callable[[Account], Act]
    verb: str
    first: dict[str, object] = field(default_factory=dict)
    second: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def _review(first: Account) -> Act:
    batch = list_session(session=submitted_session(), now=at(ISSUED), actor=first)
    type(batch).objects.filter(pk=batch.pk).update(submitted_by=first)
    return lambda who, _: review_batch(batch=batch, actor=who, now=at(ISSUED))


def _approve(first: Account) -> Act:
    batch = list_session(session=submitted_session(), now=at(ISSUED))
    review_batch(batch=batch, actor=first, now=at(ISSUED))
    return lambda who, _: approve_batch(batch=batch, actor=who, now=at(ISSUED), issued_on=ISSUED)


def _session(first: Account) -> Act:
    session = submitted_session()
    move_session(session=session, event=Event.REVIEW, actor=first, now=at(ISSUED))
    return lambda who, _: move_session(session=session, event=Event.APPROVE, actor=who, now=at(ISSUED))


def issued() -> Certificate:
    found = issue_batch(batch=approved_batch(passes=1, fails=0), now=at(ISSUED)).certificates.first()
    assert found is not None
    return found


def _turn(first: Account) -> Act:
    asked = request_turn(
        certificate=issued(),
        kind="revoke",
        reason_code="fraud",
        reason="x",
        basis="x",
        actor=first,
        now=at(ISSUED, 5),
    )
    return lambda who, yes: decide_turn(request=asked, granted=yes, actor=who, now=at(ISSUED, 6))


def _annulment(first: Account) -> Act:
    batch = issue_batch(batch=approved_batch(passes=2, fails=0), now=at(ISSUED))
    assert batch.session is not None
    asked = request_annulment(
        session=batch.session,
        reason_code="leak",
        reason="试题泄露",
        basis="x",
        actor=first,
        now=at(ISSUED, 5),
    )
    return lambda who, yes: decide_annulment(annulment=asked, granted=yes, actor=who, now=at(ISSUED, 6))


def _blanks(first: Account) -> Act:
    keep_blanks.receive_blanks(first="A0001", last="A0009", edition="样例版", actor=first, now=NOW)
    keep_blanks.move_blanks(kind="spoil", first="A0001", last="A0002", actor=first, now=NOW, reason="受潮")
    opened = keep_blanks.open_destruction(basis="x", actor=first, now=NOW)
    return lambda who, _: keep_blanks.close_destruction(destruction=opened, actor=who, now=NOW)


def hold_on(session: Session) -> Hold:
    return open_hold(session=session, cause="report", reason=Wording(zh="督导报告", en="a report"), now=NOW)


def _release(_first: Account) -> Act:
    hold = hold_on(sitting())
    return lambda who, _: decide_hold(
        hold=hold, event="release", reasons=f"{WHY}{who.pk}", actor=who, now=NOW
    )


def _confirm(first: Account) -> Act:
    hold = hold_on(sitting())
    decide_hold(hold=hold, event="annul", reasons=WHY, actor=first, now=NOW)
    return lambda who, _: decide_hold(hold=hold, event="confirm", reasons=WHY, actor=who, now=NOW)


def _remark(first: Account) -> Act:
    hold = hold_on(sitting(candidates=12))
    hold = decide_hold(hold=hold, event="remark", reasons=WHY, actor=first, now=NOW)
    enter_sample(hold=hold, marks={row.pk: "41" for row in hold.sample.all()}, actor=first, now=NOW)
    return lambda who, _: correct_marks(hold=hold, reasons=WHY, actor=who, now=NOW)


def proposed_case(first: Account) -> Case:
    session = sitting()
    case = receive_case(
        source="supervision", summary="督导发现该站放水。样例。", region="32", now=now(), actor=first,
        session=session, station=session.station, assessor=Assessor.objects.first(),
    )  # fmt: skip
    for event in ("open", "hear"):
        step_case(case=case, event=event, text=WHY, actor=first, now=now())
    return propose(
        case=case, violation="assessment_body_breaks_rules", sanction="jiancha-28", text=WHY, actor=first,
        consequences=["suspend_assessor", "suspend_licence"], now=now(),
    )  # fmt: skip


def _case(first: Account) -> Act:
    case = proposed_case(first)
    return lambda who, _: decide_case(case=case, text=WHY, actor=who, now=now())


def suspended(first: Account) -> Suspension:
    case = decide_case(case=proposed_case(first), text=WHY, actor=AccountFactory(role="authority"), now=now())
    return Suspension.objects.get(case=case, assessor__isnull=False)


def _restore(first: Account) -> Act:
    row = suspended(AccountFactory(role="centre"))
    ask_to_restore(suspension=row, reasons=WHY, actor=first, now=now())
    return lambda who, _: restore(suspension=row, actor=who, now=now())


def _cut(first: Account) -> Act:
    paper = paper_of(sitting(), 10)
    panel = CutPanel.objects.create(
        paper=paper, method="angoff", held_on=date(2026, 5, 1), judgements={}, sha256="0" * 64, result={"cut": 6},
        entered_by=first, entered_at=NOW,
    )  # fmt: skip
    standards.propose_cut(panel=panel, cut=6, reasons=WHY, actor=first, now=NOW)
    return lambda who, yes: standards.decide_cut(
        panel=panel, event="adopt" if yes else "decline", reasons=WHY, actor=who, now=NOW
    )


def _exception(first: Account) -> Act:
    assert first.organisation is not None
    request = ask_exception(
        organisation=first.organisation, code="order6-untrained-trade", occupation="车工", place="3201",
        why="当地没有培训", evidence=["劳动保障行政部门批准文件", "培训计划"], start=date(2010, 1, 1), end=date(2010, 7, 1),
        actor=first, now=NOW,
    )  # fmt: skip
    return lambda who, yes: decide_exception(
        request=request, granted=yes, basis="样文〔2010〕1号", actor=who, now=NOW
    )


def _repair(first: Account) -> Act:
    assert first.organisation is not None
    grade = CreditGrade.objects.create(
        employer=first.organisation,
        year=2025,
        grade="B",
        reasons=[],
        citation="样例",
        given_on=date(2026, 3, 1),
    )
    asked = ask_repair(grade=grade, text="已整改", actor=first, now=INSPECTED)
    return lambda who, yes: decide_repair(request=asked, granted=yes, actor=who, now=INSPECTED)


def _penalty(first: Account) -> Act:
    """A case of inspection that waits for its decision; the first account is in its team."""
    day = date(2026, 7, 1)
    case = case_of(first, day=day)
    chief, other = AccountFactory(role="authority"), inspector()
    for event, actor, more in (
        ("accept", first, {}), ("file", chief, {}), ("assign", first, {"officers": [first, other]}),
        ("give_notice", first, {"imposed": Imposed("anquan-97", 50_000_00)}),
        ("submit", first, {}),
    ):  # fmt: skip
        case = move_case(case=case, event=event, on=day if event != "submit" else day + timedelta(days=20),
                         actor=actor, now=INSPECTED, **more)  # fmt: skip
    fine = {True: 50_000_00, False: 40_000_00}
    return lambda who, yes: move_case(
        case=case, event="decide_penalty", on=day + timedelta(days=21), actor=who, now=INSPECTED,
        imposed=Imposed("anquan-97", fine[yes]),
    )  # fmt: skip


def _complaint(_first: Account) -> Act:
    complaint, _code = receive_complaint(
        employer_name="样例公司", region="3201", text="安排无证人员上岗", now=INSPECTED
    )
    return lambda who, yes: refuse_complaint(
        complaint=complaint, reason="不属于本机构管辖" if yes else "已超过时效", actor=who, now=INSPECTED
    )


CENTRE, AUTHORITY = {"role": "centre"}, {"role": "authority"}
STATION = {"role": "station", "region": ""}

MATTERS = (
    Matter("review of a batch", _review, "certificates.review", CENTRE, CENTRE),
    Matter("approval of a batch", _approve, "certificates.approve", CENTRE, AUTHORITY),
    Matter("approval of a session", _session, "assessment.session.approve", CENTRE, AUTHORITY),
    Matter("revocation", _turn, "certificates.decide_turn", CENTRE, AUTHORITY),
    Matter("annulment of a sitting", _annulment, "certificates.decide_annulment", CENTRE, AUTHORITY),
    Matter("destruction of blanks", _blanks, "blanks.destroy", CENTRE, AUTHORITY),
    Matter("annulment by a reviewer", _confirm, "quality.hold_confirm", CENTRE, CENTRE),
    Matter("correction of marks", _remark, "quality.hold_correct", CENTRE, CENTRE),
    Matter("decision of a case", _case, "quality.case_decide", CENTRE, AUTHORITY),
    Matter("end of a suspension", _restore, "quality.restore", CENTRE, AUTHORITY),
    Matter("cut of a paper", _cut, "quality.adopt_cut", CENTRE, AUTHORITY),
    Matter("exception of the law", _exception, "access.decide_exception", {"role": "employer"}, AUTHORITY),
    Matter("repair of a grade", _repair, "inspection.decide_repair", {"role": "employer"}, AUTHORITY),
    Matter("penalty", _penalty, "inspection.case_decide_penalty", {"role": "inspector"}, AUTHORITY),
)
"""What takes two people."""

ALONE = (
    Matter("release of a hold", _release, "quality.hold_release", CENTRE, CENTRE),
    Matter(
        "refusal of a complaint", _complaint, "inspection.refuse_complaint", CENTRE, {"role": "inspector"}
    ),
)
"""What one person decides, but only one."""


def account(kind: dict[str, object], **more: object) -> Account:
    """An account of that kind; employers have a body, inspectors a card."""
    given = {**kind, **more}
    if given["role"] == "employer":
        body: Organisation = employer()
        return AccountFactory(organisation=body, region="", **given)
    if given.pop("role") == "inspector":
        return inspector(**given)
    return AccountFactory(**{**kind, **more})

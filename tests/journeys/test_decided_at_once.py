"""Two colleagues press the button in the same moment, each on a connection of their own: one decision is taken,
and the other is told so, or was the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from chizheng.inspection.models import Case, Reply
from chizheng.inspection.usecases.receive_complaint import receive_complaint, reply_complaint
from chizheng.inspection.usecases.work_case import open_case
from chizheng.kernel.errors import ChizhengError, Conflict
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.people.models import Account, Document, Person
from chizheng.people.usecases import enrol_person, enrol_persons
from chizheng.platform import ledger
from chizheng.platform.clock import now
from chizheng.platform.models import LedgerEntry
from chizheng.quality.models import Suspension
from chizheng.quality.usecases.gate import decide_hold
from chizheng.quality.usecases.suspensions import suspend_assessor
from tests.factories.inspection import NOW as INSPECTED
from tests.factories.inspection import employer, inspector
from tests.factories.people import AccountFactory, PersonFactory, resident_number
from tests.factories.quality import NOW, sitting
from tests.journeys.deciding import ALONE, MATTERS, WHY, Matter, account, hold_on, proposed_case

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folder", "slow_ledger")]


@pytest.fixture
def slow_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who decides stays a while between the decision and its commit: whoever does not wait, runs into it."""
    plain = ledger.record

    def slow(**entry: object) -> LedgerEntry:
        made = plain(**entry)  # type: ignore[arg-type]
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.25)
        return made

    monkeypatch.setattr(ledger, "record", slow)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave or raised, all begun together."""
    together = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        try:
            together.wait(20)
            return act()
        except ChizhengError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


@pytest.mark.parametrize("matter", [*MATTERS, *ALONE], ids=str)
def test_of_two_decisions_at_once_one_stands(matter: Matter) -> None:
    decide = matter.ask(account(matter.first, person=PersonFactory()))
    one, two = (account(matter.second, person=PersonFactory()) for _ in range(2))
    before = set(LedgerEntry.objects.values_list("pk", flat=True))
    found = at_once(lambda: decide(one, True), lambda: decide(two, False))
    refused = [answer for answer in found if isinstance(answer, ChizhengError)]
    assert len(refused) <= 1 and all(isinstance(error, Conflict) and error.say() for error in refused), found
    taken = LedgerEntry.objects.exclude(pk__in=before).filter(actor__in=[one, two])
    verbs = {matter.verb, matter.verb.replace("adopt", "decline")}
    deciders = set(taken.values_list("actor", flat=True))
    assert len(deciders) == 1 and taken.filter(verb__in=verbs).count() == 1, "one decision, by one person"
    if not refused:  # the second was told of a decision that is the first one's, and it is the same
        assert matter.name in SAME_FOR_ALL


SAME_FOR_ALL = {
    "approval of a session", "annulment by a reviewer", "end of a suspension", "destruction of blanks",
}  # fmt: skip
"""Where the deed has one side only, and a second time is once whoever comes."""


def test_one_answer_of_the_same_words_is_one() -> None:
    complaint, _ = receive_complaint(employer_name="样例公司", region="3201", text="无证上岗", now=INSPECTED)
    one, two = inspector(), inspector()

    def reply(who: Account) -> Callable[[], object]:
        return lambda: reply_complaint(complaint=complaint, text="已受理", actor=who, now=INSPECTED)

    found = at_once(reply(one), reply(two))
    assert found[0] == found[1] and Reply.objects.count() == 1


def test_a_complaint_becomes_one_case() -> None:
    complaint, _ = receive_complaint(employer_name="样例公司", region="3201", text="无证上岗", now=INSPECTED)
    body = employer()

    def open_one(who: Account) -> Callable[[], object]:
        return lambda: open_case(
            employer=body, violation="special_work_without_licence", facts="举报", act_start=date(2026, 3, 1),
            act_end=None, region="3201", actor=who, now=INSPECTED + timedelta(days=1), complaint=complaint,
        )  # fmt: skip

    found = at_once(open_one(inspector()), open_one(inspector()))
    assert found[0] == found[1] and Case.objects.count() == 1


def test_one_card_is_suspended_once() -> None:
    case = proposed_case(AccountFactory(role="centre"))
    head = AccountFactory(role="authority")

    def suspend() -> object:
        with transaction.atomic():
            return suspend_assessor(case=case, actor=head, now=now())

    found = at_once(suspend, suspend)
    assert sorted(row is None for row in found) == [False, True]
    assert Suspension.objects.filter(assessor=case.assessor).count() == 1


def test_a_hold_is_released_or_annulled_but_not_both() -> None:
    hold = hold_on(sitting())
    one, two = AccountFactory(role="centre"), AccountFactory(role="centre")

    def decide(who: Account, event: str) -> Callable[[], object]:
        return lambda: decide_hold(hold=hold, event=event, reasons=WHY, actor=who, now=NOW)

    found = at_once(decide(one, "release"), decide(two, "annul"))
    assert sum(isinstance(answer, Conflict) for answer in found) == 1
    assert hold.events.count() == 1


def test_one_person_enrolled_twice_at_once_is_one_person() -> None:
    document = read_document(DocumentKind.RESIDENT, resident_number(3))

    def alone() -> object:
        return enrol_person(document=document, name="赵样例", actor=None, now=NOW)[0]

    def among_many() -> object:
        with transaction.atomic():
            [row] = enrol_persons([(document, "赵样例", "", None)], now=NOW).values()
            time.sleep(0.25)
            return row.person

    found = at_once(alone, among_many, alone, among_many)
    assert len({person.pk for person in found}) == 1, found  # type: ignore[attr-defined]
    assert (Person.objects.count(), Document.objects.count()) == (1, 1)

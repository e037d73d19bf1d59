"""The candidate is the monitor: notices when a roster is committed, and what a report sets going."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Registration, Session
from chizheng.assessment.usecases import move_session
from chizheng.certificates import keyring
from chizheng.certificates.models import RosterNotice
from chizheng.certificates.usecases.commit_sitting import commit_due
from chizheng.certificates.usecases.tell_roster import make_notices, report_roster, send_due
from chizheng.kernel.errors import BadInput
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from chizheng.quality.models import Case
from chizheng.quality.queries import access_cases
from tests.factories.assessment import RegistrationFactory, clerk_of, session_of, station
from tests.factories.catalogue import RegionFactory
from tests.factories.certificates import EXAM, at
from tests.factories.people import AccountFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
CLOSED = at(EXAM - timedelta(days=10))


def closed(*, commit: bool = True, **sheets: str) -> tuple[Session, list[Registration]]:
    """A session with three on its roster: with an account, with a mail in the sheet, with neither."""
    keyring.make()
    RegionFactory()
    body = station()
    session = session_of(body, exam=EXAM)
    rows = [RegistrationFactory(session=session) for _ in range(3)]
    for n, row in enumerate(rows):
        row.admission_number = f"{n:014d}"
        row.save()
    AccountFactory(role="candidate", region="", person=rows[0].person, email="own@example.com")
    rows[1].particulars = json.dumps({"email": "sheet@example.com", **sheets})
    rows[1].save()
    move_session(session=session, event=Event.CLOSE, actor=clerk_of(body), now=CLOSED)
    if commit:
        commit_due(session=session, now=CLOSED)
    return session, rows


def test_everybody_on_a_committed_roster_gets_one_notice() -> None:
    session, rows = closed(commit=False)
    assert make_notices(now=CLOSED) == 0  # nothing is said before the log has it
    commit_due(session=session, now=CLOSED)
    assert make_notices(now=CLOSED) == 3 and make_notices(now=CLOSED) == 0
    states = dict(RosterNotice.objects.values_list("registration", "state"))
    assert [states[row.pk] for row in rows] == ["due", "due", "page"]


def test_the_listener_tells_when_the_roster_is_committed(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        closed(commit=False)
    assert RosterNotice.objects.count() == 3


def test_the_mail_says_the_exam_and_nothing_of_the_person() -> None:
    session, rows = closed(name="赵示例", document="320102199001010015")
    make_notices(now=CLOSED)
    assert send_due(now=CLOSED) == (2, 0) and send_due(now=CLOSED) == (0, 0)
    assert {m.to[0] for m in mail.outbox} == {"own@example.com", "sheet@example.com"}
    for letter, row in zip(mail.outbox, rows, strict=False):
        text = letter.subject + letter.body
        assert session.occupation in text and EXAM.isoformat() in text and session.station.name in text
        assert row.roster_notice.token in text
        private = (row.name, row.document.number, row.document.tail, row.admission_number)
        assert not any(piece in text for piece in private if piece)


def test_both_addresses_are_told_for_the_sheets_may_be_the_stations() -> None:
    _, rows = closed()
    AccountFactory(role="candidate", region="", person=rows[1].person, email="person@example.com")
    make_notices(now=CLOSED)
    send_due(now=CLOSED)
    assert {m.to[0] for m in mail.outbox} >= {"sheet@example.com", "person@example.com"}


@pytest.mark.parametrize("given", ["no mail", "a@b@c", "x\nBcc: y@example.com", "", "{"])
def test_what_is_no_address_is_never_written_to(given: str) -> None:
    _, rows = closed(email=given)
    make_notices(now=CLOSED)
    assert RosterNotice.objects.get(registration=rows[1]).state == "page"


def test_a_post_office_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    closed()
    make_notices(now=CLOSED)

    def away(*_: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as m:
        m.setattr("chizheng.certificates.usecases.tell_roster.send_mail", away)
        assert send_due(now=CLOSED) == (0, 2) and send_due(now=CLOSED) == (0, 0)
    assert send_due(now=CLOSED + timedelta(days=1)) == (2, 0)
    assert not RosterNotice.objects.filter(state="sent").exclude(fault="").exists()


def candidate(row: Registration) -> Client:
    client = Client()
    client.force_login(Account.objects.get(person=row.person))
    return client


def test_a_candidate_sees_the_own_roster_and_nobody_elses() -> None:
    session, rows = closed()
    make_notices(now=CLOSED)
    page = candidate(rows[0]).get("/rosters/mine/").content.decode()
    assert session.number in page and rows[0].admission_number in page
    assert rows[0].roster_notice.token in page and rows[1].roster_notice.token not in page
    client = Client()
    client.force_login(AccountFactory(role="candidate", region=""))
    assert session.number not in client.get("/rosters/mine/").content.decode()


def test_a_report_without_an_account_reaches_the_centre_and_not_the_station() -> None:
    session, rows = closed()
    make_notices(now=CLOSED)
    notice = RosterNotice.objects.get(registration=rows[2])
    url = f"/rosters/notice/{notice.token}/"
    page = Client().get(url)
    assert session.number in page.content.decode() and rows[2].name not in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    sent = Client().post(url, {"reported": "not_me", "text": "从未去过该站", "contact": "13800000000"})
    assert sent.status_code == 302
    case = Case.objects.get()
    assert (case.source, case.session, case.station) == ("public", session, session.station)
    assert rows[2].admission_number in case.summary and rows[2].name not in case.summary
    assert case in access_cases(AccountFactory(role="centre", region=session.region))
    assert case not in access_cases(AccountFactory(role="centre", region="44"))
    assert not access_cases(clerk_of(session.station)).exists()
    assert case.number in Client().get(url).content.decode()
    Client().post(url, {"reported": "wrong"})
    assert Case.objects.count() == 1
    assert LedgerEntry.objects.filter(verb="certificates.report_roster").count() == 1


def test_an_empty_report_and_a_wrong_link_write_nothing() -> None:
    _, rows = closed()
    make_notices(now=CLOSED)
    notice = RosterNotice.objects.get(registration=rows[2])
    before = LedgerEntry.objects.count()
    assert Client().post(f"/rosters/notice/{notice.token}/", {}).status_code == 422
    assert Client().post("/rosters/notice/wrong/", {"reported": "not_me"}).status_code == 404
    with pytest.raises(BadInput, match="roster_report"):
        report_roster(notice=notice, reported="guess", text="", contact="", actor=None, now=CLOSED)
    assert not Case.objects.exists() and LedgerEntry.objects.count() == before

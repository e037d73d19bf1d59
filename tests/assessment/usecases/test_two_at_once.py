"""Two processes at one sheet, one session, one panel: every row once, every number once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from chizheng.assessment.models import Registration, Upload
from chizheng.assessment.usecases import advance, close_enrolment, receive_enrolment
from chizheng.people.models import Person
from tests.assessment.sheet_bytes import HEADERS_2026, sheet
from tests.assessment.usecases.test_import_enrolment import good_2026
from tests.factories.assessment import NOW, session_of, station

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act: object, times: int = 3) -> list[object]:
    def one(_: int) -> object:
        try:
            return act()  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_sheet_is_taken_in_once_by_whoever_comes() -> None:
    session = session_of(station())
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(n) for n in range(1, 31)])
    uploads = at_once(
        lambda: receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    )
    assert sorted(made for _, made in uploads) == [False, False, True]  # type: ignore[misc]
    upload = Upload.objects.get()

    def run() -> None:
        while not advance(upload=upload, now=NOW, step=4).finished:
            pass

    at_once(run)
    upload.refresh_from_db()
    assert (upload.accepted, upload.unchanged, upload.faulty) == (30, 0, 0)
    assert (Registration.objects.count(), Person.objects.count()) == (30, 30)


def test_the_same_people_in_two_sheets_of_one_session() -> None:
    session = session_of(station())
    rows = [good_2026(n) for n in range(1, 11)]
    uploads = []
    for form in ("csv-utf8", "csv-gb18030"):
        file = sheet(form, HEADERS_2026, rows)
        uploads.append(
            receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)[0]
        )
    todo = list(uploads)
    at_once(lambda: advance(upload=todo.pop(), now=NOW), times=2)
    for upload in uploads:
        upload.refresh_from_db()
    assert sorted((u.accepted, u.unchanged) for u in uploads) == [(0, 10), (10, 0)]
    assert Registration.objects.count() == 10


def test_the_roster_is_numbered_once() -> None:
    session = session_of(station())
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(n) for n in range(1, 6)])
    upload, _ = receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    advance(upload=upload, now=NOW)
    at_once(lambda: close_enrolment(session=session, actor=None, now=NOW))
    assert session.events.filter(event="close").count() == 1
    numbers = list(Registration.objects.order_by("id").values_list("admission_number", flat=True))
    assert [n[-4:] for n in numbers if n] == ["0001", "0002", "0003", "0004", "0005"]

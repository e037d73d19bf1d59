"""Files and particulars go at the end of their time; what proves a result stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from chizheng.assessment.models import Registration, Upload
from chizheng.assessment.sheets_out import returned_sheet
from chizheng.assessment.stored import remove, stored
from chizheng.assessment.usecases import move_session, receive_enrolment, retire, run_import
from chizheng.kernel.errors import NotFound
from chizheng.platform.models import LedgerEntry
from tests.assessment.sheet_bytes import HEADERS_2026, sheet
from tests.assessment.usecases.test_import_enrolment import good_2026
from tests.factories.assessment import NOW, session_of, station

pytestmark = pytest.mark.django_db


def taken_in() -> Upload:
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(1), good_2026(2, 姓名="")])
    session = session_of(station())
    upload, _ = receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    return run_import(upload=upload, now=NOW)


def test_files_go_after_ninety_days(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    upload = taken_in()
    name = upload.stored_as
    assert retire(now=NOW + timedelta(days=90)) == (0, 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert retire(now=NOW + timedelta(days=91)) == (1, 0)
    upload.refresh_from_db()
    assert (upload.stored_as, upload.accepted, upload.faults.count()) == ("", 1, 0)
    for ask in (lambda: stored(name), lambda: returned_sheet(upload, lang="zh")):
        with pytest.raises(NotFound):
            ask()
    assert retire(now=NOW + timedelta(days=91)) == (0, 0)
    assert LedgerEntry.objects.filter(verb="assessment.retire").count() == 1


def test_particulars_stay_three_years() -> None:
    """Value archive.papers_years: three years since 2019, counted from the last event of the session."""
    session = taken_in().session
    move_session(session=session, event="annul", actor=None, now=NOW + timedelta(days=100))  # 2026-06-10
    assert retire(now=NOW + timedelta(days=3 * 365 + 100))[1] == 0  # 2029-06-09, with a leap day between
    assert Registration.objects.get().particulars is not None
    assert retire(now=NOW + timedelta(days=3 * 365 + 101))[1] == 1
    assert Registration.objects.get().particulars is None


def test_a_file_that_vanished_ends_the_work() -> None:
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(5)])
    upload, _ = receive_enrolment(
        session=session_of(station()), file_name=file[0], content=file[1], actor=None, now=NOW
    )
    remove(upload.stored_as)
    upload = run_import(upload=upload, now=NOW)
    assert upload.work.state == "failed" and upload.work.message

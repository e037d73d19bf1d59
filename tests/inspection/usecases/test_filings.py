"""Filings: the three ways in give the same faults; history is kept; a workbook resumes and doubles nothing."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from chizheng.assessment.stored import stored
from chizheng.inspection.models import Filing
from chizheng.inspection.usecases.file_employment import (
    advance,
    end_filing,
    file_one,
    receive_filings,
    run_upload,
)
from chizheng.inspection.usecases.forget_files import forget_files
from chizheng.kernel.errors import BadInput, NotFound
from chizheng.law.io.shelf import law
from chizheng.platform.models import LedgerEntry
from tests.factories.catalogue import OccupationFactory
from tests.factories.inspection import NOW, FilingFactory, employer
from tests.factories.people import PersonFactory, resident_number

pytestmark = pytest.mark.django_db
HEAD = ["姓名", "证件号码", "岗位", "职业工种", "等级", "工作地区代码", "上岗日期", "离岗日期", "要求持证"]


def cells(n: int = 1, **more: str) -> dict[str, str]:
    base = {
        "name": "赵示例", "document_number": resident_number(n), "post": "值班", "occupation": "消防设施操作员",
        "region": "320102", "start": "2026-03-01",
    }  # fmt: skip
    return base | more


def sheet(rows: list[dict[str, str]]) -> bytes:
    keys = ["name", "document_number", "post", "occupation", "level", "region", "start", "end", "demanded"]
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *[[r.get(k, "") for k in keys] for r in rows]])
    return out.getvalue().encode()


@pytest.fixture(autouse=True)
def catalogue() -> None:
    OccupationFactory(name="消防设施操作员")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "required"), ({"name": "A1"}, "name"), ({"document_number": "32010219900101001X"}, "document"),
        ({"occupation": "占星师"}, "occupation"), ({"level": "6"}, "level"), ({"region": "320"}, "region"),
        ({"start": "三月"}, "day"), ({"end": "2026-02-28"}, "order"), ({"demanded": "也许"}, "truth"), ({"start": "2027-03-01"}, "future"), ({"start": "1926-03-01"}, "ancient"),
    ],
)  # fmt: skip
def test_a_fault_is_named_and_nothing_is_written(change: dict[str, str], code: str) -> None:
    filing, faults = file_one(employer=employer(), cells=cells(**change), actor=None, now=NOW)
    assert filing is None and code in {f.code for f in faults}
    assert all("{" not in f.say(lang) for f in faults for lang in ("zh", "en"))
    assert not Filing.objects.exists()


def test_a_change_is_a_new_row_and_the_old_one_stays() -> None:
    body = employer()
    first, _ = file_one(employer=body, cells=cells(), actor=None, now=NOW)
    again, _ = file_one(employer=body, cells=cells(), actor=None, now=NOW)
    assert first == again
    second, _ = file_one(employer=body, cells=cells(level="4"), actor=None, now=NOW)
    assert second is not None and second.previous == first and Filing.objects.count() == 2
    ended = end_filing(filing=first, on=date(2026, 8, 1), actor=None, now=NOW)  # the row that counts is ended
    assert ended.previous == second and ended.period.upper == date(2026, 8, 1) and ended.level == 4
    _, faults = file_one(employer=body, cells=cells(start="2026-05-01"), actor=None, now=NOW)
    assert [f.code for f in faults] == ["overlaps"]


def test_the_database_refuses_two_filings_at_once() -> None:
    body = employer()
    FilingFactory(n=1, employer=body)
    with pytest.raises(IntegrityError, match="filing_one_at_a_time"), transaction.atomic():
        FilingFactory(n=1, employer=body, period=(date(2026, 5, 1), date(2026, 6, 1)))
    FilingFactory(n=1, employer=body, post="另一岗位")


def test_another_name_than_the_registered_one_is_refused() -> None:
    PersonFactory(name="钱样例", number=resident_number(7))
    _, faults = file_one(employer=employer(), cells=cells(7), actor=None, now=NOW)
    assert [f.code for f in faults] == ["name_differs"]


def test_a_workbook_takes_good_rows_and_returns_bad_ones_and_resumes() -> None:
    body = employer()
    rows = [cells(n) for n in range(20)] + [cells(3), cells(21, region="x"), cells(22)]
    upload, made = receive_filings(employer=body, file_name="a.csv", content=sheet(rows), actor=None, now=NOW)
    assert made
    upload = advance(upload=upload, now=NOW, step=7)
    assert (upload.accepted, upload.work.done) == (7, 7)
    upload = run_upload(upload=upload, now=NOW)
    assert (upload.accepted, upload.unchanged, upload.faulty) == (21, 0, 2)
    assert {(f.row, f.code) for f in upload.faults.all()} == {(22, "repeated"), (23, "region")}
    same, made = receive_filings(employer=body, file_name="b.csv", content=sheet(rows), actor=None, now=NOW)
    assert same == upload and not made
    more, _ = receive_filings(
        employer=body, file_name="c.csv", content=sheet([*rows, cells(30)]), actor=None, now=NOW
    )
    more = run_upload(upload=more, now=NOW)
    assert (more.accepted, more.unchanged, more.faulty) == (1, 21, 2)
    assert Filing.objects.count() == 22


def test_a_workbook_goes_when_its_time_is_over_and_what_it_filed_stays(
    django_capture_on_commit_callbacks: Any,
) -> None:
    upload, _ = receive_filings(
        employer=employer(),
        file_name="a.csv",
        content=sheet([cells(1), cells(2, name="")]),
        actor=None,
        now=NOW,
    )
    run_upload(upload=upload, now=NOW)
    days = law().number("uploads.file_days", on=NOW.date())
    assert forget_files(now=NOW + timedelta(days=days)) == 0 and upload.faults.exists()
    name = upload.stored_as
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_files(now=NOW + timedelta(days=days + 1)) == 1
    with pytest.raises(NotFound, match="file_gone"):
        stored(name)
    assert Filing.objects.count() == 1 and not upload.faults.exists()
    assert LedgerEntry.objects.filter(verb="inspection.forget_files").count() == 1
    assert forget_files(now=NOW + timedelta(days=days + 2)) == 0


def test_a_sheet_without_a_needed_column_is_refused() -> None:
    with pytest.raises(BadInput, match="columns_missing"):
        receive_filings(
            employer=employer(),
            file_name="a.csv",
            content="姓名,岗位\n赵示例,值班\n".encode(),
            actor=None,
            now=NOW,
        )


@pytest.mark.parametrize("day", ["2026/3/1", "2026.3.1", "2026年3月1日", "2026-03-01 00:00:00"])
def test_days_as_clerks_write_them(day: str) -> None:
    filing, faults = file_one(employer=employer(), cells=cells(start=day), actor=None, now=NOW)
    assert not faults and filing is not None
    assert Filing.objects.get().period.lower == date(2026, 3, 1)

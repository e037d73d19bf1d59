"""Filings: history, workbooks with good and bad rows, refusals that write nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from chizheng.inspection.models import Filing, FilingFault, FilingUpload
from chizheng.inspection.usecases.file_employment import file_employment
from chizheng.inspection.usecases.import_filings import (
    advance_filings,
    receive_filings,
    returned_filings,
    run_filings,
)
from chizheng.kernel.errors import BadInput, Forbidden
from chizheng.people.models import Person
from chizheng.platform.models import LedgerEntry
from tests.factories.inspection import NOW, TODAY, employer, employer_account, entry, filed
from tests.factories.people import resident_number

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


def sheet(*rows: str, header: str = "姓名,身份证号,职业,等级,上岗日期,离岗日期") -> bytes:
    return "\r\n".join([header, *rows]).encode("gb18030")


def test_the_same_entry_again_is_nothing_new() -> None:
    body = employer()
    filed(body, entry(1))
    filed(body, entry(1), now=LATER)
    assert Filing.objects.count() == 1


def test_a_correction_keeps_what_was_known_before() -> None:
    body = employer()
    (old,) = filed(body, entry(1, "焊工"))
    (new,) = filed(body, entry(1, "电工"), now=LATER)
    old.refresh_from_db()
    assert (old.occupation, old.replaced_at) == ("焊工", LATER)
    assert (new.occupation, new.previous_id, new.replaced_at) == ("电工", old.pk, None)


def test_a_transfer_ends_the_earlier_post() -> None:
    body = employer()
    filed(body, entry(1, "焊工", start=date(2026, 1, 1)))
    rows = filed(body, entry(1, "电工", start=date(2026, 6, 1)), now=LATER)
    assert {(r.occupation, r.period.lower, r.period.upper) for r in rows} == {
        ("焊工", date(2026, 1, 1), date(2026, 6, 1)),
        ("电工", date(2026, 6, 1), None),
    }


def test_two_posts_of_one_person_in_one_call_follow_each_other() -> None:
    rows = filed(
        employer(), entry(1, "焊工", start=date(2026, 1, 1)), entry(1, "电工", start=date(2026, 6, 1))
    )
    assert [r.period.upper for r in sorted(rows, key=lambda r: r.period.lower)] == [date(2026, 6, 1), None]


def test_an_overlap_is_a_fault_and_writes_nothing() -> None:
    body = employer()
    filed(body, entry(1, start=date(2026, 1, 1), end=date(2026, 7, 1)))
    taken = file_employment(
        employer=body, entries=[entry(1, "电工", start=date(2026, 3, 1))], source=Filing.Source.FORM,
        actor=body.accounts.get(), now=LATER,
    )  # fmt: skip
    assert taken.faults[0].code == "overlap"
    assert Filing.objects.count() == 1


def test_the_table_itself_refuses_two_posts_at_once() -> None:
    (row,) = filed(employer(), entry(1))
    twin = Filing(
        person=row.person, employer=row.employer, occupation="电工", place="3201",
        period=(TODAY, None), source="form", filed_at=NOW,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_nobody_files_for_another_organisation() -> None:
    body, other = employer(), employer()
    with pytest.raises(Forbidden):
        file_employment(
            employer=body,
            entries=[entry(1)],
            source=Filing.Source.FORM,
            actor=employer_account(other),
            now=NOW,
        )
    assert not Filing.objects.exists() and not Person.objects.exists()


def test_good_rows_go_in_and_bad_rows_come_back() -> None:
    body = employer()
    actor = employer_account(body)
    content = sheet(
        f"样例甲,{resident_number(1)},焊工,4,2026-03-01,",
        f"样例乙,{resident_number(2)[:-1]}0,焊工,,2026-03-01,",
        f"样例丙,{resident_number(3)},电工,九级,2026/3/1,2026-02-01",
        f"样例丁,{resident_number(4)},电工,高级工,2026年3月1日,2026-08-31",
        f"样例丁,{resident_number(4)},焊工,,2026-04-01,",
    )
    upload, made = receive_filings(employer=body, file_name="备案.csv", content=content, actor=actor, now=NOW)
    assert made
    upload = run_filings(upload=upload, now=NOW)
    assert (upload.rows, upload.accepted, upload.faulty) == (5, 2, 3)
    assert [(f.row, f.code) for f in FilingFault.objects.order_by("row", "id")] == [
        (3, "document"), (4, "level"), (4, "order"), (6, "twice"),
    ]  # fmt: skip
    assert {(f.level, f.period.upper) for f in Filing.objects.all()} == {(4, None), (3, date(2026, 9, 1))}
    back = returned_filings(upload, lang="zh", only_faulty=True).content.decode("gb18030")
    assert "样例甲" not in back and "校验码不符" in back and "与第 5 行是同一人" in back
    assert resident_number(2)[:-1] + "0" not in "".join(FilingFault.objects.values_list("value", flat=True))


def test_the_same_workbook_again_changes_nothing_and_a_kill_is_resumed() -> None:
    body = employer()
    actor = employer_account(body)
    content = sheet(*[f"样例甲,{resident_number(n)},焊工,,2026-03-01," for n in range(1, 6)])
    upload, _ = receive_filings(employer=body, file_name="备案.csv", content=content, actor=actor, now=NOW)
    upload = advance_filings(upload=upload, now=NOW, step=2)
    assert (upload.accepted, upload.finished) == (2, False)
    again, made = receive_filings(employer=body, file_name="同.csv", content=content, actor=actor, now=NOW)
    assert again.pk == upload.pk and not made
    upload = run_filings(upload=again, now=NOW)
    assert (upload.accepted, upload.work.percent) == (5, 100)
    run_filings(upload=upload, now=NOW)
    assert Filing.objects.count() == 5
    assert LedgerEntry.objects.filter(verb="inspection.import_filings").count() == 1


def test_a_sheet_without_its_columns_is_refused() -> None:
    body = employer()
    with pytest.raises(BadInput) as refused:
        receive_filings(
            employer=body, file_name="x.csv", content=sheet("甲,乙", header="姓名,备注"),
            actor=employer_account(body), now=NOW,
        )  # fmt: skip
    assert "上岗日期" in refused.value.say("zh")
    assert not FilingUpload.objects.exists()

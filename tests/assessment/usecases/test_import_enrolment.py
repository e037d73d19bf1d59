"""Both real sheets in every format, with every kind of bad row: nothing lost, nothing doubled."""

from __future__ import annotations

from datetime import date

import pytest

from chizheng.assessment import holdings
from chizheng.assessment.core.enrolment import Certified
from chizheng.assessment.core.states import Event
from chizheng.assessment.holdings import answer_with
from chizheng.assessment.models import Registration, Result, Session, Upload
from chizheng.assessment.sheets_out import returned_sheet
from chizheng.assessment.usecases import advance, move_session, receive_enrolment, run_import, withdraw
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.people.models import Document, Person
from chizheng.platform.io.sheets import FAULT_COLUMN, read_sheet
from chizheng.platform.models import LedgerEntry
from tests.assessment.sheet_bytes import FORMATS, HEADERS_2015, HEADERS_2026, line, sheet
from tests.factories.assessment import EXAM, NOW, RegistrationFactory, clerk_of, session_of, station
from tests.factories.people import PersonFactory, document_of, resident_number

pytestmark = pytest.mark.django_db

ELIGIBLE = "累计从事本职业或相关职业工作满5年"


def good_2026(n: int, **changes: str) -> list[str]:
    cells = {
        "序号": str(n), "职业工种名称": "车工", "认定等级": "四级/中级工", "申报条件": ELIGIBLE, "证件类型": "居民身份证",
        "证件号码": resident_number(n), "姓名": "赵样例", "性别": "男" if n % 2 else "女", "出生日期": "1990-01-01",
        "手机号码": "13900000000", "是否有职业资格证书": "否", "考试类型": "正考", "专业年限": "6", "所在单位": f"样例厂{n % 3}",
        "参加工作时间": "2012-07-01", "认定分类": "初次", "民族": "汉族", "文化程度": "高中",
    }  # fmt: skip
    return line(HEADERS_2026, **(cells | changes))


def good_2015(n: int, **changes: str) -> list[str]:
    cells = {
        "姓名": "钱样例", "证件类型": "身份证", "身份证号": resident_number(n), "性别": "男" if n % 2 else "女", "民族": "汉",
        "文化程度": "高中", "手机": "13900000000", "申报条件": "2", "考生来源": "企业", "工作单位": "样例厂",
        "通讯地址": "样例路1号", "本职业工作年限": "6年", "原证书号": "1910012003500001", "原职业": "车工", "理论": "新考", "实操": "新考",
        "照片": "1.jpg",
    }  # fmt: skip
    return line(HEADERS_2015, **(cells | changes))


@pytest.fixture
def session() -> Session:
    return session_of(station())


def take(session: Session, file: tuple[str, bytes]) -> Upload:
    upload, _ = receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    return run_import(upload=upload, now=NOW)


def codes(upload: Upload) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for fault in upload.faults.all():
        found.setdefault(fault.row, []).append(fault.code)
    return found


BAD_2026 = [
    ({"证件号码": "320102199001010028"}, ["as_said"]),  # check character
    ({"证件号码": "32010219900101"}, ["as_said"]),  # length
    ({"证件号码": ""}, ["as_said"]),
    ({"证件类型": "图书证"}, ["as_said"]),
    ({"姓名": "张3"}, ["name_odd"]),
    ({"姓名": ""}, ["name_empty"]),
    ({"性别": "?"}, ["sex_unreadable"]),
    ({"出生日期": "1991-01-01"}, ["birth_differs"]),
    ({"出生日期": "昨天"}, ["date_unreadable"]),
    ({"职业工种名称": "电工"}, ["other_occupation"]),
    ({"职业工种名称": ""}, ["cell_empty"]),
    ({"认定等级": "三级"}, ["other_level"]),
    ({"认定等级": "六级"}, ["level_unreadable"]),
    ({"申报条件": "随便"}, ["alternative_unknown"]),
    ({"申报条件": "99"}, ["alternative_unknown"]),
    ({"申报条件": ""}, ["cell_empty"]),
    ({"专业年限": "多年"}, ["years_unreadable"]),
    ({"专业年限": "60"}, ["years_too_many"]),
    ({"认定分类": "晋级"}, ["promotion_without_certificate"]),
    ({"证书等级": "某级"}, ["level_unreadable"]),
    ({"考试类型": "再考"}, ["exam_kind_unreadable"]),
    ({"考试类型": "补考"}, ["nothing_to_retake"]),
]


@pytest.mark.parametrize("form", FORMATS)
def test_the_sheet_of_2026(session: Session, form: str) -> None:
    rows = [good_2026(1)] + [good_2026(n, **changes) for n, (changes, _) in enumerate(BAD_2026, 2)]
    young = resident_number(500, born="20120101")
    rows += [
        good_2026(900),
        good_2026(1),  # the first person again
        good_2026(501, 证件号码=young, 出生日期="2012-01-01", 性别="女", 专业年限="", 参加工作时间=""),
    ]
    upload = take(session, sheet(form, HEADERS_2026, rows))
    expected = {n + 1: want for n, (_, want) in enumerate(BAD_2026, 2)}
    last = len(rows) + 1
    expected |= {last - 1: ["repeated_in_file"], last: ["too_young"]}
    assert codes(upload) == expected
    assert (upload.rows, upload.accepted, upload.faulty) == (len(rows), 2, len(rows) - 2)
    assert Registration.objects.filter(session=session).count() == 2
    registration = Registration.objects.get(row_number=2)
    assert (registration.alternative, registration.judged, registration.employer) == (
        "4-years",
        "met",
        "样例厂1",
    )
    assert '"ethnicity": "汉族"' in registration.particulars


@pytest.mark.parametrize("form", FORMATS)
def test_the_sheet_of_2015(session: Session, form: str) -> None:
    bad = [
        ({"性别": ""}, ["cell_empty"]),
        ({"性别": "女"}, ["sex_differs"]),
        ({"身份证号": "110105491231002", "性别": "女"}, []),  # an old number is a good number
        ({"理论": "新新"}, ["exam_kind_unreadable"]),
        ({"理论": ""}, ["no_credit"]),
        ({"原证书号": "2510012003500001"}, ["not_eligible"]),  # of 2025: three years have not passed
    ]
    rows = [good_2015(1)] + [good_2015(2 * n + 1, **changes) for n, (changes, _) in enumerate(bad, 1)]
    upload = take(session, sheet(form, HEADERS_2015, rows))
    assert codes(upload) == {n: want for n, (_, want) in enumerate(bad, 3) if want}
    assert (upload.accepted, upload.faulty) == (2, 5)
    assert Document.objects.filter(printed_short=True).count() == 1


def test_columns_in_any_order_under_a_title(session: Session) -> None:
    order = list(range(len(HEADERS_2026)))[::-1]
    headers = [HEADERS_2026[i] for i in order]
    title = ["2026年第一批报名汇总表", "填表单位：样例站"] + [""] * (len(headers) - 2)
    rows = [headers, [good_2026(1)[i] for i in order]]
    upload = take(session, sheet("xlsx", title, rows))
    assert (upload.column_set, upload.accepted) == ("national-2026", 1)


def test_what_the_register_knows(session: Session) -> None:
    other_name = PersonFactory(name="李虚构", number=resident_number(2))
    here = PersonFactory(name="赵样例", number=resident_number(3))
    elsewhere = PersonFactory(name="赵样例", number=resident_number(4))
    same_day = PersonFactory(name="赵样例", number=resident_number(5))
    holder = PersonFactory(name="赵样例", number=resident_number(6))
    lower = PersonFactory(name="赵样例", number=resident_number(7))
    assert other_name and here
    RegistrationFactory(session=session, person=here, row_digest="other")
    body = station("10012004")
    RegistrationFactory(session=session_of(body, exam=date(2026, 5, 1)), person=elsewhere)
    RegistrationFactory(session=session_of(body, level=5, exam=EXAM), person=same_day)
    answer_with(lambda ids: [(i, c) for i, c in [
        (holder.pk, Certified("车工", 3, date(2020, 1, 1))), (lower.pk, Certified("车工", 5, date(2015, 1, 1))),
    ] if i in ids])  # fmt: skip
    try:
        upload = take(session, sheet("csv-utf8", HEADERS_2026, [good_2026(n) for n in range(2, 8)]))
    finally:
        answer_with(holdings._passes)
    assert codes(upload) == {
        2: ["name_of_another"], 3: ["enrolled_differently"], 4: ["enrolled_elsewhere"],
        5: ["enrolled_same_day"], 6: ["already_certified"],
    }  # fmt: skip
    assert upload.accepted == 1


def test_beijing_forbids_two_levels_in_a_year() -> None:
    body = station()
    body.region = "1101"
    body.save()
    person = PersonFactory(name="赵样例", number=resident_number(1))
    RegistrationFactory(
        session=session_of(body, level=5, exam=date(2026, 2, 1), close=date(2026, 1, 1)), person=person
    )
    upload = take(session_of(body), sheet("csv-utf8", HEADERS_2026, [good_2026(1)]))
    assert codes(upload) == {2: ["levels_in_a_year"]}


def test_the_same_file_twice_changes_nothing(session: Session) -> None:
    file = sheet("xlsx", HEADERS_2026, [good_2026(1), good_2026(2, 姓名="")])
    first = take(session, file)
    before = (Registration.objects.count(), Person.objects.count(), LedgerEntry.objects.count())
    again, made = receive_enrolment(session=session, file_name="x.xlsx", content=file[1], actor=None, now=NOW)
    assert (again.pk, made) == (first.pk, False)
    run_import(upload=again, now=NOW)
    assert (Registration.objects.count(), Person.objects.count(), LedgerEntry.objects.count()) == before


@pytest.mark.parametrize("form", FORMATS)
def test_the_returned_file_is_mended_and_comes_back(session: Session, form: str) -> None:
    upload = take(session, sheet(form, HEADERS_2026, [good_2026(1), good_2026(2, 姓名=""), good_2026(3)]))
    back = returned_sheet(upload, lang="zh")
    read = read_sheet(back.content, back.filename)
    text = back.content.decode("utf-8" if form == "csv-utf8" else "gb18030") if form.startswith("csv") else ""
    assert not text or (FAULT_COLUMN in text and "姓名未填写" in text)
    assert [len(r.cells) for r in read.rows] == [33, 33, 33]
    rows = [list(r.cells) for r in read.rows]
    rows[1][6] = "孙样例"
    upload = take(session, sheet(form, read.header, rows))
    assert (upload.accepted, upload.unchanged, upload.faulty) == (1, 2, 0)
    only = returned_sheet(upload, lang="en", only_faulty=True)
    assert read_sheet(only.content, only.filename).rows == ()


def test_the_workbook_marks_the_cells(session: Session) -> None:
    import io
    import zipfile

    upload = take(session, sheet("xls", HEADERS_2026, [good_2026(2, 姓名="")]))
    back = returned_sheet(upload, lang="zh")
    assert back.filename.endswith(".xlsx")
    with zipfile.ZipFile(io.BytesIO(back.content)) as parts:
        assert "姓名未填写" in parts.read("xl/sharedStrings.xml").decode()
        assert "姓名未填写" in parts.read("xl/comments1.xml").decode()


def test_a_rounded_number_is_a_fault_of_its_own(session: Session) -> None:
    import io

    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, HEADERS_2026)
    for column, cell in enumerate(good_2026(1)):
        page.write(1, column, cell)
    page.write_number(1, HEADERS_2026.index("证件号码"), float(320102199001010001))
    book.close()
    assert codes(take(session, ("a.xlsx", out.getvalue()))) == {2: ["cell_rounded"]}


def test_it_resumes_where_it_stopped(session: Session) -> None:
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(n) for n in range(1, 8)])
    upload, _ = receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    upload = advance(upload=upload, now=NOW, step=3)
    assert (upload.work.done, upload.accepted, upload.work.state) == (3, 3, "running")
    upload = run_import(upload=Upload.objects.get(pk=upload.pk), now=NOW)
    assert (upload.work.done, upload.accepted, upload.work.state) == (7, 7, "done")
    assert Registration.objects.count() == 7


def test_personal_values_are_kept_masked(session: Session) -> None:
    number = "320102199001010028"
    upload = take(session, sheet("csv-utf8", HEADERS_2026, [good_2026(1, 证件号码=number)]))
    fault = upload.faults.get()
    assert fault.value == "320***********0028" and number not in fault.say("zh") + fault.say("en")
    assert fault.say("en") and fault.header == "证件号码"


def test_a_withdrawn_candidate_may_come_again(session: Session) -> None:
    take(session, sheet("csv-utf8", HEADERS_2026, [good_2026(1)]))
    registration = Registration.objects.get()
    withdraw(registration=registration, actor=None, now=NOW)
    upload = take(session, sheet("csv-utf8", HEADERS_2026, [good_2026(1, 所在单位="新厂")]))
    registration.refresh_from_db()
    assert (upload.accepted, registration.state, registration.employer) == (1, "enrolled", "新厂")


def test_a_file_that_is_no_enrolment_sheet(session: Session) -> None:
    with pytest.raises(BadInput) as caught:
        take(session, sheet("xlsx", ["姓名", "证件号码", "职业工种名称", "认定等级"], [["a", "b", "c", "d"]]))
    assert caught.value.code == "header_missing" and "申报条件" in caught.value.say("zh")
    with pytest.raises(BadInput) as caught:
        take(session, sheet("xlsx", ["甲", "乙"], [["1", "2"]]))
    assert caught.value.code == "header_unknown"
    with pytest.raises(BadInput) as caught:
        take(session, sheet("xlsx", [*HEADERS_2026, "姓名"], [[*good_2026(1), ""]]))
    assert caught.value.code == "header_doubled"
    assert Upload.objects.count() == 0


def test_only_an_open_session_of_ones_own_takes_a_sheet(session: Session) -> None:
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(1)])
    with pytest.raises(Forbidden):
        receive_enrolment(
            session=session, file_name=file[0], content=file[1], actor=clerk_of(station("10012009")), now=NOW
        )
    move_session(session=session, event=Event.CLOSE, actor=None, now=NOW)
    with pytest.raises(Conflict):
        receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)


def test_rows_checked_after_the_close_are_told_so(session: Session) -> None:
    file = sheet("csv-utf8", HEADERS_2026, [good_2026(1)])
    upload, _ = receive_enrolment(session=session, file_name=file[0], content=file[1], actor=None, now=NOW)
    move_session(session=session, event=Event.CLOSE, actor=None, now=NOW)
    assert codes(run_import(upload=upload, now=NOW)) == {2: ["session_closed"]}
    assert Registration.objects.count() == 0


def test_another_document_kind(session: Session) -> None:
    row = good_2026(1, 证件类型="护照", 证件号码="E12345678", 出生日期="1985-02-03", 性别="女")
    take(session, sheet("csv-gb18030", HEADERS_2026, [row]))
    person = Registration.objects.get().person
    assert (person.birth, person.sex, document_of(person).kind) == (date(1985, 2, 3), "F", "passport")


@pytest.mark.parametrize(("outcome", "expected"), [("pass", {2: ["enrolled_elsewhere"]}), ("fail", {})])
def test_who_failed_may_come_again_and_who_passed_waits(
    session: Session, outcome: str, expected: dict[int, list[str]]
) -> None:
    other = session_of(station("10012004"), exam=date(2026, 2, 1), close=date(2026, 1, 1))
    person = PersonFactory(name="赵样例", number=resident_number(1))
    registration = RegistrationFactory(session=other, person=person)
    Result.objects.create(registration=registration, outcome=outcome, computed_at=NOW)
    Session.objects.filter(pk=other.pk).update(state="published")
    assert codes(take(session, sheet("csv-utf8", HEADERS_2026, [good_2026(1)]))) == expected


def test_the_birthday_on_the_exam_day(session: Session) -> None:
    """Value assessment.minimum_age: sixteen, whole, on the day of the exam."""
    rows = [
        good_2026(n, 证件号码=resident_number(n, born=born), 出生日期="", 专业年限="", 参加工作时间="")
        for n, born in ((1, "20100418"), (3, "20100419"))
    ]
    assert codes(take(session, sheet("csv-utf8", HEADERS_2026, rows))) == {3: ["too_young"]}

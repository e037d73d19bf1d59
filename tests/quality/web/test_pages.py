"""Pages by role and jurisdiction, the ways through them, and that refusals write nothing."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chizheng.assessment.models import Assessor, PanelMember, Session
from chizheng.people.models import Account
from chizheng.platform.access import Access
from chizheng.platform.models import LedgerEntry
from chizheng.platform.roles import Role
from chizheng.quality.models import (
    AnswerSheet,
    AssessorMark,
    Case,
    CaseEvent,
    CustodyMove,
    Evaluation,
    Flag,
    FollowUp,
    Hold,
    HoldEvent,
    LookAlike,
    Note,
    Paper,
    SiteReport,
    SittingReport,
    Task,
)
from chizheng.quality.urls import urlpatterns
from chizheng.quality.usecases.statistics import make_report
from chizheng.quality.usecases.supervision import check_items
from chizheng.quality.usecases.surveillance import hold_flagged
from tests.factories.assessment import station
from tests.factories.people import AccountFactory, PersonFactory
from tests.factories.quality import NOW, flag_on, sitting, supervisor, task_of

pytestmark = pytest.mark.django_db

C, A, S, V = Role.CENTRE, Role.AUTHORITY, Role.STATION, Role.SUPERVISOR
PUBLIC: set[str] = set()
EVERY = set(Role)
MATRIX: dict[str, set[str]] = {
    "reports": {C, A, S, Role.PLANNER}, "report": {C, A, S, Role.PLANNER}, "item": {C}, "answers": {C},
    "assessor_marks": {C}, "papers": {C}, "notes": EVERY, "surveillance": {C, A}, "run": {C}, "flag": {C, A}, "station": {C, A},
    "holds": {C, A}, "hold": {C, A}, "sample": {C}, "raters": {C}, "feedback": {C}, "my_marking": {Role.ASSESSOR},
    "supervisors": {C, A}, "dispatches": {C, A}, "dispatch": {C, A}, "tasks": {C, A, V}, "task": {C, A, V},
    "demand": {C, A}, "photograph": {C, A, V}, "demands": {S}, "answer": {S}, "onsite": {V}, "worker": {V},
    "onsite_tasks": {V}, "site_report": {V}, "recuse": {V}, "self_assessment": {S}, "rules": {S}, "evaluations": {C, A},
    "evaluate": {C, A}, "cases": {C, A}, "new_case": {C, A}, "case_of_flag": {C, A}, "case": {C, A}, "case_step": {C, A},
    "exhibit": {C, A}, "hand_over": {C, A}, "exhibit_file": {C, A}, "freeze": {C, A},
    "retrain": {C}, "retrained": {C}, "paper": {C}, "calibrate": {C}, "enter_panel": {C}, "panel_template": {C}, "calibration": {C},
    "advance_calibration": {C}, "parameters": {C}, "panels": {C, A}, "panel": {C, A},
    "suspensions": {C, A}, "suspension": {C, A}, "look_alike": {C, A}, "look_alikes": PUBLIC, "report_a_fake": PUBLIC, "decisions": PUBLIC, "bulletins": PUBLIC, "bulletin": PUBLIC,
    "figures": PUBLIC, "bulletin_table": PUBLIC,
}  # fmt: skip


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def text(response: Any) -> str:
    return response.content.decode()


def url(name: str, *args: object) -> str:
    return reverse(f"quality:{name}", args=args)


def test_every_page_is_in_the_matrix_and_declares_its_access() -> None:
    assert {p.name for p in urlpatterns} == set(MATRIX)
    for pattern in urlpatterns:
        access: Access = pattern.callback.access
        roles = MATRIX[pattern.name]
        assert access.public == (not roles), pattern.name
        assert access.public or access.roles == {str(getattr(r, "value", r)) for r in roles}, pattern.name


@pytest.fixture
def flagged() -> tuple[Session, Hold]:
    session = sitting()
    flag = flag_on(session)
    hold_flagged(run=flag.run, now=NOW)
    make_report(session=session, now=NOW)
    return session, Hold.objects.get()


@pytest.mark.parametrize(
    "role", ["station", "candidate", "supervisor", "employer", "assessor", "public", "planner"]
)
def test_flags_and_holds_are_hidden_from_everybody_but_reviewers(
    role: str, flagged: tuple[Session, Hold]
) -> None:
    session, hold = flagged
    more: dict[str, Any] = {"organisation": session.station} if role in ("station", "employer") else {}
    client = signed_in(AccountFactory(role=role, **more))
    before = LedgerEntry.objects.count()
    for target in (
        url("surveillance"),
        url("flag", hold.flag_id),
        url("holds"),
        url("hold", hold.pk),
        url("station", session.station_id),
    ):
        assert client.get(target).status_code == 403, target
    assert (
        client.post(url("hold", hold.pk), {"event": "release", "reasons": "成绩属实，予以放行。"}).status_code
        == 403
    )
    assert client.post(url("run")).status_code == 403
    assert not HoldEvent.objects.exists() and LedgerEntry.objects.count() == before
    if role == "station":
        page = text(client.get(url("report", session.uuid)))
        assert "监测" not in page and "复核" not in page


def test_another_region_sees_nothing(flagged: tuple[Session, Hold]) -> None:
    session, hold = flagged
    client = signed_in(AccountFactory(role="centre", region="33"))
    for target in (
        url("flag", hold.flag_id),
        url("hold", hold.pk),
        url("report", session.uuid),
        url("station", session.station_id),
    ):
        assert client.get(target).status_code == 404, target
    assert session.number not in text(client.get(url("holds")))
    assert (
        client.post(url("hold", hold.pk), {"event": "release", "reasons": "成绩属实，予以放行。"}).status_code
        == 404
    )
    assert not HoldEvent.objects.exists()


def test_the_authority_reads_a_hold_and_does_not_decide_it(flagged: tuple[Session, Hold]) -> None:
    _, hold = flagged
    client = signed_in(AccountFactory(role="authority"))
    assert "记录决定" not in text(client.get(url("hold", hold.pk)))
    assert (
        client.post(url("hold", hold.pk), {"event": "release", "reasons": "成绩属实，予以放行。"}).status_code
        == 403
    )
    assert not HoldEvent.objects.exists()


def test_from_flag_to_release_on_pages(flagged: tuple[Session, Hold]) -> None:
    session, hold = flagged
    client = signed_in(AccountFactory(role="centre"))
    page = text(client.get(url("flag", hold.flag_id)))
    assert "<svg" in page and "不能说明是谁所为" in page and session.station.name in page
    assert "<svg" in text(client.get(url("surveillance")))
    assert session.number in text(client.get(url("holds")))
    assert (
        client.post(url("hold", hold.pk), {"event": "release", "reasons": "短"}).status_code == 422
        or not HoldEvent.objects.exists()
    )
    assert (
        client.post(
            url("hold", hold.pk), {"event": "release", "reasons": "已核对评分表和录像，成绩属实。"}
        ).status_code
        == 302
    )
    hold.refresh_from_db()
    assert hold.state == "released"
    assert session.number not in text(client.get(url("holds")))
    assert session.number in text(client.get(url("holds") + "?all=1"))


# --- statistics


def _paper(client: Client, author: str, items: int = 10) -> None:
    sheet = "题目代码,答案,命题人账号\n" + "".join(f"Q{n},A,{author}\n" for n in range(items))
    file = SimpleUploadedFile("paper.csv", sheet.encode())
    client.post(url("papers"), {"code": "P-1", "occupation": "车工", "level": 4, "file": file})


def test_answers_make_item_statistics_and_tell_the_author() -> None:
    session = sitting(candidates=120)
    assert make_report(session=session, now=NOW) is not None
    author = AccountFactory(role="centre", username="author1")
    client = signed_in(author)
    _paper(client, "author1")
    paper = Paper.objects.get()
    rows = list(session.registrations.order_by("id"))
    lines = ["准考证号," + ",".join(f"Q{n}" for n in range(10))]
    for n, row in enumerate(rows):  # item 0: the able choose B, so that its key is doubtful
        able = n % 10
        lines.append(
            ",".join(
                [
                    row.admission_number,
                    "B" if able > 4 else "A",
                    *("A" if able >= k else "C" for k in range(1, 10)),
                ]
            )
        )
    answers = SimpleUploadedFile("answers.csv", "\n".join(lines).encode())
    client.post(url("answers", session.uuid), {"paper": paper.pk, "file": answers})
    assert AnswerSheet.objects.count() == 120
    report = SittingReport.objects.get(session=session)
    assert report.figures["paper"]["persons"] == 120 and report.items.count() == 10
    assert {f["flag"] for f in report.items.get(item__code="Q0").findings} & {"negative", "key_doubtful"}
    assert 0.5 < report.figures["paper"]["decision"]["accuracy"] <= 1
    note = Note.objects.get(to=author)
    assert "Q0" in note.body_zh and "Q0" in note.body_en
    assert "Q0" in text(client.get(url("notes")))
    page = text(client.get(url("report", session.uuid)))
    assert page.count("<svg") == 5 and "Livingston" in page
    assert "未作判断" in page and "少于下限 300" in page  # too few to watch for leaks, and told so
    assert "<svg" in text(client.get(url("item", session.uuid, 1)))
    # the station sees distributions and no key
    station_page = text(
        signed_in(AccountFactory(role="station", organisation=session.station)).get(
            url("report", session.uuid)
        )
    )
    assert "Q0" not in re.sub(r"\w{64}", "", station_page)  # a token may hold any two letters
    assert "<svg" in station_page


def test_a_faulty_answer_sheet_writes_nothing() -> None:
    session = sitting()
    author = AccountFactory(role="centre", username="author1")
    client = signed_in(author)
    _paper(client, "author1", 3)
    good = session.registrations.first()
    body = f"准考证号,Q0,Q1,Q2\n{good.admission_number},A,B,\n不存在,A,A,A\n"
    answer = client.post(
        url("answers", session.uuid),
        {"paper": Paper.objects.get().pk, "file": SimpleUploadedFile("a.csv", body.encode())}, follow=True,
    )  # fmt: skip
    assert "第 3 行" in text(answer) and not AnswerSheet.objects.exists()


def test_assessors_marks_by_sheet_and_what_is_said_of_them() -> None:
    session = sitting(candidates=40)
    panel = list(Assessor.objects.filter(panels__session=session).order_by("pk"))
    lines = ["准考证号,考评员证号,操作,安全"]
    for n, row in enumerate(session.registrations.order_by("id")):
        for k, one in enumerate(panel[:2]):
            base = 40 + n % 9 * 6 + (20 if k else 0)
            lines.append(
                f"{row.admission_number},{one.card_number},{min(base, 100)},{min(base + n % 5 * 4, 100)}"
            )
    client = signed_in(AccountFactory(role="centre"))
    file = SimpleUploadedFile("m.csv", "\n".join(lines).encode())
    client.post(url("assessor_marks", session.uuid), {"file": file})
    assert AssessorMark.objects.count() == 160
    page = text(client.get(url("raters")))
    assert panel[0].card_number in page and "<svg" in page and "应当再培训" in page
    me = AccountFactory(role="assessor", person=panel[1].person)
    client.post(url("feedback"))
    client.post(url("feedback"))
    assert Note.objects.filter(to=me).count() == 1
    mine = text(signed_in(me).get(url("my_marking")))
    assert "偏松" in mine and panel[0].card_number not in mine
    bad = SimpleUploadedFile(
        "m.csv",
        f"准考证号,考评员证号,操作\n{session.registrations.first().admission_number},别人,50\n".encode(),
    )
    client.post(url("assessor_marks", session.uuid), {"file": bad})
    assert AssessorMark.objects.count() == 160


# --- supervision


def _report(task: Task, **more: Any) -> dict[str, Any]:
    said = {
        "client": str(uuid4()), "observed_at": "2026-04-18T02:00:00Z", "present": 7, "strangers": 1,
        "conformity": {c: "yes" for c in check_items()}, "remarks": "有一人未带证件", "grave": False, **more,
    }  # fmt: skip
    return {"report": json.dumps(said)}


JPEG = b"\xff\xd8\xff\xe0" + bytes(400)


def test_a_report_is_stored_once_and_seen_by_its_sender_only() -> None:
    session = sitting()
    sender = AccountFactory(role="centre")
    account, task = task_of(session, sender)
    client = signed_in(account)
    tasks = client.get(url("onsite_tasks")).json()["tasks"]
    assert [t["listed"] for t in tasks] == [8] and "name" not in json.dumps(tasks)
    body = _report(task)
    for _ in range(2):  # the first answer was lost in the cellar
        photo = BytesIO(JPEG)
        photo.name = "a.jpg"
        assert client.post(url("site_report", task.uuid), {**body, "photograph": photo}).status_code == 201
    report = SiteReport.objects.get()
    assert (report.present, report.listed, report.photographs.count()) == (7, 8, 1)
    assert (
        client.post(url("site_report", task.uuid), _report(task)).status_code == 409
    )  # another report: refused
    photo_url = url("photograph", report.photographs.get().pk)
    assert "有一人未带证件" in text(signed_in(sender).get(url("task", task.uuid)))
    assert signed_in(sender).get(photo_url).content == JPEG
    others = [AccountFactory(role="centre"), AccountFactory(role="authority"), supervisor()[0]]
    for other in others:
        assert signed_in(other).get(url("task", task.uuid)).status_code == 404
        assert signed_in(other).get(photo_url).status_code == 404
    owner = signed_in(AccountFactory(role="station", organisation=session.station))
    assert owner.get(url("task", task.uuid)).status_code == 403
    # the station learns the demand, not the report
    signed_in(sender).post(url("demand", task.uuid), {"text": "补齐考场录像", "due": "2099-01-01"})
    page = text(owner.get(url("demands")))
    assert "补齐考场录像" in page and "有一人未带证件" not in page
    demand = FollowUp.objects.get()
    elsewhere = signed_in(AccountFactory(role="station", organisation=station("10012009")))
    assert elsewhere.post(url("answer", demand.pk), {"text": "不是我们"}).status_code == 404
    owner.post(url("answer", demand.pk), {"text": "录像已补齐"})
    signed_in(sender).post(url("demand", task.uuid), {"close": demand.pk})
    demand.refresh_from_db()
    assert demand.answer == "录像已补齐" and demand.closed_at is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"present": -1},
        {"present": "many"},
        {"conformity": {"unknown": "yes"}},
        {"client": "x"},
        {"observed_at": "gestern"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused_in_words(wrong: dict[str, Any]) -> None:
    account, task = task_of(sitting(), AccountFactory(role="centre"))
    answer = signed_in(account).post(url("site_report", task.uuid), _report(task, **wrong))
    assert 400 <= answer.status_code < 500 and answer.json()["title"]
    assert not SiteReport.objects.exists()


def test_photographs_that_are_none_are_refused() -> None:
    account, task = task_of(sitting(), AccountFactory(role="centre"))
    photo = BytesIO(b"<script>")
    photo.name = "a.jpg"
    answer = signed_in(account).post(url("site_report", task.uuid), {**_report(task), "photograph": photo})
    assert answer.status_code == 400 and not SiteReport.objects.exists()


def test_a_grave_report_makes_the_sitting_wait() -> None:
    session = sitting()
    account, task = task_of(session, AccountFactory(role="centre"))
    assert (
        signed_in(account).post(url("site_report", task.uuid), _report(task, grave=True)).status_code == 201
    )
    assert Hold.objects.get(session=session).cause == "report"


def test_another_supervisors_task_cannot_be_reported_on() -> None:
    _, task = task_of(sitting(), AccountFactory(role="centre"))
    other, _ = supervisor()
    assert signed_in(other).post(url("site_report", task.uuid), _report(task)).status_code == 404
    assert not SiteReport.objects.exists()


def test_a_dispatch_can_be_drawn_again_from_its_record() -> None:
    session = sitting()
    sender = AccountFactory(role="centre")
    task_of(session, sender)
    drawn = Task.objects.get().dispatch
    client = signed_in(sender)
    assert "结果与派出的任务一致" in text(client.get(url("dispatch", drawn.pk)))
    drawn.seed += 1
    drawn.save()
    supervisor()
    drawn.inputs["supervisors"] = {"999999": []}
    drawn.save()
    assert "结果与派出的任务不一致" in text(client.get(url("dispatch", drawn.pk)))


def test_the_shell_is_cached_without_people_and_the_worker_knows_it() -> None:
    account, _ = task_of(sitting(), AccountFactory(role="centre"))
    client = signed_in(account)
    worker = text(client.get(url("worker")))
    assert url("onsite") in worker and "/*SHELL*/" not in worker and "tasks.json" not in worker
    assert "page-data" in text(client.get(url("onsite")))


def test_a_year_is_assessed_and_evaluated() -> None:
    body = station()
    client = signed_in(AccountFactory(role="station", organisation=body))
    from chizheng.law.io.shelf import law

    answers = {str(r["code"]): "yes" for r in law().tables["self_assessment"]}
    blank = client.post(url("self_assessment"), {**answers, "secrecy": "", "improvements": ""})
    assert blank.status_code == 422 and not Evaluation.objects.exists()  # nothing is answered for the station
    assert body.name in text(client.get(url("rules"))) and "双人双锁" in text(client.get(url("rules")))
    client.post(url("self_assessment"), {**answers, "improvements": "补充设备"})
    row = Evaluation.objects.get()
    centre = signed_in(AccountFactory(role="centre"))
    assert body.name in text(centre.get(url("evaluations")))
    centre.post(url("evaluate", row.pk), {"verdict": "passed", "reasons": "符合要求"})
    row.refresh_from_db()
    assert row.verdict == "passed"
    away = signed_in(AccountFactory(role="centre", region="33"))
    assert away.post(url("evaluate", row.pk), {"verdict": "failed", "reasons": "别处"}).status_code == 404


# --- investigations


def test_a_case_from_the_public_to_its_publication(django_capture_on_commit_callbacks) -> None:
    session = sitting()
    visitor = Client(headers={"accept-language": "zh-hans"})
    sent = visitor.post(
        url("report_a_fake"),
        {
            "summary": "某站收钱包过，有转账记录为证。",
            "region": "3201",
            "contact": "13900000000",
            "website": "",
        },
    )
    case = Case.objects.get()
    assert sent.status_code == 201 and case.number in text(sent) and case.contact == "13900000000"
    Case.objects.update(session=session, station=session.station, assessor=Assessor.objects.first())
    centre, authority = AccountFactory(role="centre"), AccountFactory(role="authority")
    desk, head = signed_in(centre), signed_in(authority)
    assert Client().get(url("case", case.uuid)).status_code == 302
    assert (
        signed_in(AccountFactory(role="authority", region="33")).get(url("case", case.uuid)).status_code
        == 404
    )

    def step(client: Client, event: str, **more: Any) -> str:
        client.post(
            url("case_step", case.uuid), {"event": event, "text": "按规定办理，详见附件材料。", **more}
        )
        case.refresh_from_db()
        return case.state

    assert step(desk, "open") == "investigating"
    # nobody is decided about unheard
    assert step(desk, "propose", violation="indiscriminate_issuing", sanction="") == "investigating"
    assert step(desk, "hear") == "heard"
    # a sanction that is not in force for the violation is refused
    assert step(desk, "propose", violation="obstructs_inspection", sanction="jiancha-28") == "heard"
    proposal = {
        "violation": "assessment_body_breaks_rules", "sanction": "jiancha-28",
        "consequences": ["suspend_certificates", "suspend_assessor", "suspend_licence"],
    }  # fmt: skip
    assert step(head, "propose", **proposal) == "proposed"
    assert step(head, "decide") == "proposed"  # not by who proposed
    assert step(desk, "decide") == "proposed"  # not by the centre
    with django_capture_on_commit_callbacks(execute=True):
        assert step(signed_in(AccountFactory(role="authority")), "decide") == "decided"
    from chizheng.assessment.queries import list_scopes
    from chizheng.platform.clock import today

    assert not list_scopes(session.station, on=today()).exists()
    assessor = Assessor.objects.first()
    assert assessor.period.upper <= today()
    assert step(desk, "refer", to="police") == "decided"
    case.refresh_from_db()
    assert case.referred_to == "police"
    assert case.number not in text(visitor.get(url("decisions")))
    step(head, "publish")
    page = text(visitor.get(url("decisions")))
    assert case.number in page and "13900000000" not in page and "转账" not in page
    assert step(desk, "close") == "closed"
    assert [e.event for e in CaseEvent.objects.order_by("id")] == [
        "open", "hear", "propose", "decide", "refer", "publish", "close",
    ]  # fmt: skip


def test_evidence_changes_hands_only_from_its_keeper() -> None:
    session = sitting()
    flag = flag_on(session)
    client = signed_in(AccountFactory(role="centre"))
    client.post(url("case_of_flag", flag.pk))
    client.post(url("case_of_flag", flag.pk))
    case = Case.objects.get()
    assert case.station == session.station
    file = SimpleUploadedFile("scan.pdf", b"%PDF-1.7 scan")
    client.post(
        url("exhibit", case.uuid), {"label": "评分表", "file": file, "holder": "张样", "place": "档案室"}
    )
    exhibit = case.exhibits.get()
    assert len(exhibit.sha256) == 64
    give = {"receiver": "李样", "place": "鉴定科", "intact": "on"}
    client.post(url("hand_over", exhibit.pk), {**give, "giver": "王样"})
    assert exhibit.moves.count() == 1
    client.post(url("hand_over", exhibit.pk), {**give, "giver": "张样"})
    assert [m.receiver for m in CustodyMove.objects.order_by("id")] == ["张样", "李样"]
    assert client.get(url("exhibit_file", exhibit.pk)).content == b"%PDF-1.7 scan"
    away = signed_in(AccountFactory(role="centre", region="33"))
    assert away.get(url("exhibit_file", exhibit.pk)).status_code == 404


def test_a_robot_that_fills_every_field_is_refused() -> None:
    sent = Client().post(
        url("report_a_fake"), {"summary": "买证请联系我们，价格优惠。", "region": "32", "website": "http://x"}
    )
    assert sent.status_code == 422 and not Case.objects.exists()


def test_look_alikes_name_their_forbidden_words_and_visitors_add_none() -> None:
    entry = {"issuer": "某培训公司", "title": "全国职业资格能力证书", "where": "网页"}
    assert Client().post(url("look_alikes"), entry).status_code == 403
    for role in ("station", "candidate"):
        more = {"organisation": station("10012008")} if role == "station" else {}
        assert signed_in(AccountFactory(role=role, **more)).post(url("look_alikes"), entry).status_code == 403
    assert not LookAlike.objects.exists()
    signed_in(AccountFactory(role="centre")).post(url("look_alikes"), entry)
    assert set(LookAlike.objects.get().words) == {"全国", "职业资格"}
    page = text(
        Client(headers={"accept-language": "zh-hans"}).get(url("look_alikes") + "?title=中华人民共和国技师证")
    )
    assert "名称含有禁用字样：中华人民共和国<" in page  # not named again as 中华


# --- bulletins


def test_a_bulletin_is_frozen_and_never_changes() -> None:
    session = sitting(exam=date(2026, 4, 18))
    centre = AccountFactory(role="centre")
    from chizheng.quality.usecases.bulletins import freeze_bulletin, period_of

    start, end = period_of(date(2026, 4, 18))
    assert (start, end) == (date(2026, 4, 1), date(2026, 7, 1))
    from datetime import UTC, datetime

    from chizheng.kernel.errors import Refused

    with pytest.raises(Refused):
        freeze_bulletin(region="32", start=start, end=end, actor=centre, now=NOW)
    later = datetime(2026, 7, 2, tzinfo=UTC)
    row = freeze_bulletin(region="32", start=start, end=end, actor=centre, now=later)
    assert (row.snapshot["sessions"], row.snapshot["candidates"], row.snapshot["passed"]) == (1, 8, 3)
    sitting(body=session.station, exam=date(2026, 5, 9))
    again = freeze_bulletin(region="32", start=start, end=end, actor=centre, now=later)
    assert again.pk == row.pk and again.snapshot == row.snapshot
    page = text(Client(headers={"accept-language": "zh-hans"}).get(url("bulletin", row.pk)))
    assert "车工" in page
    csv = Client().get(url("figures", row.pk)).content.decode("utf-8-sig").splitlines()
    assert csv[0] == "occupation,level,sessions,candidates,passed" and csv[1] == "车工,4,1,8,3"
    whole = Client().get(url("bulletin_table")).content.decode("utf-8-sig").splitlines()
    assert whole[0] == "start,end,region,indicator,occupation,level,check,value"
    assert (
        "2026-04-01,2026-07-01,32,passed,车工,4,,3" in whole
        and "2026-04-01,2026-07-01,32,passed,,,,3" in whole
    )
    assert any(line.startswith("2026-04-01,2026-07-01,32,not_met") for line in whole)


def test_english_readers_read_english(flagged: tuple[Session, Hold]) -> None:
    _, hold = flagged
    client = Client(headers={"accept": "text/html", "accept-language": "en"})
    client.force_login(AccountFactory(role="centre"))
    page = text(client.get(url("hold", hold.pk)))
    assert "Record the decision" in page and "a heap over the cut" in page


def test_a_person_without_account_gets_no_note_and_nothing_breaks() -> None:
    assert PersonFactory().pk and PanelMember.objects.count() == 0
    assert signed_in(AccountFactory(role="centre")).get(url("raters")).status_code == 200


# --- evidence of every kind


def _told(session: Session) -> list[Flag]:
    """One flag of each form of evidence in the newest run, about the session's own people."""
    rng = np.random.default_rng(5)
    run = flag_on(session).run
    reg = [f"r{pk}" for pk in session.registrations.order_by("pk").values_list("pk", flat=True)]
    who = [f"a{pk}" for pk in session.panel.values_list("assessor", flat=True)]
    pair = {
        "items": 60,
        "same": 51,
        "expected": 22.1,
        "wrong": 20,
        "wrong_expected": 7.0,
        "log_e": 30.2,
        "p": 1e-9,
    }
    sittings = [
        {"day": f"2026-0{m}-15", "unit": f"b{session.pk}", "n": 30, "evidence": m - 2.0, "cusum": m - 1.0} for m in range(1, 7)
    ]  # fmt: skip
    items = [{"item": f"Q{j}", "chance": 0.9 - j / 50, "right": int(rng.random() < 0.6), "suspect": j < 5} for j in range(40)]  # fmt: skip
    forms: list[tuple[str, str, str, dict[str, Any]]] = [
        ("copying", "room", f"b{session.pk}/2", {
            "form": "pairs", "paper": "P", "likely": 1, "bins": [1, 40, 20, 3], "first": -3, "limit": 8.0,
            "pairs": [{"one": reg[0], "two": reg[1], **pair}, {"one": reg[2], "two": reg[3], **pair, "log_e": 1.0}]}),
        ("watch", "station", f"s{session.station_id}", {"form": "line", "limit": 3.0, "onset": 3, "sittings": sittings}),
        ("misfit", "candidate", reg[0], {"form": "sheet", "paper": "P", "items": items}),
        ("preknowledge", "candidate", reg[1], {"form": "sheet", "paper": "P", "items": items}),
        ("heaping", "assessor", who[0], {"form": "marks", "seen": [0] * 60 + [5] + [0] * 40, "usual": [0.1] * 101}),
        ("identical", "session", f"b{session.pk}", {"form": "marks", "seen": [0] * 70 + [9, 8] + [0] * 29, "usual": [0.2] * 101}),
        ("hasty", "assessor", who[0], {"form": "pace", "own": 31.0, "all": [31.0, 500.0, 610.0, 580.0]}),
        ("ring", "assessor", who[0], {
            "form": "graph", "nodes": [{"kind": "assessor", "unit": who[0]}, {"kind": "school", "unit": "示例技校"}],
            "edges": [{"from": 0, "to": 1, "together": 16, "expected": 2.8}]}),
    ]  # fmt: skip
    return [
        Flag.objects.create(
            run=run, detector=d, kind=kind, unit=unit, statistic=6.0, posterior=0.9999, flagged=True, mechanism=d,
            strength_zh="迹象较强", strength_en="strong", reason_zh=f"考生 {reg[0]} 的证据", reason_en=f"about {reg[0]}",
            cannot_show_zh="不能说明原因", cannot_show_en="not why", evidence={"p": 1e-6}, detail=detail,
            station=session.station if kind in ("station", "room", "session") else None,
            session=session if kind in ("room", "session") else None,
            assessor_id=int(who[0][1:]) if kind == "assessor" else None,
            registration_id=int(unit[1:]) if kind == "candidate" else None,
        )
        for d, kind, unit, detail in forms
    ]  # fmt: skip


def test_every_kind_of_flag_has_its_picture_its_names_and_its_limits() -> None:
    session = sitting()
    client = signed_in(AccountFactory(role="centre"))
    admission = session.registrations.order_by("pk").values_list("admission_number", flat=True)[0]
    for flag in _told(session):
        page = text(client.get(url("flag", flag.pk)))
        assert page.count("<svg") == 1 and "不能说明原因" in page and "&gt; 99.9%" in page, flag.detector
        assert f"考生 {admission} 的证据" in page, flag.detector  # nobody knows a candidate by a key
    listing = text(client.get(url("surveillance")))
    for flag in Flag.objects.exclude(kind="candidate", detector="marks"):
        assert url("flag", flag.pk) in listing
    only = text(client.get(url("surveillance"), {"kind": "assessor", "detector": "ring"}))
    listed = only.split("提示清单")[1].split("</section>")[0]
    assert listed.count("tag-bad") == 1 and "派遣圈" in listed


def test_a_station_is_shown_over_its_sittings() -> None:
    session = sitting()
    sitting(body=session.station, exam=session.exam_date - timedelta(days=40))
    _told(session)
    hold_flagged(run=Flag.objects.first().run, now=NOW)  # type: ignore[union-attr]
    page = text(signed_in(AccountFactory(role="authority")).get(url("station", session.station_id)))
    assert page.count("<svg") == 2  # its sittings, and the watch
    assert session.number in page and "待复核" in page and "最可能" not in page.split("历次批次")[1]
    bare = sitting(body=station("10012004"))
    assert "监测还没有涉及" in text(
        signed_in(AccountFactory(role="centre")).get(url("station", bare.station_id))
    )


def test_a_hold_says_why_before_anything_is_pressed_and_the_correction_takes_another_person() -> None:
    session = sitting(candidates=20)
    hold_flagged(run=flag_on(session).run, now=NOW)
    hold = Hold.objects.get()
    clerk, other = AccountFactory(role="centre"), AccountFactory(role="centre")
    client = signed_in(clerk)
    page = text(client.get(url("hold", hold.pk)))
    assert "为什么等待" in page and "合格线上方堆积" in page and "不能审核、批准和发证" in page
    client.post(url("hold", hold.pk), {"event": "remark", "reasons": "请另一名考评员盲评复核样本"})
    client.post(url("sample", hold.pk), {f"s-{s.pk}": "41" for s in hold.sample.all()})
    step = {"event": "correct", "reasons": "复核成绩与原成绩相差过大，予以改正"}
    assert "未录入复核成绩的另一人" in text(client.post(url("hold", hold.pk), step))
    hold.refresh_from_db()
    assert hold.state == "remarking"
    done = text(signed_in(other).post(url("hold", hold.pk), step, follow=True))
    assert "已改正成绩" in done and "以何为准" in done
    told = text(signed_in(AccountFactory(role="candidate")).get(url("notes")))
    assert "没有消息" in told  # only those of the sample are told

"""Pages of inspection by role and jurisdiction, and the ways through them."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse
from pypdf import PdfReader

from chizheng.access.models import Ad
from chizheng.inspection.models import Case, Complaint, Filing, Screening
from chizheng.inspection.usecases.receive_complaint import appoint_keeper, receive_complaint
from chizheng.inspection.usecases.send_letters import open_campaign
from chizheng.inspection.usecases.work_case import move_case
from chizheng.inspection.usecases.write_papers import make_paper, prefilled
from chizheng.inspection.waiting import waiting
from chizheng.platform.access import Access
from chizheng.platform.roles import Role
from tests.factories.catalogue import OccupationFactory, RegionFactory
from tests.factories.inspection import NOW, FilingFactory, employer, inspector, investigated, leader, screened
from tests.factories.people import AccountFactory, OrganisationFactory, resident_number
from tests.inspection.usecases.test_filings import cells, sheet

pytestmark = pytest.mark.django_db
I, A, E, G = Role.INSPECTOR, Role.AUTHORITY, Role.EMPLOYER, Role.AGENCY  # noqa: E741
EVERY = {E, G, I, A}
MATRIX: dict[str, set[str] | None] = {
    "filings": EVERY, "filing_new": {E, G}, "filing_sheet": {E, G}, "send_sheet": {E, G}, "upload": EVERY, "upload_advance": {E, G},
    "returned": EVERY, "screenings": {I, A}, "screening_start": {I, A}, "screening": {I, A}, "screening_advance": {I, A},
    "screening_delta": {I, A}, "plan": {I, A}, "open_campaign": {I, A}, "plans": {I, A}, "visits": {I, A},
    "note_visit": {I}, "model_card": None, "overgating": {I, A}, "campaigns": {I, A}, "campaign": {I, A},
    "rematch": {I, A}, "letters": {E, G}, "letter": {E, G}, "answer": {E, G}, "letter_pdf": EVERY, "cases": {I, A},
    "case_new": {I}, "case": {I, A}, "case_move": {I, A}, "case_beside": {I, A}, "evidence": {I}, "paper_new": {I, A},
    "my_papers": {E, G}, "paper_pdf": EVERY, "complaints": {I, A}, "keeper": {A}, "reporter": {I, A}, "complain": None,
    "complaint_status": None, "complaint_reply": {I, A}, "recuse": {I}, "join": {A}, "check_paper": {I},
    "answer_file": EVERY, "statistics": {I, A}, "published": None, "grades": EVERY, "grade_run": {A}, "repair": {E, G}, "decide_repair": {A},
}  # fmt: skip
"""Page to its roles; None: anybody."""


def signed_in(account: Any, lang: str = "zh-hans") -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": lang})
    client.force_login(account)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"inspection:{name}", args=args)


def text(response: Any) -> str:
    return response.content.decode()


def pdf_text(response: Any) -> str:
    assert response["Content-Type"] == "application/pdf"
    return "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(response.content)).pages).split())


def test_every_page_is_in_the_matrix_and_declares_its_access() -> None:
    patterns = get_resolver("chizheng.inspection.urls").reverse_dict
    assert {n for n in patterns if isinstance(n, str)} == set(MATRIX)
    from chizheng.inspection.urls import urlpatterns

    for pattern in urlpatterns:
        access: Access = pattern.callback.access
        roles = MATRIX[pattern.name]
        assert access.public == (roles is None), pattern.name
        assert roles is None or access.roles == {r.value for r in map(Role, roles)}, pattern.name


def test_an_employer_sees_its_own_and_officers_their_region() -> None:
    mine, other = employer("甲单位"), employer("乙单位", "3301")
    FilingFactory(n=1, employer=mine, post="甲岗")
    FilingFactory(n=2, employer=other, region="330102", post="乙岗")
    cases = [
        (AccountFactory(role="employer", organisation=mine), {"甲岗"}), (inspector(), {"甲岗"}),
        (inspector("33"), {"乙岗"}), (inspector(""), {"甲岗", "乙岗"}),
    ]  # fmt: skip
    for account, seen in cases:
        page = text(signed_in(account).get(url("filings")))
        assert {p for p in ("甲岗", "乙岗") if p in page} == seen


def test_nobody_reaches_rows_of_another_jurisdiction() -> None:
    OccupationFactory(name="消防设施操作员")
    filing = FilingFactory(n=1, employer=employer("甲单位"))
    run = screened()
    campaign = open_campaign(
        screening=run, region="32", title="核对", seed="s", actor=None, now=NOW, held_out=0.0001
    )
    letter = campaign.recipients.get()
    case, one, _two, _chief = investigated()
    fields = {k: v or "样例" for k, v in prefilled(case, _kind("inquiry"), on=date(2026, 7, 1)).items()}
    paper = make_paper(case=case, kind=_kind("inquiry"), fields=fields, actor=one, now=NOW)
    stranger = signed_in(inspector("33"))
    for name, row in (
        ("screening", run),
        ("campaign", campaign),
        ("case", case),
        ("paper_pdf", paper),
        ("letter_pdf", letter),
    ):
        assert stranger.get(url(name, row.uuid)).status_code == 404, name
    other = signed_in(AccountFactory(role="employer", organisation=employer("乙单位")))
    for name in ("letter", "letter_pdf"):
        assert other.get(url(name, letter.uuid)).status_code == 404
    own = signed_in(AccountFactory(role="employer", organisation=case.employer))
    assert own.get(url("paper_pdf", paper.uuid)).status_code == 404  # an inquiry is no paper for the party
    addressee = signed_in(AccountFactory(role="employer", organisation=filing.employer))
    assert "消防设施操作员" in pdf_text(addressee.get(url("letter_pdf", letter.uuid)))


def _kind(name: str) -> Any:
    from chizheng.inspection.core.documents import Kind

    return Kind(name)


def test_an_employer_files_by_form_sheet_and_api_with_the_same_checks() -> None:
    OccupationFactory(name="消防设施操作员")
    body = employer()
    client = signed_in(AccountFactory(role="employer", organisation=body))
    form = {k: v for k, v in cells(1).items()}
    assert client.post(url("filing_new"), form).status_code == 302
    wrong = client.post(url("filing_new"), form | {"region": "99x"})
    assert wrong.status_code == 422 and "行政区划代码" in text(wrong)
    file = SimpleUploadedFile("备案.csv", sheet([cells(2), cells(3, region="99x")]))
    page = client.post(url("send_sheet"), {"file": file}, follow=True)
    assert "行政区划代码" in text(page)
    upload = body.filing_uploads.get()
    assert (upload.accepted, upload.faulty) == (1, 1)
    back = client.get(url("returned", upload.uuid) + "?only=faulty").content.decode("utf-8")
    assert "问题说明" in back and resident_number(3) in back and resident_number(2) not in back
    rows = [cells(4), cells(5, region="99x")]
    answer = client.post(
        "/api/v1/inspection/filings", {"filings": rows}, content_type="application/json"
    ).json()
    assert (answer["accepted"], answer["unchanged"]) == (1, 0)
    assert [(f["row"], f["column"], f["code"]) for f in answer["faults"]] == [(2, "region", "region")]
    again = client.post(
        "/api/v1/inspection/filings", {"filings": rows}, content_type="application/json"
    ).json()
    assert (again["accepted"], again["unchanged"]) == (0, 1)
    assert Filing.objects.filter(employer=body).count() == 3
    denied = signed_in(inspector()).post(
        "/api/v1/inspection/filings", {"filings": rows}, content_type="application/json"
    )
    assert denied.status_code == 403
    assert (
        Client()
        .post("/api/v1/inspection/filings", {"filings": rows}, content_type="application/json")
        .status_code
        == 401
    )


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_picture_masks_people_and_draws_charts(lang: str) -> None:
    OccupationFactory(name="消防设施操作员")
    RegionFactory()
    FilingFactory(n=1, employer=employer(), name="赵示例")
    client = signed_in(inspector(), lang)
    made = client.post(url("screening_start"), {"start": "2026-09-07", "place": "32"})
    run = Screening.objects.get()
    for _ in range(4):
        client.post(url("screening_advance", run.uuid))
    page = text(client.get(made["Location"]))
    assert page.count("<svg") == 2 and "消防设施操作员" in page
    assert "赵**" in page and "赵示例" not in page and resident_number(1) not in page
    made = client.post(
        url("plan", run.uuid), {"visits": 1, "random_share": "1", "seed": "s", "region": "32"}, follow=True
    )
    assert made.status_code == 200 and "▲" not in text(made)  # a drawn employer has no reasons
    assert client.post(url("plan", run.uuid), {"visits": 0}).status_code == 302


def test_a_screening_outside_the_region_is_refused() -> None:
    assert (
        signed_in(inspector())
        .post(url("screening_start"), {"start": "2026-09-07", "place": "33"})
        .status_code
        == 403
    )


def test_the_public_complains_without_an_account_and_follows_it() -> None:
    client = Client(headers={"accept": "text/html"})
    form = {"employer_name": "样例公司", "region": "3201", "text": "无证上岗", "reporter": "某人"}
    page = text(client.post(url("complain"), form))
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page)
    assert code is not None
    assert "等待受理" in text(client.post(url("complaint_status"), {"code": code[0]}))
    assert client.post(url("complaint_status"), {"code": "AAAA"}).status_code == 404
    for _ in range(4):
        client.post(url("complain"), form)
    assert client.post(url("complain"), form).status_code == 429
    assert client.post(url("complain"), {}).status_code == 422
    assert Complaint.objects.count() == 5


def test_the_reporter_is_shown_to_the_keeper_only() -> None:
    row, _ = receive_complaint(employer_name="甲", region="3201", text="乙", reporter="吴示范", now=NOW)
    keeper, other, chief = inspector(), inspector(), leader()
    appoint_keeper(complaint=row, keeper=keeper, actor=chief, now=NOW)
    for account in (keeper, other, chief):
        client = signed_in(account)
        assert "吴示范" not in text(client.get(url("complaints")))
        shown = client.post(url("reporter", row.uuid))
        assert shown.status_code == (200 if account == keeper else 403)
        assert ("吴示范" in text(shown)) == (account == keeper)
    assert signed_in(keeper).get(url("reporter", row.uuid)).status_code == 405


def test_a_step_not_possible_now_is_said_and_not_done() -> None:
    case, one, _two, chief = investigated()
    client = signed_in(one)
    page = client.get(url("case_move", case.uuid, "close"), follow=True)
    assert "现在不能这样办理" in text(page)
    form = {"on": "2026-07-02", "sanction": "anquan-97", "fine": "100001", "persons": "1"}
    refused = client.post(url("case_move", case.uuid, "give_notice"), form, follow=True)
    assert "罚款" in text(refused) and Case.objects.get(pk=case.pk).state == "investigating"
    assert client.post(url("case_move", case.uuid, "extend"), {"on": "2026-07-02"}).status_code == 403
    assert (
        signed_in(chief).post(url("case_move", case.uuid, "extend"), {"on": "2026-07-02"}).status_code == 302
    )


def test_lists_need_few_queries(django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        FilingFactory(n=n, employer=employer(f"单位{n}"))
    client = signed_in(inspector())
    with django_assert_max_num_queries(8):
        client.get(url("filings"))
    for _ in range(3):
        investigated()
    with django_assert_max_num_queries(12):
        client.get(url("cases"))


def test_a_leader_appoints_the_keeper_and_odd_addresses_are_not_found() -> None:
    row, _ = receive_complaint(employer_name="甲", region="3201", text="乙", reporter="吴示范", now=NOW)
    keeper, chief = inspector(), signed_in(leader())
    assert "请选择保管人" in text(chief.post(url("keeper", row.uuid), {"keeper": "nobody"}, follow=True))
    chief.post(url("keeper", row.uuid), {"keeper": keeper.username})
    assert Complaint.objects.get().reporter.keeper == keeper
    case, *_rest = investigated()
    assert chief.get(url("paper_new", case.uuid, "nonsense")).status_code == 404


def test_a_complaint_becomes_a_case_by_form_and_is_answered_to_who_holds_the_receipt() -> None:
    body = employer("样例游泳馆")
    row, code = receive_complaint(
        employer_name=body.name, region="3201", text="救生员没有证书", reporter="吴示范 19900000001", now=NOW
    )
    client, public = signed_in(inspector()), Client(headers={"accept": "text/html"})
    page = text(client.get(url("complaints")))
    assert "受理期限" in page and "2026-09-14" in page
    form = text(client.get(url("case_new") + f"?complaint={row.uuid}"))
    assert body.name in form and "救生员没有证书" in form and "吴示范" not in form
    sent = {
        "employer": body.name, "violation": "recruit_without_certificate", "facts": "救生员没有证书",
        "act_start": "2026-09-01", "act_end": "", "region": "3201",
    }  # fmt: skip
    assert client.post(url("case_new") + f"?complaint={row.uuid}", sent).status_code == 302
    case = Case.objects.get()
    assert case.complaints.get() == row and case.found_on == date(2026, 9, 7)
    client.post(url("complaint_reply", row.uuid), {"text": "已受理，正在核实"})
    shown = text(public.post(url("complaint_status"), {"code": code}))
    assert "已立为案件" in shown and "已受理，正在核实" in shown and "吴示范" not in shown
    assert "吴示范" not in text(client.get(url("case", case.uuid)))
    other, code = receive_complaint(employer_name="甲", region="3201", text="乙", now=NOW)
    client.post(url("complaint_reply", other.uuid), {"text": "超过二年", "refuse": "1"})
    assert "不予受理" in text(public.post(url("complaint_status"), {"code": code}))
    stranger = signed_in(inspector("33"))
    assert stranger.post(url("complaint_reply", other.uuid), {"text": "x"}).status_code == 404


def test_where_nothing_punishes_the_desk_says_so_and_offers_what_is_left() -> None:
    case, one, _two, chief = investigated()
    Case.objects.filter(pk=case.pk).update(violation="recruit_without_certificate")
    client = signed_in(one)
    page = text(client.get(url("case", case.uuid)))
    assert "没有可以引用的罚则，不能拟作处罚" in page and url("paper_new", case.uuid, "advice") in page
    assert url("case_move", case.uuid, "give_notice") not in page
    assert url("case_move", case.uuid, "submit") in page
    client.post(url("case_move", case.uuid, "submit"), {"on": "2026-07-02"})
    leader_page = signed_in(chief)
    form = text(leader_page.get(url("case_move", case.uuid, "decide_order")))
    assert "第十八条" in form and 'name="fine"' not in form and 'name="sanction"' not in form
    assert (
        leader_page.post(url("case_move", case.uuid, "decide_order"), {"on": "2026-07-03"}).status_code == 302
    )
    assert Case.objects.get(pk=case.pk).state == "decided_order"


@pytest.mark.parametrize("amount", ["三万", "30，000", "1万", "", "-1", "NaN", "12.345"])
def test_an_amount_that_is_no_number_is_refused_and_not_taken_for_nought(amount: str) -> None:
    case, one, *_ = investigated()
    sent = {"on": "2026-07-02", "sanction": "anquan-97", "fine": amount, "persons": "1"}
    answer = signed_in(one).post(url("case_move", case.uuid, "give_notice"), sent)
    assert answer.status_code == 422
    assert Case.objects.get(pk=case.pk).state == "investigating" and not case.proposals.exists()


def test_over_gating_is_found_in_vetted_advertisements_filings_and_notes() -> None:
    for name in ("保育员", "茶艺师"):
        OccupationFactory(name=name)
    agency = OrganisationFactory(name="样例中介", kind="agency", region="3201")
    finding = {"code": "over_gating", "message": "要求持证没有依据：保育员"}
    posts = [{"occupation": "保育员", "role": "post"}, {"occupation": "茶艺师", "role": "mention"}]
    for n, findings in enumerate(([finding], [])):
        Ad.objects.create(
            organisation=agency, title=f"诚聘{n}", place="3201", on=date(2026, 9, 1), keep_until=date(2028, 9, 1),
            vetting={"posts": posts, "findings": findings}, content_digest=bytes([n]) * 32, vetted_at=NOW,
        )  # fmt: skip
    FilingFactory(n=1, employer=employer("样例茶馆"), occupation="茶艺师", demanded=True)
    page = text(signed_in(inspector()).get(url("overgating")))
    assert (
        "样例中介" in page and "诚聘0" in page and "诚聘1" not in page and "要求持证没有依据：保育员" in page
    )
    assert "样例茶馆" in page and "茶艺师" in page
    assert "样例中介" not in text(signed_in(inspector("33")).get(url("overgating")))


def test_the_year_counts_corrected_and_cancelled_apart() -> None:
    case, one, _two, chief = investigated()
    on = date(2026, 7, 2)
    for event, actor in (("submit", one), ("decide_cancel", chief)):
        case = move_case(case=case, event=event, on=on, actor=actor, now=NOW)
    investigated()
    page = text(signed_in(chief).get(url("statistics") + "?year=2026"))
    cells_ = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(r"已改正，撤销立案\s+1\s", cells_) and re.search(r"办理中\s+1\s", cells_)
    assert signed_in(chief).get(url("statistics") + "?year=abc").status_code == 200
    assert "已改正，撤销立案 " not in text(signed_in(inspector("33")).get(url("statistics")))


def test_a_paper_certificate_is_sent_seen_and_checked() -> None:
    OccupationFactory(name="消防设施操作员")
    body = employer()
    filing = FilingFactory(n=1, employer=body)
    campaign = open_campaign(
        screening=screened(), region="32", title="核对", seed="s", actor=None, now=NOW, held_out=0.0001
    )
    letter = campaign.recipients.get()
    clerk = signed_in(AccountFactory(role="employer", organisation=body))
    sent = {
        "remedy": "upload",
        "filing": filing.pk,
        "on": "2026-09-08",
        "number": "98001",
        "issued_on": "1998-05-01",
    }
    for wrong in (
        {"file": SimpleUploadedFile("a.exe", b"MZ")}, {},
        {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.4"), "issued_on": "五月"},
    ):  # fmt: skip
        clerk.post(url("answer", letter.uuid), sent | wrong)
        assert not letter.answers.exists()
    assert clerk.post(url("answer", letter.uuid), sent | {"remedy": "forget"}).status_code == 404
    clerk.post(url("answer", letter.uuid), sent | {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.4")})
    answer = letter.answers.get()
    assert "待监察员向发证机构核对" in text(clerk.get(url("letter", letter.uuid)))
    assert clerk.get(url("answer_file", answer.pk))["Content-Type"] == "application/pdf"
    other = signed_in(AccountFactory(role="employer", organisation=employer("别家")))
    assert other.get(url("answer_file", answer.pk)).status_code == 404
    officer = signed_in(inspector())
    assert "98001" in text(officer.get(url("campaign", campaign.uuid)))
    signed_in(inspector("33")).post(url("check_paper", answer.pk), {"genuine": "1"})
    answer.refresh_from_db()
    assert answer.genuine is None
    officer.post(url("check_paper", answer.pk), {"genuine": "1"})
    answer.refresh_from_db()
    assert answer.genuine is True


def test_desks_say_what_waits() -> None:
    case, one, _two, chief = investigated()
    receive_complaint(employer_name="甲", region="3201", text="乙", now=NOW)
    day = date(2027, 6, 1)
    said = {w.url_name: w for w in waiting(one, day) if w.count}
    assert said["inspection:cases"].count == 1 and said["inspection:complaints"].pressing
    move_case(case=case, event="submit", on=date(2026, 7, 2), actor=one, now=NOW)
    assert any(w.count == 1 and str(w.label) == "等待批准或决定的案件" for w in waiting(chief, day))
    assert not any(w.count for w in waiting(inspector("33"), day))


def test_who_is_held_out_gets_no_letter_by_any_way() -> None:
    OccupationFactory(name="消防设施操作员")
    body = employer()
    filing = FilingFactory(n=1, employer=body)
    campaign = open_campaign(
        screening=screened(), region="32", title="第七批", seed="s", actor=None, now=NOW, held_out=0.9999
    )
    row = campaign.recipients.get()
    assert row.held_out
    clerk, officer = signed_in(AccountFactory(role="employer", organisation=body)), signed_in(inspector())
    assert "第七批" not in text(clerk.get(url("letters")))
    for client in (clerk, officer):
        assert client.get(url("letter_pdf", row.uuid)).status_code == 404
    sent = {"remedy": "train", "filing": filing.pk, "on": "2026-09-08"}
    assert clerk.post(url("answer", row.uuid), sent).status_code == 404
    assert not row.answers.exists()
    page = text(officer.get(url("campaign", campaign.uuid)))
    assert "对照" in page and url("letter_pdf", row.uuid) not in page

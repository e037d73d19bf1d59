"""The desks' pages: who may open what, what each act leaves behind, and that refusals leave nothing."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chizheng.assessment.models import StationLicence
from chizheng.certificates.models import (
    Annulment,
    Batch,
    Blank,
    BlankMovement,
    Certificate,
    Destruction,
    NumberConflict,
    StockTake,
)
from chizheng.certificates.queries import read_claims
from chizheng.certificates.usecases import keep_blanks as kb
from chizheng.certificates.usecases.amend_certificate import request_reissue
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.turn_status import request_turn
from chizheng.certificates.waiting import waiting
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.certificates.web.test_exceptions import AWARD, LEGACY, carried, legacy_row, receive, workbook
from tests.factories.assessment import clerk_of
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import AccountFactory, OrganisationFactory, invented_name, resident_number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)
HTML = {"accept": "text/html"}


def issued(passes: int = 1) -> Certificate:
    return issue_batch(batch=approved_batch(passes=passes, fails=0), now=NOW).certificates.first()


def signed_in(account: Account) -> Client:
    client = Client(headers=HTML)
    client.force_login(account)
    return client


def centre(region: str = "32") -> Client:
    return signed_in(AccountFactory(role="centre", region=region))


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("名单.xlsx", content)


# --- lists without an exam


def list_form(content: bytes, **more: str) -> dict[str, object]:
    licence = StationLicence.objects.get()
    return {
        "basis": "legacy", "licence": licence.pk, "file": upload(content), "evidence": "示例〔2026〕2号", "reason": "补录",
        **more,
    }  # fmt: skip


def test_a_list_is_sent_in_and_waits_for_another_person() -> None:
    issued()
    clerk = clerk_of(StationLicence.objects.get().organisation)
    client = signed_in(clerk)
    answer = client.post("/awards/new/", list_form(workbook(LEGACY, legacy_row(1, "0410012003400017"))))
    batch = Batch.objects.get(basis="legacy")
    assert answer.url == f"/batches/{batch.uuid}/" and batch.submitted_by == clerk
    shown = client.get(answer.url).content.decode()
    assert invented_name(1) in shown and "示例〔2026〕2号" in shown
    assert batch.evidence in client.get("/awards/?basis=legacy").content.decode()
    assert batch.evidence not in client.get("/awards/?basis=panel").content.decode()


def test_a_list_with_faults_comes_back_in_the_page_and_nothing_is_kept() -> None:
    issued()
    client = signed_in(clerk_of(StationLicence.objects.get().organisation))
    before = LedgerEntry.objects.count()
    bad = workbook(LEGACY, (invented_name(1), "1", "车工", "9", "", ""))
    answer = client.post("/awards/new/", list_form(bad))
    text = answer.content.decode()
    assert answer.status_code == 422 and "data:application/vnd.openxmlformats" in text and "等级“9”" in text
    assert (Batch.objects.exclude(basis="exam").count(), LedgerEntry.objects.count()) == (0, before)
    other = signed_in(AccountFactory(role="centre", region="44"))
    assert other.post("/awards/new/", list_form(bad)).status_code == 422  # the licence is not offered there
    assert client.get("/awards/template/contest/").content[:2] == b"PK"
    assert client.get("/awards/template/exam/").status_code == 404


def test_the_counts_of_certificates_without_exam_are_for_everybody() -> None:
    issued(3)
    content = workbook(AWARD, (invented_name(5), resident_number(5), "车工", "3", "样例技能竞赛第一名"))
    carried(receive("contest", content).batch)
    text = Client().get("/awards/counts/").content.decode()
    assert "25.0%" in text and invented_name(5) not in text


# --- amendments


def test_the_holder_asks_for_a_reissue_once_and_nobody_else_for_it() -> None:
    row = issued()
    url = f"/certificates/{row.uuid}/reissue/"
    holder = signed_in(AccountFactory(role="candidate", person=row.person, region=""))
    stranger = signed_in(AccountFactory(role="candidate", region=""))
    body = {"reason": "遗失", "evidence": "样例日报 2026-05-21"}
    assert stranger.post(url, body).status_code == 404
    assert centre("44").post(url, body).status_code == 404
    assert not Batch.objects.exclude(basis="exam").exists()
    assert holder.get(url).status_code == 200
    assert holder.post(url, body).status_code == 302
    assert holder.post(url, body).status_code == 422  # one is under way
    batch = Batch.objects.get(basis="replacement")
    new = carried(batch).certificates.get()
    page = holder.get(f"/certificates/{new.uuid}/").content.decode()
    assert f"/certificates/{row.uuid}/" in page and "版本" in page  # the old version stays in sight
    assert holder.get(f"/certificates/{new.uuid}/letter/").status_code == 200


def test_a_correction_shows_before_and_after_and_refuses_another_person() -> None:
    row = issued()
    record = read_claims(row)
    client = centre()
    url = f"/certificates/{row.uuid}/correct/"
    same = {
        "name": record.name, "sex": row.person.sex, "birth": record.birth.isoformat() if record.birth else "",
        "kind": "resident", "document": "", "reason": "录入错字", "evidence": "户口簿",
    }  # fmt: skip
    assert client.post(url, same).status_code == 422
    assert client.post(url, same | {"document": "123"}).status_code == 422
    assert client.post(url, same | {"name": "钱别人", "birth": "1970-01-01"}).status_code == 422
    assert not Batch.objects.filter(basis="correction").exists()
    answer = client.post(url, same | {"name": record.name + "喆"})
    text = client.get(answer.url).content.decode()
    assert f"<del>{record.name}</del>" in text and record.name + "喆" in text


# --- annulment


def test_consequences_are_listed_before_anybody_confirms() -> None:
    row = issued(2)
    session = row.batch.session
    assert session is not None
    one, two = AccountFactory(role="authority"), AccountFactory(role="authority")
    url = f"/annulments/new/{session.uuid}/"
    shown = signed_in(one).get(url).content.decode()
    assert row.number in shown and "将被撤销的证书" in shown
    body = {"reason_code": "leak", "reason": "试题泄露", "basis": "示例〔2026〕3号"}
    assert signed_in(one).post(url, body).status_code == 422  # the box is not ticked
    assert centre("44").post(url, body | {"read": "on"}).status_code == 404
    assert not Annulment.objects.exists()
    asked = signed_in(one).post(url, body | {"read": "on"})
    row.refresh_from_db()
    assert row.state == "valid"
    assert row.number in signed_in(two).get(asked.url).content.decode()
    for who, decision in ((one, {"granted": "1", "read": "on"}), (two, {"granted": "1"})):
        signed_in(who).post(asked.url, decision)
        assert Annulment.objects.get().decided_at is None
    signed_in(two).post(asked.url, {"granted": "1", "read": "on"})
    assert Annulment.objects.get().granted
    assert set(row.batch.certificates.values_list("state", flat=True)) == {"revoked"}


def test_a_clerk_of_the_centre_cannot_decide_an_annulment() -> None:
    row = issued()
    body = {"reason_code": "leak", "reason": "试题泄露", "basis": "x", "read": "on"}
    asked = centre().post(f"/annulments/new/{row.batch.session.uuid}/", body)
    assert centre().post(asked.url, {"granted": "1", "read": "on"}).status_code == 403
    assert Annulment.objects.get().decided_at is None
    assert centre("44").get(asked.url).status_code == 404


# --- conflicts


def test_a_conflict_is_queued_shown_side_by_side_and_decided_once() -> None:
    for n in (1, 2):
        carried(receive("legacy", workbook(LEGACY, legacy_row(n, "0410012003400017"))).batch)
    conflict = NumberConflict.objects.get()
    client, url = centre(), f"/conflicts/{conflict.pk}/"
    assert "0410012003400017" in client.get("/conflicts/").content.decode()
    shown = client.get(url).content.decode()
    assert invented_name(1) in shown and invented_name(2) in shown
    assert centre("44").get(url).status_code == 404
    assert client.post(url, {"decision": "second"}).status_code == 422
    assert client.post(url, {"decision": "second", "reason": "手工编号"}).status_code == 302
    assert centre().post(url, {"decision": "first", "reason": "另一决定"}).status_code == 422
    conflict.refresh_from_db()
    assert (conflict.decision, Batch.objects.filter(basis="correction").count()) == ("second", 1)
    assert "0410012003400017" not in client.get("/conflicts/").content.decode()


# --- blanks


def test_the_ledger_of_blanks_from_delivery_to_destruction() -> None:
    row = issued(2)
    clerk = AccountFactory(role="centre")
    client = signed_in(clerk)

    def act(page: str, **body: str) -> int:
        return client.post(f"/blanks/{page}/", body).status_code

    batch = str(row.batch.pk)
    assert act("receive", first="a0001", last="a0010", edition="2015") == 302
    assert act("receive", first="A0010", last="A0012", edition="2015") == 422
    assert act("receive", first="A0012", last="A0011", edition="2015") == 422
    assert act("draw", first="A0001", last="A0006", batch=batch) == 422  # beyond the allowance
    assert act("draw", first="A0001", last="A0006", batch=batch, reason="新打印机试机") == 302
    assert act("use", batch=batch, first="A0001") == 302
    assert act("move", kind="spoil", first="A0001") == 422  # no reason
    assert act("move", kind="spoil", first="A0001", reason="打印错位") == 302
    assert client.post(f"/certificates/{row.uuid}/blank/", {"serial": "A0003"}).status_code == 302
    page = client.get(f"/certificates/{row.uuid}/").content.decode()
    assert "A0001" in page and "A0003" in page  # one certificate, two blanks
    assert act("count", ranges="A0002-A0009") == 422
    assert act("count", ranges="A0001\nA0004-A0010") == 302
    assert act("count", ranges="A0004-A0010", reason="待查") == 302
    assert [t.kind for t in StockTake.objects.order_by("pk")] == ["agrees", "differs"]
    assert act("destroy", basis="示例〔2026〕9号") == 302
    opened = Destruction.objects.get()
    client.post(f"/blanks/destroy/{opened.pk}/")
    assert Destruction.objects.get().closed_at is None
    signed_in(AccountFactory(role="authority")).post(f"/blanks/destroy/{opened.pk}/")
    assert Blank.objects.get(serial="A0001").state == "destroyed"
    history = client.get("/blanks/A0001/").content.decode()
    assert all(word in history for word in ("入库", "领用", "使用", "作废", "销毁", row.number))
    assert client.get("/blanks/?serial=A0002").url == "/blanks/A0002/"
    assert client.get("/blanks/list/?state=drawn").content.decode().count("A000") >= 3
    assert LedgerEntry.objects.filter(verb__startswith="blanks.").count() == 9


def test_blanks_of_another_region_are_neither_seen_nor_moved() -> None:
    kb.receive_blanks(
        first="A0001", last="A0002", edition="2015", actor=AccountFactory(role="centre"), now=NOW
    )
    there = centre("44")
    assert there.get("/blanks/A0001/").status_code == 404
    assert "A0001" not in there.get("/blanks/").content.decode()
    before = (BlankMovement.objects.count(), LedgerEntry.objects.count())
    assert there.post("/blanks/move/", {"kind": "lose", "first": "A0001", "reason": "x"}).status_code == 403
    authority = signed_in(AccountFactory(role="authority"))
    assert authority.post("/blanks/receive/", {"first": "B0001", "edition": "2015"}).status_code == 403
    assert authority.get("/blanks/A0001/").status_code == 200
    assert (BlankMovement.objects.count(), LedgerEntry.objects.count()) == before


@pytest.mark.parametrize("role", ["station", "candidate", "employer", "inspector", "planner"])
def test_other_desks_stay_outside(role: str) -> None:
    row = issued()
    client = signed_in(AccountFactory(role=role, organisation=OrganisationFactory(), region="32"))
    pages = [
        "/blanks/", "/blanks/list/", "/blanks/receive/", "/blanks/A0001/", "/annulments/", "/conflicts/",
        f"/annulments/new/{row.batch.session.uuid}/",
    ]  # fmt: skip
    assert {client.get(p).status_code for p in pages} == {403}


def test_the_log_and_the_trust_list_are_for_everybody(house) -> None:
    row = issued()
    client = Client()
    text = client.get("/log/").content.decode()
    assert "2026" in text and read_claims(row).name not in text
    head = client.get("/log/2026/checkpoint")
    assert b"".join(head.streaming_content).startswith(b"chizheng.local/log/2026\n")
    assert client.get("/log/2026/tile/entries/000.p/5").status_code in (200, 404)
    for path in (".state/lock", "../../../keys/root.key", "tile/../checkpoint", "heads/x"):
        assert client.get(f"/log/2026/{path}").status_code == 404
    assert client.get("/trust/").status_code == 200


def test_a_change_of_status_that_was_asked_for_is_found_from_the_desk() -> None:
    row = issued()
    asker, authority = (
        AccountFactory(role=role, region=row.batch.region) for role in ("centre", "authority")
    )
    request_turn(
        certificate=row,
        kind="suspend",
        reason_code="error",
        reason="样例",
        basis="样例",
        actor=asker,
        now=NOW,
    )
    assert {w.url_name: w.count for w in waiting(authority, NOW.date())}["certificates:turns"] == 1
    assert row.number in signed_in(authority).get("/certificates/turns/").content.decode()
    elsewhere = AccountFactory(role="authority", region="99")
    assert row.number not in signed_in(elsewhere).get("/certificates/turns/").content.decode()


def test_a_page_offers_only_the_changes_that_the_state_allows() -> None:
    row = issued()
    clerk = signed_in(AccountFactory(role="centre", region=row.batch.region))
    page = f"/certificates/{row.uuid}/"
    shown = clerk.get(page).content.decode()
    assert 'value="suspend"' in shown and 'value="reinstate"' not in shown
    answer = clerk.post(
        f"{page}turn/", {"kind": "reinstate", "reason_code": "appeal", "reason": "样例", "basis": "样例"}
    )
    assert answer.status_code == 302 and not row.requests.exists()


def test_whoever_listed_a_batch_is_not_offered_its_review() -> None:
    row = issued()
    own, other = (AccountFactory(role="centre", region=row.batch.region) for _ in range(2))
    batch = request_reissue(certificate=row, reason="遗失", evidence="样例", actor=own, now=NOW)
    page, step = f"/batches/{batch.uuid}/", f"/batches/{batch.uuid}/review/"
    shown = signed_in(own).get(page).content.decode()
    assert step not in shown and "须由中心另一人审核" in shown
    assert step in signed_in(other).get(page).content.decode()

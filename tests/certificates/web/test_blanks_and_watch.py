"""Blanks are money-like stock; status files are the fold of events; watchers are told, insiders are not called."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, transaction

from chizheng.certificates import keyring, queries
from chizheng.certificates.core.webhook import genuine, read_target, require_outside
from chizheng.certificates.io.register import Register
from chizheng.certificates.io.webhook import Answer
from chizheng.certificates.models import Blank, BlankMovement, Certificate, WatchNotice
from chizheng.certificates.usecases import keep_blanks as kb
from chizheng.certificates.usecases.credentials import badge, log_proof, sealed_pdf, wallet
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_register import publish_register, snapshot_path
from chizheng.certificates.usecases.publish_status import check_status, public_folder, publish_status
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.certificates.usecases.watch_status import answer_watch, make_notices, send_due, watch
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import AccountFactory, OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)
LATER = at(ISSUED.replace(day=ISSUED.day + 1), 4)


def issued(passes: int = 1) -> Certificate:
    return issue_batch(batch=approved_batch(passes=passes, fails=0), now=NOW).certificates.first()


def revoke(row: Certificate) -> None:
    asked = request_turn(certificate=row, kind="revoke", reason_code="fraud", reason="x", basis="x",
                         actor=AccountFactory(role="centre"), now=LATER)  # fmt: skip
    decide_turn(request=asked, granted=True, actor=AccountFactory(role="authority"), now=LATER)


def test_blanks_are_drawn_used_spoiled_and_destroyed_by_two() -> None:
    row = issued(2)
    clerk = AccountFactory(role="centre")
    kb.receive_blanks(first="A0001", last="A0010", edition="2015", actor=clerk, now=NOW)
    with pytest.raises(Conflict, match="blank_known"):
        kb.receive_blanks(first="A0010", last="A0011", edition="2015", actor=clerk, now=NOW)
    with pytest.raises(Refused, match="blanks_over_allowance"):
        kb.draw_blanks(batch=row.batch, first="A0001", last="A0006", actor=clerk, now=NOW)
    kb.draw_blanks(batch=row.batch, first="A0001", last="A0006", actor=clerk, now=NOW, reason="新打印机试机")
    kb.use_blanks(batch=row.batch, first="A0001", actor=clerk, now=NOW)
    kb.move_blanks(kind="spoil", first="A0001", last="A0001", actor=clerk, now=NOW, reason="打印错位")
    kb.use_blank(certificate=row, serial="A0003", actor=clerk, now=NOW)
    assert set(row.blanks.values_list("serial", "state")) == {("A0001", "spoiled"), ("A0003", "used")}
    kb.move_blanks(kind="return", first="A0004", last="A0006", actor=clerk, now=NOW)
    opened = kb.open_destruction(basis="x", actor=clerk, now=NOW)
    with pytest.raises(Conflict, match="self_approval"):
        kb.close_destruction(destruction=opened, actor=clerk, now=NOW)
    kb.close_destruction(destruction=opened, actor=AccountFactory(role="authority"), now=NOW)
    balance = kb.balance("32")
    assert (balance.stock, balance.drawn, balance.used, balance.destroyed, balance.received) == (
        7,
        0,
        2,
        1,
        10,
    )
    assert kb.rebuild_blanks() == []


def test_the_database_holds_the_blanks_to_their_rules() -> None:
    clerk = AccountFactory(role="centre")
    move = kb.receive_blanks(first="A0001", last="A0002", edition="", actor=clerk, now=NOW)
    for change in (
        lambda: BlankMovement.objects.filter(pk=move.pk).update(count=9),
        lambda: move.steps.all().delete(),
        lambda: Blank.objects.filter(serial="A0001").update(state="used"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(Refused, match="stock_differs"):
        kb.take_stock(ranges=[("A0001", "A0001")], actor=clerk, now=NOW)
    assert kb.take_stock(ranges=[("A0001", "A0001")], actor=clerk, now=NOW, reason="待查").missing == [
        "A0002"
    ]
    with pytest.raises(Forbidden, match="blank_transfer"):
        kb.move_blanks(
            kind="lose",
            first="A0001",
            last="A0001",
            actor=AccountFactory(role="centre", region="44"),
            now=NOW,
            reason="x",
        )
    with pytest.raises(Forbidden):
        kb.receive_blanks(
            first="B0001",
            last="B0002",
            edition="",
            actor=AccountFactory(role="station", organisation=OrganisationFactory(), region=""),
            now=NOW,
        )


def test_published_status_is_the_fold_of_events_and_a_touched_file_is_found() -> None:
    row = issued(2)
    publish_status(now=NOW)
    assert check_status() == []
    revoke(row)
    assert {f.file for f in check_status()} >= {"status.bundle", "status/2026.json", "status/2026.jwt"}
    publish_status(now=LATER)
    assert check_status() == []
    assert [d["file"] for d in json.loads((public_folder() / "status/index.json").read_bytes())["days"]][
        1:
    ] == ["deltas/2026-05-21.delta"]
    Certificate.objects.filter(pk=row.pk).update(state="valid")
    assert check_status() == []  # the cached column is not what is published


def test_credentials_verify_and_hide_what_was_not_chosen() -> None:
    hold_ceremony(now=NOW)
    row = issued()
    assert queries.verify_presented(presented=badge(certificate=row, now=NOW), now=NOW).verdict == "valid"
    report = queries.verify_presented(presented=wallet(certificate=row, show=["rating"], now=NOW), now=NOW)
    assert report.verdict == "valid" and "rating" in report.shown and "theory" not in report.shown
    assert log_proof(certificate=row).startswith(b"c2sp.org/tlog-proof@v1\n")
    assert sealed_pdf(certificate=row, now=NOW).startswith(b"%PDF")


def test_the_snapshot_answers_for_every_published_certificate() -> None:
    row = issued(2)
    publish_register(now=NOW)
    assert Register(snapshot_path()).count == 2
    assert row.number not in snapshot_path().read_bytes().decode("latin-1")


def test_a_watcher_shows_the_check_code_or_asks_and_is_told_until_it_arrives(settings) -> None:
    row = issued()
    record = queries.read_claims(row)
    employer = AccountFactory(role="employer", organisation=OrganisationFactory(kind="employer"), region="")
    holder = AccountFactory(role="candidate", person=row.person, region="")

    def ask(code: str, who=employer, address: str = "https://hr.example.com/hook"):
        return watch(
            number=row.number,
            name=record.name,
            check_code=code,
            email="",
            address=address,
            actor=who,
            now=NOW,
        )

    with pytest.raises(NotFound):
        ask("00000000")
    with pytest.raises(Forbidden):
        ask(record.check_code, AccountFactory(role="planner"))
    asked = ask("")
    assert (asked.state, asked.ground) == ("asked", "consent")
    with pytest.raises(Forbidden):
        answer_watch(watch=asked, consent=True, actor=employer, now=NOW)
    held = answer_watch(watch=asked, consent=True, actor=holder, now=NOW)
    revoke(row)
    assert (make_notices(now=LATER), make_notices(now=LATER)) == (1, 0)
    calls: list[tuple[bytes, str]] = []

    def send(status: int):
        def post(address: str, body: bytes, signature: str) -> Answer:
            calls.append((body, signature))
            return Answer(status)

        return post

    assert send_due(now=LATER, send=send(500)) == (0, 1)
    assert send_due(now=LATER, send=send(200)) == (0, 0)  # not before its time
    later = WatchNotice.objects.get().next_at
    assert send_due(now=later, send=send(200)) == (1, 0)
    body, signature = calls[-1]
    assert genuine(bytes.fromhex(held.secret), body, signature, int(later.timestamp()))
    assert not genuine(bytes.fromhex(held.secret), body + b" ", signature, int(later.timestamp()))
    assert json.loads(body)["status"] == "revoked" and record.name not in body.decode()


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example/",
        "https://u:p@a.example/",
        "https://a.example:22/",
        "ftp://a.example/",
        "http://127.0.0.1/",
    ],
)
def test_addresses_that_are_never_called(address: str) -> None:
    with pytest.raises(BadInput):
        read_target(address)


@pytest.mark.parametrize(
    "ip",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "0.0.0.0", "224.0.0.1"],
)
def test_names_that_lead_inside_are_not_called(ip: str) -> None:
    with pytest.raises(Forbidden):
        require_outside("a.example", ["93.184.216.34", ip])


def test_the_web_process_may_not_seal_a_pdf(settings) -> None:
    hold_ceremony(now=NOW)
    settings.RUN_MODE = "web"
    with pytest.raises(Forbidden, match="key_not_for_mode"):
        keyring.pdf_signer()


def test_only_the_holder_takes_credentials_along(client) -> None:
    hold_ceremony(now=NOW)
    row = issued()
    url = f"/certificates/{row.uuid}/credentials/"
    stranger = AccountFactory(role="candidate", region="")
    for account, status in (
        (stranger, 404),
        (AccountFactory(role="employer", organisation=OrganisationFactory(), region=""), 403),
    ):
        client.force_login(account)
        assert client.get(url).status_code == status
    client.force_login(AccountFactory(role="candidate", person=row.person, region=""))
    assert client.get(url).status_code == 200
    answer = client.post(url, {"kind": "wallet", "show": ["rating"]})
    assert queries.verify_presented(presented=answer.content, now=NOW).verdict == "valid"
    assert client.get(f"/certificates/{row.uuid}/log-proof/").content.startswith(b"c2sp.org/tlog-proof")


def test_status_lists_are_served_in_both_forms_to_anybody(client) -> None:
    issued()
    publish_status(now=NOW)
    assert client.get("/status/2026")["Content-Type"] == "application/vc+json"
    assert (
        client.get("/status/2026", headers={"accept": "application/statuslist+jwt"}).content.count(b".") == 2
    )
    assert client.get("/status/1999").status_code == 404

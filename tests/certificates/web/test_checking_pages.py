"""Batches, the range query, watches, witnesses, and failed checks that become an investigation."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from chizheng.assessment import stored
from chizheng.certificates import keyring, printing, queries
from chizheng.certificates.core.lookup import Row
from chizheng.certificates.core.note import Note, cosign
from chizheng.certificates.core.register import bucket_digest
from chizheng.certificates.core.verification import Question
from chizheng.certificates.core.wording import NEXT, VERDICTS
from chizheng.certificates.house import shard_key
from chizheng.certificates.io import pdf
from chizheng.certificates.io.keys import NamedKey, SeedSigner, create
from chizheng.certificates.io.tilelog import TileReader
from chizheng.certificates.io.witness import WitnessStore, server
from chizheng.certificates.models import Certificate, Check, FailedCheck, Suspicion, Watch, WatchNotice
from chizheng.certificates.usecases.collect_cosignatures import collect_cosignatures
from chizheng.certificates.usecases.commit_sitting import append
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_register import publish_buckets
from chizheng.certificates.usecases.publish_trust import hold_ceremony
from chizheng.certificates.usecases.verify_sheet import advance_sheet, forget_sheets, receive_sheet, run_sheet
from chizheng.certificates.usecases.watch_failures import forget_failures, tell_again
from chizheng.certificates.usecases.watch_status import make_notices
from chizheng.cli import main
from chizheng.kernel.errors import BadInput, Forbidden, NotFound
from chizheng.people.models import Account
from chizheng.platform.clock import now as real_now
from chizheng.platform.models import LedgerEntry, LongWork
from chizheng.quality.models import Case
from tests.certificates.web.test_blanks_and_watch import revoke
from tests.certificates.web.test_exceptions import workbook
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import AccountFactory, OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)
HTML = {"accept": "text/html"}


def issued(passes: int = 1) -> Certificate:
    return (
        issue_batch(batch=approved_batch(passes=passes, fails=0), now=NOW)
        .certificates.order_by("order")
        .first()
    )


def employer(role: str = "employer") -> Account:
    return AccountFactory(role=role, organisation=OrganisationFactory(kind=role), region="")


def signed_in(account: Account) -> Client:
    client = Client(headers=HTML)
    client.force_login(account)
    return client


# --- a workbook at once


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """The folder that uploaded files go to."""
    where = tmp_path / "uploads"
    where.mkdir()
    monkeypatch.setattr(stored, "folder", lambda name, mode=0o755: where)
    return where


def rows_of(batch) -> list[tuple[str, str]]:
    return [(c.number, queries.read_claims(c).name) for c in batch.certificates.order_by("order")]


def sheet(*rows: tuple[str, str]) -> bytes:
    return workbook(("证书编号", "姓名"), *rows)


def test_a_workbook_is_verified_step_by_step_and_nothing_stays_behind(
    uploads, django_capture_on_commit_callbacks
) -> None:
    known = rows_of(issued(3).batch)
    rows = [*known, (known[0][0], "钱别人"), ("2610012003499999", "孙没有")]
    me = employer()
    client = signed_in(me)
    with django_capture_on_commit_callbacks(execute=True):
        url = client.post("/verify/sheets/", {"file": SimpleUploadedFile("名单.xlsx", sheet(*rows))}).url
    work = LongWork.objects.get()
    assert (
        len(list(uploads.iterdir())) == 1 and known[0][1].encode() not in next(uploads.iterdir()).read_bytes()
    )
    with django_capture_on_commit_callbacks(execute=True):
        work = advance_sheet(work=work, now=NOW, step=2)
    assert (work.done, work.state) == (2, "running")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{url}advance/")
    work.refresh_from_db()
    assert work.state == "done" and work.result == {"green": 3, "amber": 0, "red": 2}
    assert not (uploads / work.params["stored_as"]).exists()  # the uploaded sheet
    assert len(list(uploads.iterdir())) == 1  # the answer alone
    answer = client.get(f"{url}answer/").content
    back = CalamineWorkbook.from_filelike(io.BytesIO(answer)).get_sheet_by_index(0).to_python()
    assert [r[2] for r in back[1:]] == ["有效", "有效", "有效", "姓名不符", back[5][2]]
    assert back[0][2:] == ["核验结论", "说明", "怎么办", "状态数据截至"]
    assert [r[4] for r in back[4:6]] == [NEXT["name_mismatch"].zh, NEXT["unrecognised_issuer"].zh]
    assert Check.objects.filter(account=me).count() == 3  # each holder sees who asked
    other = signed_in(employer())
    assert {other.get(url).status_code, other.get(f"{url}answer/").status_code} == {404}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{url}forget/")
    assert not list(uploads.iterdir()) and client.get(f"{url}answer/").status_code == 404


@pytest.mark.parametrize("presented", [True, False])
def test_a_longer_sheet_asks_the_database_no_oftener(presented) -> None:
    rows = list(issued(6).batch.certificates.order_by("order"))
    reached: list[Certificate] = []

    def queries_of(some: list[Certificate]) -> int:
        asked = []
        for row in some:
            record = queries.read_claims(row)
            text = printing.code_text(row) if presented else ""
            asked.append(Row(Question("" if presented else record.number, record.name), text))
        asked.append(Row(Question("2610012003499999", "孙没有")))
        asked.append(Row(Question("9910012003499999", "孙没有")))
        register = queries.Register(NOW, reached=lambda row, verdict: reached.append(row))
        with CaptureQueriesContext(connection) as seen:
            answers = register.answer(asked, "zh")
        assert [a["verdict"] for a in answers[:-2]] == ["valid"] * len(some)
        return len(seen)

    # the rows, the known institutions and, where a code is judged, what their authorities are called
    assert queries_of(rows[:1]) == queries_of(rows) == 2 + presented
    assert {row.pk for row in reached} == {row.pk for row in rows}


def test_answers_go_after_a_day_even_where_nobody_fetched_them(
    uploads, django_capture_on_commit_callbacks
) -> None:
    me = employer()
    content = sheet(*rows_of(issued(1).batch))
    with django_capture_on_commit_callbacks(execute=True):
        run_sheet(
            work=receive_sheet(file_name="a.xlsx", content=content, lang="zh", actor=me, now=NOW), now=NOW
        )
        receive_sheet(file_name="b.xlsx", content=content, lang="zh", actor=me, now=NOW)  # never finished
    assert forget_sheets(now=NOW + timedelta(hours=23)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert (
            forget_sheets(now=NOW + timedelta(hours=24)),
            forget_sheets(now=NOW + timedelta(hours=25)),
        ) == (2, 0)
    assert not list(uploads.iterdir())


def test_who_may_not_send_a_workbook_leaves_nothing(uploads) -> None:
    before = LedgerEntry.objects.count()
    good = sheet(("1", "赵甲"))
    with pytest.raises(Forbidden):
        receive_sheet(
            file_name="a.xlsx", content=good, lang="zh", actor=AccountFactory(role="planner"), now=NOW
        )
    with pytest.raises(BadInput):
        receive_sheet(
            file_name="a.xlsx", content=workbook(("甲",), ("乙",)), lang="zh", actor=employer(), now=NOW
        )
    assert (LongWork.objects.count(), LedgerEntry.objects.count(), list(uploads.iterdir())) == (0, before, [])
    assert signed_in(AccountFactory(role="candidate", region="")).get("/verify/sheets/").status_code == 403


# --- the range query


def test_buckets_are_served_by_name_only_and_the_page_explains_itself(house) -> None:
    row = issued()
    record = queries.read_claims(row)
    epoch = publish_buckets(now=NOW).name
    client = Client()
    whole = bucket_digest(bytes.fromhex(epoch), record.number, record.name, record.check_code).hex()
    assert (
        client.get(f"/buckets/{epoch}/{whole[:2]}/{whole[:4]}").status_code == 404
    )  # finer than this register
    found = client.get(f"/buckets/{epoch}/00/0000")
    assert b"".join(found.streaming_content).startswith(b"CZBK2\n")
    assert client.get("/buckets/current.json").status_code == 200
    for path in ("../trust.json", f"{epoch}/00/ffff", f"{epoch}/../current.json", "x"):
        assert client.get(f"/buckets/{path}").status_code == 404
    assert "65,536" in client.get("/verify/private/").content.decode()


# --- watches


def test_the_secret_is_shown_once_and_can_be_renewed(house) -> None:
    row = issued()
    record = queries.read_claims(row)
    client = signed_in(employer())
    body = {
        "number": row.number,
        "name": record.name,
        "check_code": record.check_code,
        "address": "https://hr.example.com/x",
    }
    assert client.post("/watches/", body | {"check_code": "00000000"}).status_code == 422
    assert client.post("/watches/", body | {"address": "https://10.0.0.1:22/"}).status_code == 422
    assert not Watch.objects.exists()
    url = client.post("/watches/", body).url
    first = Watch.objects.get()
    assert first.secret in client.get(url).content.decode()
    assert first.secret not in client.get(url).content.decode()
    client.post(f"{url}secret/")
    second = Watch.objects.get().secret
    assert second != first.secret and second in client.get(url).content.decode()
    assert second not in client.get(url).content.decode()
    assert LedgerEntry.objects.filter(verb="certificates.watch_secret").count() == 1
    stranger = signed_in(employer())
    assert {stranger.get(url).status_code, stranger.post(f"{url}secret/").status_code} == {404}
    Watch.objects.update(since=NOW)
    revoke(row)
    make_notices(now=NOW + timedelta(days=2))
    WatchNotice.objects.update(attempts=2, fault="HTTP 500")
    text = client.get(url).content.decode()
    assert "HTTP 500" in text and "2 / 8" in text


def test_the_holder_sees_watchers_and_checks_and_takes_consent_back(house) -> None:
    row = issued()
    record = queries.read_claims(row)
    asker = employer()
    signed_in(asker).post("/watches/", {"number": row.number, "name": record.name, "email": "hr@example.com"})
    asked = Watch.objects.get()
    signed_in(asker).post("/verify/", {"number": row.number, "name": record.name})
    holder = signed_in(AccountFactory(role="candidate", person=row.person, region=""))
    other = signed_in(AccountFactory(role="candidate", region=""))
    page = holder.get("/watches/mine/").content.decode()
    assert page.count(asker.organisation.name) == 2  # asks to watch, and has checked
    assert other.post(f"/watches/{asked.uuid}/answer/", {"consent": "1"}).status_code == 404
    holder.post(f"/watches/{asked.uuid}/answer/", {"consent": "1"})
    assert Watch.objects.get().state == "active"
    holder.post(f"/watches/{asked.uuid}/end/")
    assert Watch.objects.get().state == "ended"
    assert asker.organisation.name not in other.get("/watches/mine/").content.decode()


# --- witnesses


def test_witnesses_are_asked_and_shown_with_the_quorum(house, monkeypatch) -> None:
    issued()
    keys = [create(house / f"w{n}.key", f"witness{n}.example", b"pass") for n in (1, 2)]
    lines = [f"{k.witness_vkey} https://w{n}.example" for n, k in enumerate(keys)]
    (house / "keys" / "witnesses").write_text("# two bodies\n" + "\n".join(lines) + "\n")
    monkeypatch.setenv("CHIZHENG_WITNESS_QUORUM", "2")

    def ask(url: str, reader: TileReader):
        from chizheng.certificates.core.note import Note
        from chizheng.kernel.errors import Unavailable
        from chizheng.kernel.wording import Wording

        if url == "https://w1.example":
            raise Unavailable("witness_refused", Wording("没有应答", "no answer"))
        return [
            cosign(Note.parse(reader.checkpoint()).text, keys[0].name, keys[0].signer, int(NOW.timestamp()))
        ]

    [one] = collect_cosignatures(now=NOW, ask=ask)
    assert (one.names, one.enough, len(one.faults)) == (("witness1.example",), False, 1)
    text = Client().get("/log/").content.decode()
    assert "见证不足" in text and "witness2.example" in text
    line = cosign(
        "\n".join(TileReader(house / "public/log/2026").checkpoint().decode().split("\n\n")[0].split("\n")) + "\n",
        keys[1].name, keys[1].signer, int(NOW.timestamp()),
    ).line  # fmt: skip
    [two] = collect_cosignatures(now=NOW, lines=[line], ask=ask)
    assert two.enough and "见证足够" in Client().get("/log/").content.decode()
    assert LedgerEntry.objects.filter(verb="log.cosigned").count() == 2
    hold_ceremony(now=NOW)
    assert "witness2.example" in Client().get("/trust/").content.decode()
    monkeypatch.setenv("CHIZHENG_WITNESS_QUORUM", "3")
    with pytest.raises(BadInput, match="witness_quorum"):
        keyring.quorum()
    (house / "keys" / "witnesses").write_text("not a key\n")
    with pytest.raises(BadInput, match="witness_list"):
        keyring.witnesses()


def test_witnesses_are_asked_over_http_and_one_that_is_away_is_named(
    house, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issued()
    made = [NamedKey(f"w{n}.example", SeedSigner(bytes([n]) * 32)) for n in (1, 2, 3)]
    logs = {str(shard_key(2026).name): [shard_key(2026)]}
    running, lines = [], []
    for n, one in enumerate(made):
        listening = server(WitnessStore(house / f"witness{n}", one, logs), "127.0.0.1", 0, NOW.timestamp)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        running.append(listening)
        lines.append(f"{one.witness_vkey} http://127.0.0.1:{listening.server_address[1]}")
    (house / "keys" / "witnesses").write_text("\n".join(lines) + "\n")
    monkeypatch.setenv("CHIZHENG_WITNESS_QUORUM", "2")

    def stop(n: int) -> None:
        running[n].shutdown()
        running[n].server_close()

    stop(2)
    try:
        assert main(["log", "collect"]) == 0
        said = capsys.readouterr()
        assert "2/2 w1.example, w2.example" in said.out and "w3.example" in said.err
        page = Client().get("/log/").content.decode()
        assert "见证足够" in page and "w3.example" in page
        head = b"".join(Client().get("/log/2026/checkpoint").streaming_content)
        assert len(Note.parse(head).verified_by([one.witness_vkey for one in made])) == 2
        append(batch="more", entries=[b"\xa0"], year=2026)
        stop(1)
        assert main(["log", "collect"]) == 1
        assert "见证不足" in Client().get("/log/").content.decode()
    finally:
        stop(0)


# --- patterns of failed checks


def verify(row: Certificate, name: str) -> None:
    Client().post("/verify/", {"number": row.number, "name": name})


def test_five_wrong_names_on_one_number_become_an_investigation(
    house, django_capture_on_commit_callbacks
) -> None:
    row = issued()
    names = ["赵甲一", "钱乙二", "孙丙三", "李丁四", "周戊五"]
    with django_capture_on_commit_callbacks(execute=True):
        for name in [*names[:4], names[0], names[1]]:  # the same slip again counts once
            verify(row, name)
    assert not Case.objects.exists() and FailedCheck.objects.count() == 4
    verify(row, queries.read_claims(row).name)
    Client().post("/verify/", {"number": "2610012003499999", "name": "吴己六"})
    assert FailedCheck.objects.count() == 4  # a right name and an unknown number leave nothing
    with django_capture_on_commit_callbacks(execute=True):
        verify(row, names[4])
    case = Case.objects.get()
    assert (case.source, case.certificate_number, case.region) == (
        "verification",
        row.number,
        row.batch.region,
    )
    assert row.number in case.summary and not any(
        n in case.summary for n in [*names, queries.read_claims(row).name]
    )
    with django_capture_on_commit_callbacks(execute=True):
        verify(row, "郑庚七")
    assert Case.objects.count() == 1
    assert tell_again(now=real_now()) == 0
    Case.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        assert tell_again(now=real_now()) == 1  # what a crash swallowed is found
    assert Case.objects.count() == 1
    assert forget_failures(now=real_now() + timedelta(days=31)) == 6 and not FailedCheck.objects.exists()


def test_three_false_pieces_under_one_number_become_an_investigation(
    house, django_capture_on_commit_callbacks
) -> None:
    row = issued()
    true = printing.code_text(row)

    def forged(n: int) -> str:
        from chizheng.certificates.core.envelopes import cose

        raw = bytearray(cose.from_text(true))
        raw[-n] ^= 1  # in the signature
        return cose.to_text(bytes(raw))

    with django_capture_on_commit_callbacks(execute=True):
        for n in (1, 2, 3):
            Client().post("/verify/", {"code": forged(n)})
    suspicion = Suspicion.objects.get()
    assert (suspicion.names, suspicion.forged) == (0, 3)
    assert Case.objects.get().certificate_number == row.number


def test_the_api_counts_failures_too(house, django_capture_on_commit_callbacks) -> None:
    row = issued()
    rows = [{"number": row.number, "name": f"示例{c}"} for c in "甲乙丙丁戊"]
    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/api/v1/verifications", {"rows": rows}, content_type="application/json")
    assert Case.objects.get().source == "verification"


def test_a_sheet_of_another_cannot_be_fetched(house) -> None:
    with pytest.raises(NotFound):
        from chizheng.certificates.usecases.verify_sheet import access_sheet

        access_sheet(employer(), "00000000-0000-4000-8000-000000000000")


# --- the public page


def test_every_answer_says_what_to_do_and_what_decided(house) -> None:
    row = issued()
    record = queries.read_claims(row)
    client = Client(headers=HTML)

    def asked(**how: str) -> str:
        return client.post("/verify/", {"number": row.number, "name": record.name, **how}).content.decode()

    for page, key in (
        (asked(), "valid"), (asked(check_code="ABCD2345"), "code_mismatch"), (asked(name="王某"), "name_mismatch"),
        (asked(number="9910012001599999"), "unrecognised_issuer"),
    ):  # fmt: skip
        assert NEXT[key].zh in page and VERDICTS[key].zh in page, key
    assert "8 位字母数字" in asked(check_code="12") and "举报假证" in asked(name="王某")
    damaged = printing.code_text(row)
    damaged = damaged[:60] + ("A" if damaged[60] != "A" else "B") + damaged[61:]
    page = client.post("/verify/", {"code": damaged}).content.decode()
    assert NEXT["forged"].zh in page and record.name not in page


def test_the_page_does_not_judge_a_file_by_its_first_certificate(house) -> None:
    one, other = issued(2).batch.certificates.order_by("order")
    texts = f"{printing.code_text(one)}\n{printing.code_text(other)}\n".encode()
    pages = pdf.render([printing.sheet(one), printing.sheet(other)], at=NOW)
    for name, content in (("两张.txt", texts), ("两张.pdf", pages)):
        answer = Client(headers=HTML).post("/verify/", {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 422 and "2 张证书" in answer.content.decode()

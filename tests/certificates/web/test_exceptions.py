"""Lists without an exam, reissue, correction, annulment: two persons, log entries, and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.db import IntegrityError, transaction

from chizheng.assessment.models import StationLicence
from chizheng.catalogue.models import Occupation
from chizheng.certificates import keyring, queries
from chizheng.certificates.consequences import following
from chizheng.certificates.core import audit_bytes
from chizheng.certificates.core.audit import Finding, Shard, audit
from chizheng.certificates.core.commitments import Cause, Exceptional, decode
from chizheng.certificates.io.keys import NamedKey
from chizheng.certificates.io.tilelog import TileReader
from chizheng.certificates.models import Batch, Certificate, CertificateEvent, NumberConflict
from chizheng.certificates.usecases.amend_certificate import (
    Wanted,
    decide_conflict,
    request_correction,
    request_reissue,
)
from chizheng.certificates.usecases.annul_session import decide_annulment, request_annulment
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.certificates.usecases.issue_batch import issue_batch, issue_due
from chizheng.certificates.usecases.list_awards import Received, receive_list
from chizheng.certificates.usecases.review_batch import approve_batch, return_batch, review_batch
from chizheng.kernel.errors import Conflict, Forbidden, Refused
from chizheng.people.models import Account
from tests.certificates.log_house import RULES
from tests.factories.assessment import clerk_of, station
from tests.factories.catalogue import RegionFactory
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import AccountFactory, invented_name, resident_number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)
LEGACY = ("姓名", "证件号码", "职业", "等级", "证书编号", "核发日期")
AWARD = ("姓名", "证件号码", "职业", "等级", "依据")


def workbook(header: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for r, cells in enumerate((header, *rows)):
            for c, text in enumerate(cells):
                page.write_string(r, c, text)
    return out.getvalue()


def legacy_row(n: int, number: str, name: str = "") -> tuple[str, ...]:
    return (name or invented_name(n), resident_number(n), "车工", "4", number, "2004-05-20")


def receive(basis: str, content: bytes, *, actor: Account | None = None) -> Received:
    keyring.make()
    RegionFactory()
    licence = StationLicence.objects.first()
    if licence is None:
        licence = StationLicence.objects.get(organisation=station())
    return receive_list(
        basis=basis, licence=licence, file_name="名单.xlsx", content=content, evidence="示例〔2026〕1号", reason="补录",
        decided_on=None, actor=actor or AccountFactory(role="centre"), now=NOW,
    )  # fmt: skip


def carried(batch: Batch) -> Batch:
    """Reviewed, approved and issued by people who did not list it."""
    review_batch(batch=batch, actor=AccountFactory(role="centre"), now=NOW)
    approve_batch(batch=batch, actor=AccountFactory(role="authority"), now=NOW, issued_on=ISSUED)
    return issue_batch(batch=batch, now=NOW)


def monitored() -> list[Finding]:
    """What the monitor says of the log as it is published."""
    folder = log_folder() / "2026"
    key = NamedKey(f"{keyring.origin('log')}/2026", keyring.private("log").signer)
    report = audit(
        [Shard("2026", lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None)],
        [audit_bytes.read_vkey(str(key.vkey))],
        rules=RULES,
    )
    assert report.kinds["CERT"]
    return report.findings


def exceptions_logged() -> list[Exceptional]:
    reader = TileReader(log_folder() / "2026")
    size = int(reader.checkpoint().split(b"\n")[1])
    entries = [e for i in range(-(-size // 256)) for e in reader.entries(i, size)]
    return [x for x in map(decode, entries) if isinstance(x, Exceptional)]


def test_legacy_stock_enters_as_legacy_with_one_dated_entry() -> None:
    received = receive(
        "legacy", workbook(LEGACY, legacy_row(1, "0410012003400017"), legacy_row(2, "0410012003400018"))
    )
    assert received.batch is not None and not received.faults
    batch = carried(received.batch)
    assert batch.state == "published", batch.findings
    row = Certificate.objects.get(number="0410012003400017")
    assert row.issued_on == date(2004, 5, 20) and row.status_year == 2004
    assert queries.verify_number(number=row.number, name=invented_name(1), now=NOW).verdict == "legacy"
    [entry] = exceptions_logged()
    assert (entry.cause, entry.count, len(set(entry.approvers))) == (Cause.LEGACY, 2, 2)


def test_a_contest_award_gets_a_new_number_and_the_same_list_is_one_batch() -> None:
    content = workbook(AWARD, (invented_name(5), resident_number(5), "车工", "3", "样例技能竞赛第一名"))
    first, again = receive("contest", content), receive("contest", content)
    assert first.batch == again.batch
    row = carried(first.batch).certificates.get()
    assert row.number == "2610012003300001"
    assert queries.verify_number(number=row.number, name=invented_name(5), now=NOW).verdict == "valid"


def test_a_list_with_faults_comes_back_and_nothing_is_taken_in() -> None:
    content = workbook(
        LEGACY,
        legacy_row(1, "0410012003400017"),
        legacy_row(2, "0410012003400017"),
        ("张示例", "1", "车工", "9", "", ""),
    )
    received = receive("legacy", content)
    assert received.batch is None and not Batch.objects.exists()
    assert {f.code for f in received.faults} >= {"number_twice", "missing", "level", "document"}
    assert received.returned("zh").content


def test_a_list_that_lint_held_can_go_back_and_come_again_corrected() -> None:
    """A name that no font has: only its author knows whether the list or the font is wrong."""
    rare = (f"王{chr(0x31350)}例", resident_number(31), "车工", "4", "示例竞赛一等奖")
    batch = receive("contest", workbook(AWARD, rare)).batch
    assert batch is not None
    held = carried(batch)
    assert (held.state, held.findings[0]["rule"]) == ("held", "glyphs_exist")
    with pytest.raises(Forbidden):
        return_batch(batch=held, actor=AccountFactory(role="inspector"), now=NOW, reason="姓名写错")
    back = return_batch(batch=held, actor=AccountFactory(role="centre"), now=NOW, reason="姓名写错")
    assert (back.state, back.approved_by) == ("returned", None)
    again = receive("contest", workbook(AWARD, rare)).batch
    assert again is not None
    assert again.pk != back.pk
    assert carried(receive("contest", workbook(AWARD, ("王示例", *rare[1:]))).batch).state == "published"


def test_every_fault_of_a_row_is_told_at_once() -> None:
    received = receive("contest", workbook(AWARD, ("王示例", resident_number(32), "无此职业", "9", "")))
    assert {f.code for f in received.faults} == {"occupation", "level", "missing"}


def test_whoever_listed_it_cannot_review_it() -> None:
    author = AccountFactory(role="centre")
    batch = receive("legacy", workbook(LEGACY, legacy_row(1, "0410012003400017")), actor=author).batch
    assert batch is not None
    with pytest.raises(Conflict, match="self_approval"):
        review_batch(batch=batch, actor=author, now=NOW)


def test_another_station_and_other_desks_may_not_list() -> None:
    body = station()
    content = workbook(LEGACY, legacy_row(1, "0410012003400017"))
    for actor in (clerk_of(station("10012004")), AccountFactory(role="authority")):
        with pytest.raises(Forbidden):
            receive_list(basis="legacy", licence=StationLicence.objects.get(organisation=body), file_name="a.xlsx",
                         content=content, evidence="x", reason="x", decided_on=None, actor=actor, now=NOW)  # fmt: skip


def test_two_certificates_on_one_number_stay_and_one_is_renumbered_with_a_link() -> None:
    carried(receive("legacy", workbook(LEGACY, legacy_row(1, "0410012003400017"))).batch)
    carried(receive("legacy", workbook(LEGACY, legacy_row(2, "0410012003400017"))).batch)
    conflict = NumberConflict.objects.get()
    assert [(f.code, f.weight.value) for f in monitored()] == [("number_conflict", "flag")]
    for n in (1, 2):
        report = queries.verify_number(number="0410012003400017", name=invented_name(n), now=NOW)
        assert report.verdict == "legacy" and "number_twice" in {r.code for r in report.reasons}
    decide_conflict(
        conflict=conflict,
        decision="second",
        reason="手工编号重复",
        actor=AccountFactory(role="centre"),
        now=NOW,
    )
    row = carried(Batch.objects.get(basis="correction")).certificates.get()
    assert row.number != "0410012003400017" and row.previous == conflict.second
    assert queries.verify_number(number=row.number, name=invented_name(2), now=NOW).verdict == "legacy"
    assert (
        queries.verify_number(number="0410012003400017", name=invented_name(2), now=NOW).verdict
        == "superseded"
    )


def test_two_lists_of_one_group_with_the_same_number_are_a_conflict_too() -> None:
    for n in (1, 2, 3):
        batch = receive("legacy", workbook(LEGACY, legacy_row(n, "0410012003400017"))).batch
        assert batch is not None
        review_batch(batch=batch, actor=AccountFactory(role="centre"), now=NOW)
        approve_batch(batch=batch, actor=AccountFactory(role="authority"), now=NOW, issued_on=ISSUED)
    done = list(issue_due(now=NOW))
    assert [b.state for b in done] == ["published"] * 3 and len({b.log_group for b in done}) == 1
    rows = Certificate.objects.filter(number="0410012003400017").order_by("batch_id")
    assert list(rows.values_list("conflict", flat=True)) == [0, 1, 2]
    pairs = NumberConflict.objects.order_by("second__conflict")
    assert list(pairs.values_list("first__conflict", "second__conflict")) == [(0, 1), (1, 2)]
    assert {f.code for f in monitored()} == {"number_conflict"}


def issued() -> Certificate:
    return issue_batch(batch=approved_batch(passes=1, fails=0), now=NOW).certificates.get()


def test_a_reissue_keeps_the_number_and_supersedes_the_lost_paper() -> None:
    old = issued()
    name = queries.read_claims(old).name
    new = carried(
        request_reissue(
            certificate=old, reason="遗失", evidence="登报声明", actor=AccountFactory(role="centre"), now=NOW
        )
    ).certificates.get()
    old.refresh_from_db()
    assert (new.number, new.version, old.state) == (old.number, 2, "superseded")
    assert queries.verify_number(number=old.number, name=name, now=NOW).verdict == "valid"
    assert new.events.filter(kind="reissue").exists()
    assert old.events.get(kind="supersede").log_ref
    assert [h.certificate for h in queries.held([old.person_id])[old.person_id]] == [new.pk]


def test_no_paper_is_reissued_where_the_law_wants_a_letter() -> None:
    old = issued()
    Batch.objects.update(region="44")
    Occupation.objects.update(period=(date(1990, 1, 1), date(2020, 1, 1)))
    with pytest.raises(Refused, match="occupation_withdrawn"):
        request_reissue(
            certificate=old,
            reason="遗失",
            evidence="x",
            actor=AccountFactory(role="centre", region="44"),
            now=NOW,
        )


def test_a_correction_is_a_version_and_another_person_is_none() -> None:
    old = issued()
    record = queries.read_claims(old)
    same = Wanted(record.name, old.person.sex, record.birth)
    centre = AccountFactory(role="centre")

    def ask(wanted: Wanted) -> Batch:
        return request_correction(
            certificate=old, wanted=wanted, reason="笔误", evidence="户口簿", actor=centre, now=NOW
        )

    with pytest.raises(Refused, match="nothing_to_correct"):
        ask(same)
    with pytest.raises(Refused, match="other_person"):
        ask(replace(same, name="钱别人", birth=date(1970, 1, 1)))
    carried(ask(replace(same, name=record.name + "喆")))
    assert queries.verify_number(number=old.number, name=record.name + "喆", now=NOW).verdict == "valid"
    assert queries.verify_number(number=old.number, name=record.name, now=NOW).verdict == "superseded"


def test_an_annulled_sitting_takes_two_people_and_revokes_every_certificate() -> None:
    batch = issue_batch(batch=approved_batch(passes=2, fails=0), now=NOW)
    assert batch.session is not None
    one = AccountFactory(role="authority")
    asked = request_annulment(
        session=batch.session, reason_code="leak", reason="试题泄露", basis="x", actor=one, now=NOW
    )
    with pytest.raises(Conflict, match="self_approval"):
        decide_annulment(annulment=asked, granted=True, actor=one, now=NOW)
    done = decide_annulment(annulment=asked, granted=True, actor=AccountFactory(role="authority"), now=NOW)
    assert done.log_ref and set(batch.certificates.values_list("state", flat=True)) == {"revoked"}
    assert not CertificateEvent.objects.filter(kind="revoke", log_ref="").exists()
    batch.refresh_from_db()
    assert batch.state == "annulled"


def test_a_higher_level_on_the_strength_of_a_void_one_is_listed() -> None:
    low = issued()
    high = Certificate.objects.get(pk=low.pk)
    high.pk, high.uuid, high.level, high.order, high.version = (
        None,
        "00000000-0000-4000-8000-000000000001",
        3,
        99,
        7,
    )
    high.status_slot, high.issued_on = 12345, low.issued_on + timedelta(days=900)
    high.save()
    assert [c.what for c in following([low.pk])] == [high.number]


def test_events_refuse_change() -> None:
    row = issued()
    event = CertificateEvent.objects.create(
        certificate=row, kind="suspend", at=NOW, effective_on=ISSUED, requested_by=AccountFactory(),
        approved_by=AccountFactory(),
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateEvent.objects.filter(pk=event.pk).update(reason="anders")
    with pytest.raises(IntegrityError), transaction.atomic():
        event.delete()


def test_waiting_batches_share_one_head_of_the_log(house: Path) -> None:
    body = station()
    first, second = (
        approved_batch(passes=2, fails=0, body=body),
        approved_batch(passes=1, fails=0, body=body, exam=date(2026, 4, 20)),
    )
    done = list(issue_due(now=NOW))
    assert {b.state for b in done} == {"published"} and len({b.log_group for b in done}) == 1
    for batch in (first, second):
        for row in batch.certificates.all():
            assert (
                queries.verify_number(number=row.number, name=queries.read_claims(row).name, now=NOW).verdict
                == "valid"
            )

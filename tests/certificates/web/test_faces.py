"""What stands on the paper: remarks of versions, scores after a correction, and the letter of proof read back."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from chizheng.assessment.core.states import Event
from chizheng.assessment.models import Mark, Result, Session
from chizheng.assessment.usecases import move_session
from chizheng.catalogue.models import IssuerCode, Occupation
from chizheng.certificates import keyring, printing, queries
from chizheng.certificates.core.commitments import Correction, decode
from chizheng.certificates.core.verdicts import Verdict
from chizheng.certificates.house import UNNAMED, authority_names
from chizheng.certificates.io import pades, qr
from chizheng.certificates.io.tilelog import TileReader
from chizheng.certificates.models import Batch, Certificate, Commitment, NumberConflict
from chizheng.certificates.usecases.amend_certificate import (
    Wanted,
    decide_conflict,
    request_correction,
    request_reissue,
)
from chizheng.certificates.usecases.commit_sitting import commit_due, log_folder
from chizheng.certificates.usecases.credentials import badge
from chizheng.certificates.usecases.give_letter import give_letter
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.review_batch import approve_batch, list_session, review_batch
from chizheng.kernel.errors import Unavailable
from chizheng.platform.models import LedgerEntry
from tests.certificates.web.test_exceptions import (
    LEGACY,
    carried,
    issued,
    legacy_row,
    monitored,
    receive,
    workbook,
)
from tests.factories.assessment import clerk_of
from tests.factories.certificates import EXAM, ISSUED, at, submitted_session
from tests.factories.people import AccountFactory, OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)
DAY = "2026 年 5 月 20 日"


def face(data: bytes) -> str:
    """The text of the first page, without spaces and line ends."""
    return "".join(pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().split())


def printed(row: Certificate) -> str:
    data = printing.render([row])
    assert qr.certificate_text(data) == printing.code_text(row)
    return face(data)


def squeezed(text: str) -> str:
    return text.replace(" ", "")


def test_a_first_issue_bears_no_remark() -> None:
    text = printed(issued())
    assert not any(word in text for word in ("补发", "更正", "旧证", "取代"))


def test_a_reissue_and_a_correction_say_what_they_take_the_place_of() -> None:
    old = issued()
    centre = AccountFactory(role="centre")
    new = carried(
        request_reissue(certificate=old, reason="遗失", evidence="登报", actor=centre, now=NOW)
    ).certificates.get()
    text = printed(new)
    assert squeezed(f"补发：{DAY}，第 2 版，取代证书编号 {old.number} 第 1 版") in text
    assert squeezed(f"Reissued on 2026-05-20, version 2, in place of number {old.number}, version 1") in text
    record = queries.read_claims(new)
    third = carried(
        request_correction(
            certificate=new, wanted=Wanted(record.name, new.person.sex, date(1990, 1, 2)), reason="笔误",
            evidence="户口簿", actor=centre, now=NOW,
        )
    ).certificates.get()  # fmt: skip
    text = printed(third)
    assert squeezed(f"更正：{DAY}，第 3 版，取代证书编号 {old.number} 第 2 版") in text
    assert squeezed("1990 年 1 月 2 日") in text and "补发" not in text
    # the scores came along
    before = queries.read_claims(old)
    assert (queries.read_claims(third).theory, queries.read_claims(third).practice) == (
        before.theory,
        before.practice,
    )
    assert f"{before.theory // 10}" in text


def test_old_stock_is_marked_and_a_renumbered_one_names_its_old_number() -> None:
    number = "0410012003400017"
    for n in (1, 2):
        carried(receive("legacy", workbook(LEGACY, legacy_row(n, number))).batch)
    first = Certificate.objects.get(number=number, conflict=0)
    assert squeezed(f"旧证：原证于 2004 年 5 月 20 日 核发，{DAY} 补录登记，无考核过程存证") in printed(first)
    assert "firstissuedon2004-05-20" in printed(first)
    decide_conflict(conflict=NumberConflict.objects.get(), decision="second", reason="手工编号重复",
                    actor=AccountFactory(role="centre"), now=NOW)  # fmt: skip
    new = carried(Batch.objects.get(basis="correction")).certificates.get()
    text = printed(new)
    assert squeezed(f"改号：{DAY}，第 1 版，取代重号的原证书编号 {number}（旧证，无考核过程存证）") in text
    assert new.number in text


# --- scores


def corrected_session() -> Session:
    """Submitted, sent back by the centre, one practice mark and one outcome changed, and submitted again."""
    session = submitted_session(passes=1, fails=1)
    clerk = clerk_of(session.station)
    when = at(EXAM + timedelta(days=16))
    move_session(
        session=session, event=Event.RETURN, actor=AccountFactory(role="centre"), now=when, basis="复核有误"
    )
    move_session(session=session, event=Event.CORRECT, actor=clerk, now=when, basis="复核有误")
    failed = session.registrations.get(result__outcome="fail")
    Mark.objects.filter(registration=failed).update(score=Decimal("61.5"))
    Result.objects.filter(registration=failed).update(outcome="pass")
    for event, after in ((Event.FINISH_MARKING, 17), (Event.PUBLISH_RESULTS, 17), (Event.SUBMIT, 28)):
        move_session(session=session, event=event, actor=clerk, now=at(EXAM + timedelta(days=after)))
    session.refresh_from_db()
    return session


def test_corrected_scores_are_an_entry_of_two_people_and_stand_on_the_paper() -> None:
    session = corrected_session()
    when = at(EXAM + timedelta(days=28), 3)
    assert commit_due(session=session, now=when) == ["CORRECTION"]
    assert commit_due(session=session, now=when) == []
    score = Commitment.objects.get(session=session, step="SCORE")
    reader = TileReader(log_folder() / "2026")
    size = int(reader.checkpoint().split(b"\n")[1])
    [entry] = [e for e in map(decode, reader.entries(0, size)) if isinstance(e, Correction)]
    assert (entry.of, entry.count, entry.passes, score.passes) == (score.reference, 2, 2, 1)
    assert len(set(entry.approvers)) == 2
    batch = list_session(session=session, now=when)
    review_batch(batch=batch, actor=AccountFactory(role="centre"), now=when)
    approve_batch(batch=batch, actor=AccountFactory(role="authority"), now=NOW, issued_on=ISSUED)
    rows = issue_batch(batch=batch, now=NOW).certificates.order_by("order")
    assert len(rows) == 2
    mended = next(r for r in rows if queries.read_claims(r).practice == 615)
    text = printed(mended)
    assert "理论知识" in text and text.count("61.5") == 2 and "合格" in text
    # two certificates on one logged pass would be a breach: the correction is what the monitor counts by
    breaches = [f.code for f in monitored() if f.weight.value == "breach"]
    assert "certs_over_passes" not in breaches and "corrected" in {f.code for f in monitored()}


def test_a_correction_that_a_dead_process_left_is_logged_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    session = corrected_session()
    when = at(EXAM + timedelta(days=28), 3)

    def away(**_: object) -> None:
        raise Unavailable("log_away", keyring._MISSING, name="log")

    with monkeypatch.context() as m:
        m.setattr("chizheng.certificates.usecases.commit_sitting.append", away)
        with pytest.raises(Unavailable):
            commit_due(session=session, now=when)
    assert Commitment.objects.get(step="CORRECTION").log_index is None
    assert commit_due(session=session, now=when) == ["CORRECTION"]
    assert Commitment.objects.get(step="CORRECTION").log_index is not None


def test_scores_sent_back_and_in_again_unchanged_are_no_entry() -> None:
    session = submitted_session(passes=1, fails=0)
    when = at(EXAM + timedelta(days=16))
    move_session(
        session=session, event=Event.RETURN, actor=AccountFactory(role="centre"), now=when, basis="材料不全"
    )
    assert commit_due(session=session, now=when) == []
    move_session(session=session, event=Event.SUBMIT, actor=clerk_of(session.station), now=when)
    session.refresh_from_db()
    assert commit_due(session=session, now=when) == []


# --- the letter of proof


@pytest.mark.parametrize("sealed", [False, True])
def test_a_letter_is_numbered_checked_by_its_code_and_pdf_a(house: Path, sealed: bool) -> None:
    row = issued()
    keyring.make_pdf_seal("示例", NOW)
    serial, data = give_letter(certificate=row, sealed=sealed, actor=AccountFactory(role="centre"), now=NOW)
    record, text = queries.read_claims(row), face(data)
    assert serial == "2026-000001" and serial in text
    for shown in (
        record.name,
        record.number,
        record.occupation,
        record.document_tail,
        "有效",
        row.batch.station.name,
    ):
        assert shown in text, shown
    assert squeezed(DAY) in text and f"{record.check_code[:4]}{record.check_code[4:]}" in text
    assert record.document_tail in text and "LetterofProof" in text
    presented, printed = qr.only(qr.certificates(data))
    assert presented == printing.code_text(row)
    report = queries.verify_presented(presented=presented, now=NOW, printed=printed)
    assert report.verdict == "valid"
    metadata = pypdf.PdfReader(io.BytesIO(data)).xmp_metadata.stream.get_data().decode()
    assert re.search(r"pdfaid:part(>|=\")2.*pdfaid:conformance(>|=\")B", metadata, re.DOTALL)
    found = pades.examine(data, [keyring.pdf_root()], at=NOW) if sealed else []
    assert [seal.sound for seal in found] == [True] * sealed
    assert (
        give_letter(certificate=row, sealed=False, actor=AccountFactory(role="centre"), now=NOW)[0]
        == "2026-000002"
    )


def test_a_letter_says_how_the_certificate_stands_and_why_there_is_no_paper() -> None:
    old = issued()
    centre = AccountFactory(role="centre")
    carried(request_reissue(certificate=old, reason="遗失", evidence="登报", actor=centre, now=NOW))
    old.refresh_from_db()
    Batch.objects.update(region="44")
    Occupation.objects.update(period=(date(1990, 1, 1), date(2020, 1, 1)))
    text = face(give_letter(certificate=old, sealed=False, actor=centre, now=NOW)[1])
    assert squeezed(Verdict.SUPERSEDED.say("zh")) in text and "已退出职业目录" in text


def test_a_letter_whose_code_does_not_read_back_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    row = issued()
    from chizheng.certificates.io import letter
    from chizheng.kernel.errors import Conflict

    monkeypatch.setattr(letter, "_codes", lambda data: [])
    with pytest.raises(Conflict, match="qr_differs"):
        give_letter(certificate=row, sealed=False, actor=AccountFactory(role="centre"), now=NOW)
    assert not LedgerEntry.objects.filter(verb="certificates.letter").exists()


def test_the_page_gives_the_letter_and_looking_gives_no_number() -> None:
    row = issued()
    holder = AccountFactory(role="candidate", region="", person=row.person)
    client = Client()
    client.force_login(holder)
    url = f"/certificates/{row.uuid}/letter/"
    assert row.number in client.get(url).content.decode()
    assert not LedgerEntry.objects.filter(verb="certificates.letter").exists()
    given = client.post(url, {"sealed": "0"})
    assert given["Content-Type"] == "application/pdf" and given.content.startswith(b"%PDF")
    entry = LedgerEntry.objects.get(verb="certificates.letter")
    assert (entry.detail["number"], entry.actor) == (f"{entry.at.year}-000001", holder)


# --- who issues


def test_who_issues_is_the_body_that_approved_and_stays_so_when_it_is_renamed() -> None:
    session = submitted_session(passes=1, fails=0)
    batch = list_session(session=session, now=at(EXAM + timedelta(days=16)))
    review_batch(batch=batch, actor=AccountFactory(role="centre"), now=at(EXAM + timedelta(days=17)))
    body = OrganisationFactory(kind="authority", name="样例省劳动厅")
    approve_batch(
        batch=batch,
        actor=AccountFactory(role="authority", organisation=body),
        now=at(ISSUED),
        issued_on=ISSUED,
    )
    row = issue_batch(batch=batch, now=NOW).certificates.get()
    body.name = "样例省改名厅"
    body.save()
    row = Certificate.objects.select_related("batch").get(pk=row.pk)
    assert "样例省劳动厅" in printed(row) and "改名" not in printed(row)
    assert queries.read_claims(row).authority == row.institution[:2]
    credential = badge(certificate=row, now=NOW).decode()
    assert json.loads(credential)["issuer"]["name"] == "样例省劳动厅"
    assert queries.verify_presented(presented=credential, now=NOW).verdict == "valid"


def test_without_a_body_the_house_or_the_code_table_names_who_issues(monkeypatch: pytest.MonkeyPatch) -> None:
    assert authority_names(["10", "77"], on=ISSUED) == {"10": UNNAMED, "77": UNNAMED}
    since = DateRange(date(1993, 7, 9), None)
    for code, verified in (("10", True), ("77", False)):
        IssuerCode.objects.create(
            code=code, name="样例", kind="province", region="32", period=since, verified=verified
        )
    assert authority_names(["10", "77"], on=ISSUED) == {"10": f"样例{UNNAMED}", "77": UNNAMED}
    row = issued()
    assert f"样例{UNNAMED}" in printed(row)
    monkeypatch.setenv("CHIZHENG_AUTHORITY", "10")
    monkeypatch.setenv("CHIZHENG_AUTHORITY_NAME", "样例市核发中心")
    assert authority_names(["10"], on=ISSUED) == {"10": "样例市核发中心"}
    assert "核发中心" not in printed(row), "what was issued keeps its name"
    [key] = queries.issuer_keys().values()
    assert (key.name, key.name_en) == ("样例市核发中心", "样例市核发中心")

"""The ceremony extends what people did by hand; every kind of key rotates by two people and nothing old is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from chizheng.certificates import keyring, queries
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.trust import DatedKey, SignedList, accept
from chizheng.certificates.io import keys
from chizheng.certificates.models import Certificate
from chizheng.certificates.usecases import rotate_keys
from chizheng.certificates.usecases.commit_sitting import append
from chizheng.certificates.usecases.credentials import badge
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_status import check_status, publish_status
from chizheng.certificates.usecases.publish_trust import hold_ceremony, published_list
from chizheng.certificates.usecases.rotate_keys import (
    ask_rotation,
    confirm_rotation,
    pending,
    publish_list,
    withdraw_rotation,
)
from chizheng.cli import main
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, NotFound, Refused
from chizheng.kernel.periods import Period
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.factories.assessment import station
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import AccountFactory, PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NOW = at(ISSUED, 4)


def two() -> tuple[Account, Account]:
    return AccountFactory(role="administrator"), AccountFactory(role="authority")


def rotated(name: str, now: datetime = NOW) -> None:
    one, other = two()
    ask_rotation(name=name, actor=one, now=now)
    confirm_rotation(actor=other, now=now)


def signed_by_hand(**changes: object) -> SignedList:
    """A list that people changed and signed with the house's root."""
    root = keyring.private("root")
    before = published_list().list
    listed = replace(before, sequence=before.sequence + 1, **changes)
    signed = SignedList(listed, ()).signed(root.name, root.signer)
    keyring.trust_list().write_bytes(bytes(signed))
    return signed


def test_a_second_ceremony_keeps_what_was_changed_by_hand() -> None:
    hold_ceremony(now=NOW)
    before = published_list().list
    ended = replace(before.issuers[0], period=Period(before.issuers[0].period.start, date(2026, 6, 1)))
    other = keys.create(Path(keyring.trust_list()).with_name("other.key"), "other.example/status", b"x")
    by_hand = signed_by_hand(
        issuers=(ended,), status=(*before.status, DatedKey(other.vkey, Period(date(2026, 1, 1)))), quorum=0
    ).list
    hold_ceremony(now=NOW)
    assert published_list().list == by_hand  # nothing was missing
    hold_ceremony(now=NOW.replace(year=2027))  # now a year of the log is
    after = published_list().list
    assert after.sequence == by_hand.sequence + 1
    assert (after.issuers, after.status) == (by_hand.issuers, by_hand.status)
    assert after.logs[:-1] == by_hand.logs and after.logs[-1].key.name.endswith("/2029")
    assert accept(published_list(), held=by_hand, pinned=(), pinned_threshold=1, now=int(NOW.timestamp()))


def test_the_ceremony_refuses_a_list_of_other_roots_and_leaves_it() -> None:
    hold_ceremony(now=NOW)
    mine = keyring.public("root")
    other = keys.NamedKey("root2.example", keys.SeedSigner(b"2" * 32))
    for roots, threshold in (((other.vkey,), 1), ((mine, other.vkey), 2)):
        signed_by_hand(roots=roots, threshold=threshold)
        stood = keyring.trust_list().read_bytes()
        with pytest.raises(Refused, match="trust_of_others"):
            hold_ceremony(now=NOW)
        assert keyring.trust_list().read_bytes() == stood


def valid(row: Certificate) -> bool | list[str]:
    text = cose.to_text(queries.signed_bytes(row))
    report = queries.verify_presented(presented=text, now=NOW)
    return report.verdict == "valid" or [r.code for r in report.reasons]


def test_an_issuer_key_rotates_and_old_certificates_stay_valid() -> None:
    old = issue_batch(batch=approved_batch(passes=1, fails=0), now=NOW).certificates.get()
    hold_ceremony(now=NOW)
    was, thief = keyring.public("issuer"), keyring.private("issuer")
    rotated("issuer")
    assert keyring.public("issuer") != was and keyring.former("issuer") == (was,)
    assert valid(old) is True
    new = issue_batch(
        batch=approved_batch(passes=1, fails=0, body=station("10012004")), now=NOW
    ).certificates.get()
    assert valid(new) and valid(old)
    # a credential of an old certificate, signed today
    assert queries.verify_presented(presented=badge(certificate=old, now=NOW, actor=AccountFactory()).decode(),
                                    now=NOW).verdict == "valid"  # fmt: skip
    # what the old key signs from now on is worth nothing
    from chizheng.certificates.core.claims import encode
    from chizheng.certificates.core.keys import HeldSigner

    message = cose.parse(queries.signed_bytes(new))
    signer = HeldSigner(thief.signer)
    forged = cose.to_text(
        cose.Frame.of(signer).seal(encode(queries.read_claims(new)), message.promise, signer)
    )
    report = queries.verify_presented(presented=forged, now=NOW)
    assert report.verdict == "forged" and "key_cut_off" in {r.code for r in report.reasons}
    listed = published_list().list
    assert len({i.id for i in listed.issuers}) == 2
    hold_ceremony(now=NOW)
    assert published_list().list == listed
    hold_ceremony(now=NOW.replace(year=2027))
    assert [len(i.spans) for i in published_list().list.issuers] == [1, 5]


def test_a_status_key_rotates_and_published_data_still_open() -> None:
    issue_batch(batch=approved_batch(passes=1, fails=0), now=NOW)
    hold_ceremony(now=NOW)
    publish_status(now=NOW)
    was = keyring.public("status")
    rotated("status")
    assert check_status() == []
    publish_status(now=NOW + timedelta(days=1))
    assert check_status() == []
    today, later = date(2026, 5, 20), date(2026, 7, 1)
    listed = published_list().list
    assert set(listed.status_keys(today)) == {was, keyring.public("status")}
    assert listed.status_keys(later) == [keyring.public("status")]


def test_the_log_key_rotates_before_the_years_first_entry_only() -> None:
    old = issue_batch(batch=approved_batch(passes=1, fails=0), now=NOW).certificates.get()
    hold_ceremony(now=NOW)
    one, _ = two()
    with pytest.raises(Refused, match="log_begun"):
        ask_rotation(name="log", actor=one, now=NOW)
    january = datetime(2027, 1, 2, 3, tzinfo=UTC)
    rotated("log", january)
    receipt = append(batch="first of the year", entries=[b"\xa0"], year=2027)
    assert receipt.first == 0
    assert append(batch="late", entries=[b"\xa0"], year=2027).first == 1
    assert keyring.public_of_log(2026) != keyring.public_of_log(2027) == keyring.public("log")
    assert valid(old) is True
    names = {d.key.name: d.key.public for d in published_list().list.logs}
    assert names[f"{keyring.origin('log')}/2027"] == keyring.public("log").public
    assert names[f"{keyring.origin('log')}/2026"] == keyring.public_of_log(2026).public


def test_the_root_rotates_under_its_own_and_the_next_signature() -> None:
    hold_ceremony(now=NOW)
    held = published_list().list
    rotated("root")
    offered = published_list()
    new = accept(offered, held=held, pinned=(), pinned_threshold=1, now=int(NOW.timestamp()))
    assert new.roots == (keyring.public("root"),) != held.roots
    hold_ceremony(now=NOW)
    assert published_list().list == new


def test_the_pdf_seal_rotates_and_its_root_is_published() -> None:
    hold_ceremony(now=NOW)
    was = keyring.pdf_root()
    rotated("pdf")
    assert keyring.pdf_root() != was
    assert keyring.trust_list().with_name("pdf-root.der").read_bytes() == keyring.pdf_root()
    assert keyring.pdf_signer() is not None


def test_one_person_is_not_two_and_other_desks_are_none() -> None:
    hold_ceremony(now=NOW)
    body = PersonFactory()
    one = AccountFactory(role="administrator", person=body)
    with pytest.raises(Forbidden, match="not_your_desk"):
        ask_rotation(name="status", actor=AccountFactory(role="centre"), now=NOW)
    with pytest.raises(BadInput, match="key_kind"):
        ask_rotation(name="nullifier", actor=one, now=NOW)
    ask_rotation(name="status", actor=one, now=NOW)
    stood, kept = keyring.trust_list().read_bytes(), keyring.public("status")
    for same in (one, AccountFactory(role="authority", person=body)):
        with pytest.raises(Conflict, match="self_approval"):
            confirm_rotation(actor=same, now=NOW)
    with pytest.raises(Conflict, match="rotation_waits"):
        ask_rotation(name="issuer", actor=AccountFactory(role="authority"), now=NOW)
    assert (keyring.trust_list().read_bytes(), keyring.public("status")) == (stood, kept)
    withdraw_rotation(actor=one, now=NOW)
    assert pending() is None and not keyring.next_path("status").exists()
    with pytest.raises(NotFound, match="no_rotation"):
        confirm_rotation(actor=AccountFactory(role="authority"), now=NOW)
    assert not LedgerEntry.objects.filter(verb="keys.confirm_rotation").exists()


def test_a_rotation_stopped_half_way_is_finished_by_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    hold_ceremony(now=NOW)
    one, other = two()
    asked = ask_rotation(name="issuer", actor=one, now=NOW)
    with monkeypatch.context() as m:
        m.setattr(rotate_keys, "_finish", lambda *_: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):
            confirm_rotation(actor=other, now=NOW)
    sequence = published_list().list.sequence
    assert str(keyring.public("issuer")) != asked.vkey
    confirm_rotation(actor=other, now=NOW)
    assert str(keyring.public("issuer")) == asked.vkey and published_list().list.sequence == sequence


def test_two_of_two_roots_sign_apart_and_the_key_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_ceremony(now=NOW)
    monkeypatch.setenv(keys.PASSPHRASE, "口令")
    second = keys.create(tmp_path / "root2.key", "root2.example", "口令".encode())
    monkeypatch.delenv(keys.PASSPHRASE)
    signed_by_hand(roots=(keyring.public("root"), second.vkey), threshold=2)
    one, other = two()
    asked = ask_rotation(name="issuer", actor=one, now=NOW)
    with pytest.raises(Refused, match="roots_missing"):
        confirm_rotation(actor=other, now=NOW)
    assert str(keyring.public("issuer")) != asked.vkey
    file = keyring.trust_list().with_suffix(".proposed.json")
    with pytest.raises(Refused, match="trust_threshold"):
        publish_list(offered=SignedList.parse(file.read_bytes()), actor=other, now=NOW)
    monkeypatch.setenv(keys.PASSPHRASE, "口令")
    assert main(["keys", "sign", str(file), "--key", str(tmp_path / "root2.key")]) == 0
    assert "2/2" in capsys.readouterr().out
    monkeypatch.delenv(keys.PASSPHRASE)
    other.set_password("正确的口令1")
    other.save()
    monkeypatch.setattr("getpass.getpass", lambda prompt: "错误")
    assert main(["keys", "publish", str(file), "--by", other.username]) != 0
    monkeypatch.setattr("getpass.getpass", lambda prompt: "正确的口令1")
    assert main(["keys", "publish", str(file), "--by", other.username]) == 0
    assert str(keyring.public("issuer")) == asked.vkey
    assert VerifierKey.parse(asked.vkey).public in {i.public for i in published_list().list.issuers}
    assert json.loads(keyring.trust_list().read_bytes())["list"]["threshold"] == 2

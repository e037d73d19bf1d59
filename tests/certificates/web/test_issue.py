"""Issuing: two people, one number each, every certificate in the log, and nothing lost by a kill."""

from __future__ import annotations

from pathlib import Path
from uuid import RFC_4122, UUID

import pytest

from chizheng.certificates import keyring, queries
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.numbers import InstitutionNumber, parse
from chizheng.certificates.core.words import WORD_BYTES
from chizheng.certificates.io.tilelog import TileReader, shards
from chizheng.certificates.models import Certificate, Envelope, NumberCounter
from chizheng.certificates.usecases.commit_sitting import log_folder
from chizheng.certificates.usecases.copying import rising_uuids
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.review_batch import (
    approve_batch,
    list_session,
    return_batch,
    review_batch,
)
from chizheng.kernel.errors import Conflict, Forbidden
from tests.factories.certificates import ISSUED, approved_batch, at, submitted_session
from tests.factories.people import AccountFactory

pytestmark = pytest.mark.django_db
NOW = at(ISSUED, 4)


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and log of their own for every test."""
    monkeypatch.setattr(
        "chizheng.certificates.keyring.folder", lambda name, mode=0o755: _made(tmp_path / name)
    )
    monkeypatch.setattr(
        "chizheng.certificates.usecases.commit_sitting.folder",
        lambda name, mode=0o755: _made(tmp_path / name),
    )


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def test_a_batch_is_issued_with_consecutive_numbers_in_the_log_and_verifies() -> None:
    batch = issue_batch(batch=approved_batch(passes=3, fails=1), now=NOW)
    assert batch.state == "published"
    rows = list(batch.certificates.order_by("order"))
    assert [r.number for r in rows] == [f"26{batch.institution}4{n:05d}" for n in (1, 2, 3)]
    assert InstitutionNumber.parse(rows[0].number[2:10]) == parse(rows[0].number).institution
    [shard] = shards(log_folder())
    assert TileReader(shard).integrity([_shard_key(shard)]) == []
    record = queries.read_claims(rows[0])
    report = queries.verify_number(number=record.number, name=record.name, now=NOW)
    assert report.verdict == "valid" and report.shown["name"] == record.name
    text = cose.to_text(queries.signed_bytes(rows[0]))
    assert queries.verify_presented(presented=text, now=NOW).verdict == "valid"


def _shard_key(shard: Path):
    from chizheng.certificates.core.note import ED25519, VerifierKey

    return VerifierKey(f"{keyring.origin('log')}/{shard.name}", ED25519, keyring.public("log").public)


def test_issuing_again_changes_nothing() -> None:
    batch = issue_batch(batch=approved_batch(), now=NOW)
    before = list(Certificate.objects.values_list("number", "status_slot", "uuid"))
    issue_batch(batch=batch, now=NOW)
    assert list(Certificate.objects.values_list("number", "status_slot", "uuid")) == before


def test_a_name_that_was_not_asked_with_is_never_given() -> None:
    batch = issue_batch(batch=approved_batch(passes=1, fails=0), now=NOW)
    number = batch.certificates.get().number
    report = queries.verify_number(number=number, name="别的人", now=NOW)
    assert report.verdict == "name_mismatch"
    assert dict(report.shown) == {}


def test_an_unknown_issuer_code_is_unrecognised_not_forged() -> None:
    keyring.make()
    report = queries.verify_number(number="2699012003400001", name="张样", now=NOW)
    assert report.verdict == "unrecognised_issuer"


def test_an_unpublished_certificate_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = approved_batch(passes=1, fails=0)
    monkeypatch.setattr("chizheng.certificates.usecases.issue_batch._publish", _die)
    with pytest.raises(KeyboardInterrupt):
        issue_batch(batch=batch, now=NOW)
    row = Certificate.objects.get()
    record = queries.read_claims(row)
    assert queries.verify_number(number=record.number, name=record.name, now=NOW).verdict != "valid"


def _die(*args: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["log_groups", "_sign", "_publish"])
def test_a_kill_before_any_step_is_finished_by_the_next_call(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = approved_batch(passes=4, fails=0)
    with monkeypatch.context() as patch:
        patch.setattr(f"chizheng.certificates.usecases.issue_batch.{step}", _die)
        with pytest.raises(KeyboardInterrupt):
            issue_batch(batch=batch, now=NOW)
    numbers = list(Certificate.objects.order_by("order").values_list("number", flat=True))
    done = issue_batch(batch=batch, now=NOW)
    assert done.state == "published"
    assert list(Certificate.objects.order_by("order").values_list("number", flat=True)) == numbers
    assert len(Envelope.objects.get().words) == 4 * WORD_BYTES
    assert NumberCounter.objects.get().last == 4


def test_reviewer_and_approver_are_two_people() -> None:
    session = submitted_session(passes=1, fails=0)
    batch = list_session(session=session, now=NOW)
    centre = AccountFactory(role="centre")
    review_batch(batch=batch, actor=centre, now=NOW)
    with pytest.raises(Forbidden):
        approve_batch(batch=batch, actor=centre, now=NOW, issued_on=ISSUED)
    centre.role = "authority"
    centre.save()
    with pytest.raises(Conflict, match="self_approval"):
        approve_batch(batch=batch, actor=centre, now=NOW, issued_on=ISSUED)
    batch.refresh_from_db()
    assert batch.state == "reviewed" and not Certificate.objects.exists()


def test_another_region_may_not_review() -> None:
    batch = list_session(session=submitted_session(passes=1, fails=0), now=NOW)
    with pytest.raises(Forbidden):
        review_batch(batch=batch, actor=AccountFactory(role="centre", region="44"), now=NOW)


def test_a_returned_list_comes_back() -> None:
    session = submitted_session(passes=2, fails=0)
    batch = list_session(session=session, now=NOW)
    return_batch(batch=batch, actor=AccountFactory(role="centre"), now=NOW, reason="材料不全")
    assert list_session(session=session, now=NOW).state in ("listed", "returned")


def test_a_name_no_font_can_print_holds_the_whole_batch_and_numbers_nothing() -> None:
    batch = approved_batch(passes=2, fails=0)
    person = batch.session.registrations.filter(result__outcome="pass").first().person
    person.name = "张\U0002a6df"
    person.save()
    held = issue_batch(batch=batch, now=NOW)
    assert held.state == "held"
    assert [f["rule"] for f in held.findings] == ["glyphs_exist"]
    assert not Certificate.objects.exists()
    assert not NumberCounter.objects.filter(last__gt=0).exists()


def test_serials_run_out_with_a_message_and_never_wrap() -> None:
    batch = approved_batch(passes=2, fails=0)
    NumberCounter.objects.create(year=2026, institution=batch.institution, level=4, last=99_998)
    with pytest.raises(Exception, match="serials_exhausted"):
        issue_batch(batch=batch, now=NOW)
    assert NumberCounter.objects.get().last == 99_998
    assert not Certificate.objects.exists()


def test_uuids_of_a_group_rise_with_the_instant_and_never_meet() -> None:
    early, late = rising_uuids(3_000, NOW), rising_uuids(3_000, NOW.replace(year=NOW.year + 1))
    made = [UUID(bytes=raw) for raw in early + late]
    assert len(set(made)) == 6_000
    assert {one.version for one in made} == {7} and {one.variant for one in made} == {RFC_4122}
    assert max(early) < min(late)

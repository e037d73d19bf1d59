"""One test per row of the attack table (credentials study, 2.3) that log, status or trust must answer:
what the verifier refuses and what the monitor says, in the words they use."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from chizheng.certificates.core.audit import compare_statuses
from chizheng.certificates.core.commitments import (
    Annul,
    Cause,
    Cert,
    Correction,
    Exceptional,
    Issue,
    Ledger,
    Score,
    Status,
    Step,
    Turn,
    reference,
)
from chizheng.certificates.core.note import Checkpoint, sign_note
from chizheng.certificates.core.proof import TlogProof
from chizheng.certificates.core.status import Exceptions, State, fold
from chizheng.certificates.core.status_bundle import apply_delta, open_bundle, seal_delta, seal_full
from chizheng.certificates.core.trust import IssuerKey, LogSpan
from chizheng.certificates.core.witness import AddCheckpoint, Quorum, WitnessRefusal
from chizheng.certificates.io.tilelog import AppendDoor, TileReader
from chizheng.certificates.io.witness import WitnessStore
from chizheng.kernel.errors import BadInput, Conflict, Refused
from chizheng.kernel.periods import Period
from tests.certificates.log_house import (
    DAY,
    HOUR,
    ORIGIN,
    House,
    approvers,
    breach_codes,
    codes,
    digest,
    key,
    people,
    tag,
    tree,
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # not what is tested here
    return House(tmp_path)


def test_honest_year_has_nothing_to_report(house: House) -> None:
    house.run("S1")
    house.run("S2", 30)
    report = house.audit()
    assert report.findings == []
    assert report.kinds["CERT"] == 4 + 28 and report.sittings["S2"].certificates == 28


# -- corrupt stations ---------------------------------------------------------------------------------


def test_ghosts_added_after_the_roster_closed_are_dated_and_counted(house: House) -> None:
    steps = house.chain("S1", 6, attend=9, submit=9, score=9, passes=9)
    ghosts = people("S1", 3, start=100)
    house.log_step(steps["ROSTER"])
    late = house.addendum("S1", ghosts, steps["ATTEND"].at - HOUR)
    for entry in (late, steps["ATTEND"], steps["SUBMIT"], steps["SCORE"]):
        house.log_step(entry)
    house.issue("S1", people("S1", 6) + ghosts)
    report = house.audit()
    assert breach_codes(report) == set()
    assert codes(report) == {"addendum", "addenda_many"}
    assert "S1" in report.findings[0].say("zh") and "3" in report.findings[0].say("zh")


def test_ghosts_without_an_addendum_break_the_counting_law(house: House) -> None:
    house.run("S1", 6, attend=8, submit=8, score=8, passes=6)
    report = house.audit()
    assert breach_codes(report) == {"attended_over_roster"}
    assert report.breaches[0].sitting == "S1"


def test_padded_roster_counts_without_people(house: House) -> None:
    steps = house.chain("S1", 6)
    house.log_step(replace(steps["ROSTER"], count=60))
    for name in ("ATTEND", "SUBMIT", "SCORE"):
        house.log_step(steps[name])
    assert breach_codes(house.audit()) == {"roster_count"}


def test_same_person_padded_into_two_rosters(house: House) -> None:
    house.run("S1")
    steps = house.chain("S2")
    twin = people("S1", 1)[0]
    house.log_step(replace(steps["ROSTER"], nullifiers=(twin, *steps["ROSTER"].nullifiers[1:])))
    report = house.audit()
    assert breach_codes(report) == {"person_twice"}
    assert "S1" in report.breaches[0].say("zh") and "S2" in report.breaches[0].say("zh")


def test_late_roster_is_flagged_and_one_after_the_start_is_a_breach(house: House) -> None:
    steps = house.chain("S1")
    house.log_step(steps["ROSTER"], late=30 * HOUR)
    assert codes(house.audit()) >= {"roster_late"}
    steps = house.chain("S2")
    starts = steps["ROSTER"].starts_at
    house.log_step(replace(steps["ROSTER"], at=starts + 60))
    assert "roster_after_start" in breach_codes(house.audit())


def test_winners_picked_later_must_still_be_on_the_roster(house: House) -> None:
    house.run("S1", 6, passes=4)
    outsider = people("S9", 1)
    entries = house.issue("S1", outsider, batch=False)
    house.append(*entries)
    found = breach_codes(house.audit())
    assert found == {"not_on_roster", "certs_over_passes"}


# -- scores -------------------------------------------------------------------------------------------


def test_score_changed_after_the_sitting_is_a_second_entry(house: House) -> None:
    house.run("S1")
    score = house.chain("S1")["SCORE"]
    assert isinstance(score, Score)
    house.log_step(replace(score, passes=score.count, at=house.now + HOUR))
    report = house.audit()
    assert breach_codes(report) == {"step_twice"}
    assert report.sittings["S1"].passes == 4  # the late entry changes nothing


def test_score_before_the_papers_were_sealed(house: House) -> None:
    steps = house.chain("S1")
    for name in ("ROSTER", "ATTEND"):
        house.log_step(steps[name])
    house.log_step(replace(steps["SCORE"], at=house.now))
    assert "out_of_order" in breach_codes(house.audit())


def test_submit_and_score_under_one_head_prove_no_order(house: House) -> None:
    steps = house.chain("S1")
    house.log_step(steps["ROSTER"])
    house.log_step(steps["ATTEND"])
    house.now = steps["SCORE"].at
    house.append(replace(steps["SUBMIT"], at=house.now), steps["SCORE"])
    assert codes(house.audit()) == {"unseparated"}


def test_correction_needs_two_people_and_shows_old_and_new(house: House) -> None:
    house.run("S1")
    house.now += DAY
    fix = Correction(
        at=house.now,
        of=house.refs["S1 SCORE"],
        corrects=Step.SCORE,
        sitting="S1",
        count=5,
        passes=5,
        root=tree("S1", "S2", people("S1", 5)),
        reason="re-mark",
        approvers=approvers(),
    )
    with pytest.raises(BadInput):
        replace(fix, approvers=(approvers()[0], approvers()[0]))
    house.append(fix)
    report = house.audit()
    assert breach_codes(report) == set() and codes(report) == {"corrected"}
    assert report.sittings["S1"].passes == 5
    # written past our own code, one approver does not slip through either
    house.append(fix.encode().replace(b"approver-two-16b", b"approver-one-16b"))
    assert "one_approver" in breach_codes(house.audit())


# -- issuing ------------------------------------------------------------------------------------------


def test_certificate_without_the_chain_has_no_issue_entry(house: House) -> None:
    house.run("S1")
    house.append(Cert(digest("bought"), "S1", 0))
    report = house.audit()
    assert "uncovered" in breach_codes(report)
    assert report.breaches[0].sitting == "S1"


def test_more_certificates_than_passes(house: House) -> None:
    house.run("S1", 6, passes=4)
    house.issue("S1", people("S1", 6)[4:])
    report = house.audit()
    assert breach_codes(report) == {"certs_over_passes"}
    assert report.breaches[0].say("en").startswith("sitting S1: 6 certificates, only 4 passed")


def test_two_certificates_for_one_person_or_one_number(house: House) -> None:
    house.run("S1", 6, passes=4)
    first = people("S1", 1)
    house.now += HOUR
    issue = Issue(
        at=house.now,
        count=1,
        numbers=(tag(first[0]),),
        sitting="S1",
        score=house.refs["S1 SCORE"],
        nullifiers=tuple(first),
    )
    house.append(issue, Cert(digest("second claims"), "S1", 0))
    assert {"certified_twice", "number_twice"} <= breach_codes(house.audit())


def test_exception_path_is_limited_and_publicly_counted(house: House) -> None:
    house.now += HOUR
    grant = Exceptional(
        at=house.now,
        cause=Cause.CONTEST,
        place="44",
        count=1,
        root=digest("root"),
        reason="first prize",
        approvers=approvers(),
    )
    ref = reference(2026, house.append(grant).first)
    for n in range(2):
        house.now += HOUR
        house.append(Issue(at=house.now, count=1, numbers=(tag(n),), exception=ref), Cert(digest(n), "", 1))
    report = house.audit()
    assert breach_codes(report) == {"certs_over_exception"}
    assert report.exceptions == {"contest": 1}
    # a contest award is no cover for a "panel" certificate
    house.append(Issue(at=house.now, count=1, numbers=(tag(9),), exception=ref), Cert(digest(9), "", 2))
    assert "uncovered" in breach_codes(house.audit())


def _legacy(house: House, number: object, mark: int | None, *, cause: Cause = Cause.LEGACY) -> None:
    """One certificate of old stock, its permission and its ISSUE with a conflict mark."""
    house.now += HOUR
    grant = Exceptional(
        at=house.now, cause=cause, place="44", count=1, root=digest("root"), reason="old stock",
        approvers=approvers(),
    )  # fmt: skip
    ref = reference(2026, house.append(grant).first)
    house.now += HOUR
    issue = Issue(
        at=house.now,
        count=1,
        numbers=(tag(number),),
        exception=ref,
        conflicts=None if mark is None else (mark,),
    )
    house.append(issue, Cert(digest("old", house.now), "", 1 + list(Cause).index(cause)))


def test_two_old_certificates_on_one_number_are_a_flag_where_the_log_says_so(house: House) -> None:
    _legacy(house, 7, None)
    _legacy(house, 7, 1)
    report = house.audit()
    assert breach_codes(report) == set() and codes(report) == {"number_conflict"}
    place = report.findings[0].params
    assert place["other"] == "2026/2" and place["index"] == 5
    _legacy(house, 7, 2)
    assert breach_codes(house.audit()) == set() and len(house.audit().findings) == 2
    # two that claim the same place in the queue hide one another
    _legacy(house, 7, 2)
    assert breach_codes(house.audit()) == {"number_twice"}


@pytest.mark.parametrize(("cause", "mark"), [(Cause.LEGACY, None), (Cause.LEGACY, 0), (Cause.CONTEST, 1)])
def test_a_double_that_is_not_recorded_or_not_old_stock_stays_a_breach(
    house: House, cause: Cause, mark: int | None
) -> None:
    _legacy(house, 7, None)
    _legacy(house, 7, mark, cause=cause)
    assert breach_codes(house.audit()) == {"number_twice"}


def test_a_conflict_mark_is_no_cover_against_an_examined_certificate(house: House) -> None:
    house.run("S1")
    _legacy(house, people("S1", 1)[0], 1)
    assert breach_codes(house.audit()) == {"number_twice"}


def test_rewritten_ledger_needs_a_second_history_of_seals(house: House) -> None:
    def seal(number: int, after: int, before: bytes, head: bytes) -> Ledger:
        house.now += DAY
        return Ledger(
            at=house.now, number=number, after=after, until=after + 10, count=9, before=before, head=head
        )

    house.append(seal(1, 0, bytes(32), digest("one")))
    house.append(seal(2, 10, digest("one"), digest("two")))
    assert codes(house.audit()) == set()
    house.append(seal(2, 10, digest("one"), digest("another two")))
    house.append(seal(3, 20, digest("another two"), digest("three")))
    house.append(seal(4, 20, digest("two"), digest("four")))
    house.append(seal(1, 0, bytes(32), digest("another one")))
    report = house.audit()
    assert breach_codes(report) == {"ledger_forked"}
    assert [f.params["number"] for f in report.findings] == [2, 4, 1]


def test_annulled_sitting_stops_issuing_and_counts_what_is_left(house: House) -> None:
    house.run("S1", 6, passes=4)
    house.append(Annul(at=house.now, sitting="S1", reason="leaked paper", approvers=approvers()))
    for slot in (5, 6, 7):
        house.append(
            Status(
                at=house.now,
                year=2026,
                slot=slot,
                turn=Turn.REVOKE,
                reason="annulled",
                approvers=approvers(),
                sitting="S1",
            )
        )
    report = house.audit()
    assert codes(report) == {"annulled_not_revoked"}
    assert report.findings[0].params["left"] == 1
    house.issue("S1", people("S1", 5)[4:])
    assert "certified_after_annul" in breach_codes(house.audit())


# -- time ---------------------------------------------------------------------------------------------


def test_backdated_entry_contradicts_the_witnesses(house: House) -> None:
    house.run("S1")
    steps = house.chain("S2")
    house.now += 10 * DAY
    # ten days late, yet later than any head before it: no contradiction, only an exam that had begun
    house.append(steps["ROSTER"])
    house.now += 10 * DAY
    house.append(replace(house.chain("S3")["ROSTER"], at=house.now - 15 * DAY))
    report = house.audit()
    assert "backdated" in breach_codes(report)
    assert {f.sitting for f in report.breaches if f.code == "backdated"} == {"S3"}


def test_postdated_entry_is_later_than_its_own_witnesses(house: House) -> None:
    steps = house.chain("S1")
    house.append(replace(steps["ROSTER"], at=house.now + DAY))
    assert "postdated" in breach_codes(house.audit())


# -- keys ---------------------------------------------------------------------------------------------


def test_stolen_issuer_key_without_the_log_key(house: House) -> None:
    """The thief signs, but cannot log: the trust list ends the key at a log index."""
    house.run("S1")
    reader = TileReader(house.shard)
    size = house.audit().entries
    stolen = IssuerKey(
        id="00" * 8,
        issuer="测试机构",
        code="44010001",
        algorithm="ed25519",
        public=b"\0" * 32,
        period=Period(date(2026, 1, 1)),
        spans=(LogSpan(ORIGIN, 0, size),),
    )
    today = date(2026, 10, 1)
    assert stolen.valid(today, (ORIGIN, size - 1))
    assert not stolen.valid(today)  # signed by the thief, never logged
    assert not stolen.valid(today, (ORIGIN, size))  # smuggled in after the theft was noticed
    quorum = Quorum(2, tuple(w.witness_vkey for w in house.witnesses))
    genuine = reader.prove(size - 1)
    forged = TlogProof(genuine.index, genuine.hashes, genuine.checkpoint)
    with pytest.raises(Refused, match="inclusion_mismatch"):
        forged.verify(Cert(digest("thief"), "S1", 0).encode(), [house.log.vkey], quorum)


def test_thief_who_also_makes_a_log_of_his_own(house: House, tmp_path: Path) -> None:
    thief = key(ORIGIN + "x")
    mine = Cert(digest("thief"), "S1", 0).encode()
    with AppendDoor(tmp_path / "own", ORIGIN, thief.signer) as door:
        door.append("b", [mine])
    proof = TileReader(tmp_path / "own").prove(0)
    with pytest.raises(Refused, match="signature_missing"):
        proof.verify(mine, [house.log.vkey], Quorum())


def test_split_view_needs_the_witnesses_and_they_refuse(house: House, tmp_path: Path) -> None:
    """Log key stolen: another history of the same size, properly signed."""
    house.run("S1")
    other = tmp_path / "other" / "2026"
    shutil.copytree(house.shard, other)
    secret = Cert(digest("secret"), "S1", 0).encode()
    with AppendDoor(other, ORIGIN, house.log.signer) as door:
        at = door.append("only for you", [secret]).first
    house.run("S2")
    # 1. the witnesses stand at the public head and refuse the other one
    store = WitnessStore(tmp_path / "witness" / "w1.example", house.witnesses[0], {ORIGIN: [house.log.vkey]})
    with pytest.raises((WitnessRefusal, Refused)) as no:
        store.visit(TileReader(other), house.now)
    assert getattr(no.value, "status", 400) in (400, 409, 422)
    # 2. so the verifier of the secret certificate finds no quorum
    quorum = Quorum(2, tuple(w.witness_vkey for w in house.witnesses))
    with pytest.raises(Refused, match="quorum_missing"):
        TileReader(other).prove(at).verify(secret, [house.log.vkey], quorum)
    # 3. and a monitor that is handed the other head sees two histories
    report = house.audit(seen=[(other / "checkpoint").read_bytes()])
    assert "split_view" in breach_codes(report)
    assert "不同" in report.breaches[0].say("zh")


def test_same_size_with_another_root_is_refused_by_a_witness(house: House) -> None:
    house.run("S1")
    point = Checkpoint.parse((house.shard / "checkpoint").read_text().partition("\n\n")[0] + "\n")
    twin = sign_note(Checkpoint(ORIGIN, point.size, digest("twin")).text, ORIGIN, house.log.signer)
    store = WitnessStore(
        house.folder / "witness" / "w2.example", house.witnesses[1], {ORIGIN: [house.log.vkey]}
    )
    with pytest.raises(WitnessRefusal) as no:
        store.add(AddCheckpoint(point.size, (), bytes(twin)), house.now)
    assert no.value.status == 422 and no.value.error.code == "consistency_mismatch"


# -- the files ----------------------------------------------------------------------------------------


def test_bit_flip_is_found_by_check_audit_and_the_next_append(house: House) -> None:
    house.run("S1")
    path = next(p for p in (house.shard / "tile/entries").rglob("*") if p.name == str(house.audit().entries))
    raw = bytearray(path.read_bytes())
    raw[40] ^= 1
    path.write_bytes(raw)
    assert "rewritten" in breach_codes(house.audit()) or "entry_unreadable" in breach_codes(house.audit())
    (finding,) = TileReader(house.shard).integrity([house.log.vkey])
    assert finding.path.startswith("tile/entries/000")
    leaf = house.shard / "tile/0" / path.parent.name / path.name
    raw = bytearray(leaf.read_bytes())
    raw[0] ^= 1
    leaf.write_bytes(raw)
    with pytest.raises(BadInput, match="log_broken"):
        house.append(b"next")


def test_history_cut_off_is_seen_by_anyone_who_kept_a_head(house: House) -> None:
    house.run("S1")
    kept = (house.shard / "checkpoint").read_bytes()
    old = (house.shard / "heads" / "2").read_bytes()
    (house.shard / "checkpoint").write_bytes(old)
    report = house.audit(seen=[kept])
    assert "shrunk" in breach_codes(report)


def test_entry_rewritten_with_all_tiles_still_misses_the_signed_heads(house: House, tmp_path: Path) -> None:
    """The log operator rebuilds everything with the real key; an old head is enough to convict."""
    house.run("S1", 6, passes=4)
    kept = [(house.shard / "heads" / p.name).read_bytes() for p in (house.shard / "heads").iterdir()]
    rebuilt = House(tmp_path / "again", log=house.log, witnesses=[])
    rebuilt.run("S1", 6, passes=5)
    report = rebuilt.audit(quorum=0, seen=kept)
    assert "split_view" in breach_codes(report)


# -- status -------------------------------------------------------------------------------------------


def _status(slot: int, turn: Turn, at: int = 0) -> Status:
    return Status(at=at, year=2026, slot=slot, turn=turn, reason="fraud", approvers=approvers())


def test_suppressed_revocation_ages_to_amber() -> None:
    signer = key("status.example")
    years = [Exceptions.of(2026, 1000, {})]
    raw = seal_full(years, sequence=1, as_of=1000, expires=1000 + DAY, name=signer.name, signer=signer.signer)
    view = open_bundle(raw, [signer.vkey]).view()
    assert view.status(2026, 7) is State.VALID and view.fresh(1000 + DAY - 1)
    assert not view.fresh(1000 + DAY)  # the attacker can withhold, not renew


def test_suppressed_delta_cannot_be_skipped() -> None:
    signer = key("status.example")
    states: dict[int, State] = {}
    years = [Exceptions.of(2026, 1000, states)]
    kw = {"name": signer.name, "signer": signer.signer}
    full = open_bundle(seal_full(years, sequence=1, as_of=1, expires=9, **kw), [signer.vkey])
    one = [Exceptions.of(2026, 1000, {7: State.REVOKED})]
    two = [Exceptions.of(2026, 1000, {7: State.REVOKED, 9: State.REVOKED})]
    first = open_bundle(seal_delta(full, one, sequence=2, as_of=2, expires=10, **kw), [signer.vkey])
    after = apply_delta(full, first)
    second = open_bundle(seal_delta(after, two, sequence=3, as_of=3, expires=11, **kw), [signer.vkey])
    with pytest.raises(Refused, match="status_gap"):
        apply_delta(full, second)
    assert apply_delta(after, second).view().status(2026, 7) is State.REVOKED


def test_lost_revocation_shows_when_the_list_is_rebuilt(house: House) -> None:
    house.append(_status(7, Turn.REVOKE, house.now), _status(9, Turn.SUSPEND, house.now))
    report = house.audit()
    compare_statuses(report, {2026: {7: "revoked", 9: "suspended"}})
    assert not report.breaches
    compare_statuses(report, {2026: {9: "suspended"}})  # read-modify-write lost slot 7
    assert breach_codes(report) == {"status_differs"}
    assert report.breaches[0].params["slot"] == 7


def test_bit_that_clears_silently_is_illegal(house: House) -> None:
    house.append(_status(7, Turn.REVOKE, house.now))
    house.append(_status(7, Turn.REINSTATE, house.now))
    assert breach_codes(house.audit()) == {"status_illegal"}
    with pytest.raises(Conflict):
        fold([_status(7, Turn.REVOKE), _status(7, Turn.REINSTATE)], {2026: 100})


def test_mass_revocation_by_one_person_is_refused() -> None:
    with pytest.raises(BadInput, match="entry_malformed"):
        replace(_status(1, Turn.REVOKE), approvers=(approvers()[0],))


def test_status_bundle_signed_by_another_key() -> None:
    signer, thief = key("status.example"), key("thief.example")
    years = [Exceptions.of(2026, 10, {})]
    raw = seal_full(years, sequence=1, as_of=1, expires=9, name=thief.name, signer=thief.signer)
    with pytest.raises(Refused, match="signature_missing"):
        open_bundle(raw, [signer.vkey])
    raw = seal_full(years, sequence=1, as_of=1, expires=9, name=signer.name, signer=signer.signer)
    flipped = raw[:-1] + bytes([raw[-1] ^ 1])
    with pytest.raises(Refused, match="signature_bad"):
        open_bundle(flipped, [signer.vkey])


def test_mass_revocation_one_by_one_is_said(house: House) -> None:
    """Two persons can still act together: more withdrawals in a day than is usual are said aloud, once;
    those that an annulled sitting explains are not."""
    house.append(*[_status(n, Turn.REVOKE, house.now) for n in range(21)])
    house.append(*[replace(_status(n, Turn.REVOKE, house.now), sitting="S1") for n in range(100, 150)])
    report = house.audit()
    assert codes(report) == {"withdrawn_many"} and breach_codes(report) == set()
    assert report.findings[0].params["most"] == 20
    quiet = House(house.folder / "quiet")
    quiet.append(*[_status(n, Turn.SUSPEND, quiet.now) for n in range(20)])
    assert codes(quiet.audit()) == set()


def test_replayed_batch_is_answered_not_appended(house: House) -> None:
    """A batch sent twice is one batch; other entries under its name are refused."""
    mine = Cert(digest("claims"), "S1", 0).encode()
    with AppendDoor(house.shard, ORIGIN, house.log.signer) as door:
        first = door.append("CERTS/1", [mine])
        assert door.append("CERTS/1", [mine]) == first and door.head().size == 1
        with pytest.raises(Conflict, match="batch_conflict"):
            door.append("CERTS/1", [mine, mine])
    assert TileReader(house.shard).integrity([house.log.vkey]) == []


def test_replayed_certificate_entry_is_a_breach(house: House) -> None:
    """The same leaf under another batch name is seen by whoever reads the log."""
    house.run("S1")
    house.append(Cert(digest("claims", people("S1", 1)[0]), "S1", 0))
    assert breach_codes(house.audit()) >= {"digest_twice", "uncovered"}


def test_old_head_shown_to_a_witness_is_refused(house: House) -> None:
    """Rollback: a witness that has cosigned size n never cosigns a smaller head."""
    house.run("S1")
    old = (house.shard / "heads" / "2").read_bytes()
    store = WitnessStore(
        house.folder / "witness" / "w1.example", house.witnesses[0], {ORIGIN: [house.log.vkey]}
    )
    with pytest.raises(WitnessRefusal) as no:
        store.add(AddCheckpoint(2, (), old), house.now)
    assert no.value.status in (409, 422)


def test_hidden_sitting_has_no_certificates(house: House) -> None:
    """A sitting that logged nothing but its certificates: every one is without cover."""
    house.now += HOUR
    house.refs["S7 SCORE"] = "2026/999"
    house.issue("S7", people("S7", 2))
    assert breach_codes(house.audit()) >= {"out_of_order", "not_on_roster", "certs_over_passes"}

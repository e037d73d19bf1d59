"""Attacks on the people in the register, one test each, named after the attack: what can be learnt."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.commitments import Cert, PersonLeaf, number_tag, person_tree
from chizheng.certificates.core.register import bucket_digest, code_text
from chizheng.certificates.core.report import to_json
from chizheng.certificates.core.status import SlotPermutation, State
from chizheng.certificates.core.verification import (
    Entry,
    Medium,
    Question,
    Status,
    Verdict,
    examine_answer,
)
from chizheng.certificates.io.buckets import BucketPress, Holding, bucket_path, look_in
from chizheng.certificates.io.tilelog import TileReader
from chizheng.kernel.errors import BadInput
from tests.certificates.log_house import ORIGIN, House, key, people
from tests.certificates.made import LIMITS, NOW, claims, report, sealed, trust

NUMBERS = [f"26100120034{n:05d}" for n in range(1, 200)]


def _answer(number: str, name: str, *held: Entry) -> dict[str, object]:
    return to_json(examine_answer(Question(number, name), held, trust(), now=NOW, limits=LIMITS))


@pytest.mark.parametrize("name", ["", " ", "张", "甄某某", "%", "甄示例'--"])
def test_number_enumeration_gives_no_name(name: str) -> None:
    """Whoever walks through all numbers gets no field of anybody's certificate."""
    held = Entry(
        claims().number, ("甄示例",), Status.VALID, claims().basis, shown={"name": "甄示例", "level": 4}
    )
    answer = _answer(claims().number, name, held)
    assert answer["verdict"] == Verdict.NAME_MISMATCH and answer["certificate"] == {}
    assert "甄示例" not in json.dumps(answer, ensure_ascii=False)


def test_dictionary_of_numbers_against_the_log(tmp_path: Path) -> None:
    """All numbers of a year are few enough to try. Nothing in the public log is an unsalted digest of one."""
    house = House(tmp_path, witnesses=[])
    made = [claims(number=number, salt=sha256(number.encode()).digest()[:16]) for number in NUMBERS[:20]]
    house.append(*[claims_.leaf(c) for c in made], witness=False)
    public = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and ".state" not in p.parts)
    prefixes = (b"", b"chizheng/number/1\n", b"chizheng/number/v1\n", b"CERT")
    for number in NUMBERS:
        assert number.encode() not in public
        for prefix in prefixes:
            for guess in (prefix + number.encode(), prefix + cbor2.dumps(int(number))):
                assert sha256(guess).digest()[:16] not in public
    assert claims_.digest(made[0]) in public  # found by whoever holds the certificate, salt included


def test_dictionary_of_numbers_against_the_tags() -> None:
    """The tags that show a number given twice are keyed: equal under one key, unrelated under a guess."""
    assert number_tag(b"k" * 32, NUMBERS[0]) == number_tag(b"k" * 32, NUMBERS[0])
    guessed = {number_tag(guess, n) for guess in (b"", b"\0" * 32, b"chizheng") for n in NUMBERS}
    assert number_tag(b"k" * 32, NUMBERS[0]) not in guessed


def test_dictionary_of_people_against_the_roots() -> None:
    """With nullifier and facts guessed right, the 16 bytes of salt still stand between guess and leaf."""
    who = people("S1", 1)[0]
    leaf = PersonLeaf(b"salt of 16 bytes", who, {"theory": 780, "passed": True})
    root = person_tree([leaf]).root()
    for mark in range(600, 1001):
        guess = PersonLeaf(bytes(16), who, {"theory": mark, "passed": True})
        assert person_tree([guess]).root() != root


def test_erased_salt_leaves_nothing_to_compare() -> None:
    """The right to be forgotten: the leaf stays, and fits every other salt as little as this one."""
    leaves = {claims_.leaf(claims(salt=bytes([n]) * 16)) for n in range(64)}
    assert len(leaves) == 64 and len({len(leaf) for leaf in leaves}) == 1
    assert all(cbor2.loads(leaf)[0] == Cert.KIND for leaf in leaves)


def test_bulk_download_of_the_buckets(tmp_path: Path) -> None:
    """Somebody holds every bucket and guesses number and name right: without the printed code the answer
    is the same as for a person who does not exist."""
    signer, epoch = key("buckets.example"), b"e" * 16
    number, name, code = NUMBERS[0], "甄示例", "7K3M9PQ2"
    holding = Holding(bucket_digest(epoch, number, name, code), State.REVOKED, 4, 0)
    press = BucketPress(tmp_path, epoch=epoch, bits=16, capacity=4, signer=signer.signer, filler=b"f" * 32)

    def ask(number: str, name: str, code: str) -> object:
        prefix = int.from_bytes(bucket_digest(epoch, number, name, code)[:2], "big")
        raw = press.render(prefix, [holding] if holding.prefix(16) == prefix else [], 1)
        return look_in(raw, [signer.vkey], epoch=epoch, number=number, name=name, code=code)

    found = ask(number, name, code)
    assert found is not None and found.state is State.REVOKED  # type: ignore[attr-defined]
    guesses = [code_text(n * 7919) for n in range(400)]
    assert code not in guesses
    assert {ask(number, name, guess) for guess in guesses} == {None}
    assert ask("2610012003499999", "无此人", guesses[0]) is None


def test_bucket_sizes_tell_nothing(tmp_path: Path) -> None:
    signer = key("buckets.example")
    press = BucketPress(
        tmp_path, epoch=b"e" * 16, bits=16, capacity=6, signer=signer.signer, filler=b"f" * 32
    )
    full = [Holding(bytes([0, 1, n]) + bytes(13), State.VALID, 4, 0) for n in range(6)]
    assert len({len(press.render(1, full[:n], 1)) for n in range(7)}) == 1
    assert bucket_path(0xABCD) == "ab/abcd"


def test_reading_order_of_issue_from_status_slots() -> None:
    """Neighbours in the list are no neighbours at the desk: slots are a keyed permutation of the serials."""
    permutation = SlotPermutation(b"k" * 32, 1 << 26)
    slots = np.array([permutation.slot(n) for n in range(2000)])
    assert len(set(slots.tolist())) == 2000
    ranks = slots.argsort().argsort()
    assert abs(np.corrcoef(ranks, np.arange(2000))[0, 1]) < 0.1
    assert np.abs(np.diff(slots)).min() > 0 and np.median(np.abs(np.diff(slots))) > 1 << 22
    other = SlotPermutation(b"q" * 32, 1 << 26)
    assert [other.slot(n) for n in range(3)] != slots[:3].tolist()


def test_forged_certificate_shows_nobodys_fields() -> None:
    """A forger learns nothing from the answer: no field is shown of what is not genuine."""
    text = sealed(Medium.QR)
    broken = text[:-1] + ("A" if text[-1] != "A" else "B")
    found = report(broken)
    assert found.shown == {} and found.claims is None and found.verdict is Verdict.FORGED


@given(st.text(max_size=24), st.text(max_size=24))
def test_questions_never_crash_nor_leak(number: str, name: str) -> None:
    held = Entry(claims().number, ("甄示例",), Status.VALID, claims().basis, shown={"name": "甄示例"})
    try:
        answer = _answer(number, name, held)
    except BadInput:
        return
    if name.strip() != "甄示例":
        assert answer["certificate"] == {}


def test_log_files_hold_no_name(tmp_path: Path) -> None:
    house = House(tmp_path, witnesses=[])
    house.append(claims_.leaf(claims()), witness=False)
    entry = TileReader(tmp_path / "2026").entry(0, 1)
    assert claims().name.encode() not in entry and claims().number.encode() not in entry
    assert ORIGIN.encode() in (tmp_path / "2026" / "checkpoint").read_bytes()

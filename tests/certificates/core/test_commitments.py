"""Entries: one spelling, no personal data, the auditor reads what the writer wrote, evidence holds."""

from __future__ import annotations

import ast
import contextlib
import inspect
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import (
    audit,
    audit_bytes,
    audit_entries,
    audit_forms,
    audit_report,
    commitments,
)
from chizheng.certificates.core.audit_forms import FORMS, read_entry
from chizheng.certificates.core.commitments import (
    KINDS,
    Addendum,
    Annul,
    Attend,
    Cause,
    Cert,
    Correction,
    Exceptional,
    Issue,
    PersonLeaf,
    Roster,
    Score,
    Status,
    Step,
    Submit,
    Turn,
    check_evidence,
    decode,
    link,
    nullifier,
    person_tree,
)
from chizheng.certificates.core.merkle import Tree, leaf_hash
from chizheng.certificates.core.tiles import ENTRY_LIMIT
from chizheng.kernel.errors import BadInput, Refused
from tests.certificates.log_house import SECRET, approvers, digest, people

number = st.integers(0, 2**40)
word = st.text(max_size=12)
root = st.binary(min_size=32, max_size=32)
two = st.just(approvers())
marks = st.lists(st.binary(min_size=16, max_size=16), max_size=4).map(tuple)
entries = st.one_of(
    st.builds(
        Roster,
        at=number,
        sitting=word,
        place=word,
        occupation=word,
        level=st.integers(1, 5),
        window=word,
        starts_at=number,
        count=number,
        root=root,
        nullifiers=marks,
    ),
    st.builds(Addendum, at=number, sitting=word, count=number, root=root, nullifiers=marks, reason=word),
    st.builds(Attend, at=number, sitting=word, count=number, root=root),
    st.builds(Submit, at=number, sitting=word, count=number, root=root),
    st.builds(Score, at=number, sitting=word, count=number, passes=number, root=root),
    st.builds(lambda m: Issue(at=1, count=len(m), numbers=m, exception="2026/3"), marks),
    st.builds(
        lambda m: Issue(at=1, count=len(m), numbers=m, sitting="S", score="2026/3", nullifiers=m), marks
    ),
    st.builds(Cert, digest=root, sitting=word, basis=st.integers(0, 4), version=st.integers(1, 9)),
    st.builds(
        Status,
        at=number,
        year=number,
        slot=number,
        turn=st.sampled_from(Turn),
        reason=word,
        approvers=two,
        sitting=st.one_of(st.none(), word),
    ),
    st.builds(
        Correction,
        at=number,
        of=word,
        corrects=st.just(Step.SCORE),
        sitting=word,
        count=number,
        root=root,
        reason=word,
        approvers=two,
        passes=number,
    ),
    st.builds(
        Exceptional,
        at=number,
        cause=st.sampled_from(Cause),
        place=word,
        count=number,
        root=root,
        reason=word,
        approvers=two,
    ),
    st.builds(Annul, at=number, sitting=word, reason=word, approvers=two),
)


@given(entries)
def test_two_readers_agree(entry: commitments.Entry) -> None:
    """The house reads back what it wrote, and the auditor's own CBOR reads the same members."""
    raw = entry.encode()
    assert decode(raw) == entry
    theirs = read_entry(raw)
    assert theirs == cbor2.loads(raw)


def test_every_kind_is_known_to_the_auditor() -> None:
    assert set(FORMS) == set(KINDS)


@given(st.binary(max_size=80))
def test_any_bytes_are_an_entry_or_refused(raw: bytes) -> None:
    try:
        decode(raw)
    except BadInput as fault:
        assert fault.code == "entry_malformed"
    with contextlib.suppress(ValueError):
        read_entry(raw)


@given(
    st.recursive(
        st.one_of(st.integers(-(2**63), 2**64 - 1), st.binary(), st.text(), st.booleans()),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
        max_leaves=6,
    )
)
def test_auditors_cbor_against_cbor2(value: object) -> None:
    try:
        assert audit_bytes.read_cbor(cbor2.dumps(value, canonical=True)) == value
    except ValueError as fault:
        assert "deep" in str(fault)


@pytest.mark.parametrize(
    "raw",
    [
        "1800",
        "190018",
        "5f4101ff",
        "a2616201616101",
        "a2616101616101",
        "f6",
        "c100",
        "fb3ff0000000000000",
        "9bffffffffffffffff",
        "61ff",
        "a10101",
        "0000",
        "818181818181",
        "",
    ],
)
def test_other_spellings_are_refused(raw: str) -> None:
    with pytest.raises(ValueError):
        audit_bytes.read_cbor(bytes.fromhex(raw))


def test_second_spelling_of_an_entry_is_refused() -> None:
    entry = Attend(at=1, sitting="S", count=2, root=b"r" * 32)
    loose = cbor2.dumps(dict(reversed(cbor2.loads(entry.encode()).items())))
    assert cbor2.loads(loose) == cbor2.loads(entry.encode())
    with pytest.raises(BadInput):
        decode(loose)


def test_largest_roster_fits_an_entry() -> None:
    marks = tuple(n.to_bytes(16, "big") for n in range(commitments.NULLIFIER_LIMIT))
    roster = Roster(
        at=1,
        sitting="S" * 40,
        place="440103",
        occupation="焊" * 20,
        level=4,
        window="2026",
        starts_at=2,
        count=len(marks),
        root=b"r" * 32,
        nullifiers=marks,
    )
    assert len(roster.encode()) <= ENTRY_LIMIT


def test_nullifier_links_one_person_and_nothing_else() -> None:
    one = nullifier(SECRET, "110101199003070000", "焊工", 4, "2026")
    assert one == nullifier(SECRET, "110101199003070000", "焊工", 4, "2026") and len(one) == 16
    others = [
        ("110101199003070001", "焊工", 4, "2026"),
        ("110101199003070000", "电工", 4, "2026"),
        ("110101199003070000", "焊工", 3, "2026"),
        ("110101199003070000", "焊工", 4, "2027"),
    ]
    assert len({one, *(nullifier(SECRET, *o) for o in others)}) == 5
    assert one != nullifier(b"another key", "110101199003070000", "焊工", 4, "2026")


def _sitting() -> tuple[
    list[PersonLeaf], list[commitments.Roster | commitments.Attend | commitments.Submit | commitments.Score]
]:
    leaves = [PersonLeaf(digest(n)[:16], n, {"passed": i != 3}) for i, n in enumerate(people("S", 9))]
    top = person_tree(leaves).root()
    return leaves, [
        Roster(
            at=1,
            sitting="S",
            place="44",
            occupation="焊工",
            level=4,
            window="2026",
            starts_at=5,
            count=9,
            root=top,
            nullifiers=tuple(people("S", 9)),
        ),
        Attend(at=5, sitting="S", count=9, root=top),
        Submit(at=6, sitting="S", count=9, root=top),
        Score(at=7, sitting="S", count=9, passes=8, root=top),
    ]


def test_evidence_of_one_person_through_the_chain() -> None:
    leaves, steps = _sitting()
    who = people("S", 9)
    assert check_evidence([link(e, leaves, who[2]) for e in steps]) == who[2]
    with pytest.raises(Refused) as no:  # did not pass
        check_evidence([link(e, leaves, who[3]) for e in steps])
    assert no.value.params["step"] == "SCORE"
    good = [link(e, leaves, who[2]) for e in steps]
    wrong = [
        good[:3],
        [good[0], good[2], good[1], good[3]],
        [*good[:3], link(steps[3], leaves, who[4])],
        [*good[:3], replace(good[3], entry=replace(steps[3], sitting="T"))],
        [*good[:3], replace(good[3], entry=replace(steps[3], at=2))],
        [*good[:3], replace(good[3], leaf=replace(good[3].leaf, facts={"passed": True, "extra": 1}))],
    ]
    for links in wrong:
        with pytest.raises(Refused):
            check_evidence(links)
    with pytest.raises(Refused):
        link(steps[0], leaves, people("T", 1)[0])


@given(st.lists(st.binary(max_size=6), max_size=600))
def test_auditors_roots_are_those_of_the_writer(raw: list[bytes]) -> None:
    walk = audit_bytes.RootWalk()
    for n, entry in enumerate(raw):
        walk.feed(entry)
        if n % 97 == 0 or n == len(raw) - 1:
            assert walk.root() == Tree([leaf_hash(e) for e in raw]).root(n + 1)
    assert audit_bytes.RootWalk().root() == Tree([]).root()
    assert audit_bytes.bundle_name(1234067, 256) == "tile/entries/x001/x234/067"
    assert audit_bytes.bundle_name(5, 3) == "tile/entries/005.p/3"


@given(st.binary(max_size=120))
def test_auditors_notes_read_any_bytes(raw: bytes) -> None:
    for read in (lambda: audit_bytes.read_head(raw, []), lambda: audit_bytes.read_bundle(raw)):
        with contextlib.suppress(ValueError):
            read()


def test_auditor_shares_no_code_with_the_writer() -> None:
    allowed = {"audit_bytes", "audit_entries", "audit_forms", "audit_report", "audit_wording"}
    for module in (audit, audit_bytes, audit_entries, audit_forms, audit_report):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chizheng.certificates"):
                assert node.module.rsplit(".", 1)[1] in allowed, node.module  # type: ignore[union-attr]


@given(st.integers(0, 5000), st.integers(1, 1000))
def test_leaves_stand_where_place_in_log_says(count: int, first: int) -> None:
    """Entries of a batch: each ISSUE before the certificates it accounts for."""
    entries: list[int | None] = []
    for part in commitments.parts_of_issue(count):
        entries += [None, *part]
        assert len(part) <= commitments.ISSUE_LIMIT
    for order in (n for n in (0, count // 2, count - 1) if 0 <= n < count):
        assert entries[commitments.place_in_log(first, order) - first + 1] == order


def test_one_issue_of_full_size_fits_an_entry() -> None:
    marks = tuple(digest(n)[:16] for n in range(commitments.ISSUE_LIMIT))
    issue = Issue(
        at=2**33, count=len(marks), numbers=marks, sitting="x" * 40, score="2026/4294967295", nullifiers=marks
    )
    assert len(issue.encode()) < ENTRY_LIMIT
    with pytest.raises(BadInput, match="entry_malformed"):
        Issue(at=1, count=len(marks) + 1, numbers=(*marks, marks[0]), exception="2026/1")

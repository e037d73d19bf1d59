"""A roll says what its drafts say one by one: the same bytes, and the same findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import words
from chizheng.certificates.core.claims import DocumentKind, Rating, Sex
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.keys import Ed25519Signer
from chizheng.certificates.core.lint import AllRefused, LintedAll, findings, lint, lint_all
from chizheng.certificates.core.numbers import MAX_SERIAL
from chizheng.certificates.core.promise import promise
from chizheng.certificates.core.roll import Roll
from chizheng.certificates.core.signing import seal, seal_all
from tests.certificates.made import PROFILE, claims, context

LOG = Ed25519Signer(b"l" * 32)
ISSUER = Ed25519Signer(b"i" * 32)


def roll(count: int = 3, **columns: object) -> Roll:
    """`count` good passes; a column may be given, or a field of `common` through `common=`."""
    common = replace(claims(), **columns.pop("common", {}))
    return Roll(**{
        "common": common, "issuer": PROFILE, "texts": ("样例鉴定所",), "prefix": claims().number[:11],
        "serials": range(17, 17 + count), "names": ["甄示例", "阿依·样例", "贾范文"][:count],
        "documents": [DocumentKind.RESIDENT_ID] * count, "tails": ["123X", "", "0001"][:count],
        "sexes": [Sex.MALE, Sex.UNKNOWN, Sex.FEMALE][:count], "births": [date(1990, 1, 2), None, date(1960, 5, 6)][:count],
        "theory": [600, 755, 1000][:count], "practice": [999, 600, 601][:count], "comprehensive": [None] * count,
        "ratings": [Rating.PASS, Rating.UNRATED, Rating.EXCELLENT][:count], "statuses": [5, 70_000, 2**33][:count],
        "salts": [bytes([n]) * 16 for n in range(count)], **columns,
    })  # fmt: skip


@st.composite
def rolls(draw: st.DrawFn) -> Roll:
    """Rolls of any values that a record can have, good or bad."""
    count = draw(st.integers(1, 4))
    mark = st.none() | st.integers(-1, 1002)
    many = {
        "names": st.text(max_size=6) | st.sampled_from(["甄示例", "阿依·样例", "王 五", "甄" * 121, "O'Neil"]),
        "documents": st.sampled_from(DocumentKind), "tails": st.text("0123456789X", max_size=5), "sexes": st.sampled_from(Sex),
        "births": st.none() | st.dates(date(1900, 1, 1), date(2027, 1, 1)), "theory": mark, "practice": mark,
        "comprehensive": mark, "ratings": st.sampled_from(Rating),
        "statuses": st.integers(-1, 300) | st.integers(2**16 - 2, 2**41), "salts": st.binary(min_size=15, max_size=33),
    }  # fmt: skip
    good = roll(1)
    columns = {
        name: draw(
            st.lists(values, min_size=count, max_size=count) | st.just(list(getattr(good, name)) * count)
        )
        for name, values in many.items()
    }
    common = draw(st.fixed_dictionaries({}, optional={
        "occupation_code": st.sampled_from(["", "6-18-02-04", "X1"]), "level": st.integers(1, 5),
        "institution": st.sampled_from(["10012003", "10012004", ""]), "sitting": st.sampled_from(["", "s1"]),
        "issued": st.dates(date(2025, 12, 1), date(2027, 2, 1)), "authority": st.sampled_from(["10", "44"]),
        "version": st.integers(1, 2), "basis": st.sampled_from(claims_.Basis),
    }))  # fmt: skip
    start = draw(st.integers(1, 99_999) | st.just(1))
    return roll(count, common=common, serials=range(start, start + count), **columns)


@given(rolls())
def test_what_a_roll_clears_has_no_finding_one_by_one(drawn: Roll) -> None:
    surroundings = context(taken=lambda number, version: number.endswith("7") or version < 2)
    single = {n: found for n, draft in enumerate(drawn) if (found := findings(draft, surroundings))}
    if single:
        with pytest.raises(AllRefused) as refused:
            lint_all(drawn, surroundings)
        assert refused.value.findings == single
    else:
        passed = lint_all(drawn, surroundings)
        assert list(passed.records) == [claims_.encode(draft.claims) for draft in drawn]
        assert list(passed.leaves) == [claims_.leaf(draft.claims) for draft in drawn]


@given(rolls())
def test_records_in_range_have_the_bytes_of_the_general_encoder(drawn: Roll) -> None:
    if drawn.serials[-1] > MAX_SERIAL:
        with pytest.raises(ValueError, match="five digits"):
            _ = drawn.records
        return
    if any(claims_.faults(draft.claims) for draft in drawn):
        return
    assert drawn.records == [claims_.encode(draft.claims) for draft in drawn]
    for record, draft in zip(drawn.records, drawn, strict=True):
        assert claims_.decode(record) == draft.claims


def test_a_serial_past_five_digits_never_becomes_a_number_of_the_next_level() -> None:
    over = roll(2, serials=range(99_999, 100_001))
    with pytest.raises(ValueError, match="five digits"):
        _ = over.records
    with pytest.raises(AllRefused) as refused:
        lint_all(over, context())
    assert list(refused.value.findings) == [1]


def test_a_good_roll_is_cleared_by_every_rule_without_a_look_at_each() -> None:
    from chizheng.certificates.core.rules import RULES

    assert all(rule.clears(roll(), context()) for rule in RULES)


def test_one_bad_row_is_named_and_the_others_are_not() -> None:
    with pytest.raises(AllRefused) as refused:
        lint_all(roll(theory=[600, 599, 700]), context())
    assert {n: [f.rule for f in found] for n, found in refused.value.findings.items()} == {1: ["scores_pass"]}


def test_words_bind_to_what_signing_one_by_one_gives() -> None:
    good = roll()
    passed = lint_all(good, context())
    told = seal_all(passed, ISSUER, log=LOG, log_id=b"shrd", places=[7, 8, 9], time=1_700_000_000)
    assert len(told) == 3 * words.WORD_BYTES
    for n, draft in enumerate(good):
        word = told[n * words.WORD_BYTES :][: words.WORD_BYTES]
        leaf = claims_.leaf(draft.claims)
        single = promise(leaf, log_id=b"shrd", index=7 + n, time=1_700_000_000, signer=LOG)
        assert words.promise_in(word) == single
        whole = words.bound(passed.records[n], word, ISSUER.algorithm, ISSUER.key_id)
        assert whole == seal(lint(draft, context()), ISSUER, single)
        assert cose.parse(whole).promise == single


def test_nothing_else_is_signed_by_the_batch() -> None:
    with pytest.raises(TypeError, match="lint"):
        seal_all([b"record"], ISSUER, log=LOG, log_id=b"shrd", places=[1], time=1)
    with pytest.raises(TypeError, match="lint"):
        LintedAll([b"record"], [b""], object())
    with pytest.raises(AttributeError):
        lint_all(roll(), context()).records = ()


def test_an_empty_roll_gives_nothing() -> None:
    assert len(lint_all(roll(0, serials=range(1, 1)), context())) == 0

"""Letters, held-out employers, and what the letters did."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.inspection.core import campaign
from chizheng.inspection.core.campaign import Arm, Change
from chizheng.inspection.core.intervals import difference, ratio, share
from chizheng.inspection.core.lottery import lowest, numbers

sets = st.frozensets(st.integers(0, 6), max_size=5)


def test_allocation_is_repeatable_and_near_its_share():
    employers = list(range(20_000))
    arms = campaign.allocate(employers, seed="2026-03-02/083417", held_out=0.2)
    assert arms == campaign.allocate(employers, seed="2026-03-02/083417", held_out=0.2)
    assert arms != campaign.allocate(employers, seed="2026-03-03/083417", held_out=0.2)
    held = sum(a is Arm.HELD_OUT for a in arms.values()) / len(arms)
    assert abs(held - 0.2) < 4 * (0.2 * 0.8 / 20_000) ** 0.5


def test_allocation_does_not_hang_on_the_others():
    arms = campaign.allocate(range(100), seed="s", held_out=0.3)
    assert campaign.allocate([7], seed="s", held_out=0.3)[7] is arms[7]


@pytest.mark.parametrize("share_held", [0, 1, -0.1])
def test_a_campaign_without_a_control_is_refused(share_held):
    with pytest.raises(ValueError, match="between 0 and 1"):
        campaign.allocate([1], seed="s", held_out=share_held)


@given(sets, sets)
def test_change(before, after):
    got = campaign.change(before, after)
    left = [f for f in before if f in after]
    assert (got is Change.CORRECTED) == (not left)
    assert (got is Change.UNCHANGED) == (bool(left) and len(left) == len(before))


def test_letters_go_only_to_matched_employers_of_the_letter_arm():
    arms = {1: Arm.LETTER, 2: Arm.HELD_OUT, 3: Arm.LETTER}
    matched = {1: frozenset({12, 11}), 2: frozenset({21}), 3: frozenset()}
    [letter] = campaign.letters(arms, matched, {11: ["条"], 12: ["条"]}, answer_by=date(2026, 4, 1))
    assert (letter.employer, letter.filings, letter.citations) == (1, (11, 12), ("条",))
    assert letter.remedies == tuple(campaign.Remedy)


def test_conversion_measures_the_letter_and_not_the_season():
    """True effect 0.5: 20 % correct anyway, 70 % after a letter; the interval holds it."""
    rng = random.Random(4)
    arms = campaign.allocate(range(4000), seed="x", held_out=0.25)
    before = {e: frozenset(range(e * 3, e * 3 + 3)) for e in arms}
    after = {
        e: frozenset() if rng.random() < (0.7 if a is Arm.LETTER else 0.2) else before[e]
        for e, a in arms.items()
    }
    result = campaign.conversion(arms, before, after)
    assert result.effect.low < 0.5 < result.effect.high
    assert result.effect.high - result.effect.low < 0.1
    assert sum(result.employers) == 4000
    visits = campaign.to_visit(arms, before, after)
    assert visits
    assert all(arms[e] is Arm.LETTER and after[e] == before[e] for e in visits)


def test_who_did_part_is_not_visited_yet():
    arms = {1: Arm.LETTER}
    assert campaign.to_visit(arms, {1: frozenset({1, 2})}, {1: frozenset({2, 9})}) == []


def test_newcombe_golden():
    """Newcombe 1998, table II, example (a): 56/70 minus 48/80, method 10: 0.0524 to 0.3339."""
    got = difference(56, 70, 48, 80)
    assert (round(got.point, 4), round(got.low, 4), round(got.high, 4)) == (0.2, 0.0524, 0.3339)


def test_wilson_golden():
    """Newcombe 1998 (single proportion), 81/263, score method without correction: 0.2553 to 0.3662."""
    got = share(81, 263)
    assert (round(got.low, 4), round(got.high, 4)) == (0.2553, 0.3662)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_intervals_hold_their_point(a, n, b, m):
    a, b = min(a, n), min(b, m)
    for interval in (share(a, n), difference(a, n, b, m)):
        assert interval.low <= interval.point + 1e-12
        assert interval.point <= interval.high + 1e-12
    assert 0 < ratio(a, n, b, m).low < ratio(a, n, b, m).high


def test_draws_are_uniform_and_seeded():
    ids = np.arange(100_000, dtype=np.int64) * 7 - 5
    drawn = numbers("seed", ids)
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert ((counts - 5000) ** 2 / 5000).sum() < 50  # chi-square, 19 degrees: p about 1e-4
    assert abs(np.corrcoef(drawn, numbers("other", ids))[0, 1]) < 0.02
    assert len(np.unique(drawn)) == len(ids)


def test_lowest_is_a_sample_of_the_asked_size():
    ids = np.array([5, 3, 9], dtype=np.int64)
    assert sorted(lowest("s", ids, 5)) == [0, 1, 2]
    assert list(lowest("s", ids, 0)) == []
    order = np.argsort(numbers("s", ids))
    assert list(lowest("s", ids, 2)) == list(order[:2])

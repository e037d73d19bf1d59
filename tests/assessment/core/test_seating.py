"""Neighbours of one unit are as rare as the numbers allow."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chizheng.assessment.core.seating import rooms, spread


@given(st.lists(st.sampled_from(["", "甲厂", "乙厂", "丙厂", "丁厂"]), max_size=80))
def test_everybody_sits_once_and_apart(units: list[str]) -> None:
    order = spread(units)
    assert sorted(order) == list(range(len(units)))
    most = Counter(u for u in units if u).most_common(1)
    unavoidable = max(0, 2 * most[0][1] - len(units) - 1) if most else 0
    seated = [units[i] for i in order]
    side_by_side = sum(a == b != "" for a, b in pairwise(seated))
    assert side_by_side == unavoidable


@given(st.integers(0, 1000), st.sampled_from([24, 30]))
def test_rooms_hold_everybody(count: int, size: int) -> None:
    sizes = rooms(count, size)
    assert sum(sizes) == count
    assert all(0 < s <= size for s in sizes)
    assert len(sizes) == -(-count // size)
    assert count <= 1 or 1 not in sizes

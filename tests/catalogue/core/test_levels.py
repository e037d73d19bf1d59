from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.catalogue.core.levels import parse_levels

LADDERS = st.tuples(st.integers(1, 5), st.integers(1, 5)).map(
    lambda ends: list(range(max(ends), min(ends) - 1, -1))
)
NAMES = {5: "五级/初级工", 4: "四级/中级工", 3: "三级/高级工", 2: "二级/技师", 1: "一级/高级技师"}


@given(ladder=LADDERS, separator=st.sampled_from(["", "-", ",", "、", " ", "/"]))
def test_every_way_of_writing_a_ladder(ladder: list[int], separator: str) -> None:
    want = frozenset(ladder)
    assert parse_levels(separator.join(map(str, ladder))) == want
    assert parse_levels("、".join(NAMES[n] for n in ladder)) == want
    assert parse_levels("，".join(NAMES[n].split("/")[1] for n in ladder)) == want
    assert parse_levels("".join(chr(0xFF10 + n) for n in ladder)) == want
    assert parse_levels(f"{ladder[0]}~{ladder[-1]}") == want


@pytest.mark.parametrize("text", ["", " ", "-", "无"])
def test_no_levels(text: str) -> None:
    assert parse_levels(text) == frozenset()


@pytest.mark.parametrize(
    "text", ["431", "5421", "53", "6", "0", "55", "abc", "五级 or so", "初级、高级", "、"]
)
def test_gaps_repetitions_and_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_levels(text)

"""The shipped tables: complete, consistent, and open to dated decisions."""

from __future__ import annotations

from datetime import date

import pytest

from chizheng.access.core.ads.lexicon import Kind, Word
from chizheng.access.core.ads.posts import find_mentions
from chizheng.access.io.alias_table import cues, lexicon, lexicon_with, words
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Act

ORDER_6 = sorted(
    {
        g.occupation
        for g in law().gates_on(on=date(2010, 1, 1), act=Act.POST)
        if g.citation.instrument == "order-6-2000"
    }
)


def posts(title: str, *, table: object = None) -> set[str]:
    [scan] = (table or lexicon()).scan([(title, "")])  # type: ignore[attr-defined]
    return {m.occupation for m in find_mentions(scan, cues()) if m.role == "post"}


def test_order_6_lists_ninety() -> None:
    assert len(ORDER_6) == 90


@pytest.mark.parametrize("occupation", ORDER_6)
def test_an_ad_under_the_official_name_is_read_as_that_occupation(occupation: str) -> None:
    assert posts(f"招聘{occupation}2名") == {occupation}


@pytest.mark.parametrize("occupation", ORDER_6)
def test_every_occupation_has_colloquial_names(occupation: str) -> None:
    names = [w.text for w in words() if w.kind is Kind.NAME and occupation in w.readings]
    assert len(names) >= 3 or occupation in {"推销员", "公关员"}, names


def test_no_name_is_blocked_by_the_same_word() -> None:
    blocks = {w.text for w in words() if w.kind is Kind.BLOCK}
    names = {w.text for w in words() if w.kind in (Kind.NAME, Kind.CERTIFICATE)}
    assert not blocks & names


def test_every_reading_is_one_occupation_or_a_family_the_cues_know() -> None:
    families = {w.readings for w in words() if len(w.readings) > 1}
    for family in families:
        assert sum(r in cues().hints for r in family) >= len(family) - 1 or family == ("美容师", "美发师"), (
            family
        )


def test_a_decision_counts_from_its_day() -> None:
    decision = Word("烫金师傅", Kind.NAME, ("涂装工",), period=Period(date(2026, 3, 1)))
    before, after = lexicon_with([decision], date(2026, 2, 28)), lexicon_with([decision], date(2026, 3, 1))
    assert posts("诚聘烫金师傅", table=before) == set()
    assert posts("诚聘烫金师傅", table=after) == {"涂装工"}


def test_a_decision_may_block_a_name() -> None:
    decision = Word("翻砂工", Kind.BLOCK, period=Period(date(2026, 3, 1), date(2026, 4, 1)))
    assert posts("翻砂工", table=lexicon_with([decision], date(2026, 3, 1))) == set()
    assert posts("翻砂工", table=lexicon_with([decision], date(2026, 4, 1))) == {"铸造工"}


def test_a_word_of_one_character_is_refused() -> None:
    with pytest.raises(ValueError, match="two characters"):
        lexicon_with([Word("焊", Kind.NAME, ("焊工",))], date(2026, 1, 1))

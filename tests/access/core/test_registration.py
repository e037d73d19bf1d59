"""A business is as qualified as its owner or its manager; the worst occupation decides."""

from __future__ import annotations

from datetime import date
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from chizheng.access.core.editions import digest, plain, row_of
from chizheng.access.core.gate import HeldCertificate, decide
from chizheng.access.core.registration import WORST_FIRST, judge, occupations_in
from chizheng.access.io.scopes import scope_words
from chizheng.law.io.shelf import law
from chizheng.law.types import Act

DAY = date(2005, 6, 1)


def _ask(occupation, held):
    return decide(law(), act=Act.REGISTER, occupation=occupation, on=DAY, place="32", held=held)


WELDER, BARBER = HeldCertificate("焊工", 4, date(2001, 1, 1)), HeldCertificate("美发师", 5, date(2001, 1, 1))


def test_owner_or_manager_is_enough() -> None:
    assert judge(["焊工"], [[], [WELDER]], _ask).verdict == "clear"
    assert judge(["焊工"], [[], [WELDER]], _ask).covered[0].by == 1
    assert judge(["焊工"], [[BARBER]], _ask).verdict == "missing"


def test_the_worst_occupation_decides() -> None:
    result = judge(["焊工", "美发师"], [[WELDER]], _ask)
    assert result.verdict == "missing"
    assert [c.decision.verdict for c in result.covered] == ["clear", "missing"]
    assert judge(["焊工", "美发师"], [[WELDER], [BARBER]], _ask).verdict == "clear"
    assert judge([], [[]], _ask).verdict == "clear"


def test_after_the_cut_over_it_is_advice_and_never_a_bar() -> None:
    ask = partial(_ask_on, date(2012, 3, 1))
    assert judge(["焊工"], [[]], ask).verdict == "advice"


def _ask_on(on, occupation, held):
    return decide(law(), act=Act.REGISTER, occupation=occupation, on=on, place="32", held=held)


@given(st.lists(st.sampled_from([WELDER, BARBER]), max_size=3), st.sampled_from(["焊工", "美发师", "保育员"]))
def test_one_more_person_never_makes_it_worse(held, occupation) -> None:
    alone = judge([occupation], [[]], _ask).verdict
    more = judge([occupation], [[], held], _ask).verdict
    assert WORST_FIRST.index(more) >= WORST_FIRST.index(alone)


def test_scopes_are_read_longest_word_first() -> None:
    words = scope_words()
    assert occupations_in("汽车修理；美发服务；日用百货销售", words) == ["汽车修理工", "美发师"]
    assert occupations_in("餐饮服务（含中餐制售）", words) == ["中式烹调师"]
    assert occupations_in("软件开发", words) == []


def test_an_edition_gives_its_rows_back() -> None:
    rows = law().gates
    assert tuple(row_of(plain(r)) for r in rows) == rows
    assert digest(rows) == digest(reversed(rows)) != digest(rows[:-1])

"""The list as lines, differences of two lists, editions, and guidance."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.access.core.editions import digest, from_plain, to_plain
from chizheng.access.core.gate import HeldCertificate, decide, gated_list, opening_names
from chizheng.access.core.guidance import advise, claims_of, standing
from chizheng.access.core.listing import Change, cited, difference, level_to_reach, lines
from chizheng.assessment.core.eligibility import Claims, Spell
from chizheng.catalogue.io.shelf import catalogue
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, GateKind

LEVELS = catalogue().levels
days = st.dates(date(1995, 1, 1), date(2030, 1, 1))
places = st.sampled_from(["", "32", "3201", "35", "370102"])


@settings(max_examples=40, deadline=None)
@given(days, places)
def test_lines_and_the_gated_list_name_the_same_occupations(day: date, place: str) -> None:
    found = lines(law(), on=day, place=place, levels=LEVELS, kinds=frozenset({GateKind.GATE}))
    entries = gated_list(law(), on=day, place=place, occupation_levels=LEVELS)
    assert {x.occupation for x in found} == {e.occupation for e in entries}
    assert all(x.start <= day and (x.end is None or day < x.end) for x in found)


@settings(max_examples=30, deadline=None)
@given(days, days)
def test_a_difference_is_empty_to_itself_and_turns_round(one: date, two: date) -> None:
    a, b = (lines(law(), on=d, levels=LEVELS) for d in (one, two))
    assert difference(a, a) == []
    turned = {Change.ADDED: Change.ENDED, Change.ENDED: Change.ADDED, Change.CHANGED: Change.CHANGED}
    there = {(d.occupation, d.change) for d in difference(a, b)}
    back = {(d.occupation, turned[d.change]) for d in difference(b, a)}
    assert there == back


def test_the_repeal_ends_the_ninety_but_for_those_other_texts_name() -> None:
    kinds = frozenset({GateKind.GATE})
    before, after = (
        lines(law(), on=d, levels=LEVELS, kinds=kinds) for d in (date(2015, 11, 11), date(2015, 11, 12))
    )
    changes = difference(before, after)
    assert len(changes) == 90 and {c.change for c in changes} == {Change.ENDED}


def test_a_text_is_cited_once_with_all_its_articles() -> None:
    [line] = [
        x for x in lines(law(), on=date(2005, 1, 1), levels=LEVELS)
        if x.occupation == "车工" and Act.RECRUIT in x.acts and x.kind is GateKind.GATE
    ]  # fmt: skip
    [(text, verified)] = cited(line.citations)
    assert verified and all(a in text for a in ("第二条", "第四条", "第八条"))


def test_an_edition_gives_back_every_row() -> None:
    plain = to_plain(law().gates)
    assert Counter(from_plain(plain)) == Counter(law().gates)
    assert digest(plain) == digest(to_plain(reversed(law().gates)))
    assert digest(plain) != digest(plain[1:])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(LEVELS)), st.sampled_from(sorted(LEVELS)), days)
def test_opening_names_agrees_with_the_decision(asked: str, printed: str, day: date) -> None:
    """For one gate and one paper of the highest level, the name opens it exactly when `decide` says so."""
    held = HeldCertificate(printed, 1)
    decision = decide(law(), act=Act.REFER, occupation=asked, on=day, held=[held], occupation_levels=LEVELS)
    barring = [
        r for r in decision.rows if r.kind is GateKind.GATE or (r.kind is GateKind.LICENCE and not r.scope)
    ]
    opens = all(
        opening_names(law(), r, official=decision.occupation, on=day, names=[printed]) for r in barring
    )
    assert opens == (decision.verdict != "missing")


def test_the_level_to_reach_is_one_the_occupation_has() -> None:
    assert level_to_reach(None, {5, 4, 3}) == 5
    assert level_to_reach(None, {3, 2}) == 3
    assert level_to_reach(4, {5, 3}) == 3
    assert level_to_reach(4, ()) == 4


# --- guidance

ON = date(2026, 10, 8)


def test_the_nearest_way_comes_first_and_a_lower_level_is_named() -> None:
    worked = Claims(
        birth=date(1990, 1, 1),
        spells=(Spell(Period(date(2024, 1, 1), None)),),
        held=(),
        diplomas=(),
        titles=(),
    )
    advice = advise(law(), occupation="消防设施操作员", level=4, claims=worked, on=ON, levels=LEVELS)
    assert not advice.may_enrol and advice.via == 5
    assert advice.nearest is not None and advice.nearest.judgement.alternative == "4-years"
    assert advice.nearest.missing_years == 3
    later = ON + timedelta(days=4 * 366)
    assert advise(
        law(), occupation="消防设施操作员", level=4, claims=worked, on=later, levels=LEVELS
    ).may_enrol


def test_certificates_of_the_register_count_for_guidance() -> None:
    held = [
        HeldCertificate("消防设施操作员", 5, date(2022, 1, 1)),
        HeldCertificate("焊工", 5, date(2022, 1, 1), status="revoked"),
    ]
    claims = claims_of(Claims(), held, "消防设施操作员", ON)
    assert claims.held is not None and [(h.level, h.own) for h in claims.held] == [(5, True)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(LEVELS)), st.integers(1, 5)), max_size=3), days)
def test_standing_puts_every_gated_occupation_in_one_place(papers: list[tuple[str, int]], day: date) -> None:
    held = [HeldCertificate(n, level) for n, level in papers]
    on = max(day, date(1998, 1, 1))
    found = standing(
        law(), on=on, place="32", held=held, claims=lambda name: Claims(birth=date(1970, 1, 1)), levels=LEVELS
    )
    groups = [{c.occupation for c in g} for g in (found.may, found.one_exam, found.farther, found.elsewhere)]
    gated = {
        e.occupation for e in gated_list(law(), on=on, place="32", act=Act.RECRUIT, occupation_levels=LEVELS)
    }
    assert set.union(*groups) == gated and sum(map(len, groups)) == len(gated)
    for name in groups[0]:
        decision = decide(
            law(), act=Act.RECRUIT, occupation=name, on=on, place="32", held=held, occupation_levels=LEVELS
        )
        assert decision.verdict != "missing"

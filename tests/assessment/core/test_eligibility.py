"""Eligibility: cases a jurist can read, and what must hold whatever is claimed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chizheng.assessment.core.eligibility import (
    Claims,
    Diploma,
    Held,
    Spell,
    Title,
    Verdict,
    continuous_years,
    cumulative_years,
    find_alternative,
    judge,
    judge_all,
    merged,
    whole_years,
)
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import Alternative, Requirement

CASES = yaml.safe_load(Path(__file__).with_name("eligibility_cases.yaml").read_text(encoding="utf-8"))


def claims_from(said: dict[str, Any]) -> Claims:
    def rows(key: str, make: Any) -> Any:
        return None if key not in said else tuple(make(r) for r in said[key])

    return Claims(
        birth=said.get("birth"),
        spells=rows("work", lambda r: Spell(Period(r["from"], r.get("to")), r.get("own", True))),
        years=Decimal(str(said["years"])) if "years" in said else None,
        held=rows("held", lambda r: Held(r["level"], r.get("since"), r.get("own", True))),
        training_levels=frozenset(said["training"]) if "training" in said else None,
        diplomas=rows("diplomas", lambda r: Diploma(r["kind"], r.get("obtained"))),
        apprenticeship_done=said.get("apprenticeship"),
        internship_years=Decimal(said["internship"]) if "internship" in said else None,
        titles=rows("titles", lambda r: Title(r["rank"], r.get("since"))),
        in_occupation=said.get("in_occupation"),
        classes=frozenset(said["classes"]) if "classes" in said else None,
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_cases(case: dict[str, Any]) -> None:
    rules = next(r for r in law().eligibility if r.code == case["rules"])
    alternative = next(a for a in rules.alternatives if a.code == case["alternative"])
    found = judge(alternative, claims_from(case["said"]), on=case["on"])
    assert found.verdict == case["expected"], [f.say("en") for f in found.findings]
    assert all(f.say("zh") and f.say("en") for f in found.findings)


days = st.dates(date(1980, 1, 1), date(2030, 1, 1))


@st.composite
def spells(draw: st.DrawFn) -> Spell:
    start = draw(days)
    end = draw(st.one_of(st.none(), st.integers(1, 4000).map(lambda n: start + timedelta(days=n))))
    return Spell(Period(start, end), draw(st.booleans()))


lists = st.lists(spells(), max_size=6)


@given(lists, days, st.booleans())
def test_continuous_years_are_never_more_than_cumulative_ones(
    work: list[Spell], on: date, related: bool
) -> None:
    runs = merged(work, until=on, related=related)
    assert continuous_years(runs, until=on) <= cumulative_years(runs, until=on)
    assert cumulative_years(runs, until=on) <= max(0, (on - date(1980, 1, 1)).days) // 365


@given(lists, days)
def test_related_work_only_adds(work: list[Spell], on: date) -> None:
    own, both = (merged(work, until=on, related=r) for r in (False, True))
    assert cumulative_years(own, until=on) <= cumulative_years(both, until=on)
    assert continuous_years(own, until=on) <= continuous_years(both, until=on)


@given(lists, days)
def test_the_order_of_spells_does_not_matter(work: list[Spell], on: date) -> None:
    assert merged(work, until=on, related=True) == merged(work[::-1], until=on, related=True)


@given(lists, days, days)
def test_runs_are_apart_and_inside(work: list[Spell], on: date, since: date) -> None:
    runs = merged(work, until=on, related=True, since=since)
    for one, two in pairwise(runs):
        assert one.end is not None and one.end < two.start
    assert all(since <= r.start and (r.end or on) <= on for r in runs)


@given(days, days)
def test_whole_years_grow_on_the_anniversary(start: date, end: date) -> None:
    years = whole_years(start, end)
    assert years >= 0 and (
        end < start or whole_years(start, end + timedelta(days=366)) in (years + 1, years + 2, 1)
    )


def requirement(predicate: str, **params: object) -> Alternative:
    return Alternative("x", 4, (Requirement(predicate, params),), (), Wording("甲", "a"))


@given(
    lists, spells(), days, st.sampled_from(["continuous", "cumulative"]), st.integers(1, 12), st.booleans()
)
def test_more_work_never_takes_eligibility_away(
    work: list[Spell], more: Spell, on: date, count: str, least: int, related: bool
) -> None:
    rule = requirement("years", min=least, count=count, related=related)
    before = judge(rule, Claims(spells=tuple(work)), on=on).verdict
    after = judge(rule, Claims(spells=(*work, more)), on=on).verdict
    assert not (before is Verdict.MET and after is not Verdict.MET)


@given(st.integers(1, 5), st.integers(1, 5), days, st.integers(0, 6), days)
def test_a_higher_certificate_does_what_a_lower_one_does(
    low: int, need: int, since: date, years: int, on: date
) -> None:
    rule = requirement("held", level=need, min_years=years, count="cumulative", related=False)
    work = (Spell(Period(date(1980, 1, 1))),)
    verdicts = [
        judge(rule, Claims(spells=work, held=(Held(level, since),)), on=on).verdict
        for level in (low, max(1, low - 1))
    ]
    assert not (verdicts[0] is Verdict.MET and verdicts[1] is not Verdict.MET)


def test_nothing_said_decides_nothing() -> None:
    """Of every alternative we ship: without any claim none is met or refused."""
    for rules in law().eligibility:
        for alternative in rules.alternatives:
            assert judge(alternative, Claims(), on=date(2026, 1, 1)).verdict is Verdict.UNKNOWN, (
                alternative.code
            )


def test_every_alternative_is_found_by_number_code_and_words() -> None:
    for rules in law().eligibility:
        for level in range(1, 6):
            offered = rules.for_level(level)
            for n, alternative in enumerate(offered, 1):
                for text in (
                    str(n), f"第{n}条", f"（{n}）", f"条件{n}", alternative.code, alternative.wording.zh,
                    f"{n}、{alternative.wording.zh}。", alternative.wording.zh.replace("，", ", "),
                ):  # fmt: skip
                    assert find_alternative(rules, level, text) == alternative, text


def test_what_fits_two_alternatives_fits_none() -> None:
    rules = next(r for r in law().eligibility if r.code == "g1")
    assert find_alternative(rules, 4, "连续从事本职业工作") is None  # part of several
    assert find_alternative(rules, 4, "") is None
    assert find_alternative(rules, 4, "0") is None
    assert find_alternative(rules, 4, "证书") is None


def test_the_best_alternative_comes_first() -> None:
    rules = next(r for r in law().eligibility if r.code == "g3")
    found = judge_all(rules, 4, Claims(years=Decimal(6), held=()), on=date(2026, 4, 1))
    assert (found[0].alternative, found[0].verdict) == ("4-years", Verdict.MET)
    assert found[-1].verdict is Verdict.UNMET

"""Properties of the gate decision; single cases a jurist can read are in tests/access/cases/."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.access.core.gate import Decision, HeldCertificate, Verdict, decide, gated_list
from chizheng.access.core.wording import REASONS, VERDICTS, say_reason
from chizheng.catalogue.io.shelf import catalogue
from chizheng.kernel.errors import BadInput, NotFound
from chizheng.law.io.shelf import law
from chizheng.law.types import GRADED, Act, GateKind

LAW = law()
NAMES = sorted({*catalogue().by_name, "酿蜜工"})
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))
ACTS = st.sampled_from(list(Act))
OCCUPATIONS = st.sampled_from(NAMES)
CERTIFICATES = st.builds(
    HeldCertificate,
    occupation=st.sampled_from(NAMES),
    level=st.none() | st.integers(1, 5),
    issued=st.none() | DAYS,
    valid_until=st.none() | DAYS,
    status=st.sampled_from(["valid", "legacy", "revoked", "suspended"]),
)
BETTER = {Verdict.MISSING: 0, Verdict.EXEMPT: 1, Verdict.ADVICE: 1, Verdict.CLEAR: 2}


def ask(act: Act, occupation: str, on: date, **more: object) -> Decision:
    return decide(
        LAW,
        act=act,
        occupation=occupation,
        on=on,
        occupation_levels=catalogue().levels,
        aliases=catalogue().aliases,
        **more,  # type: ignore[arg-type]
    )


def test_the_order_has_90_names_in_four_groups_and_16_from_memory() -> None:
    rows = [g for g in LAW.gates if g.key.startswith("order6:") and Act.RECRUIT in g.acts]
    groups = [len([g for g in rows if g.group == name]) for name in dict.fromkeys(g.group for g in rows)]
    assert groups == [47, 3, 34, 6]
    assert len({g.occupation for g in rows}) == 90
    assert sum(not g.verified for g in rows) == 16


# The welder, by hand from the texts: what recruiting one without a certificate is, and demanding one.
WELDER = [
    (date(1990, 1, 1), Verdict.CLEAR, Verdict.OVER_GATED),
    (date(1997, 8, 25), Verdict.MISSING, Verdict.CLEAR),
    (date(2000, 7, 1), Verdict.MISSING, Verdict.CLEAR),
    (date(2015, 11, 12), Verdict.CLEAR, Verdict.OVER_GATED),
]
RESCUER = [
    (date(1990, 1, 1), Verdict.CLEAR, Verdict.OVER_GATED),
    (date(1997, 8, 25), Verdict.MISSING, Verdict.CLEAR),  # graded, if it existed then
    (date(2000, 7, 1), Verdict.CLEAR, Verdict.OVER_GATED),
    (date(2026, 9, 1), Verdict.MISSING, Verdict.CLEAR),
]


@pytest.mark.parametrize(("occupation", "table"), [("焊工", WELDER), ("应急救援员", RESCUER)])
@given(on=DAYS)
def test_the_verdict_of_any_day_is_that_of_its_interval(
    occupation: str, table: list[tuple[date, Verdict, Verdict]], on: date
) -> None:
    _, shut, demanded = [row for row in table if row[0] <= on][-1]
    assert ask(Act.RECRUIT, occupation, on).verdict == shut
    assert ask(Act.RECRUIT, occupation, on, demanded=True).verdict == demanded


BOUNDARIES = sorted(
    {d for g in LAW.gates for d in (g.period.start, g.period.end, g.transition_until) if d}
    | {d for s in LAW.successions for d in (s.period.start, s.period.end) if d}
    | {d for e in LAW.exemptions for d in (e.period.start, e.period.end) if d}
)


@given(act=ACTS, occupation=OCCUPATIONS, on=DAYS, demanded=st.booleans(), level=st.none() | st.integers(1, 5))
def test_verdicts_change_only_on_the_days_the_texts_name(
    act: Act, occupation: str, on: date, demanded: bool, level: int | None
) -> None:
    start = max((d for d in BOUNDARIES if d <= on), default=date(1980, 1, 1))
    one = ask(act, occupation, on, demanded=demanded, level=level)
    two = ask(act, occupation, start, demanded=demanded, level=level)
    assert one.verdict == two.verdict


@given(
    act=ACTS,
    occupation=OCCUPATIONS,
    on=DAYS,
    level=st.none() | st.integers(1, 5),
    held=st.lists(CERTIFICATES, max_size=3),
    more=st.lists(CERTIFICATES, max_size=3),
)
def test_more_certificates_are_never_worse(
    act: Act,
    occupation: str,
    on: date,
    level: int | None,
    held: list[HeldCertificate],
    more: list[HeldCertificate],
) -> None:
    few = ask(act, occupation, on, level=level, held=held).verdict
    many = ask(act, occupation, on, level=level, held=[*more, *held]).verdict
    assert BETTER[many] >= BETTER[few]


@given(act=ACTS, occupation=OCCUPATIONS, on=DAYS, held=CERTIFICATES, level=st.none() | st.integers(1, 5))
def test_a_higher_level_is_never_worse(
    act: Act, occupation: str, on: date, held: HeldCertificate, level: int | None
) -> None:
    held = dataclasses.replace(held, level=held.level or 5, occupation=occupation)
    verdicts = [
        BETTER[ask(act, occupation, on, level=level, held=[dataclasses.replace(held, level=n)]).verdict]
        for n in (5, 4, 3, 2, 1)
    ]
    assert verdicts == sorted(verdicts)


@given(act=ACTS, occupation=OCCUPATIONS, on=DAYS)
def test_asking_and_demanding_mirror_each_other(act: Act, occupation: str, on: date) -> None:
    """Where a demand is over-gating nobody is missing anything, and where somebody is it is lawful."""
    demanded = ask(act, occupation, on, demanded=True).verdict
    bare = ask(act, occupation, on).verdict
    assert (demanded == Verdict.OVER_GATED) <= (bare in (Verdict.CLEAR, Verdict.ADVICE))
    assert (bare == Verdict.MISSING) <= (demanded == Verdict.CLEAR)


@given(
    act=ACTS,
    occupation=OCCUPATIONS,
    on=DAYS,
    demanded=st.booleans(),
    level=st.none() | st.integers(1, 5),
    held=st.lists(CERTIFICATES, max_size=2),
    exemptions=st.lists(st.sampled_from([e.code for e in LAW.exemptions]), max_size=2),
    since=st.none() | DAYS,
)
def test_every_decision_can_be_said_in_both_languages(
    act: Act,
    occupation: str,
    on: date,
    demanded: bool,
    level: int | None,
    held: list[HeldCertificate],
    exemptions: list[str],
    since: date | None,
) -> None:
    decision = ask(
        act, occupation, on, demanded=demanded, level=level, held=held, exemptions=exemptions,
        already_in_post_since=since,
    )  # fmt: skip
    assert decision.reasons
    for reason in decision.reasons:
        for lang in ("zh", "en"):
            said = say_reason(reason, LAW.level_names, lang)
            assert "{" not in said and "None" not in said
    if decision.verdict in (Verdict.MISSING, Verdict.EXEMPT):
        assert decision.reasons[0].citation is not None
    assert all(c.title for c in decision.citations)


def test_every_verdict_and_reason_has_a_sentence_that_differs_by_language() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert all(w.zh != w.en for w in [*VERDICTS.values(), *REASONS.values()])


def test_unknown_exemptions_and_levels_are_refused() -> None:
    with pytest.raises(NotFound) as missing:
        ask(Act.RECRUIT, "焊工", date(2005, 6, 1), exemptions=["holiday"])
    assert "order6-apprentice" in missing.value.say()
    with pytest.raises(BadInput):
        ask(Act.RECRUIT, "焊工", date(2005, 6, 1), level=6)


def test_a_decision_names_transition_licences_and_doubts() -> None:
    rescuer = ask(Act.POST, "应急救援员", date(2027, 1, 1))
    assert rescuer.transition_until == date(2029, 9, 1)
    assert not rescuer.unverified
    welder = ask(Act.POST, "焊工", date(2010, 1, 1))
    assert [g.authority for g in welder.licences] == ["应急管理部门（原安全生产监督管理部门）"]
    assert welder.unverified


def test_local_rows_hold_only_in_their_place() -> None:
    """A gate added for one city (article 2 allows it) neither leaks out nor loosens the national list."""
    row = next(g for g in LAW.gates if g.key == "order6:车工" and Act.RECRUIT in g.acts)
    local = dataclasses.replace(row, key="local:茶艺师", occupation="茶艺师", place="4401")
    shelf = dataclasses.replace(LAW, gates=(*LAW.gates, local))
    verdicts = {
        place: decide(
            shelf, act=Act.RECRUIT, occupation="茶艺师", on=date(2005, 1, 1), place=place,
            occupation_levels=catalogue().levels,
        ).verdict
        for place in ("", "44", "4401", "440103", "4403")
    }  # fmt: skip
    assert [p for p, v in verdicts.items() if v == Verdict.MISSING] == ["4401", "440103"]
    later = {
        place: {
            r.code
            for r in decide(
                shelf, act=Act.RECRUIT, occupation="茶艺师", on=date(2020, 1, 1), place=place
            ).reasons
        }
        for place in ("44", "4401")
    }
    assert "gate_ended" in later["4401"] and "gate_ended" not in later["44"]


def test_a_local_exception_holds_only_in_its_place() -> None:
    here = dataclasses.replace(LAW.exemption("order6-apprentice"), code="local", place="32")
    shelf = dataclasses.replace(LAW, exemptions=(here,))
    verdicts = [
        decide(
            shelf, act=Act.RECRUIT, occupation="车工", on=date(2005, 1, 1), place=place, exemptions=["local"]
        ).verdict
        for place in ("3201", "4401", "")
    ]
    assert verdicts == [Verdict.EXEMPT, Verdict.MISSING, Verdict.MISSING]


@pytest.mark.parametrize(
    ("on", "count"),
    [
        (date(2000, 7, 1), 90),
        (date(2015, 11, 11), 96),
        (date(2017, 9, 12), 8),
        (date(2026, 8, 31), 8),
        (date(2026, 9, 1), 9),
    ],
)
def test_the_published_list_by_day(on: date, count: int) -> None:
    """2015: the 90 and what six occupations owe to laws of their own; from September 2026 the rescuer."""
    assert len(gated_list(LAW, on=on, act=Act.RECRUIT)) == count


def test_the_graded_regime_is_written_out_for_the_catalogue() -> None:
    on = date(1999, 1, 1)
    assert [e.occupation for e in gated_list(LAW, on=on, act=Act.REFER)] == [GRADED]
    written = {
        e.occupation for e in gated_list(LAW, on=on, act=Act.REFER, occupation_levels=catalogue().levels)
    }
    assert written == {n for n, levels in catalogue().levels.items() if levels}


@given(on=DAYS, act=ACTS, occupation=OCCUPATIONS)
def test_the_list_and_the_decision_agree(on: date, act: Act, occupation: str) -> None:
    listed = {e.occupation for e in gated_list(LAW, on=on, act=act, occupation_levels=catalogue().levels)}
    names = {occupation, *LAW.successors(occupation, on=on), *(r.old for r in LAW.predecessors(occupation))}
    gated = any(g.kind is GateKind.GATE for g in ask(act, occupation, on, demanded=True).rows)
    assert gated == bool(names & listed)


def test_what_the_repeal_took_from_the_list() -> None:
    def names(on: date) -> set[str]:
        return {e.occupation for e in gated_list(LAW, on=on, act=Act.RECRUIT)}

    gone = names(date(2015, 11, 11)) - names(date(2015, 11, 12))
    assert len(gone) == 90
    assert "消防设施操作员" not in gone

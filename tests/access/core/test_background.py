"""What a seeker states becomes claims: days, related work, what was not said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chizheng.access.core.background import KINDS, PROOF_OF, PROOFS, Kind, Stated, claims_from, years_before
from chizheng.access.core.guidance import advise, claims_of
from chizheng.assessment.core.eligibility import Diploma, Title, Verdict
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law

TODAY = date(2026, 10, 8)
GROUPS = {"焊工": "6-18-02", "铆工": "6-18-02", "中式烹调师": "4-03-02"}


def test_of_what_nobody_spoke_nothing_is_known() -> None:
    claims = claims_from([], occupation="焊工", on=TODAY)
    assert claims.spells is claims.diplomas is claims.training_levels is claims.titles is None
    assert claims.in_occupation is True and claims.internship_years is None


def test_a_complete_statement_leaves_nothing_open() -> None:
    claims = claims_from([], occupation="焊工", on=TODAY, complete=True)
    assert claims.spells == claims.diplomas == claims.titles == ()
    assert claims.training_levels == frozenset() and claims.apprenticeship_done is False


def test_work_counts_as_own_related_or_not_at_all() -> None:
    work = [
        Stated(Kind.WORK, "焊工", start=date(2020, 1, 1)),
        Stated(Kind.WORK, "铆工", start=date(2016, 1, 1), end=date(2020, 1, 1)),
        Stated(Kind.WORK, "中式烹调师", start=date(2010, 1, 1), end=date(2016, 1, 1)),
        Stated(Kind.WORK, "焊工", start=date(2027, 1, 1)),
    ]
    claims = claims_from(work, occupation="焊工", on=TODAY, groups=GROUPS)
    assert claims.spells is not None
    assert [(s.period, s.own) for s in claims.spells] == [
        (Period(date(2020, 1, 1)), True),
        (Period(date(2016, 1, 1), date(2020, 1, 1)), False),
    ]
    assert claims.diplomas is None


def test_schooling_training_practice_and_titles() -> None:
    stated = [
        Stated(Kind.DIPLOMA, detail="college", end=date(2015, 7, 1)),
        Stated(Kind.TRAINING, "焊工", level=4, end=date(2026, 1, 1)),
        Stated(Kind.TRAINING, "焊工", level=3, end=date(2026, 10, 9)),
        Stated(Kind.TRAINING, "车工", level=2, end=date(2020, 1, 1)),
        Stated(Kind.INTERNSHIP, "焊工", start=date(2023, 1, 1), end=date(2025, 2, 1)),
        Stated(Kind.APPRENTICESHIP, "焊工", end=TODAY),
        Stated(Kind.TITLE, detail="elementary", start=date(2020, 1, 1)),
    ]
    claims = claims_from(stated, occupation="焊工", on=TODAY)
    assert claims.diplomas == (Diploma("college", date(2015, 7, 1)),)
    assert claims.training_levels == {4}
    assert claims.internship_years == Decimal(2) and claims.apprenticeship_done is True
    assert claims.titles == (Title("elementary", date(2020, 1, 1)),)


def test_stating_the_years_turns_the_nearest_way_from_open_into_met() -> None:
    def nearest(stated: list[Stated], *, complete: bool = False) -> Verdict:
        claims = claims_from(stated, occupation="焊工", on=TODAY, birth=date(1990, 1, 1), complete=complete)
        claims = claims_of(claims, [], "焊工", TODAY)
        way = advise(law(), occupation="焊工", level=4, claims=claims, on=TODAY).nearest
        assert way is not None
        return way.judgement.verdict

    assert nearest([]) is Verdict.UNKNOWN
    assert nearest([Stated(Kind.WORK, "焊工", start=date(2010, 1, 1))]) is Verdict.MET
    assert nearest([Stated(Kind.WORK, "焊工", start=date(2026, 9, 1))], complete=True) is Verdict.UNMET


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 50))
def test_years_before_is_that_many_whole_years_ago(day: date, years: int) -> None:
    start = years_before(day, years)
    assert start.year == day.year - years
    claims = claims_from([Stated(Kind.WORK, "焊工", start=start)], occupation="焊工", on=day)
    assert claims.spells is not None
    assert (len(claims.spells) == 1) is (years > 0)


def test_every_kind_has_its_words_and_a_way_to_say_there_is_no_proof() -> None:
    assert set(KINDS) == set(PROOF_OF) == set(Kind)
    assert all(proofs[-1] == "none" and set(proofs) <= set(PROOFS) for proofs in PROOF_OF.values())
    said = Stated(Kind.WORK, "焊工", start=date(2020, 1, 1))
    assert said.say("zh") == "工作经历 · 焊工 · 2020-01-01 — 至今" and said.say("en").endswith("— now")

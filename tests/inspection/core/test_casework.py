"""Who may act, what may be imposed, what lapsed, who may know the reporter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.inspection.core import casework
from chizheng.inspection.core.casework import Imposed, Inspector, Offence, SealedReporter
from chizheng.kernel.errors import Forbidden, Refused
from chizheng.kernel.money import Money
from chizheng.kernel.periods import Period
from chizheng.law.io.shelf import law
from chizheng.law.types import Rank

LAW = law()
CARD = Period(date(2020, 1, 1))
DAY = date(2026, 3, 2)
TWO = [Inspector("甲", CARD), Inspector("乙", CARD)]
RECRUIT = "recruit_without_certificate"


def test_two_inspectors_may_act():
    casework.check_team(TWO, "e1", LAW, on=DAY)


@pytest.mark.parametrize(
    ("team", "code"),
    [
        (TWO[:1], "too_few_inspectors"),
        ([TWO[0], TWO[0]], "too_few_inspectors"),
        ([TWO[0], Inspector("丙", None)], "no_card"),
        ([TWO[0], Inspector("丙", Period(date(2020, 1, 1), DAY))], "no_card"),
        ([TWO[0], Inspector("丙", CARD, frozenset({"e1"}))], "recusal"),
    ],
)
def test_other_teams_are_refused(team, code):
    with pytest.raises(Refused, match=code):
        casework.check_team(team, "e1", LAW, on=DAY)


def test_the_investigator_does_not_chair():
    casework.check_hearing("丙", ["甲", "乙"])
    with pytest.raises(Refused, match="chair_investigated"):
        casework.check_hearing("甲", ["甲", "乙"])


def test_order6_fine_for_an_act_of_its_time():
    offence = Offence(RECRUIT, "44", date(2010, 1, 1), date(2010, 6, 1))
    row = casework.check_sanction(
        LAW, offence, Imposed("order6-recruit", 100_000), decided_on=date(2010, 9, 1)
    )
    assert row.citation.instrument == "order-6-2000"


@pytest.mark.parametrize(
    ("offence", "imposed", "decided", "code"),
    [
        # recruited in 1999 under the notice of 1997, which cannot fine
        (
            Offence(RECRUIT, "44", date(1999, 1, 1), date(1999, 3, 1)),
            Imposed("order6-recruit", 1),
            date(2000, 9, 1),
            "not_in_force",
        ),
        # recruited in October 2015, inspected in December: repealed, so nothing is left to impose
        (
            Offence(RECRUIT, "44", date(2015, 10, 1), date(2015, 10, 31)),
            Imposed("order6-recruit", 1),
            date(2015, 12, 1),
            "not_in_force",
        ),
        (
            Offence(RECRUIT, "44", date(2010, 1, 1), date(2010, 6, 1)),
            Imposed("order6-recruit", 100_001),
            date(2010, 9, 1),
            "fine_outside_frame",
        ),
        (Offence(RECRUIT, "3301", date(2020, 1, 1), None), Imposed("zhejiang-12", 1), DAY, "no_fine_here"),
        (Offence(RECRUIT, "44", date(2020, 1, 1), None), Imposed("shandong-67", 1), DAY, "not_in_force"),
        (Offence(RECRUIT, "44", date(2020, 1, 1), None), Imposed("lbf-258", 1), DAY, "no_such_sanction"),
    ],
)
def test_what_cannot_be_imposed(offence, imposed, decided, code):
    with pytest.raises(Refused, match=code):
        casework.check_sanction(LAW, offence, imposed, decided_on=decided)


def test_the_instrument_must_be_able_to_carry_a_sanction():
    notice = {c: replace(i, rank=Rank.NOTICE) for c, i in LAW.instruments.items()}
    with pytest.raises(Refused, match="rank_too_low"):
        casework.check_sanction(
            replace(LAW, instruments=notice),
            Offence(RECRUIT, "37", date(2020, 1, 1), None),
            Imposed("shandong-67"),
            decided_on=DAY,
        )


def test_shandong_counts_persons_and_days():
    offence = Offence(RECRUIT, "3701", date(2026, 1, 1), date(2026, 1, 10))
    imposed = Imposed("shandong-67", fine_fen=2000 * 30, persons=3, person_days=30)
    casework.check_sanction(LAW, offence, imposed, decided_on=DAY)
    with pytest.raises(Refused, match="fine_outside_frame"):
        casework.check_sanction(LAW, offence, replace(imposed, fine_fen=2000 * 30 + 1), decided_on=DAY)


def test_the_lighter_later_law_replaces_the_heavier():
    old = next(s for s in LAW.sanctions if s.code == "order6-recruit")
    old = replace(old, period=Period(date(2000, 7, 1), date(2010, 1, 1)))
    new = replace(old, code="lighter", period=Period(date(2010, 1, 1)), fine_max_fen=50_000)
    offence = Offence(RECRUIT, "44", date(2009, 1, 1), date(2009, 6, 1))
    for later, expected in ((new, "lighter"), (replace(new, fine_max_fen=10**9), "order6-recruit")):
        changed = replace(LAW, sanctions=(old, later))
        rows = casework.applicable(changed, offence, decided_on=date(2010, 3, 1))
        assert [r.code for r in rows] == [expected]


@pytest.mark.parametrize(
    ("end", "found", "lapsed"),
    [
        (date(2023, 3, 1), date(2025, 3, 1), False),
        (date(2023, 3, 1), date(2025, 3, 2), True),
        (date(2024, 2, 29), date(2026, 2, 28), False),
        (date(2024, 2, 29), date(2026, 3, 1), True),
        (None, date(2026, 3, 1), False),
    ],
)
def test_two_years_from_the_end(end, found, lapsed):
    offence = Offence(RECRUIT, "44", date(2015, 1, 1), end)
    if not lapsed:
        casework.check_limit(offence, LAW, found_on=found)
        return
    with pytest.raises(Refused, match="lapsed"):
        casework.check_limit(offence, LAW, found_on=found)


@pytest.mark.parametrize(
    ("place", "fine", "person", "needed"),
    [
        ("11", 3_000_000, False, False),
        ("1101", 3_000_001, False, True),
        ("43", 2_000_000, False, True),
        ("6101", 1_000_001, False, True),
        ("43", 99_999, True, False),
        ("43", 100_000, True, True),
        ("44", 1, False, True),
        ("44", 0, False, False),
    ],
)
def test_hearings_by_the_threshold_of_the_place(place, fine, person, needed):
    row = next(s for s in LAW.sanctions if s.code == "anquan-97")
    assert (
        casework.needs_hearing(LAW, Imposed(row.code, fine), row, on=DAY, place=place, against_person=person)
        is needed
    )


def test_taking_a_licence_always_needs_one():
    row = next(s for s in LAW.sanctions if "revoke_licence" in s.kinds)
    assert casework.needs_hearing(LAW, Imposed(row.code), row, on=DAY, place="11", against_person=False)


def test_on_the_spot_has_a_ceiling():
    casework.check_on_the_spot(LAW, Money(300_000), on=DAY, against_person=False)
    with pytest.raises(Refused, match="too_much_on_the_spot"):
        casework.check_on_the_spot(LAW, Money(300_001), on=DAY, against_person=False)
    with pytest.raises(Refused, match="too_much_on_the_spot"):
        casework.check_on_the_spot(LAW, Money(5_001), on=date(2010, 1, 1), against_person=True)


@given(st.integers(0, 10**8), st.integers(-10, 400))
def test_late_fees_never_exceed_the_fine(fen, days):
    due_on = date(2026, 1, 10)
    paid_on = date.fromordinal(due_on.toordinal() + days)
    fee = casework.late_fee(LAW, Money(fen), due_on=due_on, paid_on=paid_on)
    assert 0 <= fee.fen <= fen
    if days <= 0:
        assert fee.fen == 0
    if days >= 34:
        assert fee.fen == fen


def test_only_the_keeper_opens_the_reporter():
    sealed = SealedReporter("keeper", "某举报人")
    assert sealed.opened_by("keeper") == "某举报人"
    assert "某举报人" not in repr(sealed)
    with pytest.raises(Forbidden, match="reporter_is_secret") as caught:
        sealed.opened_by("chief")
    assert "某举报人" not in str(caught.value)

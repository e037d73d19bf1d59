"""Rooms, sheets, markers, rings and onsets as lists of flags: what is planted is found, what is honest is left."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special

from chizheng.quality.core.surveillance.circles import Meetings, judge_rings
from chizheng.quality.core.surveillance.detectors import Rule, e_of_p
from chizheng.quality.core.surveillance.markers import Markers, judge_markers
from chizheng.quality.core.surveillance.onsets import judge_onsets, watch_station
from chizheng.quality.core.surveillance.rooms import Sheets, judge_rooms, likely_key, simes
from chizheng.quality.core.surveillance.sheets import judge_sheets
from chizheng.quality.core.surveillance.survey import Marks, Policy, learn_populations
from tests.quality.core.test_forensics import papers
from tests.quality.worlds import corrupted, province

RULE = Rule(0.05, 1.0, 10.0, (3, 20, 150, 1000))


def hall(rng: np.random.Generator, rooms: int = 20, seats: int = 30, copied: tuple[int, ...] = ()) -> Sheets:
    """A paper sat in rooms; in each room of `copied`, seat 1 takes 70 % of the answers of seat 0."""
    theta, choices = papers(rng, rooms * seats)
    for r in copied:
        a, b = sorted((r * seats, r * seats + 1), key=lambda k: theta[k])
        taken = rng.random(60) < 0.7
        choices[a, taken] = choices[b, taken]
    names = tuple(f"C{i:04d}" for i in range(rooms * seats))
    room = tuple(f"B{i // seats:02d}/1" for i in range(rooms * seats))
    items = tuple(f"Q{j + 1}" for j in range(60))
    return Sheets("P", items, ("A", "B", "C", "D"), choices, np.zeros(60, np.int8), names, room)


def test_a_room_where_somebody_copied_is_listed_with_the_pair() -> None:
    sheets = hall(np.random.default_rng(1), copied=(3, 11))
    flags, unable = judge_rooms([sheets], RULE, np.random.default_rng(0), least=200, largest=120)
    assert not unable and len(flags) == 20 and {f.kind for f in flags} == {"room"}
    assert {f.unit for f in flags if f.flagged} == {"B03/1", "B11/1"}
    flag = next(f for f in flags if f.unit == "B03/1")
    pair = flag.detail["pairs"][0]
    assert {pair["one"], pair["two"]} == {"C0090", "C0091"} and pair["same"] > pair["expected"] + 8
    assert "C0090" in flag.reason.say("zh") and flag.cannot_show.zh and flag.posterior > 0.9


def test_rooms_are_listed_without_the_key_and_whatever_the_options_are_called() -> None:
    sheets = hall(np.random.default_rng(1), copied=(3,))
    assert (likely_key(sheets.choices) == 0).mean() > 0.8
    turned = Sheets(
        "P", sheets.items, sheets.options, (3 - sheets.choices).astype(np.int8), None, sheets.candidate, sheets.room
    )  # fmt: skip
    for one in (sheets, turned):
        flags, _ = judge_rooms([one], RULE, np.random.default_rng(0), least=200, largest=120)
        assert [f.unit for f in flags if f.flagged] == ["B03/1"]


def test_honest_rooms_are_seldom_listed() -> None:
    listed = 0
    for seed in range(8):
        flags, _ = judge_rooms([hall(np.random.default_rng(100 + seed))], RULE, np.random.default_rng(0), least=200, largest=120)  # fmt: skip
        listed += any(f.flagged for f in flags)
    assert listed <= 2  # 5 % each at most; P(more than two of eight) < .006


def test_too_few_sheets_and_too_large_rooms_are_said_to_be_so() -> None:
    small = hall(np.random.default_rng(1), rooms=3)
    flags, unable = judge_rooms([small], RULE, np.random.default_rng(0), least=200, largest=120)
    assert not flags and "90" in unable[0].why.say("zh")
    one = hall(np.random.default_rng(1), rooms=1, seats=250)
    flags, unable = judge_rooms([one], RULE, np.random.default_rng(0), least=200, largest=120)
    assert not flags and "120" in unable[0].why.say("en")


@given(st.floats(0.001, 0.999))
def test_an_e_value_of_a_p_value_decreases(p: float) -> None:
    assert e_of_p(np.array([p]))[0] >= e_of_p(np.array([min(p + 0.001, 1.0)]))[0] - 1e-9


def test_an_e_value_of_a_p_value_averages_one() -> None:
    total, _ = integrate.quad(
        lambda u: float(e_of_p(np.array([np.exp(-u)]))[0]) * np.exp(-u), 0, 600, limit=500
    )
    assert 0.97 < total <= 1.001


def test_simes_is_the_least_scaled_order_statistic() -> None:
    assert simes(np.array([0.01, 0.5, 0.04])) == pytest.approx(0.03)
    assert simes(np.array([])) == 1.0


def answered(
    rng: np.random.Generator, persons: int = 600, items: int = 40
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slope, intercept = rng.lognormal(0, 0.2, items), rng.normal(0.3, 1.2, items)
    theta = rng.standard_normal(persons)
    right = rng.random((persons, items)) < special.expit(slope * theta[:, None] + intercept)
    return theta, intercept, right


def sheets_of(right: np.ndarray, day: np.ndarray | None = None) -> Sheets:
    names = tuple(f"C{i}" for i in range(right.shape[0]))
    choices = np.where(right, 0, 1).astype(np.int8)
    key = np.zeros(right.shape[1], np.int8)
    items = tuple(f"Q{j}" for j in range(right.shape[1]))
    return Sheets("P", items, ("A", "B"), choices, key, names, names, day)


def test_a_shifted_sheet_does_not_fit_and_only_it() -> None:
    rng = np.random.default_rng(4)
    _, intercept, right = answered(rng)
    right[7] = intercept < np.median(intercept)  # the hard half right, the easy half wrong
    found = judge_sheets([sheets_of(right)], RULE, rng, least=250, leak_false_alarm=0.01)
    misfits = [f for f in found.flags if f.detector == "misfit"]
    assert "C7" in {f.unit for f in misfits} and len(misfits) <= 3
    own = next(f for f in misfits if f.unit == "C7")
    assert own.evidence["hard"] > own.evidence["easy"] and len(own.detail["items"]) == 40
    assert any(u.detector == "preknowledge" for u in found.unable)


def test_leaked_items_are_found_in_time_and_those_who_knew_them() -> None:
    rng = np.random.default_rng(9)
    theta, _, right = answered(rng, persons=1500)
    leaked = np.arange(8)
    insiders = 900 + np.flatnonzero(rng.random(600) < 0.5)
    right[np.ix_(insiders, leaked)] = rng.random((insiders.size, 8)) < 0.97
    day = 738_000 + np.arange(1500) // 150
    found = judge_sheets([sheets_of(right, day)], RULE, rng, least=250, leak_false_alarm=0.01)
    alarmed = {int(q[1:]) for q in found.leaked["P"]}
    assert len(alarmed & set(leaked.tolist())) >= 5 and len(alarmed - set(leaked.tolist())) <= 1
    named = {int(f.unit[1:]) for f in found.flags if f.detector == "preknowledge"}
    weak = {int(i) for i in insiders if theta[i] < -1}
    assert len(named & weak) >= 0.5 * len(weak)
    assert len(named - set(insiders.tolist())) <= 0.15 * max(len(named), 1)


def test_sheets_without_a_key_are_not_judged() -> None:
    _, _, right = answered(np.random.default_rng(4))
    s = sheets_of(right)
    bare = Sheets(s.paper, s.items, s.options, s.choices, None, s.candidate, s.room)
    found = judge_sheets([bare], RULE, np.random.default_rng(0), least=250, leak_false_alarm=0.01)
    assert not found.flags and {u.detector for u in found.unable} == {"misfit", "preknowledge"}


def markers(
    rng: np.random.Generator, people: int = 30, each: int = 80
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    code = np.repeat(np.arange(people), each)
    mark = np.clip(np.rint(rng.normal(70, 9, code.size)), 0, 100).astype(np.int64)
    seconds = rng.lognormal(6.4, 0.3, code.size) * np.exp(rng.normal(0, 0.1, people))[code]
    return code, mark, seconds


def test_heaped_identical_and_hasty_markers_are_listed_each_by_its_own_name() -> None:
    rng = np.random.default_rng(2)
    code, mark, seconds = markers(rng)
    mark[code == 3] = 5 * np.rint(mark[code == 3] / 5).astype(np.int64)
    mark[code == 5] = 72 + rng.integers(0, 2, 80)
    seconds[code == 8] = rng.lognormal(3.5, 0.3, 80)
    found = Markers.empty("assessor", 30, timed=True)
    for part in (code < 15, code >= 15):  # in two chunks
        found.add(code[part], mark[part], mark[part] - 70.0, seconds[part])
    flags, unable = judge_markers(found, [f"A{i}" for i in range(30)], RULE, cut=60, least=20)
    assert not unable
    by = {d: {f.unit for f in flags if f.detector == d} for d in ("heaping", "identical", "hasty")}
    assert by == {"heaping": {"A3"}, "identical": {"A5"}, "hasty": {"A8"}}
    assert all(f.flagged and f.reason.zh and f.cannot_show.zh for f in flags)


def test_few_markers_are_not_compared() -> None:
    code, mark, _ = markers(np.random.default_rng(2), people=5)
    found = Markers.empty("assessor", 5)
    found.add(code, mark, mark - 70.0)
    flags, unable = judge_markers(found, [f"A{i}" for i in range(5)], RULE, cut=60, least=20)
    assert not flags and {u.detector for u in unable} == {"heaping", "identical", "hasty"}


def met(rng: np.random.Generator, sessions: int = 900) -> tuple[np.ndarray, np.ndarray]:
    return rng.integers(0, 40, sessions), rng.integers(0, 30, sessions)


def test_a_ring_is_one_graph_of_assessors_stations_and_schools() -> None:
    rng = np.random.default_rng(3)
    people, stations = met(rng)
    people, stations = np.r_[people, np.full(14, 2), np.full(12, 5)], np.r_[stations, np.full(26, 9)]
    who, school = rng.integers(0, 40, 3000), rng.integers(0, 60, 3000)
    who, school = np.r_[who, np.full(25, 5)], np.r_[school, np.full(25, 17)]
    zero = np.zeros(people.size, np.int64)
    lots = [
        Meetings("station", people, stations, zero, [f"S{i}" for i in range(30)]),
        Meetings("school", who, school, np.zeros(who.size, np.int64), [f"校{i}" for i in range(60)]),
    ]
    flags, unable = judge_rings(lots, [f"A{i}" for i in range(40)], RULE)
    assert not unable and {f.unit for f in flags} == {"A2", "A5"}
    graph = flags[0].detail
    assert {n["unit"] for n in graph["nodes"]} == {"A2", "A5", "S9", "校17"} and len(graph["edges"]) == 3
    assert all(f.detail == graph for f in flags)


def test_free_assignment_makes_no_ring_and_fixed_assignment_is_no_news() -> None:
    rng = np.random.default_rng(3)
    people, stations = met(rng)
    names = [f"S{i}" for i in range(60)]
    zero = np.zeros(people.size, np.int64)
    assert judge_rings([Meetings("station", people, stations, zero, names)], [""] * 40, RULE) == ([], [])
    home = np.repeat(np.arange(40), 6)
    flags, unable = judge_rings(
        [Meetings("station", home, home, np.zeros(240, np.int64), names)], [""] * 40, RULE
    )
    assert not flags and unable[0].detector == "ring"


def test_a_station_that_turned_is_dated() -> None:
    rng = np.random.default_rng(6)
    p = province(rng, "honest", stations=30, low=300, high=400)
    turn = {3, 7}
    sitting = np.zeros(p.station.size, np.int64)
    practical = p.practical.copy()
    for s in range(30):
        rows = np.flatnonzero(p.station == s)
        sitting[rows] = np.arange(rows.size) * 12 // rows.size
        if s in turn:
            late = rows[sitting[rows] >= 6]
            practical[late] = corrupted(practical[late], "near8", rng)
    day = date(2025, 1, 10).toordinal() + 30 * sitting
    marks = Marks(
        p.station, np.zeros_like(p.station), p.station * 12 + sitting, np.zeros_like(p.station),
        p.theory.astype(float), practical.astype(float), day,
    )  # fmt: skip
    world = learn_populations(marks, Policy(60)).practical.world
    names = [f"B{i}" for i in range(360)]
    lines = []
    for s in range(30):
        line = watch_station(f"S{s}", marks.take(np.flatnonzero(p.station == s)), names, world)
        assert line is not None
        lines.append(line)
    flags = judge_onsets(lines, 30, RULE)
    assert {f.unit for f in flags} == {"S3", "S7"}
    for f in flags:
        assert abs(f.evidence["onset"] - 6) <= 1 and len(f.detail["sittings"]) == 12
        assert (date(2025, 1, 10) + timedelta(days=180)).isoformat() in {
            x["day"] for x in f.detail["sittings"]
        }
        assert f.detail["limit"] < f.evidence["peak"]

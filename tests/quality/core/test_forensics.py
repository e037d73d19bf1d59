"""Copying, preknowledge, leaks, marks not made one by one, person fit, rings, re-marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from chizheng.kernel.errors import Refused
from chizheng.quality.core.surveillance import marks
from chizheng.quality.core.surveillance.copying import (
    flag_pairs,
    gbt,
    marginal_ratio,
    omega,
    pair_evidence,
    threshold,
)
from chizheng.quality.core.surveillance.leak import cusum, others_chance, watch_item
from chizheng.quality.core.surveillance.options import OptionModel, learn_options
from chizheng.quality.core.surveillance.persons import lz_star, weighted_likelihood_ability
from chizheng.quality.core.surveillance.preknowledge import p_value, signed_ratio
from chizheng.quality.core.surveillance.rings import pairs, rings


def papers(rng: np.random.Generator, persons: int, items: int = 60) -> tuple[np.ndarray, np.ndarray]:
    slope = np.concatenate([rng.lognormal(0, 0.3, (items, 1)), rng.normal(0, 0.3, (items, 3))], axis=1)
    pull = np.concatenate([rng.normal(1, 0.9, (items, 1)), rng.normal(0, 0.7, (items, 3))], axis=1)
    theta = rng.standard_normal(persons)
    p = special.softmax(slope[None] * theta[:, None, None] + pull[None], axis=2)
    chosen = (rng.random((persons, items, 1)) > np.cumsum(p, axis=2)).sum(axis=2).clip(0, 3)
    return theta, chosen.astype(np.int8)


@pytest.fixture(scope="module")
def hall() -> tuple[np.ndarray, OptionModel]:
    _, choices = papers(np.random.default_rng(3), 1500)
    return choices, learn_options(choices, np.zeros(60, np.int8))


def test_copying_evidence_averages_at_most_one(hall: tuple[np.ndarray, OptionModel]) -> None:
    choices, model = hall
    evidence = []
    for room in range(40):
        ratio = marginal_ratio(choices[30 * room : 30 * room + 30], model)
        evidence.append(ratio[~np.eye(30, dtype=bool)])
    e = np.exp(np.concatenate(evidence))
    assert e.mean() < 1.5
    assert (e > 100).mean() < 0.003


def test_a_copied_paper_is_found_and_its_neighbours_are_not(hall: tuple[np.ndarray, OptionModel]) -> None:
    choices, model = hall
    room = choices[:30].copy()
    taken = np.random.default_rng(1).random(60) < 0.6
    room[4, taken] = room[9, taken]
    i, j, evidence = pair_evidence(marginal_ratio(room, model))
    flagged = flag_pairs(evidence, 0.05)
    assert [(int(a), int(b)) for a, b in zip(i[flagged], j[flagged], strict=True)] == [(4, 9)]
    apart = marginal_ratio(choices[100:130], model)
    limit = threshold(apart[~np.eye(30, dtype=bool)], 0.01)
    assert evidence.max() > limit
    assert gbt(room, model, np.array([4]), np.array([9]))[0] < 1e-4
    assert gbt(room, model, np.array([4]), np.array([20]))[0] > 1e-3


def test_omega_by_products_is_omega_pair_by_pair(hall: tuple[np.ndarray, OptionModel]) -> None:
    from chizheng.quality.core.surveillance.options import ability_belief

    choices, model = hall
    few = choices[:12]
    fast = omega(few, model, block=5)
    belief, p = ability_belief(few, model), np.exp(model.log_p)
    for i in range(12):
        for j in range(12):
            if i != j:
                q = (p @ belief[i])[np.arange(60), few[j]]
                slow = ((few[i] == few[j]).sum() - q.sum()) / np.sqrt((q * (1 - q)).sum())
                assert fast[i, j] == pytest.approx(slow, abs=1e-3)
    assert np.isnan(np.diag(fast)).all()


def test_gbt_is_the_exact_tail() -> None:
    """Three items with one option model: the tail of matches against enumeration."""
    p = np.array([[0.7, 0.3], [0.4, 0.6], [0.9, 0.1]])
    model = OptionModel(np.log(p)[:, :, None], np.ones(1))
    choices = np.array([[0, 1, 0], [0, 0, 0]], np.int8)
    chance = p[np.arange(3), choices[1]]
    exact = sum(
        np.prod([c if b else 1 - c for c, b in zip(chance, bits, strict=True)])
        for bits in np.ndindex(2, 2, 2)
        if sum(bits) >= 2
    )
    assert gbt(choices, model, np.array([0]), np.array([1]))[0] == pytest.approx(exact)


def test_relabelling_options_changes_nothing(hall: tuple[np.ndarray, OptionModel]) -> None:
    choices, model = hall
    order = np.array([2, 0, 3, 1])
    renamed = np.argsort(order)[choices].astype(np.int8)
    other = OptionModel(model.log_p[:, order, :], model.weight)
    np.testing.assert_allclose(
        marginal_ratio(choices[:10], model)[0, 1:], marginal_ratio(renamed[:10], other)[0, 1:], atol=1e-9
    )


def rasch(
    rng: np.random.Generator, persons: int, items: int = 60
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slope, intercept = rng.lognormal(0, 0.2, items), rng.normal(0, 1, items)
    theta = rng.standard_normal(persons)
    right = rng.random((persons, items)) < special.expit(slope * theta[:, None] + intercept)
    return right.astype(np.int8), slope, intercept


def test_preknowledge_keeps_its_level_and_sees_the_informed() -> None:
    rng = np.random.default_rng(2)
    right, slope, intercept = rasch(rng, 6000)
    suspect = np.arange(60) < 12
    p = p_value(signed_ratio(right, slope, intercept, suspect))
    assert stats.binom.cdf((p < 0.01).sum(), 6000, 0.01) > 1e-4
    assert (p < 0.01).mean() < 0.016
    informed = right[:1000].copy()
    informed[:, suspect] |= (rng.random((1000, 12)) < 0.9).astype(np.int8)
    assert (p_value(signed_ratio(informed, slope, intercept, suspect)) < 0.01).mean() > 0.25


def test_an_item_that_leaks_is_seen_and_one_that_does_not_is_not() -> None:
    rng = np.random.default_rng(9)
    right, slope, intercept = rasch(rng, 1200)
    leaked = right.copy()
    knows = rng.random(1200) < 0.5
    leaked[knows & (np.arange(1200) >= 600), 0] = 1
    q = others_chance(leaked, slope, intercept)
    honest = watch_item(right[:, 0] == 1, others_chance(right, slope, intercept)[:, 0], 0.01, rng)
    bent = watch_item(leaked[:, 0] == 1, q[:, 0], 0.01, rng)
    assert honest.alarm is None
    assert bent.alarm is not None and 600 <= bent.alarm < 850


def test_the_chance_from_the_other_items_is_the_brute_force_one() -> None:
    right, slope, intercept = rasch(np.random.default_rng(4), 30, 8)
    fast = others_chance(right, slope, intercept)
    blank = right.copy()
    blank[:, 3] = -1
    np.testing.assert_allclose(fast[:, 3], others_chance(blank, slope, intercept)[:, 3], rtol=1e-9)


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_running_sum_without_a_loop_is_the_loop(steps: list[float]) -> None:
    c, slow = 0.0, []
    for step in steps:
        c = max(0.0, c + step)
        slow.append(c)
    np.testing.assert_allclose(cusum(np.array(steps)), slow, atol=1e-9)


def test_person_fit_is_standard_normal_and_sees_a_shifted_sheet() -> None:
    rng = np.random.default_rng(6)
    right, slope, intercept = rasch(rng, 3000)
    z = lz_star(right, slope, intercept)
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1.0, abs=0.1)
    shifted = np.roll(right, 1, axis=1)
    assert lz_star(shifted, slope, intercept).mean() < -1
    ability = weighted_likelihood_ability(right, slope, intercept)
    assert np.isfinite(ability).all()


def test_heaping_flags_the_heaper_only() -> None:
    rng = np.random.default_rng(8)
    marker = np.repeat(np.arange(40), 80)
    mark = np.clip(np.rint(rng.normal(70, 10, marker.size)), 0, 100).astype(np.int64)
    heaper = (marker == 7) & (rng.random(marker.size) < 0.6)
    mark[heaper] = 5 * np.rint(mark[heaper] / 5).astype(np.int64)
    p = marks.heaping(marker, mark, cut=60)
    assert p.argmin() == 7 and p[7] < 1e-4
    assert (np.delete(p, 7) < 0.01).sum() <= 3


def test_identical_and_hasty_marks() -> None:
    rng = np.random.default_rng(5)
    marker = np.repeat(np.arange(30), 40)
    residual = rng.normal(0, 9, marker.size)
    residual[marker == 3] *= 0.25
    p = marks.identical(marker, residual)
    assert p.argmin() == 3 and p[3] < 1e-5
    seconds = rng.lognormal(6, 0.4, marker.size)
    seconds[marker == 11] /= 6
    p = marks.too_fast(marker, seconds)
    assert p.argmin() == 11 and p[11] < 1e-4
    sheets = rng.integers(0, 5, (marker.size, 6))
    sheets[marker == 20] = sheets[0]
    assert marks.same_sheets(marker, sheets).argmax() == 20


def test_too_few_markers_are_refused() -> None:
    with pytest.raises(Refused, match="too_few_markers"):
        marks.heaping(np.array([0, 0, 1]), np.array([60, 65, 70]), cut=60)


@pytest.mark.parametrize("strata", [1, 4])
def test_a_ring_is_found_against_its_margins(strata: int) -> None:
    rng = np.random.default_rng(10)
    left, right = rng.integers(0, 60, 3000), rng.integers(0, 40, 3000)
    left = np.r_[left, np.full(30, 5), np.full(25, 6)]
    right = np.r_[right, np.full(30, 9), np.full(25, 9)]
    stratum = rng.integers(0, strata, left.size)
    found = rings(pairs(left, right, stratum), 0.01)
    assert found[0].left == (5, 6) and found[0].right == (9,)
    assert len(found) == 1


def test_busy_assessors_at_busy_stations_are_no_ring() -> None:
    rng = np.random.default_rng(3)
    busy = rng.pareto(1.5, 50) + 1
    left = rng.choice(50, 4000, p=busy / busy.sum())
    right = rng.choice(50, 4000, p=busy / busy.sum())
    met = pairs(left, right)
    assert (met.p < 0.001).mean() < 0.004
    np.testing.assert_allclose(met.together.sum(), 4000)


def test_aimed_remarks_add_to_the_right_stations() -> None:
    from chizheng.quality.core.surveillance.remarks import after_remarks, choose, lifted
    from chizheng.quality.core.surveillance.stations import weigh
    from chizheng.quality.core.surveillance.world import Records, locate
    from tests.quality.worlds import CUT, corrupted, province

    rng = np.random.default_rng(13)
    p = province(rng, "honest", stations=40, low=120, high=160)
    handed = p.practical.copy()
    bent = p.station < 4
    handed[bent] = corrupted(handed[bent], "paid40", rng)
    r = Records(p.station, np.zeros_like(p.station), p.theory.astype(float), handed)
    w = weigh(r, CUT, rounds=2)
    here = locate(w.world, r)
    chance = lifted(r, here, w.world, w.mechanisms)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (chance[handed < CUT] == 0).all()
    mean = (chance * w.share[p.station]).sum(axis=1)
    odds = np.where(np.arange(40) < 8, 1.0, -5.0)
    chosen, baseline = choose(p.station, odds, mean, handed, CUT, 200, stations=8)
    assert chosen.sum() <= 200 and (baseline <= chosen).all()
    outside = p.practical + rng.normal(0, 4, handed.size)
    told = after_remarks(r, here, chance, chosen, baseline, outside, CUT, 4.0)
    sold = [m.code for m in w.mechanisms].index("sold3@40%")
    assert told[:4, sold].min() > told[4:8, sold].max()
    assert (told[8:] == 0).all()

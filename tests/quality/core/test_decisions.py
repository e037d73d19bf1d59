"""Decisions at the cut and where the cut comes from."""

from __future__ import annotations

import numpy as np
import pytest

from chizheng.kernel.errors import BadInput, Refused
from chizheng.quality.core.ability import ItemBank, eap
from chizheng.quality.core.calibration import Model, calibrate
from chizheng.quality.core.classification import (
    both_parts,
    effective_length,
    joint_correlation,
    lee,
    lee_normal,
    livingston_lewis,
    rudner,
    score_distribution,
)
from chizheng.quality.core.items import reliability
from chizheng.quality.core.standard_setting import (
    angoff,
    bookmark,
    borderline_group,
    borderline_regression,
    contrasting_groups,
    judge_agreement,
)
from tests.quality.core.test_calibration_golden import load, reference
from tests.quality.simulated import binary, logistic_scores, names


def paper(seed: int, items: int = 60) -> ItemBank:
    rng = np.random.default_rng(seed)
    return ItemBank.logistic(np.exp(rng.normal(0, 0.3, items)), rng.normal(-0.3, 1, items))


def answers(bank: ItemBank, theta: np.ndarray, seed: int) -> np.ndarray:
    return logistic_scores(
        np.random.default_rng(seed), theta, bank.slope, -bank.intercepts[:, 0] / bank.slope
    )


def test_score_distribution_of_equal_items_is_binomial() -> None:
    found = score_distribution(ItemBank.logistic(np.ones(3), np.zeros(3)), np.array([0.0]))
    assert found[0] == pytest.approx([1 / 8, 3 / 8, 3 / 8, 1 / 8])


def test_lee_agrees_with_simulated_second_sittings() -> None:
    bank = paper(1)
    theta = np.random.default_rng(2).normal(size=60_000)
    first, second = (answers(bank, theta, s).sum(axis=1) >= 36 for s in (3, 4))
    truly = bank.expected_score(theta) >= 36
    decision = lee_normal(bank, 36)
    assert decision.accuracy == pytest.approx(np.mean(first == truly), abs=0.004)
    assert decision.consistency == pytest.approx(np.mean(first == second), abs=0.005)
    assert decision.false_pass == pytest.approx(np.mean(first & ~truly), abs=0.004)


def test_estimated_decisions_are_unbiased_from_calibrated_items() -> None:
    bank = paper(5)
    truth = lee_normal(bank, 36)
    gaps = []
    for seed in range(8):
        scores = answers(bank, np.random.default_rng(seed).normal(size=2000), 50 + seed)
        items = calibrate(
            scores,
            names(60),
            Model.TWO_PL,
        ).items
        found = lee_normal(ItemBank.of(items), 36)
        gaps.append((found.accuracy - truth.accuracy, found.consistency - truth.consistency))
    assert np.abs(np.mean(gaps, axis=0)).max() <= 0.003  # eight replicates: the bench has the full figure


def test_both_parts_agree_with_simulation() -> None:
    theory, practice = paper(6), paper(7, 40)
    rng = np.random.default_rng(8)
    one, other = rng.normal(size=(2, 60_000))
    at_t, at_p = one, 0.6 * one + 0.8 * other
    passed = [
        (answers(theory, at_t, 10 + s).sum(axis=1) >= 36)
        & (answers(practice, at_p, 20 + s).sum(axis=1) >= 24)
        for s in (0, 1)
    ]
    truly = (theory.expected_score(at_t) >= 36) & (practice.expected_score(at_p) >= 24)
    decision = both_parts(theory, 36, practice, 24, 0.6)
    assert decision.accuracy == pytest.approx(np.mean(passed[0] == truly), abs=0.004)
    assert decision.consistency == pytest.approx(np.mean(passed[0] == passed[1]), abs=0.005)


def test_both_parts_of_independent_abilities_multiply() -> None:
    theory, practice = paper(9), paper(10, 40)
    joint = both_parts(theory, 36, practice, 24, 0.0)
    assert joint.passing == pytest.approx(
        lee_normal(theory, 36).passing * lee_normal(practice, 24).passing, abs=1e-4
    )


def test_highly_correlated_parts_meet_the_square_grid() -> None:
    theory, practice = paper(9), paper(10, 40)
    below, above = both_parts(theory, 36, practice, 24, 0.945), both_parts(theory, 36, practice, 24, 0.952)
    assert below.accuracy == pytest.approx(above.accuracy, abs=0.002)


def test_livingston_lewis_effective_length_of_betafunctions() -> None:
    scores = load("SAT12").sum(axis=1).astype(float)
    stored = reference()["LL_SAT12_cut16"]
    alpha = reliability(load("SAT12"), names(32)).alpha
    assert effective_length(scores.mean(), scores.var(ddof=1), alpha, 0, 32) == pytest.approx(
        stored["parameters"]["etl"], abs=1e-6
    )
    found = livingston_lewis(scores, alpha, 16, highest=32)
    # betafunctions rounds the cut onto the effective scale; ours reads between its steps
    assert found.accuracy == pytest.approx(stored["classification.accuracy"]["Accuracy"], abs=0.002)
    assert found.consistency == pytest.approx(stored["classification.consistency"]["p"], abs=0.006)


def test_lee_and_rudner_agree_with_corrected_cacirt() -> None:
    scores, stored = load("SAT12"), reference()
    bank = ItemBank.of(calibrate(scores, names(32), Model.TWO_PL).items)
    nodes = np.linspace(-6, 6, 61)
    found = lee(bank, 16, nodes, np.exp(-0.5 * nodes**2))
    assert found.consistency == pytest.approx(stored["cacIRT_Lee_SAT12_cut16"]["Marginal"][1], abs=1e-3)
    abilities = eap(scores, bank)
    by_error = rudner(abilities.theta, abilities.se, 0.0)
    assert [by_error.accuracy, by_error.consistency] == pytest.approx(
        stored["cacIRT_Rud_SAT12_theta0"]["Marginal"][:2], abs=1e-3
    )


def test_correlation_freed_of_error() -> None:
    assert joint_correlation(0.4, 0.8, 0.5) == pytest.approx(0.4 / np.sqrt(0.4))


def test_angoff_by_hand_and_its_coverage() -> None:
    by_hand = angoff(np.array([[0.5, 0.6], [0.7, 0.6], [0.6, 0.6]]))
    assert by_hand.judges == pytest.approx((1.1, 1.3, 1.2))
    assert (by_hand.cut, by_hand.se) == pytest.approx((1.2, 0.1 / np.sqrt(3)))
    assert by_hand.high - by_hand.cut == pytest.approx(4.302653 * by_hand.se, rel=1e-6)  # t, 2 degrees
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        panel = angoff(np.clip(0.6 + rng.normal(0, 0.05, (10, 1)) + rng.normal(0, 0.05, (10, 20)), 0, 1))
        inside += panel.low <= 12 <= panel.high
    assert inside / 400 == pytest.approx(0.95, abs=0.03)
    agreement = judge_agreement(np.array([[0.1, 0.5, 0.9], [0.2, 0.5, 0.8], [0.9, 0.5, 0.1]]))
    assert agreement[2] == pytest.approx(-1)  # the third judge reverses the order of the others


def test_bookmark_maps_pages_to_ability() -> None:
    bank = ItemBank.logistic(np.ones(5), np.array([-1.0, -0.5, 0.0, 0.5, 1.0]))
    ability, points = bookmark(bank, np.array([4, 4, 4]))
    assert ability.cut == pytest.approx(np.log(2))  # third item, b = 0, mastered with probability 2/3
    assert points.cut == pytest.approx(float(bank.expected_score(np.array([np.log(2)]))[0]))
    with pytest.raises(BadInput):
        bookmark(bank, np.array([0, 3, 9]))


def test_contrasting_groups_cross_where_two_normals_do() -> None:
    rng = np.random.default_rng(2)
    masters = np.arange(3000) % 4 == 0  # a quarter only: the cut must not follow the share
    scores = rng.normal(np.where(masters, 70, 50), 8)
    standard = contrasting_groups(scores, masters)
    assert standard.cut == pytest.approx(60, abs=3 * standard.se)
    assert standard.se < 0.6
    with pytest.raises(Refused) as same:
        contrasting_groups(rng.normal(60, 8, 400), np.arange(400) % 2 == 0)
    assert same.value.code == "no_crossing"


def test_borderline_methods() -> None:
    rng = np.random.default_rng(3)
    rating = rng.integers(1, 6, 400)
    marks = 30 + 10 * rating + rng.normal(0, 6, 400)
    regression = borderline_regression(marks, rating.astype(float), 2.5)
    assert regression.cut == pytest.approx(55, abs=3 * regression.se)
    group = borderline_group(marks, rating == 3)
    assert group.low < 60 < group.high
    with pytest.raises(Refused):
        borderline_group(marks[:10], np.ones(10, dtype=bool))


def test_refuses_a_cut_outside_the_paper() -> None:
    with pytest.raises(BadInput):
        lee_normal(paper(1), 61)
    scores, _, _ = binary(20, 10, 1)
    with pytest.raises(Refused):
        livingston_lewis(scores.sum(axis=1).astype(float), 0.8, 6, highest=10)

"""Ability estimates: stored mirt tables, closed forms, honest errors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chizheng.kernel.errors import BadInput
from chizheng.quality.core.ability import ItemBank, eap, eap_of, ml, wle
from chizheng.quality.core.calibration import MISSING, Anchor, Model, calibrate
from tests.quality.core.test_calibration_golden import load
from tests.quality.simulated import binary, logistic_scores, names
from tests.shared_data import shared


def test_eap_agrees_with_mirt_on_every_pattern() -> None:
    rows = json.loads(shared("data/irt/reference_values.json").read_text())["mirt_LSAT7_EAP_table"]
    result = calibrate(load("LSAT7"), list("abcde"), Model.TWO_PL)
    patterns = np.array([[r[f"Item.{i}"] for i in range(1, 6)] for r in rows], dtype=np.int8)
    found = eap(patterns, ItemBank.of(result.items))
    assert found.theta == pytest.approx([r["F1"] for r in rows], abs=5e-6)
    assert found.se == pytest.approx([r["SE_F1"] for r in rows], abs=5e-6)


def test_ml_of_equal_items_is_a_logit() -> None:
    """Six equal items with a = 1, b = 0: the estimate for r right is ln(r / (6 - r))."""
    bank = ItemBank.logistic(np.ones(6), np.zeros(6))
    scores = np.tril(np.ones((7, 6), dtype=np.int8), -1)  # 0 .. 6 right
    found = ml(scores, bank)
    assert found.theta[1:6] == pytest.approx(np.log(np.arange(1, 6) / np.arange(5, 0, -1)), abs=1e-6)
    assert found.theta[0] == -np.inf and found.theta[6] == np.inf
    assert found.se[3] == pytest.approx(1 / np.sqrt(6 * 0.25), rel=1e-6)


def test_wle_of_equal_rasch_items_is_the_half_point_logit() -> None:
    """For equal Rasch items Warm's estimate is ln((r + 1/2) / (n - r + 1/2))."""
    bank = ItemBank.logistic(np.ones(6), np.zeros(6))
    scores = np.tril(np.ones((7, 6), dtype=np.int8), -1)
    right = np.arange(7)
    assert wle(scores, bank).theta == pytest.approx(np.log((right + 0.5) / (6.5 - right)), abs=1e-5)


def test_wle_is_less_biased_than_eap_far_out_and_errors_are_honest() -> None:
    rng = np.random.default_rng(1)
    bank = ItemBank.logistic(np.exp(rng.normal(0, 0.2, 40)), rng.normal(0, 1, 40))
    theta = np.full(1500, 1.5)
    scores = logistic_scores(rng, theta, bank.slope, -bank.intercepts[:, 0] / bank.slope)
    warm, bayes = wle(scores, bank), eap(scores, bank)
    assert abs(float(warm.theta.mean()) - 1.5) < 0.03 < abs(float(bayes.theta.mean()) - 1.5)
    assert float(np.std(warm.theta)) == pytest.approx(float(warm.se.mean()), rel=0.08)


def test_eap_covers_candidates_drawn_from_the_prior() -> None:
    rng = np.random.default_rng(2)
    _, a, b = binary(10, 30, 3)
    theta = rng.normal(size=4000)
    found = eap(logistic_scores(rng, theta, a, b), ItemBank.logistic(a, b))
    assert np.sqrt(np.mean(((found.theta - theta) / found.se) ** 2)) == pytest.approx(1, abs=0.04)


def test_each_candidate_under_the_own_group_and_blank_ones_without_a_figure() -> None:
    rng = np.random.default_rng(4)
    a, b = np.ones(12), np.linspace(-1.5, 1.5, 12)
    group = np.array(["x"] * 600 + ["y"] * 600)
    scores = logistic_scores(rng, rng.normal(np.where(group == "x", 0, 1.0)), a, b)
    result = calibrate(scores, names(12), Model.TWO_PL, groups=group)
    same = np.vstack([scores[:1], scores[:1]])
    found = eap_of(result, same, np.array(["x", "y"]))
    assert found.theta[1] > found.theta[0]  # the same answers, the abler group
    blank = eap(np.full((1, 12), MISSING, dtype=np.int8), ItemBank.logistic(a, b))
    assert np.isnan(blank.theta[0]) and blank.answered[0] == 0


def test_three_parameter_and_graded_curves() -> None:
    bank = ItemBank.logistic(np.array([1.0]), np.array([0.0]), np.array([0.2]))
    assert bank.expected_score(np.array([-20.0, 0.0])) == pytest.approx([0.2, 0.6])
    step = 1e-5
    slope = np.diff(bank.expected_score(np.array([0.3 - step, 0.3 + step])))[0] / (2 * step)
    p = bank.expected_score(np.array([0.3]))[0]
    assert bank.information(np.array([0.3]))[0, 0] == pytest.approx(slope**2 / (p * (1 - p)), rel=1e-6)
    assert Anchor(1.0, (0.0,)).guessing == 0.0
    with pytest.raises(BadInput):
        eap(np.zeros((2, 3), dtype=np.int8), bank)

"""The score: recovered coefficients, coverage, reasons, the random arm, even-handedness, repeatability."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.inspection.core import logistic, targeting
from chizheng.inspection.io.synthetic_employers import PLACES, employers
from chizheng.kernel.errors import BadInput, Refused
from chizheng.law.io.shelf import law

LAW, DAY = law(), date(2026, 3, 2)


@pytest.fixture(scope="module")
def truth():
    return employers(40_000, seed=11)


@pytest.fixture(scope="module")
def card(truth):
    return targeting.train(truth.past_visits(4000, seed=12, random_share=0.2), PLACES)


@pytest.fixture(scope="module")
def scores(truth, card):
    return targeting.score(card, truth.employers)


def test_newton_agrees_with_another_library():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4)) * [1, 5, 0.1, 2] + [0, 3, 0, -1]
    y = rng.random(500) < 1 / (1 + np.exp(-x[:, 0]))
    ours = logistic.fit(x, y, ridge=2.0)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(ours.standardise(x), y)
    assert np.allclose(ours.beta[1:], theirs.coef_[0], atol=1e-4)
    assert np.isclose(ours.beta[0], theirs.intercept_[0], atol=1e-4)


def test_separable_data_and_constant_columns_converge():
    x = np.column_stack([np.linspace(-1, 1, 40), np.ones(40)])
    found = logistic.fit(x, x[:, 0] > 0)
    assert np.isfinite(found.beta).all()
    assert found.beta[1] > 1
    assert abs(found.beta[2]) < 1e-9


def test_contributions_add_up(truth, card):
    x = targeting._features(truth.employers, card.coverage, card.rate)[:50]
    eta, spread = card.fit.predict(x)
    assert np.allclose(card.fit.beta[0] + card.fit.contributions(x).sum(axis=1), eta)
    assert (spread > 0).all()


def test_lift_is_found_by_the_random_arm(truth, card, scores):
    groups = targeting.coverage_groups(card, truth.employers)
    plan = targeting.plan(scores, groups, 3000, seed="公告2026-03-01", random_share=0.3, law=LAW, on=DAY)
    rows = np.concatenate([plan.targeted, plan.random])
    random = np.arange(len(rows)) >= len(plan.targeted)
    found = truth.uncertified[rows] > 0
    result = targeting.lift(found, random)
    base = (truth.uncertified > 0).mean()
    assert result.random.low < base < result.random.high
    assert result.lift.low < result.targeted.point / base < result.lift.high
    assert result.lift.point > 3.5


def test_even_handed_where_counting_is_not(truth, card, scores):
    clean, covered = truth.uncertified == 0, truth.coverage[truth.employers.place]

    def ratio(rows):
        chosen = np.zeros(len(clean), dtype=bool)
        chosen[rows] = True
        return targeting.fairness(chosen, clean, covered).point

    visits = len(clean) // 20
    groups = targeting.coverage_groups(card, truth.employers)
    counted = np.argsort(-truth.employers.unmatched)[:visits]
    assert ratio(counted) > 3
    assert 1 / 1.6 < ratio(targeting.even_handed(scores, visits, groups)) < 1.6


def test_coverage_is_learnt_from_random_visits_only(truth):
    visits = truth.past_visits(4000, seed=3, random_share=0.25)
    covered = targeting.coverage(visits, PLACES)
    assert np.abs(covered.by_place - truth.coverage).mean() < 0.06
    assert 0.05 < covered.clustering < 0.35
    lying = targeting.Visits(
        visits.employers,
        visits.uncertified,
        visits.certified,
        np.where(visits.random, visits.registered, 0),
        visits.random,
    )
    assert np.array_equal(targeting.coverage(lying, PLACES).by_place, covered.by_place)


def test_without_random_visits_coverage_is_a_prior(truth):
    visits = truth.visited(np.arange(500), np.zeros(500, dtype=bool))
    assert set(targeting.coverage(visits, PLACES).by_place) == {0.9}


def test_probabilities_are_calibrated_on_random_employers(truth, scores):
    found = truth.uncertified > 0
    edges = np.quantile(scores.probability, np.linspace(0, 1, 6))
    for low, high in itertools.pairwise(edges):
        inside = (scores.probability >= low) & (scores.probability <= high)
        assert abs(found[inside].mean() - scores.probability[inside].mean()) < 0.1


def test_at_most_five_reasons_each_with_a_sentence(truth, card, scores):
    for row in scores.order()[:30]:
        found = targeting.reasons(card, truth.employers, int(row))
        assert 1 <= len(found) <= 5
        assert [abs(r.weight) for r in found] == sorted((abs(r.weight) for r in found), reverse=True)
        assert all(r.say("zh") and r.say("en") and "{" not in r.say("zh") for r in found)
    assert found[0].weight > 0


def test_sentences_for_both_directions(truth, card):
    for name in targeting.SIGNALS:
        for weight in (1.0, -1.0):
            values = {"posts": 3, "unmatched": 2, "expected": 1.5, "value": 0.4}
            for lang in ("zh", "en"):
                assert "{" not in targeting.Reason(name, weight, values).say(lang)


def test_intervals_hold_the_probability(scores):
    assert (scores.low <= scores.probability).all()
    assert (scores.probability <= scores.high).all()


@given(st.integers(1, 3000), st.sampled_from([0.1, 0.25, 1.0]))
def test_a_plan_has_its_size_and_its_random_share(truth, card, scores, visits, random_share):
    groups = targeting.coverage_groups(card, truth.employers)
    plan = targeting.plan(scores, groups, visits, seed="s", random_share=random_share, law=LAW, on=DAY)
    rows = np.concatenate([plan.random, plan.targeted])
    assert len(rows) == len(set(rows)) == visits
    assert len(plan.random) >= random_share * visits


def test_plans_are_repeatable_and_sealed(truth, card, scores):
    groups = targeting.coverage_groups(card, truth.employers)
    first, again, other = (
        targeting.plan(scores, groups, 500, seed=seed, random_share=0.1, law=LAW, on=DAY)
        for seed in ("a", "a", "b")
    )
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert np.array_equal(first.random, again.random)
    assert not np.array_equal(first.random, other.random)


def test_less_than_a_tenth_at_random_is_refused(truth, card, scores):
    groups = targeting.coverage_groups(card, truth.employers)
    with pytest.raises(Refused, match="too_few_random"):
        targeting.plan(scores, groups, 100, seed="s", random_share=0.05, law=LAW, on=DAY)
    with pytest.raises(BadInput, match="no_visits"):
        targeting.plan(scores, groups, 0, seed="s", random_share=0.1, law=LAW, on=DAY)


def test_too_few_labels_are_refused(truth):
    with pytest.raises(BadInput, match="too_few_labels"):
        targeting.train(truth.past_visits(50, seed=1), PLACES)

"""Calibration: invariances, anchors, weights, forms, honest errors, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizheng.kernel.errors import BadInput, Refused
from chizheng.quality.core.calibration import (
    MISSING,
    Anchor,
    Calibration,
    Model,
    Settings,
    calibrate,
    in_categories,
)
from chizheng.quality.core.calibration.dense import DenseEngine
from chizheng.quality.core.calibration.family import FamilyEngine
from chizheng.quality.core.calibration.layout import lay_out
from chizheng.quality.core.calibration.points import quadrature, space
from tests.quality.simulated import binary, graded, logistic_scores, names


def parameters(result: Calibration) -> dict[str, tuple[float, ...]]:
    return {i.name: (i.slope, *i.steps, i.guessing) for i in result.items}


def errors(result: Calibration) -> dict[str, tuple[float, ...]]:
    return {i.name: (i.se_slope, *i.se_steps) for i in result.items}


def assert_same(one: Calibration, two: Calibration, within: float = 1e-5) -> None:
    assert one.log_likelihood == pytest.approx(two.log_likelihood, rel=1e-9)
    left, right = parameters(one), parameters(two)
    assert left.keys() == right.keys()
    for name, values in left.items():
        assert values == pytest.approx(right[name], abs=within), name
        assert errors(one)[name] == pytest.approx(errors(two)[name], rel=2e-4), name


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), model=st.sampled_from([Model.TWO_PL, Model.GPCM, Model.RASCH]))
def test_order_of_persons_and_items_does_not_matter(seed: int, model: Model) -> None:
    rng = np.random.default_rng(seed)
    scores = graded(500, 6, 2, seed)[0] if model is Model.GPCM else binary(500, 7, seed)[0]
    label = names(scores.shape[1])
    rows, columns = rng.permutation(scores.shape[0]), rng.permutation(scores.shape[1])
    assert_same(
        calibrate(scores, label, model),
        calibrate(scores[rows][:, columns], [label[c] for c in columns], model),
    )


def test_an_item_without_information_changes_nothing_and_is_said() -> None:
    scores, _, _ = binary(800, 8, 1)
    extra = np.stack(
        [np.ones(800), np.zeros(800), np.full(800, MISSING), *np.zeros((0, 800))], axis=1
    ).astype(np.int8)
    plain = calibrate(scores, names(8), Model.TWO_PL)
    wider = calibrate(np.hstack([extra, scores]), ["all", "none", "unseen", *names(8)], Model.TWO_PL)
    assert_same(plain, wider)
    assert [e.name for e in wider.excluded] == ["all", "none", "unseen"]
    assert "没有信息" in wider.excluded[0].reason.say("zh")


def test_weights_count_persons_several_times() -> None:
    scores, _, _ = binary(600, 8, 2)
    counts = np.random.default_rng(0).integers(1, 5, 600)
    weighted = calibrate(scores, names(8), Model.TWO_PL, weights=counts.astype(float))
    assert_same(weighted, calibrate(np.repeat(scores, counts, axis=0), names(8), Model.TWO_PL))


def test_weights_count_in_the_dense_likelihood_too() -> None:
    scores, _, _ = binary(300, 6, 3)
    counts = np.random.default_rng(1).integers(1, 4, 300)
    weighted = calibrate(scores, names(6), Model.THREE_PL, weights=counts.astype(float))
    assert_same(weighted, calibrate(np.repeat(scores, counts, axis=0), names(6), Model.THREE_PL), 1e-4)


def test_a_large_sample_ends_where_a_small_one_would() -> None:
    """Above 10,000 persons the climb starts from a part of them; the end must not depend on it."""
    scores, a, b = binary(12_000, 12, 4)
    label = names(12)
    result = calibrate(scores, label, Model.TWO_PL)
    other = calibrate(scores[::-1], label, Model.TWO_PL)
    assert_same(result, other, 2e-6)
    assert np.sqrt(np.mean([(i.slope - v) ** 2 for i, v in zip(result.items, a, strict=True)])) < 0.06
    assert np.sqrt(np.mean([(i.difficulty - v) ** 2 for i, v in zip(result.items, b, strict=True)])) < 0.08


def test_anchors_stay_and_carry_the_scale() -> None:
    rng = np.random.default_rng(6)
    a, b = np.exp(rng.normal(0, 0.25, 20)), rng.normal(0, 1, 20)
    scores = logistic_scores(rng, rng.normal(0.6, 1.3, 4000), a, b)
    anchors = {f"item{j + 1}": Anchor(float(a[j]), (float(b[j]),)) for j in range(8)}
    result = calibrate(scores, names(20), Model.TWO_PL, anchors=anchors)
    for name, anchor in anchors.items():
        item = result.item(name)
        assert (item.slope, item.steps, item.se_slope, item.fixed) == (anchor.slope, anchor.steps, 0.0, True)
    group = result.groups[0]
    assert abs(group.mean - 0.6) < 3.5 * group.se_mean
    assert abs(group.sd - 1.3) < 3.5 * group.se_sd
    free = [i for i in result.items if not i.fixed]
    assert max(abs(i.difficulty - b[int(i.name[4:]) - 1]) / i.se_steps[0] for i in free) < 4


def test_forms_by_design_equal_the_dense_likelihood() -> None:
    scores, _, _ = graded(900, 9, 3, 6)
    for form in range(3):
        scores[form::3, 3 * form : 3 * form + 3] = MISSING
    group = np.where(np.arange(900) % 2 == 0, "first", "second")
    weights = np.random.default_rng(2).uniform(0.5, 2.0, 900)
    opts = Settings()
    layout = lay_out(scores, names(9), Model.GPCM, opts, weights=weights, groups=group)
    nodes = quadrature(opts, 9)
    family, dense = FamilyEngine(layout, nodes), DenseEngine(layout, nodes, Model.GPCM, opts)
    region = space(layout, Model.GPCM, family.category_counts)
    point = region.start.moved(np.where(region.free, 0.05, 0.0))
    one, two = family.evaluate(point), dense.evaluate(point)
    assert one.value == pytest.approx(two.value, abs=1e-4)
    assert one.gradient == pytest.approx(two.gradient, abs=1e-4)
    assert family.information(point) == pytest.approx(dense.information(point), abs=0.05)


@pytest.mark.parametrize("model", [Model.TWO_PL, Model.THREE_PL])
def test_information_is_the_derivative_of_the_gradient(model: Model) -> None:
    scores, _, _ = binary(400, 5, 7)
    opts = Settings()
    layout = lay_out(scores, names(5), model, opts)
    nodes = quadrature(opts, 5)
    engine = DenseEngine(layout, nodes, model, opts)
    region = space(layout, model, engine.category_counts)
    information = engine.information(region.start)
    for k in np.flatnonzero(region.free):
        step = np.zeros(region.free.size)
        step[k] = 1e-4
        rise = engine.evaluate(region.start.moved(step)).gradient
        fall = engine.evaluate(region.start.moved(-step)).gradient
        assert (fall - rise) / 2e-4 == pytest.approx(information[k], abs=1e-4)


def test_every_candidate_with_a_form_of_his_own() -> None:
    scores, a, _ = binary(3000, 16, 8)
    rng = np.random.default_rng(3)
    scores[rng.random(scores.shape) < 0.3] = MISSING
    result = calibrate(scores, names(16), Model.TWO_PL)
    assert result.converged
    assert max(abs(i.slope - v) / i.se_slope for i, v in zip(result.items, a, strict=True)) < 4.2


@pytest.mark.parametrize("model", [Model.TWO_PL, Model.GPCM, Model.RASCH])
def test_intervals_cover_the_truth(model: Model) -> None:
    """Simulation-based calibration: z of all parameters over replicates has variance 1."""
    z = []
    for seed in range(12):
        if model is Model.GPCM:
            scores, a, steps = graded(1500, 8, 2, 100 + seed)
        else:
            scores, a, b = binary(1500, 12, 100 + seed)
            steps = b[:, None]
            if model is Model.RASCH:
                rng = np.random.default_rng(500 + seed)
                scores = logistic_scores(rng, rng.normal(0, 1.2, 1500), np.ones(12), b)
        result = calibrate(scores, names(scores.shape[1]), model)
        for j, item in enumerate(result.items):
            if model is not Model.RASCH:
                z.append((item.slope - a[j]) / item.se_slope)
            z += [(s - t) / e for s, t, e in zip(item.steps, steps[j], item.se_steps, strict=True)]
    assert np.sqrt(np.mean(np.square(z))) == pytest.approx(1.0, abs=0.12)
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=0.035)


def test_three_parameters_with_a_prior_on_guessing() -> None:
    rng = np.random.default_rng(9)
    a, b, c = np.exp(rng.normal(0.2, 0.2, 20)), rng.normal(0, 1, 20), rng.uniform(0.12, 0.28, 20)
    scores = logistic_scores(rng, rng.normal(size=4000), a, b, c)
    result = calibrate(scores, names(20), Model.THREE_PL)
    assert result.converged
    found = np.array([i.guessing for i in result.items])
    assert np.sqrt(np.mean((found - c) ** 2)) < 0.06
    assert max(abs(i.difficulty - v) / i.se_steps[0] for i, v in zip(result.items, b, strict=True)) < 4
    assert result.parameters == 60


def test_unused_categories_are_closed_up_and_said() -> None:
    scores, _, _ = graded(600, 5, 2, 10)
    spread = scores.copy()
    spread[:, 0] = np.where(scores[:, 0] == 2, 5, scores[:, 0])
    result = calibrate(spread, names(5), Model.GPCM)
    assert result.recoded == {"item1": (0, 1, 5)}
    assert_same(result, calibrate(scores, names(5), Model.GPCM))
    assert (in_categories(result, spread, names(5)) == scores).all()


def test_a_wrong_key_shows_as_a_negative_slope_notice() -> None:
    scores, _, _ = binary(1000, 8, 11)
    scores[:, 2] = 1 - scores[:, 2]
    result = calibrate(scores, names(8), Model.TWO_PL)
    assert result.item("item3").slope < 0
    assert any("item3" in n.say("en") and "key" in n.say("en") for n in result.notices)


def test_refuses_what_cannot_support_an_estimate() -> None:
    scores, _, _ = binary(200, 6, 12)
    with pytest.raises(Refused) as few:
        calibrate(scores[:20], names(6), Model.TWO_PL)
    assert few.value.code == "too_few_persons" and "20" in few.value.say("zh")
    with pytest.raises(Refused) as flat:
        calibrate(np.ones((200, 6), dtype=np.int8), names(6), Model.TWO_PL)
    assert flat.value.code == "too_few_items"


def test_groups_without_common_items_are_refused() -> None:
    scores, _, _ = binary(400, 8, 13)
    scores[:200, :4] = MISSING
    scores[200:, 4:] = MISSING
    group = np.array(["east"] * 200 + ["west"] * 200)
    with pytest.raises(Refused) as apart:
        calibrate(scores, names(8), Model.TWO_PL, groups=group)
    assert apart.value.code == "disconnected" and "west" in apart.value.say("zh")
    result = calibrate(scores, names(8), Model.TWO_PL)  # one population: linked by assumption, and said
    assert any("assuming" in n.say("en") for n in result.notices)


def test_bad_values_are_named() -> None:
    scores, _, _ = binary(100, 4, 14)
    graded_scores = scores.copy()
    graded_scores[0, 1] = 3
    with pytest.raises(BadInput) as polytomous:
        calibrate(graded_scores, names(4), Model.TWO_PL)
    assert polytomous.value.code == "not_dichotomous" and "item2" in polytomous.value.say("zh")
    with pytest.raises(BadInput) as unknown:
        calibrate(scores, names(4), Model.TWO_PL, anchors={"other": Anchor(1.0, (0.0,))})
    assert unknown.value.code == "anchor_unknown"
    with pytest.raises(BadInput) as weight:
        calibrate(scores, names(4), Model.TWO_PL, weights=np.r_[np.ones(99), -1.0])
    assert weight.value.code == "weight_value" and "100" in weight.value.say("zh")

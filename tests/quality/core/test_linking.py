"""Linking and equating: stored plink and equate figures, leaked anchors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chizheng.kernel.errors import Refused
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.calibration import Model, calibrate
from chizheng.quality.core.equating import (
    chained_linear,
    equipercentile,
    levine,
    linear_equating,
    mean_equating,
    percentile_rank,
    tucker,
)
from chizheng.quality.core.linking import (
    Link,
    Method,
    link,
    parameter_drift,
    purified_link,
    true_score_equivalent,
)
from tests.quality.core.test_calibration_golden import reference, table
from tests.quality.simulated import logistic_scores, names
from tests.shared_data import shared


def kolen_brennan() -> tuple[ItemBank, ItemBank]:
    form = {
        f: np.loadtxt(shared(f"data/irt/SNSequate__KB36.KBform{f}_par.csv"), delimiter=",", skiprows=1)
        for f in "XY"
    }
    common = table("plink__KB04.common.csv") - 1
    x, y = (ItemBank.logistic(*form[f].T) for f in "XY")
    return x.chosen(common[:, 0]), y.chosen(common[:, 1])


@pytest.mark.parametrize(
    ("method", "row", "within"),
    [
        (Method.MEAN_MEAN, 0, 1e-6),
        (Method.MEAN_SIGMA, 1, 1e-6),
        (Method.HAEBARA, 2, 2e-3),  # plink weighs other nodes
        (Method.STOCKING_LORD, 3, 2e-3),
    ],
)
def test_agrees_with_plink(method: Method, row: int, within: float) -> None:
    found = link(*kolen_brennan(), method, nodes=np.arange(-4, 4.01, 0.05))
    stored = reference()["plink_KB04"][row]
    assert (found.slope, found.shift) == pytest.approx((stored["A"], stored["B"]), abs=within)


@pytest.mark.parametrize("method", list(Method))
def test_recovers_a_known_line_exactly(method: Method) -> None:
    rng = np.random.default_rng(1)
    base = ItemBank.logistic(np.exp(rng.normal(0, 0.3, 15)), rng.normal(0, 1, 15), np.full(15, 0.15))
    line = Link(1.2, -0.4)
    back = Link(1 / 1.2, 0.4 / 1.2)
    found = link(back.move(base), base, method)
    assert (found.slope, found.shift) == pytest.approx((line.slope, line.shift), abs=1e-7)


def form_pair(seed: int, persons: int, leaked: int) -> tuple[ItemBank, ItemBank, float, float, set[str]]:
    """Two calibrated forms of 60 with 15 anchors, `leaked` of them 0.8 logit easier on the new form.

    Returns banks, the equated 60 % cut after purification, its true value, names of dropped anchors.
    """
    rng = np.random.default_rng(seed)
    a, b = np.exp(rng.normal(0, 0.25, 105)), np.clip(rng.normal(0, 1, 105), -1.8, 2)
    base_a, base_b = a[:60], b[:60]
    new_a, new_b = np.r_[a[:15], a[60:]], np.r_[b[:15], b[60:]].copy()
    new_b[rng.choice(15, leaked, replace=False)] -= 0.8
    banks = []
    for slope, hard, ability in (
        (base_a, base_b, rng.normal(size=persons)),
        (new_a, new_b, rng.normal(0.3, 1.1, persons)),
    ):
        scores = logistic_scores(rng, ability, slope, hard)
        banks.append(ItemBank.of(calibrate(scores, names(60), Model.TWO_PL).items))
    base, new = banks
    anchors = np.arange(15)
    result = purified_link(new.chosen(anchors), base.chosen(anchors))
    cut = true_score_equivalent(36, base, result.link.move(new))
    truth = true_score_equivalent(36, ItemBank.logistic(base_a, base_b), ItemBank.logistic(new_a, new_b))
    return base, new, cut, truth, set(result.dropped)


def test_leaked_anchors_are_dropped_and_the_cut_holds() -> None:
    wrong, plain = [], []
    for seed in range(6):
        base, new, cut, truth, dropped = form_pair(seed, 3000, 3)
        assert len(dropped) >= 3
        wrong.append(cut - truth)
        anchors = np.arange(15)
        pulled = link(new.chosen(anchors), base.chosen(anchors))
        plain.append(true_score_equivalent(36, base, pulled.move(new)) - truth)
    assert np.sqrt(np.mean(np.square(wrong))) <= 0.3
    assert np.sqrt(np.mean(np.square(plain))) > 1.0  # what the leak does to plain Stocking-Lord


def test_too_few_sound_anchors_are_refused() -> None:
    bank = ItemBank.logistic(np.ones(5), np.linspace(-1, 1, 5))
    with pytest.raises(Refused) as few:
        purified_link(bank, bank)
    assert few.value.code == "too_few_anchors"


def test_a_score_carried_to_its_own_form_stays() -> None:
    bank = ItemBank.logistic(np.linspace(0.7, 1.6, 30), np.linspace(-2, 2, 30), np.full(30, 0.2))
    for score in (0.0, 3.0, 6.0, 18.0, 30.0):
        assert true_score_equivalent(score, bank, bank) == pytest.approx(score, abs=1e-6)


def test_drift_of_an_item_in_errors() -> None:
    shifts = parameter_drift(np.zeros(2), np.full(2, 0.1), np.array([0.0, 0.5]), np.full(2, 0.1), ("a", "b"))
    assert [round(s.z, 3) for s in shifts] == [0.0, 3.536]


def test_equating_agrees_with_the_equate_package() -> None:
    stored = reference()
    act = table("equate__ACTmath.csv")
    x, y = act[:, 1], act[:, 2]
    assert equipercentile(x, y) == pytest.approx(stored["equate_ACTmath_equipercentile"], abs=1e-6)
    assert mean_equating(x, y).at(np.arange(41)) == pytest.approx(stored["equate_ACTmath_mean"], abs=1e-8)
    assert linear_equating(x, y).at(np.arange(41)) == pytest.approx(stored["equate_ACTmath_linear"], abs=1e-8)
    forms = [table(f"equate__KBneat.{f}.csv").astype(float) for f in "xy"]
    columns = (forms[0][:, 0], forms[0][:, 1], forms[1][:, 0], forms[1][:, 1])
    for method, key in ((tucker, "tucker"), (levine, "levine"), (chained_linear, "chained")):
        expected = stored[f"equate_KBneat_linear_{key}"]
        # equate mixes variances over n and n - 1, which shows in the fifth figure
        assert method(*columns).at(np.arange(len(expected))) == pytest.approx(expected, abs=5e-5)


def test_known_lines_of_kolen_and_brennan() -> None:
    """Kolen & Brennan (2014), table 4.4: Tucker .5378 + 1.0292 x, Levine .2514 + 1.0110 x."""
    forms = [table(f"equate__KBneat.{f}.csv").astype(float) for f in "xy"]
    columns = (forms[0][:, 0], forms[0][:, 1], forms[1][:, 0], forms[1][:, 1])
    assert (tucker(*columns).intercept, tucker(*columns).slope) == pytest.approx((0.5378, 1.0292), abs=5e-5)
    assert (levine(*columns).intercept, levine(*columns).slope) == pytest.approx((0.2514, 1.0110), abs=5e-5)


def test_equipercentile_of_a_form_with_itself_is_the_identity() -> None:
    counts = np.array([1, 4, 9, 14, 20, 14, 9, 4, 1])
    assert equipercentile(counts, counts) == pytest.approx(np.arange(9), abs=1e-9)
    assert percentile_rank(counts, np.array([-0.5, 8.5])) == pytest.approx([0, 1])
    json.dumps(list(equipercentile(counts, counts)))

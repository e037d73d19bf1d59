"""Item fit and local dependence: stored values of mirt, nulls that hold, faults that are found."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chizheng.kernel.errors import Refused
from chizheng.quality.core.calibration import Model, calibrate
from chizheng.quality.core.fit import q3, s_x2
from tests.quality.simulated import binary, names
from tests.shared_data import shared


def fitted(scores: np.ndarray, model: Model = Model.TWO_PL):
    return calibrate(scores, names(scores.shape[1]), model)


def test_s_x2_agrees_with_mirt_on_lsat7() -> None:
    stored = json.loads(shared("data/irt/reference_values.json").read_text())["mirt_LSAT7_itemfit_SX2"]
    raw = np.loadtxt(shared("data/irt/mirt__LSAT7.csv"), delimiter=",", skiprows=1, dtype=np.int64)
    scores = np.repeat(raw[:, :-1], raw[:, -1], axis=0).astype(np.int8)
    for found, row in zip(s_x2(fitted(scores), scores), stored, strict=True):
        assert found.freedom == row["df.S_X2"]
        assert found.chi_square == pytest.approx(row["S_X2"], rel=2e-3)
        assert found.p == pytest.approx(row["p.S_X2"], rel=5e-3)
        assert found.rmsea == pytest.approx(row["RMSEA.S_X2"], abs=2e-4)


def test_s_x2_rejects_as_often_as_it_says() -> None:
    draws = [binary(1500, 20, seed)[0] for seed in range(8)]
    p = np.array([f.p for scores in draws for f in s_x2(fitted(scores), scores)])
    assert p.size == 160 and 0 < (p < 0.05).sum() < 20 and abs(p.mean() - 0.5) < 0.09


def test_an_item_that_is_not_logistic_does_not_fit() -> None:
    rng = np.random.default_rng(5)
    theta = rng.normal(size=(3000, 1))
    p = 1 / (1 + np.exp(-(theta - rng.normal(0, 1, 20))))
    p[:, 3] = 0.5 + 0.4 * np.sin(2.5 * theta[:, 0])  # rises and falls again
    scores = (rng.random(p.shape) < p).astype(np.int8)
    fits = s_x2(fitted(scores), scores)
    assert fits[3].p < 1e-6 and fits[3].rmsea == max(f.rmsea for f in fits)


def test_a_pair_that_shares_its_answer_stands_out_alone() -> None:
    scores, _, _ = binary(2000, 20, 9)
    same = np.random.default_rng(1).random(2000) < 0.6
    scores[same, 7] = scores[same, 2]
    found = q3(fitted(scores), scores, above=0.2)
    assert found.mean < 0 and [p[:2] for p in found.pairs] == [("item3", "item8")]
    clean, _, _ = binary(2000, 20, 10)
    assert q3(fitted(clean), clean, above=0.2).pairs == ()


def test_gaps_are_left_out_and_small_data_refused() -> None:
    scores, _, _ = binary(1000, 10, 2)
    holes = scores.copy()
    holes[:300, 0] = -1
    assert s_x2(fitted(holes), holes)[4].p == pytest.approx(s_x2(fitted(holes), holes[300:])[4].p)
    result = fitted(scores)
    for check in (s_x2, lambda r, s: q3(r, s, above=0.2)):
        with pytest.raises(Refused):
            check(result, scores[:99])

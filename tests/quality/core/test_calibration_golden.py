"""Calibration against published data: LSAT 6 and 7 (Bock & Lieberman 1970) and stored mirt 1.45 figures.

The response patterns of LSAT 6 are printed in Bock & Lieberman (1970) and many textbooks; figures of
mirt were made with 61 nodes on [-6, 6] and a tight tolerance.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from chizheng.quality.core.calibration import Calibration, Model, calibrate
from tests.shared_data import shared

# count of each pattern 00000, 00001, ... 11111 of the 1,000 candidates of LSAT section 6
LSAT6 = [
    3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15,
    10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298,
]  # fmt: skip


def lsat6() -> np.ndarray:
    patterns = (np.arange(32)[:, None] >> np.arange(4, -1, -1)) & 1
    return np.repeat(patterns, LSAT6, axis=0).astype(np.int8)


def test_lsat6_two_parameter() -> None:
    result = calibrate(lsat6(), list("abcde"), Model.TWO_PL)
    assert result.log_likelihood == pytest.approx(-2466.653378, abs=1e-5)  # mirt 1.45.1
    assert [i.slope for i in result.items] == pytest.approx(
        [0.82566, 0.72274, 0.89087, 0.68837, 0.65686], abs=1e-5
    )  # ltm and mirt
    assert result.items[0].intercepts[0] == pytest.approx(2.773234, abs=5e-6)
    assert result.items[0].se_slope == pytest.approx(0.258115, rel=1e-4)  # Oakes' identity in mirt
    assert result.items[0].se_intercepts[0] == pytest.approx(0.205743, rel=1e-4)
    assert result.items[0].difficulty == pytest.approx(-3.358808, abs=1e-4)  # b = -d / a


def test_lsat6_rasch_estimates_the_variance() -> None:
    result = calibrate(lsat6(), list("abcde"), Model.RASCH)
    assert result.log_likelihood == pytest.approx(-2466.937600, abs=1e-5)
    assert result.groups[0].sd ** 2 == pytest.approx(0.5702, abs=2e-4)
    assert result.items[0].intercepts[0] == pytest.approx(2.730017, abs=1e-5)
    # twice sd times its error is the error of the variance in mirt
    assert 2 * result.groups[0].sd * result.groups[0].se_sd == pytest.approx(0.104864, rel=1e-3)


def reference() -> dict:  # type: ignore[type-arg]
    return json.loads(shared("data/irt/reference_values.json").read_text())


def table(name: str) -> np.ndarray:
    return np.loadtxt(shared(f"data/irt/{name}"), delimiter=",", skiprows=1, dtype=np.int64)


SAT12_KEY = [
    1, 4, 5, 2, 3, 1, 2, 1, 3, 1, 2, 4, 2, 1, 5, 3, 4, 4, 1, 4, 3, 3, 4, 1, 3, 5, 1, 3, 1, 5, 4, 5,
]  # fmt: skip


def load(name: str) -> np.ndarray:
    raw = table(f"mirt__{name}.csv")
    if name.startswith("LSAT"):
        return np.repeat(raw[:, :-1], raw[:, -1], axis=0).astype(np.int8)
    return ((raw == SAT12_KEY) if name == "SAT12" else raw).astype(np.int8)


@pytest.mark.parametrize(
    ("data", "model", "key", "within"),
    [
        ("LSAT6", Model.TWO_PL, "mirt_LSAT6_2PL", 1e-5),
        ("LSAT7", Model.TWO_PL, "mirt_LSAT7_2PL", 1e-5),
        ("LSAT7", Model.RASCH, "mirt_LSAT7_Rasch", 1e-5),
        ("SAT12", Model.TWO_PL, "mirt_SAT12_2PL", 1e-5),
        ("Science", Model.GPCM, "mirt_Science_gpcm", 2e-4),  # mirt stopped earlier: 2,440 steps of EM
    ],
)
def test_agrees_with_mirt(data: str, model: Model, key: str, within: float) -> None:
    stored = reference()[key]
    scores = load(data)
    result = calibrate(scores, [str(j) for j in range(scores.shape[1])], model)
    assert result.converged
    assert result.log_likelihood == pytest.approx(stored["logLik"], abs=1e-4)
    for item, row in zip(result.items, stored["coef"], strict=True):
        errors = stored["se"][row["_row"]]
        keys = ["d"] if "d" in row else [f"d{k + 1}" for k in range(len(item.steps))]
        assert item.slope == pytest.approx(row["a1"], abs=within)
        assert list(item.intercepts) == pytest.approx([row[k] for k in keys], abs=within)
        assert list(item.se_intercepts) == pytest.approx([errors[k] for k in keys], rel=1e-3)
        if errors["a1"] != "NA":
            assert item.se_slope == pytest.approx(errors["a1"], rel=1e-3)


def test_several_groups_agree_with_mirt() -> None:
    stored = reference()["mirt_mg_dataDIF"]
    raw = table("equateIRT__dataDIF.csv")
    result: Calibration = calibrate(
        raw[:, :-1].astype(np.int8), [f"I{j}" for j in range(20)], Model.TWO_PL, groups=raw[:, -1].astype(str)
    )
    assert result.log_likelihood == pytest.approx(stored["logLik"], abs=1e-3)
    for group, label in zip(result.groups, ("1", "2", "3"), strict=True):
        means = stored["coef"][label]
        assert group.mean == pytest.approx(means["means"]["F1"], abs=2e-5)
        assert group.sd**2 == pytest.approx(means["cov"], abs=5e-5)
    for item, row in zip(result.items, stored["coef"]["1"]["items"], strict=True):
        assert item.slope == pytest.approx(row["a1"], abs=2e-5)
        assert item.intercepts[0] == pytest.approx(row["d"], abs=2e-5)

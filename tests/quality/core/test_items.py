"""Item and paper statistics: stored figures, known faults found, noise left alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chizheng.kernel.errors import BadInput, Refused
from chizheng.quality.core.calibration import MISSING
from chizheng.quality.core.items import (
    Effect,
    Flag,
    ItemThresholds,
    binomial_csem,
    findings,
    item_figures,
    logistic_dif,
    mantel_haenszel,
    option_tables,
    reliability,
)
from tests.quality.core.test_calibration_golden import SAT12_KEY, load, lsat6, table
from tests.quality.simulated import binary, logistic_scores, names
from tests.shared_data import shared

THRESHOLDS = ItemThresholds(least_answers=100, weak=0.15, idle=0.02, easy=0.95, hard=0.10)


@pytest.mark.parametrize(
    ("data", "key"), [("LSAT7", "mirt_LSAT7_alpha_itemstats"), ("SAT12", "mirt_SAT12_itemstats")]
)
def test_agrees_with_mirt_itemstats(data: str, key: str) -> None:
    stored = json.loads(shared("data/irt/reference_values.json").read_text())[key]
    scores = load(data)
    label = names(scores.shape[1])
    paper, figures = reliability(scores, label), item_figures(scores, label)
    overall = stored["overall"][0]
    assert (paper.alpha, paper.mean, paper.sd) == pytest.approx(
        (overall["alpha"], overall["mean_total.score"], overall["sd_total.score"]), abs=1e-9
    )
    assert list(figures.discrimination) == pytest.approx(
        [r["total.r_if_rm"] for r in stored["items"]], abs=1e-9
    )
    assert list(paper.alpha_without) == pytest.approx([r["alpha_if_rm"] for r in stored["items"]], abs=1e-9)


def test_lsat6_figures_by_hand() -> None:
    """Shares right are printed with the data (Bock & Lieberman 1970): .924 .709 .553 .763 .870."""
    figures = item_figures(lsat6(), list("abcde"))
    assert list(figures.difficulty) == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.870])


def test_omega_of_congeneric_items_is_the_true_reliability() -> None:
    rng = np.random.default_rng(1)
    loading, n = np.linspace(0.8, 2.0, 8), 60_000
    truth = rng.normal(size=n)
    scores = (
        np.round(60 + 5 * (truth[:, None] * loading + rng.normal(0, 1.5, (n, 8))))
        .clip(0, 120)
        .astype(np.int8)
    )
    expected = loading.sum() ** 2 / (loading.sum() ** 2 + 8 * 1.5**2)
    paper = reliability(scores, names(8))
    assert paper.omega == pytest.approx(expected, abs=0.004)
    assert paper.alpha < paper.omega
    assert paper.sem == pytest.approx(paper.sd * np.sqrt(1 - paper.omega))


def test_stratified_alpha_beats_alpha_when_sections_measure_different_things() -> None:
    rng = np.random.default_rng(2)
    theory, practice = rng.normal(size=(2, 3000))
    b = np.linspace(-1, 1, 15)
    scores = np.hstack([logistic_scores(rng, t, np.full(15, 1.5), b) for t in (theory, practice)])
    sections = ["theory"] * 15 + ["practice"] * 15
    paper = reliability(scores, names(30), sections=sections)
    assert paper.stratified > paper.alpha + 0.02
    assert reliability(scores, names(30)).stratified == pytest.approx(paper.alpha)


def test_order_of_candidates_does_not_matter() -> None:
    scores, _, _ = binary(400, 9, 3)
    scores[np.random.default_rng(0).random(scores.shape) < 0.1] = MISSING
    one, two = item_figures(scores, names(9)), item_figures(scores[::-1], names(9))
    for left, right in ((one.discrimination, two.discrimination), (one.upper_lower, two.upper_lower)):
        assert left == pytest.approx(right, abs=1e-12)


def choices(seed: int, persons: int = 1200, items: int = 20) -> np.ndarray:
    """Options A (key) to D; distractors of the weak are spread evenly."""
    rng = np.random.default_rng(seed)
    right = logistic_scores(rng, rng.normal(size=persons), np.full(items, 1.2), np.linspace(-1.2, 1.2, items))
    return np.where(right == 1, "A", rng.choice(["B", "C", "D"], right.shape))


def test_a_wrong_key_and_an_idle_distractor_are_found() -> None:
    chosen = choices(4)
    chosen[:, 3] = np.where(chosen[:, 3] == "D", "B", chosen[:, 3])  # D does nothing in item 4
    keys = ["A"] * 20
    keys[6] = "B"  # the key of item 7 was typed wrongly
    label = names(20)
    scores = (chosen == np.array(keys)).astype(np.int8)
    found = findings(item_figures(scores, label), THRESHOLDS, option_tables(chosen, keys, label))
    said = {(f.item, f.flag, f.option) for f in found}
    assert ("item7", Flag.KEY_DOUBTFUL, "A") in said
    assert ("item7", Flag.NEGATIVE, "") in said
    assert {f.item for f in found} == {"item7"}  # a distractor nobody chose leaves no trace to flag
    assert "答案键" in next(f for f in found if f.flag is Flag.KEY_DOUBTFUL).say()
    tables = option_tables(chosen, ["A"] * 20, label)
    assert np.diff(tables[9].shares[0]).min() > 0  # the key rises with ability
    assert tables[9].shares.sum(axis=0) == pytest.approx(np.ones(5))
    assert tables[9].correlation[0] == pytest.approx(
        item_figures((chosen == "A").astype(np.int8), label).discrimination[9]
    )


def test_sat12_options_of_the_published_key() -> None:
    raw = table("mirt__SAT12.csv")
    label = names(32)
    tables = option_tables(raw.astype(str), [str(k) for k in SAT12_KEY], label)
    figures = item_figures((raw == SAT12_KEY).astype(np.int8), label)
    weak = {f.item for f in findings(figures, THRESHOLDS, tables) if f.flag is Flag.WEAK}
    assert "item12" in weak  # a1 = 0.16 in the stored calibration, the flattest item
    assert all(t.chosen.sum() + t.omitted == pytest.approx(1) for t in tables)


def dif_world(seed: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    focal = np.arange(3000) % 2 == 0
    b = np.linspace(-1, 1, 20)
    bias = np.zeros((3000, 20))
    bias[focal, 4] = shift
    theta = rng.normal(np.where(focal, -0.3, 0.0))
    p = 1 / (1 + np.exp(-(theta[:, None] - b - bias)))
    return (rng.random(p.shape) < p).astype(np.int8), focal


def test_dif_is_found_with_its_size_and_not_elsewhere() -> None:
    scores, focal = dif_world(5, 0.9)
    mh = mantel_haenszel(scores, names(20), focal)
    assert mh[4].effect is Effect.C
    assert mh[4].delta == pytest.approx(-2.35 * 0.9, abs=3 * mh[4].se_delta)
    assert [r.item for r in mh if r.effect is Effect.C] == ["item5"]
    by_logit = logistic_dif(scores, names(20), focal)
    assert max(by_logit, key=lambda r: r.gain).item == "item5"
    assert by_logit[4].p < 1e-6 and by_logit[4].uniform > 10 * by_logit[4].crossing


def test_dif_keeps_its_false_alarm_rate() -> None:
    p = np.array([r.p for seed in range(6) for r in mantel_haenszel(*_labelled(dif_world(seed, 0.0)))])
    assert 0.005 < np.mean(p < 0.05) < 0.1


def _labelled(world: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, list[str], np.ndarray]:
    return world[0], names(20), world[1]


def test_known_dif_item_of_a_public_data_set() -> None:
    raw = table("equateIRT__dataDIF.csv")
    raw = raw[raw[:, -1] != 2]
    result = mantel_haenszel(raw[:, :-1].astype(np.int8), names(20), raw[:, -1] == 3)
    assert [r.item for r in result if r.effect is Effect.C] == ["item1"]


def test_refusals() -> None:
    scores, _, _ = binary(200, 6, 6)
    with pytest.raises(Refused):
        item_figures(scores[:10], names(6))
    with pytest.raises(Refused) as flat:
        reliability(np.ones((100, 5), dtype=np.int8), names(5))
    assert flat.value.code == "no_variance"
    with pytest.raises(Refused):
        mantel_haenszel(scores, names(6), np.arange(200) < 10)
    with pytest.raises(BadInput):
        mantel_haenszel(scores * 2, names(6), np.arange(200) < 100)
    assert binomial_csem(np.array([0.0, 30.0, 60.0]), 60) == pytest.approx([0, 30 / np.sqrt(59), 0])

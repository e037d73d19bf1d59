"""Stations weighed against an honest population learned from the bent data themselves."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from chizheng.quality.core.surveillance.evidence import (
    benjamini_hochberg,
    e_benjamini_hochberg,
    learned_odds,
    local_fdr_cut,
)
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism, catalogue
from chizheng.quality.core.surveillance.power import power
from chizheng.quality.core.surveillance.sequential import watch
from chizheng.quality.core.surveillance.stations import Weighed, evaluate, weigh
from chizheng.quality.core.surveillance.world import EFFECT_GRID, Records, learn
from tests.quality.worlds import CUT, Province, corrupted, province

SMALL = {"stations": 60, "low": 80, "high": 200}


def records(p: Province) -> Records:
    return Records(p.station, np.zeros_like(p.station), p.theory.astype(float), p.practical)


@cache
def bent_province() -> tuple[Province, Weighed]:
    p = province(np.random.default_rng(4), "paid40", **SMALL)
    return p, weigh(records(p), CUT, rounds=2)


@cache
def honest_province() -> tuple[Province, Weighed]:
    p = province(np.random.default_rng(8), "honest", stations=150, low=60, high=120)
    return p, weigh(records(p), CUT, rounds=1)


def test_the_honest_population_is_learned_from_bent_data() -> None:
    _p, w = bent_province()
    world = w.world
    assert world.placement.size[0] == pytest.approx(9.0, rel=0.05)
    assert world.effect_sd == pytest.approx(2.5, rel=0.35)
    location, _ = world.placement.at(np.zeros(2, np.int64), np.array([58.0, 78.0]))
    assert location[1] - location[0] == pytest.approx(9.0, abs=0.8)
    assert world.heap[0] / sum(world.heap) == pytest.approx(0.1, abs=0.04)
    assert 0.05 < world.mercy[0] / sum(world.mercy) < 0.45


def test_corrupt_stations_come_first_and_the_list_is_clean() -> None:
    p, w = bent_province()
    worst = np.argsort(-w.log_odds)[: int(p.corrupt.sum())]
    assert p.corrupt[worst].mean() >= 0.6
    flagged = local_fdr_cut(1 / (1 + np.exp(w.log_odds)), 0.05)
    assert flagged.any()
    assert (flagged & ~p.corrupt).sum() <= 1


@pytest.mark.parametrize(("mode", "family"), [("near8", Family.PUSH), ("all8", Family.SHIFT)])
def test_the_mechanism_is_named(mode: str, family: Family) -> None:
    p = province(np.random.default_rng(6), mode, **SMALL)
    w = weigh(records(p), CUT, rounds=2)
    bent = np.flatnonzero(p.corrupt & (w.log_odds > 2))
    assert bent.size >= 1
    named = [w.mechanisms[j].family for j in w.share[bent].argmax(axis=1)]
    assert named.count(family) > len(named) / 2


def test_factors_average_at_most_one_on_honest_stations() -> None:
    """An e-value: mean <= 1 under honesty; means of a heavy-tailed draw, so only clear excess fails."""
    _, w = honest_province()
    factor = np.exp(np.minimum(w.log_factor, 30))
    mean, error = factor.mean(axis=0), factor.std(axis=0) / np.sqrt(factor.shape[0])
    assert (mean < 1 + 4 * error).all()
    assert (factor > 1000).mean() < 0.002  # Markov: at most a thousandth


def test_row_order_and_names_of_stations_do_not_matter() -> None:
    p, w = bent_province()
    rng = np.random.default_rng(0)
    rows, names = rng.permutation(p.station.size), rng.permutation(p.size.size)
    r = records(p)
    shuffled = Records(names[r.unit[rows]], r.partition[rows], r.covariate[rows], r.mark[rows])
    again = weigh(shuffled, CUT, rounds=2)
    np.testing.assert_allclose(again.log_odds[names], w.log_odds, atol=5e-3)


def test_one_more_honest_station_hardly_changes_the_others() -> None:
    p, w = bent_province()
    extra = province(np.random.default_rng(99), "honest", stations=1, low=150, high=150)
    r = records(p)
    joined = Records(
        np.r_[r.unit, np.full(150, r.units)],
        np.r_[r.partition, np.zeros(150, np.int64)],
        np.r_[r.covariate, extra.theory],
        np.r_[r.mark, extra.practical],
    )
    again = weigh(joined, CUT, rounds=2)
    assert np.abs(again.log_odds[:-1] - w.log_odds).max() < 1.5
    assert np.corrcoef(again.log_odds[:-1], w.log_odds)[0, 1] > 0.99


def test_partitions_have_their_own_level_and_share_the_station() -> None:
    """Half of the candidates sit an occupation marked ten points lower: nobody is flagged for it."""
    p = province(np.random.default_rng(21), "honest", **SMALL)
    part = np.random.default_rng(2).integers(0, 2, p.station.size)
    marks = np.clip(p.practical - 10 * part, 0, 100)
    w = weigh(Records(p.station, part, p.theory.astype(float), marks), CUT, rounds=2)
    level = w.world.placement.level
    assert level[0] - level[1] == pytest.approx(10.0, abs=1.0)


def test_blank_theory_is_a_wider_expectation_not_a_nought() -> None:
    _p, w = bent_province()
    location, scale = w.world.placement.at(np.zeros(2, np.int64), np.array([np.nan, 68.0]))
    assert scale[0] > scale[1]
    assert location[0] == pytest.approx(70, abs=2)


def test_heavy_tails_of_station_effects_are_seen_as_such() -> None:
    worlds = [
        learn(
            records(province(np.random.default_rng(3), "honest", world=name, stations=400, low=60, high=80)),
            CUT,
        )
        for name in ("normal", "t5")
    ]
    tail = [w.effect[np.abs(EFFECT_GRID) > 3 * 2.5].sum() for w in worlds]
    assert tail[1] > tail[0]


def test_a_unit_does_not_vouch_for_itself() -> None:
    """One lone outlier is judged by what the others taught: its odds do not rise with its own vote."""
    lone = np.full((200, 1), -2.0)
    lone[0] = 6.0
    odds, _, weight = learned_odds(lone, np.array([0.5]), 10.0)
    assert odds[0] == pytest.approx(6.0 + np.log(0.5 / 209.5), abs=0.3)
    assert weight.sum() < 0.01
    many = lone.copy()
    many[:20] = 6.0
    assert learned_odds(many, np.array([0.5]), 10.0)[0][0] > odds[0] + 2


def test_a_wide_population_is_not_taken_for_corruption() -> None:
    """What cannot be told from lenient honest stations keeps its prior share, however often it fits."""
    fits = np.full((200, 2), -3.0)
    fits[:60, 1] = 2.5
    pseudo, learnable = np.array([0.5, 0.5]), np.array([True, False])
    assert learned_odds(fits, pseudo, 10.0)[2][1] > 0.05
    assert learned_odds(fits, pseudo, 10.0, learnable)[2][1] == pytest.approx(0.5 / 211)


@pytest.mark.parametrize("dependent", [False, True])
def test_e_bh_keeps_its_promise(dependent: bool) -> None:
    """False discovery at most the level (99.9 % binomial bound of 400 draws), even under dependence."""
    rng, level, fdp = np.random.default_rng(12), 0.1, []
    for _ in range(400):
        shared = rng.normal() if dependent else 0.0
        z = np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(size=100) if dependent else rng.normal(size=100)
        z[:10] += 4
        flags = e_benjamini_hochberg(np.exp(3 * z - 4.5), level)
        fdp.append(flags[10:].sum() / max(flags.sum(), 1))
    assert np.mean(fdp) <= level + 3.1 * np.sqrt(level * (1 - level) / 400)


def test_lists_grow_with_the_level() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(size=300) ** 2
    for step in (benjamini_hochberg, local_fdr_cut):
        low, high = step(p, 0.05), step(p, 0.2)
        assert high.sum() >= low.sum()
        assert not (low & ~high).any()
    assert not e_benjamini_hochberg(np.zeros(0), 0.05).size


def test_power_rises_with_size_and_share() -> None:
    _, w = honest_province()
    location = np.linspace(60, 80, 9)
    arguments = (w.world, location, np.full(9, 9.0), np.ones(9))
    forty = power(*arguments, Mechanism(Family.SOLD, 0.4, width=3), (60, 250, 1000), 5.0)
    fifteen = power(*arguments, Mechanism(Family.SOLD, 0.15, width=3), (60, 250, 1000), 5.0)
    assert (np.diff(forty) > 0).all()
    assert (fifteen < forty).all()
    assert forty[0] < 0.3 < 0.9 < forty[2]


def test_the_onset_is_found() -> None:
    _, w = honest_province()
    rng = np.random.default_rng(17)
    p = province(rng, "honest", stations=12, low=480, high=480)
    sitting = np.tile(np.repeat(np.arange(24), 20), 12)
    marks = p.practical.copy()
    late = (sitting >= 8) & (p.station < 6)
    marks[late] = corrupted(marks[late], "near8", rng)
    seen = watch(
        Records(p.station, np.zeros_like(p.station), p.theory.astype(float), marks), sitting, w.world
    )
    assert all(abs(s.onset - 8) <= 2 and s.evidence.max() > np.log(100) for s in seen[:6])
    assert all(s.mechanism.family is Family.PUSH for s in seen[:6])
    assert sum(s.evidence.max() > np.log(100) for s in seen[6:]) <= 1  # one in a hundred each, at most


def test_evidence_before_anything_happened_is_neutral() -> None:
    """The e-process starts near one and its first step is a fair bet."""
    _, w = honest_province()
    p = province(np.random.default_rng(5), "honest", stations=40, low=100, high=100)
    sitting = np.tile(np.repeat(np.arange(5), 20), 40)
    seen = watch(records(p), sitting, w.world)
    last = np.exp([s.evidence[-1] for s in seen])
    assert stats.trim_mean(last, 0.05) < 1.2


def test_evaluating_one_station_alone_or_among_others_is_the_same() -> None:
    p, w = bent_province()
    r = records(p)
    everyone = evaluate(r, w.world, catalogue()).log_factor
    rows = r.unit == 3
    alone = evaluate(
        Records(np.zeros(rows.sum(), np.int64), r.partition[rows], r.covariate[rows], r.mark[rows]),
        w.world,
        catalogue(),
    ).log_factor
    np.testing.assert_allclose(alone[0], everyone[3], atol=0.02)

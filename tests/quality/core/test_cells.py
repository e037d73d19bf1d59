"""The quick likelihood of whole cells against the model written out mark by mark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chizheng.quality.core.surveillance.cells import weigh_cells
from chizheng.quality.core.surveillance.likelihood import GROSS, TOP, Batch, Habits, Likelihood, Nodes, Shape
from chizheng.quality.core.surveillance.mechanisms import Family, Mechanism, catalogue, theory_catalogue
from chizheng.quality.core.surveillance.stations import coarse_nodes, evaluate, interpolation
from chizheng.quality.core.surveillance.world import MERCY_NODES, Records, World, learn
from tests.quality.worlds import province

CUT = 60


@pytest.fixture(scope="module")
def learned() -> tuple[Records, World]:
    p = province(np.random.default_rng(3), "mixed", stations=30, low=150, high=300)
    records = Records(p.station, np.zeros_like(p.station), p.theory.astype(float), p.practical)
    return records, learn(records, CUT)


def few(world: World, *, tide: bool = False) -> tuple[Batch, Nodes, Habits]:
    """Three cells of two stations with every kind of mark, the ends of the scale included."""
    rng = np.random.default_rng(8)
    mark = np.clip(np.rint(rng.normal(66, 13, 120)), 0, TOP).astype(np.int64)
    mark[:16] = [100, 99, 0, 1, 5, 8, 12, 13, 60, 59, 58, 55, 61, 62, 65, 75]
    cell = np.sort(rng.integers(0, 3, 120))
    unit = (cell > 0).astype(np.int64)
    batch = Batch(unit, cell, rng.normal(69, 5, 120), rng.uniform(8, 10, 120), mark)
    nodes = Nodes(
        np.linspace(-4, 4, 5) + np.array([[0.0], [1.0]]),
        np.array([[0.05, 0.1, 0.2], [0.02, 0.3, 0.5]]),
        MERCY_NODES,
    )
    wishes = np.ones(TOP + 1)
    if tide:
        wishes[[50, 65, 70]] = [1.2, 1.1, 0.9]
    return batch, nodes, Habits(np.array([1.0, 0.5, 0.0, 0.0]), wishes)


def one_by_one(batch: Batch, nodes: Nodes, shape: Shape, habits: Habits, m: Mechanism | None) -> np.ndarray:
    """Log-likelihood (cells, V, H, C) under `m`, each mark on its own."""
    out = np.zeros((int(batch.cell[-1]) + 1, nodes.effect.shape[1], nodes.heap.shape[1], nodes.mercy.size))
    for i, mark in enumerate(batch.mark):
        single = Batch(
            batch.unit[[i]], np.zeros(1, np.int64), batch.location[[i]], batch.scale[[i]], batch.mark[[i]]
        )
        row = np.array([0])

        def p(
            at: int, step: int = 0, single: Batch = single, row: np.ndarray = row, near: bool = True
        ) -> np.ndarray:
            moved = Likelihood(replace(single, location=single.location - step), nodes, shape, habits, CUT)
            if at < 0:
                return np.zeros((1, nodes.effect.shape[1], nodes.heap.shape[1], 1))
            return (moved.pmf_near if near else moved.pmf)(np.array([at]), row)

        value = p(mark)
        if m is None:
            pass
        elif m.family is Family.SHIFT and m.share == 1:
            if mark < TOP:
                value = p(mark - m.step, m.step) if mark >= m.step else np.full_like(value, GROSS / (TOP + 1))
        elif m.family is Family.SHIFT:
            raised = p(TOP - m.step if mark >= TOP else mark - m.step, near=False)
            value = value * (1 - m.share + m.share * raised / p(mark, near=False))
        elif m.family is Family.PUSH:
            if CUT - m.reach <= mark < CUT:
                value = value * (1 - m.share)
            elif mark >= CUT and CUT - m.reach <= mark - m.step < CUT:
                value = value + m.share * p(mark - m.step)
        elif mark < CUT:
            value = value * (1 - m.share)
        elif mark < CUT + m.width:
            value = value + m.share / m.width * Likelihood(single, nodes, shape, habits, CUT).failing(
                row, nodes.mercy
            )
        out[batch.cell[i]] += np.log(value[0])
    return out


@pytest.mark.parametrize("tide", [False, True])
def test_cells_are_the_sums_of_their_marks_under_every_mechanism(
    learned: tuple[Records, World], tide: bool
) -> None:
    batch, nodes, habits = few(learned[1], tide=tide)
    shape = learned[1].shape
    mechanisms = [m for m in (*catalogue(), *theory_catalogue()) if m.visible]
    honest, ratios = weigh_cells(batch, nodes, shape, habits, CUT, mechanisms)
    # the floor of gross errors is multiplied by wishes and compassion not by its complement: both far below what matters
    close = 2e-2 if tide else 5e-3
    assert np.abs(honest - one_by_one(batch, nodes, shape, habits, None)).max() < close
    for m, ratio in zip(mechanisms, ratios, strict=True):
        assert ratio is not None
        bent = one_by_one(batch, nodes, shape, habits, m)
        # passes bought above the cut: quadratic in compassion between three of its nodes
        bought = m.family in (Family.SOLD, Family.SPREAD)
        assert np.abs(honest + ratio - bent).max() < (0.02 if bought else close), m.code


def test_an_invisible_shift_has_no_ratio_of_its_own(learned: tuple[Records, World]) -> None:
    batch, nodes, habits = few(learned[1])
    m = Mechanism(Family.SHIFT, step=8, visible=False)
    assert weigh_cells(batch, nodes, learned[1].shape, habits, CUT, [m])[1] == [None]


def test_between_coarse_nodes_polynomials_are_exact() -> None:
    effect = np.linspace(-3.0, 5.0, 19)[None]
    at = coarse_nodes(effect)
    for power in range(7):
        assert interpolation(19) @ (at[0] ** power) == pytest.approx(effect[0] ** power, rel=1e-9, abs=1e-9)


def test_coarse_nodes_lose_nothing_that_matters(
    learned: tuple[Records, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    records, world = learned
    quick = evaluate(records, world, catalogue()).log_factor
    monkeypatch.setattr("chizheng.quality.core.surveillance.stations.coarse_nodes", lambda effect: effect)
    monkeypatch.setattr(
        "chizheng.quality.core.surveillance.stations.interpolation", lambda count: np.eye(count)
    )
    dense = evaluate(records, world, catalogue()).log_factor
    assert np.abs(quick - dense)[dense > -2].max() < 0.02

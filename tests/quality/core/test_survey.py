"""Folding: one bent assessor, one bent session, leaked theory; assessors over stations."""

from __future__ import annotations

import numpy as np
import pytest

from chizheng.quality.core.surveillance.mechanisms import Family, catalogue
from chizheng.quality.core.surveillance.survey import (
    Marks,
    Policy,
    Verdicts,
    empty_tally,
    family_of,
    judge,
    learn_populations,
    tally,
    whole_points,
)
from tests.quality.worlds import CUT, corrupted, province

STATIONS = 60


def surveyed(spoil: str) -> tuple[list[Verdicts], np.ndarray]:
    """A province in which `spoil` happened at stations 0, 1, 2; two assessors and two sessions a station."""
    rng = np.random.default_rng(31)
    p = province(rng, "honest", stations=STATIONS, low=200, high=240)
    panel, sitting = rng.integers(0, 2, p.station.size), rng.integers(0, 2, p.station.size)
    theory, handed = p.theory.astype(float), p.practical.copy()
    if spoil == "assessor":
        bent = (p.station < 3) & (panel == 0)
        handed[bent] = corrupted(handed[bent], "near8", rng)
    elif spoil == "theory":
        bent = (p.station < 3) & (theory < CUT) & (rng.random(theory.size) < 0.6)
        theory[bent] = rng.integers(CUT, CUT + 3, bent.sum())
    marks = Marks(
        p.station,
        2 * p.station + panel,
        2 * p.station + sitting,
        np.zeros_like(p.station),
        theory,
        handed.astype(float),
    )
    policy = Policy(CUT)
    populations = learn_populations(marks, policy)
    found = empty_tally()
    # In two chunks of whole stations: the outcome does not depend on how the table is cut.
    for part in (marks.station < 25, marks.station >= 25):
        tally(populations, marks.take(np.flatnonzero(part)), found, policy)
    return judge(found, policy, STATIONS, 2 * STATIONS, 2 * STATIONS), np.arange(STATIONS) < 3


def test_one_bent_assessor_is_found_and_counts_for_the_station() -> None:
    (stations, assessors, _), bent = surveyed("assessor")
    assert (np.sort(np.argsort(-stations.log_factor)[:3]) == np.flatnonzero(bent)).all()
    assert set(np.argsort(-assessors.log_factor)[:3]) == {0, 2, 4}
    assert assessors.log_factor[[1, 3, 5]].max() < 2  # the colleague next door stays clear


def test_bought_theory_is_found_by_practice() -> None:
    (stations, *_), bent = surveyed("theory")
    worst = np.argsort(-stations.log_factor)[:3]
    assert set(worst) == set(np.flatnonzero(bent))
    assert all(family_of(stations.columns[int(stations.mechanism[s])]) is Family.THEORY_SOLD for s in worst)


def test_the_noise_of_small_cells_does_not_flag_stations() -> None:
    """Ten stations have one assessor of four with a weak sign, the whole speaks against: none is listed."""
    kinds, found = len(catalogue()), empty_tally()
    for s in range(100):
        found.whole[s] = np.full(kinds, -2.0)
        for a in range(4):
            value = np.full(kinds, -1.0)
            if s < 10 and a == 0:
                value[2] = 4.0
            found.assessor_cells[s, 4 * s + a] = value
            found.size["assessor", 4 * s + a] = 40
        found.size["station", s] = 160
    stations, *_ = judge(found, Policy(CUT), 100, 400, 0)
    assert not stations.flagged.any()


@pytest.mark.parametrize(("mark", "points"), [(59.9, 59), (60.0, 60), (100.0, 100), (0.4, 0)])
def test_a_fraction_never_passes(mark: float, points: int) -> None:
    assert whole_points(np.array([mark]))[0] == points

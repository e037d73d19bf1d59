"""Items over their exposures: honest ones stay quiet, a leak and a change are found, small data are refused."""

from __future__ import annotations

import numpy as np
import pytest

from chizheng.kernel.errors import Refused
from chizheng.quality.core.items import Effect
from chizheng.quality.core.items.exposure import drifted, exposure
from tests.quality.simulated import names

FIRST = 500


def paper(seed: int, persons: int = 1500, items: int = 30) -> np.ndarray:
    rng = np.random.default_rng(seed)
    slope, place = rng.lognormal(0, 0.25, items), rng.normal(0, 1, items)
    theta = rng.normal(size=(persons, 1))
    return (rng.random((persons, items)) < 1 / (1 + np.exp(-slope * (theta - place)))).astype(np.int8)


def watched(right: np.ndarray, seed: int = 1, first: int = FIRST):
    return exposure(
        right, names(right.shape[1]), first=first, most=first, least_watched=50, false_alarm=0.01,
        rng=np.random.default_rng(seed),
    )  # fmt: skip


def test_honest_items_seldom_alarm_whatever_the_size_of_the_calibration() -> None:
    """1 % per 1,000 exposures, error of the calibration included: of 180 item runs hardly any."""
    for first in (250, 1000):
        alarms = [
            p.alarm is not None
            for seed in range(3)
            for p in watched(paper(seed, first + 1000), seed, first).paths
        ]
        assert len(alarms) == 90 and sum(alarms) <= 4


def test_a_leak_to_two_in_five_is_found() -> None:
    right = paper(7)
    hard = int(np.argmin(right[:FIRST].mean(axis=0)))
    knows = np.random.default_rng(8).random(right.shape[0]) < 0.4
    knows[:FIRST] = False
    right[knows, hard] = 1
    found = {p.item: p for p in watched(right).paths}
    bent = found[names(30)[hard]]
    assert bent.alarm is not None and bent.alarm <= 250 and bent.seen > bent.expected + 0.15
    assert bent.path[bent.alarm] >= bent.limit > bent.path[: bent.alarm].max(initial=0)


def test_few_candidates_are_refused_with_their_number() -> None:
    with pytest.raises(Refused) as error:
        watched(paper(1, FIRST + 49))
    assert error.value.code == "too_few_persons" and str(FIRST + 49) in error.value.say("zh")


def test_an_item_that_became_easier_drifts_and_others_do_not() -> None:
    right = paper(11, 1600)
    right[800:, 4] |= np.random.default_rng(12).random(800) < 0.5
    recent, rows = drifted(right, names(30), np.repeat([1, 2], 800), least=50)
    assert recent == 800
    classes = {r.item: r for r in rows}
    assert classes[names(30)[4]].effect is Effect.C and classes[names(30)[4]].delta > 0
    assert sum(r.effect is Effect.C for r in rows) == 1


def test_small_new_sittings_join_until_there_are_enough() -> None:
    right = paper(3, 400)
    sitting = np.repeat([1, 2, 3, 4], [300, 40, 30, 30])
    assert drifted(right, names(30), sitting, least=50)[0] == 60
    assert drifted(right, names(30), sitting, least=80)[0] == 100
    with pytest.raises(Refused):  # nothing earlier to compare with
        drifted(right[:90], names(30), np.repeat([1, 2], 45), least=50)

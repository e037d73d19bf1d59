"""A new form on an old scale: leaked anchors leave, the cut comes out where it should, its error covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chizheng.kernel.errors import Refused
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.calibration import Item, Model, calibrate
from chizheng.quality.core.linking import Method, true_score_equivalent
from chizheng.quality.core.scale import Linked, carry_cut, examine, fixed_anchors, on_base
from tests.quality.simulated import logistic_scores

ANCHORS, OWN = 15, 25


def forms(
    seed: int, *, leaked: int = 0, persons: int = 2000, gap: float = 0.5
) -> tuple[tuple[Item, ...], ...]:
    """Base and new form with common anchors c0.. and own items; new candidates abler by `gap`; leaks are 0.8
    easier now. Returns calibrated items of the new form and of the base, and the truth of the new form."""
    rng = np.random.default_rng(seed)
    a, b = (
        np.exp(rng.normal(0, 0.25, ANCHORS + 2 * OWN)),
        np.clip(rng.normal(0, 1, ANCHORS + 2 * OWN), -1.8, 2),
    )
    base, new = np.r_[:ANCHORS, ANCHORS : ANCHORS + OWN], np.r_[:ANCHORS, ANCHORS + OWN : ANCHORS + 2 * OWN]
    later = b.copy()
    later[:leaked] -= 0.8
    labels = lambda at, own: [f"c{j}" if j < ANCHORS else f"{own}{j}" for j in at]  # noqa: E731
    old = logistic_scores(rng, rng.normal(size=persons), a[base], b[base])
    fresh = logistic_scores(rng, gap + 1.1 * rng.normal(size=persons), a[new], later[new])
    ours = calibrate(fresh, labels(new, "n"), Model.TWO_PL).items
    theirs = calibrate(old, labels(base, "o"), Model.TWO_PL).items
    truth = tuple(
        replace(i, slope=float(a[j]), steps=(float(later[j]),)) for i, j in zip(ours, new, strict=True)
    )
    return ours, theirs, truth


def linked(ours: tuple[Item, ...], theirs: tuple[Item, ...], alarmed: tuple[str, ...] = ()) -> Linked:
    return examine(
        ours, theirs, Method.STOCKING_LORD, alarmed=alarmed, least=8, advised=(12, 500), persons=2000
    )


def test_leaked_anchors_are_named_and_leave_and_the_cut_survives() -> None:
    wrong, told = [], []
    for seed in range(4):
        ours, theirs, truth = forms(seed, leaked=3, persons=3000)
        found = linked(ours, theirs)
        out = {e.item: e.why for e in found.anchors if not e.kept}
        told.append({"c0", "c1", "c2"} <= {n for n, why in out.items() if why == "easier"})
        carried = carry_cut(24.0, ours, theirs, found, Method.STOCKING_LORD)
        right = true_score_equivalent(24.0, ItemBank.of(theirs), ItemBank.of(truth))
        wrong.append(abs(carried.cut - right))
        assert 0 < carried.se < 1
    assert all(told) and np.mean(wrong) < 0.35


def test_what_the_leak_watch_reported_leaves_first() -> None:
    ours, theirs, _ = forms(1)
    found = linked(ours, theirs, ("c5", "c6"))
    assert {e.item for e in found.anchors if e.why == "alarm"} == {"c5", "c6"}
    assert found.notices == () or sum(e.kept for e in found.anchors) < 12


def test_items_on_the_base_scale_recover_the_gap_between_the_candidates() -> None:
    ours, theirs, truth = forms(3, persons=4000)
    found = linked(ours, theirs)
    assert found.link.slope == pytest.approx(1.1, abs=0.1) and found.link.shift == pytest.approx(0.5, abs=0.1)
    moved = on_base(ours, found.link)
    away = [
        abs(m.difficulty - t.difficulty) for m, t in zip(moved, truth, strict=True) if abs(t.difficulty) < 1.5
    ]
    assert np.mean(away) < 0.12
    kept = fixed_anchors(theirs, found.anchors)
    assert set(kept) == {e.item for e in found.anchors if e.kept}


def test_too_few_sound_anchors_are_refused_and_few_are_said() -> None:
    ours, theirs, _ = forms(2)
    with pytest.raises(Refused) as error:
        linked(ours, theirs, tuple(f"c{j}" for j in range(8)))
    assert error.value.code == "too_few_anchors"
    some = linked(ours, theirs, tuple(f"c{j}" for j in range(5)))
    assert "500" in some.notices[0].say("zh") and "500" in some.notices[0].say("en")

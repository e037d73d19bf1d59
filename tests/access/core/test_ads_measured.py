"""The labelled development set keeps its scores (docs/ads-vetting.md says what they mean)."""

from __future__ import annotations

import json

from bench.ads import Score, predict
from tests.shared_data import shared


def scored(name: str) -> tuple[Score, float]:
    ads = [json.loads(line) for line in shared(f"data/ads/{name}").open(encoding="utf-8")]
    score, right, positive = Score(), 0, 0
    for ad, (names, paper) in zip(ads, predict(ads), strict=True):
        score.add(ad, names)
        if ad["required"] and "certificate_wording" in ad:
            positive += 1
            right += ad["certificate_wording"] == paper
    return score, right / max(1, positive)


def test_real_ads() -> None:
    score, paper = scored("labelled_dev.jsonl")
    assert score.precision >= 0.97, score.misses
    assert score.recall >= 0.95, score.misses
    assert paper >= 0.97


def test_hard_titles() -> None:
    score, _ = scored("hard_dev.jsonl")
    assert score.misses == []

"""Targeting: lift, fairness and speed of the scorecard against simple rules and gradient boosting.

    PYTHONPATH=src python bench/targeting.py

Synthetic employers with a known truth; five provinces by seed, means over them. CPU seconds in one run.
"""

from __future__ import annotations

import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from chizheng.inspection.core import targeting
from chizheng.inspection.io.synthetic_employers import PLACES, Truth, employers

EMPLOYERS, VISITS = 200_000, 4_000


def rows_of(truth: Truth, seed: int) -> dict[str, tuple[float, float, float, float]]:
    past = truth.past_visits(VISITS, seed=seed)
    card = targeting.train(past, PLACES)
    scores = targeting.score(card, truth.employers)
    violating = truth.uncertified > 0
    covered = truth.coverage[truth.employers.place]
    top = EMPLOYERS // 20
    x, z = (targeting._features(e, card.coverage, card.rate) for e in (past.employers, truth.employers))
    raw = np.column_stack([z, truth.employers.unmatched])
    raw_past = np.column_stack([x, past.employers.unmatched])
    ranked = {
        "random": np.random.default_rng(seed).random(EMPLOYERS),
        "complaints first": truth.employers.signals["complaints"],
        "largest first": truth.employers.posts.astype(float),
        "unmatched, counted": truth.employers.unmatched.astype(float),
        "unmatched, share": truth.employers.unmatched / truth.employers.posts,
        "scorecard": scores.probability,
    }
    for name, settings in (
        ("boosting, deep", {}),
        ("boosting, depth 3", {"max_depth": 3, "learning_rate": 0.05, "max_iter": 200}),
        ("boosting, depth 2", {"max_depth": 2, "learning_rate": 0.05, "max_iter": 150}),
    ):
        model = HistGradientBoostingClassifier(random_state=0, **settings).fit(raw_past, past.violating)
        ranked[name] = model.predict_proba(raw)[:, 1]
    chosen = {name: np.argsort(-value, kind="stable")[:top] for name, value in ranked.items()}
    groups = targeting.coverage_groups(card, truth.employers)
    chosen["scorecard, even-handed"] = targeting.even_handed(scores, top, groups)
    ranked["scorecard, even-handed"] = scores.probability
    result = {}
    for name, rows in chosen.items():
        taken = np.zeros(EMPLOYERS, dtype=bool)
        taken[rows] = True
        fair = targeting.fairness(taken, ~violating, covered).point
        workers = truth.uncertified[rows].sum() / truth.uncertified.sum()
        lift = violating[rows].mean() / violating.mean()
        result[name] = (roc_auc_score(violating, ranked[name]), lift, workers, fair)
    return result


def main() -> None:
    runs = [rows_of(employers(EMPLOYERS, seed=s), s + 100) for s in range(5)]
    print(f"{EMPLOYERS:,} employers, {VISITS:,} past visits (a tenth random), top 5 %; means of {len(runs)}")
    print(f"{'ranking':26}{'AUC':>7}{'lift':>7}{'workers found':>15}{'clean visits, worst/best covered':>35}")
    for name in runs[0]:
        auc, lift, workers, fair = np.mean([run[name] for run in runs], axis=0)
        print(f"{name:26}{auc:7.3f}{lift:7.2f}{workers:14.0%}{fair:35.2f}")
    best = max(np.mean([run[n][1] for run in runs]) for n in runs[0] if n.startswith("boosting"))
    ours = np.mean([run["scorecard, even-handed"][1] for run in runs])
    print(f"even-handed scorecard: {ours / best:.1%} of the best challenger's lift")

    truth = employers(1_000_000, seed=9)
    card = targeting.train(truth.past_visits(VISITS, seed=9), PLACES)
    start, wall = time.process_time(), time.perf_counter()
    scores = targeting.score(card, truth.employers)
    targeting.even_handed(scores, 50_000, targeting.coverage_groups(card, truth.employers))
    print(
        f"ranking 1,000,000 employers: {time.process_time() - start:.2f} CPU-s, "
        f"{time.perf_counter() - wall:.2f} s"
    )


if __name__ == "__main__":
    main()

"""Copying in a room and preknowledge: power at a verified false-alarm rate, and the time of 25 million pairs.

    PYTHONPATH=src:. python bench/copying.py

World of the study: nominal response items, 4 options, J = 60, the weaker of a pair copies a fraction.
The option model is learned from the same (contaminated) candidates; thresholds come from pairs that sat
in different rooms, and the false-alarm rate is verified on other honest pairs of the same rooms.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import special, stats

from chizheng.quality.core.surveillance.copying import marginal_ratio, omega, threshold
from chizheng.quality.core.surveillance.detectors import Rule
from chizheng.quality.core.surveillance.options import learn_options
from chizheng.quality.core.surveillance.preknowledge import signed_ratio
from chizheng.quality.core.surveillance.rooms import Sheets, judge_rooms


def nominal(rng: np.random.Generator, persons: int, items: int, options: int = 4):
    """Item parameters and choices: option 0 is the key, distractors of uneven attraction."""
    slope = np.concatenate(
        [rng.lognormal(0, 0.3, (items, 1)), rng.normal(0, 0.3, (items, options - 1))], axis=1
    )
    pull = np.concatenate(
        [rng.normal(1.0, 0.9, (items, 1)), rng.normal(0, 0.7, (items, options - 1))], axis=1
    )
    theta = rng.standard_normal(persons)
    z = slope[None] * theta[:, None, None] + pull[None]
    p = special.softmax(z, axis=2)
    chosen = (rng.random((persons, items, 1)) > np.cumsum(p, axis=2)).sum(axis=2).clip(0, options - 1)
    return slope, pull, theta, chosen.astype(np.int8)


def copying(rng: np.random.Generator, items: int, fraction: float, rooms: int = 150, seats: int = 30) -> None:
    n = rooms * seats
    _, _, theta, choices = nominal(rng, n, items)
    room = np.arange(n).reshape(rooms, seats)
    pairs = []
    for r in range(rooms):
        seat = rng.permutation(seats)
        for k in range(2):  # two copiers a room
            a, b = room[r, seat[2 * k]], room[r, seat[2 * k + 1]]
            copier, source = (a, b) if theta[a] < theta[b] else (b, a)
            taken = rng.random(items) < fraction
            choices[copier, taken] = choices[source, taken]
            pairs.append((copier, source))
    start = time.process_time()
    model = learn_options(choices, np.zeros(items, np.int8))
    learned = time.process_time() - start
    guilty = np.zeros((n, 2), bool)
    apart, together, found = [], [], []
    copied = {(int(c), int(s)) for c, s in pairs}
    touched = {int(x) for pair in copied for x in pair}
    for r in range(rooms):
        ratio = marginal_ratio(choices[room[r]], model)
        for i in range(seats):
            for j in range(seats):
                key = (int(room[r, i]), int(room[r, j]))
                if key in copied:
                    found.append(ratio[i, j])
                elif i != j and not (key[0] in touched and key[1] in touched and (key[1], key[0]) in copied):
                    together.append(ratio[i, j])
        mixed = room[rng.permutation(rooms)[:seats], rng.integers(0, seats, seats)]
        other = marginal_ratio(choices[mixed], model)
        apart.append(other[~np.eye(seats, dtype=bool)])
    del guilty
    apart_all, together_all, found_all = np.concatenate(apart), np.array(together), np.array(found)
    for alpha in (0.01, 0.001):
        limit = threshold(apart_all, alpha)
        real = (together_all > limit).mean()
        print(
            f"J={items} copied {fraction:.0%} alpha {alpha}: power {(found_all > limit).mean():.3f}"
            f" verified FA {real:.5f}  (pairs {together_all.size})"
            f"  P(LR>100|honest) {(together_all > np.log(100)).mean():.5f}"
        )
    print(
        f"  mean e-value of honest pairs {np.exp(together_all).mean():.2f}"
        f"; option model {learned:.2f} CPU s for {n} persons"
    )


def listed_rooms(rng: np.random.Generator, fraction: float, rooms: int = 150, seats: int = 30) -> None:
    """Rooms on the list of the command (false discovery 5 %): one pair copies in a tenth of the rooms, or in none."""
    for bent in (0, rooms // 10):
        n = rooms * seats
        _, _, theta, choices = nominal(rng, n, 60)
        for r in range(bent):
            a, b = sorted((r * seats, r * seats + 1), key=lambda k: theta[k])
            taken = rng.random(60) < fraction
            choices[a, taken] = choices[b, taken]
        labels = tuple(str(i // seats) for i in range(n))
        items, names = tuple(map(str, range(60))), tuple(map(str, range(n)))
        sheets = Sheets("P", items, ("A", "B", "C", "D"), choices, np.zeros(60, np.int8), names, labels)
        rule = Rule(0.05, 1.0, 10.0, (3, 20, 150, 1000))
        start = time.process_time()
        flags, _ = judge_rooms([sheets], rule, np.random.default_rng(0), least=200, largest=120)
        spent = time.process_time() - start
        listed = {int(f.unit) for f in flags if f.flagged}
        found = len(listed & set(range(bent)))
        print(
            f"rooms listed at a false discovery of 5 %, {fraction:.0%} of 60 copied by one pair in {bent} of {rooms} rooms:"
            f" {found} found, {len(listed) - found} wrong; {spent:.1f} CPU s"
        )


def speed(rng: np.random.Generator) -> None:
    _, _, _, choices = nominal(rng, 5000, 60)
    model = learn_options(choices, np.zeros(60, np.int8))
    start = time.process_time()
    omega(choices, model)
    gemm = time.process_time() - start
    start = time.process_time()
    few = choices[:150]
    p = np.exp(model.log_p)
    belief = np.full((150, model.nodes), 1 / model.nodes)
    for i in range(150):  # the plain way, one pair at a time
        for j in range(150):
            q = p[np.arange(60), few[j]] @ belief[i]
            ((few[i] == few[j]).sum() - q.sum()) / np.sqrt((q * (1 - q)).sum())
    plain = (time.process_time() - start) * 25e6 / 150**2
    print(
        f"omega, 25 million ordered pairs x 60 items: {gemm:.2f} CPU s;"
        f" pair by pair {plain:.0f} s; ratio {plain / gemm:.0f}"
    )


def preknowledge(rng: np.random.Generator) -> None:
    for items, leaked in ((60, 6), (60, 12), (60, 20), (100, 20)):
        slope, b = rng.lognormal(0, 0.25, items), rng.normal(0, 1, items)
        intercept = -slope * b
        suspect = np.arange(items) < leaked

        def draw(n: int, mean: float, cheat: bool, slope=slope, intercept=intercept, suspect=suspect):
            theta = rng.normal(mean, 1, n)
            p = special.expit(slope * theta[:, None] + intercept)
            if cheat:
                p = np.where(suspect, 0.95, p)
            return (rng.random(p.shape) < p).astype(np.int8)

        def ratio_oracle(x: np.ndarray, slope=slope, intercept=intercept, suspect=suspect) -> np.ndarray:
            grid = np.linspace(-5, 5, 61)
            z = slope[:, None] * grid + intercept[:, None]
            r, w = special.log_expit(z), special.log_expit(-z)
            honest = x @ r + (1 - x) @ w + stats.norm.logpdf(grid)
            rest = (
                x[:, ~suspect] @ r[~suspect]
                + (1 - x[:, ~suspect]) @ w[~suspect]
                + stats.norm.logpdf(grid, -0.7)
            )
            known = x[:, suspect].sum(1) * np.log(0.95) + (1 - x[:, suspect]).sum(1) * np.log(0.05)
            return special.logsumexp(rest, axis=1) + known - special.logsumexp(honest, axis=1)

        honest, cheats = draw(100_000, 0, False), draw(20_000, -0.7, True)
        out = []
        for f in (lambda x, s=slope, d=intercept, c=suspect: signed_ratio(x, s, d, c), ratio_oracle):
            h, c = f(honest), f(cheats)
            out.append([(c > np.quantile(h, 1 - a)).mean() for a in (0.01, 0.001)])
        nominal_fa = (signed_ratio(honest, slope, intercept, suspect) > 2.326).mean()
        print(
            f"preknowledge {leaked:2} of {items}: power {out[0][0]:.3f}/{out[0][1]:.3f}"
            f" oracle {out[1][0]:.3f}/{out[1][1]:.3f}"
            f" ratio {out[0][0] / out[1][0]:.3f}; false alarms at nominal .01: {nominal_fa:.4f}"
        )


if __name__ == "__main__":
    rng = np.random.default_rng(7)
    for fraction in (0.2, 0.3, 0.4):
        copying(rng, 60, fraction)
    for fraction in (0.3, 0.5):
        listed_rooms(rng, fraction)
    speed(rng)
    preknowledge(rng)

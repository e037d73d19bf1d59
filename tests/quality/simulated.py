"""Simulated candidates for the tests of quality; every draw from a given seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chizheng.quality.core.raters import Ratings

Floats = NDArray[np.float64]


def names(count: int) -> list[str]:
    return [f"item{j + 1}" for j in range(count)]


def logistic_scores(
    rng: np.random.Generator, theta: Floats, a: Floats, b: Floats, c: Floats | float = 0.0
) -> NDArray[np.int8]:
    p = c + (1 - c) / (1 + np.exp(-a * (theta[:, None] - b)))
    return (rng.random(p.shape) < p).astype(np.int8)


def binary(persons: int, items: int, seed: int) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Scores and true a, b of a 2PL with N(0, 1) abilities."""
    rng = np.random.default_rng(seed)
    a, b = np.exp(rng.normal(0, 0.3, items)), rng.normal(0, 1, items)
    return logistic_scores(rng, rng.normal(size=persons), a, b), a, b


def graded(persons: int, items: int, top: int, seed: int) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Scores and true a, steps of a GPCM with N(0, 1) abilities."""
    rng = np.random.default_rng(seed)
    a, steps = np.exp(rng.normal(0, 0.2, items)), np.sort(rng.normal(0, 1, (items, top)), axis=1)
    z = np.cumsum(a[:, None] * (rng.normal(size=persons)[:, None, None] - steps), axis=2)
    return _draw(rng, z), a, steps


def _draw(rng: np.random.Generator, z: Floats) -> NDArray[np.int8]:
    p = np.exp(np.concatenate([np.zeros((*z.shape[:2], 1)), z], axis=2))
    p /= p.sum(axis=2, keepdims=True)
    return (rng.random(z.shape[:2])[:, :, None] > p.cumsum(axis=2)).sum(axis=2).astype(np.int8)


def practical(
    candidates: int, assessors: int, seed: int, *, habit: str = "", criteria: int = 5
) -> tuple[Ratings, Floats]:
    """Two assessors a candidate, marks 0..4; assessor 0 has the habit: lenient, noisy, halo, central."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(0, 0.5, assessors)
    if habit == "lenient":
        severity[0] = -1.2
    severity -= severity.mean()
    difficulty, steps = rng.normal(0, 0.5, criteria), np.array([-1.5, -0.5, 0.5, 1.5])
    person = np.repeat(np.arange(candidates), 2)
    first = rng.integers(0, assessors, candidates)
    second = (first + rng.integers(1, assessors, candidates)) % assessors
    assessor = np.stack([first, second], axis=1).ravel()
    his = assessor == 0
    at = rng.normal(0, 1.2, candidates)[person, None] - severity[assessor, None] - difficulty
    if habit == "noisy":
        at = at + his[:, None] * rng.normal(0, 1.5, at.shape)
    wide = np.where(his[:, None, None] & (habit == "central"), steps * 1.9, steps)
    scores = _draw(rng, np.cumsum(at[:, :, None] - wide, axis=2))
    if habit == "halo":
        flat = his & (rng.random(his.size) < 0.7)
        scores[flat] = np.round(scores[flat].mean(axis=1)).astype(np.int8)[:, None]
    ratings = Ratings.of(
        [f"c{p:06d}" for p in person],
        [f"a{r:04d}" for r in assessor],
        [f"k{i + 1}" for i in range(criteria)],
        scores,
        periods=[f"{p * 4 // person.size}" for p in range(person.size)],
    )
    return ratings, severity

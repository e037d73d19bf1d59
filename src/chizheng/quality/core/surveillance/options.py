"""Which option a candidate of a given ability chooses: learned without a parametric form.

Option probabilities P[j, o, q] on ability nodes by expectation-maximisation over ordered latent classes,
smoothed over the nodes (after Ramsay 1991; Bock & Aitkin 1981 for the EM). Distractors carry
information: against right/wrong scores they double the power to see copying (the study, 2.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Choices = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class OptionModel:
    """`log_p` (items, options, nodes): log probability of each option; `weight` (nodes): of ability."""

    log_p: Floats
    weight: Floats

    @property
    def nodes(self) -> int:
        return int(self.weight.size)


def one_hot(choices: Choices, options: int, dtype: type = np.float32) -> NDArray[np.floating]:
    """(persons, items*options) indicator of the option chosen; a blank (-1) is all noughts."""
    hot = choices[:, :, None] == np.arange(options, dtype=choices.dtype)
    return np.asarray(hot.reshape(choices.shape[0], -1), dtype=dtype)


def learn_options(
    choices: Choices, key: NDArray[np.int8], *, nodes: int = 15, rounds: int = 15, smooth: float = 0.6
) -> OptionModel:
    """Learn from `choices` (persons, items; -1 blank) and `key` (items), which only orders the classes.

    `smooth`: width of the kernel over nodes (nodes span -2.8..2.8). Each option starts with a count of
    one per item spread over the nodes, so that no probability is nought.
    """
    persons, items = choices.shape
    options = int(max(choices.max(), key.max())) + 1
    ability = np.linspace(-2.8, 2.8, nodes)
    weight = np.exp(-0.5 * ability**2)
    weight /= weight.sum()
    kernel = np.exp(-0.5 * ((ability[:, None] - ability) / smooth) ** 2)
    hot = one_hot(choices, options)
    answered = np.maximum((choices >= 0).sum(axis=1), 1)
    score = (choices == key).sum(axis=1) / answered
    rank = (np.argsort(np.argsort(score, kind="stable"), kind="stable") + 0.5) / persons
    start = -0.5 * ((special.ndtri(rank)[:, None] - ability) / 0.5) ** 2
    belief = np.exp(start - special.logsumexp(start, axis=1, keepdims=True))
    overall = hot.sum(axis=0).reshape(items, options) + 1.0
    overall /= overall.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        counts = (hot.T @ belief.astype(np.float32)).astype(np.float64).reshape(items, options, nodes)
        counts = counts @ kernel + overall[:, :, None]
        log_p = np.log(counts / counts.sum(axis=1, keepdims=True))
        flat = log_p.reshape(items * options, nodes).astype(np.float32)
        joint = (hot @ flat).astype(np.float64) + np.log(weight)
        belief = np.exp(joint - special.logsumexp(joint, axis=1, keepdims=True))
    return OptionModel(log_p, weight)


def ability_belief(choices: Choices, model: OptionModel) -> Floats:
    """Posterior over the nodes, (persons, nodes)."""
    items, options, nodes = model.log_p.shape
    joint = one_hot(choices, options) @ model.log_p.reshape(items * options, nodes).astype(np.float32)
    joint = joint.astype(np.float64) + np.log(model.weight)
    return np.asarray(np.exp(joint - special.logsumexp(joint, axis=1, keepdims=True)))

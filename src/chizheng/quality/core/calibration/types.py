"""Shapes of calibration: the model, fixed anchors, what is given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.wording import Wording

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Scores = NDArray[np.int8]

MISSING = -1
"""The score that stands for "not presented or not answered" in a matrix of responses."""


class Model(StrEnum):
    """Response models. All use the logistic without the factor 1.7.

    RASCH: slope 1, ability variance estimated (partial credit model for scores above 1).
    TWO_PL: P(1) = 1 / (1 + exp(-(a theta + d))), ability N(0, 1).
    THREE_PL: c + (1 - c) times that, Beta prior on c.
    GPCM: P(k) proportional to exp(a k theta + d_k), d_0 = 0 (Muraki 1992).
    """

    RASCH = "rasch"
    TWO_PL = "2pl"
    THREE_PL = "3pl"
    GPCM = "gpcm"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Parameters of an item held fixed: slope, step difficulties (one for 0/1 items), guessing."""

    slope: float
    steps: tuple[float, ...]
    guessing: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One calibrated item.

    `slope` a; `steps` b_1..b_K (difficulty of moving from score k-1 to k; a single b for 0/1 items);
    `guessing` c. Standard errors are 0 for what was held fixed and NaN where information is singular.
    `difficulty` is the mean of the steps. `intercepts` d_k = -a (b_1 + ... + b_k).
    """

    name: str
    slope: float
    steps: tuple[float, ...]
    guessing: float
    se_slope: float
    se_steps: tuple[float, ...]
    se_guessing: float
    se_intercepts: tuple[float, ...]
    fixed: bool
    answered: int

    @property
    def difficulty(self) -> float:
        return sum(self.steps) / len(self.steps)

    @property
    def intercepts(self) -> tuple[float, ...]:
        out, total = [], 0.0
        for step in self.steps:
            total -= self.slope * step
            out.append(total)
        return tuple(out)


@dataclass(frozen=True, slots=True)
class Excluded:
    """An item left out, with the reason."""

    name: str
    reason: Wording


@dataclass(frozen=True, slots=True)
class Group:
    """Ability distribution of a group: mean and standard deviation with errors (0 where fixed)."""

    label: str
    mean: float
    sd: float
    se_mean: float
    se_sd: float
    persons: int


@dataclass(frozen=True, slots=True)
class Settings:
    """How precisely to calibrate.

    nodes: equally spaced quadrature points on [-limit, limit]; None takes 61, and more for long tests
    (the posterior narrows with the number of items and must not fall between two nodes).
    tolerance: largest change of any parameter in the last step.
    guessing_prior: 3PL, Beta(alpha, beta) on c, mode (alpha-1)/(alpha+beta-2).
    slope_prior: 3PL, normal mean and sd of a; wide, it only keeps a finite where guessing explains it all.
    least_persons: fewer are refused.
    """

    nodes: int | None = None
    limit: float = 6.0
    tolerance: float = 1e-6
    max_iterations: int = 300
    guessing_prior: tuple[float, float] = (5.0, 17.0)
    slope_prior: tuple[float, float] = (1.0, 2.0)
    least_persons: int = 30
    standard_errors: bool = True


@dataclass(frozen=True, slots=True)
class Calibration:
    """Result of a calibration.

    `log_likelihood`: marginal log-likelihood at the maximum (without priors). `evaluations`: passes
    over the data. `nodes`: quadrature points used, with `weights` (groups x nodes) the ability
    distributions on them. `recoded`: items whose unused score categories were closed up, with the
    original score of each category.
    """

    model: Model
    items: tuple[Item, ...]
    excluded: tuple[Excluded, ...]
    groups: tuple[Group, ...]
    persons: int
    log_likelihood: float
    iterations: int
    evaluations: int
    converged: bool
    nodes: Floats
    weights: Floats
    notices: tuple[Wording, ...] = ()
    recoded: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def item(self, name: str) -> Item:
        for item in self.items:
            if item.name == name:
                return item
        raise KeyError(name)

    @property
    def parameters(self) -> int:
        """Number of free parameters."""
        items = sum(0 if i.fixed else len(i.steps) for i in self.items)
        if self.model is not Model.RASCH:
            items += sum(not i.fixed for i in self.items)
        if self.model is Model.THREE_PL:
            items += sum(not i.fixed for i in self.items)
        return items + sum((g.se_mean != 0) + (g.se_sd != 0) for g in self.groups)

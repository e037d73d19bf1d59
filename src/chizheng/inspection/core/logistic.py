"""Ridge logistic regression by Newton's method (IRLS), small enough to read and to explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """Coefficients on standardised columns, intercept first, with their covariance."""

    mean: Floats
    scale: Floats
    beta: Floats
    covariance: Floats

    def standardise(self, x: Floats) -> Floats:
        """Columns as multiples of their standard deviation in the training data."""
        z: Floats = (x - self.mean) / self.scale
        return z

    def contributions(self, x: Floats) -> Floats:
        """Per row and column, what it adds to the log odds against an average row; (n, p) -> (n, p)."""
        c: Floats = self.standardise(x) * self.beta[1:]
        return c

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Log odds and their standard errors; (n, p) -> (n,), (n,)."""
        z = self.standardise(x)
        eta = self.beta[0] + z @ self.beta[1:]
        root = np.linalg.cholesky(self.covariance)
        spread = root[0] + z @ root[1:]
        return eta, np.sqrt(np.einsum("ij,ij->i", spread, spread))


def fit(x: Floats, y: npt.NDArray[np.bool_], *, ridge: float = 1.0, weights: Floats | None = None) -> Fit:
    """Maximise the penalised likelihood; `ridge` is the precision of a normal prior on each coefficient.

    x (n, p), y (n,). The intercept is not penalised. Newton steps are halved until they ascend, so it
    converges for separable data too. Columns that do not vary get coefficient 0.
    """
    weight = np.ones(len(y)) if weights is None else weights
    mean = x.mean(axis=0)
    scale = x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    design = np.column_stack([np.ones(len(y)), (x - mean) / scale])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-9
    target = y.astype(np.float64)

    def objective(beta: Floats) -> float:
        eta = design @ beta
        return float(weight @ (target * eta - np.logaddexp(0.0, eta)) - 0.5 * penalty @ beta**2)

    beta = np.zeros(design.shape[1])
    best = objective(beta)
    information = np.diag(penalty)
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-(design @ beta)))
        gradient = design.T @ (weight * (target - p)) - penalty * beta
        information = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(information, gradient)
        for _ in range(30):
            value = objective(beta + step)
            if value >= best:
                break
            step = step / 2
        beta, gain, best = beta + step, value - best, value
        if gain < 1e-10:
            break
    return Fit(mean, scale, beta, np.linalg.inv(information))

"""From many pieces of evidence to a list of flags with few wrong ones.

`e_benjamini_hochberg`: Wang & Ramdas (2022), valid under any dependence. `local_fdr_cut`: Sun & Cai
(2007), the most powerful list when posteriors are honest. `prevalence`: empirical Bayes weights of the
mechanisms. `benjamini_hochberg` for ordinary p-values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def e_benjamini_hochberg(evidence: Floats, level: float) -> Flags:
    """Flags of the e-BH procedure: the k largest e-values, k the largest with e_(k) >= m/(k*level).

    `evidence`: e-values (mean at most 1 under the null), not their logarithms.
    """
    m = evidence.size
    if m == 0:
        return np.zeros(0, bool)
    order = np.argsort(-evidence, kind="stable")
    ok = np.flatnonzero(evidence[order] * np.arange(1, m + 1) * level >= m)
    out = np.zeros(m, bool)
    if ok.size:
        out[order[: ok[-1] + 1]] = True
    return out


def benjamini_hochberg(p: Floats, level: float) -> Flags:
    """Flags of the step-up procedure of Benjamini and Hochberg (1995)."""
    m = p.size
    out = np.zeros(m, bool)
    order = np.argsort(p, kind="stable")
    ok = np.flatnonzero(p[order] <= level * np.arange(1, m + 1) / max(m, 1))
    if ok.size:
        out[order[: ok[-1] + 1]] = True
    return out


def local_fdr_cut(honest: Floats, level: float) -> Flags:
    """Largest set whose mean posterior probability of being honest stays at or under `level`."""
    out = np.zeros(honest.size, bool)
    order = np.argsort(honest, kind="stable")
    mean = np.cumsum(honest[order]) / np.arange(1, honest.size + 1)
    ok = np.flatnonzero(mean <= level)
    if ok.size:
        out[order[: ok[-1] + 1]] = True
    return out


def prevalence(log_factor: Floats, pseudo: Floats, honest_pseudo: float, rounds: int = 200) -> Floats:
    """Share of units under each mechanism, by expectation-maximisation with a Dirichlet prior.

    `log_factor` (units, mechanisms): log Bayes factor against honest. `pseudo` (mechanisms): prior
    counts. Returns (mechanisms,), summing to less than one; the rest is honest.
    """
    units = log_factor.shape[0]
    total = units + float(pseudo.sum()) + honest_pseudo
    weight = np.maximum(pseudo, 1e-12) / total
    for _ in range(rounds):
        joint = log_factor + np.log(weight)
        honest = np.log1p(-min(float(weight.sum()), 0.999))
        top = np.maximum(joint.max(axis=1), honest)
        share = np.exp(joint - top[:, None])
        share /= (share.sum(axis=1) + np.exp(honest - top))[:, None]
        new = (share.sum(axis=0) + pseudo) / total
        done = np.abs(new - weight).max() < 1e-7
        weight = new
        if done:
            break
    return np.asarray(weight, dtype=np.float64)


def posterior(log_factor: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Log odds of being bent and the share of each mechanism in it: (units,), (units, mechanisms)."""
    joint = log_factor + np.log(np.maximum(weight, 1e-300))
    bent = special.logsumexp(joint, axis=1)
    return bent - np.log1p(-min(float(weight.sum()), 0.999)), np.exp(joint - bent[:, None])

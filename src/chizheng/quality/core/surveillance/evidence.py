"""From many pieces of evidence to a list of flags with few wrong ones.

`e_benjamini_hochberg`: Wang & Ramdas (2022), valid under any dependence. `local_fdr_cut`: Sun & Cai
(2007), the most powerful list when posteriors are honest. `learned_odds`: empirical Bayes odds.
`benjamini_hochberg` for ordinary p-values.
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


def learned_odds(
    log_factor: Floats,
    pseudo: Floats,
    honest_pseudo: float,
    learnable: Flags | None = None,
    sparsity: float = 0.25,
    rounds: int = 200,
) -> tuple[Floats, Floats, Floats]:
    """Empirical Bayes: how common each mechanism is, and each unit judged with what the *others* taught.

    `log_factor` (units, mechanisms): log Bayes factor against honest; `pseudo` (mechanisms) and
    `honest_pseudo`: Dirichlet prior counts. Shares by expectation-maximisation; a unit's own vote is
    taken out of the shares before it is judged, or one lucky draw would vouch for itself.
    Mechanisms that are not `learnable` keep their prior share.
    Returns log odds of being bent (units,), share of each mechanism in it (units, mechanisms), and the
    national shares (mechanisms,), whose sum is below one.
    """
    units = log_factor.shape[0]
    total = units + float(pseudo.sum()) + honest_pseudo
    free = np.ones(pseudo.size, bool) if learnable is None else learnable
    counts = np.where(free, np.maximum(pseudo, 1.0), pseudo)
    vote = np.zeros_like(log_factor)
    for _ in range(rounds):
        weight = counts / total
        joint = log_factor + np.log(weight)
        honest = np.log1p(-min(float(weight.sum()), 0.999))
        top = np.maximum(joint.max(axis=1), honest)
        vote = np.exp(joint - top[:, None])
        vote /= (vote.sum(axis=1) + np.exp(honest - top))[:, None]
        new = np.where(free, np.maximum(vote.sum(axis=0) - sparsity, 0.0), 0.0) + np.maximum(pseudo, 1e-12)
        done = np.abs(new - counts).max() < 1e-6 * total
        counts = new
        if done:
            break
    others = np.maximum(counts - vote, np.minimum(pseudo, counts)) / (total - 1)
    joint = log_factor + np.log(np.maximum(others, 1e-300))
    bent = special.logsumexp(joint, axis=1)
    odds = bent - np.log1p(-np.minimum(others.sum(axis=1), 0.999))
    return odds, np.exp(joint - bent[:, None]), counts / total

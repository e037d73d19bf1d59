"""What the detectors share: from p-values to flags, and the words for what could not be computed.

The mixture of mechanisms gives Bayes factors of its own; the other detectors give p-values. `e_of_p` turns
one into an e-value, so that "statistic" means the same in every row, and `learned_odds` into a posterior;
which rows are flagged is decided by Benjamini and Hochberg on the p-values themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from chizheng.kernel.wording import Wording
from chizheng.quality.core.surveillance.evidence import Flags, Floats, benjamini_hochberg, learned_odds
from chizheng.quality.core.surveillance.flags import Flag, strength
from chizheng.quality.core.wording import WORDING


@dataclass(frozen=True, slots=True)
class Unable:
    """A detector that was not run, and why, in words."""

    detector: str
    why: Wording


@dataclass(frozen=True, slots=True)
class Rule:
    """How a list is drawn up: false-discovery rate, prior counts, steps of strength (Bayes factors)."""

    fdr: float
    prior_bent: float
    prior_honest: float
    strength: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was said about one unit: the sentence, numbers to look at, and what its picture is drawn from."""

    reason: Wording
    evidence: Mapping[str, float]
    detail: Mapping[str, Any]


def e_of_p(p: Floats) -> Floats:
    """E-value of a p-value, by the mixture of the calibrators k*p^(k-1) over k in (0, 1) (Vovk & Wang 2021)."""
    p = np.clip(p, 1e-300, 1.0)
    log = np.log(p)
    near_one = p > 1 - 1e-4
    safe = np.where(near_one, 0.5, p)
    value = (1 - safe + safe * np.log(safe)) / (safe * np.log(safe) ** 2)
    return np.asarray(np.where(near_one, 0.5 - log / 6, value), dtype=np.float64)


def odds_of(log_evidence: Floats, rule: Rule) -> Floats:
    """Posterior probability of each unit from log e-values, with what the other units taught."""
    if log_evidence.size == 0:
        return np.zeros(0)
    odds, _, _ = learned_odds(log_evidence[:, None], np.array([rule.prior_bent]), rule.prior_honest)
    return np.asarray(special.expit(odds), dtype=np.float64)


def flags_of(
    detector: str,
    kind: str,
    units: Sequence[str],
    p: Floats,
    rule: Rule,
    say: Callable[[int], Found],
    *,
    limit: str,
    log_evidence: Floats | None = None,
    all_rows: bool = False,
) -> list[Flag]:
    """Flags of one detector: those Benjamini and Hochberg list, or every unit where `all_rows`.

    `say(i)` is asked only for rows that are handed out. `limit`: code of the sentence on what it cannot show.
    """
    log = np.log(e_of_p(p)) if log_evidence is None else log_evidence
    flagged: Flags = benjamini_hochberg(p, rule.fdr)
    posterior = odds_of(log, rule)
    out = []
    for i in range(len(units)) if all_rows else np.flatnonzero(flagged):
        found = say(int(i))
        out.append(
            Flag(
                kind, units[int(i)], float(log[i]), float(posterior[i]), bool(flagged[i]),
                detector if flagged[i] else "honest", strength(float(log[i]), rule.strength), found.reason,
                found.evidence, WORDING[limit], detector, found.detail,
            )
        )  # fmt: skip
    return out

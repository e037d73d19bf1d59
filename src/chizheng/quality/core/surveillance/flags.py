"""A flag: what was noticed about whom, how strong, why, and what it cannot show.

A flag is addressed to reviewers; it never touches a candidate's public status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from chizheng.kernel.wording import Wording
from chizheng.quality.core.wording import WORDING

KINDS = ("station", "assessor", "session", "room", "candidate")


@dataclass(frozen=True, slots=True)
class Flag:
    """One row of the outcome, flagged or not.

    `statistic`: natural log of the Bayes factor (an e-value) of "bent" against honest. `posterior`:
    probability of being bent given what the other units taught. `evidence`: numbers a person can look
    at (observed and expected counts by name). `reason` is filled in already. `detector`: which question was
    asked ("marks": the weighing of mechanisms); a unit has one row per detector. `detail`: what a picture or a
    table of the evidence is drawn from, as JSON, its form named by `detail["form"]`.
    """

    kind: str
    unit: str
    statistic: float
    posterior: float
    flagged: bool
    mechanism: str
    strength: Wording
    reason: Wording
    evidence: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    cannot_show: Wording = WORDING["limit_station"]
    detector: str = "marks"
    detail: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def strength(log_factor: float, steps: Sequence[float]) -> Wording:
    """Strength of evidence in words; `steps`: four rising Bayes factors."""
    names = ("strength_none", "strength_weak", "strength_some", "strength_strong", "strength_decisive")
    return WORDING[names[int(np.searchsorted(np.log(np.asarray(steps, dtype=float)), log_factor))]]


def filled(code: str, **params: object) -> Wording:
    """A sentence with its parameters put in; a parameter may be a Wording itself."""

    def say(lang: str) -> str:
        own = {k: v.say(lang) if isinstance(v, Wording) else v for k, v in params.items()}
        return WORDING[code].say(lang, **own).replace("{", "{{").replace("}", "}}")

    return Wording(zh=say("zh"), en=say("en"))


def around_the_cut(seen: Sequence[float], expected: Sequence[float], cut: int) -> Mapping[str, float]:
    """Observed and expected counts just over (3 points) and just under (8 points) the cut."""
    over, under = slice(cut, cut + 3), slice(cut - 8, cut)
    return MappingProxyType(
        {
            "over_seen": float(np.sum(seen[over])),
            "over_expected": float(np.sum(expected[over])),
            "under_seen": float(np.sum(seen[under])),
            "under_expected": float(np.sum(expected[under])),
        }
    )

"""Letters first 先发函: write to employers, match again after a month, visit only those unchanged.

Some employers, drawn by a published seed, get no letter. What changes among them would have changed
anyway; only the difference between the two groups is the letter's doing. (Spain's labour inspectorate
converted most of the contracts it wrote about; without a held-out group nobody can say how many by letter.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from chizheng.inspection.core.intervals import Interval, difference, share
from chizheng.inspection.core.lottery import numbers
from chizheng.kernel.wording import Wording

Matched = Mapping[int, frozenset[int]]
"""Employer to the filings found uncovered: an answer of screening, by employer."""


class Arm(StrEnum):
    LETTER = "letter"
    HELD_OUT = "held_out"


class Change(StrEnum):
    """What became of the filings an employer was matched with, a month later."""

    CORRECTED = "corrected"  # none of them is found any more
    PARTLY = "partly"
    UNCHANGED = "unchanged"


class Remedy(StrEnum):
    """What an employer can do about a person on the list."""

    UPLOAD = "upload"
    TRAIN = "train"
    MOVE = "move"


REMEDIES: dict[Remedy, Wording] = {
    Remedy.UPLOAD: Wording(
        zh="已有纸质证书的，请上传照片，由发证机构核对登记",
        en="if there is a paper certificate, upload a picture; its issuer will check and register it",
    ),
    Remedy.TRAIN: Wording(
        zh="尚未取得证书的，请安排培训并报名鉴定，取证前不得独立上岗",
        en="if there is none yet, send the person to training and assessment; nobody works alone before",
    ),
    Remedy.MOVE: Wording(
        zh="不再从事该岗位的，请调整岗位并更新用工备案",
        en="if the person no longer does this work, move the person and update the filing",
    ),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to one employer: the filings it is about, what to do, and by when."""

    employer: int
    filings: tuple[int, ...]
    citations: tuple[str, ...]
    answer_by: date
    remedies: tuple[Remedy, ...] = tuple(Remedy)


def allocate(employers: Sequence[int], *, seed: str, held_out: float) -> dict[int, Arm]:
    """The arm of each employer; anybody can repeat it from the published seed."""
    if not 0 < held_out < 1:
        raise ValueError(f"share held out must lie between 0 and 1: {held_out}")
    drawn = numbers(f"campaign:{seed}", np.asarray(employers, dtype=np.int64))
    return {
        e: Arm.HELD_OUT if number < held_out else Arm.LETTER
        for e, number in zip(employers, drawn, strict=True)
    }


def letters(
    arms: Mapping[int, Arm], matched: Matched, citations: Mapping[int, Sequence[str]], *, answer_by: date
) -> list[Letter]:
    """One letter for each employer who is written to and still matched; `citations`: filing to texts."""
    return [
        Letter(
            employer,
            tuple(sorted(matched[employer])),
            tuple(dict.fromkeys(c for f in sorted(matched[employer]) for c in citations.get(f, ()))),
            answer_by,
        )
        for employer, arm in sorted(arms.items())
        if arm is Arm.LETTER and matched.get(employer)
    ]


def change(before: frozenset[int], after: frozenset[int]) -> Change:
    """Only filings that were written about count; new ones are a matter for the next campaign."""
    left = before & after
    if not left:
        return Change.CORRECTED
    return Change.PARTLY if len(left) < len(before) else Change.UNCHANGED


@dataclass(frozen=True, slots=True)
class Conversion:
    """Shares of employers who corrected everything, in both arms, and what the letter did."""

    letter: Interval
    held_out: Interval
    effect: Interval
    employers: tuple[int, int]
    filings_corrected: tuple[int, int]
    filings: tuple[int, int]


def conversion(
    arms: Mapping[int, Arm], before: Matched, after: Matched, confidence: float = 0.95
) -> Conversion:
    """The effect of the letters, by intention to write: an employer stays in the arm that was drawn.

    The unit is the employer (a letter reaches all its filings at once); filings are only counted.
    """
    hits, trials, fixed, listed = [0, 0], [0, 0], [0, 0], [0, 0]
    for employer, arm in arms.items():
        own = before.get(employer, frozenset())
        if not own:
            continue
        side = 0 if arm is Arm.LETTER else 1
        left = own & after.get(employer, frozenset())
        trials[side] += 1
        hits[side] += not left
        listed[side] += len(own)
        fixed[side] += len(own) - len(left)
    return Conversion(
        share(hits[0], trials[0], confidence),
        share(hits[1], trials[1], confidence),
        difference(hits[0], trials[0], hits[1], trials[1], confidence),
        (trials[0], trials[1]),
        (fixed[0], fixed[1]),
        (listed[0], listed[1]),
    )


def to_visit(arms: Mapping[int, Arm], before: Matched, after: Matched) -> list[int]:
    """Employers who were written to and did nothing; who did part gets more time."""
    return sorted(
        e
        for e, arm in arms.items()
        if arm is Arm.LETTER
        and before.get(e)
        and change(before[e], after.get(e, frozenset())) is Change.UNCHANGED
    )

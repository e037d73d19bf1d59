"""What candidates of each ability chose: the distractor table, and what in it deserves a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.wording import Wording
from chizheng.quality.core.items.classical import ItemFigures
from chizheng.quality.core.refusals import fault, refuse

Floats = NDArray[np.float64]

FIFTHS = 5


class Flag(StrEnum):
    """Reasons to look at an item. None of them condemns it."""

    KEY_DOUBTFUL = "key_doubtful"
    NEGATIVE = "negative"
    WEAK = "weak"
    ATTRACTIVE = "attractive_distractor"
    IDLE = "idle_distractor"
    EASY = "easy"
    HARD = "hard"
    FLAT = "flat"
    FEW = "few"


FLAG_WORDING: dict[Flag, Wording] = {
    Flag.KEY_DOUBTFUL: Wording(
        zh="“{item}”：选 {option} 的考生比选答案的考生水平更高，请核对答案键",
        en="'{item}': those who chose {option} are abler than those who chose the key; check the key",
    ),
    Flag.NEGATIVE: Wording(
        zh="“{item}”：区分度为负（{value:.2f}），高分考生更易答错",
        en="'{item}': negative discrimination ({value:.2f}); the abler fail it more often",
    ),
    Flag.WEAK: Wording(
        zh="“{item}”：区分度偏低（{value:.2f}），难以区分水平",
        en="'{item}': weak discrimination ({value:.2f}); it hardly tells candidates apart",
    ),
    Flag.ATTRACTIVE: Wording(
        zh="“{item}”：干扰项 {option} 吸引水平高的考生（相关 {value:.2f}），题干可能有歧义",
        en="'{item}': distractor {option} attracts the able (correlation {value:.2f}); ambiguous stem?",
    ),
    Flag.IDLE: Wording(
        zh="“{item}”：干扰项 {option} 只有 {value:.1%} 的考生选择，形同虚设",
        en="'{item}': distractor {option} was chosen by {value:.1%} only and does no work",
    ),
    Flag.EASY: Wording(zh="“{item}”：过易（{value:.1%} 答对）", en="'{item}': very easy ({value:.1%} right)"),
    Flag.HARD: Wording(zh="“{item}”：过难（{value:.1%} 答对）", en="'{item}': very hard ({value:.1%} right)"),
    Flag.FLAT: Wording(
        zh="“{item}”：所有考生得分相同，没有信息", en="'{item}': every candidate has the same score"
    ),
    Flag.FEW: Wording(
        zh="“{item}”：只有 {value:.0f} 人作答，统计量不稳",
        en="'{item}': only {value:.0f} answers; its figures are unsteady",
    ),
}


@dataclass(frozen=True, slots=True)
class ItemThresholds:
    """Where a figure deserves a look; dated policy (law values `quality.item.*`), given by the caller."""

    least_answers: int
    weak: float
    idle: float
    easy: float
    hard: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to look at an item, with the sentence for its author."""

    item: str
    flag: Flag
    value: float
    option: str = ""

    def say(self, lang: str = "zh") -> str:
        return FLAG_WORDING[self.flag].say(lang, item=self.item, value=self.value, option=self.option)


@dataclass(frozen=True, slots=True)
class OptionTable:
    """Choices of one item.

    `shares` (options, 5): of each ability fifth, lowest first, the share that chose the option;
    `chosen` (options,) overall; `correlation` (options,) of choosing it with the rest of the paper.
    `omitted` share of candidates who left it blank.
    """

    item: str
    options: tuple[str, ...]
    key: str
    shares: Floats
    chosen: Floats
    correlation: Floats
    omitted: float


def option_tables(
    chosen: NDArray[np.str_], keys: Sequence[str], names: Sequence[str], *, least_persons: int = 30
) -> list[OptionTable]:
    """Distractor tables from the options chosen (persons x items, '' blank) and the keys."""
    if chosen.ndim != 2 or chosen.shape[1] != len(names) or len(keys) != len(names):
        fault("shape", what="options", wanted=f"persons x {len(names)}", found=str(chosen.shape))
    persons = chosen.shape[0]
    if persons < least_persons:
        refuse("too_few_persons", found=persons, least=least_persons)
    right = (chosen == np.asarray(keys, dtype=chosen.dtype)).astype(float)
    total = right.sum(axis=1)
    out = []
    for j, name in enumerate(names):
        column = chosen[:, j]
        rest = total - right[:, j]
        fifth = _fifths(rest)
        seen = sorted({str(v) for v in np.unique(column)} - {""} | {str(keys[j])})
        picked = np.stack([column == o for o in seen]).astype(float)
        size = np.bincount(fifth, minlength=FIFTHS)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.stack([np.bincount(fifth, p, FIFTHS) for p in picked]) / size
        out.append(
            OptionTable(
                name,
                tuple(seen),
                str(keys[j]),
                shares,
                picked.mean(axis=1),
                np.array([_correlation(p, rest) for p in picked]),
                float((column == "").mean()),
            )
        )
    return out


def _fifths(rest: Floats) -> NDArray[np.intp]:
    """Ability fifth 0..4 by mid-rank, so that ties stay together and order does not matter."""
    _, code, count = np.unique(rest, return_inverse=True, return_counts=True)
    middle = (np.cumsum(count) - count / 2) / rest.size
    return np.minimum((middle * FIFTHS).astype(np.intp), FIFTHS - 1)[code]


def _correlation(a: Floats, b: Floats) -> float:
    if a.std() < 1e-12 or b.std() < 1e-12:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def findings(
    figures: ItemFigures, thresholds: ItemThresholds, tables: Sequence[OptionTable] = ()
) -> list[Finding]:
    """Reasons to look at items, in the order of the paper.

    What may be noise is not flagged: the threshold must lie above a weak figure by one standard error,
    a distractor's correlation above 0 by two.
    """
    by_name = {t.item: t for t in tables}
    out: list[Finding] = []
    for j, name in enumerate(figures.names):
        n, p, r = int(figures.answered[j]), float(figures.difficulty[j]), float(figures.discrimination[j])
        if n < thresholds.least_answers:
            out.append(Finding(name, Flag.FEW, n))
            continue
        if not np.isfinite(r):
            out.append(Finding(name, Flag.FLAT, p))
            continue
        se = float(figures.se_discrimination[j])
        if r + 2 * se < 0:
            out.append(Finding(name, Flag.NEGATIVE, r))
        elif r + se < thresholds.weak:
            out.append(Finding(name, Flag.WEAK, r))
        if p > thresholds.easy:
            out.append(Finding(name, Flag.EASY, p))
        elif p < thresholds.hard:
            out.append(Finding(name, Flag.HARD, p))
        if name in by_name:
            out += _distractors(by_name[name], thresholds, n)
    return out


def _distractors(table: OptionTable, thresholds: ItemThresholds, answered: int) -> list[Finding]:
    out = []
    noise = 2 / np.sqrt(max(answered, 1))
    at_key = table.options.index(table.key)
    key = float(table.correlation[at_key])
    for k, option in enumerate(table.options):
        if k == at_key:
            continue
        r, share = float(table.correlation[k]), float(table.chosen[k])
        if np.isfinite(r) and r > noise:
            doubtful = not np.isfinite(key) or r > key + noise
            out.append(Finding(table.item, Flag.KEY_DOUBTFUL if doubtful else Flag.ATTRACTIVE, r, option))
        elif share < thresholds.idle:
            out.append(Finding(table.item, Flag.IDLE, share, option))
    return out

"""Copying inside a room: every pair of every room weighed, rooms listed, the pairs shown.

A pair's evidence is the mean of both directions' marginal likelihood ratios. Its p-value comes from pairs that
sat in *different* rooms and so cannot have copied: the empirical tail, beyond the last hundredth an exponential
one of the excesses; where too few such pairs exist, Markov's bound exp(-evidence), which needs no sample.
A room's p-value is Simes' over its pairs; Benjamini and Hochberg draw up the list of rooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from chizheng.quality.core.surveillance.copying import marginal_ratio, pair_evidence
from chizheng.quality.core.surveillance.detectors import Found, Rule, Unable, flags_of
from chizheng.quality.core.surveillance.evidence import Floats
from chizheng.quality.core.surveillance.flags import Flag, filled
from chizheng.quality.core.surveillance.options import (
    Choices,
    OptionModel,
    ability_belief,
    learn_options,
)
from chizheng.quality.core.wording import WORDING

FEWEST_APART = 20_000
TAIL = 0.01
SHOWN = 6
"""Pairs of a room that are shown beside its flag."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Answer sheets to one paper. `choices` (persons, items) codes into `options`, -1 blank; `key` (items)
    likewise, None where it is not known; `day`: order in time, None where it is not known."""

    paper: str
    items: tuple[str, ...]
    options: tuple[str, ...]
    choices: Choices
    key: NDArray[np.int8] | None
    candidate: tuple[str, ...]
    room: tuple[str, ...]
    day: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Null:
    """How large a pair's log evidence gets without copying (see the module docstring).

    `sorted`: evidence of pairs that sat apart, ascending; empty: too few of them, Markov's bound. `start`: where
    the exponential tail begins, `excess` its mean.
    """

    sorted: Floats
    start: float
    excess: float

    @classmethod
    def learned(cls, apart: Floats) -> Null:
        if apart.size < FEWEST_APART:
            return cls(np.zeros(0), 0.0, 1.0)
        values = np.sort(apart)
        start = float(values[int((1 - TAIL) * values.size)])
        over = values[values > start] - start
        return cls(values, start, max(float(over.mean()), 0.25) if over.size else 1.0)

    def p(self, log_e: Floats) -> Floats:
        """Upper tail probability."""
        if not self.sorted.size:
            return np.minimum(1.0, np.exp(-log_e))
        rank = (self.sorted.size - np.searchsorted(self.sorted, log_e, side="left") + 1) / (
            self.sorted.size + 1
        )
        tail = TAIL * np.exp(-np.maximum(log_e - self.start, 0) / self.excess)
        return np.where(log_e > self.start, tail, rank)

    def limit(self, p: float) -> float:
        """The evidence whose tail probability is `p` (at most `TAIL`)."""
        if not self.sorted.size:
            return float(-np.log(p))
        return self.start + self.excess * float(np.log(TAIL / min(p, TAIL)))


@dataclass(frozen=True, slots=True)
class _Room:
    label: str
    rows: NDArray[np.intp]
    one: NDArray[np.intp]
    two: NDArray[np.intp]
    log_e: Floats
    p: Floats
    null: Null


def likely_key(choices: Choices) -> NDArray[np.int8]:
    """A key guessed from the answers: the option whose choosers do best on the items' favourites."""
    options = int(choices.max()) + 1
    key = np.array([np.bincount(c[c >= 0], minlength=options).argmax() for c in choices.T], np.int8)
    for _ in range(3):
        score = (choices == key).sum(axis=1).astype(np.float64)
        score -= score.mean()
        lift = np.stack([((choices == o) * score[:, None]).sum(axis=0) for o in range(options)])
        key = lift.argmax(axis=0).astype(np.int8)
    return key


def simes(p: Floats) -> float:
    """Simes' (1986) combined p-value."""
    return float(min(1.0, np.min(np.sort(p) * p.size / np.arange(1, p.size + 1)))) if p.size else 1.0


def _apart(sheets: Sheets, code: NDArray[np.intp], model: OptionModel, rng: np.random.Generator) -> Floats:
    """Evidence of pairs that sat in different rooms, about 60,000 of them."""
    rooms = int(code.max()) + 1
    if rooms < 2:
        return np.zeros(0)
    group, out, total = min(rooms, 40), [], 0
    by_room = np.argsort(code, kind="stable")
    starts = np.searchsorted(code[by_room], np.arange(rooms + 1))
    size = np.diff(starts)
    possible = (int(size.sum()) ** 2 - int((size**2).sum())) // 2
    rounds = int(np.ceil(min(60_000, possible) / max(group * (group - 1) / 2, 1)))
    for _ in range(rounds):
        chosen = rng.choice(rooms, group, replace=False)
        rows = by_room[starts[chosen] + (rng.random(group) * size[chosen]).astype(np.intp)]
        _, _, log_e = pair_evidence(marginal_ratio(sheets.choices[rows], model))
        out.append(log_e)
        total += log_e.size
    return np.concatenate(out) if out else np.zeros(0)


def _weigh(
    sheets: Sheets, model: OptionModel, rng: np.random.Generator, largest: int
) -> tuple[list[_Room], list[str]]:
    labels, code = np.unique(np.array(sheets.room, dtype=object).astype(str), return_inverse=True)
    code = code.ravel()
    null = Null.learned(_apart(sheets, code, model, rng))
    rooms, too_large = [], []
    for r, label in enumerate(labels):
        rows = np.flatnonzero((code == r) & (sheets.choices >= 0).any(axis=1))
        if rows.size > largest:
            too_large.append(str(label))
        elif rows.size >= 2:
            one, two, log_e = pair_evidence(marginal_ratio(sheets.choices[rows], model))
            rooms.append(_Room(str(label), rows, one, two, log_e, null.p(log_e), null))
    return rooms, too_large


def judge_rooms(
    papers: Sequence[Sheets], rule: Rule, rng: np.random.Generator, *, least: int, largest: int
) -> tuple[list[Flag], list[Unable]]:
    """One row per room of `papers`, flagged or not; `least` candidates teach the options, `largest` fit a room."""
    found: list[tuple[Sheets, OptionModel, NDArray[np.int8], _Room]] = []
    unable = []
    for sheets in papers:
        if len(sheets.candidate) < least:
            unable.append(Unable("copying", filled("copying_too_few", paper=sheets.paper, found=len(sheets.candidate), needed=least)))  # fmt: skip
            continue
        key = likely_key(sheets.choices) if sheets.key is None else sheets.key
        model = learn_options(sheets.choices, key)
        rooms, too_large = _weigh(sheets, model, rng, largest)
        found += [(sheets, model, key, room) for room in rooms]
        if too_large:
            unable.append(Unable("copying", filled("copying_too_large", rooms="、".join(too_large[:3]), largest=largest)))  # fmt: skip
    if not found:
        return [], unable
    units = [room.label for _, _, _, room in found]
    p = np.array([simes(room.p) for *_, room in found])
    log_e = np.array([float(special.logsumexp(r.log_e) - np.log(r.log_e.size)) for *_, r in found])

    def say(i: int) -> Found:
        sheets, model, key, room = found[i]
        pairs = _pairs(sheets, model, key, room)
        best = pairs[0]
        reason = filled(
            "reason_copying" if p[i] < rule.fdr else "reason_copying_plain", n=room.rows.size,
            one=best["one"], two=best["two"], same=best["same"], expected=best["expected"], items=best["items"],
            wrong=best["wrong"], wrong_expected=best["wrong_expected"], pairs=room.p.size,
            odds=WORDING["odds_below"] if p[i] < 1e-6 else filled("odds_about", p=float(p[i])),
        )  # fmt: skip
        evidence = {
            "candidates": float(room.rows.size), "pairs": float(room.p.size), "p": float(p[i]),
            "same": float(best["same"]), "same_expected": float(best["expected"]),
        }  # fmt: skip
        likely = int((room.p <= rule.fdr / room.p.size).sum())
        shares = np.histogram(room.log_e, bins=np.arange(-6.0, 25.0))[0]
        detail = {
            "form": "pairs", "paper": sheets.paper, "pairs": pairs, "likely": likely,
            "bins": [int(n) for n in shares], "first": -6, "limit": round(room.null.limit(rule.fdr / room.p.size), 2),
        }  # fmt: skip
        return Found(reason, evidence, detail)

    return flags_of(
        "copying", "room", units, p, rule, say, limit="limit_copying", log_evidence=log_e, all_rows=True
    ), unable


def _pairs(
    sheets: Sheets, model: OptionModel, key: NDArray[np.int8], room: _Room
) -> list[dict[str, float | int | str]]:
    """The most alike pairs of a room: answers in common seen and expected, wrong ones apart."""
    choices = sheets.choices[room.rows]
    belief = ability_belief(choices, model)
    chance = np.exp(model.log_p)
    items = np.arange(choices.shape[1])
    out: list[dict[str, float | int | str]] = []
    for at in np.argsort(-room.log_e, kind="stable")[:SHOWN]:
        a, b = int(room.one[at]), int(room.two[at])
        both = (choices[a] >= 0) & (choices[b] >= 0)
        same = both & (choices[a] == choices[b])
        wrong_b = both & (choices[b] != key)
        expected = wrong = 0.0
        for copier, source in ((a, b), (b, a)):
            target = np.maximum(choices[source], 0).astype(np.int64)
            p = chance[items, target, :] @ belief[copier]
            expected += float(p[both].sum()) / 2
            wrong += float(p[both & (choices[source] != key)].sum()) / 2
        out.append(
            {
                "one": sheets.candidate[room.rows[a]], "two": sheets.candidate[room.rows[b]],
                "items": int(both.sum()), "same": int(same.sum()), "expected": round(expected, 1),
                "wrong": int((same & wrong_b).sum()), "wrong_expected": round(wrong, 1),
                "log_e": round(float(room.log_e[at]), 3), "p": float(room.p[at]),
            }
        )  # fmt: skip
    return out

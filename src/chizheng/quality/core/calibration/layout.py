"""From a matrix of scores to what the likelihood needs: categories, forms, packed answers.

Checks that the data can be calibrated at all, closes up unused categories, sets aside items that say
nothing (everybody right, everybody wrong, nobody answered) and finds the forms (who saw what).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.wording import Wording
from chizheng.quality.core.calibration.types import (
    MISSING,
    Anchor,
    Excluded,
    Floats,
    Ints,
    Model,
    Scores,
    Settings,
)
from chizheng.quality.core.refusals import fault, refuse

_ALL_SAME = Wording(
    zh="所有作答考生得分相同（{score}），没有信息", en="every answer scored {score}: no information"
)
_UNSEEN = Wording(zh="没有考生作答", en="nobody answered it")
_RANDOM_GROUPS = Wording(
    zh="试卷之间没有共同试题（{parts} 组），仅靠“各组考生能力分布相同”的假设相连",
    en="the forms share no items ({parts} sets): they are linked only by assuming equally able candidates",
)
_EMPTY_ROWS = Wording(
    zh="{count} 名考生没有任何作答，未参与估计", en="{count} candidates answered nothing and were set aside"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Scores ready to calibrate.

    `scores` persons x items, int8, MISSING where absent, categories 0..top[j] without gaps; `top` the
    highest category; `form` the index of each person's pattern of presented items; `seen` forms x items.
    """

    names: tuple[str, ...]
    scores: Scores
    top: Ints
    weights: Floats | None
    group: Ints
    labels: tuple[str, ...]
    form: Ints
    seen: NDArray[np.bool_]
    anchors: tuple[Anchor | None, ...]
    excluded: tuple[Excluded, ...]
    recoded: Mapping[str, tuple[int, ...]]
    notices: tuple[Wording, ...]
    answered: Ints

    @property
    def persons(self) -> int:
        return int(self.scores.shape[0])

    def rows(self, chosen: Ints | slice) -> Layout:
        """The same items for some of the persons."""
        return Layout(
            self.names, self.scores[chosen], self.top,
            None if self.weights is None else self.weights[chosen],
            self.group[chosen], self.labels, self.form[chosen], self.seen, self.anchors,
            self.excluded, self.recoded, self.notices, self.answered,
        )  # fmt: skip


def lay_out(
    scores: Scores,
    names: Sequence[str],
    model: Model,
    settings: Settings,
    *,
    weights: Floats | None = None,
    groups: Sequence[str] | NDArray[np.str_] | None = None,
    anchors: Mapping[str, Anchor] | None = None,
) -> Layout:
    """Check and arrange; raises BadInput for wrong values and Refused for data that carry nothing."""
    scores = _as_scores(scores, names)
    persons, width = scores.shape
    if weights is not None:
        weights = _as_weights(weights, persons)
    anchors = anchors or {}
    for name in anchors:
        if name not in names:
            fault("anchor_unknown", item=name)
    group, labels = _as_groups(groups, persons)

    lowest, highest = _extremes(scores)
    empty: NDArray[np.bool_] = np.zeros(persons, dtype=np.bool_)
    complete = bool((lowest >= 0).all()) if persons else True
    if not complete:
        empty = np.asarray((scores < 0).all(axis=1))
    notices: list[Wording] = []
    if empty.any():
        count = int(empty.sum())
        notices.append(Wording(_EMPTY_ROWS.say("zh", count=count), _EMPTY_ROWS.say("en", count=count)))
        scores, group = scores[~empty], group[~empty]
        weights = None if weights is None else weights[~empty]
    if scores.shape[0] < settings.least_persons:
        refuse("too_few_persons", found=scores.shape[0], least=settings.least_persons)

    keep, excluded, recoded, columns = [], [], {}, {}
    for j, name in enumerate(names):
        anchored = name in anchors
        used = _categories(scores[:, j], int(lowest[j]), int(highest[j]))
        if used.size == 0:
            excluded.append(Excluded(name, _UNSEEN))
        elif anchored:
            if used[-1] > len(anchors[name].steps):
                fault("anchor_shape", item=name, wanted=int(used[-1]), found=len(anchors[name].steps))
            keep.append(j)
        elif used.size == 1:
            score = int(used[0])
            excluded.append(
                Excluded(name, Wording(_ALL_SAME.say("zh", score=score), _ALL_SAME.say("en", score=score)))
            )
        else:
            keep.append(j)
            if used[0] != 0 or used[-1] != used.size - 1:
                recoded[name] = tuple(int(c) for c in used)
                columns[j] = used
            if used.size > 2 and model in (Model.TWO_PL, Model.THREE_PL):
                fault("not_dichotomous", column=name, model=model.value)
    if len(keep) < 2:
        refuse("too_few_items", found=len(keep), least=2)
    top = np.array(
        [
            len(anchors[names[j]].steps) if names[j] in anchors
            else (columns[j].size - 1 if j in columns else highest[j])
            for j in keep
        ],
        dtype=np.intp,
    )  # fmt: skip
    if columns:
        scores = scores.copy()
        for j, used in columns.items():
            code = np.full(int(used[-1]) + 2, MISSING, dtype=np.int8)
            code[used] = np.arange(used.size, dtype=np.int8)
            scores[:, j] = code[scores[:, j]]  # MISSING is -1: it reads the spare last cell
    if len(keep) < width:
        scores = np.ascontiguousarray(scores[:, keep])
        nothing = (scores < 0).all(axis=1)
        if nothing.any():
            scores, group = scores[~nothing], group[~nothing]
            weights = None if weights is None else weights[~nothing]
        complete = complete or bool(scores.min() >= 0)
    kept = tuple(names[j] for j in keep)
    if complete:
        form, seen = np.zeros(scores.shape[0], dtype=np.intp), np.ones((1, len(keep)), dtype=np.bool_)
        answered = np.full(len(keep), scores.shape[0], dtype=np.intp)
    else:
        form, seen = _forms(scores)
        answered = np.bincount(form, minlength=len(seen)) @ seen.astype(np.intp)
    fixed = tuple(anchors.get(n) for n in kept)
    notices += _check_links(form, seen, group, labels, fixed, kept)
    return Layout(
        kept, scores, top, weights, group, labels, form, seen, fixed, tuple(excluded), recoded,
        tuple(notices), answered,
    )  # fmt: skip


def _as_scores(scores: Scores, names: Sequence[str]) -> Scores:
    if scores.ndim != 2 or scores.shape[1] != len(names):
        fault("shape", what="responses", wanted=f"persons x {len(names)}", found=str(scores.shape))
    if len(set(names)) != len(names):
        twice = next(n for n in names if list(names).count(n) > 1)
        fault("value", what="item", value=twice, wanted="each item name once / 试题名不可重复")
    return np.ascontiguousarray(scores, dtype=np.int8)


def _as_weights(weights: Floats, persons: int) -> Floats:
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (persons,):
        fault("shape", what="weights", wanted=str((persons,)), found=str(weights.shape))
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if bad.size:
        fault("weight_value", row=int(bad[0]) + 1, value=float(weights[bad[0]]))
    return weights


def _as_groups(groups: Sequence[str] | NDArray[np.str_] | None, persons: int) -> tuple[Ints, tuple[str, ...]]:
    """Group of each person; the first label seen is the reference group."""
    if groups is None:
        return np.zeros(persons, dtype=np.intp), ("",)
    if len(groups) != persons:
        fault("shape", what="groups", wanted=str((persons,)), found=str((len(groups),)))
    labels, first, codes = np.unique(
        np.asarray(groups, dtype=np.str_), return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return rank[codes].astype(np.intp), tuple(str(labels[i]) for i in order)


def _extremes(scores: Scores) -> tuple[Scores, Scores]:
    if scores.shape[0] == 0:
        return np.zeros(scores.shape[1], dtype=np.int8), np.zeros(scores.shape[1], dtype=np.int8)
    return scores.min(axis=0), scores.max(axis=0)


def _categories(column: Scores, lowest: int, highest: int) -> Ints:
    """Categories with at least one answer."""
    if lowest >= 0 and highest - lowest <= 1:
        return np.arange(lowest, highest + 1)
    if highest < 0:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(np.bincount(column[column >= 0], minlength=highest + 1)).astype(np.intp)


def _forms(scores: Scores) -> tuple[Ints, NDArray[np.bool_]]:
    """Group persons by the pattern of presented items."""
    bits = np.packbits(scores >= 0, axis=1)
    pad = -bits.shape[1] % 8
    words = np.ascontiguousarray(np.pad(bits, ((0, 0), (0, pad)))).view(np.uint64)
    key = np.zeros(words.shape[0], dtype=np.uint64)
    for column in words.T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    _, first, form = np.unique(key, return_index=True, return_inverse=True)
    if not (words == words[first][form]).all():  # two patterns met in one hash: compare them in full
        _, first, form = np.unique(words, axis=0, return_index=True, return_inverse=True)
    return form.reshape(-1).astype(np.intp), scores[first] >= 0


def _check_links(
    form: Ints,
    seen: NDArray[np.bool_],
    group: Ints,
    labels: tuple[str, ...],
    fixed: tuple[Anchor | None, ...],
    names: tuple[str, ...],
) -> list[Wording]:
    """Forms are linked by common items; groups must be, one group only should be."""
    if len(seen) == 1 and len(labels) == 1:
        return []
    is_fixed = np.array([a is not None for a in fixed])
    linked = seen.copy()
    if is_fixed.any():  # every fixed item is tied to the common scale, and so to every other
        linked[(seen & is_fixed).any(axis=1)] |= is_fixed
    part = components(linked)
    parts = int(part.max()) + 1
    if parts == 1:
        return []
    if len(labels) > 1:
        crossed = {int(g): set(part[form[group == g]].tolist()) for g in range(len(labels))}
        base = crossed[0]
        for g, has in crossed.items():
            if not (has & base):
                example = names[int(np.flatnonzero(seen[form[group == g]][0])[0])]
                refuse("disconnected", what="groups / 考生组", parts=parts, example=f"{labels[g]}: {example}")
    return [Wording(_RANDOM_GROUPS.say("zh", parts=parts), _RANDOM_GROUPS.say("en", parts=parts))]


def components(incidence: NDArray[np.bool_]) -> Ints:
    """Connected component of each row of a rows x columns incidence matrix (rows share a column)."""
    rows, columns = incidence.shape
    part = np.full(rows, -1, dtype=np.intp)
    count = 0
    for start in range(rows):
        if part[start] >= 0:
            continue
        member: NDArray[np.bool_] = np.zeros(rows, dtype=np.bool_)
        member[start] = True
        reached: NDArray[np.bool_] = np.zeros(columns, dtype=np.bool_)
        while True:
            wider = np.asarray(incidence[member].any(axis=0))
            grown = np.asarray(incidence[:, wider].any(axis=1) | member)
            if (wider == reached).all() and (grown == member).all():
                break
            reached, member = wider, grown
        part[member] = count
        count += 1
    return part

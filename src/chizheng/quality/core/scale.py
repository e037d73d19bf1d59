"""Putting a new calibration on the scale of an older one: anchors examined, the line and its error, the cut.

Anchors are the items both have. Those that a leak watch had reported leave first; of the rest those leave
that stand out from the others beyond chance (`linking.purified_link`). What remains carries the line, and a
jackknife over the remaining anchors says how far a cut carried over may be wrong for want of anchors.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chizheng.kernel.wording import Wording
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.calibration import Anchor, Item
from chizheng.quality.core.linking import Link, Method, link, purified_link, true_score_equivalent
from chizheng.quality.core.refusals import refuse

Floats = NDArray[np.float64]

_FEW = Wording(
    zh="保留的锚题只有 {kept} 道、考生 {persons} 人，少于建议的 {anchors} 道、{advised} 人：换算的合格线不够稳",
    en="only {kept} anchors kept and {persons} candidates, fewer than the advised {anchors} and {advised}: a cut "
    "carried over is not steady",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """One anchor: its difficulty here (on the base scale) and there, how far it stands out, whether it stayed.

    `why`: '' kept, 'alarm' reported by the leak watch, 'easier' or 'harder' than the others say.
    """

    item: str
    here: float
    there: float
    z: float
    why: str

    @property
    def kept(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Linked:
    """The line, what became of every anchor, and what to know before using it."""

    link: Link
    anchors: tuple[Examined, ...]
    notices: tuple[Wording, ...] = ()


def examine(
    new: tuple[Item, ...],
    base: tuple[Item, ...],
    method: Method,
    *,
    alarmed: Collection[str],
    least: int,
    advised: tuple[int, int],
    persons: int,
) -> Linked:
    """Link `new` to `base` by their common items; refused where fewer than `least` sound anchors are left."""
    there = {i.name: i for i in base if i.slope > 0}
    common = [i for i in new if i.name in there and len(i.steps) == len(there[i.name].steps) and i.slope > 0]
    use = [i for i in common if i.name not in alarmed]
    if len(use) < least:
        refuse("too_few_anchors", found=len(use), least=least)
    ours, theirs = ItemBank.of(use), ItemBank.of([there[i.name] for i in use])
    rough = float(np.median([there[i.name].slope for i in use]) / np.median([i.slope for i in use]))
    noise = np.sqrt(
        np.nan_to_num([(i.se_steps[0] / rough) ** 2 for i in use], nan=1.0)
        + np.nan_to_num([there[i.name].se_steps[0] ** 2 for i in use], nan=1.0)
    )
    found = purified_link(ours, theirs, method, least=least, noise=noise)
    line = found.link
    z = dict(zip([i.name for i in use], found.z.tolist(), strict=True))
    out = []
    for item in common:
        here, old = line.slope * item.difficulty + line.shift, there[item.name].difficulty
        why = "alarm" if item.name in alarmed else ""
        if not why and item.name in found.dropped:
            why = "easier" if here < old else "harder"
        out.append(Examined(item.name, here, old, z.get(item.name, float("nan")), why))
    kept = int(found.kept.sum())
    notices: tuple[Wording, ...] = ()
    if kept < advised[0] or persons < advised[1]:
        said = {"kept": kept, "persons": persons, "anchors": advised[0], "advised": advised[1]}
        notices = (Wording(zh=_FEW.say("zh", **said), en=_FEW.say("en", **said)),)
    return Linked(line, tuple(out), notices)


def on_base(items: tuple[Item, ...], line: Link) -> tuple[Item, ...]:
    """Items on the base scale: a / A, A b + B; errors follow (the line's own error is not in them)."""
    return tuple(
        replace(
            i, slope=i.slope / line.slope, steps=tuple(line.slope * s + line.shift for s in i.steps),
            se_slope=i.se_slope / line.slope, se_steps=tuple(line.slope * s for s in i.se_steps),
        )
        for i in items
    )  # fmt: skip


def fixed_anchors(base: tuple[Item, ...], examined: tuple[Examined, ...]) -> dict[str, Anchor]:
    """The kept anchors as parameters to hold fixed."""
    kept = {e.item for e in examined if e.kept}
    return {i.name: Anchor(i.slope, i.steps, i.guessing) for i in base if i.name in kept}


@dataclass(frozen=True, slots=True)
class CarriedCut:
    """A cut of the base in raw points of the new form, with its error over anchors."""

    cut: float
    se: float


def carry_cut(
    cut: float, new: tuple[Item, ...], base: tuple[Item, ...], linked: Linked, method: Method
) -> CarriedCut:
    """The raw score on the new form of a candidate expected to reach `cut` on the base form.

    `new` as estimated, not yet on the base scale. Error: jackknife over the kept anchors.
    """
    of = ItemBank.of(base)

    def carried(line: Link) -> float:
        return true_score_equivalent(cut, of, ItemBank.of(on_base(new, line)))

    whole = carried(linked.link)
    kept = [e.item for e in linked.anchors if e.kept]
    ours = ItemBank.of([i for i in new if i.name in set(kept)])
    at = {i.name: i for i in base}
    theirs = ItemBank.of([at[n] for n in ours.names])
    without = np.eye(len(kept), dtype=np.bool_)
    each = np.array([carried(link(ours.chosen(~w), theirs.chosen(~w), method)) for w in without])
    n = each.size
    return CarriedCut(whole, float(np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum())))

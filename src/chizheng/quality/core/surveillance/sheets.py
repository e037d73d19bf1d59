"""One candidate's answers: does the sheet fit its own ability, and were leaked items answered too well?

Item parameters come from the same answers (2PL). The reference distribution of lz* is the sheets' own: robustly
centred and scaled, because parameters are estimated. Leaked items are those named by the caller, or those whose
running sum (`leak`) alarms in sittings after the first part of the exposures, which teaches the parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from chizheng.kernel.errors import ChizhengError
from chizheng.kernel.wording import Wording
from chizheng.quality.core.calibration import Model, calibrate
from chizheng.quality.core.surveillance.detectors import Found, Rule, Unable, flags_of
from chizheng.quality.core.surveillance.evidence import Floats
from chizheng.quality.core.surveillance.flags import Flag, filled
from chizheng.quality.core.surveillance.leak import others_chance, watch_item
from chizheng.quality.core.surveillance.persons import lz_star, weighted_likelihood_ability
from chizheng.quality.core.surveillance.preknowledge import p_value, signed_ratio
from chizheng.quality.core.surveillance.rooms import Sheets
from chizheng.quality.core.wording import WORDING

FIRST_PART = 0.4
FEWEST_SUSPECT = 3
"""Leaked items below which one candidate's advantage on them says nothing."""


@dataclass(slots=True)
class _Lot:
    sheets: Sheets
    right: NDArray[np.int8]
    slope: Floats
    intercept: Floats
    kept: NDArray[np.intp]
    suspect: NDArray[np.bool_]


@dataclass(slots=True)
class Judged:
    """Flags of candidates; `leaked`: items that alarmed, by paper; what was not computed."""

    flags: list[Flag] = field(default_factory=list)
    leaked: dict[str, list[str]] = field(default_factory=dict)
    unable: list[Unable] = field(default_factory=list)


def judge_sheets(
    papers: Sequence[Sheets],
    rule: Rule,
    rng: np.random.Generator,
    *,
    least: int,
    leak_false_alarm: float,
    suspects: frozenset[str] = frozenset(),
) -> Judged:
    """Flagged candidates of `papers`, by fit and by leaked items; `suspects`: items known to have leaked."""
    out = Judged()
    lots = [lot for sheets in papers if (lot := _calibrated(sheets, least, out)) is not None]
    for lot in lots:
        names = np.array(lot.sheets.items)[lot.kept]
        if suspects:
            lot.suspect = np.isin(names, list(suspects))
        else:
            lot.suspect = _leaked(lot, leak_false_alarm, least, rng, out)
            if lot.suspect.any():
                out.leaked[lot.sheets.paper] = [str(n) for n in names[lot.suspect]]
    out.flags += _misfits(lots, rule)
    out.flags += _insiders(lots, rule, out)
    return out


def _calibrated(sheets: Sheets, least: int, out: Judged) -> _Lot | None:
    def refused(why: Wording) -> None:
        out.unable += [Unable("misfit", why), Unable("preknowledge", why)]

    if sheets.key is None:
        refused(filled("sheets_no_key", paper=sheets.paper))
        return None
    if len(sheets.candidate) < least:
        refused(filled("sheets_too_few", paper=sheets.paper, found=len(sheets.candidate), needed=least))
        return None
    right = np.where(sheets.choices < 0, -1, sheets.choices == sheets.key).astype(np.int8)
    try:
        items = calibrate(right, sheets.items, Model.TWO_PL)
    except ChizhengError as error:
        refused(Wording(zh=error.say("zh"), en=error.say("en")))
        return None
    place = {name: j for j, name in enumerate(sheets.items)}
    kept = np.array([place[i.name] for i in items.items], dtype=np.intp)
    slope = np.array([i.slope for i in items.items])
    intercept = np.array([-i.slope * i.difficulty for i in items.items])
    return _Lot(sheets, right[:, kept], slope, intercept, kept, np.zeros(kept.size, bool))


def _leaked(
    lot: _Lot, false_alarm: float, least: int, rng: np.random.Generator, out: Judged
) -> NDArray[np.bool_]:
    """Items that alarm in the later exposures, parameters learned from the first part."""
    nothing = np.zeros(lot.kept.size, bool)
    day = lot.sheets.day
    cut = None if day is None else _first_part(day, least)
    if day is None or cut is None:
        out.unable.append(Unable("preknowledge", filled("leak_no_time", paper=lot.sheets.paper)))
        return nothing
    early = day <= cut
    try:
        names = [lot.sheets.items[k] for k in lot.kept]
        first = calibrate(lot.right[early], names, Model.TWO_PL)
    except ChizhengError as error:
        out.unable.append(Unable("preknowledge", Wording(zh=error.say("zh"), en=error.say("en"))))
        return nothing
    place = {name: j for j, name in enumerate(names)}
    known = np.array([place[i.name] for i in first.items], dtype=np.intp)
    late = np.flatnonzero(~early)
    late = late[np.argsort(day[late], kind="stable")]
    right = lot.right[np.ix_(late, known)]
    slope = np.array([i.slope for i in first.items])
    q = others_chance(right, slope, np.array([-i.slope * i.difficulty for i in first.items]))
    for j, k in enumerate(known):
        given = right[:, j] >= 0
        if given.sum() >= least // 2:
            seen = watch_item(right[given, j] == 1, q[given, j], false_alarm / known.size, rng, 1000)
            nothing[k] = seen.alarm is not None
    return nothing


def _first_part(day: NDArray[np.int64], least: int) -> int | None:
    """The last day of the first part of the exposures; None where the days do not allow two parts."""
    days, count = np.unique(day, return_counts=True)
    total = np.cumsum(count)
    wanted = max(least, int(FIRST_PART * day.size))
    at = int(np.searchsorted(total, wanted))
    return None if at >= days.size - 1 else int(days[at])


def _misfits(lots: Sequence[_Lot], rule: Rule) -> list[Flag]:
    if not lots:
        return []
    z = np.concatenate([_standard(lz_star(lot.right, lot.slope, lot.intercept)) for lot in lots])
    ability = np.concatenate([weighted_likelihood_ability(x.right, x.slope, x.intercept) for x in lots])
    owner, row = _rows(lots)
    hard, easy = [], []
    for lot in lots:
        order = np.argsort(lot.intercept / np.maximum(lot.slope, 0.1))  # hardest first
        third = max(order.size // 3, 1)
        hard.append(_share(lot.right[:, order[:third]]))
        easy.append(_share(lot.right[:, order[-third:]]))
    on_hard, on_easy = np.concatenate(hard), np.concatenate(easy)

    def say(i: int) -> Found:
        lot = lots[owner[i]]
        reason = filled("reason_misfit", z=float(z[i]), hard=float(on_hard[i]), easy=float(on_easy[i]))
        evidence = {"z": float(z[i]), "hard": float(on_hard[i]), "easy": float(on_easy[i]), "ability": float(ability[i])}  # fmt: skip
        return Found(reason, evidence, _by_difficulty(lot, int(row[i]), float(ability[i])))

    units = [lots[o].sheets.candidate[r] for o, r in zip(owner, row, strict=True)]
    return flags_of("misfit", "candidate", units, special.ndtr(z), rule, say, limit="limit_misfit")


def _insiders(lots: Sequence[_Lot], rule: Rule, out: Judged) -> list[Flag]:
    used = [lot for lot in lots if FEWEST_SUSPECT <= lot.suspect.sum() <= lot.kept.size - FEWEST_SUSPECT]
    if not used:
        if lots and not any(u.detector == "preknowledge" for u in out.unable):
            out.unable.append(Unable("preknowledge", WORDING["leak_none"]))
        return []
    ratio = np.concatenate([signed_ratio(x.right, x.slope, x.intercept, x.suspect) for x in used])
    owner, row = _rows(used)

    def say(i: int) -> Found:
        lot, r = used[owner[i]], int(row[i])
        on, off = lot.right[r, lot.suspect], lot.right[r, ~lot.suspect]
        seen, rest = float((on == 1).sum()), float(_share(off[None])[0])
        theta = weighted_likelihood_ability(
            lot.right[r : r + 1, ~lot.suspect], lot.slope[~lot.suspect], lot.intercept[~lot.suspect]
        )[0]
        chance = special.expit(lot.slope[lot.suspect] * theta + lot.intercept[lot.suspect])
        expected = float(chance[on >= 0].sum())
        reason = filled(
            "reason_preknowledge", seen=int(seen), given=int((on >= 0).sum()), expected=expected, rest=rest
        )
        evidence = {
            "ratio": float(ratio[i]),
            "suspect_right": seen,
            "suspect_expected": expected,
            "rest": rest,
        }
        detail = _by_difficulty(lot, r, float(theta))
        return Found(reason, evidence, detail)

    units = [used[o].sheets.candidate[r] for o, r in zip(owner, row, strict=True)]
    return flags_of("preknowledge", "candidate", units, p_value(ratio), rule, say, limit="limit_preknowledge")


def _rows(lots: Sequence[_Lot]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    sizes = [lot.right.shape[0] for lot in lots]
    return np.repeat(np.arange(len(lots)), sizes), np.concatenate([np.arange(n) for n in sizes])


def _standard(z: Floats) -> Floats:
    middle = float(np.median(z))
    return np.asarray((z - middle) / max(1.4826 * float(np.median(np.abs(z - middle))), 1.0))


def _share(right: NDArray[np.int8]) -> Floats:
    given = (right >= 0).sum(axis=1)
    return np.asarray((right == 1).sum(axis=1) / np.maximum(given, 1), dtype=np.float64)


def _by_difficulty(lot: _Lot, row: int, ability: float) -> dict[str, object]:
    """The sheet item by item, easiest first: chance at the person's ability, what was answered, suspect or not."""
    chance = special.expit(lot.slope * ability + lot.intercept)
    order = np.argsort(-chance, kind="stable")
    return {
        "form": "sheet",
        "paper": lot.sheets.paper,
        "items": [
            {
                "item": lot.sheets.items[lot.kept[j]], "chance": round(float(chance[j]), 3),
                "right": int(lot.right[row, j]), "suspect": bool(lot.suspect[j]),
            }
            for j in order
        ],
    }  # fmt: skip

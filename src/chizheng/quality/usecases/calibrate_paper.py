"""Calibrate a paper's items from stored answers, link them to an older scale, look at their fit: in steps.

A step is a transaction and leaves what the next one needs, so that a page can show progress and a process
that dies loses one step. `calibrations_due` finishes what nobody came back for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from numpy.typing import NDArray

from chizheng.kernel.errors import BadInput, ChizhengError, Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.models import LongWork
from chizheng.quality.core import scale
from chizheng.quality.core.calibration import Calibration as Fitted
from chizheng.quality.core.calibration import Group, Model, calibrate
from chizheng.quality.core.calibration import Item as FittedItem
from chizheng.quality.core.fit import q3, s_x2
from chizheng.quality.core.linking import Method
from chizheng.quality.models import AnswerSheet, Calibration, CutPanel, ItemParameter, ItemReport, Paper

STEPS = ("estimate", "link", "fit")

_ROLE = Wording(zh="标定由鉴定指导中心办理", en="calibration is done by the guidance centre")
_BASE = Wording(
    zh="基准须是已完成的标定，且链接方法须一并选择；不链接时两项都不选",
    en="the base must be a finished calibration, and a method goes with it; without linking choose neither",
)
_DAYS = Wording(zh="结束日期须晚于开始日期", en="the end must follow the start")
_NO_ANSWERS = Wording(
    zh="该期间没有试卷“{paper}”的答案；请先上传答案",
    en="no answers to paper '{paper}' in those days; upload them",
)


@transaction.atomic
def ask_calibration(
    *,
    paper: Paper,
    model: str,
    actor: Account,
    now: datetime,
    start: date | None = None,
    end: date | None = None,
    base: Calibration | None = None,
    method: str = "",
) -> Calibration:
    """Ask for a calibration of sittings with exam days in [start, end); the same one still waiting is that one."""
    _require_centre(actor, paper)
    if start and end and end <= start:
        raise BadInput("calibration_days", _DAYS)
    if (base is None) != (method == "") or (base is not None and (base.made_at is None or base.refusal_zh)):
        raise BadInput("calibration_base", _BASE)
    held = Paper.objects.select_for_update().get(pk=paper.pk)
    asked = {"model": model, "start": start, "end": end, "base": base, "method": method}
    waiting = held.calibrations.filter(made_at__isnull=True, refusal_zh="", **asked).first()
    if waiting is not None:
        return waiting
    sheets = _sheets(held, start, end)
    if not sheets.exists():
        raise Conflict("no_answers", _NO_ANSWERS, paper=held.code)
    work = LongWork.objects.create(kind="quality.calibrate", owner=actor, total=len(STEPS), created_at=now)
    version = (held.calibrations.aggregate(n=Max("version"))["n"] or 0) + 1
    row = Calibration.objects.create(
        paper=held, version=version, work=work, asked_by=actor, asked_at=now, **asked
    )
    ledger.record(
        verb="quality.ask_calibration", subject=row, actor=actor, now=now, paper=held.code, model=model,
        base=str(base) if base else "",
    )  # fmt: skip
    return row


def run_calibration(*, calibration: Calibration, now: datetime) -> Calibration:
    """All steps that are left."""
    while not calibration.finished:
        calibration = advance_calibration(calibration=calibration, now=now)
    return calibration


def calibrations_due(*, now: datetime) -> Iterator[Calibration]:
    """Finish calibrations nobody waits at; yields those finished."""
    waiting = Calibration.objects.exclude(work__state__in=[LongWork.State.DONE, LongWork.State.FAILED])
    for row in waiting.select_related("work").order_by("id"):
        yield run_calibration(calibration=row, now=now)


@transaction.atomic
def advance_calibration(*, calibration: Calibration, now: datetime) -> Calibration:
    """The next step; a finished calibration stays as it is. Two callers at once wait for each other."""
    work = LongWork.objects.select_for_update().get(pk=calibration.work_id)
    row = Calibration.objects.select_related("paper", "base__paper", "asked_by").get(pk=calibration.pk)
    row.work = work
    if row.finished:
        return row
    step = STEPS[work.done]
    work.heartbeat_at, work.state = now, LongWork.State.RUNNING
    try:
        {"estimate": _estimate, "link": _link, "fit": _fit}[step](row)
    except ChizhengError as error:  # the data cannot carry it: said on the page
        row.refusal_zh, row.refusal_en = error.say("zh"), error.say("en")
        work.state, work.ended_at, work.message = LongWork.State.FAILED, now, error.say("zh")
        row.save()
        work.save()
        ledger.record(
            verb="quality.calibration_refused", subject=row, actor=row.asked_by, now=now, code=error.code
        )
        return row
    work.done += 1
    if work.done == len(STEPS):
        work.state, work.ended_at, work.checkpoint = LongWork.State.DONE, now, {}
        row.made_at = now
        ledger.record(
            verb="quality.calibrate", subject=row, actor=row.asked_by, now=now, persons=row.persons,
            items=row.parameters.count(),
        )  # fmt: skip
    work.save()
    row.save()
    return row


def _estimate(row: Calibration) -> None:
    """Free calibration on this form's own scale; kept for the next steps."""
    names, scores = _scores(row)
    fitted = calibrate(scores, names, Model(row.model))
    row.persons = fitted.persons
    row.figures = _summary(fitted)
    row.work.checkpoint = {"fitted": _packed(fitted)}


def _link(row: Calibration) -> None:
    """Put the items on the base's scale, where there is one, and store their parameters."""
    fitted = _unpacked(row.work.checkpoint["fitted"])
    items, group = fitted.items, fitted.groups[0]
    if row.base is not None:
        items, group = _linked(row, fitted)
    row.figures["ability"] = {"mean": _number(group.mean), "sd": _number(group.sd)}
    place = dict(row.paper.items.values_list("code", "pk"))
    row.parameters.all().delete()
    ItemParameter.objects.bulk_create(
        ItemParameter(
            calibration=row, item_id=place[i.name], answered=i.answered, slope=i.slope, se_slope=_number(i.se_slope),
            difficulty=i.difficulty, se_difficulty=_number(i.se_steps[0]), guessing=i.guessing,
        )
        for i in items
    )  # fmt: skip


def _linked(row: Calibration, fitted: Fitted) -> tuple[tuple[FittedItem, ...], Group]:
    assert row.base is not None
    on, place = day_of(row.asked_at), row.paper.region
    base = stored_items(row.base)

    def number(name: str) -> int:
        return law().number(name, on=on, place=place)

    method = Method.STOCKING_LORD if row.method == "fixed" else Method(row.method)
    linked = scale.examine(
        fitted.items, base, method, alarmed=_alarmed(row.paper), least=number("quality.linking.least_anchors"),
        advised=(number("quality.linking.advised_anchors"), number("quality.linking.advised_persons")),
        persons=fitted.persons,
    )  # fmt: skip
    line = linked.link
    row.link = {
        "slope": _number(line.slope), "shift": _number(line.shift),
        "anchors": [
            {"item": e.item, "here": _number(e.here), "there": _number(e.there), "z": _number(e.z), "why": e.why}
            for e in linked.anchors
        ],
        "kept": sum(e.kept for e in linked.anchors), "notices": [{"zh": n.zh, "en": n.en} for n in linked.notices],
    }  # fmt: skip
    cut = adopted_cut(row.base.paper)
    if cut is not None:
        carried = scale.carry_cut(float(cut), fitted.items, base, linked, method)
        row.link["cut"] = {"base": cut, "here": _number(carried.cut), "se": _number(carried.se)}
    if row.method == "fixed":
        names, scores = _scores(row)
        again = calibrate(scores, names, Model(row.model), anchors=scale.fixed_anchors(base, linked.anchors))
        row.figures = {**_summary(again), "fixed": True}
        return again.items, again.groups[0]
    group = fitted.groups[0]
    moved = Group(
        group.label, line.slope * group.mean + line.shift, line.slope * group.sd, group.se_mean, group.se_sd,
        group.persons,
    )  # fmt: skip
    return scale.on_base(fitted.items, line), moved


def _fit(row: Calibration) -> None:
    """S-X2 of every item and pairs that depend on each other; a figure that cannot be had says why."""
    fitted = _unpacked(row.work.checkpoint["fitted"])
    on, place = day_of(row.asked_at), row.paper.region
    names, scores = _scores(row)
    at = {n: j for j, n in enumerate(names)}
    scores = np.ascontiguousarray(scores[:, [at[i.name] for i in fitted.items]])

    def number(name: str) -> float:
        return float(law().value(name, on=on, place=place).value)  # type: ignore[arg-type]

    worst_p, worst_rmsea = number("quality.calibration.fit_p"), number("quality.calibration.fit_rmsea")
    try:
        fits = {f.item: f for f in s_x2(fitted, scores)}
        pairs = q3(fitted, scores, above=number("quality.calibration.q3"))
    except Refused as error:
        row.figures["fit"] = {"refused_zh": error.say("zh"), "refused_en": error.say("en")}
        return
    misfits = 0
    rows = list(row.parameters.select_related("item"))
    for parameter in rows:
        found = fits[parameter.item.code]
        bad = bool(found.p < worst_p and found.rmsea > worst_rmsea)
        misfits += bad
        parameter.fit = {
            "chi_square": _number(found.chi_square), "df": found.freedom, "p": _number(found.p),
            "rmsea": _number(found.rmsea), "bad": bad,
        }  # fmt: skip
    ItemParameter.objects.bulk_update(rows, ["fit"])
    row.figures["fit"] = {
        "misfits": misfits, "q3_mean": _number(pairs.mean), "pairs": [[a, b, _number(v)] for a, b, v in pairs.pairs],
    }  # fmt: skip


def adopted_cut(paper: Paper) -> int | None:
    """The newest adopted cut of a paper, in raw points."""
    panel = CutPanel.objects.filter(paper=paper, state="adopted").order_by("-decided_at").first()
    return None if panel is None else panel.cut


def cut_in_force(paper: Paper, on: date) -> int | None:
    """The cut that had been adopted for a paper by the end of a day."""
    panels = CutPanel.objects.filter(paper=paper, state="adopted").order_by("-decided_at")
    return next((p.cut for p in panels if p.decided_at is not None and day_of(p.decided_at) <= on), None)


def stored_items(row: Calibration) -> tuple[FittedItem, ...]:
    """Parameters of a finished calibration as `core` knows them."""
    nan = float("nan")
    return tuple(
        FittedItem(
            p.item.code, p.slope, (p.difficulty,), p.guessing, nan if p.se_slope is None else p.se_slope,
            (nan if p.se_difficulty is None else p.se_difficulty,), nan, (nan,), False, p.answered,
        )
        for p in row.parameters.select_related("item")
    )  # fmt: skip


def _alarmed(paper: Paper) -> set[str]:
    """Items whose newest report looks leaked."""
    newest: dict[str, bool] = {}
    reports = ItemReport.objects.filter(item__paper=paper).order_by("report__session__exam_date", "id")
    for code, watch in reports.values_list("item__code", "watch"):
        if "leak" in watch:
            newest[code] = watch["leak"]["alarm"] is not None
    return {code for code, leaked in newest.items() if leaked}


def _sheets(paper: Paper, start: date | None, end: date | None) -> Any:
    rows = AnswerSheet.objects.filter(paper=paper)
    if start:
        rows = rows.filter(registration__session__exam_date__gte=start)
    if end:
        rows = rows.filter(registration__session__exam_date__lt=end)
    return rows


def _scores(row: Calibration) -> tuple[list[str], NDArray[np.int8]]:
    """Right or wrong, persons x items in a fixed order; a blank is wrong, as it is in the paper's marking."""
    items = list(row.paper.items.values_list("code", "key"))
    chosen = list(
        _sheets(row.paper, row.start, row.end).order_by("registration_id").values_list("chosen", flat=True)
    )
    keys = np.asarray([k for _, k in items], dtype="U2")
    table = np.array(chosen, dtype="U2").reshape(len(chosen), len(items))
    return [c for c, _ in items], (table == keys).astype(np.int8)


def _summary(fitted: Fitted) -> dict[str, Any]:
    return {
        "log_likelihood": round(fitted.log_likelihood, 4), "iterations": fitted.iterations,
        "converged": fitted.converged, "excluded": [
            {"item": e.name, "zh": e.reason.say("zh"), "en": e.reason.say("en")} for e in fitted.excluded
        ],
        "notices": [{"zh": n.say("zh"), "en": n.say("en")} for n in fitted.notices],
    }  # fmt: skip


def _packed(fitted: Fitted) -> dict[str, Any]:
    """A calibration as JSON (NaN as null)."""
    return {
        "model": fitted.model.value, "persons": fitted.persons, "log_likelihood": fitted.log_likelihood,
        "items": [
            [i.name, i.slope, i.steps[0], i.guessing, *map(_null, (i.se_slope, i.se_steps[0], i.se_guessing, i.se_intercepts[0])), i.answered]
            for i in fitted.items
        ],
        "groups": [[g.label, g.mean, g.sd, _null(g.se_mean), _null(g.se_sd), g.persons] for g in fitted.groups],
        "nodes": fitted.nodes.tolist(), "weights": np.asarray(fitted.weights).tolist(),
    }  # fmt: skip


def _unpacked(packed: dict[str, Any]) -> Fitted:
    nan = float("nan")
    items = tuple(
        FittedItem(n, a, (b,), c, nan if sa is None else sa, (nan if sb is None else sb,),
                   nan if sc is None else sc, (nan if sd is None else sd,), False, count)
        for n, a, b, c, sa, sb, sc, sd, count in packed["items"]
    )  # fmt: skip
    groups = tuple(
        Group(label, mean, sd, nan if sm is None else sm, nan if ss is None else ss, count)
        for label, mean, sd, sm, ss, count in packed["groups"]
    )
    return Fitted(
        Model(packed["model"]), items, (), groups, packed["persons"], packed["log_likelihood"], 0, 0, True,
        np.array(packed["nodes"]), np.array(packed["weights"]),
    )  # fmt: skip


def _null(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _number(value: float) -> float | None:
    return round(float(value), 5) if math.isfinite(value) else None


def _require_centre(actor: Account, paper: Paper) -> None:
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=paper.region)

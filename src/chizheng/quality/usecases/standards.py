"""Standard setting: a panel's judgements become a cut with its interval; adopting it takes two people.

An adopted cut, in raw points of its paper, is what reports judge decisions at and what linking carries to
other papers. The pass mark of the law stays what it is.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction

from chizheng.assessment.models import Registration
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.states import StateTable
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.io.sheets import Sheet, read_sheet
from chizheng.quality.core.ability import ItemBank
from chizheng.quality.core.standard_setting import (
    Standard,
    angoff,
    bookmark,
    contrasting_groups,
    judge_agreement,
)
from chizheng.quality.io.judgements import read_angoff, read_bookmarks, read_groups
from chizheng.quality.models import AnswerSheet, Calibration, CutPanel, Paper
from chizheng.quality.usecases.calibrate_paper import stored_items

PANEL = StateTable(
    name="cut_panel",
    start="entered",
    moves={
        ("entered", "propose"): "proposed", ("proposed", "adopt"): "adopted", ("proposed", "decline"): "declined",
        ("declined", "propose"): "proposed",
    },
)  # fmt: skip

_ROLE = Wording(zh="标准设定由鉴定指导中心办理", en="standard setting is done by the guidance centre")
_DECIDE = Wording(
    zh="采用合格线由鉴定指导中心或劳动行政部门的另一人决定",
    en="a cut is adopted by another person of the centre or the authority",
)
_SELF = Wording(zh="提出的人不能自己决定", en="proposing and deciding take two different people")
_REASONS = Wording(zh="请写明理由（至少十个字）", en="state reasons (ten characters at least)")
_CUT = Wording(
    zh="合格线应为 1 至 {most} 之间的整数题数，给出 {cut}",
    en="the cut is a whole number from 1 to {most}, not {cut}",
)
_DAY = Wording(zh="会议日期不能晚于今天", en="the panel cannot have met after today")
_CALIBRATION = Wording(
    zh="书签法须选择该试卷的一次已完成的标定", en="a bookmark panel needs a finished calibration of the paper"
)
_CANDIDATE = Wording(
    zh="第 {row} 行：准考证号“{number}”没有该试卷的答案",
    en="row {row}: '{number}' has no answers to this paper",
)
_METHOD = Wording(zh="“{method}”不是可选的方法", en="'{method}' is not one of the methods")


@transaction.atomic
def enter_panel(
    *, paper: Paper, method: str, held_on: date, content: bytes, file_name: str, actor: Account, now: datetime,
    calibration: Calibration | None = None,
) -> CutPanel:  # fmt: skip
    """Judgements of a panel from its sheet, with the cut they lead to; the same judgements again are one panel.

    Raises BadInput naming row and remedy, Refused where the judgements carry no cut.
    """
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=paper.region)
    if held_on > day_of(now):
        raise BadInput("panel_day", _DAY)
    sheet = read_sheet(content, file_name)
    if method == "angoff":
        judgements, result = _angoff(paper, sheet, held_on)
    elif method == "bookmark":
        if calibration is None or calibration.paper_id != paper.pk or calibration.made_at is None:
            raise BadInput("panel_calibration", _CALIBRATION)
        judgements, result = _bookmark(paper, calibration, sheet, held_on)
    elif method == "contrasting":
        judgements, result = _contrasting(paper, sheet, held_on)
    else:
        raise BadInput("panel_method", _METHOD, method=method[:20])
    text = json.dumps([judgements, calibration and calibration.pk], ensure_ascii=False, sort_keys=True)
    row, made = CutPanel.objects.get_or_create(
        paper=paper, method=method, sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "calibration": calibration if method == "bookmark" else None, "held_on": held_on,
            "judgements": judgements, "result": result, "entered_by": actor, "entered_at": now,
        },
    )  # fmt: skip
    if made:
        ledger.record(
            verb="quality.panel", subject=row, actor=actor, now=now, method=method, cut=result["cut"],
            sha256=row.sha256,
        )  # fmt: skip
    return row


def _angoff(paper: Paper, sheet: Sheet, on: date) -> tuple[dict[str, Any], dict[str, Any]]:
    items = list(paper.items.values_list("code", flat=True))
    rows = read_angoff(sheet, items)
    table = np.array(list(rows.values()))
    standard = angoff(table, least_judges=_least(on, paper))
    agreement = judge_agreement(table)
    spread = table.std(axis=0)
    doubtful = [items[j] for j in np.argsort(-spread, kind="stable")[:5] if spread[j] > 0.15]
    return (
        {"items": items, "judges": rows},
        {**_result(standard, list(rows), agreement.tolist()), "disputed": doubtful},
    )


def _bookmark(
    paper: Paper, calibration: Calibration, sheet: Sheet, on: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    bank = ItemBank.of(stored_items(calibration))
    rows = read_bookmarks(sheet, int(bank.slope.size))
    ability, points = bookmark(
        bank, np.array(list(rows.values()), dtype=np.intp), least_judges=_least(on, paper)
    )
    return {"judges": rows}, {
        **_result(points, list(rows), None),
        "ability": {n: round(getattr(ability, n), 4) for n in ("cut", "se", "low", "high")},
    }


def _contrasting(paper: Paper, sheet: Sheet, on: date) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = read_groups(sheet)
    known = dict(
        Registration.objects.filter(admission_number__in=rows, answer_sheet__paper=paper).values_list(
            "admission_number", "pk"
        )
    )
    for number, (row, _judged) in rows.items():
        if number not in known:
            raise BadInput("panel_candidate", _CANDIDATE, row=row, number=number[:30])
    keys = list(paper.items.values_list("key", flat=True))
    chosen = dict(
        AnswerSheet.objects.filter(registration__in=known.values()).values_list("registration_id", "chosen")
    )
    judged = {known[n]: master for n, (_row, master) in rows.items()}
    order = sorted(judged)
    scores = np.array(
        [sum(a == k for a, k in zip(chosen[pk], keys, strict=True)) for pk in order], dtype=float
    )
    master = np.array([judged[pk] for pk in order])
    least = law().number("quality.standards.least_group", on=on, place=paper.region)
    standard = contrasting_groups(scores, master, least_group=least)
    groups = {
        name: np.bincount(scores[m].astype(int), minlength=len(keys) + 1).tolist()
        for name, m in (("masters", master), ("others", ~master))
    }
    return (
        {"candidates": [[pk, judged[pk]] for pk in order]},
        {**_result(standard, [], None), "groups": groups},
    )


def _least(on: date, paper: Paper) -> int:
    return law().number("quality.standards.least_judges", on=on, place=paper.region)


def _result(standard: Standard, judges: list[str], agreement: list[float] | None) -> dict[str, Any]:
    return {
        **{n: round(float(getattr(standard, n)), 3) for n in ("cut", "se", "low", "high")},
        "judges": [
            {
                "name": name, "cut": round(cut, 3),
                "agreement": None if agreement is None or not np.isfinite(agreement[k]) else round(agreement[k], 3),
            }
            for k, (name, cut) in enumerate(zip(judges, standard.judges, strict=True))
        ] if judges else [],
    }  # fmt: skip


@transaction.atomic
def propose_cut(*, panel: CutPanel, cut: int, reasons: str, actor: Account, now: datetime) -> CutPanel:
    """Propose a whole number of items as the cut, with reasons; the same proposal twice is one."""
    held = _lock(panel, actor)
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    if held.state == "proposed" and (held.cut, held.reasons, held.proposed_by_id) == (
        cut,
        reasons.strip(),
        actor.pk,
    ):
        return held
    state = PANEL.next(held.state, "propose")
    most = held.paper.items.count()
    if not 1 <= cut <= most:
        raise BadInput("panel_cut", _CUT, cut=cut, most=most)
    if len(reasons.strip()) < 10:
        raise BadInput("reasons", _REASONS)
    held.state, held.cut, held.reasons, held.proposed_by = state, cut, reasons.strip(), actor
    held.decided_by, held.decided_at, held.decision = None, None, ""
    held.save()
    ledger.record(verb="quality.propose_cut", subject=held, actor=actor, now=now, basis=held.reasons, cut=cut)
    return held


@transaction.atomic
def decide_cut(*, panel: CutPanel, event: str, reasons: str, actor: Account, now: datetime) -> CutPanel:
    """Adopt or decline a proposed cut, by somebody else, with reasons; the same decision twice is one."""
    held = _lock(panel, actor)
    if event not in ("adopt", "decline"):
        raise BadInput("panel_method", _METHOD, method=event[:20])
    if held.decided_by_id == actor.pk and held.state == {"adopt": "adopted", "decline": "declined"}[event]:
        return held
    state = PANEL.next(held.state, event)
    if by_same_hand(actor, held.proposed_by_id):
        raise Conflict("self_approval", _SELF)
    if len(reasons.strip()) < 10:
        raise BadInput("reasons", _REASONS)
    held.state, held.decided_by, held.decided_at, held.decision = state, actor, now, reasons.strip()
    held.save(update_fields=["state", "decided_by", "decided_at", "decision"])
    ledger.record(
        verb=f"quality.{event}_cut", subject=held, actor=actor, now=now, basis=held.decision, cut=held.cut
    )
    return held


def _lock(panel: CutPanel, actor: Account) -> CutPanel:
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _DECIDE)
    held = CutPanel.objects.select_for_update(of=("self",)).select_related("paper").get(pk=panel.pk)
    require_jurisdiction(actor, region=held.paper.region)
    return held

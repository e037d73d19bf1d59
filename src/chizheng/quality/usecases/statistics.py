"""Statistics of a sitting, made when its results are published and again when answers come in."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.models import Mark, Session
from chizheng.assessment.terms import terms_of
from chizheng.kernel.errors import ChizhengError
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.quality.core.classification import livingston_lewis
from chizheng.quality.core.items import (
    ItemThresholds,
    binomial_csem,
    findings,
    item_figures,
    option_tables,
    reliability,
)
from chizheng.quality.models import AnswerSheet, Item, ItemReport, Note, Paper, SittingReport
from chizheng.quality.usecases.calibrate_paper import cut_in_force
from chizheng.quality.usecases.item_watch import watch_paper

LEAST = 30
"""Candidates below which item statistics are refused by `core.items`; earlier sittings are then joined."""


@transaction.atomic
def make_report(*, session: Session, now: datetime) -> SittingReport | None:
    """The report of a sitting whose results are known; unchanged data leave it as it was. None: not yet."""
    held = Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    if held.state not in RESULTS_KNOWN:
        return None
    figures: dict[str, Any] = {part: _distribution(held, part) for part in ("theory", "practice", "review")}
    figures = {part: f for part, f in figures.items() if f["n"] or f["absent"]}
    outcomes = held.registrations.filter(state="enrolled").values_list("result__outcome", flat=True)
    figures["outcome"] = {k: sum(o == k for o in outcomes) for k in ("pass", "fail", "incomplete")}
    figures["cut"] = float(terms_of(held).pass_mark)
    paper, rows = _answers(held)
    refusal: tuple[str, str] = ("", "")
    items: list[ItemReport] = []
    if paper is not None:
        own = AnswerSheet.objects.filter(registration__session=held, paper=paper).count()
        figures["pooled"] = len(rows) - own
        try:
            items = _items(paper, rows, figures, held)
        except ChizhengError as error:  # the data cannot carry it: said on the page, not hidden
            refusal = (error.say("zh"), error.say("en"))
    report = SittingReport.objects.filter(session=held).first()
    if report is not None and _same(report, paper, figures, refusal):
        return report
    if report is None:
        report = SittingReport(session=held)
    report.paper, report.figures, report.made_at = paper, figures, now
    report.refusal_zh, report.refusal_en = refusal
    report.save()
    report.items.all().delete()
    for item in items:
        item.report = report
    ItemReport.objects.bulk_create(items)
    ledger.record(verb="quality.report", subject=held, actor=None, now=now, items=len(items))
    _tell_authors(report, now)
    _tell_centre(report, now)
    return report


def reports_due(*, now: datetime) -> Iterator[Session]:
    """Make the reports that a stopped process left unmade; yields the sessions reported on."""
    missed = Session.objects.filter(state__in=RESULTS_KNOWN, quality_report__isnull=True).order_by(
        "exam_date"
    )
    for session in missed:
        if make_report(session=session, now=now) is not None:
            yield session


def thresholds(on: date, place: str = "") -> ItemThresholds:
    """When an item deserves a look, from the law's data."""

    def number(name: str) -> float:
        return float(law().value(f"quality.item.{name}", on=on, place=place).value)  # type: ignore[arg-type]

    return ItemThresholds(
        int(number("least_answers")),
        number("weak_discrimination"),
        number("idle_distractor"),
        number("easy"),
        number("hard"),
    )


def _distribution(session: Session, part: str) -> dict[str, Any]:
    marks = Mark.objects.filter(registration__session=session, registration__state="enrolled", part=part)
    scored = marks.filter(state="scored").values_list("score", flat=True)
    scores = np.array([float(s) for s in scored if s is not None])
    counts = np.bincount(np.floor(scores).astype(int), minlength=101) if scores.size else np.zeros(101, int)
    return {
        "n": int(scores.size),
        "absent": marks.filter(state="absent").count(),
        "mean": round(float(scores.mean()), 2) if scores.size else None,
        "sd": round(float(scores.std(ddof=1)), 2) if scores.size > 1 else None,
        "counts": {str(i): int(n) for i, n in enumerate(counts) if n},
    }


def _answers(session: Session) -> tuple[Paper | None, list[list[str]]]:
    """The paper most of the sitting sat, and the answers to it."""
    by_paper: dict[int, list[list[str]]] = defaultdict(list)
    sheets = AnswerSheet.objects.filter(registration__session=session).order_by("registration_id")
    for sat, chosen in sheets.values_list("paper_id", "chosen"):
        by_paper[sat].append(chosen)
    if not by_paper:
        return None, []
    most = max(by_paper, key=lambda p: (len(by_paper[p]), -p))
    paper, rows = Paper.objects.get(pk=most), by_paper[most]
    if len(rows) < LEAST:  # too few to say anything of their own: with those who sat the paper before them
        rows = list(
            AnswerSheet.objects.filter(paper=paper, registration__session__exam_date__lte=session.exam_date)
            .order_by("registration_id")
            .values_list("chosen", flat=True)
        )
    return paper, rows


def _same(
    report: SittingReport, paper: Paper | None, figures: dict[str, Any], refusal: tuple[str, str]
) -> bool:
    return (report.figures, report.paper, report.refusal_zh) == (figures, paper, refusal[0])


def _items(
    paper: Paper, rows: list[list[str]], figures: dict[str, Any], session: Session
) -> list[ItemReport]:
    items = list(Item.objects.filter(paper=paper))
    names, keys = [i.code for i in items], [i.key for i in items]
    chosen = np.array(rows, dtype="U2")
    scores = (chosen == np.asarray(keys, dtype="U2")).astype(np.int8)
    found = item_figures(scores, names, top=np.ones(len(items), dtype=np.intp))
    paper_figures: dict[str, Any] = {"persons": len(rows), "items": len(items)}
    totals = scores.sum(axis=1)
    paper_figures["totals"] = {
        str(int(v)): int(n) for v, n in zip(*np.unique(totals, return_counts=True), strict=True)
    }
    figures["paper"] = paper_figures
    whole = reliability(scores, names)
    paper_figures |= {
        "alpha": _number(whole.alpha), "omega": _number(whole.omega), "sem": _number(whole.sem),
        "mean": _number(whole.mean), "sd": _number(whole.sd),
    }  # fmt: skip
    cut = cut_in_force(paper, session.exam_date) or math.ceil(figures["cut"] / 100 * len(items))
    paper_figures["cut"] = cut
    at = np.arange(len(items) + 1, dtype=float)
    errors = binomial_csem(at, len(items))
    paper_figures["csem"] = [_number(v) for v in errors]
    paper_figures["csem_at_cut"] = _number(errors[cut])
    # omega where there is one: alpha is a lower bound of reliability and makes decisions look worse than they are
    best = whole.omega if np.isfinite(whole.omega) else whole.alpha
    if 0 < best < 1 and whole.alpha > 0:
        decision = livingston_lewis(totals.astype(float), best, cut, highest=len(items))
        paper_figures["decision"] = {
            n: _number(getattr(decision, n))
            for n in ("accuracy", "consistency", "kappa", "false_pass", "false_fail", "passing")
        }
    tables = option_tables(chosen, keys, names)
    notes: dict[str, list[dict[str, str]]] = defaultdict(list)
    for f in findings(found, thresholds(session.exam_date, session.region), tables):
        notes[f.item].append({"flag": f.flag.value, "zh": f.say("zh"), "en": f.say("en")})
    watch = watch_paper(paper, session)
    paper_figures["watch"] = watch.summary
    for code, said in watch.findings.items():
        notes[code].extend(said)
    return [
        ItemReport(
            item=item, answered=int(found.answered[j]), difficulty=_number(found.difficulty[j]),
            discrimination=_number(found.discrimination[j]),
            options={
                "options": list(table.options), "key": table.key, "omitted": _number(table.omitted),
                "shares": [[_number(v) for v in row] for row in table.shares],
                "chosen": [_number(v) for v in table.chosen], "correlation": [_number(v) for v in table.correlation],
            },
            watch=watch.items[item.code], findings=notes.get(item.code, []),
        )
        for j, (item, table) in enumerate(zip(items, tables, strict=True))
    ]  # fmt: skip


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def _tell_authors(report: SittingReport, now: datetime) -> None:
    """One note an author and sitting: which of their items deserve a look."""
    mine: dict[int, list[ItemReport]] = defaultdict(list)
    for row in report.items.select_related("item"):
        if row.item.author_id is not None and any(f["flag"] != "few" for f in row.findings):
            mine[row.item.author_id].append(row)
    code = report.paper.code if report.paper else ""
    for author, rows in mine.items():
        said = [f for row in rows for f in row.findings if f["flag"] != "few"]
        Note.objects.update_or_create(
            to_id=author, about=f"items:{report.session_id}",
            defaults={
                "title_zh": f"试卷 {code} 有 {len(rows)} 道题值得看一看",
                "title_en": f"{len(rows)} items of paper {code} deserve a look",
                "body_zh": "\n".join(f["zh"] for f in said), "body_en": "\n".join(f["en"] for f in said),
                "link": "", "sent_at": now, "read_at": None,
            },
        )  # fmt: skip


def _tell_centre(report: SittingReport, now: datetime) -> None:
    """A leak is for the centre nearest to the sitting as well: it decides whether the item is used again."""
    leaks = [f for row in report.items.select_related("item") for f in row.findings if f["flag"] == "leak"]
    if not leaks:
        return
    region = report.session.region
    centres = Account.objects.filter(
        role="centre", is_active=True, industry="", region__in=[region[:n] for n in (2, 4, 6)]
    ).order_by("pk")
    nearest = max((a.region for a in centres), key=len, default="")
    code = report.paper.code if report.paper else ""
    for account in centres:
        if account.region == nearest:
            Note.objects.update_or_create(
                to=account, about=f"leak:{report.session_id}",
                defaults={
                    "title_zh": f"试卷 {code} 有 {len(leaks)} 道题疑似泄露",
                    "title_en": f"{len(leaks)} items of paper {code} look leaked",
                    "body_zh": "\n".join(f["zh"] for f in leaks), "body_en": "\n".join(f["en"] for f in leaks),
                    "link": "", "sent_at": now, "read_at": None,
                },
            )  # fmt: skip

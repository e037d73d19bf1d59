"""Quarterly quality bulletins 质量公报: figures counted once, frozen, and never counted again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.models import Registration, Session
from chizheng.kernel.errors import Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.quality.models import Bulletin, Case, Hold, LookAlike, SiteReport, SittingReport, Task

_ROLE = Wording(zh="质量公报由鉴定指导中心或劳动行政部门编制", en="bulletins are made by centre or authority")
_OPEN = Wording(
    zh="该期间到 {end} 才结束，之后才能定稿", en="the period ends on {end}; it is frozen after that"
)


def period_of(day: date) -> tuple[date, date]:
    """The bulletin period [start, end) a day falls in, of as many months as the law says."""
    months = law().number("quality.bulletin_months", on=day)
    first = (day.month - 1) // months * months + 1
    start = date(day.year, first, 1)
    last = first + months
    return start, date(day.year + (last > 12), last - 12 if last > 12 else last, 1)


@transaction.atomic
def freeze_bulletin(*, region: str, start: date, end: date, actor: Account | None, now: datetime) -> Bulletin:
    """Count and freeze a period that is over; a second time gives the frozen one, whatever changed since."""
    if actor is not None:
        if actor.role not in ("centre", "authority"):
            raise Forbidden("not_your_desk", _ROLE)
        require_jurisdiction(actor, region=region)
    if day_of(now) < end:
        raise Refused("period_open", _OPEN, end=end.isoformat())
    known = Bulletin.objects.filter(region=region, start=start, end=end).first()
    if known is not None:
        return known
    snapshot = count(region=region, start=start, end=end)
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True)
    row = Bulletin.objects.create(
        region=region, start=start, end=end, snapshot=snapshot, sha256=hashlib.sha256(text.encode()).hexdigest(),
        frozen_at=now, frozen_by=actor,
    )  # fmt: skip
    ledger.record(verb="quality.bulletin", subject=row, actor=actor, now=now, sha256=row.sha256)
    return row


def count(*, region: str, start: date, end: date) -> dict[str, Any]:
    """The figures of a period: counts only, small cells included as they concern bodies, not people."""
    within = Q(exam_date__gte=start, exam_date__lt=end, region__startswith=region)
    sessions = Session.objects.filter(within)
    known = sessions.filter(state__in=RESULTS_KNOWN)
    people = Registration.objects.filter(session__in=known, state="enrolled")
    rows = (
        known.values("occupation", "level")
        .annotate(
            sessions=Count("id", distinct=True),
            candidates=Count("registrations", filter=Q(registrations__state="enrolled"), distinct=True),
            passed=Count(
                "registrations",
                filter=Q(registrations__state="enrolled", registrations__result__outcome="pass"),
                distinct=True,
            ),
        )
        .order_by("occupation", "-level")
    )
    cases = Case.objects.filter(
        received_at__date__gte=start, received_at__date__lt=end, region__startswith=region
    )
    holds = Hold.objects.filter(session__in=sessions)
    accuracies = [
        r.figures["paper"]["decision"]["accuracy"]
        for r in SittingReport.objects.filter(session__in=sessions)
        if r.figures.get("paper", {}).get("decision", {}).get("accuracy") is not None
    ]
    return {
        "sessions": sessions.count(),
        "sessions_with_results": known.count(),
        "stations": sessions.values("station").distinct().count(),
        "candidates": people.count(),
        "passed": people.filter(result__outcome="pass").count(),
        "national_standard": sessions.exclude(standard_edition="").count(),
        "item_bank": SittingReport.objects.filter(session__in=sessions, paper__isnull=False).count(),
        "decision_accuracy_mean": round(sum(accuracies) / len(accuracies), 4) if accuracies else None,
        "supervised": Task.objects.filter(session__in=sessions, report__isnull=False).count(),
        "holds": holds.count(),
        "holds_released": holds.filter(state="released").count(),
        "holds_annulled": holds.filter(state="annulled").count(),
        "cases": cases.count(),
        "cases_decided": cases.filter(state__in=["decided", "closed"]).count(),
        "homemade_certificates": LookAlike.objects.filter(
            found_on__gte=start, found_on__lt=end, region__startswith=region
        ).count(),
        "by_occupation": list(rows),
        "conformity": _conformity(sessions),
    }


def _conformity(sessions: QuerySet[Session]) -> list[dict[str, Any]]:
    """What supervisors found on the site, by item of the check list: how often met, how often not."""
    found: dict[str, Counter[str]] = {str(r["code"]): Counter() for r in law().tables["supervision_checks"]}
    for answers in SiteReport.objects.filter(task__session__in=sessions).values_list("conformity", flat=True):
        for code, answer in answers.items():
            if code in found:
                found[code][answer] += 1
    return [{"check": code, "met": n["yes"], "not_met": n["no"]} for code, n in found.items()]


def csv_rows(bulletin: Bulletin) -> Iterator[list[object]]:
    """The frozen figures as rows of a CSV: occupation, level, sessions, candidates, passed; totals last."""
    yield ["occupation", "level", "sessions", "candidates", "passed"]
    for row in bulletin.snapshot["by_occupation"]:
        yield [row["occupation"], row["level"], row["sessions"], row["candidates"], row["passed"]]
    for name, value in bulletin.snapshot.items():
        if not isinstance(value, list):
            yield [name, "", value, "", ""]


TABLE = ("start", "end", "region", "indicator", "occupation", "level", "check", "value")
"""Columns of the table that planning reads; see docs/formats/bulletins.md."""


def table_rows(
    bulletins: Iterable[Bulletin],
) -> Iterator[tuple[str, str, str, str, str, str, str, float | None]]:
    """Frozen figures one a row, of any number of bulletins: what they count is the same for ever."""
    for bulletin in bulletins:
        stem = (bulletin.start.isoformat(), bulletin.end.isoformat(), bulletin.region)
        for name, value in bulletin.snapshot.items():
            if not isinstance(value, list):
                yield (*stem, name, "", "", "", value)
        for row in bulletin.snapshot.get("by_occupation", []):
            for name in ("sessions", "candidates", "passed"):
                yield (*stem, name, row["occupation"], str(row["level"]), "", row[name])
        for row in bulletin.snapshot.get("conformity", []):
            for name in ("met", "not_met"):
                yield (*stem, name, "", "", row["check"], row[name])

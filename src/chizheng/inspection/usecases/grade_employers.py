"""Credit grades of a year, and their repair."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from chizheng.inspection.core import grades as core
from chizheng.inspection.core.cases import Outcome
from chizheng.inspection.core.grades import Grade, YearRecord
from chizheng.inspection.models import Case, CreditGrade, RepairRequest, Screening
from chizheng.inspection.usecases.run_screening import findings_of
from chizheng.kernel.errors import Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import by_same_hand, require_jurisdiction
from chizheng.platform import clock, ledger
from chizheng.platform.models import LongWork

_NOT_YOURS = Wording(zh="只能为本单位申请信用修复", en="repair is asked for by the employer itself")
_NOTHING = Wording(zh="该等级不需要修复", en="this grade needs no repair")
_NOT_READY = Wording(
    zh="还有未履行完毕的决定，或此后又发现违法行为，不能修复",
    en="a decision is not performed yet, or something was found since",
)
_OWN = Wording(zh="申请人不能自己批准", en="who asked does not grant")
_OVER = Wording(zh="这份申请已经决定", en="this request is decided")


@transaction.atomic
def grade_year(*, year: int, region: str, actor: Account | None, now: datetime) -> int:
    """Grade every employer of `region` with filings or cases on its record of `year`; returns how many are new.

    Run again it grades only those not graded yet. Raises NotFound before the rules began.
    """
    if actor is not None:
        require_jurisdiction(actor, region=region)
    today = clock.day_of(now)
    outcomes: dict[int, list[Outcome]] = defaultdict(list)
    refused: set[int] = set()
    cases = Case.objects.filter(region__startswith=region, found_on__year=year).exclude(outcome="")
    for employer, outcome, state in cases.values_list("employer", "outcome", "state"):
        outcomes[employer].append(Outcome(outcome))
        if state in ("enforcing", "unenforced"):
            refused.add(employer)
    posts, missing = _posts(year, region)
    known = set(CreditGrade.objects.filter(year=year).values_list("employer", flat=True))
    bodies = Organisation.objects.filter(kind="employer", region__startswith=region).exclude(pk__in=known)
    rows = []
    for pk, place in bodies.order_by("pk").values_list("pk", "region"):
        record = YearRecord(
            year, tuple(outcomes[pk]), frozenset({"refused_order"} if pk in refused else ()), posts.get(pk, 0),
            posts.get(pk, 0) - missing.get(pk, 0),
        )  # fmt: skip
        given = core.grade(record, law(), on=today, place=place)
        rows.append(
            CreditGrade(
                employer_id=pk, year=year, grade=given.grade, reasons=[[c, p] for c, p in given.reasons],
                citation=given.citation.say(), given_on=today, by=actor,
            )
        )  # fmt: skip
    CreditGrade.objects.bulk_create(rows, batch_size=1000)
    if rows:
        ledger.record(
            verb="inspection.grade", subject=("inspection.creditgrade", f"{year}/{region}"), actor=actor, now=now,
            count=len(rows),
        )  # fmt: skip
    return len(rows)


def _posts(year: int, region: str) -> tuple[dict[int, int], dict[int, int]]:
    """Gated posts and those found uncovered by employer, from the year's last screening that covers `region`."""
    runs = Screening.objects.filter(from_date__year=year, work__state=LongWork.State.DONE).order_by(
        "-from_date", "-pk"
    )
    run = next((r for r in runs if region.startswith(r.place)), None)
    if run is None:
        return {}, {}
    missing = findings_of(run).values_list("employer").annotate(n=Count("filing", distinct=True))
    return {int(k): int(v) for k, v in run.gated.items()}, dict(missing)


def current_grades() -> Any:
    """Grades that no repair replaced."""
    return CreditGrade.objects.filter(next_grade__isnull=True)


@transaction.atomic
def ask_repair(*, grade: CreditGrade, text: str, actor: Account, now: datetime) -> RepairRequest:
    """The employer asks for one step up; an open request is returned unchanged."""
    if actor.organisation_id != grade.employer_id:
        raise Forbidden("not_your_grade", _NOT_YOURS)
    if grade.grade == "A":
        raise Refused("nothing_to_repair", _NOTHING)
    known = RepairRequest.objects.filter(grade=grade, decided_at=None).first()
    if known is not None:
        return known
    request = RepairRequest.objects.create(grade=grade, text=text, asked_at=now, asked_by=actor)
    ledger.record(verb="inspection.ask_repair", subject=request, actor=actor, now=now)
    return request


@transaction.atomic
def decide_repair(*, request: RepairRequest, granted: bool, actor: Account, now: datetime) -> RepairRequest:
    """Grant or decline; granting needs every decision performed and nothing found since (core.grades.repair)."""
    held = RepairRequest.objects.select_for_update().select_related("grade__employer").get(pk=request.pk)
    require_jurisdiction(actor, region=held.grade.employer.region)
    if held.decided_at is not None:
        if held.granted == granted:
            return held
        raise Conflict("repair_decided", _OVER)
    if by_same_hand(actor, held.asked_by_id):
        raise Forbidden("own_repair", _OWN)
    if granted:
        _step_up(held.grade, actor, now)
    held.granted, held.decided_at, held.decided_by = granted, now, actor
    held.save(update_fields=["granted", "decided_at", "decided_by"])
    ledger.record(verb="inspection.decide_repair", subject=held, actor=actor, now=now, granted=granted)
    return held


def _step_up(row: CreditGrade, actor: Account, now: datetime) -> None:
    cases = Case.objects.filter(employer=row.employer)
    open_ = cases.filter(outcome__in=["penalty", "order"]).exclude(
        state__in=["performed", "closed", "archived", "annulled"]
    )
    since = cases.filter(found_on__gt=row.given_on, outcome__in=["penalty", "order"]).count()
    given = Grade(
        row.grade,
        tuple((c, p) for c, p in row.reasons),
        law().value("credit.c_cases_per_year", on=row.given_on, place=row.employer.region).citation,
    )
    better = core.repair(given, decisions_performed=not open_.exists(), found_since=since)
    if better.grade == row.grade:
        raise Refused("not_repairable", _NOT_READY)
    CreditGrade.objects.create(
        employer=row.employer, year=row.year, grade=better.grade, reasons=[[c, p] for c, p in better.reasons],
        citation=row.citation, given_on=clock.day_of(now), previous=row, by=actor,
    )  # fmt: skip

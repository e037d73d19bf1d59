"""Failed checks of one number, gathered until they are a pattern that quality should look into.

What is kept says which number and how it failed, never who asked; it leaves after the days of the pattern.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from chizheng.certificates.core import names
from chizheng.certificates.core.lookup import Row, claimed_number
from chizheng.certificates.core.numbers import normal
from chizheng.certificates.core.suspicion import SUMMARY, Failure, Pattern, Thresholds
from chizheng.certificates.core.verification import Report, Verdict
from chizheng.certificates.models import FailedCheck, Suspicion
from chizheng.certificates.queries import published
from chizheng.law.io.shelf import law
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.sealing import digest
from chizheng.quality.models import Case

SOURCE = "verification"
_FALSE = (Verdict.FORGED, Verdict.UNRECOGNISED_ISSUER)


def thresholds(now: datetime) -> Thresholds:
    day = clock.day_of(now)
    return Thresholds(
        law().number("verification.suspicious_days", on=day), law().number("verification.suspicious_names", on=day),
        law().number("verification.suspicious_forged", on=day),
    )  # fmt: skip


def note_number(
    *, report: Report, number: str, name: str, check_code: str, now: datetime
) -> Suspicion | None:
    """After a look-up by number and name: a mismatch on a number that exists counts."""
    if report.verdict is not Verdict.NAME_MISMATCH:
        return None
    return note_failure(
        number=normal(number), failure=Failure.NAME, shown=f"{names.folded(name)}\x1f{check_code.upper()}", now=now
    )  # fmt: skip


def note_presented(*, report: Report, presented: str | bytes, name: str, now: datetime) -> Suspicion | None:
    """After something was shown: a false signature under a number that exists, or a true one with another name."""
    if report.verdict is Verdict.NAME_MISMATCH:
        number, failure, shown = str(report.shown.get("number", "")), Failure.NAME, names.folded(name)
    elif report.verdict in _FALSE:
        text = presented.decode("utf-8", "replace") if isinstance(presented, bytes) else presented
        number, failure, shown = claimed_number(text), Failure.FORGED, text.strip()
    else:
        return None
    return note_failure(number=number, failure=failure, shown=shown, now=now) if number else None


def note_row(row: Row, report: Report, now: datetime) -> None:
    """After a row of a batch or a call."""
    q = row.question
    if row.presented:
        note_presented(report=report, presented=row.presented, name=q.name, now=now)
    else:
        note_number(report=report, number=q.number, name=q.name, check_code=q.check_code, now=now)


@transaction.atomic
def note_failure(*, number: str, failure: Failure, shown: str, now: datetime) -> Suspicion | None:
    """Count one failure, and announce the pattern once it is one. Numbers that do not exist leave nothing."""
    row = published().filter(number=number).select_related("batch").order_by("-version").first()
    if row is None:
        return None
    limits = thresholds(now)
    mark = digest("failed check", shown)[:16]
    FailedCheck.objects.update_or_create(
        number=number, failure=failure.value, shown=mark, counted=False, defaults={"at": now}
    )
    recent = list(
        FailedCheck.objects.select_for_update()
        .filter(number=number, counted=False, at__gt=now - timedelta(days=limits.days))
        .order_by("pk")
    )
    found = Pattern(
        sum(r.failure == Failure.NAME for r in recent), sum(r.failure == Failure.FORGED for r in recent)
    )
    if not found.suspicious(limits):
        return None
    FailedCheck.objects.filter(pk__in=[r.pk for r in recent]).update(counted=True)
    made = Suspicion.objects.create(
        number=number,
        region=row.batch.region,
        names=found.names,
        forged=found.forged,
        days=limits.days,
        at=now,
    )
    ledger.record(verb="certificates.suspicion", subject=row, actor=None, now=now, names=found.names,
                  forged=found.forged)  # fmt: skip
    _tell(made)
    return made


def _tell(row: Suspicion) -> None:
    summary = SUMMARY.zh.format(number=row.number, days=row.days, names=row.names, forged=row.forged)
    announce(
        "certificate_suspicious", source=SOURCE, certificate_number=row.number, region=row.region, summary=summary,
        at=row.at,
    )  # fmt: skip


@transaction.atomic
def tell_again(*, now: datetime) -> int:
    """Announce the patterns that a crash kept from quality; returns how many."""
    told = 0
    for row in Suspicion.objects.filter(at__gt=now - timedelta(days=thresholds(now).days)):
        known = Case.objects.filter(source=SOURCE, certificate_number=row.number)
        if (
            known.filter(received_at__gte=row.at).exists()
            or known.exclude(state__in=["closed", "dismissed"]).exists()
        ):
            continue
        _tell(row)
        told += 1
    return told


@transaction.atomic
def forget_failures(*, now: datetime) -> int:
    """Remove failed checks that are too old to be part of a pattern; returns how many."""
    old = FailedCheck.objects.filter(at__lte=now - timedelta(days=thresholds(now).days))
    count, _ = old.delete()
    if count:
        ledger.record(verb="certificates.forget_failures", subject=("certificates", "failed_checks"), actor=None, now=now,
                      count=count)  # fmt: skip
    return count

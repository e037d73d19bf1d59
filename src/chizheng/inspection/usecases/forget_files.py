"""Workbooks of filings go when their time is over: they hold everybody's document number."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from chizheng.assessment.stored import remove
from chizheng.inspection.models import FilingFault, FilingUpload
from chizheng.law.io.shelf import law
from chizheng.platform import ledger
from chizheng.platform.clock import day_of


@transaction.atomic
def forget_files(*, now: datetime) -> int:
    """Remove the files and faults of uploads that ended long enough ago; returns how many. Twice removes no more.

    Counts and fingerprints stay, and so do the filings themselves.
    """
    kept = timedelta(days=law().number("uploads.file_days", on=day_of(now)))
    old = FilingUpload.objects.filter(work__ended_at__lt=now - kept).exclude(stored_as="")
    names = list(old.values_list("stored_as", flat=True))
    if not names:
        return 0
    FilingFault.objects.filter(upload__in=old).delete()
    old.update(stored_as="")
    ledger.record(
        verb="inspection.forget_files",
        subject=("inspection", "uploads"),
        actor=None,
        now=now,
        files=len(names),
    )
    for name in names:
        transaction.on_commit(partial(remove, name))
    return len(names)

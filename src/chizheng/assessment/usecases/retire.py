"""What the assessment no longer needs of people is removed, and the removal recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max

from chizheng.assessment.core.marks import anniversary
from chizheng.assessment.models import Registration, Session, Upload, UploadFault
from chizheng.assessment.stored import remove
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.platform.clock import day_of


@transaction.atomic
def retire(*, now: datetime, actor: Account | None = None) -> tuple[int, int]:
    """Remove files and faults of old uploads and particulars of old sessions; returns how many of each.

    The law counts papers from the issue: here from the last thing that happened to the session.

    Counts and fingerprints of uploads, enrolments and marks stay. Twice removes nothing more.
    """
    kept = timedelta(days=law().number("uploads.file_days", on=day_of(now)))
    old = Upload.objects.filter(work__ended_at__lt=now - kept).exclude(stored_as="")
    names = list(old.values_list("stored_as", flat=True))
    UploadFault.objects.filter(upload__in=old).delete()
    old.update(stored_as="")
    today = day_of(now)
    sessions = (
        Session.objects.filter(exam_date__lt=today, registrations__particulars__isnull=False)
        .annotate(last=Max("events__at"))
        .distinct()
    )
    ended = [s.pk for s in sessions if s.last and anniversary(day_of(s.last), _paper_years(s)) <= today]
    cleared = Registration.objects.filter(session__in=ended, particulars__isnull=False).update(
        particulars=None
    )
    if names or cleared:
        ledger.record(
            verb="assessment.retire", subject=("assessment", "personal_data"), actor=actor, now=now,
            files=len(names), particulars=cleared,
        )  # fmt: skip
    for name in names:
        transaction.on_commit(partial(remove, name))
    return len(names), cleared


def _paper_years(session: Session) -> int:
    return law().number("archive.papers_years", on=session.exam_date, place=session.region)

"""The one door into the ledger 操作记录."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import models
from psycopg.types.json import Jsonb

from chizheng.platform.copying import copy_rows
from chizheng.platform.models import LedgerEntry

if TYPE_CHECKING:
    from chizheng.people.models import Account


def record(
    *,
    verb: str,
    subject: models.Model | tuple[str, str],
    actor: Account | None,
    now: datetime,
    basis: str = "",
    **detail: object,
) -> LedgerEntry:
    """Append one entry in the caller's transaction. `detail` must be JSON and hold no personal data."""
    if isinstance(subject, models.Model):
        subject = (subject._meta.label_lower, str(subject.pk))
    return LedgerEntry.objects.create(
        at=now,
        actor=actor,
        actor_role=getattr(actor, "role", ""),
        verb=verb,
        subject_type=subject[0],
        subject_id=subject[1],
        basis=basis,
        detail=detail,
    )


def record_each(*, verb: str, subjects: Mapping[models.Model, Mapping[str, object]], now: datetime) -> None:
    """One entry for each subject with its own detail, of a process of ours, in one statement."""
    rows = (
        (now, "", verb, subject._meta.label_lower, str(subject.pk), "", Jsonb(dict(detail)))
        for subject, detail in subjects.items()
    )
    copy_rows(LedgerEntry._meta.db_table, _PLAIN, rows)


_PLAIN: Final = (
    ("at", "timestamptz"), ("actor_role", "varchar"), ("verb", "varchar"), ("subject_type", "varchar"),
    ("subject_id", "varchar"), ("basis", "text"), ("detail", "jsonb"),
)  # fmt: skip
"""The columns of an entry without an actor."""


def history(subject: models.Model) -> models.QuerySet[LedgerEntry]:
    """What was done to a subject, oldest first."""
    return (
        LedgerEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
        .select_related("actor")
        .order_by("at", "id")
    )

"""What the platform stores: the ledger, long work and its progress, numbers in a row, visits of a day.

Personal data: the ledger holds account ids and, in `detail`, never names or document numbers.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class LedgerEntry(models.Model):
    """操作记录: who did what, when, on what basis; append-only (triggers refuse change), sealed by `LedgerSeal`.

    Personal data: none (account and subject ids). Kept for good.
    """

    personal_data: ClassVar[str] = "none: ids only"
    retention: ClassVar[str] = "kept for good"

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_role = models.CharField(max_length=20, blank=True)
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    basis = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="ledger_subject"),
            models.Index(fields=["verb", "at"], name="ledger_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id}"


class LedgerSeal(models.Model):
    """The ledger's entries from one id to another, hashed and chained to the seal before; append-only.

    What the entries were is known by it although somebody who may alter tables changed them; its head stands
    in the transparency log, so that it cannot be changed with them. `platform.seals` says what is hashed.
    Its place in the log is filled in once (a trigger refuses all else). Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none: digests of entries that hold none"
    retention: ClassVar[str] = "kept for good"

    number = models.PositiveBigIntegerField(unique=True)
    after = models.BigIntegerField()
    until = models.BigIntegerField()
    count = models.PositiveIntegerField()
    salt = models.BinaryField(max_length=16)
    marks = models.BinaryField()
    before = models.BinaryField(max_length=32)
    head = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()
    log_ref = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("after")), name="seal_some_ids"),
            models.UniqueConstraint(fields=["after"], name="seal_no_fork"),
        ]

    def __str__(self) -> str:
        return f"seal {self.number}: entries {self.after + 1} to {self.until}"


class LongWork(models.Model):
    """A long piece of work and its progress: imports, batches, renderings; resumable by its checkpoint.

    Personal data: uploaded files are under `files/`, removed with the work after 90 days.
    """

    personal_data: ClassVar[str] = "input and output files named here may hold personal data"
    retention: ClassVar[str] = "90 days after it ended"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    checkpoint = models.JSONField(default=dict)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="longwork_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.done}/{self.total}"

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 0


class NumberSeries(models.Model):
    """The last number given out in a series in a year; `platform.numbering` is its only writer.

    Personal data: none. Kept for good: numbers are never given twice.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    series = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="series_once_a_year"),
            models.CheckConstraint(condition=models.Q(last__gte=1), name="series_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"


class DayTally(models.Model):
    """How often something was done today from one network; `platform.throttle` is its only writer.

    Personal data: none; `digest` is keyed by a secret and the day, and the row goes the day after.
    """

    personal_data: ClassVar[str] = "none: a keyed digest of a network prefix that nobody can turn back"
    retention: ClassVar[str] = "one day"

    purpose = models.CharField(max_length=40)
    day = models.DateField()
    digest = models.CharField(max_length=64)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "day", "digest"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.day}: {self.count}"

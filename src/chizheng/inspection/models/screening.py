"""Screenings, what they found, and the visits chosen from it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chizheng.inspection.models.filings import Filing
from chizheng.people.models import Organisation
from chizheng.platform.models import LongWork


class Screening(models.Model):
    """A run of the screening 比对筛查 over [from_date, until_date). A delta continues `series`' findings.

    Personal data: none of its own; exported tables are removed when the run is done.
    """

    personal_data: ClassVar[str] = "none: counts; exported tables go when the run is done"
    retention: ClassVar[str] = "kept for good: letters and cases refer to it"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    series = models.ForeignKey("self", models.PROTECT, null=True, related_name="runs")
    from_date = models.DateField()
    until_date = models.DateField()
    place = models.CharField(max_length=6, blank=True)
    work = models.OneToOneField(LongWork, models.PROTECT, related_name="screening")
    filings = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(null=True)
    found = models.PositiveBigIntegerField(default=0)
    gated = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=40, blank=True)
    sources = models.JSONField(default=dict)
    """SHA-256 of the exported tables: the same question of the same tables can be shown to be the same."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_date__gt=models.F("from_date")), name="screening_period"
            ),
            models.CheckConstraint(condition=Q(place__regex=r"^(\d\d){0,3}$"), name="screening_place"),
        ]

    def __str__(self) -> str:
        return f"screening {self.pk}"

    @property
    def finished(self) -> bool:
        return self.work.state in (LongWork.State.DONE, LongWork.State.FAILED)

    @property
    def root(self) -> int:
        """The run that began the series; its findings are this run's too, until one ends them."""
        return self.series_id or self.pk


class Finding(models.Model):
    """Somebody in a gated post without a certificate that opens it; citation and snapshot as known then.

    Personal data: through the filing; `snapshot` holds certificate numbers.
    """

    personal_data: ClassVar[str] = "certificate numbers in the snapshot; the person through the filing"
    retention: ClassVar[str] = "with the filing"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    series = models.ForeignKey(Screening, models.PROTECT, related_name="findings")
    since = models.ForeignKey(Screening, models.PROTECT, related_name="+")
    ended = models.ForeignKey(Screening, models.PROTECT, null=True, related_name="+")
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="findings")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="findings")
    gate = models.BigIntegerField()
    occupation = models.CharField(max_length=80)
    region = models.CharField(max_length=6)
    level = models.SmallIntegerField()
    first_day = models.DateField()
    end_day = models.DateField()
    citation = models.TextField()
    snapshot = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["since", "filing", "gate", "first_day"], name="finding_once"),
            models.CheckConstraint(condition=Q(end_day__gt=models.F("first_day")), name="finding_period"),
        ]
        indexes = [models.Index(fields=["series", "region", "occupation"], name="finding_picture")]

    def __str__(self) -> str:
        return f"finding {self.pk}"


class VisitPlan(models.Model):
    """Visits decided from a screening: the score frozen, a random arm with its published seed.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: employers may ask for a recount"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    screening = models.ForeignKey(Screening, models.PROTECT, related_name="plans")
    region = models.CharField(max_length=6, blank=True)
    seed = models.CharField(max_length=60)
    random_share = models.FloatField()
    asked = models.PositiveIntegerField()
    candidates = models.PositiveIntegerField()
    learned = models.BooleanField()
    card = models.CharField(max_length=16)
    fingerprint = models.CharField(max_length=16)
    shares = models.JSONField(default=list)
    weights = models.JSONField(default=dict)
    """The scorecard as it was: signal to what one standard deviation of it adds to the log odds."""
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["screening", "region", "seed"], name="visit_plan_once")
        ]

    def __str__(self) -> str:
        return f"visit plan {self.pk}"


class PlannedVisit(models.Model):
    """One employer of a plan: score, reasons and snapshot as they were when it was decided; the result later.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: counts"
    retention: ClassVar[str] = "with the plan"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey(VisitPlan, models.PROTECT, related_name="visits")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="planned_visits")
    rank = models.PositiveIntegerField()
    random = models.BooleanField()
    probability = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    workers = models.FloatField()
    reasons = models.JSONField(default=list)
    snapshot = models.JSONField(default=dict)
    visited_on = models.DateField(null=True)
    uncertified = models.PositiveIntegerField(null=True)
    certified = models.PositiveIntegerField(null=True)
    registered = models.PositiveIntegerField(null=True)
    inspectors = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "employer"], name="planned_visit_once"),
            models.CheckConstraint(
                condition=Q(visited_on__isnull=True)
                | Q(
                    uncertified__isnull=False, certified__isnull=False, registered__lte=models.F("certified")
                ),
                name="planned_visit_result",
            ),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk}"

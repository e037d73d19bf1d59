"""Visits chosen by score and by lot 双随机."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.inspection.models.screening import ScreeningRun
from chizheng.people.models import Organisation


class VisitPlan(models.Model):
    """A list of visits: the published seed and the fingerprint of the frozen scores. Personal data: none."""

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="plans")
    place = models.CharField(max_length=6, blank=True)
    seed = models.CharField(max_length=60)
    random_share = models.DecimalField(max_digits=4, decimal_places=3)
    fingerprint = models.CharField(max_length=16)
    trained_on = models.PositiveIntegerField()
    """Results of visits the scorecard learnt from; 0: the register's evidence alone."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "seed"], name="visit_plan_once")]

    def __str__(self) -> str:
        return f"visit plan {self.pk}"


class PlannedVisit(models.Model):
    """One employer on the list, with the score as it was, the snapshot it rests on, and the result.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: counts"
    retention: ClassVar[str] = "kept for good: scores are trained and judged on results"

    class Arm(models.TextChoices):
        RANDOM = "random", _("随机抽取")
        TARGETED = "targeted", _("按评分")

    plan = models.ForeignKey(VisitPlan, models.PROTECT, related_name="visits")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="visits")
    order = models.PositiveIntegerField()
    arm = models.CharField(max_length=10, choices=Arm.choices)
    probability = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    workers = models.FloatField()
    reasons = models.JSONField(default=list)
    snapshot = models.JSONField(default=dict)
    visited_on = models.DateField(null=True)
    certified = models.PositiveIntegerField(null=True)
    registered = models.PositiveIntegerField(null=True)
    uncertified = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "employer"], name="planned_visit_once"),
            models.CheckConstraint(
                condition=Q(visited_on__isnull=True)
                | (
                    Q(certified__isnull=False)
                    & Q(uncertified__isnull=False)
                    & Q(registered__lte=models.F("certified"))
                ),
                name="planned_visit_result",
            ),
        ]

    def __str__(self) -> str:
        return f"visit to {self.employer_id}"

"""How an assessor marked, month by month, and what the centre asks for when it is not well enough."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Assessor


class RaterRecord(models.Model):
    """Figures of an assessor as they were fed back in a month: severity in logits, ratios, marks, agreement.

    Personal data: how a person marks; seen by the assessor and the centre. With the assessor's file.
    """

    personal_data: ClassVar[str] = "how a person marks"
    retention: ClassVar[str] = "with the assessor's file"

    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="rater_records")
    month = models.DateField()
    figures = models.JSONField()
    duties = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["month"]
        constraints = [models.UniqueConstraint(fields=["assessor", "month"], name="rater_record_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} of assessor {self.assessor_id}"


class Retraining(models.Model):
    """A duty to be trained again, why, by when, and how it ended. One open at a time an assessor.

    Personal data: whose duty it is. With the assessor's file.
    """

    personal_data: ClassVar[str] = "whose duty it is"
    retention: ClassVar[str] = "with the assessor's file"

    class Outcome(models.TextChoices):
        PASSED = "passed", _("培训考核合格")
        FAILED = "failed", _("培训考核不合格")
        DROPPED = "dropped", _("复查后免除")

    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="retrainings")
    reasons = models.JSONField()
    due = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=7, choices=Outcome.choices, blank=True)
    note = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessor"], condition=Q(ended_at__isnull=True), name="retraining_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | Q(ended_at__isnull=False) & ~Q(outcome=""),
                name="retraining_ends_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"retraining of assessor {self.assessor_id}"

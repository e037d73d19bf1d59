"""Credit grades 诚信等级 and requests to repair them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from chizheng.people.models import Organisation


class CreditGrade(models.Model):
    """A grade for the record of `year`; a repair is a new row that names the old one; append-only. Personal data: none."""

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="credit_grades")
    year = models.SmallIntegerField()
    grade = models.CharField(max_length=1)
    reasons = models.JSONField(default=list)
    citation = models.TextField()
    given_on = models.DateField()
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="next_grade")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["employer", "year"], condition=Q(previous__isnull=True), name="credit_grade_once"
            ),
            models.CheckConstraint(condition=Q(grade__in=["A", "B", "C"]), name="credit_grade_letter"),
        ]

    def __str__(self) -> str:
        return f"grade {self.grade} of {self.employer_id} for {self.year}"


class RepairRequest(models.Model):
    """An employer asks for repair 信用修复; another decides. Personal data: none."""

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    grade = models.ForeignKey(CreditGrade, models.PROTECT, related_name="requests")
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grade"], condition=Q(decided_at__isnull=True), name="repair_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="repair_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"repair {self.pk}"

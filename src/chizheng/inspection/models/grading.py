"""Credit grades 诚信等级."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from chizheng.people.models import Organisation


class CreditGrade(models.Model):
    """The grade of an employer given for a year; a repair is a new row with the next serial.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="grades")
    year = models.SmallIntegerField()
    serial = models.PositiveSmallIntegerField(default=1)
    grade = models.CharField(max_length=1)
    reasons = models.JSONField(default=list)
    citation = models.JSONField(default=dict)
    given_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employer", "year", "serial"], name="credit_grade_once"),
            models.CheckConstraint(condition=Q(grade__in=["A", "B", "C"]), name="credit_grade"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.grade}"

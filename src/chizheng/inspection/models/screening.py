"""Screenings 比对筛查 and what they found."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chizheng.inspection.models.filings import Filing
from chizheng.people.models import Organisation


class ScreeningRun(models.Model):
    """A question asked of all filings of a place, with what identifies its answer.

    `row_hash` is equal on every engine; `sources` holds the SHA-256 of the exported tables, so that the
    same question of the same tables can be shown to have the same answer. Personal data: none.
    """

    personal_data: ClassVar[str] = "none: counts and hashes"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.CharField(max_length=6, blank=True)
    from_date = models.DateField()
    until_date = models.DateField()
    known_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filings = models.PositiveIntegerField(default=0)
    certificates = models.PositiveIntegerField(default=0)
    gates = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(default=0)
    employers = models.PositiveIntegerField(default=0)
    row_hash = models.CharField(max_length=40)
    sources = models.JSONField(default=dict)
    gated_posts = models.JSONField(default=dict)
    """Employer id to the number of its filings that some gate binds, for scoring."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_date__gt=F("from_date")), name="screening_period"),
        ]
        indexes = [models.Index(fields=["place", "known_at"], name="screening_place")]

    def __str__(self) -> str:
        return f"screening {self.pk}"


class Finding(models.Model):
    """A filing in a gated post without a certificate that opens the gate, under one gate.

    Personal data: masked name and last characters of the document, as letters and cases show them.
    """

    personal_data: ClassVar[str] = "masked name, last four characters of the document"
    retention: ClassVar[str] = "ten years; longer while a case refers to it"

    run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="findings")
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="findings")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="findings")
    person_masked = models.CharField(max_length=60)
    document_tail = models.CharField(max_length=4, blank=True)
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True)
    place = models.CharField(max_length=6)
    gate = models.BigIntegerField()
    first_day = models.DateField()
    end_day = models.DateField()
    uncovered_from = models.DateField()
    uncovered_until = models.DateField()
    citation = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "filing", "gate", "uncovered_from"], name="finding_once"),
            models.CheckConstraint(
                condition=Q(uncovered_until__gt=F("uncovered_from")), name="finding_interval"
            ),
        ]
        indexes = [models.Index(fields=["run", "employer"], name="finding_employer")]

    def __str__(self) -> str:
        return f"finding {self.pk}"

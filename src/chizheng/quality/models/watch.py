"""Surveillance runs and their flags. Flags are for reviewers: no candidate and no public page sees them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from chizheng.assessment.models import Assessor, Registration, Session
from chizheng.people.models import Organisation


class Run(models.Model):
    """One surveillance of all results of a jurisdiction, or why it could not be made.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: holds refer to its flags"

    region = models.CharField(max_length=6, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    results = models.PositiveBigIntegerField(default=0)
    basis_digest = models.CharField(max_length=64)
    summary = models.JSONField(default=dict)
    refusal_zh = models.TextField(blank=True)
    refusal_en = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["region", "-at"], name="run_of_region")]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.region}"


class Flag(models.Model):
    """What a run found about one unit, flagged or not, with what a person can look at.

    `detector`: which question was asked ("marks": the weighing of mechanisms, else the name of another
    detector); `statistic`: natural log of the Bayes factor or e-value; `posterior`: probability of being bent;
    `histogram`: counts seen and expected by mark; `detail`: what the picture and table of another detector are
    drawn from. Personal data: which assessor or candidate it is about.
    """

    personal_data: ClassVar[str] = "which assessor or candidate it is about"
    retention: ClassVar[str] = "kept for good where a hold or case refers to it, else ten years"

    run = models.ForeignKey(Run, models.CASCADE, related_name="flags")
    detector = models.CharField(max_length=12, default="marks")
    kind = models.CharField(max_length=10)
    unit = models.CharField(max_length=120)
    station = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="flags")
    assessor = models.ForeignKey(Assessor, models.PROTECT, null=True, related_name="+")
    registration = models.ForeignKey(Registration, models.PROTECT, null=True, related_name="+")
    statistic = models.FloatField()
    posterior = models.FloatField()
    flagged = models.BooleanField()
    mechanism = models.CharField(max_length=20)
    strength_zh = models.CharField(max_length=60)
    strength_en = models.CharField(max_length=60)
    reason_zh = models.TextField()
    reason_en = models.TextField()
    cannot_show_zh = models.TextField()
    cannot_show_en = models.TextField()
    evidence = models.JSONField(default=dict)
    histogram = models.JSONField(default=dict)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["run", "kind", "-posterior"], name="flag_ranked")]
        constraints = [
            models.UniqueConstraint(fields=["run", "detector", "kind", "unit"], name="flag_once_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.unit}"

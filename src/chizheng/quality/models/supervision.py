"""Supervision 督导: cards, dispatches with their seed, tasks, reports from the site, follow-ups, evaluations."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Session
from chizheng.people.models import Organisation, Person


class Supervisor(models.Model):
    """A supervisor 质量督导员 by card and term.

    Personal data: the person and the card number. Kept for good: reports carry it.
    """

    personal_data: ClassVar[str] = "the person and their card number"
    retention: ClassVar[str] = "long-term: reports refer to it"

    class Kind(models.TextChoices):
        OUTER = "outer", _("外督")
        INNER = "inner", _("内督")

    person = models.ForeignKey(Person, models.PROTECT, related_name="supervisor_cards")
    card_number = models.CharField(max_length=30)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.OUTER)
    qualified_by = models.CharField(max_length=200)
    term = DateRangeField()
    region = models.CharField(max_length=6, blank=True)
    employer = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["outer", "inner"]), name="supervisor_kind"),
            ExclusionConstraint(
                name="supervisor_card_once",
                expressions=[("card_number", RangeOperators.EQUAL), ("term", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.card_number


class Dispatch(models.Model):
    """One drawing of sessions and supervisors: everything that is needed to repeat it.

    Personal data: none (card and session ids). Kept for good.
    """

    personal_data: ClassVar[str] = "none: ids"
    retention: ClassVar[str] = "kept for good: drawings can be repeated"

    region = models.CharField(max_length=6, blank=True)
    start = models.DateField()
    end = models.DateField()
    seed = models.BigIntegerField()
    inputs = models.JSONField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(end__gt=models.F("start")), name="dispatch_days")]

    def __str__(self) -> str:
        return f"dispatch {self.pk}"


class Task(models.Model):
    """A supervisor's written task for one session. Only the sender and the supervisor see its report.

    Personal data: who supervises. Long-term.
    """

    personal_data: ClassVar[str] = "who supervises"
    retention: ClassVar[str] = "long-term"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="tasks")
    supervisor = models.ForeignKey(Supervisor, models.PROTECT, related_name="tasks")
    session = models.ForeignKey(Session, models.PROTECT, related_name="supervision")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_for = models.CharField(max_length=6, choices=[("risk", _("风险")), ("random", _("随机"))])
    recused = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispatch", "session"], name="task_session_once")]

    def __str__(self) -> str:
        return f"task {self.pk}"


class SiteReport(models.Model):
    """What was found on the site. `client` is drawn on the phone, so that sending twice stores once.

    Personal data: remarks. Long-term; seen by sender and author only.
    """

    personal_data: ClassVar[str] = "remarks on what was seen"
    retention: ClassVar[str] = "long-term"

    client = models.UUIDField(unique=True)
    task = models.OneToOneField(Task, models.PROTECT, related_name="report")
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    present = models.PositiveSmallIntegerField()
    listed = models.PositiveSmallIntegerField()
    strangers = models.PositiveSmallIntegerField(default=0)
    conformity = models.JSONField(default=dict)
    remarks = models.TextField(blank=True)
    grave = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"report of task {self.task_id}"


class Photograph(models.Model):
    """A photograph taken on the site, by the digest of its bytes.

    Personal data: people may be on it. As long as the report.
    """

    personal_data: ClassVar[str] = "people may be on it"
    retention: ClassVar[str] = "with the report"

    report = models.ForeignKey(SiteReport, models.PROTECT, related_name="photographs")
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=40)
    media_type = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "sha256"], name="photograph_once")]

    def __str__(self) -> str:
        return self.sha256[:12]


class FollowUp(models.Model):
    """What has to be put right after a report, by when, and that it was.

    Personal data: none. Long-term.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "long-term"

    report = models.ForeignKey(SiteReport, models.PROTECT, related_name="follow_ups")
    demand = models.TextField()
    due = models.DateField()
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"follow-up {self.pk}"


class Evaluation(models.Model):
    """A station's yearly self-assessment and what the centre makes of it.

    Personal data: none. Long-term.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "long-term"

    class Verdict(models.TextChoices):
        GOOD = "good", _("优秀")
        PASSED = "passed", _("合格")
        MEND = "mend", _("限期整改")
        FAILED = "failed", _("不合格")

    station = models.ForeignKey(Organisation, models.PROTECT, related_name="evaluations")
    year = models.PositiveSmallIntegerField()
    answers = models.JSONField(default=dict)
    improvements = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    reasons = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "year"], name="evaluation_once_a_year")]

    def __str__(self) -> str:
        return f"{self.year} of station {self.station_id}"

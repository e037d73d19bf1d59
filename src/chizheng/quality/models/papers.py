"""Papers and their items, what candidates chose, what assessors marked, and the reports made of both."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chizheng.assessment.models import Assessor, Registration, Session


class Paper(models.Model):
    """A theory paper as its statistics need it: code, trade, level; the items hold keys and authors.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: reports refer to it"

    code = models.CharField(max_length=40, unique=True)
    occupation = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField()
    region = models.CharField(max_length=6, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="paper_level")]

    def __str__(self) -> str:
        return self.code


class Item(models.Model):
    """An item: its place in the paper, its key, who wrote it.

    Personal data: the author's account. Kept for good.
    """

    personal_data: ClassVar[str] = "the author's account"
    retention: ClassVar[str] = "with the paper"

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    key = models.CharField(max_length=2)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "position"], name="item_position_once"),
            models.UniqueConstraint(fields=["paper", "code"], name="item_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class AnswerSheet(models.Model):
    """What one candidate chose on a paper, in the order of its items; '' is a blank.

    Personal data: a person's answers. As long as papers are kept (archive.papers_years).
    """

    personal_data: ClassVar[str] = "a person's answers"
    retention: ClassVar[str] = "as archive.papers_years says"

    registration = models.OneToOneField(Registration, models.PROTECT, related_name="answer_sheet")
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="answer_sheets")
    chosen = ArrayField(models.CharField(max_length=2, blank=True))

    def __str__(self) -> str:
        return f"answers of registration {self.registration_id}"


class AssessorMark(models.Model):
    """What one assessor gave one candidate on one criterion of the practical part, in whole points.

    `seconds`: time the assessor spent on the candidate, where it was taken down.

    Personal data: a person's mark and who gave it. Long-term.
    """

    personal_data: ClassVar[str] = "a person's mark and who gave it"
    retention: ClassVar[str] = "long-term: results are archived"

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="assessor_marks")
    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="marks_given")
    criterion = models.CharField(max_length=40)
    score = models.PositiveSmallIntegerField()
    seconds = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "assessor", "criterion"], name="assessor_mark_once"
            ),
            models.CheckConstraint(condition=Q(score__lte=100), name="assessor_mark_range"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} of registration {self.registration_id}"


class SittingReport(models.Model):
    """Statistics of a sitting, made by itself when results are published; made anew when they change.

    `figures`: distributions and decision figures; `refusal`: why something could not be computed.
    Personal data: none (aggregates). Kept for good.
    """

    personal_data: ClassVar[str] = "none: aggregates"
    retention: ClassVar[str] = "kept for good"

    session = models.OneToOneField(Session, models.PROTECT, related_name="quality_report")
    paper = models.ForeignKey(Paper, models.PROTECT, null=True, related_name="reports")
    figures = models.JSONField(default=dict)
    refusal_zh = models.TextField(blank=True)
    refusal_en = models.TextField(blank=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"report of session {self.session_id}"


class ItemReport(models.Model):
    """Figures of one item in one sitting, its option table and what deserves a look.

    `watch`: differential functioning by group, drift since earlier sittings, the leak sum over exposures.
    Personal data: none (aggregates). Kept with the report.
    """

    personal_data: ClassVar[str] = "none: aggregates"
    retention: ClassVar[str] = "with the report"

    report = models.ForeignKey(SittingReport, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="reports")
    difficulty = models.FloatField(null=True)
    discrimination = models.FloatField(null=True)
    answered = models.PositiveIntegerField()
    options = models.JSONField(default=dict)
    watch = models.JSONField(default=dict)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["item__position"]
        constraints = [models.UniqueConstraint(fields=["report", "item"], name="item_report_once")]

    def __str__(self) -> str:
        return f"report of item {self.item_id}"


class Note(models.Model):
    """A message to an account on its desk: an author about items, an assessor about marks.

    Personal data: the receiving account. Removed a year after it was read.
    """

    personal_data: ClassVar[str] = "the receiving account"
    retention: ClassVar[str] = "one year after it was read"

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="quality_notes")
    about = models.CharField(max_length=80)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    body_zh = models.TextField()
    body_en = models.TextField()
    link = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["to", "about"], name="note_once")]

    def __str__(self) -> str:
        return self.about

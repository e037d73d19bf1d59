"""Employment filings 用工备案: who works where as what, as it was known at any moment.

A filing is never changed: what turns out otherwise is a new row, and the old one says since when it is
replaced. So two questions have answers: what is so on a day (`period`), and what was known at an instant
(`filed_at`, `replaced_at`).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.models import Organisation, Person
from chizheng.platform.models import LongWork


class FilingUpload(models.Model):
    """A workbook of filings and how far it is taken in.

    Personal data: the file itself, removed with its long work.
    """

    personal_data: ClassVar[str] = "the uploaded file: names and document numbers of workers"
    retention: ClassVar[str] = "the file 90 days, the counts for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="filing_uploads")
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=32, blank=True)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    work = models.OneToOneField(LongWork, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employer", "sha256"], name="filing_upload_once"),
        ]

    def __str__(self) -> str:
        return f"filings upload {self.pk}"

    @property
    def finished(self) -> bool:
        return self.work.state in (LongWork.State.DONE, LongWork.State.FAILED)


class FilingFault(models.Model):
    """What is wrong in a row of an upload.

    Personal data: none; the value is masked where its column is personal.
    """

    personal_data: ClassVar[str] = "none: values of personal columns are masked"
    retention: ClassVar[str] = "with the upload"

    upload = models.ForeignKey(FilingUpload, models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(null=True)
    value = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"


class Filing(models.Model):
    """One person in one post of one employer over a period, as filed.

    Personal data: who works where. Kept as long as a case may rest on it.
    """

    personal_data: ClassVar[str] = "who works for whom, in which post, since when"
    retention: ClassVar[str] = "ten years after the post ended; longer while a case refers to it"

    class Source(models.TextChoices):
        FORM = "form", _("网页填报")
        WORKBOOK = "workbook", _("表格上传")
        API = "api", _("接口")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="filings")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="filings")
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True)
    place = models.CharField(max_length=6)
    period = DateRangeField()
    source = models.CharField(max_length=10, choices=Source.choices)
    upload = models.ForeignKey(FilingUpload, models.PROTECT, null=True, related_name="filings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="filing_one_post_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("employer", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(replaced_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False) & Q(period__startswith__isnull=False),
                name="filing_period",
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="filing_level"
            ),
            models.CheckConstraint(condition=Q(place__regex=r"^(\d\d){1,3}$"), name="filing_place"),
            models.CheckConstraint(
                condition=Q(replaced_at__isnull=True) | Q(replaced_at__gte=models.F("filed_at")),
                name="filing_known",
            ),
        ]
        indexes = [
            models.Index(fields=["employer", "filed_at"], name="filing_employer"),
            models.Index(fields=["place"], name="filing_place_now", condition=Q(replaced_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"filing {self.pk}"

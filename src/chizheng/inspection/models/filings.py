"""Employment filings 用工备案, the sheets they come in, and demands for certificates."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from chizheng.inspection.core.filing import WORDING
from chizheng.people.models import Organisation, Person
from chizheng.platform.models import LongWork
from chizheng.platform.sealing import SealedTextField


class Filing(models.Model):
    """Who works where, in which post, from when to when. A change is a new row that names the old one.

    `superseded_at` null: the row that counts now. A person has one current filing per employer and post
    at a time. Personal data: name, document number (sealed).
    """

    personal_data: ClassVar[str] = "name, document number (sealed) with keyed digest and last four"
    retention: ClassVar[str] = "two years after the employment ended, longer while a case refers to it"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="filings")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="filings")
    document_kind = models.CharField(max_length=12)
    number = SealedTextField()
    number_digest = models.BinaryField(max_length=32)
    tail = models.CharField(max_length=4)
    name = models.CharField(max_length=60)
    post = models.CharField(max_length=60)
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True)
    region = models.CharField(max_length=6)
    period = DateRangeField()
    demanded = models.BooleanField(default=False)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    upload = models.ForeignKey("FilingUpload", models.SET_NULL, null=True, related_name="filings")
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="next_row")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="filing_one_at_a_time",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    ("number_digest", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(region__regex=r"^(\d\d){1,3}$"), name="filing_region"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="filing_level"
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="filing_some_day"),
        ]
        indexes = [
            models.Index(
                fields=["employer", "occupation"],
                condition=Q(superseded_at__isnull=True),
                name="filing_employer",
            ),
            models.Index(fields=["region"], condition=Q(superseded_at__isnull=True), name="filing_place"),
            models.Index(fields=["filed_at"], name="filing_filed_at"),
        ]

    def __str__(self) -> str:
        return f"filing {self.pk}"


class FilingUpload(models.Model):
    """A workbook of filings; the same bytes of one employer twice are one upload.

    Personal data: the stored sheet. The file goes `uploads.file_days` after the work ended.
    """

    personal_data: ClassVar[str] = "the stored sheet with everything in it"
    retention: ClassVar[str] = (
        "the file uploads.file_days after the work ended; counts and fingerprint for good"
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="filing_uploads")
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    unknown_columns = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    work = models.OneToOneField(LongWork, models.PROTECT, related_name="filing_upload")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employer", "sha256"], name="filing_upload_once"),
            models.CheckConstraint(
                condition=Q(rows__gte=F("accepted") + F("unchanged") + F("faulty")),
                name="filing_upload_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"filing upload {self.pk}"

    @property
    def finished(self) -> bool:
        return self.work.state in (LongWork.State.DONE, LongWork.State.FAILED)


class FilingFault(models.Model):
    """One fault of one row of a workbook; its sentence is made from `code` and `params`.

    Personal data: none; values of personal columns are not kept.
    """

    personal_data: ClassVar[str] = "none: codes and positions"
    retention: ClassVar[str] = "with the upload's file"

    upload = models.ForeignKey(FilingUpload, models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(null=True)
    header = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "row", "header", "code"], name="filing_fault_once")
        ]
        ordering = ["row", "id"]

    def __str__(self) -> str:
        return f"{self.code} at row {self.row}"

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)


class Demand(models.Model):
    """A certificate demanded of applicants in an advertisement 招聘要求; filings say theirs themselves.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "two years after the demand ended"

    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="demands")
    occupation = models.CharField(max_length=80)
    region = models.CharField(max_length=6)
    period = DateRangeField()
    quote = models.CharField(max_length=300)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(region__regex=r"^(\d\d){1,3}$"), name="demand_region"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="demand_some_day"),
        ]

    def __str__(self) -> str:
        return f"demand {self.pk}"

"""Uploaded sheets and the faults found in them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.core.wording import WORDING
from chizheng.assessment.models.sessions import Session
from chizheng.platform.models import LongWork


class Upload(models.Model):
    """A sheet 上传 for a session. Its progress is in `work`; the same bytes twice are one upload.

    Personal data: the stored file holds what the sheet holds. The file goes 90 days after the work
    ended; counts and fingerprint stay.
    """

    personal_data: ClassVar[str] = "the stored sheet with everything in it"
    retention: ClassVar[str] = "the file 90 days after the work ended; counts and fingerprint for good"

    class Kind(models.TextChoices):
        ENROLMENT = "enrolment", _("报名表")
        MARKS = "marks", _("成绩表")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="uploads")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ENROLMENT)
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    column_set = models.CharField(max_length=30, blank=True)
    unknown_columns = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    work = models.OneToOneField(LongWork, models.PROTECT, related_name="upload")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "kind", "sha256"], name="upload_once"),
            models.CheckConstraint(
                condition=Q(rows__gte=models.F("accepted") + models.F("unchanged") + models.F("faulty")),
                name="upload_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk} of session {self.session_id}"

    @property
    def finished(self) -> bool:
        return self.work.state in (LongWork.State.DONE, LongWork.State.FAILED)


class UploadFault(models.Model):
    """One fault of one cell; its sentence is made from `code` and `params`.

    Personal data: the cell's value, masked where the column is personal. Gone with the upload's file.
    """

    personal_data: ClassVar[str] = "a cell's value, masked in personal columns"
    retention: ClassVar[str] = "with the upload's file"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=30)
    header = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(null=True)  # index of the cell in its row, for the way back
    value = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "row", "column", "code"], name="upload_fault_once")
        ]
        ordering = ["row", "id"]

    def __str__(self) -> str:
        return f"{self.code} at row {self.row}"

    def say(self, lang: str = "zh") -> str:
        return WORDING[self.code].say(lang, **self.params)

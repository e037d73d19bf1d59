"""Letters first 先发函: a campaign, who is written to or held out, and what employers answer."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.inspection.models.filings import Filing
from chizheng.inspection.models.screening import Screening
from chizheng.people.models import Organisation


class Campaign(models.Model):
    """A round of letters about the findings of a screening; `rematch` is the run a month later.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=80)
    screening = models.ForeignKey(Screening, models.PROTECT, related_name="campaigns")
    region = models.CharField(max_length=6, blank=True)
    seed = models.CharField(max_length=60)
    held_out = models.FloatField()
    sent_on = models.DateField()
    answer_by = models.DateField()
    rematch = models.ForeignKey(Screening, models.PROTECT, null=True, related_name="+")
    result = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["screening", "region", "seed"], name="campaign_once"),
            models.CheckConstraint(condition=Q(held_out__gt=0, held_out__lt=1), name="campaign_held_out"),
            models.CheckConstraint(condition=Q(answer_by__gt=models.F("sent_on")), name="campaign_days"),
        ]

    def __str__(self) -> str:
        return f"campaign {self.pk}"


class Recipient(models.Model):
    """An employer in a campaign, in the arm that was drawn; `filings` are those written about.

    Personal data: none of its own.
    """

    personal_data: ClassVar[str] = "none: filing ids and citations"
    retention: ClassVar[str] = "with the campaign"

    class Change(models.TextChoices):
        CORRECTED = "corrected", _("已全部改正")
        PARTLY = "partly", _("部分改正")
        UNCHANGED = "unchanged", _("没有改正")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="recipients")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="letters")
    held_out = models.BooleanField()
    filings = models.JSONField(default=list)
    citations = models.JSONField(default=list)
    read_at = models.DateTimeField(null=True)
    change = models.CharField(max_length=10, choices=Change.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "employer"], name="recipient_once")]

    def __str__(self) -> str:
        return f"recipient {self.pk}"


class Answer(models.Model):
    """What an employer did about one person of a letter: paper certificate, training, another post.

    A paper certificate counts in later screenings once an inspector has checked it with its issuer.
    Personal data: number and picture of a paper certificate.
    """

    personal_data: ClassVar[str] = "number of a paper certificate and its uploaded picture"
    retention: ClassVar[str] = "the file two years after the campaign, the answer for good"

    class Remedy(models.TextChoices):
        UPLOAD = "upload", _("已有纸质证书，上传核对")
        TRAIN = "train", _("已安排培训和鉴定")
        MOVE = "move", _("已调离该岗位")

    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="answers")
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="answers")
    remedy = models.CharField(max_length=6, choices=Remedy.choices)
    on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(max_length=80, blank=True)
    certificate_number = models.CharField(max_length=40, blank=True)
    level = models.SmallIntegerField(null=True)
    issued_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    genuine = models.BooleanField(null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "filing", "remedy"], name="answer_once"),
            models.CheckConstraint(
                condition=~Q(remedy="upload") | (~Q(certificate_number="") & Q(issued_on__isnull=False)),
                name="answer_certificate",
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="answer_level"
            ),
            models.CheckConstraint(
                condition=Q(genuine__isnull=True) | (Q(remedy="upload") & Q(checked_at__isnull=False)),
                name="answer_checked",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | Q(by__isnull=True) | ~Q(checked_by=models.F("by")),
                name="answer_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"

"""Letters first 先发函: campaigns, who is written to, what employers answered."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.inspection.models.filings import Filing
from chizheng.inspection.models.screening import ScreeningRun
from chizheng.people.models import Organisation


class Campaign(models.Model):
    """Letters about one screening; who is held out can be drawn again from the published seed.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.OneToOneField(ScreeningRun, models.PROTECT, related_name="campaign")
    rematch = models.OneToOneField(ScreeningRun, models.PROTECT, null=True, related_name="rematch_of")
    place = models.CharField(max_length=6, blank=True)
    seed = models.CharField(max_length=60)
    held_out = models.DecimalField(max_digits=4, decimal_places=3)
    sent_on = models.DateField()
    answer_by = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(held_out__gt=0) & Q(held_out__lt=1), name="campaign_held_out"),
            models.CheckConstraint(condition=Q(answer_by__gt=F("sent_on")), name="campaign_dates"),
        ]

    def __str__(self) -> str:
        return f"campaign {self.pk}"


class CampaignEmployer(models.Model):
    """An employer in a campaign: its arm as drawn, and later what changed.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    class Arm(models.TextChoices):
        LETTER = "letter", _("发函")
        HELD_OUT = "held_out", _("对照（不发函）")

    class Change(models.TextChoices):
        CORRECTED = "corrected", _("全部改正")
        PARTLY = "partly", _("部分改正")
        UNCHANGED = "unchanged", _("没有变化")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="members")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="letters")
    arm = models.CharField(max_length=10, choices=Arm.choices)
    read_at = models.DateTimeField(null=True)
    change = models.CharField(max_length=10, choices=Change.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "employer"], name="campaign_employer_once"),
        ]

    def __str__(self) -> str:
        return f"employer {self.employer_id} in campaign {self.campaign_id}"


class LetterAnswer(models.Model):
    """What an employer does about one person on the letter's list.

    A paper certificate counts in later screenings once an inspector has checked it.
    Personal data: certificate number of a worker, notes.
    """

    personal_data: ClassVar[str] = "certificate number, free text about a worker"
    retention: ClassVar[str] = "ten years; longer while a case refers to it"

    class Remedy(models.TextChoices):
        UPLOAD = "upload", _("已有纸质证书")
        TRAIN = "train", _("已送培训")
        MOVE = "move", _("已调离岗位")

    member = models.ForeignKey(CampaignEmployer, models.PROTECT, related_name="answers")
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="answers")
    remedy = models.CharField(max_length=8, choices=Remedy.choices)
    note = models.CharField(max_length=300, blank=True)
    certificate_number = models.CharField(max_length=40, blank=True)
    certificate_level = models.SmallIntegerField(null=True)
    certificate_issued_on = models.DateField(null=True)
    day = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    genuine = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "filing"], name="letter_answer_once"),
            models.CheckConstraint(
                condition=~Q(remedy="upload")
                | (~Q(certificate_number="") & Q(certificate_issued_on__isnull=False)),
                name="letter_answer_certificate",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | Q(by__isnull=True) | ~Q(checked_by=F("by")),
                name="letter_answer_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remedy} for filing {self.filing_id}"

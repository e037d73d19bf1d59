"""Notices to the people on a committed roster: who has to be told that an exam is held in their name."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Registration
from chizheng.certificates.models.commitments import Commitment
from chizheng.quality.models import Case


class RosterNotice(models.Model):
    """One person of one committed roster, told of it: by mail where an address is known, on their own page always.

    `token` is the right to answer without an account. Addresses are not kept here: they are looked up when sent.
    Personal data: that the person is on a roster, and whether they said it is not them.
    """

    personal_data: ClassVar[str] = "that somebody is on a roster; what they reported"
    retention: ClassVar[str] = "with the sitting's archive"

    class State(models.TextChoices):
        DUE = "due", _("待发送")
        SENT = "sent", _("已发出")
        FAILED = "failed", _("发送失败")
        PAGE = "page", _("没有邮箱，只在本人页面显示")

    class Reported(models.TextChoices):
        NOT_ME = "not_me", _("不是我本人")
        NOT_REGISTERED = "not_registered", _("我没有报名")
        WRONG = "wrong", _("职业、等级、日期或鉴定站不对")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="notices")
    registration = models.OneToOneField(Registration, models.PROTECT, related_name="roster_notice")
    token = models.CharField(max_length=43, unique=True)
    state = models.CharField(max_length=6, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)
    reported = models.CharField(max_length=14, choices=Reported.choices, blank=True)
    reported_at = models.DateTimeField(null=True)
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="roster_notice")

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="roster_notice_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reported="", reported_at__isnull=True, case__isnull=True)
                | Q(~Q(reported=""), reported_at__isnull=False, case__isnull=False),
                name="roster_notice_reported_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"notice of registration {self.registration_id}"

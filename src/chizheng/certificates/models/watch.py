"""Who watches a certificate, what they were told, and who checked it: all of it shown to the holder."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.certificates.core.suspicion import Failure
from chizheng.certificates.models.certificates import Certificate
from chizheng.certificates.models.events import CertificateEvent
from chizheng.platform.sealing import SealedTextField


class Watch(models.Model):
    """A subscription 关注 to the status of a certificate that the subscriber legitimately holds.

    Personal data: the subscriber's mail address, that they deal with the holder.
    """

    personal_data: ClassVar[str] = "the subscriber's mail address; that they deal with the holder"
    retention: ClassVar[str] = "two years after it ended"

    class Ground(models.TextChoices):
        HOLDER = "holder", _("本人证书")
        CHECK_CODE = "check_code", _("持有编号、姓名和校验码")
        CONSENT = "consent", _("持证人同意")

    class State(models.TextChoices):
        ASKED = "asked", _("待持证人同意")
        ACTIVE = "active", _("关注中")
        REFUSED = "refused", _("持证人不同意")
        ENDED = "ended", _("已结束")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="watches")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="watches")
    ground = models.CharField(max_length=10, choices=Ground.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    email = models.EmailField(blank=True)
    webhook = models.CharField(max_length=500, blank=True)
    secret = SealedTextField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "account"],
                condition=Q(state__in=["asked", "active"]),
                name="watch_once",
            ),
            models.CheckConstraint(condition=~Q(email="") | ~Q(webhook=""), name="watch_has_a_way"),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(ground="consent"), name="watch_asked_is_consent"
            ),
        ]

    def __str__(self) -> str:
        return f"watch {self.pk}"


class WatchNotice(models.Model):
    """One event to be told to one watcher by one way, with its attempts.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids"
    retention: ClassVar[str] = "with the watch"

    class State(models.TextChoices):
        DUE = "due", _("待发送")
        SENT = "sent", _("已送达")
        FAILED = "failed", _("送达失败")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    watch = models.ForeignKey(Watch, models.CASCADE, related_name="notices")
    event = models.ForeignKey(CertificateEvent, models.PROTECT, related_name="+")
    way = models.CharField(max_length=8, choices=[("mail", _("邮件")), ("webhook", _("回调"))])
    state = models.CharField(max_length=6, choices=State.choices, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watch", "event", "way"], name="watch_notice_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="watch_notice_due")]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Check(models.Model):
    """A signed-in body found this certificate by its number and name: the holder sees who. Anonymous
    checks are not recorded.

    Personal data: that a body asked about the holder.
    """

    personal_data: ClassVar[str] = "which body asked about the holder, and when"
    retention: ClassVar[str] = "two years"

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="checks")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    verdict = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["certificate", "-at"], name="check_certificate")]

    def __str__(self) -> str:
        return f"check of certificate {self.certificate_id}"


class FailedCheck(models.Model):
    """A check of an existing number that failed: by number, how, and a keyed digest of what was shown, so that the
    same slip twice counts once. Nothing about who asked.

    Personal data: none that can be read; the digest of a name is keyed and leaves with the row.
    """

    personal_data: ClassVar[str] = "a keyed digest of the name asked with; nothing about the asker"
    retention: ClassVar[str] = "the days of verification.suspicious_days"

    number = models.CharField(max_length=24)
    failure = models.CharField(max_length=6, choices=[(f.value, f.name) for f in Failure])
    shown = models.BinaryField(max_length=16)
    at = models.DateTimeField()
    counted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number", "failure", "shown"], condition=Q(counted=False), name="failed_check_once"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="failed_check_at")]

    def __str__(self) -> str:
        return f"{self.failure} {self.pk}"


class Suspicion(models.Model):
    """A pattern of failed checks that was handed to quality: number, counts, when. Personal data: none."""

    personal_data: ClassVar[str] = "none: a number and counts"
    retention: ClassVar[str] = "kept for good"

    number = models.CharField(max_length=24, db_index=True)
    region = models.CharField(max_length=6, blank=True)
    names = models.PositiveIntegerField()
    forged = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"suspicion {self.pk}"

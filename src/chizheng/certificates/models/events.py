"""What happened to certificates: events, requests for a turn, annulled sittings, conflicts of numbers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Session
from chizheng.certificates.models.certificates import Certificate

DECIDED_BY_TWO = Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by"))


class CertificateEvent(models.Model):
    """What happened to a certificate after its issue, append-only (a trigger refuses change): suspend,
    reinstate, revoke, supersede; and the reissue, correction or renumbering that made it. The issue itself
    is the publication of its batch.

    Two persons stand behind every one. Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    class Kind(models.TextChoices):
        SUSPEND = "suspend", _("暂停")
        REINSTATE = "reinstate", _("恢复")
        REVOKE = "revoke", _("撤销")
        SUPERSEDE = "supersede", _("取代")
        REISSUE = "reissue", _("补发")
        CORRECT = "correct", _("更正")
        RENUMBER = "renumber", _("改号")

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    effective_on = models.DateField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    basis = models.CharField(max_length=200, blank=True)
    log_ref = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="event_two_people"),
        ]
        indexes = [models.Index(fields=["certificate", "at"], name="event_certificate")]

    def __str__(self) -> str:
        return f"{self.kind} of certificate {self.certificate_id}"


class StatusRequest(models.Model):
    """A turn asked for by one person, waiting for another: suspend, reinstate, revoke.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=CertificateEvent.Kind.choices)
    reason_code = models.CharField(max_length=40)
    reason = models.TextField()
    basis = models.CharField(max_length=200, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=DECIDED_BY_TWO, name="status_request_two_people"),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(decided_at__isnull=True), name="status_request_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} asked for certificate {self.certificate_id}"


class Annulment(models.Model):
    """A whole sitting annulled 整批作废: asked by one person, decided by another; its certificates are revoked.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    session = models.ForeignKey(Session, models.PROTECT, related_name="annulments")
    reason_code = models.CharField(max_length=40)
    reason = models.TextField()
    basis = models.CharField(max_length=200)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)
    log_ref = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=DECIDED_BY_TWO, name="annulment_two_people"),
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(decided_at__isnull=True) | Q(granted=True),
                name="annulment_once",
            ),
        ]

    def __str__(self) -> str:
        return f"annulment of session {self.session_id}"


class NumberConflict(models.Model):
    """Two certificates on one number 重号: both rows stay, the issuing centre decides which is renumbered.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    class Decision(models.TextChoices):
        BOTH_STAY = "both_stay", _("两证并存，查询时须核对姓名")
        FIRST = "first", _("先登记的改号")
        SECOND = "second", _("后登记的改号")

    first = models.ForeignKey(Certificate, models.PROTECT, related_name="conflicts_as_first")
    second = models.OneToOneField(Certificate, models.PROTECT, related_name="conflict_as_second")
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="conflict_of_two"),
            models.CheckConstraint(
                condition=Q(decision="") | (Q(decided_by__isnull=False) & ~Q(reason="")),
                name="conflict_decision_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"conflict of certificates {self.first_id} and {self.second_id}"

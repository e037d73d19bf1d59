"""The gate: a sitting that waits, what was decided about it, and the sample that was marked again."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Registration, Session
from chizheng.quality.models.watch import Flag


class Hold(models.Model):
    """Why a sitting's list may not be approved yet. `state` is a cache of its events.

    Personal data: none. Kept for good: a released sitting stays on record.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    CAUSES: ClassVar[list[tuple[str, object]]] = [
        ("flag", _("监测提示")), ("late", _("名册迟报")), ("report", _("督导报告")),
        ("case", _("查处决定")),
    ]  # fmt: skip
    STATES: ClassVar[list[tuple[str, object]]] = [
        ("open", _("待复核")), ("remarking", _("重新评分中")), ("retesting", _("抽样复测中")),
        ("annulling", _("拟作废，待另一人确认")), ("released", _("已放行")), ("annulled", _("已作废")),
        ("corrected", _("已改正成绩")),
    ]  # fmt: skip

    session = models.ForeignKey(Session, models.PROTECT, related_name="holds")
    cause = models.CharField(max_length=10, choices=CAUSES)
    flag = models.ForeignKey(Flag, models.PROTECT, null=True, related_name="holds")
    reason_zh = models.TextField()
    reason_en = models.TextField()
    state = models.CharField(max_length=10, choices=STATES, default="open")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "cause"], name="hold_once_a_cause"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "open",
                        "remarking",
                        "retesting",
                        "annulling",
                        "released",
                        "annulled",
                        "corrected",
                    ]
                ),
                name="hold_state",
            ),
        ]

    def __str__(self) -> str:
        return f"hold of session {self.session_id}"


class HoldEvent(models.Model):
    """What a reviewer decided about a hold, with reasons; append-only (a trigger refuses change).

    Personal data: the acting account. Kept for good.
    """

    personal_data: ClassVar[str] = "the acting account"
    retention: ClassVar[str] = "kept for good"

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="events")
    event = models.CharField(max_length=12)
    reasons = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.event} of hold {self.hold_id}"


class SampleMark(models.Model):
    """One candidate of a sample that is marked again or tested again, blind, and the new mark.

    `first`: the mark it was compared with, kept when the second replaced it (`replaced`) or was let be.
    Personal data: a person's second mark. Long-term, with the hold.
    """

    personal_data: ClassVar[str] = "a person's second mark"
    retention: ClassVar[str] = "with the hold"

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="sample")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+")
    advised = models.BooleanField(default=False)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(null=True)
    first = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    replaced = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "registration"], name="sample_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100), name="sample_0_to_100"
            ),
        ]

    def __str__(self) -> str:
        return f"sample of hold {self.hold_id}"

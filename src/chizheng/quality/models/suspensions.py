"""What an investigation took away for a time: a licence's scope or an assessor's card, and its giving back."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from chizheng.assessment.models import Assessor, LicenceScope
from chizheng.quality.models.cases import Case


class Suspension(models.Model):
    """One scope of a licence, or one card, ended early by a decision; `until` is where it would have ended.

    Given back by two people: one asks with reasons, another of the authority agrees; the scope or card then
    runs again from that day to `until` (`restored_*`), and the gap stays visible.
    Personal data: whose card it is. Kept for good: whether a card was valid on a day depends on it.
    """

    personal_data: ClassVar[str] = "whose card it is"
    retention: ClassVar[str] = "kept for good: validity on a day depends on it"

    case = models.ForeignKey(Case, models.PROTECT, related_name="suspensions")
    scope = models.ForeignKey(LicenceScope, models.PROTECT, null=True, related_name="+")
    assessor = models.ForeignKey(Assessor, models.PROTECT, null=True, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reasons = models.TextField(blank=True)
    restored_on = models.DateField(null=True)
    restored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__isnull=True) ^ Q(assessor__isnull=True), name="suspension_of_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(restored_on__isnull=True) | Q(asked_at__isnull=False), name="restored_after_asked"
            ),
            models.UniqueConstraint(fields=["case", "scope"], name="suspension_scope_once"),
            models.UniqueConstraint(fields=["case", "assessor"], name="suspension_card_once"),
        ]

    def __str__(self) -> str:
        return f"suspension {self.pk} of case {self.case_id}"

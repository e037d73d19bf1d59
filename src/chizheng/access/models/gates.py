"""What was gated, and what we knew of it when: local rows over the shipped law, editions of the law, readers.

Two axes of time: `period` is when the text is in force, `known` is when this installation held it true.
A correction closes `known` and writes another row; nothing is overwritten.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateRangeField,
    DateTimeRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from chizheng.law.types import Act, GateKind, Rank
from chizheng.platform.sealing import SealedTextField


class TstzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class GateOverlay(models.Model):
    """A gate that a place adds 地方增补, kept by the labour authority there.

    Personal data: none. Kept for good: decisions cite it.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: decisions cite it"

    class Kind(models.TextChoices):
        GATE = GateKind.GATE.value, _("就业准入")
        LICENCE = GateKind.LICENCE.value, _("其他部门证件")
        PENDING = GateKind.PENDING.value, _("拟调整为准入")

    place = models.CharField(max_length=6)
    occupation = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.GATE)
    acts = ArrayField(models.CharField(max_length=8, choices=[(a.value, a.name) for a in Act]))
    level = models.SmallIntegerField(null=True, blank=True)
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    article = models.CharField(max_length=60, blank=True)
    rank = models.CharField(max_length=20, choices=[(r.value, r.name) for r in Rank])
    approval = models.CharField(max_length=120, blank=True)
    authority = models.CharField(max_length=80, blank=True)
    scope = models.CharField(max_length=200, blank=True)
    transition_until = models.DateField(null=True, blank=True)
    verified = models.BooleanField(default=False)
    period = DateRangeField()
    known_from = models.DateTimeField()
    known_until = models.DateTimeField(null=True, blank=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(place__regex=r"^(\d\d){1,3}$"), name="overlay_place"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="overlay_level"
            ),
            models.CheckConstraint(
                condition=Q(known_until__isnull=True) | Q(known_until__gte=F("known_from")),
                name="overlay_known",
            ),
            ExclusionConstraint(
                name="overlay_one_at_a_time",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("occupation", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                    (TstzRange("known_from", "known_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.occupation}"


class LawEdition(models.Model):
    """The gate rows that shipped with the product, as they were when this installation got them.

    Personal data: none. Kept for good: says what was known when.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    known_from = models.DateTimeField(db_index=True)
    digest = models.CharField(max_length=64)
    rows = models.JSONField()

    def __str__(self) -> str:
        return f"edition of {self.known_from:%Y-%m-%d}"


class Subscription(models.Model):
    """Somebody who is written to when the list of a place changes; confirmed by a link, ended by a link.

    Personal data: e-mail address, sealed.
    """

    personal_data: ClassVar[str] = "e-mail address (sealed) and its keyed digest"
    retention: ClassVar[str] = "until the subscription is ended; unconfirmed ones seven days"

    token = models.CharField(max_length=43, unique=True)
    email = SealedTextField()
    email_digest = models.BinaryField(max_length=32)
    place = models.CharField(max_length=6, blank=True)
    language = models.CharField(max_length=8, default="zh")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email_digest", "place"], name="subscription_once"),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

"""The ledger of blank forms 证书空白件: every one by its control number, every movement kept for good.

`Blank.state` is a cache of its steps; movements and steps are append-only (triggers). Checks in the
database: a used blank has its certificate, a draw beyond the allowance its reason, a destruction two people.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.certificates.core.blanks import Move, State
from chizheng.certificates.models.certificates import Batch, Certificate

_STATES = [(s.value, s.name) for s in State]


class Blank(models.Model):
    """One blank form. `region` is the stock it belongs to: blanks are not moved between regions.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    serial = models.CharField(max_length=20, unique=True)
    region = models.CharField(max_length=6, blank=True)
    edition = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=_STATES, default=State.STOCK.value)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="blanks")
    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="blanks")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(serial__regex=r"^[A-Z]{0,6}[0-9]{4,14}$"), name="blank_serial"
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="blank_state"),
            models.CheckConstraint(
                condition=~Q(state="used") | Q(certificate__isnull=False), name="blank_used_has_certificate"
            ),
            models.CheckConstraint(
                condition=~Q(state="stock") | Q(batch__isnull=True, certificate__isnull=True),
                name="blank_in_stock_is_nobodys",
            ),
            models.CheckConstraint(
                condition=~Q(state="drawn") | Q(batch__isnull=False), name="blank_drawn_has_batch"
            ),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(state="used"), name="blank_one_in_use_per_certificate"
            ),
        ]
        indexes = [models.Index(fields=["region", "state", "serial"], name="blank_region_state")]

    def __str__(self) -> str:
        return self.serial


class Destruction(models.Model):
    """A destruction batch 销毁批次 of spoiled blanks, closed by two persons together.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids"
    retention: ClassVar[str] = "kept for good"

    region = models.CharField(max_length=6, blank=True)
    count = models.PositiveIntegerField()
    basis = models.CharField(max_length=200)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("opened_by")),
                name="destruction_two_people",
            ),
            models.UniqueConstraint(
                fields=["region"], condition=Q(closed_at__isnull=True), name="destruction_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"destruction {self.pk}"


class BlankMovement(models.Model):
    """One act on blanks, append-only: receive, draw, use, return, spoil, lose, destroy.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    kind = models.CharField(max_length=10, choices=[(m.value, m.name) for m in Move])
    region = models.CharField(max_length=6, blank=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    first = models.CharField(max_length=20)
    last = models.CharField(max_length=20)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="blank_movements")
    destruction = models.ForeignKey(Destruction, models.PROTECT, null=True, related_name="movements")
    over_allowance = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(over_allowance=False) | ~Q(reason=""), name="blank_over_allowance_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["spoil", "lose"]) | ~Q(reason=""), name="blank_spoil_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(kind="destroy") | Q(destruction__isnull=False), name="blank_destroy_has_batch"
            ),
        ]
        indexes = [models.Index(fields=["region", "-at"], name="blank_movement_region")]

    def __str__(self) -> str:
        return f"{self.kind} {self.first}-{self.last}"


class BlankStep(models.Model):
    """One blank in one movement, append-only: the life of a blank is the fold of its steps.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    blank = models.ForeignKey(Blank, models.PROTECT, related_name="steps")
    movement = models.ForeignKey(BlankMovement, models.PROTECT, related_name="steps")
    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="blank_steps")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blank", "movement"], name="blank_step_once")]

    def __str__(self) -> str:
        return f"step of blank {self.blank_id}"


class StockTake(models.Model):
    """A stock-take 盘点, append-only: what the books expected, what was found; a difference has its reason.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and control numbers"
    retention: ClassVar[str] = "kept for good"

    class Kind(models.TextChoices):
        AGREES = "agrees", _("账实相符")
        DIFFERS = "differs", _("账实不符")

    region = models.CharField(max_length=6, blank=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expected = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    missing = models.JSONField(default=list)
    surplus = models.JSONField(default=list)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind="agrees") | ~Q(reason=""), name="stock_take_has_reason"),
        ]

    def __str__(self) -> str:
        return f"stock-take of {self.region} at {self.at:%Y-%m-%d}"

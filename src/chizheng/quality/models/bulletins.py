"""Quality bulletins with their frozen figures, and the register of look-alike certificates."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Bulletin(models.Model):
    """A quarter's bulletin: the figures as they were when it was frozen; never recomputed.

    Personal data: none (aggregates). Kept for good.
    """

    personal_data: ClassVar[str] = "none: aggregates"
    retention: ClassVar[str] = "kept for good"

    region = models.CharField(max_length=6, blank=True)
    start = models.DateField()
    end = models.DateField()
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "start", "end"], name="bulletin_once")]

    def __str__(self) -> str:
        return f"{self.region} {self.start}"


class LookAlike(models.Model):
    """A certificate that looks like the state's and is not 山寨证书: who hands it out, which words it uses.

    Personal data: none (bodies). Kept for good.
    """

    personal_data: ClassVar[str] = "none: bodies and titles"
    retention: ClassVar[str] = "kept for good"

    class State(models.TextChoices):
        FOUND = "found", _("已发现")
        ORDERED = "ordered", _("已责令停止")
        STOPPED = "stopped", _("已停止")

    issuer = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    region = models.CharField(max_length=6, blank=True)
    words = models.JSONField(default=list)
    found_on = models.DateField()
    where = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.FOUND)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "title"], name="look_alike_once")]

    def __str__(self) -> str:
        return self.title

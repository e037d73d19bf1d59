"""Investigations 查处: a case, what happened in it, exhibits and whose hands they went through."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Assessor, Session
from chizheng.people.models import Organisation
from chizheng.platform.sealing import SealedTextField
from chizheng.quality.models.watch import Flag


class Case(models.Model):
    """A case. `state` is a cache of its events; `contact` of a reporter is sealed.

    Personal data: the reporter's contact (sealed), the party. As long as the decision can be challenged, then
    archived.
    """

    personal_data: ClassVar[str] = "the reporter's contact (sealed), the assessor or body it is about"
    retention: ClassVar[str] = "long-term; the reporter's contact two years after the decision"

    SOURCES: ClassVar[list[tuple[str, object]]] = [
        ("flag", _("监测提示")), ("public", _("公众举报")), ("verification", _("核验异常")),
        ("employers", _("一证两处使用")), ("supervision", _("督导发现")),
    ]  # fmt: skip
    STATES: ClassVar[list[tuple[str, object]]] = [
        ("received", _("已受理登记")), ("investigating", _("调查中")), ("heard", _("已听取陈述申辩")),
        ("proposed", _("拟处理，待另一人决定")), ("decided", _("已决定")), ("closed", _("已结案")),
        ("dismissed", _("不予立案")),
    ]  # fmt: skip

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True)
    source = models.CharField(max_length=12, choices=SOURCES)
    summary = models.TextField()
    region = models.CharField(max_length=6, blank=True, db_index=True)
    contact = SealedTextField(null=True)
    certificate_number = models.CharField(max_length=40, blank=True)
    flag = models.ForeignKey(Flag, models.PROTECT, null=True, blank=True, related_name="cases")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="cases")
    station = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="cases")
    assessor = models.ForeignKey(Assessor, models.PROTECT, null=True, blank=True, related_name="cases")
    state = models.CharField(max_length=14, choices=STATES, default="received")
    violation = models.CharField(max_length=60, blank=True)
    sanction = models.CharField(max_length=60, blank=True)
    consequences = models.JSONField(default=list)
    referred_to = models.CharField(max_length=40, blank=True)
    published_on = models.DateField(null=True)
    public_text = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=["flag", "public", "verification", "employers", "supervision"]),
                name="case_source",
            ),
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(state__in=["decided", "closed"]),
                name="case_published_after_decision",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseEvent(models.Model):
    """What happened in a case, append-only (a trigger refuses change).

    Personal data: the acting account; statements of the party. With the case.
    """

    personal_data: ClassVar[str] = "statements of the party"
    retention: ClassVar[str] = "with the case"

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    event = models.CharField(max_length=14)
    text = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.event} of case {self.case_id}"


class Exhibit(models.Model):
    """A piece of evidence: what it is, and the digest of its bytes where it is a file.

    Personal data: what the file shows. With the case.
    """

    personal_data: ClassVar[str] = "what the file shows"
    retention: ClassVar[str] = "with the case"

    case = models.ForeignKey(Case, models.PROTECT, related_name="exhibits")
    label = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, blank=True)
    stored_as = models.CharField(max_length=40, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.label


class CustodyMove(models.Model):
    """Into whose hands an exhibit went, append-only (a trigger refuses change).

    Personal data: names of those who handed over and received. With the case.
    """

    personal_data: ClassVar[str] = "who handed over and who received"
    retention: ClassVar[str] = "with the case"

    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="moves")
    giver = models.CharField(max_length=60)
    receiver = models.CharField(max_length=60)
    place = models.CharField(max_length=120)
    intact = models.BooleanField(default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}"

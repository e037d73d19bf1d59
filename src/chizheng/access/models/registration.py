"""Business registration: what was asked, for whom, what was answered; who may ask over the API."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.models import Person
from chizheng.platform.sealing import SealedTextField


class ApiClient(models.Model):
    """Another authority's system; its key is kept as a digest and shown once.

    Personal data: none. Kept for good: checks name it.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    name = models.CharField(max_length=80, unique=True)
    region = models.CharField(max_length=6, blank=True)
    prefix = models.CharField(max_length=8, unique=True)
    key_digest = models.BinaryField(max_length=32)
    quota_per_day = models.PositiveIntegerField(default=1000)
    active = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ApiUse(models.Model):
    """How often a client asked on a day.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "access.keep_message_years"

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="uses")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "day"], name="api_use_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.count}"


class RegistrationCheck(models.Model):
    """A question of a registration desk 开业资格查询 and its answer, with all that was known then.

    Personal data: none of its own; the persons are `CheckedPerson` rows.
    """

    personal_data: ClassVar[str] = "name of a business"
    retention: ClassVar[str] = "access.keep_check_years after it was answered or released"

    class State(models.TextChoices):
        ANSWERED = "answered", _("已答复")
        PROVISIONAL = "provisional", _("暂行答复，待复核")
        HELD = "held", _("暂缓，待取得证书")
        RELEASED = "released", _("已解除暂缓")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True, related_name="checks")
    idempotency_key = models.CharField(max_length=64, blank=True)
    question_digest = models.BinaryField(max_length=32)
    business = models.CharField(max_length=120)
    scope = models.TextField()
    place = models.CharField(max_length=6)
    on = models.DateField()
    occupations = models.JSONField(default=list)
    exemptions = models.JSONField(default=list)
    verdict = models.CharField(max_length=12)
    answer = models.JSONField()
    state = models.CharField(max_length=12, choices=State.choices)
    asked_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "idempotency_key"],
                condition=Q(client__isnull=False) & ~Q(idempotency_key=""),
                name="check_once_by_client",
            ),
            models.UniqueConstraint(
                fields=["asked_by", "idempotency_key"],
                condition=Q(asked_by__isnull=False) & ~Q(idempotency_key=""),
                name="check_once_by_account",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | Q(asked_by__isnull=False), name="check_has_asker"
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="check_open")]

    def __str__(self) -> str:
        return f"check {self.number}"

    @property
    def number(self) -> str:
        return f"{self.asked_at:%Y}-{self.pk:06d}"


class CheckedPerson(models.Model):
    """An owner or responsible manager named in a check.

    Personal data: name and document number, sealed; keyed digest; last four characters.
    """

    personal_data: ClassVar[str] = "name and document number (sealed), keyed digest, last four characters"
    retention: ClassVar[str] = "with the check"

    class Duty(models.TextChoices):
        OWNER = "owner", _("经营者")
        MANAGER = "manager", _("技术负责人")

    check_of = models.ForeignKey(RegistrationCheck, models.CASCADE, related_name="persons")
    duty = models.CharField(max_length=8, choices=Duty.choices)
    name = SealedTextField()
    document_kind = models.CharField(max_length=12)
    document = SealedTextField()
    document_digest = models.BinaryField(max_length=32, db_index=True)
    tail = models.CharField(max_length=4)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="registration_checks")
    left_on = models.DateField(null=True)
    replace_by = models.DateField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_of", "document_digest"], name="checked_person_once")
        ]

    def __str__(self) -> str:
        return f"{self.duty} …{self.tail}"

"""Staff lists of employers, messages to desks, and exceptions applied for."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.models import Organisation, Person
from chizheng.platform.sealing import SealedTextField


class StaffMember(models.Model):
    """Somebody in a post of an employer, enrolled once; the standing is renewed by itself.

    Personal data: name and document number, sealed; keyed digest; last four characters.
    """

    personal_data: ClassVar[str] = "name and document number (sealed), keyed digest, last four characters"
    retention: ClassVar[str] = "access.keep_staff_years after the person left the list"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="staff")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="posts")
    name = SealedTextField()
    document_kind = models.CharField(max_length=12)
    document = SealedTextField()
    document_digest = models.BinaryField(max_length=32, db_index=True)
    tail = models.CharField(max_length=4)
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    licence = models.CharField(max_length=80, blank=True)  # of another authority, as the employer states it
    licence_until = models.DateField(null=True, blank=True)  # the first day it no longer holds
    verdict = models.CharField(max_length=12, blank=True)
    reasons = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "document_digest", "occupation"],
                condition=Q(until__isnull=True),
                name="staff_once",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="staff_days"
            ),
            models.CheckConstraint(
                condition=Q(licence_until__isnull=True) | ~Q(licence=""), name="staff_licence_named"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "verdict"], name="staff_standing")]

    def __str__(self) -> str:
        return f"staff {self.pk}"


class DeskMessage(models.Model):
    """Something a desk is told without having asked; a code and its parameters, said in the reader's language.

    Personal data: at most a masked name.
    """

    personal_data: ClassVar[str] = "at most a masked name"
    retention: ClassVar[str] = "access.keep_message_years"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="desk_messages")
    code = models.CharField(max_length=30)
    params = models.JSONField(default=dict)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="desk_message_once")]
        indexes = [models.Index(fields=["organisation", "read_at", "-at"], name="desk_message_unread")]

    def __str__(self) -> str:
        return self.code


class ExceptionRequest(models.Model):
    """An exception 例外 applied for with evidence, granted for a period by the authority.

    Personal data: name and document number of the person (sealed) where it is about one; evidence files.
    """

    personal_data: ClassVar[str] = (
        "name and document number (sealed) of the person it is about; evidence files"
    )
    retention: ClassVar[str] = "access.keep_exception_years after it ended or was refused"

    class State(models.TextChoices):
        ASKED = "asked", _("待审批")
        GRANTED = "granted", _("已批准")
        REFUSED = "refused", _("未批准")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="exceptions")
    code = models.CharField(max_length=40)
    occupation = models.CharField(max_length=80)
    place = models.CharField(max_length=6)
    document_digest = models.BinaryField(max_length=32, null=True)
    name = SealedTextField(null=True)
    tail = models.CharField(max_length=4, blank=True)
    why = models.TextField()
    evidence = ArrayField(models.CharField(max_length=120))
    file = models.CharField(max_length=40, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    period = DateRangeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    basis = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="asked") | Q(decided_by__isnull=False), name="exception_decided_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="exception_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "place"], name="exception_queue")]

    def __str__(self) -> str:
        return self.code

"""The gate's own tables: local overlays and editions of the law, subscriptions, exceptions, registration checks."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.models import Organisation, Person
from chizheng.platform.sealing import SealedTextField


class LawEdition(models.Model):
    """The shipped gate rows as they stood when a version of the product first loaded them: what we knew when.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    digest = models.CharField(max_length=64, unique=True)
    loaded_at = models.DateTimeField()
    rows = models.JSONField()

    def __str__(self) -> str:
        return f"law of {self.loaded_at:%Y-%m-%d}"


class GateOverlay(models.Model):
    """A gate that a place adds by its own law 地方准入, on two axes of time: in force, and known to us.

    A change closes the known period of the old row and adds a new one; nothing is overwritten.
    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: past decisions cite past rows"

    occupation = models.CharField(max_length=80)
    acts = ArrayField(models.CharField(max_length=10))
    level = models.SmallIntegerField(null=True, blank=True)
    place = models.CharField(max_length=6)
    valid = DateRangeField()
    known = DateTimeRangeField()
    title = models.CharField(max_length=200)
    number = models.CharField(max_length=100, blank=True)
    article = models.CharField(max_length=60)
    scope = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(default=False)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(place__regex=r"^(\d\d){1,3}$"), name="overlay_place"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="overlay_level"
            ),
            ExclusionConstraint(
                name="overlay_one_at_a_time",
                expressions=[
                    ("occupation", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.occupation}"


class ListSubscription(models.Model):
    """Who wants to hear when a place's published list changes; confirmed by a link before anything is sent.

    Personal data: mail address, sealed. Removed on unsubscribing.
    """

    personal_data: ClassVar[str] = "mail address (sealed)"
    retention: ClassVar[str] = "until unsubscribed"

    mail = SealedTextField()
    mail_digest = models.BinaryField(max_length=32)
    place = models.CharField(max_length=6, blank=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    confirmed = models.BooleanField(default=False)
    told_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mail_digest", "place"], name="list_subscription_once")
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class ExceptionRequest(models.Model):
    """An exception of Order 6 asked for by an employer 例外申请, with its evidence, decided by the authority.

    Personal data: none of its own (evidence is described, not uploaded).
    """

    personal_data: ClassVar[str] = "free text of the evidence may name people; keep it factual"
    retention: ClassVar[str] = "kept for good: past decisions rest on it"

    class State(models.TextChoices):
        ASKED = "asked", _("待审批")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="exception_requests")
    code = models.CharField(max_length=40)
    occupation = models.CharField(max_length=80)
    place = models.CharField(max_length=6)
    on = models.DateField()
    people = models.PositiveIntegerField()
    evidence = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="asked") | Q(decided_by__isnull=False), name="exception_decided_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="exception_two_people",
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="exception_people"),
        ]

    def __str__(self) -> str:
        return f"exception {self.code} for {self.occupation}"


class RegistrationCheck(models.Model):
    """A question of a registry 开业核验 and its answer; held or provisional ones are asked again by themselves.

    Personal data: in `RegistrationPerson`. Kept 10 years after the answer.
    """

    personal_data: ClassVar[str] = "business scope; people in their own table"
    retention: ClassVar[str] = "10 years"

    class State(models.TextChoices):
        ANSWERED = "answered", _("已答复")
        HELD = "held", _("暂缓登记")
        PROVISIONAL = "provisional", _("暂答，待复核")
        RELEASED = "released", _("已解除暂缓")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    scope = models.TextField()
    occupations = ArrayField(models.CharField(max_length=80), default=list)
    place = models.CharField(max_length=6)
    on = models.DateField()
    verdict = models.CharField(max_length=12)
    answer = models.JSONField()
    state = models.CharField(max_length=12, choices=State.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_through = models.ForeignKey("access.ApiKey", models.PROTECT, null=True, related_name="checks")
    asked_at = models.DateTimeField()
    rechecked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False) | Q(asked_through__isnull=False), name="check_has_asker"
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="check_state")]

    def __str__(self) -> str:
        return f"registration check {self.pk}"


class RegistrationPerson(models.Model):
    """Owner 业主 or responsible manager 技术负责人 of a checked business, and the day they left.

    Personal data: name, document (sealed, digest, tail). Kept with the check.
    """

    personal_data: ClassVar[str] = "name, document number (sealed), digest and last four"
    retention: ClassVar[str] = "with the check"

    registration = models.ForeignKey(RegistrationCheck, models.CASCADE, related_name="people")
    role = models.CharField(max_length=8, choices=[("owner", _("经营者")), ("manager", _("技术负责人"))])
    name = models.CharField(max_length=60)
    document = SealedTextField()
    document_digest = models.BinaryField(max_length=32, db_index=True)
    tail = models.CharField(max_length=4)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    left_on = models.DateField(null=True)
    replace_by = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.role} of check {self.registration_id}"


class ApiKey(models.Model):
    """A key of another authority's system: only its hash is kept; so many questions a day.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "deactivated, not deleted: checks refer to it"

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, unique=True)
    hashed = models.BinaryField(max_length=32)
    daily_quota = models.PositiveIntegerField(default=10_000)
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ApiUse(models.Model):
    """Questions of a key on a day. Personal data: none."""

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "two years"

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="uses")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="api_use_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.day}: {self.count}"

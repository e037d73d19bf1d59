"""Seekers, vacancies, referrals; and what those who lack a certificate are told."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.access.models.ads import Ad
from chizheng.people.models import Organisation, Person


class SeekerProfile(models.Model):
    """What a seeker 求职者 wishes; found by agencies only with consent.

    Personal data: wishes for work, by person. Removed when the person withdraws it, or unused for the term.
    """

    personal_data: ClassVar[str] = "wishes for work of a person"
    retention: ClassVar[str] = "until withdrawn, at most access.keep_wish_years after the last change"

    person = models.OneToOneField(Person, models.CASCADE, related_name="seeker")
    region = models.CharField(max_length=6, blank=True)
    regions = ArrayField(models.CharField(max_length=6))
    occupations = ArrayField(models.CharField(max_length=80))
    wage_floor_fen = models.PositiveIntegerField(default=0)
    consent = models.BooleanField(default=False)
    consent_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["consent"], name="seeker_consent")]

    def __str__(self) -> str:
        return f"seeker {self.pk}"


class Vacancy(models.Model):
    """A post 招聘岗位 to be filled; its gate was asked and its ad vetted when it was saved.

    Personal data: none. Kept with the ledger of ads.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "agency.ledger_years from its day"

    class State(models.TextChoices):
        OPEN = "open", _("招聘中")
        CLOSED = "closed", _("已结束")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="vacancies")
    ad = models.OneToOneField(Ad, models.PROTECT, related_name="vacancy")
    employer = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True, blank=True)
    region = models.CharField(max_length=6)
    wage_fen = models.PositiveIntegerField(default=0)
    count = models.PositiveSmallIntegerField(default=1)
    start_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    gate = models.JSONField(default=dict)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    posted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="vacancy_level"
            ),
            models.CheckConstraint(condition=Q(region__regex=r"^(\d\d){1,3}$"), name="vacancy_region"),
        ]
        indexes = [models.Index(fields=["state", "occupation", "region"], name="vacancy_open")]

    def __str__(self) -> str:
        return self.title


class Referral(models.Model):
    """A person recommended 推荐 to a vacancy, what opened the gate that day, and what came of it.

    Personal data: who was referred where; certificate numbers shown masked.
    """

    personal_data: ClassVar[str] = "who was referred where, on which certificates"
    retention: ClassVar[str] = "agency.ledger_years from the day (`keep_until`)"

    class Outcome(models.TextChoices):
        WAITING = "", _("待反馈")
        HIRED = "hired", _("录用")
        DECLINED = "declined", _("未录用")
        WITHDREW = "withdrew", _("本人放弃")
        ABSENT = "absent", _("未到面试")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="referrals")
    person = models.ForeignKey(Person, models.PROTECT, related_name="referrals")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="referrals")
    score = models.FloatField()
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    gate = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    outcome_at = models.DateTimeField(null=True)
    keep_until = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vacancy", "person"], name="referral_once")]
        indexes = [models.Index(fields=["organisation", "-made_at"], name="referral_ledger")]

    def __str__(self) -> str:
        return f"referral {self.pk}"


class TrainingOffer(models.Model):
    """A course 培训班: where, for which occupation and level, how long, how much.

    Personal data: none. Kept for a term after it ended.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "access.keep_offer_years after it ended"

    body = models.CharField(max_length=120)
    region = models.CharField(max_length=6)
    occupation = models.CharField(max_length=80, db_index=True)
    level = models.SmallIntegerField()
    hours = models.PositiveSmallIntegerField()
    cost_fen = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    contact = models.CharField(max_length=120, blank=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="offer_level"),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="offer_days"),
            models.UniqueConstraint(fields=["body", "occupation", "level", "starts_on"], name="offer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.occupation}"


class Guidance(models.Model):
    """What a person was told to do about a missing certificate; closes when the certificate is issued.

    Personal data: who lacks which certificate.
    """

    personal_data: ClassVar[str] = "who lacks which certificate"
    retention: ClassVar[str] = "agency.ledger_years after it was closed"

    class State(models.TextChoices):
        OPEN = "open", _("跟进中")
        CLOSED = "closed", _("已取得证书")
        ENDED = "ended", _("不再跟进")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="guidances")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="guidances")
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField()
    region = models.CharField(max_length=6, blank=True)
    advice = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    look_again_on = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "occupation", "level"], condition=Q(state="open"), name="guidance_open_once"
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="guidance_level"),
        ]
        indexes = [models.Index(fields=["state", "look_again_on"], name="guidance_due")]

    def __str__(self) -> str:
        return f"guidance {self.pk}"

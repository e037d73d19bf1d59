"""Recruitment ads 招聘简章 with what vetting said, doubts for a person to decide, and agencies' papers."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.models import Organisation
from chizheng.platform.sealing import SealedTextField


class AgencyLicence(models.Model):
    """The licence 人力资源服务许可证 of an agency over a period.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="agency_licences")
    number = models.CharField(max_length=40)
    period = DateRangeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agency_licence_one_at_a_time",
                expressions=[("organisation", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return self.number


class Mandate(models.Model):
    """An employer's mandate 招聘委托 to an agency, with the papers the agency looked at.

    Personal data: name and document number of the employer's agent, sealed.
    """

    personal_data: ClassVar[str] = "name and document number of the agent (sealed), last four characters"
    retention: ClassVar[str] = "agency.ledger_years after the mandate ended"

    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="mandates")
    employer_name = models.CharField(max_length=120)
    employer_code = models.CharField(max_length=18)
    agent_name = SealedTextField()
    agent_document = SealedTextField()
    agent_tail = models.CharField(max_length=4)
    seen = ArrayField(models.CharField(max_length=20))
    period = DateRangeField()
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="mandate_one_at_a_time",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("employer_code", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return self.employer_name


class Ad(models.Model):
    """An ad as handed in and as vetted 审核台账; the same text of the same body and day is one ad.

    Personal data: what the ad's text says (contacts).
    """

    personal_data: ClassVar[str] = "contacts that an ad's text may name"
    retention: ClassVar[str] = "agency.ledger_years from the day of vetting (`keep_until`)"

    class Severity(models.TextChoices):
        NONE = "", _("未发现问题")
        NOTICE = "notice", _("提示")
        WARNING = "warning", _("应改正")
        ERROR = "error", _("不得发布")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="ads")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, blank=True, related_name="ads")
    given_id = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    employer = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=6, blank=True)
    on = models.DateField()
    vetting = models.JSONField()
    gated = ArrayField(models.CharField(max_length=80), default=list)
    severity = models.CharField(max_length=8, choices=Severity.choices, blank=True)
    doubtful = models.BooleanField(default=False)
    content_digest = models.BinaryField(max_length=32)
    vetted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    vetted_at = models.DateTimeField()
    keep_until = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "content_digest"], name="ad_once"),
            models.CheckConstraint(condition=Q(place__regex=r"^(\d\d){0,3}$"), name="ad_place"),
        ]
        indexes = [models.Index(fields=["organisation", "-vetted_at"], name="ad_ledger")]

    def __str__(self) -> str:
        return f"ad {self.number}"

    @property
    def number(self) -> str:
        """Number in the ledger."""
        return f"{self.vetted_at:%Y}-{self.pk:06d}"


class AdDoubt(models.Model):
    """A word of an ad that vetting was not sure of, for a person to decide.

    Personal data: none (a word and its sentence).
    """

    personal_data: ClassVar[str] = "none: a word of an ad"
    retention: ClassVar[str] = "kept for good with the decision"

    ad = models.ForeignKey(Ad, models.CASCADE, related_name="doubts")
    word = models.CharField(max_length=40)
    readings = ArrayField(models.CharField(max_length=80))
    sentence = models.CharField(max_length=200)
    role = models.CharField(max_length=12)
    confidence = models.FloatField()
    region = models.CharField(max_length=6, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ad", "word"], name="doubt_once")]
        indexes = [models.Index(fields=["decided_at", "region"], name="doubt_queue")]

    def __str__(self) -> str:
        return self.word


class AdWord(models.Model):
    """What a person decided of a word: a name of an occupation, or a word that is none; from a day on.

    Personal data: none. Kept for good: vetted ads rest on it.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    class Kind(models.TextChoices):
        NAME = "name", _("职业名称（俗称）")
        TRADE = "trade", _("工种或机具")
        BLOCK = "block", _("不是工种")

    word = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    occupations = ArrayField(models.CharField(max_length=80), default=list)
    period = DateRangeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="block") | Q(occupations__len__gt=0), name="ad_word_names_something"
            ),
            ExclusionConstraint(
                name="ad_word_one_at_a_time",
                expressions=[("word", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]
        ordering = ["-decided_at"]

    def __str__(self) -> str:
        return self.word

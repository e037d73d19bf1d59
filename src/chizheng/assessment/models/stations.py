"""Who may assess what: station licences with their trades and levels, assessors with their cards."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.models import Organisation, Person


class StationLicence(models.Model):
    """A licence 职业技能鉴定许可证: the institution number a station issues under, over a period.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: numbers of certificates refer to it"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="licences")
    institution_number = models.CharField(max_length=8)
    period = DateRangeField()
    approved_by = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    basis = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(institution_number__regex=r"^\d{4}[0-4]\d{3}$"), name="licence_institution_number"
            ),
            ExclusionConstraint(
                name="licence_number_once",
                expressions=[
                    ("institution_number", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.institution_number


class LicenceScope(models.Model):
    """One trade and level of a licence over a period; a session outside it cannot be opened.

    Personal data: none. Kept with the licence.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "with the licence"

    licence = models.ForeignKey(StationLicence, models.CASCADE, related_name="scopes")
    occupation = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField()
    period = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="scope_level"),
            ExclusionConstraint(
                name="scope_once",
                expressions=[
                    ("licence", RangeOperators.EQUAL),
                    ("occupation", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occupation} {self.level}"


class Assessor(models.Model):
    """An assessor 考评员 by card: rank, trades, period of validity.

    Personal data: who the person is, their employer. Kept for good: papers carry their signatures.
    """

    personal_data: ClassVar[str] = "the person, their card number and employer"
    retention: ClassVar[str] = "long-term: assessors' files are archived"

    class Rank(models.TextChoices):
        ASSESSOR = "assessor", _("考评员")
        SENIOR = "senior", _("高级考评员")

    person = models.ForeignKey(Person, models.PROTECT, related_name="assessor_cards")
    card_number = models.CharField(max_length=30)
    rank = models.CharField(max_length=10, choices=Rank.choices)
    trades = ArrayField(models.CharField(max_length=80))
    period = DateRangeField()
    region = models.CharField(max_length=6, blank=True)
    employer = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rank__in=["assessor", "senior"]), name="assessor_rank"),
            ExclusionConstraint(
                name="assessor_card_once",
                expressions=[("card_number", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.card_number


class AssessorTie(models.Model):
    """A tie 回避关系 between an assessor and a person, declared: the assessor never assesses that person.

    Personal data: who is tied to whom. Kept as long as the assessor's file.
    """

    personal_data: ClassVar[str] = "that two persons are tied, and how"
    retention: ClassVar[str] = "with the assessor's file"

    class Relation(models.TextChoices):
        RELATIVE = "relative", _("亲属")
        TRAINEE = "trainee", _("培训过的学员")
        APPRENTICE = "master_apprentice", _("师徒")
        UNIT = "same_unit", _("同一单位")

    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="ties")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    relation = models.CharField(max_length=20, choices=Relation.choices)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    declared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessor", "person"], name="assessor_tie_once"),
        ]

    def __str__(self) -> str:
        return f"tie of assessor {self.assessor_id}"

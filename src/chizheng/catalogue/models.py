"""Tables of the catalogue: what people edit or extend at run time, every row with its period.

Loaded from law data by an idempotent command (`chizheng catalogue load`); rows that people changed
are not overwritten (`origin` says who wrote a row). No personal data anywhere here.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Dated(models.Model):
    """A row with a half-open period in force, who wrote it and whether it is verified.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: past decisions cite past rows"

    class Origin(models.TextChoices):
        LAW = "law", _("随产品发布")
        IMPORT = "import", _("导入")
        PERSON = "person", _("人工维护")

    period = DateRangeField()
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.LAW)

    class Meta:
        abstract = True


class Region(Dated):
    """A place 行政区划 by GB/T 2260 prefix code ('44', '4401', '440103')."""

    code = models.CharField(max_length=6)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^(\d\d){1,3}$"), name="region_code"),
            ExclusionConstraint(
                name="region_one_at_a_time",
                expressions=[("code", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class IssuerCode(Dated):
    """A row of the certificate code table 省/行业代码表 (characters 3 and 4 of a certificate number)."""

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("部级")
        PROVINCE = "province", _("省级")
        INDUSTRY = "industry", _("行业")

    code = models.CharField(max_length=2)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    region = models.CharField(max_length=2, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d\d$"), name="issuer_code_two_digits"),
            ExclusionConstraint(
                name="issuer_code_one_at_a_time",
                expressions=[("code", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class InstitutionKind(Dated):
    """Kind digit 机构类别 of an institution number: 0 centre, 1 national station, 2 local, 3 industry, 4 enterprise."""

    code = models.CharField(max_length=1)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="institution_kind_one_at_a_time",
                expressions=[("code", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Occupation(Dated):
    """An occupation 职业 or trade 工种 over a period, with the levels its standard has.

    The certificate keeps the printed name for ever; successors are for matching only.
    """

    class Kind(models.TextChoices):
        OCCUPATION = "occupation", _("职业")
        TRADE = "trade", _("工种")

    code = models.CharField(max_length=20, blank=True, db_index=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OCCUPATION)
    parent = models.CharField(max_length=80, blank=True)
    group = models.CharField(max_length=80, blank=True)
    levels = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    standard_edition = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(levels__contained_by=[1, 2, 3, 4, 5]), name="occupation_levels"
            ),
            ExclusionConstraint(
                name="occupation_one_at_a_time",
                expressions=[("name", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]
        indexes = [
            models.Index(fields=["name"], name="occupation_name"),
            GistIndex(fields=["period"], name="occupation_period"),
        ]

    def __str__(self) -> str:
        return self.name


class Succession(Dated):
    """A former name and what it became 职业变更: directional, dated, for matching only."""

    former = models.CharField(max_length=80, db_index=True)
    successor = models.CharField(max_length=80, db_index=True)
    kind = models.CharField(max_length=10, default="rename")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(former=models.F("successor")), name="succession_changes"),
            ExclusionConstraint(
                name="succession_once",
                expressions=[
                    ("former", RangeOperators.EQUAL),
                    ("successor", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.former} → {self.successor}"

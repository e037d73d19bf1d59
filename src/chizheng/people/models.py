"""Persons, their documents and names over time; organisations; accounts.

A person is not a document: cards are renewed, passports change numbers, names are corrected. Document
numbers are sealed; equality is judged on a keyed digest of the canonical number, so that an old
15-digit number and today's 18-digit one meet.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.people.core.identity import DocumentKind
from chizheng.platform.roles import Role
from chizheng.platform.sealing import SealedTextField


class Person(models.Model):
    """A natural person.

    Personal data: name, sex, birth date. Kept as long as a certificate or case refers to it.
    """

    personal_data: ClassVar[str] = "name, sex, date of birth"
    retention: ClassVar[str] = "while a certificate, result or case refers to the person"

    class Sex(models.TextChoices):
        MALE = "M", _("男")
        FEMALE = "F", _("女")
        UNKNOWN = "", _("未说明")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60)
    name_key = models.CharField(max_length=60, db_index=True)
    sex = models.CharField(max_length=1, choices=Sex.choices, default=Sex.UNKNOWN, blank=True)
    birth = models.DateField(null=True)
    region = models.CharField(max_length=6, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["M", "F", ""]), name="person_sex"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class PersonName(models.Model):
    """A name a person bore over a period 曾用名.

    Personal data: the name. Kept with the person.
    """

    personal_data: ClassVar[str] = "a name and when it was borne"
    retention: ClassVar[str] = "with the person"

    person = models.ForeignKey(Person, models.CASCADE, related_name="names")
    name = models.CharField(max_length=60)
    name_key = models.CharField(max_length=60, db_index=True)
    period = DateRangeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="person_one_name_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"name of person {self.person_id}"


class Document(models.Model):
    """An identity document 证件 of a person.

    Personal data: the number, sealed; last four characters in clear for desks that must tell two apart.
    """

    personal_data: ClassVar[str] = "document number (sealed), its keyed digest and last four characters"
    retention: ClassVar[str] = "with the person"

    person = models.ForeignKey(Person, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=12, choices=[(k.value, k.name) for k in DocumentKind])
    number = SealedTextField()
    number_digest = models.BinaryField(max_length=32)
    tail = models.CharField(max_length=4)
    printed_short = models.BooleanField(default=False)
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "number_digest"], name="document_once"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gt=models.F("since")),
                name="document_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} …{self.tail}"


class Organisation(models.Model):
    """A body 单位: station, centre, authority, employer, agency, training body.

    Personal data: none (public register facts).
    """

    personal_data: ClassVar[str] = "none: public register facts"
    retention: ClassVar[str] = "kept for good"

    class Kind(models.TextChoices):
        AUTHORITY = "authority", _("劳动行政部门")
        CENTRE = "centre", _("鉴定指导中心")
        STATION = "station", _("鉴定所（站）")
        EMPLOYER = "employer", _("用人单位")
        AGENCY = "agency", _("职业介绍机构")
        TRAINING = "training", _("培训机构")
        REGISTRY = "registry", _("登记机关")
        NOTARY = "notary", _("公证机构")
        OTHER = "other", _("其他")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    credit_code = models.CharField(max_length=18, null=True, blank=True, unique=True)
    region = models.CharField(max_length=6, blank=True, db_index=True)
    industry = models.CharField(max_length=2, blank=True)
    address = models.CharField(max_length=200, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(region__regex=r"^(\d\d){0,3}$"), name="organisation_region"),
            models.CheckConstraint(
                condition=Q(credit_code__isnull=True) | Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="organisation_credit_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name


INDUSTRY_LINE = ["assessor", "authority", "centre", "planner", "supervisor"]
"""Roles an industry line 行业 may have instead of a region: it assesses; it registers, inspects and keeps nothing else."""


class AccountBase(BaseUserManager["Account"]):
    """Makes accounts; nothing else about them lives in the manager class Django asks for."""

    def create_account(
        self,
        *,
        username: str,
        password: str | None,
        role: Role,
        region: str = "",
        industry: str = "",
        organisation: Organisation | None = None,
        person: Person | None = None,
        display: str = "",
    ) -> Account:
        account = Account(
            username=username,
            role=role,
            region=region,
            industry=industry,
            organisation=organisation,
            person=person,
            display=display or username,
        )
        account.set_password(password)
        account.full_clean(exclude=["password"])
        account.save()
        return account


class Account(AbstractBaseUser):
    """A sign-in 账号 with one role and one jurisdiction: a region ('' = country) or an industry line.

    Somebody with two jobs has two accounts and is still one person: `person` says so (`queries.by_same_hand`).

    Personal data: user name, display name.
    """

    personal_data: ClassVar[str] = "user name, display name"
    retention: ClassVar[str] = "deactivated, not deleted: the ledger refers to it"

    username = models.CharField(max_length=40, unique=True)
    display = models.CharField(max_length=60)
    role = models.CharField(max_length=20, choices=Role.choices)
    region = models.CharField(max_length=6, blank=True)
    industry = models.CharField(max_length=2, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="accounts", related_query_name="account"
    )
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]
    objects: ClassVar[AccountBase] = AccountBase()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="account_role"),
            models.CheckConstraint(condition=Q(region__regex=r"^(\d\d){0,3}$"), name="account_region"),
            models.CheckConstraint(
                condition=~Q(role__in=["station", "employer", "agency"]) | Q(organisation__isnull=False),
                name="account_body_has_organisation",
            ),
            models.CheckConstraint(
                condition=Q(industry="") | (Q(role__in=INDUSTRY_LINE) & Q(region="")),
                name="account_industry_line",
                violation_error_message=_("行业代码只用于行业的鉴定岗位，且不填管辖地区"),
            ),
        ]

    def __str__(self) -> str:
        return self.display or self.username

    @property
    def is_staff(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class FailedSignIn(models.Model):
    """A sign-in that failed, so that guessing ends: by user name and by network, both as keyed digests.

    Personal data: none in clear. Deleted with the first sign-in after its window.
    """

    personal_data: ClassVar[str] = "keyed digests of the user name and the network address"
    retention: ClassVar[str] = "the window of the policy, a day at most"

    name_digest = models.BinaryField(max_length=32)
    network_digest = models.BinaryField(max_length=32)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["name_digest", "at"], name="failed_sign_in_name"),
            models.Index(fields=["network_digest", "at"], name="failed_sign_in_network"),
        ]

    def __str__(self) -> str:
        return f"failed sign-in {self.pk}"

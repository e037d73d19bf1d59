"""Issuing batches, the rows of exceptional lists, certificates and their envelopes, counters of numbers and slots.

A certificate is one row, written once: its record is kept sealed, and everything printed can be read back
from it. What was signed over the records of a batch is one row for the batch, with no word of the records.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Registration, Session
from chizheng.certificates.core.commitments import place_in_log
from chizheng.people.models import Document, Organisation, Person
from chizheng.platform.sealing import SealedTextField


class Batch(models.Model):
    """An issuing batch 核发批次: the passing list of one sitting, or one approved exception.

    `state` follows `core.chain.ISSUING`. Personal data: none of its own.
    """

    personal_data: ClassVar[str] = "none: refers to registrations and certificates"
    retention: ClassVar[str] = "kept for good"

    class Basis(models.TextChoices):
        EXAM = "exam", _("鉴定考试")
        CONTEST = "contest", _("竞赛晋级")
        PANEL = "panel", _("专家评审")
        LEGACY = "legacy", _("旧证补录")
        REPLACEMENT = "replacement", _("补发")
        CORRECTION = "correction", _("更正")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.OneToOneField(Session, models.PROTECT, null=True, related_name="batch")
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.EXAM)
    station = models.ForeignKey(Organisation, models.PROTECT, related_name="batches")
    institution = models.CharField(max_length=8)
    region = models.CharField(max_length=6, blank=True)
    occupation = models.CharField(max_length=80, blank=True)
    occupation_code = models.CharField(max_length=20, blank=True)
    level = models.SmallIntegerField(null=True)
    exam_on = models.DateField(null=True)
    issued_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, default="listed")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    # who issues, in the words of the day of approval: printed, and the issuer's name in credentials
    authority_name = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)
    log_year = models.SmallIntegerField(null=True)
    log_first = models.BigIntegerField(null=True)
    log_group = models.CharField(max_length=40, blank=True, db_index=True)
    exception_ref = models.CharField(max_length=40, blank=True)
    sheet_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="batch_level"
            ),
            models.CheckConstraint(
                condition=Q(basis="exam", session__isnull=False, level__isnull=False)
                | (~Q(basis="exam") & Q(session__isnull=True)),
                name="batch_exam_has_its_session",
            ),
            models.CheckConstraint(
                condition=Q(basis="exam") | Q(submitted_by__isnull=False),
                name="batch_exception_has_its_author",
            ),
            models.UniqueConstraint(
                fields=["basis", "sheet_digest"], condition=~Q(sheet_digest=""), name="batch_sheet_once"
            ),
            models.CheckConstraint(condition=Q(institution__regex=r"^\d{8}$"), name="batch_institution"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("reviewed_by")),
                name="batch_two_people",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("submitted_by")),
                name="batch_no_self_review",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["listed", "returned", "held", "annulled"])
                | (Q(reviewed_by__isnull=False) & (Q(state="reviewed") | Q(approved_by__isnull=False))),
                name="batch_state_has_its_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "region"], name="batch_state_region")]

    def __str__(self) -> str:
        return f"batch {self.pk} {self.occupation} {self.level}"

    @property
    def authority(self) -> str:
        """Code of the issuing authority in the trust list: the province or industry of the institution number."""
        return self.institution[:2]

    @property
    def exceptional(self) -> bool:
        """Does it stand on an EXCEPTION entry and not on a sitting?"""
        return self.basis != self.Basis.EXAM


class NumberCounter(models.Model):
    """Last serial 流水号 given per year × institution × level: the key of the coding rule.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    year = models.SmallIntegerField()
    institution = models.CharField(max_length=8)
    level = models.SmallIntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "institution", "level"], name="number_counter_key"),
            models.CheckConstraint(condition=Q(last__range=(0, 99_999)), name="number_counter_five_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.year}/{self.institution}/{self.level}: {self.last}"


class StatusCounter(models.Model):
    """Next free position in the status list of a year.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    year = models.SmallIntegerField(unique=True)
    next = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.next}"


class Certificate(models.Model):
    """One certificate and version; corrections make a new row with `version` + 1.

    Written when its batch is reserved, and shown to anybody only once the batch is published: nothing
    is signed that was not first intended here. That it was issued, and when, its batch says; `state` is a
    cache of the events that turned it since. `claims` are the sealed canonical bytes of the record
    (`queries.read_claims`).

    Hundreds of thousands are written in an hour, so the row has no index that another one covers.

    Personal data: printed name (via claims, sealed). Kept for good: the register is what certificates are
    checked against. Erasing `claims` erases the meaning of the log leaf.
    """

    personal_data: ClassVar[str] = "claims with name, sex, scores (sealed)"
    retention: ClassVar[str] = "kept for good"

    class State(models.TextChoices):
        VALID = "valid", _("有效")
        SUSPENDED = "suspended", _("暂停")
        REVOKED = "revoked", _("已撤销")
        SUPERSEDED = "superseded", _("已被取代")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # an index of their own would repeat the head of a wider one; `migrations/0003` keeps them as foreign keys
    batch = models.ForeignKey(
        Batch, models.PROTECT, related_name="certificates", db_index=False, db_constraint=False
    )
    registration = models.ForeignKey(
        Registration,
        models.PROTECT,
        null=True,
        related_name="certificates",
        db_index=False,
        db_constraint=False,
    )
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="certificates", db_index=False, db_constraint=False
    )
    number = models.CharField(max_length=24)
    version = models.SmallIntegerField(default=1)
    conflict = models.SmallIntegerField(default=0)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField()
    institution = models.CharField(max_length=8, blank=True)
    issued_on = models.DateField()
    exam_on = models.DateField(null=True)
    handed_over_on = models.DateField(null=True)
    claims = models.BinaryField()
    order = models.PositiveIntegerField()
    status_year = models.SmallIntegerField()
    status_slot = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.VALID)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "version", "conflict"], name="certificate_number_once"),
            models.UniqueConstraint(fields=["status_year", "status_slot"], name="certificate_status_slot"),
            models.UniqueConstraint(fields=["batch", "order"], name="certificate_order_in_batch"),
            models.UniqueConstraint(
                fields=["registration", "version"],
                condition=Q(registration__isnull=False),
                name="certificate_registration_once",
            ),
            models.UniqueConstraint(
                fields=["previous"], condition=Q(previous__isnull=False), name="certificate_next_version_once"
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="certificate_level"),
        ]
        indexes = [models.Index(fields=["person"], name="certificate_person")]

    def __str__(self) -> str:
        return f"certificate {self.pk}"

    @property
    def log_index(self) -> int | None:
        """Where the leaf stands in the log."""
        return None if self.batch.log_first is None else place_in_log(self.batch.log_first, self.order)


class Envelope(models.Model):
    """What was signed over the certificates of a batch 签名信封: for each, in their order, the log's promise
    and the signature (`core.words`). With the sealed record they make the COSE bytes of the QR code.

    Personal data: none, the records stay with the certificates. Kept with them.
    """

    personal_data: ClassVar[str] = "none: signatures and places in the log"
    retention: ClassVar[str] = "with the certificates"

    batch = models.OneToOneField(Batch, models.PROTECT, primary_key=True, related_name="envelope")
    algorithm = models.CharField(max_length=10)
    key_id = models.BinaryField(max_length=8)
    words = models.BinaryField()

    def __str__(self) -> str:
        return f"envelope of batch {self.batch_id}"


class Award(models.Model):
    """A row of an exceptional batch: who gets what without a sitting, or which certificate it replaces.

    `number` is empty where one is to be given; `order` is the place in the batch. For corrections the
    new document is kept sealed as `kind␟number` until the new version is published.

    Personal data: name, sex, birth date, award; the corrected document number (sealed).
    """

    personal_data: ClassVar[str] = "name, sex, birth date, award; a corrected document number (sealed)"
    retention: ClassVar[str] = "with the certificate"

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="awards")
    order = models.PositiveIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="awards")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    new_document = SealedTextField(null=True)
    name = models.CharField(max_length=60)
    sex = models.CharField(max_length=1, blank=True)
    birth = models.DateField(null=True)
    occupation = models.CharField(max_length=80)
    occupation_code = models.CharField(max_length=20, blank=True)
    level = models.SmallIntegerField()
    award = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=24, blank=True)
    issued_on = models.DateField(null=True)
    theory = models.SmallIntegerField(null=True)
    practice = models.SmallIntegerField(null=True)
    replaces = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="replacements")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "order"], name="award_order_in_batch"),
            models.UniqueConstraint(
                fields=["batch", "number"], condition=~Q(number=""), name="award_number_once_in_batch"
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="award_level"),
            models.CheckConstraint(
                condition=(Q(theory__isnull=True) | Q(theory__range=(0, 1000)))
                & (Q(practice__isnull=True) | Q(practice__range=(0, 1000))),
                name="award_scores_in_tenths",
            ),
        ]

    def __str__(self) -> str:
        return f"award {self.order} of batch {self.batch_id}"

"""What the certificates context stores: batches, certificates, their events, number counters, blanks.

What happened is appended (`CertificateEvent`, `BlankMovement`: triggers refuse change); `state` columns
are caches of the fold over events. The envelope that was signed is kept as bytes; everything printed
can be read back from the sealed claims.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.models import Registration, Session
from chizheng.people.models import Organisation, Person
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
    occupation = models.CharField(max_length=80)
    occupation_code = models.CharField(max_length=20, blank=True)
    level = models.SmallIntegerField()
    exam_on = models.DateField(null=True)
    issued_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=12, default="listed")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    count = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)
    log_year = models.SmallIntegerField(null=True)
    log_first = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="batch_level"),
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
    is signed that was not first intended here. `state` is a cache of the events.

    Personal data: printed name (via claims, sealed), keyed look-up digest. Kept for good: the register
    is what certificates are checked against. Erasing `claims` erases the meaning of the log leaf.
    """

    personal_data: ClassVar[str] = "claims with name, sex, scores (sealed); keyed digest of number and name"
    retention: ClassVar[str] = "kept for good"

    class State(models.TextChoices):
        VALID = "valid", _("有效")
        SUSPENDED = "suspended", _("暂停")
        REVOKED = "revoked", _("已撤销")
        SUPERSEDED = "superseded", _("已被取代")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="certificates")
    registration = models.ForeignKey(Registration, models.PROTECT, null=True, related_name="certificates")
    person = models.ForeignKey(Person, models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=24)
    version = models.SmallIntegerField(default=1)
    conflict = models.SmallIntegerField(default=0)
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="next_version")
    occupation = models.CharField(max_length=80)
    level = models.SmallIntegerField()
    institution = models.CharField(max_length=8, blank=True)
    issued_on = models.DateField()
    exam_on = models.DateField(null=True)
    handed_over_on = models.DateField(null=True)
    claims = SealedTextField()
    leaf_hash = models.BinaryField(max_length=32)
    look_up = models.BinaryField(max_length=32, db_index=True)
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
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="certificate_level"),
        ]
        indexes = [
            models.Index(fields=["person", "occupation"], name="certificate_person"),
            models.Index(fields=["institution", "issued_on"], name="certificate_institution"),
        ]

    def __str__(self) -> str:
        return f"certificate {self.pk}"

    @property
    def log_index(self) -> int | None:
        """Where the leaf stands in the log: batches are contiguous."""
        return None if self.batch.log_first is None else self.batch.log_first + self.order


class Envelope(models.Model):
    """The signed record 签名信封 of a certificate: the COSE bytes behind its QR code, and its credential.

    Personal data: the signed claims. Kept with the certificate.
    """

    personal_data: ClassVar[str] = "the signed claims: what the certificate prints"
    retention: ClassVar[str] = "with the certificate"

    certificate = models.OneToOneField(Certificate, models.PROTECT, primary_key=True, related_name="envelope")
    cose = models.BinaryField()

    def __str__(self) -> str:
        return f"envelope of certificate {self.certificate_id}"


class Commitment(models.Model):
    """A step of a sitting's chain that the log holds: ROSTER, ADDENDUM, ATTEND, SUBMIT, SCORE.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none: counts and places in the log"
    retention: ClassVar[str] = "kept for good"

    session = models.ForeignKey(Session, models.PROTECT, related_name="commitments")
    step = models.CharField(max_length=10)
    made_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    passes = models.PositiveIntegerField(null=True)
    log_year = models.SmallIntegerField(null=True)
    log_index = models.BigIntegerField(null=True)
    late = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "step"], condition=~Q(step="ADDENDUM"), name="commitment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of session {self.session_id}"

    @property
    def reference(self) -> str:
        """How log entries name this one."""
        return f"{self.log_year}/{self.log_index}"


class PersonCommitment(models.Model):
    """One person's leaf under a commitment: its salt (erasing it makes the leaf meaningless) and facts.

    Personal data: what is said of the person (present, marks), sealed with the salt.
    """

    personal_data: ClassVar[str] = "salt and facts of a person in a sitting, sealed"
    retention: ClassVar[str] = "with the sitting's archive"

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="people")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+")
    nullifier = models.BinaryField(max_length=16)
    leaf = SealedTextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "registration"], name="person_commitment_once"),
        ]

    def __str__(self) -> str:
        return f"leaf of registration {self.registration_id}"


class CertificateEvent(models.Model):
    """What happened to a certificate, append-only: issue, suspend, reinstate, revoke, supersede, correct.

    Two persons stand behind every turn but the issue itself. Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    class Kind(models.TextChoices):
        ISSUE = "issue", _("核发")
        SUSPEND = "suspend", _("暂停")
        REINSTATE = "reinstate", _("恢复")
        REVOKE = "revoke", _("撤销")
        SUPERSEDE = "supersede", _("取代")
        REISSUE = "reissue", _("补发")

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    effective_on = models.DateField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    basis = models.CharField(max_length=200, blank=True)
    log_ref = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="issue")
                | (
                    Q(requested_by__isnull=False)
                    & Q(approved_by__isnull=False)
                    & ~Q(requested_by=F("approved_by"))
                ),
                name="event_two_people",
            ),
        ]
        indexes = [models.Index(fields=["certificate", "at"], name="event_certificate")]

    def __str__(self) -> str:
        return f"{self.kind} of certificate {self.certificate_id}"


class StatusRequest(models.Model):
    """A turn asked for by one person, waiting for another: suspend, reinstate, revoke.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and reasons"
    retention: ClassVar[str] = "kept for good"

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=CertificateEvent.Kind.choices)
    reason_code = models.CharField(max_length=40)
    reason = models.TextField()
    basis = models.CharField(max_length=200, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="status_request_two_people",
            ),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(decided_at__isnull=True), name="status_request_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} asked for certificate {self.certificate_id}"

"""Inspection cases 监察案件, complaints, and who told us. Events and evidence are appended, never changed."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from chizheng.inspection.models.campaigns import Recipient
from chizheng.inspection.models.screening import PlannedVisit
from chizheng.people.models import Organisation
from chizheng.platform.sealing import SealedTextField


class InspectorCard(models.Model):
    """An inspection card 监察证件 of an account, with its period. Personal data: card number."""

    personal_data: ClassVar[str] = "number of an official card"
    retention: ClassVar[str] = "kept for good: cases cite who acted"

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="inspector_cards")
    number = models.CharField(max_length=20, unique=True)
    period = DateRangeField()

    def __str__(self) -> str:
        return f"card {self.number}"


class Recusal(models.Model):
    """An officer must keep away from an employer 回避, and why. Personal data: the reason."""

    personal_data: ClassVar[str] = "the reason, which may tell of a kinship"
    retention: ClassVar[str] = "while the officer serves"

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="recusals")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "employer"], name="recusal_once")]

    def __str__(self) -> str:
        return f"recusal {self.pk}"


class Case(models.Model):
    """A case; `state` and `outcome` are caches of its events (`core.cases`).

    It came from complaints, from a letter nobody answered (`recipient`) or from a visit, or was found
    otherwise. Personal data: none of its own.
    """

    personal_data: ClassVar[str] = "none of its own: facts name an employer"
    retention: ClassVar[str] = "kept for good"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=30, unique=True)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="inspection_cases")
    region = models.CharField(max_length=6)
    violation = models.CharField(max_length=60)
    facts = models.TextField()
    act_start = models.DateField()
    act_end = models.DateField(null=True)
    found_on = models.DateField()
    state = models.CharField(max_length=24, default="received")
    remedy_state = models.CharField(max_length=24, default="open")
    publication_state = models.CharField(max_length=24, default="unpublished")
    outcome = models.CharField(max_length=12, blank=True)
    hearing_offered = models.BooleanField(default=False)
    recipient = models.OneToOneField(Recipient, models.PROTECT, null=True, related_name="case")
    visit = models.OneToOneField(PlannedVisit, models.PROTECT, null=True, related_name="case")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(region__regex=r"^(\d\d){1,3}$"), name="case_region"),
            models.CheckConstraint(
                condition=Q(act_end__isnull=True) | Q(act_end__gte=models.F("act_start")),
                name="case_act_days",
            ),
        ]
        indexes = [models.Index(fields=["region", "state"], name="case_desk")]

    def __str__(self) -> str:
        return f"case {self.number}"


class CaseEvent(models.Model):
    """What happened to a case; `table` says which of the three state tables it moves ('' none of them).

    Append-only (trigger). Personal data: none.
    """

    personal_data: ClassVar[str] = "none: ids and days"
    retention: ClassVar[str] = "kept for good"

    class Table(models.TextChoices):
        CASE = "case"
        REMEDY = "remedy"
        PUBLICATION = "publication"
        NONE = ""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    table = models.CharField(max_length=12, choices=Table.choices, blank=True)
    name = models.CharField(max_length=24)
    on = models.DateField()
    note = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} of case {self.case_id}"


class CaseOfficer(models.Model):
    """An inspector who acts in a case, until he stood aside. Personal data: none."""

    personal_data: ClassVar[str] = "none: account ids"
    retention: ClassVar[str] = "kept for good"

    case = models.ForeignKey(Case, models.PROTECT, related_name="team")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "officer"], condition=Q(until__isnull=True), name="case_officer_once"
            )
        ]

    def __str__(self) -> str:
        return f"officer {self.officer_id} of case {self.case_id}"


class Proposal(models.Model):
    """A sanction proposed in an advance notice; the decision may not go beyond the last one.

    Personal data: none.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good"

    case = models.ForeignKey(Case, models.PROTECT, related_name="proposals")
    sanction = models.CharField(max_length=60)
    citation = models.TextField()
    fine_fen = models.BigIntegerField(default=0)
    persons = models.PositiveIntegerField(default=1)
    person_days = models.PositiveIntegerField(default=1)
    illegal_income_fen = models.BigIntegerField(default=0)
    hearing = models.BooleanField()
    decided = models.BooleanField(default=False)
    on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(fine_fen__gte=0), name="proposal_fine")]

    def __str__(self) -> str:
        return f"proposal {self.pk} of case {self.case_id}"


class Evidence(models.Model):
    """Evidence 证据, frozen when it is taken: a snapshot of rows, or an uploaded file. Append-only (trigger).

    Personal data: names and certificate numbers in the snapshot (sealed).
    """

    personal_data: ClassVar[str] = "names, masked document numbers and certificate numbers (sealed)"
    retention: ClassVar[str] = "with the case"

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=120)
    snapshot = SealedTextField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80, blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="evidence_once")]

    def __str__(self) -> str:
        return f"evidence {self.pk} of case {self.case_id}"


class CasePaper(models.Model):
    """A document of a case 文书 as it was made out; the PDF is set from it and is the same every time.

    Append-only (trigger).

    Personal data: what the paper says (sealed).
    """

    personal_data: ClassVar[str] = "what the paper says (sealed)"
    retention: ClassVar[str] = "with the case"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=14)
    serial = models.PositiveSmallIntegerField()
    content = SealedTextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "serial"], name="case_paper_serial")]

    def __str__(self) -> str:
        return f"{self.kind} {self.serial} of case {self.case_id}"


class Complaint(models.Model):
    """A complaint or report 投诉举报 as it came in; found again by the receipt code only.

    Personal data: the text may name people (sealed); keyed digest of the sender's address for the limit.
    """

    personal_data: ClassVar[str] = "text (sealed), keyed digests of receipt code and sender's address"
    retention: ClassVar[str] = "two years after the case was closed; the address digest one day"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code_digest = models.BinaryField(max_length=32, unique=True)
    employer_name = models.CharField(max_length=120)
    region = models.CharField(max_length=6)
    occupation = models.CharField(max_length=80, blank=True)
    text = SealedTextField()
    anonymous = models.BooleanField()
    employer = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="complaints")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="complaints")
    refused_on = models.DateField(null=True)
    sender_digest = models.BinaryField(max_length=32, null=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sender_digest", "received_at"], name="complaint_sender")]
        constraints = [
            models.CheckConstraint(
                condition=Q(refused_on__isnull=True) | Q(case__isnull=True), name="complaint_refused_or_case"
            )
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk}"


class Reply(models.Model):
    """What the authority answers to a complaint; whoever holds the receipt code reads it.

    Append-only (trigger). Personal data: none; a reply names nobody.
    """

    personal_data: ClassVar[str] = "none: a reply names nobody"
    retention: ClassVar[str] = "with the complaint"

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="replies")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"reply to complaint {self.complaint_id}"


class Reporter(models.Model):
    """Who reported 举报人: sealed, readable by the one keeper; every reading is in the ledger.

    Personal data: name and contact (sealed).
    """

    personal_data: ClassVar[str] = "name and contact of a reporter (sealed)"
    retention: ClassVar[str] = "with the complaint"

    complaint = models.OneToOneField(Complaint, models.PROTECT, related_name="reporter")
    identity = SealedTextField()
    keeper = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"reporter of complaint {self.complaint_id}"

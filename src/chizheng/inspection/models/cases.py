"""Cases 监察案件: what happened (append-only), who acts, documents, complaints.

`Case.state` is a cache of the fold over the events (`core.cases`); a trigger refuses any change of an
event or a document, and of the evidence that was frozen when the case was opened.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.inspection.core.cases import CASE
from chizheng.inspection.models.campaigns import CampaignEmployer
from chizheng.people.models import Organisation
from chizheng.platform.sealing import SealedTextField


class InspectorCard(models.Model):
    """An inspector's card 监察证件 over a period.

    Personal data: card number of an official.
    """

    personal_data: ClassVar[str] = "card number of an official"
    retention: ClassVar[str] = "kept for good: decisions rest on it"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="inspector_cards")
    number = models.CharField(max_length=20, unique=True)
    period = DateRangeField()

    def __str__(self) -> str:
        return self.number


class Recusal(models.Model):
    """An inspector keeps away from an employer 回避.

    Personal data: that an official has an interest in an employer, and the reason in words.
    """

    personal_data: ClassVar[str] = "interest of an official in an employer"
    retention: ClassVar[str] = "kept for good"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="recusals")
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "employer"], name="recusal_once")]

    def __str__(self) -> str:
        return f"{self.account_id} keeps away from {self.employer_id}"


class Complaint(models.Model):
    """A complaint or report 投诉举报; only its keeper reads who sent it.

    Personal data: the reporter's name and contact, sealed; the text may name workers.
    """

    personal_data: ClassVar[str] = "reporter's name and contact (sealed), free text (sealed)"
    retention: ClassVar[str] = "five years after the answer; then the sealed fields are emptied"

    class State(models.TextChoices):
        RECEIVED = "received", _("已收到")
        CASE = "case", _("已转为案件")
        REFUSED = "refused", _("不予受理")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    receipt_digest = models.BinaryField(max_length=32, unique=True)
    employer_name = models.CharField(max_length=120)
    place = models.CharField(max_length=6)
    text = SealedTextField()
    reporter = SealedTextField(null=True)
    keeper = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    answer = models.TextField(blank=True)
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"complaint {self.pk}"


class Case(models.Model):
    """A case against one employer, its evidence frozen when it was opened.

    Personal data: masked workers in the frozen evidence.
    """

    personal_data: ClassVar[str] = "masked names of workers in the evidence"
    retention: ClassVar[str] = "ten years after it was archived"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=40, unique=True)
    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="inspection_cases")
    place = models.CharField(max_length=6)
    violation = models.CharField(max_length=40)
    act_start = models.DateField()
    act_end = models.DateField(null=True)
    evidence = models.JSONField()
    evidence_sha256 = models.CharField(max_length=64)
    complaint = models.OneToOneField(Complaint, models.PROTECT, null=True, related_name="case")
    letter = models.OneToOneField(CampaignEmployer, models.PROTECT, null=True, related_name="case")
    state = models.CharField(max_length=20, default=CASE.start)
    published_on = models.DateField(null=True)
    proposal = models.JSONField(default=dict)
    """What the notice proposed: sanction code, fine in fen, persons; the decision may not exceed it."""
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=sorted(CASE.states)), name="case_state"),
            models.CheckConstraint(
                condition=Q(act_end__isnull=True) | Q(act_end__gte=F("act_start")), name="case_act"
            ),
            models.CheckConstraint(
                condition=Q(published_on__isnull=True)
                | Q(
                    state__in=[
                        "served", "reminded", "performed", "enforcing", "unenforced", "closed", "archived",
                        "annulled",
                    ]
                ),
                name="case_published_after_service",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "place"], name="case_state_place")]

    def __str__(self) -> str:
        return self.number


class CaseInspector(models.Model):
    """An inspector on a case. Personal data: none."""

    personal_data: ClassVar[str] = "none: account ids"
    retention: ClassVar[str] = "with the case"

    case = models.ForeignKey(Case, models.PROTECT, related_name="inspectors")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "account"], condition=Q(until__isnull=True), name="case_inspector_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} on case {self.case_id}"


class CaseEvent(models.Model):
    """Something that happened to a case, append-only; `name` is an event of a table in `core.cases`.

    Personal data: none (what a record says of persons stands in its document).
    """

    personal_data: ClassVar[str] = "none: codes, dates, amounts"
    retention: ClassVar[str] = "with the case"

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    serial = models.PositiveIntegerField()
    name = models.CharField(max_length=30)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "serial"], name="case_event_serial")]

    def __str__(self) -> str:
        return f"{self.name} of case {self.case_id}"


class CaseDocument(models.Model):
    """A document 文书 as it was issued: its content, from which the PDF is set again byte for byte.

    Personal data: what the record or decision says, sealed.
    """

    personal_data: ClassVar[str] = "text of records and decisions (sealed)"
    retention: ClassVar[str] = "with the case"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    serial = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=60)
    content = SealedTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "serial"], name="case_document_serial")]

    def __str__(self) -> str:
        return f"{self.kind} {self.serial} of case {self.case_id}"

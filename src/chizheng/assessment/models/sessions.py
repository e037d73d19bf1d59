"""Sessions 鉴定批次 with what happened to them, their rosters and panels."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.states import State
from chizheng.assessment.models.stations import Assessor, StationLicence
from chizheng.people.models import Document, Organisation, Person
from chizheng.platform.sealing import SealedTextField


class Session(models.Model):
    """A session: one station, occupation, level and exam day. `state` is a cache of its events.

    Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "kept for good: certificates refer to it"

    class JudgedOn(models.TextChoices):
        CLOSE = "close", _("报名截止日")
        EXAM = "exam", _("考试日")

    STATES: ClassVar[list[tuple[str, object]]] = [
        (State.DRAFT, _("草拟")),
        (State.ENROLLING, _("报名中")),
        (State.CLOSED, _("报名截止")),
        (State.SEATED, _("已编排")),
        (State.HELD, _("已施考")),
        (State.MARKING, _("成绩录入")),
        (State.MARKED, _("成绩录齐")),
        (State.PUBLISHED, _("成绩公示")),
        (State.SUBMITTED, _("已报送")),
        (State.REVIEWED, _("已审核")),
        (State.APPROVED, _("已批准")),
        (State.ISSUED, _("已发证")),
        (State.RETURNED, _("已退回")),
        (State.ANNULLED, _("已作废")),
    ]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=30, unique=True)
    station = models.ForeignKey(Organisation, models.PROTECT, related_name="sessions")
    licence = models.ForeignKey(StationLicence, models.PROTECT, related_name="sessions")
    occupation = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField()
    standard_edition = models.CharField(max_length=20, blank=True)
    region = models.CharField(max_length=6, db_index=True)
    industry = models.CharField(max_length=2, blank=True)
    exam_date = models.DateField()
    enrolment_close = models.DateField()
    judged = models.CharField(max_length=6, choices=JudgedOn.choices, default=JudgedOn.CLOSE)
    venue = models.CharField(max_length=200, blank=True)
    plan_number = models.CharField(max_length=60, blank=True)
    notice_number = models.CharField(max_length=60, blank=True)
    notice_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=STATES, default=State.DRAFT)
    published_on = models.DateField(null=True, blank=True)
    publicity_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="session_level"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="session_state"),
            models.CheckConstraint(
                condition=Q(enrolment_close__lte=F("exam_date")), name="session_closes_before_exam"
            ),
            models.UniqueConstraint(
                fields=["station", "occupation", "level", "exam_date"],
                condition=~Q(state="annulled"),
                name="session_once_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["station", "-exam_date"], name="session_of_station"),
            models.Index(fields=["state", "exam_date"], name="session_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def judged_on(self) -> date:
        """The named day on which eligibility is judged."""
        return self.exam_date if self.judged == self.JudgedOn.EXAM else self.enrolment_close


class SessionEvent(models.Model):
    """What happened to a session, in order; append-only (a trigger refuses update and delete).

    Personal data: none (the acting account's id). Kept for good.
    """

    personal_data: ClassVar[str] = "none: the acting account"
    retention: ClassVar[str] = "kept for good"

    session = models.ForeignKey(Session, models.PROTECT, related_name="events")
    event = models.CharField(max_length=20)
    state = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    basis = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["session", "id"], name="event_of_session")]

    def __str__(self) -> str:
        return f"{self.event} → {self.state}"


def _kind_field(default: str = ExamKind.NEW) -> models.CharField:  # type: ignore[type-arg]
    return models.CharField(
        max_length=6,
        choices=[("new", _("新考")), ("retake", _("补考")), ("kept", _("免考"))],
        default=default,
    )


class Registration(models.Model):
    """An enrolment 报名 of one person in one session, with the alternative they claimed.

    Personal data: name as written, employer, and (sealed) what else the sheet said. The sheet's
    particulars go when the law no longer asks for them (value archive.papers_years, counted from
    the last thing that happened to the session); the enrolment itself stays.
    """

    personal_data: ClassVar[str] = "name as written, employer; particulars of the sheet, sealed"
    retention: ClassVar[str] = "pass lists long-term; particulars as archive.papers_years says"

    class State(models.TextChoices):
        ENROLLED = "enrolled", _("已报名")
        WITHDRAWN = "withdrawn", _("已撤销")

    class Judged(models.TextChoices):
        MET = "met", _("符合")
        UNKNOWN = "unknown", _("待验材料")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="registrations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="registrations")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    employer = models.CharField(max_length=120, blank=True)
    rules = models.CharField(max_length=60, blank=True)
    alternative = models.CharField(max_length=60)
    judged = models.CharField(max_length=8, choices=Judged.choices)
    evidence = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    evidence_seen = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)
    theory = _kind_field()
    practice = _kind_field()
    review = _kind_field()
    particulars = SealedTextField(null=True)
    row_digest = models.CharField(max_length=64, blank=True)
    upload = models.ForeignKey(
        "assessment.Upload", models.SET_NULL, null=True, blank=True, related_name="registrations"
    )
    row_number = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENROLLED)
    admission_number = models.CharField(max_length=20, null=True, blank=True, unique=True)
    room = models.PositiveSmallIntegerField(null=True, blank=True)
    seat = models.PositiveSmallIntegerField(null=True, blank=True)
    present = models.BooleanField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="registration_once"),
            models.UniqueConstraint(fields=["session", "room", "seat"], name="registration_seat_once"),
            models.CheckConstraint(
                condition=Q(state__in=["enrolled", "withdrawn"]), name="registration_state"
            ),
            models.CheckConstraint(condition=Q(judged__in=["met", "unknown"]), name="registration_judged"),
            models.CheckConstraint(
                condition=Q(
                    theory__in=["new", "retake", "kept"],
                    practice__in=["new", "retake", "kept"],
                    review__in=["new", "retake", "kept"],
                ),
                name="registration_exam_kinds",
            ),
            models.CheckConstraint(
                condition=Q(room__isnull=True, seat__isnull=True) | Q(room__isnull=False, seat__isnull=False),
                name="registration_room_and_seat",
            ),
        ]
        indexes = [models.Index(fields=["person", "session"], name="registration_of_person")]

    def __str__(self) -> str:
        return f"registration {self.pk}"


class PanelMember(models.Model):
    """A member of a session's panel 考评组.

    Personal data: which assessor sat. Kept for good: provenance of certificates.
    """

    personal_data: ClassVar[str] = "which assessor sat in which session"
    retention: ClassVar[str] = "long-term: provenance of certificates"

    session = models.ForeignKey(Session, models.CASCADE, related_name="panel")
    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="panels")
    leader = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "assessor"], name="panel_member_once"),
            models.UniqueConstraint(fields=["session"], condition=Q(leader=True), name="panel_one_leader"),
        ]

    def __str__(self) -> str:
        return f"assessor {self.assessor_id} in session {self.session_id}"

"""Marks 成绩 and results."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chizheng.assessment.core.marks import MarkState, Part
from chizheng.assessment.models.sessions import Registration
from chizheng.assessment.models.stations import Assessor

_STATES = [
    ("scored", _("有成绩")),
    ("absent", _("缺考")),
    ("misconduct", _("违纪")),
    ("credit", _("保留成绩")),
]


class Mark(models.Model):
    """The mark of one part of one enrolment; no row means not entered.

    A second entry 复录 by somebody else may stand beside the first; where they differ the mark is
    disputed and counts as not entered. Personal data: the mark. Kept long-term.
    """

    personal_data: ClassVar[str] = "a person's mark"
    retention: ClassVar[str] = "long-term: results are archived"

    PARTS: ClassVar[list[tuple[str, object]]] = [
        ("theory", _("理论知识")), ("practice", _("操作技能")), ("review", _("综合评审")),
    ]  # fmt: skip

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="marks")
    part = models.CharField(
        max_length=10,
        choices=PARTS,
    )
    state = models.CharField(max_length=10, choices=_STATES)
    score = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    second_state = models.CharField(max_length=10, choices=_STATES, blank=True)
    second_score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    credit_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "part"], name="mark_once"),
            models.CheckConstraint(condition=Q(part__in=[p.value for p in Part]), name="mark_part"),
            models.CheckConstraint(
                condition=Q(state__in=["scored", "absent", "misconduct", "credit"]), name="mark_state"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["scored", "credit"], score__isnull=False)
                | Q(state__in=["absent", "misconduct"], score__isnull=True),
                name="mark_score_where_scored",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100), name="mark_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(second_score__isnull=True) | Q(second_score__gte=0, second_score__lte=100),
                name="mark_second_0_to_100",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("entered_by")), name="mark_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state="credit", credit_from__isnull=False)
                | ~Q(state="credit") & Q(credit_from__isnull=True),
                name="mark_credit_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} of registration {self.registration_id}"

    @property
    def disputed(self) -> bool:
        """Do the two entries differ?"""
        return bool(self.second_state) and (self.second_state, self.second_score) != (self.state, self.score)

    @property
    def shown(self) -> str:
        """The mark as written: a number without empty decimals, or the word of its state."""
        if self.state in (MarkState.SCORED, MarkState.CREDIT) and self.score is not None:
            return f"{self.score.normalize():f}"
        return str(dict(_STATES)[self.state])


class Marking(models.Model):
    """The score one marker 评分 gave for one part of one enrolment; two of them settle the mark, or three.

    Personal data: a score, and who gave it. Kept long-term with the mark.
    """

    personal_data: ClassVar[str] = "a person's score and who gave it"
    retention: ClassVar[str] = "long-term: results are archived"

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="markings")
    part = models.CharField(max_length=10, choices=Mark.PARTS)
    place = models.PositiveSmallIntegerField()
    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="markings")
    score = models.DecimalField(max_digits=5, decimal_places=2)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("place",)
        constraints = [
            models.UniqueConstraint(fields=["registration", "part", "place"], name="marking_place_once"),
            models.UniqueConstraint(fields=["registration", "part", "assessor"], name="marking_two_people"),
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=3), name="marking_place"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="marking_0_to_100"),
            models.CheckConstraint(condition=Q(part__in=[p.value for p in Part]), name="marking_part"),
        ]

    def __str__(self) -> str:
        return f"marking {self.place} of {self.part}, registration {self.registration_id}"


class Result(models.Model):
    """The outcome of one enrolment: a cache of its marks under the pass mark, rebuilt by `rebuild_results`.

    Personal data: the outcome. Kept long-term.
    """

    personal_data: ClassVar[str] = "a person's outcome"
    retention: ClassVar[str] = "long-term: pass lists are archived"

    registration = models.OneToOneField(Registration, models.CASCADE, related_name="result")
    outcome = models.CharField(
        max_length=10, choices=[("pass", _("合格")), ("fail", _("不合格")), ("incomplete", _("未完成"))]
    )
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["pass", "fail", "incomplete"]), name="result_outcome"
            ),
        ]
        indexes = [models.Index(fields=["outcome"], name="result_by_outcome")]

    def __str__(self) -> str:
        return f"{self.outcome} of registration {self.registration_id}"

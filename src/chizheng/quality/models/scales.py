"""Calibrations of a paper's items, how they were linked, and panels that set its cut."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chizheng.platform.models import LongWork
from chizheng.quality.models.papers import Item, Paper


class Calibration(models.Model):
    """Item parameters of a paper, estimated from the answers of sittings with exam days in [start, end).

    Versions of a paper count from 1 and are never changed after `made_at`. `base`: the calibration whose
    scale this one was put on; `link`: slope, shift and what became of every anchor. `figures`: likelihood,
    ability distribution, fit, pairs that depend on each other. Personal data: none. Kept for good.
    """

    personal_data: ClassVar[str] = "none: parameters of items"
    retention: ClassVar[str] = "kept for good: cuts refer to it"

    MODELS: ClassVar[list[tuple[str, object]]] = [
        ("2pl", _("双参数（2PL）")), ("rasch", _("单参数（Rasch）")), ("3pl", _("三参数（3PL）")),
    ]  # fmt: skip
    METHODS: ClassVar[list[tuple[str, object]]] = [
        ("stocking_lord", _("特征曲线法（Stocking–Lord）")), ("haebara", _("特征曲线法（Haebara）")),
        ("mean_sigma", _("均值–标准差法")), ("fixed", _("固定锚题参数")),
    ]  # fmt: skip

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="calibrations")
    version = models.PositiveSmallIntegerField()
    model = models.CharField(max_length=5, choices=MODELS)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="linked")
    method = models.CharField(max_length=13, choices=METHODS, blank=True)
    work = models.OneToOneField(LongWork, models.PROTECT, related_name="+")
    persons = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    link = models.JSONField(default=dict)
    refusal_zh = models.TextField(blank=True)
    refusal_en = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "version"], name="calibration_version_once"),
            models.CheckConstraint(condition=Q(model__in=["2pl", "rasch", "3pl"]), name="calibration_model"),
            models.CheckConstraint(
                condition=Q(base__isnull=True, method="") | Q(base__isnull=False) & ~Q(method=""),
                name="calibration_base_with_method",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper.code} v{self.version}"

    @property
    def finished(self) -> bool:
        return self.work.state in (LongWork.State.DONE, LongWork.State.FAILED)


class ItemParameter(models.Model):
    """Parameters of one item in one calibration with standard errors, on the scale of the base where linked.

    `fit`: S-X2 with degrees of freedom and p, or why there is none. Personal data: none. With the calibration.
    """

    personal_data: ClassVar[str] = "none"
    retention: ClassVar[str] = "with the calibration"

    calibration = models.ForeignKey(Calibration, models.CASCADE, related_name="parameters")
    item = models.ForeignKey(Item, models.PROTECT, related_name="parameters")
    answered = models.PositiveIntegerField()
    slope = models.FloatField()
    se_slope = models.FloatField(null=True)
    difficulty = models.FloatField()
    se_difficulty = models.FloatField(null=True)
    guessing = models.FloatField(default=0)
    fit = models.JSONField(default=dict)

    class Meta:
        ordering = ["item__position"]
        constraints = [models.UniqueConstraint(fields=["calibration", "item"], name="parameter_once")]

    def __str__(self) -> str:
        return f"parameters of item {self.item_id}"


class CutPanel(models.Model):
    """A panel's judgements on where a paper's cut should be, what follows from them, and its adoption.

    `judgements` as entered (judges x items, pages by judge, or candidates judged masters) with their digest;
    `result`: cut in raw points with error and interval. Proposed by one person, adopted by another.
    Personal data: judges' names; in contrasting groups, registration ids. Kept for good: the cut rests on it.
    """

    personal_data: ClassVar[str] = "judges' names; ids of candidates in contrasting groups"
    retention: ClassVar[str] = "kept for good: the cut rests on it"

    METHODS: ClassVar[list[tuple[str, object]]] = [
        ("angoff", _("Angoff 法")), ("bookmark", _("书签法")), ("contrasting", _("对照组法")),
    ]  # fmt: skip
    STATES: ClassVar[list[tuple[str, object]]] = [
        ("entered", _("已录入")), ("proposed", _("待确认")), ("adopted", _("已采用")),
        ("declined", _("不采用")),
    ]  # fmt: skip

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="panels")
    method = models.CharField(max_length=11, choices=METHODS)
    calibration = models.ForeignKey(Calibration, models.PROTECT, null=True, related_name="panels")
    held_on = models.DateField()
    judgements = models.JSONField()
    sha256 = models.CharField(max_length=64)
    result = models.JSONField()
    state = models.CharField(max_length=8, choices=STATES, default="entered")
    cut = models.PositiveSmallIntegerField(null=True)
    reasons = models.TextField(blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)

    class Meta:
        ordering = ["-held_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "method", "sha256"], name="panel_once"),
            models.CheckConstraint(
                condition=Q(state__in=["entered", "declined"]) | Q(cut__isnull=False), name="panel_has_cut"
            ),
            models.CheckConstraint(
                condition=~Q(state="adopted") | ~Q(decided_by=models.F("proposed_by")),
                name="panel_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} of {self.paper_id}"

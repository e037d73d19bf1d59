"""What a seeker states of work, schooling and training, so that guidance can name what is missing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from chizheng.access.core.background import KINDS, PROOFS, Kind, Stated
from chizheng.people.models import Person
from chizheng.platform.sealing import SealedTextField


class Background(models.Model):
    """That a person stated their background, whether it is all, and whether agencies may use it.

    Personal data: by its experiences. Removed when the person withdraws it, or unused for the term.
    """

    personal_data: ClassVar[str] = "by its experiences: work, schooling and training of a person"
    retention: ClassVar[str] = "until withdrawn, at most access.keep_background_years after the last change"

    person = models.OneToOneField(Person, models.CASCADE, related_name="background")
    complete = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)
    stated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"background {self.pk}"


class Experience(models.Model):
    """One statement: a spell of work, a diploma, a training, with the proof the person has.

    Personal data: where somebody worked or learned (sealed) and when.
    """

    personal_data: ClassVar[str] = "where (sealed) and when a person worked or learned"
    retention: ClassVar[str] = "with the background"

    background = models.ForeignKey(Background, models.CASCADE, related_name="experiences")
    kind = models.CharField(max_length=16, choices=[(k.value, w.zh) for k, w in KINDS.items()])
    occupation = models.CharField(max_length=80, blank=True)
    level = models.SmallIntegerField(null=True)
    detail = models.CharField(max_length=24, blank=True)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    body = SealedTextField(null=True)
    proof = models.CharField(max_length=24, choices=[(k, w.zh) for k, w in PROOFS.items()])

    class Meta:
        ordering = ("kind", "-start", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="experience_level"
            ),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(start__isnull=True) | Q(end__gt=F("start")),
                name="experience_days",
            ),
        ]

    def __str__(self) -> str:
        return f"experience {self.pk}"

    def stated(self) -> Stated:
        return Stated(
            Kind(self.kind), self.occupation, self.level, self.detail, self.start, self.end, self.proof
        )

"""What the log holds of a sitting, step by step, and the salted leaf of each person in a step."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chizheng.assessment.models import Registration, Session
from chizheng.platform.sealing import SealedTextField


class Commitment(models.Model):
    """A step of a sitting's chain that the log holds: ROSTER, ADDENDUM, ATTEND, SUBMIT, SCORE, CORRECTION; append-only.

    Its place in the log is filled in once, after the append (a trigger refuses all else).
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
                fields=["session", "step"],
                condition=~Q(step__in=["ADDENDUM", "CORRECTION"]),
                name="commitment_once",
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

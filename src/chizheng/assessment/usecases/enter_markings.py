"""Scores of markers are entered; two settle a mark, or three where the first two differ too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from chizheng.assessment.core.enrolment import ExamKind
from chizheng.assessment.core.markers import MOST, Needs, Settlement, settle
from chizheng.assessment.core.marks import MarkState, Part, read_mark
from chizheng.assessment.core.wording import WORDING
from chizheng.assessment.models import Mark, Marking, Registration, Session
from chizheng.assessment.terms import terms_of, third_marker_share
from chizheng.assessment.usecases.enter_marks import MarkFault, marking
from chizheng.kernel.errors import BadInput
from chizheng.people.models import Account
from chizheng.platform import ledger


@dataclass(frozen=True, slots=True)
class MarkerEntry:
    """What a marker's sheet says of one part of a registration."""

    registration: int
    part: Part
    assessor: int
    text: str


@transaction.atomic
def enter_markings(
    *, session: Session, entries: Sequence[MarkerEntry], actor: Account | None, now: datetime
) -> list[MarkFault]:
    """Enter markers' scores; good ones are taken, the others returned with what is wrong. Twice is once.

    Markers sit on the session's panel, and nobody marks a paper twice. As soon as a paper needs no further
    marker its mark is entered: the mean of two, or of three where the first two differ by more than the law's
    share of the full mark. Raises Conflict outside the marking period.
    """
    held = marking(session, actor, now)
    share = third_marker_share(on=held.exam_date, place=held.region)
    panel = dict(held.panel.values_list("assessor_id", "assessor__person_id"))
    parts = terms_of(held).parts
    roster = {
        r.pk: r
        for r in held.registrations.filter(
            state=Registration.State.ENROLLED, pk__in={e.registration for e in entries}
        )
    }
    given: dict[tuple[int, Part], list[Marking]] = {}
    for row in Marking.objects.filter(registration__in=roster).order_by("place"):
        given.setdefault((row.registration_id, Part(row.part)), []).append(row)
    settled = set(Mark.objects.filter(registration__in=roster).values_list("registration_id", "part"))
    faults: list[MarkFault] = []
    changed = 0
    for entry in entries:
        registration = roster.get(entry.registration)
        if registration is None or entry.part not in parts or not entry.text.strip():
            continue
        rows = given.setdefault((entry.registration, entry.part), [])
        try:
            score = read_mark(entry.text)
            if score.state is not MarkState.SCORED or score.score is None:
                raise BadInput("mark_unreadable", WORDING["mark_unreadable"], value=entry.text[:20])
            if any(m.assessor_id == entry.assessor and m.score == score.score for m in rows):
                continue
            _require_needed(registration, entry, rows, settled, panel, stands(rows, share))
        except BadInput as error:
            faults.append(
                MarkFault(entry.registration, entry.part, error.code, error.wording, dict(error.params))
            )
            continue
        rows.append(
            Marking.objects.create(
                registration=registration, part=entry.part, place=len(rows) + 1, assessor_id=entry.assessor,
                score=score.score, entered_by=actor, entered_at=now,
            )
        )  # fmt: skip
        changed += 1
        found = stands(rows, share)
        if found.needs is Needs.NOTHING:
            Mark.objects.create(
                registration=registration, part=entry.part, state=MarkState.SCORED, score=found.mark,
                entered_by=actor, entered_at=now,
            )  # fmt: skip
            settled.add((registration.pk, entry.part))
    if changed:
        ledger.record(verb="assessment.enter_markings", subject=held, actor=actor, now=now, entries=changed)
    return faults


def stands(rows: Sequence[Marking], share: Decimal) -> Settlement:
    """Where a paper stands by the scores given."""
    return settle([m.score for m in rows], share=share)


def _require_needed(
    registration: Registration, entry: MarkerEntry, rows: Sequence[Marking], settled: set[tuple[int, str]],
    panel: Mapping[int, int], where: Settlement,
) -> None:  # fmt: skip
    """Raises BadInput where this score by this marker is not to be taken."""

    def refuse(code: str) -> BadInput:
        return BadInput(code, WORDING[code])

    if getattr(registration, entry.part.value) == ExamKind.KEPT:
        raise refuse("mark_kept_part")
    if entry.assessor not in panel:
        raise refuse("marker_not_on_panel")
    if panel[entry.assessor] == registration.person_id:
        raise refuse("marker_own")
    if any(m.assessor_id == entry.assessor for m in rows):
        raise refuse("marker_twice")
    if len(rows) >= 2 and where.needs is Needs.NOTHING and len(rows) < MOST:
        raise refuse("marker_not_needed")
    if len(rows) >= MOST or (registration.pk, entry.part) in settled:
        raise refuse("marker_settled")

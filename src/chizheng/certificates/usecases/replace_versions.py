"""What publishing an exceptional batch means for older certificates: new versions supersede, double numbers are filed."""

from __future__ import annotations

from datetime import datetime

from chizheng.certificates.models import Award, Batch, Certificate, CertificateEvent, NumberConflict
from chizheng.certificates.usecases.turn_status import turn
from chizheng.people.core.identity import DocumentKind as Kind
from chizheng.people.core.identity import read_document
from chizheng.people.models import Account, Person
from chizheng.people.usecases import add_document, rename_person
from chizheng.platform import clock, ledger

_KIND_OF_EVENT = {"replacement": "reissue", "correction": "correct", "renumber": "renumber"}


def record_new_versions(*, batch: Batch, now: datetime) -> None:
    """In the publishing transaction: supersede what was replaced, correct the person, file conflicts."""
    assert batch.reviewed_by is not None and batch.approved_by is not None
    awards = {a.order: a for a in batch.awards.select_related("replaces", "person")}
    for row in batch.certificates.filter(previous__isnull=False).select_related("previous").order_by("order"):
        award = awards[row.order]
        old = row.previous
        assert old is not None
        kind = _KIND_OF_EVENT["renumber" if old.number != row.number else batch.basis]
        CertificateEvent.objects.create(
            certificate=row, kind=kind, at=now, effective_on=clock.day_of(now), requested_by=batch.reviewed_by,
            approved_by=batch.approved_by, reason=batch.reason, basis=batch.evidence,
        )  # fmt: skip
        turn(
            certificate=old, kind="supersede", requested_by=batch.reviewed_by, approved_by=batch.approved_by,
            now=now, reason_code=kind, reason=batch.reason, basis=batch.evidence,
        )  # fmt: skip
        if batch.basis == Batch.Basis.CORRECTION:
            _correct_person(award, batch.approved_by, batch.evidence, now)
    for row in batch.certificates.filter(conflict__gt=0, previous__isnull=True):
        first = (
            Certificate.objects.filter(number=row.number, conflict__lt=row.conflict)
            .order_by("-conflict", "-version")
            .first()
        )
        if first is not None:
            NumberConflict.objects.get_or_create(second=row, defaults={"first": first, "found_at": now})
            ledger.record(verb="certificates.conflict", subject=row, actor=None, now=now, other=first.pk)


def _correct_person(award: Award, actor: Account, basis: str, now: datetime) -> None:
    """The register of persons had the same slip: mend it where it still says what the old record said."""
    person: Person = award.person
    if person.name != award.name:
        rename_person(
            person=person, name=award.name, on=clock.day_of(now), reason=basis, actor=actor, now=now
        )
    if (person.sex, person.birth) != (award.sex, award.birth):
        Person.objects.filter(pk=person.pk).update(sex=award.sex, birth=award.birth)
        ledger.record(verb="people.correct", subject=person, actor=actor, now=now, basis=basis)
    if award.new_document:
        kind, _, number = award.new_document.partition("\x1f")
        award.document = add_document(person=person, document=read_document(Kind(kind), number))
        award.save(update_fields=["document"])

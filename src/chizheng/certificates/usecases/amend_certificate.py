"""Reissue 补发, correction 更正 and renumbering: a new version by the common way, the old one superseded.

Each is a batch of one award, listed by the holder, the station or the centre, then reviewed and approved
by two others; the EXCEPTION entry, the new leaf and the STATUS entry of the old one are in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chizheng.catalogue.queries import find_occupation
from chizheng.certificates.core.amend import Particulars, require_correction, require_valid
from chizheng.certificates.models import Award, Batch, Certificate, NumberConflict
from chizheng.certificates.queries import document_of, read_claims
from chizheng.kernel.errors import Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.core.identity import IdentityDocument
from chizheng.people.models import Account
from chizheng.people.queries import find_person, require_disinterested, require_jurisdiction
from chizheng.platform import clock, ledger

_ROLE = Wording(
    zh="补发、更正由持证人申请，或由原签发中心办理", en="the holder applies, or the issuing centre acts"
)
_OTHER = Wording(zh="只能办理本人的证书", en="only the holder's own certificate")
_ISSUER = Wording(
    zh="“谁核发谁负责”：该证书由{authority}核发，请到原核发机关办理",
    en="who issued is responsible: this certificate is of authority {authority}; apply there",
)
_OPEN = Wording(
    zh="该证书已有一件补发或更正正在办理", en="a reissue or correction of this certificate is under way"
)
_WITHDRAWN = Wording(
    zh="“{occupation}”已退出职业目录，不再补发纸质证书；证书仍然有效，可出具证明（依据：{citation}）",
    en="'{occupation}' has left the catalogue and paper is no longer reissued; the certificate stays valid and a "
    "letter of proof is given instead ({citation})",
)
_DECIDED = Wording(zh="该重号已有决定", en="this conflict has been decided")
_CENTRE = Wording(
    zh="重号由签发中心或行政部门决定", en="a conflict is decided by the issuing centre or authority"
)

UNDER_WAY = ("listed", "reviewed", "approved", "held", "reserved", "logged", "signed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a correction should make of the bearer's particulars."""

    name: str
    sex: str
    birth: date | None
    document: IdentityDocument | None = None


def reissue_refusal(row: Certificate, *, on: date) -> Refused | None:
    """Why no paper is reissued for this certificate on that day, None where it is: a proof letter then serves."""
    if find_occupation(row.occupation, on=on) is not None:
        return None
    value = law().value("certificate.reissue_after_withdrawal", on=on, place=row.batch.region)
    if value.value:
        return None
    return Refused(
        "occupation_withdrawn", _WITHDRAWN, occupation=row.occupation, citation=value.citation.say()
    )


@transaction.atomic
def request_reissue(
    *, certificate: Certificate, reason: str, evidence: str, actor: Account, now: datetime
) -> Batch:
    """Ask for a reissue of a lost or damaged certificate: same number, new version, new blank.

    Raises Refused where the occupation left the catalogue and the law of the place wants a letter instead.
    """
    row = _lock(certificate, actor)
    refusal = reissue_refusal(row, on=clock.day_of(now))
    if refusal is not None:
        raise refusal
    batch = _list(row, Batch.Basis.REPLACEMENT, reason, evidence, actor, now)
    _award(batch, row, number=row.number)
    return batch


@transaction.atomic
def request_correction(
    *, certificate: Certificate, wanted: Wanted, reason: str, evidence: str, actor: Account, now: datetime
) -> Batch:
    """Ask for a correction of name, sex, birth date or document; refused where it makes another person."""
    row = _lock(certificate, actor)
    record = read_claims(row)
    document = document_of(row)
    before = Particulars(
        record.name, row.person.sex, record.birth, document.number if document else record.document_tail
    )
    after = Particulars(
        wanted.name, wanted.sex, wanted.birth, wanted.document.number if wanted.document else before.document
    )
    other = find_person(wanted.document) if wanted.document else None
    changed = require_correction(before, after, taken=other is not None and other.pk != row.person_id)
    batch = _list(row, Batch.Basis.CORRECTION, reason, evidence, actor, now, changed=list(changed))
    award = _award(batch, row, number=row.number)
    award.name, award.sex, award.birth = wanted.name, wanted.sex, wanted.birth
    if wanted.document and "document" in changed:
        award.new_document = f"{wanted.document.kind.value}\x1f{wanted.document.number}"
    award.save()
    return batch


@transaction.atomic
def decide_conflict(
    *, conflict: NumberConflict, decision: str, reason: str, actor: Account, now: datetime
) -> NumberConflict:
    """Decide what becomes of two certificates on one number; a renumbering starts as a batch of its own."""
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _CENTRE)
    held = NumberConflict.objects.select_for_update().get(pk=conflict.pk)
    if held.decision:
        if (held.decision, held.decided_by_id) == (decision, actor.pk):
            return held
        raise Conflict("conflict_decided", _DECIDED)
    chosen = {"first": held.first, "second": held.second}.get(decision)
    require_jurisdiction(actor, region=(chosen or held.second).batch.region)
    require_disinterested(actor, held.first.person_id, held.second.person_id)
    held.decision, held.reason, held.decided_by, held.decided_at = decision, reason, actor, now
    held.save()
    ledger.record(verb="certificates.decide_conflict", subject=held, actor=actor, now=now, basis=reason,
                  decision=decision)  # fmt: skip
    if chosen is not None:
        row = _lock(chosen, actor)
        batch = _list(row, Batch.Basis.CORRECTION, reason, f"重号 {row.number}", actor, now)
        _award(batch, row, number="")
    return held


def _lock(certificate: Certificate, actor: Account) -> Certificate:
    row = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("batch__station", "person", "registration__document")
        .get(pk=certificate.pk)
    )
    if actor.role == "candidate":
        if actor.person_id != row.person_id:
            raise Forbidden("not_yours", _OTHER)
    elif actor.role in ("centre", "authority"):
        require_jurisdiction(actor, region=row.batch.region)
    else:
        raise Forbidden("not_your_desk", _ROLE)
    authority = read_claims(row).authority
    if authority != row.batch.institution[:2]:
        raise Forbidden("other_issuer", _ISSUER, authority=authority)
    require_valid(row.state)
    if row.replacements.filter(batch__state__in=UNDER_WAY).exists():
        raise Conflict("amendment_open", _OPEN)
    return row


def _list(
    row: Certificate,
    basis: Batch.Basis,
    reason: str,
    evidence: str,
    actor: Account,
    now: datetime,
    **detail: object,
) -> Batch:
    batch = Batch.objects.create(
        basis=basis, station=row.batch.station, institution=row.batch.institution, region=row.batch.region,
        occupation=row.occupation, level=row.level, reason=reason, evidence=evidence, submitted_by=actor, count=1,
        created_at=now,
    )  # fmt: skip
    ledger.record(verb=f"certificates.request_{basis.value}", subject=row, actor=actor, now=now, basis=evidence,
                  batch=batch.pk, **detail)  # fmt: skip
    return batch


def _award(batch: Batch, row: Certificate, *, number: str) -> Award:
    record = read_claims(row)
    return Award.objects.create(
        batch=batch, order=0, person=row.person, document=document_of(row), name=record.name, sex=row.person.sex,
        birth=record.birth, occupation=record.occupation, occupation_code=record.occupation_code, level=record.level,
        number=number, issued_on=record.issued, replaces=row,
    )  # fmt: skip

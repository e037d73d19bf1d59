"""Issue an approved batch: lint and reserve, log, sign, publish. The only way to the signing key.

Each step is one transaction (or one durable append) and starts from what the step before left behind,
so a process may die anywhere and the next call goes on: numbers, salts and status slots are stored with
the intention before anything is logged or signed, the log answers a repeated batch with its first
receipt, and a signature of the same bytes is the same signature.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from chizheng.assessment.core.states import Event as SessionEvent
from chizheng.assessment.models import Mark
from chizheng.assessment.queries import Passing, list_passing
from chizheng.assessment.usecases.move_session import move_session
from chizheng.certificates import keyring
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names, signing
from chizheng.certificates.core.chain import ISSUING, Event, State
from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex
from chizheng.certificates.core.commitments import Issue
from chizheng.certificates.core.draft import Context, Draft
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.keys import HeldSigner
from chizheng.certificates.core.lint import Linted, LintRefused, lint
from chizheng.certificates.core.note import ED25519, key_id
from chizheng.certificates.core.numbers import InstitutionNumber, QualificationNumber
from chizheng.certificates.core.promise import LogPromise, promise
from chizheng.certificates.core.status import SlotPermutation
from chizheng.certificates.io.fonts import glyphs
from chizheng.certificates.models import (
    Batch,
    Certificate,
    CertificateEvent,
    Commitment,
    Envelope,
    NumberCounter,
    PersonCommitment,
    StatusCounter,
)
from chizheng.certificates.queries import look_up_digest, read_claims
from chizheng.certificates.usecases.commit_sitting import append, commit_due
from chizheng.kernel.errors import Refused
from chizheng.kernel.levels import HIGHEST, LOWEST
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.platform import clock, ledger
from chizheng.platform.happenings import announce
from chizheng.platform.sealing import digest, seal

STATUS_CAPACITY: Final = 1 << 26
"""Positions of a yearly status list: 67 million certificates."""

_FULL = Wording(
    zh="机构{institution}{year}年{level}级的流水号将超过{limit}；请由签发中心决定启用第二个机构编号后再签发",
    en="serials of institution {institution}, {year}, level {level} would pass {limit}; the centre must open a "
    "second institution number first",
)

_KINDS: Final = {
    "resident": DocumentKind.RESIDENT_ID, "officer": DocumentKind.MILITARY, "hk_macao": DocumentKind.HK_MACAO,
    "taiwan": DocumentKind.TAIWAN, "foreigner": DocumentKind.PERMANENT_RESIDENCE,
    "passport": DocumentKind.PASSPORT, "other": DocumentKind.OTHER,
}  # fmt: skip
_SEX: Final = {"M": Sex.MALE, "F": Sex.FEMALE, "": Sex.UNSTATED}


def issue_batch(*, batch: Batch, now: datetime) -> Batch:
    """Carry an approved batch to publication from wherever it stands; safe to repeat and to kill.

    A batch that lint refuses is held with its findings, and nothing of it is numbered or logged.
    """
    steps: dict[str, Callable[[Batch, datetime], None]] = {
        State.APPROVED: _reserve, State.RESERVED: _log, State.LOGGED: _sign, State.SIGNED: _publish,
    }  # fmt: skip
    batch = _fresh(batch)
    while batch.state in steps:
        steps[batch.state](batch, now)
        batch = _fresh(batch)
    return batch


def issue_due(*, now: datetime) -> Iterator[Batch]:
    """Every approved batch, oldest first: what the issuing process runs."""
    waiting = [State.APPROVED, State.RESERVED, State.LOGGED, State.SIGNED]
    for batch in Batch.objects.filter(state__in=waiting).order_by("approved_at", "id"):
        yield issue_batch(batch=batch, now=now)


def release_batch(*, batch: Batch, now: datetime) -> Batch:
    """Try a held batch again after its findings were put right."""
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.state == State.HELD:
            held.state, held.findings = ISSUING.next(held.state, Event.RELEASE), []
            held.save(update_fields=["state", "findings"])
            ledger.record(verb="certificates.release", subject=held, actor=None, now=now)
    return issue_batch(batch=batch, now=now)


def _fresh(batch: Batch) -> Batch:
    return Batch.objects.select_related("session", "station").get(pk=batch.pk)


# --- lint and reserve


def _reserve(batch: Batch, now: datetime) -> None:
    if batch.session is not None:
        commit_due(session=batch.session, now=now)
    with transaction.atomic():
        held = Batch.objects.select_for_update(of=("self",)).select_related("session").get(pk=batch.pk)
        if held.state != State.APPROVED:
            return
        assert held.issued_on is not None
        passing = list(list_passing(held.session)) if held.session is not None else []
        year = held.issued_on.year
        first = _numbers(held, year, len(passing))
        slots = _slots(year, len(passing))
        context = _context(held, now)
        records, findings = [], []
        for order, one in enumerate(passing):
            claims = _claims(held, one, year, first + order, slots[order])
            try:
                records.append((one, claims, lint(Draft(claims, profile(), (held.station.name,)), context)))
            except LintRefused as refusal:
                findings += [
                    {
                        "registration": one.registration.pk,
                        "rule": f.rule,
                        "zh": f.say("zh"),
                        "en": f.say("en"),
                    }
                    for f in refusal.findings
                ]
        if findings:
            transaction.set_rollback(True)
        else:
            _store(held, records, now)
    if findings:
        _hold(batch, findings, now)


@transaction.atomic
def _hold(batch: Batch, findings: list[dict[str, object]], now: datetime) -> None:
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    if held.state == State.APPROVED:
        held.state, held.findings = ISSUING.next(held.state, Event.HOLD), findings
        held.save(update_fields=["state", "findings"])
        ledger.record(verb="certificates.hold", subject=held, actor=None, now=now, findings=len(findings))


def _numbers(batch: Batch, year: int, count: int) -> int:
    """First of `count` consecutive serials of year × institution × level, under the counter's row lock."""
    NumberCounter.objects.get_or_create(year=year, institution=batch.institution, level=batch.level)
    counter = NumberCounter.objects.select_for_update().get(
        year=year, institution=batch.institution, level=batch.level
    )
    limit = law().number("certificate.serial_max", on=batch.issued_on or clock.today())
    if counter.last + count > limit:
        raise Refused("serials_exhausted", _FULL, institution=batch.institution, year=year, level=batch.level,
                      limit=limit)  # fmt: skip
    first = counter.last + 1
    counter.last += count
    counter.save(update_fields=["last"])
    return first


def _slots(year: int, count: int) -> list[int]:
    """Positions in the status list, permuted so that the order of issue does not show."""
    StatusCounter.objects.get_or_create(year=year)
    counter = StatusCounter.objects.select_for_update().get(year=year)
    permutation = SlotPermutation(digest("status", str(year)), STATUS_CAPACITY)
    slots = [permutation.slot(serial) for serial in range(counter.next, counter.next + count)]
    counter.next += count
    counter.save(update_fields=["next"])
    return slots


def authority_code(batch: Batch) -> str:
    """The issuing authority's code in the trust list: the province or industry of the institution number."""
    return batch.institution[:2]


def profile() -> Profile:
    """How the issuing authority shows itself in credentials."""
    site = settings.SITE_URL.rstrip("/")
    host = site.split("://", 1)[-1].replace(":", "%3A")
    return Profile(did=f"did:web:{host}", name="职业资格证书核发机关", status=f"{site}/status")


def _context(batch: Batch, now: datetime) -> Context:
    issued = batch.issued_on or clock.day_of(now)
    steps = (
        set(
            Commitment.objects.filter(session=batch.session, log_index__isnull=False).values_list(
                "step", flat=True
            )
        )
        if batch.session is not None
        else set()
    )
    day = batch.exam_on or issued
    reviewed = frozenset(
        level for level in range(HIGHEST, LOWEST + 1) if "comprehensive" in _parts(level, day, batch)
    )
    return Context(
        authority=authority_code(batch),
        period=Period(issued.replace(month=1, day=1)),
        today=max(issued, clock.day_of(now)),
        sat=batch.exam_on,
        taken=lambda number, version: Certificate.objects.filter(number=number, version=version).exists(),
        commitments=steps,
        approvers=len({batch.reviewed_by_id, batch.approved_by_id} - {None}),
        glyphs=glyphs(),
        pass_mark=10 * law().number("assessment.pass_mark", on=batch.exam_on or issued, place=batch.region),
        reviewed_levels=reviewed,
    )


def _parts(level: int, day: date, batch: Batch) -> list[str]:
    parts = law().value(f"assessment.parts.level{level}", on=day, place=batch.region).value
    return [str(p) for p in parts] if isinstance(parts, list | tuple) else []


def _claims(batch: Batch, one: Passing, year: int, serial: int, slot: int) -> Claims:
    assert batch.issued_on is not None
    number = QualificationNumber(year, InstitutionNumber.parse(batch.institution), batch.level, serial)
    document = one.registration.document
    return Claims(
        number=str(number), name=names.printed(one.person.name), document=_KINDS[document.kind], document_tail=document.tail,
        sex=_SEX[one.person.sex], birth=one.person.birth, occupation=one.occupation,
        occupation_code=batch.occupation_code, level=one.level,
        theory=_tenths(one.marks.get("theory")), practice=_tenths(one.marks.get("practice")),
        comprehensive=_tenths(one.marks.get("review")), rating=_rating(one, batch), issued=batch.issued_on,
        institution=batch.institution, authority=authority_code(batch),
        sitting=str(batch.session.uuid) if batch.session is not None else "", basis=Basis.EXAM, version=1,
        status=slot, salt=secrets.token_bytes(claims_.SALT_BYTES),
    )  # fmt: skip


def _tenths(mark: Mark | None) -> int | None:
    return None if mark is None or mark.score is None else int(mark.score * 10)


def _rating(one: Passing, batch: Batch) -> Rating:
    """合格, 良好, 优秀 by the lowest of the parts."""
    day = batch.exam_on or batch.issued_on or one.exam_date
    scores = [m.score for m in one.marks.values() if m.score is not None]
    low = min(scores, default=Decimal(0))
    for name, rating in (
        ("assessment.excellent_mark", Rating.EXCELLENT),
        ("assessment.good_mark", Rating.GOOD),
    ):
        if low >= law().number(name, on=day, place=batch.region):
            return rating
    return Rating.PASS


def _store(batch: Batch, records: Sequence[tuple[Passing, Claims, Linted]], now: datetime) -> None:
    """The intention: every certificate with its claims, by COPY; then the batch moves on."""
    table = Certificate._meta.db_table
    columns = [
        "uuid", "batch_id", "registration_id", "person_id", "number", "version", "conflict", "occupation", "level",
        "institution", "issued_on", "exam_on", "claims", "leaf_hash", "look_up", "order", "status_year",
        "status_slot", "state",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        names = ", ".join(f'"{c}"' for c in columns)
        with cursor.copy(f'copy "{table}" ({names}) from stdin (format binary)') as copy:
            copy.set_types(["uuid", "int8", "int8", "int8", "varchar", "int2", "int2", "varchar", "int2", "varchar",
                            "date", "date", "bytea", "bytea", "bytea", "int4", "int2", "int8", "varchar"])  # fmt: skip
            for order, (one, claims, linted) in enumerate(records):
                copy.write_row((
                    uuid.uuid4(), batch.pk, one.registration.pk, one.person.pk, claims.number, 1, 0, claims.occupation,
                    claims.level, claims.institution, claims.issued, batch.exam_on,
                    seal(claims_.encode(claims).hex()), hashlib.sha256(b"\0" + signing.leaf(linted)).digest(),
                    look_up_digest(claims.number, claims.name), order, claims.issued.year, claims.status, "valid",
                ))  # fmt: skip
    batch.count = len(records)
    batch.state = ISSUING.next(batch.state, Event.RESERVE)
    batch.save(update_fields=["count", "state"])
    ledger.record(verb="certificates.reserve", subject=batch, actor=None, now=now, count=len(records),
                  first=records[0][1].number if records else "")  # fmt: skip


# --- log


def _log(batch: Batch, now: datetime) -> None:
    rows = list(batch.certificates.order_by("order"))
    records = [read_claims(row) for row in rows]
    entries = [_account(batch, rows, now).encode(), *(claims_.leaf(c) for c in records)]
    assert batch.issued_on is not None
    year = batch.issued_on.year
    receipt = append(batch=f"CERT/{batch.uuid}", entries=entries, year=year)
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.state != State.RESERVED:
            return
        held.log_year, held.log_first = year, receipt.first + 1
        held.state = ISSUING.next(held.state, Event.LOG)
        held.save(update_fields=["log_year", "log_first", "state"])
        ledger.record(
            verb="certificates.log", subject=held, actor=None, now=now, at=f"{year}/{receipt.first}"
        )


def _account(batch: Batch, rows: Sequence[Certificate], now: datetime) -> Issue:
    """The entry that accounts for the leaves behind it; its instant is that of the approval, so that a
    repeated append has the same bytes."""
    at = int((batch.approved_at or now).timestamp())
    score = Commitment.objects.get(session=batch.session, step="SCORE")
    nullifiers = dict(
        PersonCommitment.objects.filter(commitment=score).values_list("registration_id", "nullifier")
    )
    return Issue(
        at=at, count=len(rows), sitting=str(batch.session.uuid) if batch.session else None, score=score.reference,
        nullifiers=tuple(bytes(nullifiers[row.registration_id or 0]) for row in rows),
    )  # fmt: skip


# --- sign and publish


def _sign(batch: Batch, now: datetime) -> None:
    issuer = HeldSigner(keyring.private("issuer").signer)
    log_signer = HeldSigner(keyring.private("log").signer)
    context = _context(batch, now)
    signed = set(Envelope.objects.filter(certificate__batch=batch).values_list("certificate_id", flat=True))
    made = []
    assert batch.approved_at is not None
    for row in batch.certificates.order_by("order"):
        if row.pk in signed:
            continue
        claims = read_claims(row)
        linted = lint(Draft(claims, profile(), (batch.station.name,)), _own(context, row))
        row.batch = batch
        word = _promise(row, claims, log_signer, _log_id(batch), int(batch.approved_at.timestamp()))
        made.append((row.pk, signing.seal(linted, issuer, word)))
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        if held.state != State.LOGGED:
            return
        Envelope.objects.bulk_create(
            [Envelope(certificate_id=pk, cose=data) for pk, data in made], batch_size=2000
        )
        held.state = ISSUING.next(held.state, Event.SIGN)
        held.save(update_fields=["state"])
        ledger.record(verb="certificates.sign", subject=held, actor=None, now=now, count=len(made),
                      key=issuer.key_id.hex())  # fmt: skip


def _own(context: Context, row: Certificate) -> Context:
    """Lint once more before the signature; the number is taken by this very row by now."""
    return replace(context, taken=lambda number, version: number != row.number or version != row.version)


def _promise(row: Certificate, claims: Claims, signer: HeldSigner, log_id: bytes, time: int) -> LogPromise:
    index = row.log_index
    assert index is not None
    return promise(claims_.leaf(claims), log_id=log_id, index=index, time=time, signer=signer)


def _log_id(batch: Batch) -> bytes:
    """The 4-byte key hash of the year's shard."""
    return key_id(f"{keyring.origin('log')}/{batch.log_year}", ED25519, keyring.public("log").public)


@transaction.atomic
def _publish(batch: Batch, now: datetime) -> None:
    held = Batch.objects.select_for_update(of=("self",)).select_related("session").get(pk=batch.pk)
    if held.state != State.SIGNED:
        return
    rows = list(held.certificates.order_by("order").values_list("pk", "issued_on"))
    CertificateEvent.objects.bulk_create(
        CertificateEvent(certificate_id=pk, kind="issue", at=now, effective_on=day) for pk, day in rows
    )
    held.state, held.published_at = ISSUING.next(held.state, Event.PUBLISH), now
    held.save(update_fields=["state", "published_at"])
    if held.session is not None:
        move_session(session=held.session, event=SessionEvent.ISSUE, actor=None, now=now)
    ledger.record(verb="certificates.publish", subject=held, actor=None, now=now, count=len(rows))
    announce("certificate_issued", batch=held.pk)

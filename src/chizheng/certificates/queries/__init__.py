"""Reads of certificates: look-ups that never give a name away, held certificates, batches by jurisdiction."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from uuid import UUID

from django.db.models import BinaryField, QuerySet
from django.db.models.functions import Substr

from chizheng.catalogue.models import IssuerCode
from chizheng.certificates import keyring
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import keys as keys_
from chizheng.certificates.core import names, numbers, words
from chizheng.certificates.core.chain import State as BatchState
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.keys import Algorithm, Ed25519Verifier
from chizheng.certificates.core.lookup import Answer, Row, claimed_number, refusal
from chizheng.certificates.core.note import ED25519, key_id
from chizheng.certificates.core.report import to_json
from chizheng.certificates.core.trust import SignedList, TrustList
from chizheng.certificates.core.trust_view import ListedTrust
from chizheng.certificates.core.verification import (
    Entry,
    IssuerKey,
    Limits,
    LogKey,
    Question,
    Report,
    Status,
    examine,
    examine_answer,
)
from chizheng.certificates.house import SINCE, UNNAMED, authority_names, authority_of_house, profile
from chizheng.certificates.models import Batch, Certificate, Envelope
from chizheng.kernel.errors import BadInput, NotFound
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account, Document
from chizheng.people.queries import main_document, within
from chizheng.platform import clock
from chizheng.platform.sealing import unseal_bytes

_NO_CERTIFICATE = Wording(
    zh="没有找到该证书，或不在您的管辖范围内", en="no such certificate, or not within your reach"
)
_NO_BATCH = Wording(
    zh="没有找到该核发批次，或不在您的管辖范围内", en="no such batch, or not within your reach"
)

_UNNAMED_EN = "Certificate issuing authority"
FIRST_SHARD = 2000
"""No shard of the log is older; legacy certificates enter the year in which they are logged."""

_STATUS = {
    Certificate.State.VALID: Status.VALID,
    Certificate.State.SUSPENDED: Status.SUSPENDED,
    Certificate.State.REVOKED: Status.REVOKED,
    Certificate.State.SUPERSEDED: Status.SUPERSEDED,
}


def read_claims(row: Certificate) -> Claims:
    """The record as it was intended, from its sealed bytes."""
    return claims_.decode(unseal_bytes(bytes(row.claims)))


def bears(row: Certificate, name: str) -> bool:
    """Is this the name on the certificate, in any spelling that compares equal?"""
    return names.same(read_claims(row).name, name)


def find_bearer(number: str, name: str) -> Certificate | None:
    """The newest published version under a number that bears the name."""
    rows = published().filter(number=numbers.normal(number)).order_by("-version")
    return next((row for row in rows if bears(row, name)), None)


def word_of(row: Certificate) -> bytes:
    """The certificate's part of what was signed over its batch: see `core.words`."""
    return _envelope(row)[0]


def signed_bytes(row: Certificate) -> bytes:
    """The COSE bytes behind the certificate's QR code."""
    word, algorithm, key_id = _envelope(row)
    return words.bound(unseal_bytes(bytes(row.claims)), word, algorithm, key_id)


def _envelope(row: Certificate) -> tuple[bytes, Algorithm, bytes]:
    place = Substr("words", 1 + row.order * words.WORD_BYTES, words.WORD_BYTES, output_field=BinaryField())
    word, algorithm, key_id = Envelope.objects.values_list(place, "algorithm", "key_id").get(
        batch=row.batch_id
    )
    return bytes(word), Algorithm(algorithm), bytes(key_id)


def document_of(row: Certificate) -> Document | None:
    """The document that the certificate names: that of the enrolment, of the list, or the person's own."""
    if row.registration is not None and row.version == 1:
        return row.registration.document
    award = row.batch.awards.filter(order=row.order).select_related("document").first()
    return (award.document if award else None) or main_document(row.person)


def published() -> QuerySet[Certificate]:
    """Certificates that anybody may be told about: those of published batches."""
    return Certificate.objects.filter(batch__state__in=[BatchState.PUBLISHED, BatchState.ANNULLED])


# --- trust and verification


@dataclass(frozen=True)
class LiveTrust:
    """A TrustView over our own tables: keys of this house, status as it stands at `as_of`.

    Made for one answer, or one batch of them, and asked again for nothing. `rows`: certificates that were
    fetched already, whose status needs no query.
    """

    as_of: datetime
    rows: Iterable[Certificate] = ()

    @cached_property
    def _issuers(self) -> Mapping[bytes, IssuerKey]:
        return issuer_keys()

    @cached_property
    def _logs(self) -> Mapping[bytes, LogKey]:
        return log_keys(self.as_of.year)

    @cached_property
    def _states(self) -> Mapping[tuple[int, int], str]:
        return {(row.status_year, row.status_slot): row.state for row in self.rows}

    @cached_property
    def _codes(self) -> frozenset[str]:
        return frozenset(IssuerCode.objects.values_list("code", flat=True))

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        return self._issuers.get(key_id)

    def log(self, log_id: bytes) -> LogKey | None:
        return self._logs.get(log_id)

    def status(self, year: int, index: int) -> Status | None:
        state = self._states.get((year, index))
        if state is None:
            rows = published().filter(status_year=year, status_slot=index)
            state = rows.values_list("state", flat=True).first()
        return None if state is None else _STATUS[Certificate.State(state)]

    def recognises(self, institution: str) -> bool:
        return institution[:2] in self._codes


def issuer_keys() -> Mapping[bytes, IssuerKey]:
    """The issuing authorities' keys by key id: this house's key, and those the published trust list names, former
    ones with the log entries they cover."""
    if not keyring.exists():
        return {}
    file, house = keyring.trust_list(), authority_of_house()
    listed: _File | None
    try:
        listed = (str(file), file.stat().st_mtime_ns)
    except FileNotFoundError:
        listed = None
    codes = {house, *(one.code for one in _listed(listed).issuers)} if listed else {house}
    names = authority_names(sorted(codes), on=clock.today())
    ours = _issuer_keys(keyring.public("issuer").public, profile().did, house, names[house])
    return {**ours, **_listed_keys(listed, tuple(names.items()))} if listed else ours


_File = tuple[str, int]
"""A trust list by its path and the time of its last change, in nanoseconds."""


@lru_cache(maxsize=2)
def _listed(file: _File) -> TrustList:
    return SignedList.parse(Path(file[0]).read_bytes()).list


@lru_cache(maxsize=2)
def _listed_keys(file: _File, names: tuple[tuple[str, str], ...]) -> Mapping[bytes, IssuerKey]:
    named = dict(names)
    view = ListedTrust(_listed(file), None, lambda code: _in_both(named[code]))
    found = {bytes.fromhex(row.id): view.issuer(bytes.fromhex(row.id)) for row in view.trust.issuers}
    return {id_: key for id_, key in found.items() if key is not None}


def _in_both(name: str) -> tuple[str, str]:
    """An authority's name for readers of Chinese and of English: a proper name is not translated."""
    return name, _UNNAMED_EN if name == UNNAMED else name


@lru_cache(maxsize=4)
def _issuer_keys(public: bytes, did: str, authority: str, name: str) -> Mapping[bytes, IssuerKey]:
    verifier = Ed25519Verifier(public)
    zh, en = _in_both(name)
    return {
        keys_.key_id(verifier.algorithm, public): IssuerKey(
            verifier=verifier, authority=authority, did=did, name=zh, name_en=en, period=Period(SINCE),
        )
    }  # fmt: skip


@lru_cache(maxsize=8)
def _log_keys(publics: tuple[bytes, ...], origin: str) -> Mapping[bytes, LogKey]:
    found = {}
    for year, public in enumerate(publics, FIRST_SHARD):
        name = f"{origin}/{year}"
        id_ = key_id(name, ED25519, public)
        found[id_] = LogKey(Ed25519Verifier(public), id_, name)
    return found


def log_keys(year: int) -> Mapping[bytes, LogKey]:
    """The yearly shards of this house's log by their 4-byte ids."""
    if not keyring.exists():
        return {}
    publics = tuple(keyring.public_of_log(y).public for y in range(FIRST_SHARD, year + 2))
    return _log_keys(publics, keyring.origin("log"))


def limits(on: date) -> Limits:
    return Limits(
        max_age=timedelta(days=law().number("verification.status_max_age_days", on=on)),
        log_delay=timedelta(days=law().number("verification.log_delay_days", on=on)),
    )


def entries(question: Question) -> list[Entry]:
    """What the register holds under the number: the row of that very name, or rows without names."""
    number = numbers.normal(question.number)
    rows = list(published().filter(number=number)) if number else []
    return entries_among(rows, number, question.name)


def entries_among(rows: Sequence[Certificate], number: str, name: str) -> list[Entry]:
    """The entries of one number: of each certificate on it, the newest version that bears the name asked for.

    A certificate whose name was not asked for is given without names and fields, so that the answer can
    say 'another name' and nothing else. An older version answers to its own spelling: superseded.
    """
    newest: dict[int, tuple[bool, int, Certificate]] = {}
    for row in rows:
        rank = (bears(row, name), row.version, row)
        if row.conflict not in newest or rank[:2] > newest[row.conflict][:2]:
            newest[row.conflict] = rank
    found = []
    for mine, _, row in newest.values():
        status = _STATUS[Certificate.State(row.state)]
        if mine:
            record = read_claims(row)
            found.append(
                Entry(number, (record.name,), status, record.basis, record.check_code, shown(record))
            )
        else:
            found.append(Entry(number, (), status, Basis.EXAM))
    return found


def shown(record: Claims) -> dict[str, object]:
    """What a person who already knows number and name is told."""
    return {
        "number": record.number, "name": record.name, "occupation": record.occupation, "level": record.level,
        "issued": record.issued.isoformat(), "institution": record.institution,
        "document_tail": record.document_tail,
    }  # fmt: skip


def verify_number(*, number: str, name: str, check_code: str = "", now: datetime) -> Report:
    """Verdict on a number and a name; never on a number alone (BadInput)."""
    question = Question(number, name, check_code)
    return examine_answer(
        question, entries(question), LiveTrust(now), now=now, limits=limits(clock.day_of(now))
    )


def verify_presented(*, presented: str | bytes, name: str = "", printed: str = "", now: datetime) -> Report:
    """Verdict on what somebody presented: QR text, credential, SD-JWT; `printed`: the text around it."""
    return examine(
        presented, LiveTrust(now), now=now, limits=limits(clock.day_of(now)), name=name, printed=printed
    )


@dataclass(frozen=True)
class Register:
    """A `Lookup` over our tables, for batches and the API; answers are JSON in the order of the rows.

    All numbers of a call, asked for or claimed by what is presented, are looked up in one query. `reached` hears of every certificate that was found
    by its number and name: that is where checks by signed-in bodies are written down. `heard` hears every
    report with its row: that is where failures are counted.
    """

    now: datetime
    reached: Callable[[Certificate, str], None] | None = None
    heard: Callable[[Row, Report], None] | None = None

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]:
        wanted = {claimed_number(r.presented) if r.presented else _normal(r.question.number) for r in rows}
        held: dict[str, list[Certificate]] = defaultdict(list)
        there = list(published().filter(number__in=wanted - {""}))
        for row in there:
            held[row.number].append(row)
        trust, bound = LiveTrust(self.now, there), limits(clock.day_of(self.now))
        return [self._one(row, held, trust, bound, lang) for row in rows]

    def _one(
        self, row: Row, held: Mapping[str, Sequence[Certificate]], trust: LiveTrust, bound: Limits, lang: str
    ) -> Answer:
        q = row.question
        try:
            if row.presented:
                report = examine(
                    row.presented, trust, now=self.now, limits=bound, name=q.name, printed=row.printed
                )
                if self.heard is not None:
                    self.heard(row, report)
                number = str(report.shown.get("number", ""))
                self._tell(report, held.get(number) or published().filter(number=number))
                return to_json(report, lang)
            number = numbers.normal(q.number)
            there = held.get(number, ())
            report = examine_answer(
                q, entries_among(there, number, q.name), trust, now=self.now, limits=bound
            )
        except BadInput as fault:
            return refusal(fault, lang)
        if self.heard is not None:
            self.heard(row, report)
        self._tell(report, there)
        return to_json(report, lang)

    def _tell(self, report: Report, there: Iterable[Certificate]) -> None:
        if self.reached is None or not report.shown:
            return
        for row in there:
            if bears(row, str(report.shown["name"])):
                self.reached(row, report.verdict.value)


def _normal(number: str) -> str:
    """The text to look up; '' for what is no number, which its own row will say."""
    try:
        return numbers.normal(number)
    except BadInput:
        return ""


# --- who holds what


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate somebody holds, for gates, pay and inspection."""

    certificate: int
    number: str
    occupation: str
    level: int
    issued: date
    state: str
    state_since: date | None


def held(persons: Collection[int]) -> dict[int, tuple[Held, ...]]:
    """Certificates by person, the newest first, whatever their state: the asker judges the day."""
    found: dict[int, list[Held]] = defaultdict(list)
    rows = published().filter(person_id__in=persons).exclude(state=Certificate.State.SUPERSEDED)
    rows = rows.order_by("-issued_on", "-pk")
    for row in rows:
        found[row.person_id].append(
            Held(row.pk, row.number, row.occupation, row.level, row.issued_on, row.state, None)
        )
    return {person: tuple(items) for person, items in found.items()}


# --- by jurisdiction


def access_batches(account: Account) -> QuerySet[Batch]:
    """Batches an account may see: centre and authority those of their region, a station its own."""
    rows = Batch.objects.select_related("station", "session", "reviewed_by", "approved_by").order_by(
        "-created_at", "-pk"
    )
    if account.role in ("centre", "authority"):
        return rows.filter(within(account, "region", "session__industry"))
    if account.role == "station":
        return rows.filter(station_id=account.organisation_id)
    return rows.none()


def find_certificate(number: str, name: str, check_code: str) -> Certificate | None:
    """The newest version of the certificate that number, name and check code agree on: whoever has all
    three has seen the paper."""
    wanted = claims_.read_check_code(check_code)
    for row in published().filter(number=numbers.normal(number)).order_by("-version"):
        record = read_claims(row)
        if names.same(record.name, name) and hmac.compare_digest(record.check_code, wanted):
            return row
    return None


def access_batch(account: Account, uuid: UUID | str) -> Batch:
    found = access_batches(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_batch", _NO_BATCH)
    return found


def access_certificates(account: Account) -> QuerySet[Certificate]:
    """Certificates an account may open: its own for a candidate, those of its batches for the others."""
    rows = published().select_related("batch__station", "person").order_by("-issued_on", "-pk")
    if account.role == "candidate":
        return rows.filter(person__account=account)
    return rows.filter(batch__in=access_batches(account).order_by())


def access_certificate(account: Account, uuid: UUID | str) -> Certificate:
    found = access_certificates(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_certificate", _NO_CERTIFICATE)
    return found


def printed_names(rows: Iterable[Certificate]) -> dict[int, str]:
    """Printed name by certificate id, for desks that may see it."""
    return {row.pk: read_claims(row).name for row in rows}

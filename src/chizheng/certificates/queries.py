"""Reads of certificates: look-ups that never give a name away, held certificates, batches by jurisdiction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from chizheng.catalogue.models import IssuerCode
from chizheng.certificates import keyring
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import keys as keys_
from chizheng.certificates.core import names
from chizheng.certificates.core.chain import State as BatchState
from chizheng.certificates.core.claims import Basis, Claims
from chizheng.certificates.core.keys import Ed25519Verifier
from chizheng.certificates.core.lookup import Answer, Row
from chizheng.certificates.core.note import ED25519, key_id
from chizheng.certificates.core.report import to_json
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
from chizheng.certificates.models import Batch, Certificate
from chizheng.kernel.errors import BadInput, NotFound, Unavailable
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import clock
from chizheng.platform.sealing import digest

_NO_CERTIFICATE = Wording(
    zh="没有找到该证书，或不在您的管辖范围内", en="no such certificate, or not within your reach"
)
_NO_BATCH = Wording(
    zh="没有找到该核发批次，或不在您的管辖范围内", en="no such batch, or not within your reach"
)

_STATUS = {
    Certificate.State.VALID: Status.VALID,
    Certificate.State.SUSPENDED: Status.SUSPENDED,
    Certificate.State.REVOKED: Status.REVOKED,
    Certificate.State.SUPERSEDED: Status.SUPERSEDED,
}
_BASIS = {"exam": Basis.EXAM, "contest": Basis.CONTEST, "panel": Basis.PANEL, "legacy": Basis.LEGACY,
          "replacement": Basis.REPLACEMENT, "correction": Basis.EXAM}  # fmt: skip


def look_up_digest(number: str, name: str) -> bytes:
    """The key under which a certificate is found: number and comparable name together, keyed."""
    return digest("certificate", f"{number}\x1f{names.folded(name)}")


def read_claims(row: Certificate) -> Claims:
    """The record as it was intended, from its sealed bytes."""
    return claims_.decode(bytes.fromhex(row.claims))


def published() -> QuerySet[Certificate]:
    """Certificates that anybody may be told about: those of published batches."""
    return Certificate.objects.filter(batch__state__in=[BatchState.PUBLISHED, BatchState.ANNULLED])


# --- trust and verification


@dataclass(frozen=True)
class LiveTrust:
    """A TrustView over our own tables: keys of this house, status as it stands at `as_of`."""

    as_of: datetime

    def issuer(self, key_id: bytes) -> IssuerKey | None:
        return issuer_keys().get(key_id)

    def log(self, log_id: bytes) -> LogKey | None:
        return log_keys(self.as_of.year).get(log_id)

    def status(self, year: int, index: int) -> Status | None:
        state = (
            published().filter(status_year=year, status_slot=index).values_list("state", flat=True).first()
        )
        return None if state is None else _STATUS[Certificate.State(state)]

    def recognises(self, institution: str) -> bool:
        return IssuerCode.objects.filter(code=institution[:2]).exists()


def issuer_keys() -> Mapping[bytes, IssuerKey]:
    """The issuing authorities' keys by key id: this house's key, for every authority it signs for."""
    if not keyring.exists():
        return {}
    return _issuer_keys(keyring.public("issuer").public, _site_did())


def _site_did() -> str:
    from chizheng.certificates.usecases.issue_batch import profile

    return profile().did


@lru_cache(maxsize=4)
def _issuer_keys(public: bytes, did: str) -> Mapping[bytes, IssuerKey]:
    verifier = Ed25519Verifier(public)
    return {
        keys_.key_id(verifier.algorithm, public): IssuerKey(
            verifier=verifier, authority=authority_of_house(), did=did, name="职业资格证书核发机关",
            name_en="Certificate issuing authority", period=Period(date(1993, 7, 9)),
        )
    }  # fmt: skip


def authority_of_house() -> str:
    """Code of the issuing authority this installation serves (province or industry)."""
    import os

    return os.environ.get("CHIZHENG_AUTHORITY", "10")


@lru_cache(maxsize=8)
def _log_keys(public: bytes, origin: str, last: int) -> Mapping[bytes, LogKey]:
    found = {}
    for year in range(2000, last + 2):
        name = f"{origin}/{year}"
        id_ = key_id(name, ED25519, public)
        found[id_] = LogKey(Ed25519Verifier(public), id_, name)
    return found


def log_keys(year: int) -> Mapping[bytes, LogKey]:
    """The yearly shards of this house's log by their 4-byte ids."""
    if not keyring.exists():
        return {}
    return _log_keys(keyring.public("log").public, keyring.origin("log"), year)


def limits(on: date) -> Limits:
    return Limits(
        max_age=timedelta(days=law().number("verification.status_max_age_days", on=on)),
        log_delay=timedelta(days=law().number("verification.log_delay_days", on=on)),
    )


def entries(question: Question) -> list[Entry]:
    """What the register holds under the number: the row of that very name, or rows without names.

    A row whose name was not asked for is given without names and fields, so that the answer can say
    'another name' and nothing else.
    """
    from chizheng.certificates.core import numbers

    number = str(numbers.parse(question.number))
    wanted = look_up_digest(number, question.name)
    found = []
    for row in published().filter(number=number).select_related("batch"):
        if bytes(row.look_up) == wanted:
            record = read_claims(row)
            found.append(Entry(number, (record.name,), _STATUS[Certificate.State(row.state)],
                               _BASIS[row.batch.basis], record.check_code, shown(record)))  # fmt: skip
        else:
            found.append(Entry(number, (), _STATUS[Certificate.State(row.state)], _BASIS[row.batch.basis]))
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


def verify_presented(*, presented: str | bytes, name: str = "", now: datetime) -> Report:
    """Verdict on what somebody presented: QR text, credential, SD-JWT."""
    return examine(presented, LiveTrust(now), now=now, limits=limits(clock.day_of(now)), name=name)


@dataclass(frozen=True)
class Register:
    """A `Lookup` over our tables, for batches and the API; answers are JSON in the order of the rows."""

    now: datetime

    def answer(self, rows: Sequence[Row], lang: str) -> list[Answer]:
        return [self._one(row, lang) for row in rows]

    def _one(self, row: Row, lang: str) -> Answer:
        try:
            if row.presented:
                return to_json(
                    verify_presented(presented=row.presented, name=row.question.name, now=self.now), lang
                )
            q = row.question
            return to_json(
                verify_number(number=q.number, name=q.name, check_code=q.check_code, now=self.now), lang
            )
        except BadInput as fault:
            return {"verdict": "unreadable", "says": fault.say(lang), "colour": "red", "medium": "",
                    "reasons": [{"code": fault.code, "message": fault.say(lang)}], "as_of": None, "stale": False,
                    "issuer": "", "certificate": {}}  # fmt: skip


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
    rows = published().filter(person_id__in=persons, next_version__isnull=True).order_by("-issued_on", "-pk")
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
        return rows.filter(region__startswith=account.region)
    if account.role == "station":
        return rows.filter(station_id=account.organisation_id)
    return rows.none()


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


def require_keys() -> None:
    if not keyring.exists():
        raise Unavailable(
            "no_keys",
            Wording(zh="密钥尚未生成；请运行 chizheng keys init", en="run `chizheng keys init` first"),
        )

"""What is done to people: enrol a person with documents, rename, add a document, open an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from chizheng.kernel.errors import BadInput, Conflict
from chizheng.kernel.wording import Wording
from chizheng.people.core import names
from chizheng.people.core.identity import IdentityDocument
from chizheng.people.models import Account, Document, Organisation, Person, PersonName
from chizheng.people.queries import find_person, number_digest
from chizheng.platform import ledger
from chizheng.platform.roles import Role

_NAME = Wording(
    zh="姓名“{name}”不像姓名（至少两个字，不含数字和符号）；请核对",
    en="'{name}' does not look like a name; check it",
)
_TAKEN = Wording(
    zh="该证件号码已登记在另一人名下；请先核对两份档案是否为同一人",
    en="this document is already registered for another person; check whether the two files are one person",
)


@transaction.atomic
def enrol_person(
    *,
    name: str,
    document: IdentityDocument,
    now: datetime,
    actor: Account | None = None,
    sex: str = "",
    birth: date | None = None,
    region: str = "",
) -> tuple[Person, bool]:
    """The person bearing `document`, made if new; returns (person, made). Twice gives the same person.

    An existing person keeps their registered name: whether it fits the sheet is the caller's question.
    """
    found = find_person(document)
    if found is not None:
        return found, False
    if not names.is_plausible(name):
        raise BadInput("name", _NAME, name=name[:20])
    person = Person.objects.create(
        name=name.strip(),
        name_key=names.comparable(name),
        sex=document.sex or sex,
        birth=document.birth or birth,
        region=region,
        created_at=now,
    )
    try:
        with transaction.atomic():
            add_document(person=person, document=document)
    except IntegrityError:  # another process enrolled the same document meanwhile: theirs counts
        person.delete()
        found = find_person(document)
        if found is None:
            raise
        return found, False
    ledger.record(verb="people.enrol", subject=person, actor=actor, now=now, document_kind=document.kind)
    return person, True


def enrol_persons(
    entries: Sequence[tuple[IdentityDocument, str, str, date | None]],
    *,
    now: datetime,
    region: str = "",
) -> dict[tuple[str, bytes], Document]:
    """Persons for many (document, name, sex, birth) at once, those already there included.

    Returns the documents by (kind, digest). Runs in the caller's transaction and under its ledger
    entry; names must have been checked. Two imports at once make one person of one document.
    """
    wanted = {(d.kind.value, number_digest(d)): (d, name, sex, birth) for d, name, sex, birth in entries}

    def known() -> dict[tuple[str, bytes], Document]:
        digests = [digest for _, digest in wanted]
        rows = Document.objects.filter(number_digest__in=digests).select_related("person")
        return {key: row for row in rows if (key := (row.kind, bytes(row.number_digest))) in wanted}

    found = known()
    new = sorted(
        key for key in wanted if key not in found
    )  # in key order: two imports cannot lock each other
    if not new:
        return found
    persons = Person.objects.bulk_create(
        [
            Person(
                name=name.strip(),
                name_key=names.comparable(name),
                sex=document.sex or sex,
                birth=document.birth or birth,
                region=region,
                created_at=now,
            )
            for document, name, sex, birth in (wanted[key] for key in new)
        ]
    )
    Document.objects.bulk_create(
        [
            Document(
                person=person,
                kind=kind,
                number=wanted[kind, digest][0].number,
                number_digest=digest,
                tail=wanted[kind, digest][0].number[-4:],
                printed_short=wanted[kind, digest][0].short_form,
            )
            for person, (kind, digest) in zip(persons, new, strict=True)
        ],
        ignore_conflicts=True,
    )
    found = known()
    bearers = {row.person_id for row in found.values()}
    Person.objects.filter(pk__in=[p.pk for p in persons if p.pk not in bearers]).delete()
    return found


def add_document(*, person: Person, document: IdentityDocument) -> Document:
    """Attach a document to a person; the same one twice is one row."""
    digest = number_digest(document)
    existing = Document.objects.filter(kind=document.kind, number_digest=digest).first()
    if existing is not None:
        if existing.person_id != person.pk:
            raise Conflict("document_taken", _TAKEN)
        return existing
    return Document.objects.create(
        person=person,
        kind=document.kind,
        number=document.number,
        number_digest=digest,
        tail=document.number[-4:],
        printed_short=document.short_form,
    )


@transaction.atomic
def rename_person(
    *, person: Person, name: str, on: date, reason: str, actor: Account, now: datetime
) -> Person:
    """Record a change of name 更名 from day `on`; the former name stays findable."""
    if not names.is_plausible(name):
        raise BadInput("name", _NAME, name=name[:20])
    if names.same(person.name, name):
        return person
    last = person.names.order_by("period").last()
    start = last.period.upper if last else (person.birth or date(1900, 1, 1))
    PersonName.objects.create(
        person=person, name=person.name, name_key=person.name_key, period=(start, on), reason=reason
    )
    person.name, person.name_key = name.strip(), names.comparable(name)
    person.save(update_fields=["name", "name_key"])
    ledger.record(verb="people.rename", subject=person, actor=actor, now=now, basis=reason, on=on.isoformat())
    return person


@transaction.atomic
def open_account(
    *,
    username: str,
    password: str,
    role: Role,
    now: datetime,
    actor: Account | None = None,
    region: str = "",
    industry: str = "",
    organisation: Organisation | None = None,
    person: Person | None = None,
    display: str = "",
) -> Account:
    """Open an account; a user name that exists is returned unchanged."""
    existing = Account.objects.filter(username=username).first()
    if existing is not None:
        return existing
    account = Account.objects.create_account(
        username=username,
        password=password,
        role=role,
        region=region,
        industry=industry,
        organisation=organisation,
        person=person,
        display=display,
    )
    ledger.record(
        verb="people.open_account", subject=account, actor=actor, now=now, role=str(role), region=region
    )
    return account


@transaction.atomic
def set_account_active(*, account: Account, active: bool, actor: Account, now: datetime) -> Account:
    """Switch an account on or off; nobody switches off their own."""
    if account.pk == actor.pk:
        raise Conflict("own_account", _OWN)
    if account.is_active != active:
        account.is_active = active
        account.save(update_fields=["is_active"])
        ledger.record(verb="people.account_active", subject=account, actor=actor, now=now, active=active)
    return account


@transaction.atomic
def register_organisation(
    *, name: str, kind: str, region: str, now: datetime, credit_code: str = "", address: str = "", industry: str = "",
    actor: Account | None = None,
) -> Organisation:  # fmt: skip
    """Register an organisation; one with the same credit code (or, without one, the same name, kind and
    region) is returned unchanged."""
    key: dict[str, str] = (
        {"credit_code": credit_code} if credit_code else {"name": name, "kind": kind, "region": region}
    )
    found = Organisation.objects.filter(**key).first()
    if found is not None:
        return found
    body = Organisation.objects.create(
        name=name,
        kind=kind,
        region=region,
        credit_code=credit_code or None,
        address=address,
        industry=industry,
    )
    ledger.record(verb="people.register_organisation", subject=body, actor=actor, now=now, kind=kind)
    return body


_OWN = Wording(zh="不能停用自己的账号；请由另一位管理员办理", en="you cannot switch off your own account")

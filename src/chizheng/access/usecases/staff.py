"""Employers: the staff list enrolled once and watched, and exceptions applied for and decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.access import holdings
from chizheng.access.core.desk_wording import EXPIRES
from chizheng.access.core.gate import HeldCertificate
from chizheng.access.core.wording import VERDICTS
from chizheng.access.models import DeskMessage, ExceptionRequest, StaffMember
from chizheng.access.queries.expiry import due_soon, notice_days
from chizheng.access.queries.gates import decide_gate, law_as_known
from chizheng.access.queries.staff import granted_exceptions
from chizheng.access.usecases.referral import both, official_name
from chizheng.assessment import stored
from chizheng.kernel.errors import BadInput, ChizhengError, Conflict, Forbidden, Refused
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import Act, Law
from chizheng.people.core import names
from chizheng.people.core.identity import DocumentKind, kind_of, read_document
from chizheng.people.models import Account, Document, Organisation
from chizheng.people.queries import (
    by_same_hand,
    find_person,
    number_digest,
    require_disinterested,
    require_jurisdiction,
)
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.happenings import announce
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, annotate_sheet, read_sheet
from chizheng.platform.sealing import mask

_COLUMNS = {
    "name": ("姓名", "name"), "document": ("证件号码", "身份证号", "身份证号码", "document"),
    "kind": ("证件类型", "document kind"), "occupation": ("职业", "工种", "岗位", "职业（工种）", "occupation"),
    "level": ("等级", "岗位等级", "level"), "since": ("上岗日期", "入职日期", "since"),
    "licence": ("其他证件", "其他部门证件", "other licence"),
    "licence_until": ("其他证件有效期至", "有效期至", "licence valid until"),
}  # fmt: skip
NEEDED = ("name", "document", "occupation", "since")

_COLUMN = Wording(
    zh="缺少“{column}”列（表头：{header}）", en="column '{column}' is missing (header: {header})"
)
_NAME = Wording(zh="姓名“{name}”不像姓名；请核对", en="'{name}' does not look like a name")
_DAY = Wording(zh="上岗日期“{text}”应写作 2024-03-01", en="write the day '{text}' as 2024-03-01")
_UNTIL = Wording(zh="有效期“{text}”应写作 2024-03-01", en="write the day '{text}' as 2024-03-01")
_WHICH = Wording(zh="填了有效期，请写明是什么证件", en="name the licence that the day belongs to")
_LATER = Wording(zh="上岗日期 {text} 在今天之后", en="the day {text} is in the future")
_LEVEL = Wording(
    zh="等级“{text}”应为 5（初级工）到 1（高级技师）的数字，或留空",
    en="level '{text}' must be 5 to 1 or empty",
)
_PERIOD = Wording(
    zh="该例外只在 {start} 至 {end} 之间适用；请核对起止日期",
    en="this exception holds only from {start} to {end}",
)
_DECIDED = Wording(zh="该申请已经决定", en="this request is decided already")
_SELF = Wording(zh="申请人不能审批自己的申请", en="nobody decides their own request")
_EVIDENCE = Wording(zh="缺少证明材料：{missing}", en="evidence missing: {missing}")
_LEFT = Wording(zh="离岗日期不能早于上岗日期 {since}", en="the day of leaving must not be before {since}")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A staff list taken: rows taken, of which new, and the faulty rows as a sheet (None: none)."""

    taken: int
    made: int
    faults: int
    returned: AnnotatedSheet | None


@transaction.atomic
def enrol_staff(
    *,
    content: bytes,
    filename: str,
    organisation: Organisation,
    actor: Account,
    now: datetime,
    lang: str = "zh",
) -> Enrolled:
    """Take the good rows of a staff list and judge each at once; the bad ones come back. Twice changes nothing."""
    sheet = read_sheet(content, filename, lang=lang)
    at = {key: sheet.column(*titles) for key, titles in _COLUMNS.items()}
    for key in NEEDED:
        if at[key] is None:
            raise BadInput(
                "no_column", _COLUMN, column=_COLUMNS[key][0], header="、".join(filter(None, sheet.header))
            )
    faults = [CellFault(f.row, f.column, f.message) for f in sheet.faults]
    bad = {f.row for f in faults}
    rows: list[StaffMember] = []
    made = 0
    for source in sheet.rows:
        if source.number in bad:
            continue
        try:
            row, new = _enrol({k: source.cells[i] for k, i in at.items() if i is not None}, organisation, now)
        except _CellError as fault:
            faults.append(CellFault(source.number, at[fault.column], fault.error.say(lang)))
            continue
        rows.append(row)
        made += new
    refresh(rows, now=now, tell=False)
    announce("posts_claimed", persons=sorted({r.person_id for r in rows if r.person_id is not None}), at=now)
    ledger.record(verb="access.enrol_staff", subject=organisation, actor=actor, now=now, taken=len(rows), made=made,
                  faults=len(faults))  # fmt: skip
    back = annotate_sheet(sheet, filename, faults, only_faulty=True) if faults else None
    return Enrolled(len(rows), made, len({f.row for f in faults}), back)


class _CellError(Exception):
    def __init__(self, column: str, error: ChizhengError) -> None:
        self.column, self.error = column, error


def _enrol(cells: dict[str, str], organisation: Organisation, now: datetime) -> tuple[StaffMember, bool]:
    column = "name"
    try:
        name = cells["name"].strip()
        if not names.is_plausible(name):
            raise BadInput("name", _NAME, name=name[:20])
        column = "document"
        kind = kind_of(cells.get("kind", ""))
        document = read_document(kind, cells["document"])
        column = "occupation"
        occupation = official_name(cells["occupation"])
        column = "level"
        level = cells.get("level", "").strip()
        if level not in ("", "1", "2", "3", "4", "5"):
            raise BadInput("level", _LEVEL, text=level)
        column = "since"
        since = _day(cells["since"].strip(), day_of(now))
        column = "licence"
        licence = canonical(cells.get("licence", ""))[:80]
        if cells.get("licence_until", "").strip() and not licence:
            raise BadInput("licence_unnamed", _WHICH)
        column = "licence_until"
        expiry = _expiry(cells.get("licence_until", "").strip())
    except ChizhengError as error:
        raise _CellError(column, error) from error
    row, made = StaffMember.objects.get_or_create(
        organisation=organisation, document_digest=number_digest(document), occupation=occupation, until=None,
        defaults={"name": name, "document_kind": kind, "document": document.number, "tail": document.number[-4:],
                  "person": find_person(document), "level": int(level) if level else None, "since": since, "licence": licence, "licence_until": expiry},
    )  # fmt: skip
    if not made and licence and (row.licence, row.licence_until) != (licence, expiry):
        row.licence, row.licence_until = licence, expiry
        row.save(update_fields=["licence", "licence_until"])
    return row, made


def _expiry(text: str) -> date | None:
    """The first day a licence no longer holds, of the last day printed on it."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-")[:10]) + timedelta(days=1)
    except ValueError as fault:
        raise BadInput("bad_day", _UNTIL, text=text[:20]) from fault


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text.replace("/", "-").replace(".", "-")[:10])
    except ValueError as fault:
        raise BadInput("bad_day", _DAY, text=text[:20]) from fault
    if day > today:
        raise BadInput("bad_day", _LATER, text=text)
    return day


def refresh(rows: Sequence[StaffMember], *, now: datetime, tell: bool = True) -> int:
    """Judge posts as of today by the very gate rules inspectors use; returns how many changed."""
    today = day_of(now)
    for row in rows:
        if row.person_id is None:
            row.person = find_person(read_document(DocumentKind(row.document_kind), row.document))
    held = holdings.held({r.person_id for r in rows if r.person_id is not None})
    known = law_as_known()
    changed = 0
    for row in rows:
        changed += _refresh(row, held.get(row.person_id or 0, ()), known, today, now, tell)
    return changed


@transaction.atomic
def _refresh(
    row: StaffMember, held: Sequence[HeldCertificate], known: Law, today: date, now: datetime, tell: bool
) -> int:
    decision = decide_gate(
        act=Act.POST, occupation=row.occupation, on=today, place=row.organisation.region, level=row.level, held=held,
        already_in_post_since=row.since, known_law=known,
        exemptions=granted_exceptions(
            occupation=row.occupation, place=row.organisation.region, on=today, organisation=row.organisation_id,
            document_digest=bytes(row.document_digest),
        ),
    )  # fmt: skip
    before, row.verdict = row.verdict, decision.verdict.value
    row.reasons, row.checked_at = both(decision), now
    row.save(update_fields=["verdict", "reasons", "checked_at", "person"])
    if before == row.verdict:
        return 0
    if tell and before:
        worse = row.verdict == "missing"
        said = VERDICTS[row.verdict]
        DeskMessage.objects.get_or_create(
            organisation_id=row.organisation_id, key=f"staff-{row.pk}-{row.verdict}-{now:%Y%m%d%H%M}",
            defaults={"code": "staff_worse" if worse else "staff_better", "at": now,
                      "params": {"name": mask(row.name, 1, 0), "occupation": row.occupation,
                                 "verdict": said.zh, "verdict_en": said.en}},
        )  # fmt: skip
        ledger.record(verb="access.staff_changed", subject=row, actor=None, now=now, before=before,
                      after=row.verdict)  # fmt: skip
    return 1


def refresh_persons(*, persons: Iterable[int] | None, now: datetime) -> int:
    """Judge the posts of persons again (None: everybody's), e.g. when a certificate was turned or issued."""
    rows = StaffMember.objects.filter(until__isnull=True).select_related("organisation").order_by("pk")
    if persons is not None:
        rows = rows.filter(person_id__in=persons)
    return refresh(list(rows), now=now)


def warn_expiring(*, now: datetime) -> int:
    """Tell employers what runs out soon, once for each day of notice in the law data; returns how many were told."""
    today = day_of(now)
    notices = notice_days(today)
    told = 0
    for due in due_soon(on=today, within=notices[-1]):
        notice = next(n for n in notices if due.days <= n)
        said = EXPIRES[due.kind]
        _, made = DeskMessage.objects.get_or_create(
            organisation_id=due.organisation, key=f"due-{due.kind}-{due.key}-{due.until:%Y%m%d}-{notice}"[:80],
            defaults={"code": "staff_expiring", "at": now,
                      "params": {"name": mask(due.name, 1, 0) if due.name else "—", "occupation": due.occupation,
                                 "what": said.say("zh", what=due.what), "what_en": said.say("en", what=due.what),
                                 "last": (due.until - timedelta(days=1)).isoformat(), "days": due.days}},
        )  # fmt: skip
        told += made
    return told


@transaction.atomic
def leave_post(*, member: StaffMember, on: date, actor: Account, now: datetime) -> StaffMember:
    """Somebody left the post; the row ends and is watched no longer."""
    row = StaffMember.objects.select_for_update().get(pk=member.pk)
    if on < row.since:
        raise BadInput("left_too_early", _LEFT, since=row.since.isoformat())
    if row.until is None:
        row.until = on
        row.save(update_fields=["until"])
        ledger.record(verb="access.leave_post", subject=row, actor=actor, now=now, on=on.isoformat())
    return row


def mark_read(*, messages: Sequence[DeskMessage], now: datetime) -> int:
    return DeskMessage.objects.filter(pk__in=[m.pk for m in messages], read_at__isnull=True).update(
        read_at=now
    )


# --- exceptions


@transaction.atomic
def ask_exception(
    *, organisation: Organisation, code: str, occupation: str, place: str, why: str, evidence: Sequence[str],
    start: date, end: date, actor: Account, now: datetime, name: str = "", document: str = "",
    file: bytes = b"", file_name: str = "",
) -> ExceptionRequest:  # fmt: skip
    """Apply for an exception of the law, with every proof it asks for; raises Refused where the exception was
    not in force for the whole time or a proof is missing."""
    row = law().exemption(code)
    if not row.period.contains(start) or (row.period.end is not None and end > row.period.end):
        raise Refused("exception_period", _PERIOD, start=row.period.start.isoformat(),
                      end=row.period.end.isoformat() if row.period.end else "—")  # fmt: skip
    missing = [e for e in row.evidence if e not in evidence]
    if missing:
        raise Refused("evidence_missing", _EVIDENCE, missing="、".join(missing))
    person = read_document(DocumentKind.RESIDENT, document) if document else None
    request = ExceptionRequest.objects.create(
        organisation=organisation, code=code, occupation=official_name(occupation), place=place, why=why,
        evidence=list(evidence), period=DateRange(start, end), asked_by=actor, asked_at=now,
        name=name or None, document_digest=number_digest(person) if person else None,
        tail=person.number[-4:] if person else "", file=stored.keep(file) if file else "", file_name=file_name[:120],
    )  # fmt: skip
    ledger.record(verb="access.ask_exception", subject=request, actor=actor, now=now, code=code)
    return request


@transaction.atomic
def decide_exception(
    *, request: ExceptionRequest, granted: bool, basis: str, actor: Account, now: datetime
) -> ExceptionRequest:
    """The authority of the place decides; the gate uses what is granted. The same decision twice is once."""
    row = ExceptionRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    require_jurisdiction(actor, region=row.place)
    if by_same_hand(actor, row.asked_by_id):
        raise Forbidden("own_request", _SELF)
    if row.document_digest:
        about = Document.objects.filter(number_digest=row.document_digest)
        require_disinterested(actor, *about.values_list("person_id", flat=True))
    state = ExceptionRequest.State.GRANTED if granted else ExceptionRequest.State.REFUSED
    if row.state == state and row.decided_by_id == actor.pk:
        return row
    if row.state != ExceptionRequest.State.ASKED:
        raise Conflict("exception_decided", _DECIDED)
    row.state, row.decided_by, row.decided_at, row.basis = state, actor, now, basis
    row.save(update_fields=["state", "decided_by", "decided_at", "basis"])
    until = row.period.upper.isoformat() if row.period.upper else ""
    DeskMessage.objects.get_or_create(
        organisation_id=row.organisation_id, key=f"exception-{row.pk}",
        defaults={"code": f"exception_{state}", "at": now,
                  "params": {"code": row.code, "occupation": row.occupation, "until": until, "basis": basis}},
    )  # fmt: skip
    ledger.record(
        verb="access.decide_exception", subject=row, actor=actor, now=now, basis=basis, granted=granted
    )
    return row

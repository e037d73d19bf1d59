"""Vetting ads into the ledger, deciding doubtful words, keeping agencies' licences and mandates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.access.core.ads.ad import Ad as Text
from chizheng.access.core.ads.ad import Vetting
from chizheng.access.core.ads.mention import Role
from chizheng.access.io.ads import COLUMNS, line
from chizheng.access.models import Ad, AdDoubt, AdWord, AgencyLicence, DeskMessage, Mandate
from chizheng.access.queries.ads import licence_on, vetter
from chizheng.assessment.core.marks import anniversary
from chizheng.catalogue.io.shelf import catalogue
from chizheng.kernel.errors import BadInput, Conflict, NotFound, Refused
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.core.identity import DocumentKind, read_credit_code, read_document
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, annotate_sheet, read_sheet
from chizheng.platform.sealing import digest

MAX_ADS = 5_000
"""Ads of one workbook; a larger one is split, so that an upload never holds the desk for long."""

_NO_LICENCE = Wording(
    zh="本机构在 {on} 没有有效的人力资源服务许可；请先由主管部门登记许可",
    en="no licence of this agency is in force on {on}; have it registered first",
)
_NO_MANDATE = Wording(
    zh="没有“{employer}”在 {on} 有效的招聘委托；请先登记委托和查验的材料",
    en="no mandate of '{employer}' is in force on {on}; register it with the papers seen first",
)
_NO_COLUMN = Wording(
    zh="没有“标题”或“正文”列（表头：{header}）；请至少有其中一列",
    en="there is no column title or text (header: {header}); one of them is needed",
)
_TOO_MANY = Wording(
    zh="一次最多审核 {most} 条，现有 {rows} 条；请分批上传",
    en="at most {most} ads at a time, there are {rows}",
)
_WORD = Wording(zh="“{name}”不在职业目录中；请填写目录中的名称", en="'{name}' is not in the catalogue")
_DECIDED = Wording(
    zh="“{word}”从 {on} 起已有判定；请选择更晚的日期",
    en="'{word}' has a decision from {on} on already; choose a later day",
)
_PAPERS = Wording(
    zh="发布前须取得并审核：{missing}", en="to be obtained and checked before publishing: {missing}"
)
_PAPER_NAMES = {
    "ad": "招聘简章",
    "licence": "营业执照",
    "agent_identity": "经办人身份证件",
    "mandate": "委托证明",
}
_LICENSED = Wording(zh="该机构在这段时间已有许可登记", en="the agency has a licence for that time already")
_MANDATED = Wording(
    zh="该单位在这段时间已有委托登记", en="a mandate of this employer exists for that time already"
)

_ORDER = {"": 0, "notice": 1, "warning": 2, "error": 3}


def _digest(text: Text, place: str, on: date) -> bytes:
    return digest("ad", json.dumps([text.title, text.text, text.employer, place, on.isoformat()]))


@transaction.atomic
def vet_ad(
    *, text: Text, organisation: Organisation, on: date, place: str, actor: Account, now: datetime,
    mandate: Mandate | None = None,
) -> Ad:  # fmt: skip
    """Vet an ad and write it into the ledger of a body; the same ad of the same day again is vetted anew in place.

    Raises Refused where an agency has no licence in force that day.
    """
    return _keep(
        [text], organisation=organisation, on=on, place=place, actor=actor, now=now, mandate=mandate
    )[0]


def _keep(
    texts: Sequence[Text], *, organisation: Organisation, on: date, place: str, actor: Account, now: datetime,
    mandate: Mandate | None = None,
) -> list[Ad]:  # fmt: skip
    today = day_of(now)
    if organisation.kind == Organisation.Kind.AGENCY and licence_on(organisation, today) is None:
        raise Refused("agency_no_licence", _NO_LICENCE, on=today.isoformat())
    vettings = vetter(on=on, place=place).vet(texts)
    keep_until = anniversary(today, ledger_years(today))
    rows = []
    for text, vetting in zip(texts, vettings, strict=True):
        row, _ = Ad.objects.update_or_create(
            organisation=organisation,
            content_digest=_digest(text, place, on),
            defaults={
                "mandate": mandate, "given_id": text.id[:60], "title": text.title, "text": text.text,
                "employer": text.employer[:120], "place": place, "on": on, "vetting": plain(vetting),
                "gated": list(vetting.gated), "severity": severity(vetting), "doubtful": vetting.doubtful,
                "vetted_by": actor, "vetted_at": now, "keep_until": keep_until,
            },
        )  # fmt: skip
        _doubt(row, text, vetting)
        rows.append(row)
    ledger.record(verb="access.vet_ads", subject=organisation, actor=actor, now=now, ads=len(rows),
                  findings=sum(bool(r.severity) for r in rows), first=rows[0].pk)  # fmt: skip
    return rows


def ledger_years(on: date) -> int:
    """How long a ledger entry made on a day is kept; before the first rule, as long as that one says."""
    try:
        return law().number("agency.ledger_years", on=on)
    except NotFound:
        return law().number("agency.ledger_years", on=law().values["agency.ledger_years"][0].period.start)


def severity(vetting: Vetting) -> str:
    return max((f.severity.value for f in vetting.findings), key=_ORDER.__getitem__, default="")


def plain(vetting: Vetting) -> dict[str, Any]:
    """What is stored of a vetting: the line of the batch, sentences in both languages, doubtful spans."""
    stored: dict[str, Any] = json.loads(line(vetting, "zh"))
    for item, finding in zip(stored["findings"], vetting.findings, strict=True):
        item["message_en"] = finding.say("en")
        item["verified"] = finding.citation.verified
    return stored


def _doubt(row: Ad, text: Text, vetting: Vetting) -> None:
    """Words to a person's queue: posts and non-posts that the text does not decide."""
    if not vetting.doubtful:
        return
    below = law().value("ads.person_decides_below", on=row.on).value
    for m in vetting.mentions:
        if m.confidence < float(str(below)) and m.role in (Role.POST, Role.OTHER):
            source = text.text if m.field else text.title
            AdDoubt.objects.get_or_create(
                ad=row, word=source[m.start : m.end][:40],
                defaults={
                    "readings": list(m.occupations), "role": m.role.value, "confidence": m.confidence,
                    "sentence": source[max(0, m.start - 60) : m.end + 60][:200], "region": row.organisation.region,
                },
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vetted:
    """A workbook vetted: how many ads, how many with findings, and the workbook with a column that says what."""

    ads: int
    found: int
    returned: AnnotatedSheet


@transaction.atomic
def vet_sheet(
    *, content: bytes, filename: str, organisation: Organisation, on: date, place: str, actor: Account,
    now: datetime, lang: str = "zh",
) -> Vetted:  # fmt: skip
    """Vet every row of a workbook into the ledger; it comes back annotated. Raises BadInput without a text column."""
    sheet = read_sheet(content, filename, lang=lang)
    at = {key: sheet.column(*names) for key, names in COLUMNS.items()}
    if at["title"] is None and at["text"] is None:
        raise BadInput("no_ad_column", _NO_COLUMN, header="、".join(h for h in sheet.header if h))
    if len(sheet.rows) > MAX_ADS:
        raise BadInput("too_many_ads", _TOO_MANY, most=MAX_ADS, rows=len(sheet.rows))
    if not sheet.rows:
        raise BadInput("no_ad_column", _NO_COLUMN, header="、".join(h for h in sheet.header if h))

    def cell(cells: Sequence[str], key: str) -> str:
        index = at[key]
        return "" if index is None else cells[index]

    texts = [
        Text(cell(r.cells, "id") or str(r.number), cell(r.cells, "title"), cell(r.cells, "text"),
             cell(r.cells, "employer"), cell(r.cells, "category"))
        for r in sheet.rows
    ]  # fmt: skip
    rows = _keep(texts, organisation=organisation, on=on, place=place, actor=actor, now=now)
    faults = [
        CellFault(source.number, at["text"] if at["text"] is not None else at["title"], said(item, lang))
        for source, row in zip(sheet.rows, rows, strict=True)
        for item in row.vetting["findings"]
    ]
    return Vetted(len(rows), sum(bool(r.severity) for r in rows), annotate_sheet(sheet, filename, faults))


def said(item: dict[str, Any], lang: str) -> str:
    """A stored finding as one line: sentence, text, corrected sentence."""
    message = item["message_en"] if lang == "en" else item["message"]
    fix = f" → {item['fix']}" if item["fix"] else ""
    return f"{message}（{item['citation']}）{fix}"


@transaction.atomic
def decide_word(
    *, doubt: AdDoubt, kind: str, occupation: str, since: date, reason: str, actor: Account, now: datetime
) -> AdWord:
    """A person decides what a word means from a day on; every doubt about it is settled, bodies are told.

    Raises BadInput for an occupation that is not in the catalogue, Conflict for a day already decided.
    """
    require_jurisdiction(actor, region=doubt.region)
    names = []
    if kind != AdWord.Kind.BLOCK:
        official = canonical(catalogue().aliases.get(canonical(occupation), occupation))
        if official not in catalogue().by_name and official not in law().gated_names:
            raise BadInput("no_such_occupation", _WORD, name=occupation)
        names = [official]
    open_row = AdWord.objects.select_for_update().filter(word=doubt.word, period__contains=since).first()
    if open_row is not None:
        if open_row.period.lower == since:
            if (open_row.kind, open_row.occupations) == (kind, names):
                return open_row
            raise Conflict("word_decided", _DECIDED, word=doubt.word, on=since.isoformat())
        open_row.period = DateRange(open_row.period.lower, since)
        open_row.save(update_fields=["period"])
    later = AdWord.objects.filter(word=doubt.word, period__startswith__gt=since).order_by("period").first()
    row = AdWord.objects.create(
        word=doubt.word, kind=kind, occupations=names, decided_by=actor, decided_at=now, reason=reason,
        period=DateRange(since, later.period.lower if later else None),
    )  # fmt: skip
    settled = list(
        AdDoubt.objects.select_for_update(of=("self",))
        .select_related("ad")
        .filter(word=doubt.word, decided_at__isnull=True)
    )
    for other in settled:
        other.decided_at, other.decided_by = now, actor
        DeskMessage.objects.get_or_create(
            organisation_id=other.ad.organisation_id, key=f"word-{other.pk}",
            defaults={"code": "ad_word_decided", "at": now,
                      "params": {"number": other.ad.number, "word": other.word}},
        )  # fmt: skip
    AdDoubt.objects.bulk_update(settled, ["decided_at", "decided_by"])
    ledger.record(verb="access.decide_word", subject=row, actor=actor, now=now, basis=reason, word=doubt.word,
                  kind=kind, occupations=names, since=since.isoformat())  # fmt: skip
    return row


def grant_licence(
    *, organisation: Organisation, number: str, start: date, end: date | None, actor: Account, now: datetime
) -> AgencyLicence:
    """Register the licence of an agency of one's region; the same one twice is one."""
    require_jurisdiction(actor, region=organisation.region)
    same = AgencyLicence.objects.filter(
        organisation=organisation, number=number, period=DateRange(start, end)
    ).first()
    if same is not None:
        return same
    try:
        with transaction.atomic():
            row = AgencyLicence.objects.create(
                organisation=organisation,
                number=number,
                period=DateRange(start, end),
                granted_by=actor,
                granted_at=now,
            )
            ledger.record(verb="access.grant_licence", subject=row, actor=actor, now=now, basis=number)
    except IntegrityError as fault:
        raise Conflict("licence_exists", _LICENSED) from fault
    return row


def keep_mandate(
    *, agency: Organisation, employer_name: str, employer_code: str, agent_name: str, agent_document: str,
    seen: Sequence[str], start: date, end: date | None, actor: Account, now: datetime,
) -> Mandate:  # fmt: skip
    """Register an employer's mandate; raises Refused where a paper the law asks for was not seen."""
    today = day_of(now)
    needed = law().value("agency.must_obtain", on=today).value
    assert isinstance(needed, list | tuple)
    missing = [_PAPER_NAMES[p] for p in needed if p not in seen]
    if missing:
        raise Refused("papers_missing", _PAPERS, missing="、".join(missing))
    document = read_document(DocumentKind.RESIDENT, agent_document)
    code = read_credit_code(employer_code)
    same = Mandate.objects.filter(agency=agency, employer_code=code, period=DateRange(start, end)).first()
    if same is not None:
        return same
    try:
        with transaction.atomic():
            row = Mandate.objects.create(
                agency=agency, employer_name=employer_name, employer_code=code, agent_name=agent_name,
                agent_document=document.number, agent_tail=document.number[-4:], seen=list(seen),
                period=DateRange(start, end), kept_by=actor, kept_at=now,
            )  # fmt: skip
            ledger.record(verb="access.keep_mandate", subject=row, actor=actor, now=now, seen=list(seen))
    except IntegrityError as fault:
        raise Conflict("mandate_exists", _MANDATED) from fault
    return row


def require_mandate(organisation: Organisation, employer: str, on: date) -> Mandate | None:
    """The mandate under which an agency publishes for an employer; None for an employer's own desk."""
    if organisation.kind != Organisation.Kind.AGENCY:
        return None
    found = Mandate.objects.filter(agency=organisation, employer_name=employer, period__contains=on).first()
    if found is None:
        raise Refused("no_mandate", _NO_MANDATE, employer=employer, on=on.isoformat())
    return found

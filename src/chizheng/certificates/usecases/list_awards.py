"""Exceptional lists: contest awards, expert panels and legacy stock enter by workbook and go the common way.

A list that has a fault anywhere is not taken in at all: it comes back with the fault beside its row. One
that is good becomes an issuing batch, listed by its author, reviewed and approved by two others, with an
EXCEPTION entry of its own in the log and in the public counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chizheng.assessment.models import StationLicence
from chizheng.catalogue.queries import find_occupation
from chizheng.certificates.core import names
from chizheng.certificates.core.listed import COLUMNS, Fault, ListedRow, doubles, read_row
from chizheng.certificates.models import Award, Batch
from chizheng.certificates.queries import held, published, read_claims
from chizheng.kernel.errors import BadInput, ChizhengError, Forbidden
from chizheng.kernel.levels import covers
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.core.identity import IdentityDocument, kind_of, read_document
from chizheng.people.models import Account, Document
from chizheng.people.queries import number_digest, require_jurisdiction
from chizheng.people.usecases import enrol_persons
from chizheng.platform import clock, ledger
from chizheng.platform.io.exports import workbook
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, Sheet, annotate_sheet, read_sheet

BASES = (Batch.Basis.CONTEST, Batch.Basis.PANEL, Batch.Basis.LEGACY)

_ROLE = Wording(
    zh="非考核名单由鉴定所（站）或鉴定指导中心报送", en="exceptional lists come from a station or a centre"
)
_OWN = Wording(zh="只能以本站的机构编号报送", en="a station lists under its own institution number only")
_COLUMNS = Wording(
    zh="表格“{file}”缺少列：{columns}；请下载模板填写",
    en="'{file}' lacks columns: {columns}; use the template",
)
_EMPTY = Wording(zh="表格“{file}”没有数据行", en="'{file}' has no rows")


@dataclass(frozen=True)
class Received:
    """What came of a list: the batch, or the sheet with its faults."""

    batch: Batch | None
    faults: tuple[Fault, ...] = ()
    sheet: Sheet | None = None
    file_name: str = ""

    def returned(self, lang: str) -> AnnotatedSheet:
        """The sheet again, with what is wrong beside each row."""
        assert self.sheet is not None
        at = {field: self.sheet.column(*titles) for field, titles in COLUMNS.items()}
        faults = [CellFault(f.row, at.get(f.field), f.say(lang)) for f in self.faults]
        return annotate_sheet(self.sheet, self.file_name, faults)


@transaction.atomic
def receive_list(
    *, basis: str, licence: StationLicence, file_name: str, content: bytes, evidence: str, reason: str,
    decided_on: date | None, actor: Account, now: datetime,
) -> Received:  # fmt: skip
    """Check a workbook and list it as an issuing batch; the same bytes again are the same batch.

    A list that was returned is no longer under way: the same bytes then make a new batch.
    """
    _require_author(actor, licence)
    digest = hashlib.sha256(f"{licence.pk}\x1f".encode() + content).hexdigest()
    known = Batch.objects.filter(basis=basis, sheet_digest=digest).first()
    if known is not None:
        return Received(known)
    sheet = read_sheet(content, file_name)
    rows, documents, faults = _understand(sheet, basis, file_name, clock.day_of(now))
    faults += _against_register(rows, documents, basis)
    if faults:
        return Received(None, tuple(sorted(faults, key=lambda f: f.row)), sheet, file_name)
    entries = [(d, r.name, d.sex, d.birth) for r, d in zip(rows, documents, strict=True)]
    bearers = enrol_persons(entries, now=now)
    one = {(r.occupation, r.level) for r in rows}
    batch = Batch.objects.create(
        basis=basis, station=licence.organisation, institution=licence.institution_number,
        region=licence.organisation.region, occupation=rows[0].occupation if len(one) == 1 else "",
        level=rows[0].level if len(one) == 1 else None, exam_on=decided_on, reason=reason, evidence=evidence,
        submitted_by=actor, count=len(rows), created_at=now, sheet_digest=digest,
    )  # fmt: skip
    codes = {
        r.occupation: getattr(find_occupation(r.occupation, on=clock.day_of(now)), "code", "") for r in rows
    }
    Award.objects.bulk_create(
        _award(batch, order, row, document, bearers[document.kind.value, number_digest(document)], codes)
        for order, (row, document) in enumerate(zip(rows, documents, strict=True))
    )
    ledger.record(verb="certificates.list_exception", subject=batch, actor=actor, now=now, basis=evidence,
                  cause=basis, count=len(rows))  # fmt: skip
    return Received(batch)


def _award(
    batch: Batch,
    order: int,
    row: ListedRow,
    document: IdentityDocument,
    kept: Document,
    codes: Mapping[str, str],
) -> Award:
    return Award(
        batch=batch, order=order, person=kept.person, document=kept, name=row.name, sex=kept.person.sex,
        birth=kept.person.birth or document.birth, occupation=row.occupation, occupation_code=codes[row.occupation],
        level=row.level, award=row.award, number=row.number, issued_on=row.issued if batch.basis == "legacy" else None,
        theory=row.theory, practice=row.practice,
    )  # fmt: skip


def _require_author(actor: Account, licence: StationLicence) -> None:
    if actor.role == "station":
        if licence.organisation_id != actor.organisation_id:
            raise Forbidden("other_station", _OWN)
        return
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=licence.organisation.region)


def level_words() -> dict[str, int]:
    """Digits and level names to levels, as sheets write them."""
    found = {str(n): n for n in range(1, 6)}
    for level, words in law().level_names.items():
        found |= {words.zh: level, words.en: level, words.zh.partition("（")[0]: level}
    return found


def _understand(
    sheet: Sheet, basis: str, file_name: str, today: date
) -> tuple[list[ListedRow], list[IdentityDocument], list[Fault]]:
    at = {field: sheet.column(*titles) for field, titles in COLUMNS.items()}
    needed = [
        "name",
        "document",
        "occupation",
        "level",
        *(["number", "issued"] if basis == "legacy" else ["award"]),
    ]
    missing = [COLUMNS[f][0] for f in needed if at[f] is None]
    if missing:
        raise BadInput("list_columns", _COLUMNS, file=file_name, columns="、".join(missing))
    if not sheet.rows:
        raise BadInput("list_empty", _EMPTY, file=file_name)
    levels = level_words()
    rounded = {(f.row, f.column) for f in sheet.faults}
    known: dict[str, bool] = {}
    rows: list[ListedRow] = []
    documents: list[IdentityDocument] = []
    faults: list[Fault] = []
    canonical: list[tuple[ListedRow, str]] = []
    for line in sheet.rows:
        cells = {f: line.cells[i] for f, i in at.items() if i is not None}
        row, found = read_row(line.number, cells, basis=basis, levels=levels, today=today)
        found += [Fault(line.number, f, "rounded", {}) for f, i in at.items() if (line.number, i) in rounded]
        if basis != "legacy" and row.occupation:  # old certificates may name what the catalogue has dropped
            if row.occupation not in known:
                known[row.occupation] = find_occupation(row.occupation, on=today) is not None
            if not known[row.occupation]:
                found.append(Fault(line.number, "occupation", "occupation", {"value": row.occupation}))
        document = None
        if row.document:
            try:
                document = read_document(kind_of(row.kind), row.document)
            except ChizhengError as fault:
                found.append(Fault(line.number, "document", "document", {"why": fault.say("zh")}))
        canonical.append((row, document.number if document else ""))
        faults += found
        if not found and document is not None:
            rows.append(row)
            documents.append(document)
    return rows, documents, faults + doubles(canonical)


def _against_register(
    rows: Sequence[ListedRow], documents: Sequence[IdentityDocument], basis: str
) -> list[Fault]:
    """What the register of certificates says to the rows."""
    faults = []
    digests = [number_digest(d) for d in documents]
    bearers = {
        (d.kind, bytes(d.number_digest)): d.person_id
        for d in Document.objects.filter(number_digest__in=digests)
    }
    holdings = held(set(bearers.values()))
    taken = {
        (one.number, names.folded(read_claims(one).name))
        for one in published().filter(number__in=[r.number for r in rows if r.number])
    }
    for row, document, digest in zip(rows, documents, digests, strict=True):
        if row.number and (row.number, names.folded(row.name)) in taken:
            faults.append(Fault(row.row, "number", "held", {"value": row.number}))
            continue
        if basis == "legacy":
            continue
        for one in holdings.get(bearers.get((document.kind.value, digest), 0), ()):
            if one.state == "valid" and one.occupation == row.occupation and covers(one.level, row.level):
                faults.append(Fault(row.row, "occupation", "superior", {"value": one.number}))
                break
    return faults


def template(basis: str) -> bytes:
    """An empty list with its headers and one invented example row, for the clerk to fill."""
    import io

    fields = ["name", "kind", "document", "occupation", "level", *(["number", "issued"] if basis == "legacy" else ["award"]), "theory", "practice"]  # fmt: skip
    example = {
        "name": "张示例", "kind": "居民身份证", "document": "", "occupation": "车工", "level": "4",
        "number": "0410012003400017", "issued": "2004-05-20", "award": "样例技能竞赛第一名", "theory": "80", "practice": "85",
    }  # fmt: skip
    out = io.BytesIO()
    with workbook(out) as book:
        page = book.add_worksheet("名单")
        bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        page.set_column(0, len(fields) - 1, 20, text)
        for column, field in enumerate(fields):
            page.write_string(0, column, COLUMNS[field][0], bold)
            page.write_string(1, column, example[field], text)
        page.freeze_panes(1, 0)
    return out.getvalue()

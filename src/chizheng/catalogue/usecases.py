"""What is done to the catalogue: load what ships, import a classification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from chizheng.catalogue.core.occupation import Occupation as OccupationRecord
from chizheng.catalogue.io.classification import cell_faults, read_classification
from chizheng.catalogue.io.shelf import catalogue
from chizheng.catalogue.models import Dated, InstitutionKind, IssuerCode, Occupation, Region, Succession
from chizheng.kernel.names import canonical
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.platform.io.sheets import AnnotatedSheet, annotate_sheet

SINCE = date(1949, 10, 1)
"""Start of rows whose source names none."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load changed, per table: made, changed, left alone (people's own rows)."""

    made: int
    changed: int
    kept: int


@transaction.atomic
def load_catalogue(*, now: datetime, actor: Account | None = None) -> Loaded:
    """Bring the tables in line with the shipped law data; twice changes nothing. Rows that people keep
    by hand (or imported) are left alone."""
    tables = law().tables
    made = changed = kept = 0
    jobs: list[tuple[type[Dated], tuple[str, ...], Iterable[dict[str, Any]]]] = [
        (Region, ("code",), [_dated(r, "code", "name", "name_en") for r in tables["regions"]]),
        (IssuerCode, ("code",),
         [_dated(r, "code", "name", "kind") | {"region": r.get("place") or ""} for r in tables["code_table"]]),
        (InstitutionKind, ("code",),
         [_dated(r, "code", "name", "name_en") for r in tables["institution_kinds"]]),
        (Succession, ("former", "successor"),
         [{"former": s.old, "successor": s.new, "period": DateRange(s.period.start, s.period.end),
           "verified": s.verified, "note": s.note} for s in law().successions]),
        (Occupation, ("name",), map(_occupation, catalogue().occupations)),
    ]  # fmt: skip
    for model, key, rows in jobs:
        one = _bring(model, key, rows)
        made, changed, kept = made + one.made, changed + one.changed, kept + one.kept
    if made or changed:
        ledger.record(
            verb="catalogue.load",
            subject=("catalogue", "law"),
            actor=actor,
            now=now,
            made=made,
            changed=changed,
        )
    return Loaded(made, changed, kept)


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import: rows taken, and the sheet with the faults beside the rows not taken (None: all good)."""

    taken: int
    made: int
    changed: int
    faults: int
    returned: AnnotatedSheet | None


@transaction.atomic
def import_classification(
    *, content: bytes, filename: str, on: date, now: datetime, actor: Account | None = None, lang: str = "zh"
) -> Imported:
    """Take the good rows of an occupational classification (.xls, .xlsx, CSV), in force from `on`; the
    bad ones come back. The same file twice changes nothing. Raises BadInput where columns are missing."""
    sheet, found = read_classification(content, filename)
    rows = [
        _occupation(o) | {"period": DateRange(on, None), "source": filename[:200]} for o in found.occupations
    ]
    done = _bring(Occupation, ("name",), rows, origin=Dated.Origin.IMPORT)
    faults = cell_faults(sheet, found, lang)
    ledger.record(
        verb="catalogue.import",
        subject=("catalogue", "occupations"),
        actor=actor,
        now=now,
        made=done.made,
        changed=done.changed,
        faults=len(faults),
    )
    back = annotate_sheet(sheet, filename, faults, only_faulty=True) if faults else None
    return Imported(len(rows), done.made, done.changed, len(faults), back)


@transaction.atomic
def keep_issuer_code(
    *, code: str, name: str, kind: str, region: str, since: date, source: str, verified: bool, actor: Account,
    now: datetime,
) -> IssuerCode:  # fmt: skip
    """Put a row of the code table in force from `since`; the row then in force ends there. The same
    row twice is one row; a later row of the same code bounds this one."""
    later = IssuerCode.objects.filter(code=code, period__startswith__gt=since).order_by("period").first()
    current = IssuerCode.objects.select_for_update().filter(code=code, period__contains=since).first()
    fields = {"name": name, "kind": kind, "region": region, "source": source, "verified": verified,
              "origin": Dated.Origin.PERSON}  # fmt: skip
    period = DateRange(since, later.period.lower if later else None)
    if current is not None and current.period.lower == since:
        for field, value in fields.items():
            setattr(current, field, value)
        current.save()
        row = current
    else:
        if current is not None:
            current.period = DateRange(current.period.lower, since)
            current.save(update_fields=["period"])
        row = IssuerCode.objects.create(code=code, period=period, **fields)
    ledger.record(verb="catalogue.keep_code", subject=row, actor=actor, now=now, basis=source, code=code,
                  since=since.isoformat(), verified=verified)  # fmt: skip
    return row


def _dated(row: Any, *fields: str) -> dict[str, Any]:
    return {f: row.get(f) or "" for f in fields} | {
        "period": DateRange(row.get("from") or SINCE, row.get("to")),
        "verified": row.get("verified") is True,
        "note": row.get("note") or "",
    }


def _occupation(o: OccupationRecord) -> dict[str, Any]:
    return {
        "name": canonical(o.name), "code": o.code, "kind": str(o.kind), "group": o.group,
        "levels": sorted(o.levels, reverse=True), "standard_edition": o.edition, "verified": o.verified,
        "note": o.note, "period": DateRange(SINCE, None),
    }  # fmt: skip


def _bring(
    model: type[Dated], key: tuple[str, ...], rows: Iterable[dict[str, Any]], origin: str = Dated.Origin.LAW
) -> Loaded:
    """Make or change the rows in force without end; a row of a stronger origin is left alone.

    Strength: law < import < person.
    """
    strength = {Dated.Origin.LAW: 0, Dated.Origin.IMPORT: 1, Dated.Origin.PERSON: 2}
    known = {
        tuple(getattr(row, k) for k in key): row
        for row in model._default_manager.select_for_update().order_by("period")
    }
    fresh, changed, kept = [], [], 0
    fields: set[str] = set()
    for row in rows:
        row = row | {"origin": origin}
        old = known.get(tuple(row[k] for k in key))
        if old is None:
            fresh.append(model(**row))
            continue
        if strength[Dated.Origin(old.origin)] > strength[Dated.Origin(origin)]:
            kept += 1
            continue
        if origin == Dated.Origin.IMPORT:  # keep what an import does not know
            row = {k: v for k, v in row.items() if v not in ("", [], None)} | {"period": old.period}
        differing = [k for k, v in row.items() if getattr(old, k) != v]
        if differing:
            for k in differing:
                setattr(old, k, row[k])
            fields.update(differing)
            changed.append(old)
    model._default_manager.bulk_create(fresh, batch_size=500)
    if changed:
        model._default_manager.bulk_update(changed, sorted(fields), batch_size=500)
    return Loaded(len(fresh), len(changed), kept)

"""From a batch to drafts: what each certificate will say, and the surroundings that lint judges it in."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

from django.db import connection

from chizheng.assessment.queries import PassFacts, passing_facts
from chizheng.certificates.core import amend, names, numbers
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex
from chizheng.certificates.core.draft import Context, Draft
from chizheng.certificates.core.numbers import InstitutionNumber, QualificationNumber
from chizheng.certificates.core.status import SlotPermutation
from chizheng.certificates.house import SINCE, STATUS_CAPACITY, profile
from chizheng.certificates.io.fonts import glyphs
from chizheng.certificates.models import Award, Batch, Certificate, Commitment, NumberCounter, StatusCounter
from chizheng.certificates.queries import read_claims
from chizheng.kernel.errors import Refused
from chizheng.kernel.levels import HIGHEST, LOWEST
from chizheng.kernel.periods import Period
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.platform import clock
from chizheng.platform.sealing import digest

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
_LISTED: Final = {"contest": Basis.CONTEST, "panel": Basis.PANEL, "legacy": Basis.LEGACY}


@dataclass(frozen=True, slots=True)
class Planned:
    """One certificate to be: its record, and the rows it comes from."""

    claims: Claims
    registration: int | None
    person: int
    replaces: Certificate | None = None
    conflict: int = 0


def plan(batches: Sequence[Batch]) -> dict[int, list[Planned]]:
    """Number, place in the status list and record of every certificate of approved batches, by batch.

    Takes numbers and slots under the counters' row locks, in the caller's transaction: rolled back, they
    are free again.
    """
    examined = [b for b in batches if b.session is not None]
    planned = _examined(examined, passing_facts([b.session for b in examined if b.session is not None]))
    for batch in batches:
        if batch.session is None:
            awards = batch.awards.select_related("document", "replaces", "person").order_by("order")
            planned[batch.pk] = _listed(batch, list(awards))
    return planned


def draft(batch: Batch, claims: Claims) -> Draft:
    return Draft(claims, profile(), (batch.station.name,))


def contexts(
    batches: Sequence[Batch], now: datetime, taken: Callable[[str, int], bool]
) -> dict[int, Context]:
    """What lint may know of each batch; what is common to many of them is looked up once."""
    steps: dict[int, set[str]] = defaultdict(set)
    logged = Commitment.objects.filter(
        session__in=[b.session_id for b in batches if b.session_id], log_index__isnull=False
    )
    for session, step in logged.values_list("session_id", "step"):
        steps[session].add(step)
    today, printable = clock.day_of(now), glyphs()

    @cache  # lives as long as this call
    def terms(day: date, region: str) -> tuple[int, frozenset[int]]:
        mark = 10 * law().number("assessment.pass_mark", on=day, place=region)
        levels = range(HIGHEST, LOWEST + 1)
        return mark, frozenset(n for n in levels if "comprehensive" in _parts(n, day, region))

    found = {}
    for batch in batches:
        issued = batch.issued_on or today
        pass_mark, reviewed = terms(batch.exam_on or issued, batch.region)
        found[batch.pk] = Context(
            authority=authority_code(batch),
            period=Period(issued.replace(month=1, day=1) if batch.session_id is not None else SINCE),
            today=max(issued, today),
            sat=batch.exam_on,
            taken=taken,
            commitments=frozenset(steps[batch.session_id]) if batch.session_id is not None else frozenset(),
            approvers=len({batch.reviewed_by_id, batch.approved_by_id} - {None}),
            glyphs=printable,
            pass_mark=pass_mark,
            reviewed_levels=reviewed,
        )
    return found


def taken_among(planned: Iterable[Planned]) -> Callable[[str, int], bool]:
    """Is a number and version taken already? One query for all that is planned.

    A legacy number that is another person's is a conflict: both rows stand, and people decide.
    """
    planned = list(planned)
    wanted = {p.claims.number for p in planned}
    with connection.cursor() as cursor:  # one parameter instead of thousands
        cursor.execute(
            f'select number, version from "{Certificate._meta.db_table}" where number = any(%s)',  # noqa: S608
            [list(wanted)],
        )
        known = set(cursor.fetchall())
    disputed = {p.claims.number for p in planned if p.conflict}
    return lambda number, version: (number, version) in known and number not in disputed


def authority_code(batch: Batch) -> str:
    """The issuing authority's code in the trust list: the province or industry of the institution number."""
    return batch.institution[:2]


# --- numbers and slots


def take_serials(institution: str, year: int, level: int, count: int, on: date) -> int:
    """First of `count` consecutive serials of year × institution × level, under the counter's row lock."""
    NumberCounter.objects.get_or_create(year=year, institution=institution, level=level)
    counter = NumberCounter.objects.select_for_update().get(year=year, institution=institution, level=level)
    limit = law().number("certificate.serial_max", on=on)
    if counter.last + count > limit:
        raise Refused(
            "serials_exhausted", _FULL, institution=institution, year=year, level=level, limit=limit
        )
    first = counter.last + 1
    counter.last += count
    counter.save(update_fields=["last"])
    return first


def take_slots(year: int, count: int) -> list[int]:
    """Positions in the status list, permuted so that the order of issue does not show."""
    StatusCounter.objects.get_or_create(year=year)
    counter = StatusCounter.objects.select_for_update().get(year=year)
    permutation = _permutation(digest("status", str(year)))
    slots = permutation.slots(counter.next, count)
    counter.next += count
    counter.save(update_fields=["next"])
    return slots


@lru_cache(maxsize=2)
def _permutation(key: bytes) -> SlotPermutation:
    return SlotPermutation(key, STATUS_CAPACITY)


# --- records


def _examined(
    batches: Sequence[Batch], passing: Mapping[int, Sequence[PassFacts]]
) -> dict[int, list[Planned]]:
    """Counters are locked once for all batches, in the order of their keys."""
    wanted: dict[tuple[str, int, int], int] = defaultdict(int)
    by_year: dict[int, int] = defaultdict(int)
    for batch in batches:
        assert batch.issued_on is not None and batch.level is not None and batch.session_id is not None
        count = len(passing.get(batch.session_id, ()))
        wanted[batch.institution, batch.issued_on.year, batch.level] += count
        by_year[batch.issued_on.year] += count
    on = {b.issued_on.year: b.issued_on for b in batches if b.issued_on}
    serials = {
        key: iter(range(first, first + count))
        for key, count in sorted(wanted.items())
        for first in [take_serials(*key, count, on[key[1]])]
    }
    slots = {year: iter(take_slots(year, count)) for year, count in sorted(by_year.items())}
    return {b.pk: _of_session(b, passing.get(b.session_id or 0, ()), serials, slots) for b in batches}


def _of_session(
    batch: Batch,
    passing: Sequence[PassFacts],
    serials: Mapping[tuple[str, int, int], Iterator[int]],
    slots: Mapping[int, Iterator[int]],
) -> list[Planned]:
    assert batch.issued_on is not None and batch.level is not None and batch.session is not None
    year, day = batch.issued_on.year, batch.exam_on or batch.issued_on
    institution = InstitutionNumber.parse(batch.institution)
    good = law().number("assessment.good_mark", on=day, place=batch.region)
    excellent = law().number("assessment.excellent_mark", on=day, place=batch.region)
    sitting, authority = str(batch.session.uuid), authority_code(batch)
    serial, slot = serials[batch.institution, year, batch.level], slots[year]
    salts = secrets.token_bytes(claims_.SALT_BYTES * len(passing))
    planned = []
    for order, one in enumerate(passing):
        number = QualificationNumber(year, institution, batch.level, next(serial))
        claims = Claims(
            number=str(number), name=names.printed(one.name), document=_KINDS[one.document_kind],
            document_tail=one.document_tail, sex=_SEX[one.sex], birth=one.birth, occupation=batch.occupation,
            occupation_code=batch.occupation_code, level=batch.level, theory=_tenths(one.scores.get("theory")),
            practice=_tenths(one.scores.get("practice")), comprehensive=_tenths(one.scores.get("review")),
            rating=_rating(one.scores, good, excellent), issued=batch.issued_on, institution=batch.institution,
            authority=authority, sitting=sitting, basis=Basis.EXAM, version=1, status=next(slot),
            salt=salts[claims_.SALT_BYTES * order :][: claims_.SALT_BYTES],
        )  # fmt: skip
        planned.append(Planned(claims, one.registration, one.person))
    return planned


def _listed(batch: Batch, awards: Sequence[Award]) -> list[Planned]:
    assert batch.issued_on is not None
    fresh: dict[int, int] = {}
    wanted: dict[int, int] = defaultdict(int)
    by_year: dict[int, int] = defaultdict(int)
    for award in awards:
        by_year[_issued(batch, award).year] += 1
        if not award.number:
            wanted[award.level] += 1
    for level, count in sorted(wanted.items()):
        fresh[level] = take_serials(batch.institution, batch.issued_on.year, level, count, batch.issued_on)
    slots = {year: iter(take_slots(year, count)) for year, count in sorted(by_year.items())}
    holders = _holders([a.number for a in awards if a.number and a.replaces_id is None])
    planned = []
    for award in awards:
        number = award.number
        if not number:
            given = QualificationNumber(
                batch.issued_on.year,
                InstitutionNumber.parse(batch.institution),
                award.level,
                fresh[award.level],
            )
            number = str(given)
            fresh[award.level] += 1
        slot = next(slots[_issued(batch, award).year])
        claims = _amended(batch, award, number, slot) if award.replaces else _new(batch, award, number, slot)
        registration = None
        if award.replaces is not None and award.replaces.number == number:
            registration = award.replaces.registration_id
        conflict = (
            holders[number] + 1 if award.replaces_id is None and number in holders
            else award.replaces.conflict if award.replaces is not None and award.replaces.number == number else 0
        )  # fmt: skip
        planned.append(Planned(claims, registration, award.person_id, award.replaces, conflict))
    return planned


def _holders(given: Sequence[str]) -> dict[str, int]:
    """The highest conflict counter of every number that somebody already holds."""
    found: dict[str, int] = {}
    for number, conflict in Certificate.objects.filter(number__in=given).values_list("number", "conflict"):
        found[number] = max(found.get(number, 0), conflict)
    return found


def _issued(batch: Batch, award: Award) -> date:
    """The day on the face: that of the old certificate for what replaces one, of the row for legacy stock."""
    assert batch.issued_on is not None
    return award.issued_on or batch.issued_on


def _new(batch: Batch, award: Award, number: str, slot: int) -> Claims:
    basis = _LISTED[batch.basis]
    assert award.document is not None
    return Claims(
        number=number, name=names.printed(award.name), document=_KINDS[award.document.kind],
        document_tail=award.document.tail, sex=_SEX[award.sex], birth=award.birth, occupation=award.occupation,
        occupation_code=award.occupation_code, level=award.level, theory=award.theory, practice=award.practice,
        comprehensive=None, rating=Rating.UNRATED, issued=_issued(batch, award),
        institution=numbers.institution_code(numbers.parse(number)) or batch.institution,
        authority=authority_code(batch), sitting="", basis=basis, version=1, status=slot,
        salt=secrets.token_bytes(claims_.SALT_BYTES),
    )  # fmt: skip


def _amended(batch: Batch, award: Award, number: str, slot: int) -> Claims:
    """The old record with what the award changes; a new number starts at version 1."""
    from dataclasses import replace

    assert award.replaces is not None
    old = read_claims(award.replaces)
    kind, tail = old.document, old.document_tail
    if award.new_document:
        word, _, document = award.new_document.partition("\x1f")
        kind, tail = _KINDS[word], document[-4:]
    return replace(
        old, number=number, name=names.printed(award.name), sex=_SEX[award.sex], birth=award.birth,
        document=kind, document_tail=tail, basis=amend.basis_after(old), sitting="",
        version=old.version + 1 if number == old.number else 1, status=slot,
        institution=old.institution if number == old.number else batch.institution,
        salt=secrets.token_bytes(claims_.SALT_BYTES),
    )  # fmt: skip


def _tenths(score: Decimal | None) -> int | None:
    return None if score is None else int(score * 10)


def _rating(scores: dict[str, Decimal], good: int, excellent: int) -> Rating:
    """合格, 良好, 优秀 by the lowest of the parts."""
    low = min(scores.values(), default=Decimal(0))
    return Rating.EXCELLENT if low >= excellent else Rating.GOOD if low >= good else Rating.PASS


def _parts(level: int, day: date, region: str) -> list[str]:
    parts = law().value(f"assessment.parts.level{level}", on=day, place=region).value
    return [str(p) for p in parts] if isinstance(parts, list | tuple) else []

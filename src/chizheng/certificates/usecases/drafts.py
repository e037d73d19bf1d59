"""From a batch to drafts: what each certificate will say, and the surroundings that lint judges it in."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from django.db import connection

from chizheng.assessment.queries import Passes, passes
from chizheng.certificates.core import amend, names, numbers
from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.claims import Basis, Claims, DocumentKind, Rating, Sex
from chizheng.certificates.core.draft import Context, Draft
from chizheng.certificates.core.envelopes.vc import Profile
from chizheng.certificates.core.numbers import InstitutionNumber, QualificationNumber
from chizheng.certificates.core.roll import Roll
from chizheng.certificates.core.status import SlotPermutation
from chizheng.certificates.house import SINCE, STATUS_CAPACITY, UNNAMED, profile
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
    """The certificates of a batch to be, in their order: the drafts, and the rows each comes from (ids).

    basis      what all of them stand on
    conflicts  how many others bear the number already and stay
    """

    basis: Basis

    drafts: Roll | Sequence[Draft]
    registrations: Sequence[int | None]
    persons: Sequence[int]
    replaces: Sequence[int | None]
    conflicts: Sequence[int]

    @property
    def numbers(self) -> Sequence[str]:
        if isinstance(self.drafts, Roll):
            return self.drafts.numbers
        return [draft.claims.number for draft in self.drafts]


def plan(batches: Sequence[Batch]) -> dict[int, Planned]:
    """Number, place in the status list and record of every certificate of approved batches, by batch.

    Takes numbers and slots under the counters' row locks, in the caller's transaction: rolled back, they
    are free again.
    """
    examined = [b for b in batches if b.session is not None]
    planned = _examined(examined, passes([b.session for b in examined if b.session is not None]))
    lists = {
        batch: list(batch.awards.select_related("document", "replaces", "person").order_by("order"))
        for batch in batches
        if batch.session is None
    }
    given = [a.number for awards in lists.values() for a in awards if a.number and a.replaces_id is None]
    holders = _holders(given)
    for batch, awards in lists.items():
        planned[batch.pk] = _listed(batch, awards, holders)
    return planned


def draft(batch: Batch, claims: Claims) -> Draft:
    return Draft(claims, issuer_of(batch), _texts(batch))


def issuer_of(batch: Batch) -> Profile:
    """Who issues, by the name that the approval wrote down."""
    return profile(batch.authority_name or UNNAMED)


def _texts(batch: Batch) -> tuple[str, ...]:
    """What the certificate prints beside its record."""
    return (batch.station.name,)


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
            authority=batch.authority,
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
    """Is a number and version taken already? One query for all that is planned; of a roll it asks for the
    numbers between its first and its last.

    A legacy number that is another person's is a conflict: both rows stand, and people decide.
    """
    spans: list[tuple[str, str]] = []
    disputed: set[str] = set()
    for one in planned:
        if isinstance(one.drafts, Roll):
            spans += [(one.numbers[0], one.numbers[-1])] if one.numbers else []
        else:
            spans += [(number, number) for number in one.numbers]
            disputed.update(n for n, conflict in zip(one.numbers, one.conflicts, strict=True) if conflict)
    with connection.cursor() as cursor:
        cursor.execute(
            f'select number, version from "{Certificate._meta.db_table}" '  # noqa: S608 - a table's name
            "join unnest(%s::text[], %s::text[]) as span(low, high) on number between low and high",
            [[low for low, _ in spans], [high for _, high in spans]],
        )
        known = set(cursor.fetchall())
    return lambda number, version: (number, version) in known and number not in disputed


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


def _examined(batches: Sequence[Batch], passing: Mapping[int, Passes]) -> dict[int, Planned]:
    """Counters are locked once for all batches, in the order of their keys."""
    wanted: dict[tuple[str, int, int], int] = defaultdict(int)
    by_year: dict[int, int] = defaultdict(int)
    for batch in batches:
        assert batch.issued_on is not None and batch.level is not None and batch.session_id is not None
        count = len(passing.get(batch.session_id, Passes()).names)
        wanted[batch.institution, batch.issued_on.year, batch.level] += count
        by_year[batch.issued_on.year] += count
    on = {b.issued_on.year: b.issued_on for b in batches if b.issued_on}
    serials = {key: take_serials(*key, count, on[key[1]]) for key, count in sorted(wanted.items())}
    slots = {year: iter(take_slots(year, count)) for year, count in sorted(by_year.items())}
    planned = {}
    for batch in batches:
        assert batch.issued_on is not None and batch.level is not None
        key = (batch.institution, batch.issued_on.year, batch.level)
        mine = passing.get(batch.session_id or 0, Passes())
        count = len(mine.names)
        roll = _roll(batch, mine, serials[key], list(islice(slots[batch.issued_on.year], count)))
        serials[key] += count
        planned[batch.pk] = Planned(
            Basis.EXAM, roll, mine.registrations, mine.persons, (None,) * count, (0,) * count
        )
    return planned


def _roll(batch: Batch, mine: Passes, serial: int, slots: Sequence[int]) -> Roll:
    assert batch.issued_on is not None and batch.level is not None and batch.session is not None
    day, count, size = batch.exam_on or batch.issued_on, len(mine.names), claims_.SALT_BYTES
    good = 10 * law().number("assessment.good_mark", on=day, place=batch.region)
    excellent = 10 * law().number("assessment.excellent_mark", on=day, place=batch.region)
    salts = secrets.token_bytes(size * count)
    first = QualificationNumber(
        batch.issued_on.year, InstitutionNumber.parse(batch.institution), batch.level, 1
    )
    common = Claims(
        number="", name="", document=DocumentKind.OTHER, document_tail="", sex=Sex.UNKNOWN, birth=None,
        occupation=batch.occupation, occupation_code=batch.occupation_code, level=batch.level, theory=None,
        practice=None, comprehensive=None, rating=Rating.UNRATED, issued=batch.issued_on,
        institution=batch.institution, authority=batch.authority, sitting=str(batch.session.uuid),
        basis=Basis.EXAM, version=1, status=0, salt=b"",
    )  # fmt: skip
    return Roll(
        common=common, issuer=issuer_of(batch), texts=_texts(batch), prefix=str(first)[:11],
        serials=range(serial, serial + count), names=names.printed_all(mine.names),
        documents=[_KINDS[kind] for kind in mine.document_kinds], tails=mine.document_tails,
        sexes=[_SEX[sex] for sex in mine.sexes], births=mine.births, theory=mine.theory, practice=mine.practice,
        comprehensive=mine.review, ratings=_ratings(mine, good, excellent), statuses=slots,
        salts=[salts[at : at + size] for at in range(0, size * count, size)],
    )  # fmt: skip


def _listed(batch: Batch, awards: Sequence[Award], holders: dict[str, int]) -> Planned:
    """`holders`: the highest conflict counter of each number held; what is planned here joins it, for the lists
    that follow in the same group."""
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
    planned: list[tuple[Draft, int | None, int, int | None, int]] = []
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
        conflict = 0
        if award.replaces is None:
            conflict = holders[number] = holders.get(number, -1) + 1
        elif award.replaces.number == number:
            conflict = award.replaces.conflict
        planned.append((draft(batch, claims), registration, award.person_id, award.replaces_id, conflict))
    if not planned:
        return Planned(Basis.EXAM, (), (), (), (), ())
    drafts, registrations, persons, replaces, conflicts = zip(*planned, strict=True)
    return Planned(drafts[0].claims.basis, drafts, registrations, persons, replaces, conflicts)


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
        authority=batch.authority, sitting="", basis=basis, version=1, status=slot,
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


def _ratings(mine: Passes, good: int, excellent: int) -> list[Rating]:
    """合格, 良好, 优秀 by the lowest of the parts, in tenths of a point."""
    each = zip(mine.theory, mine.practice, mine.review, strict=True)
    lowest = [min([mark for mark in marks if mark is not None], default=0) for marks in each]
    return [
        Rating.EXCELLENT if low >= excellent else Rating.GOOD if low >= good else Rating.PASS
        for low in lowest
    ]


def _parts(level: int, day: date, region: str) -> list[str]:
    parts = law().value(f"assessment.parts.level{level}", on=day, place=region).value
    return [str(p) for p in parts] if isinstance(parts, list | tuple) else []

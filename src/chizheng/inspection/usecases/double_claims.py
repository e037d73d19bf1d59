"""One certificate claimed at two employers at once 挂证: found in filings and staff lists, handed to quality.

Somebody who holds a certificate and stands in a post of its occupation at two employers over the same
days, for longer than `inspection.double_claim_days`, may have lent the paper to one of them. Part-time
work may explain it: that is for the investigation to find out. The summary names no person and no employer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from django.db import transaction

from chizheng.access.models import StaffMember
from chizheng.certificates.queries import held
from chizheng.inspection.models import Filing
from chizheng.kernel.levels import covers
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.happenings import announce
from chizheng.quality.models import Case

SOURCE = "employers"
_FAR = date(9999, 1, 1)

SUMMARY = Wording(
    zh="证书编号 {number}（{occupation}）：自 {since} 起 {days} 天内同时被两家单位列为在岗持证，疑似挂证。"
    "单位和人员见用工备案，此处不列",
    en="Certificate {number} ({occupation}): claimed by two employers at once for {days} days since {since}; possibly "
    "lent. Employers and person are in the filings and not named here",
)


@dataclass(frozen=True, slots=True)
class _Post:
    employer: int
    occupation: str
    level: int | None
    place: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class DoubleClaim:
    """A certificate and the days over which two employers claimed it; `place` of the later post."""

    certificate: int
    number: str
    occupation: str
    place: str
    since: date
    days: int


def find_double_claims(*, on: date, persons: Collection[int] | None = None) -> list[DoubleClaim]:
    """Double claims up to the day, of those persons or of everybody."""
    limit = law().number("inspection.double_claim_days", on=on)
    posts = _posts(persons)
    several = {p: rows for p, rows in posts.items() if len({r.employer for r in rows}) > 1}
    found = []
    for person, holdings in held(several).items():
        for one in holdings:
            if one.state != "valid":
                continue
            mine = [
                p for p in several[person]
                if p.occupation == one.occupation and (p.level is None or covers(one.level, p.level))
            ]  # fmt: skip
            longest = max(_overlaps(mine, on), default=None, key=lambda o: o[1])
            if longest is not None and longest[1] > limit:
                since, days, later = longest
                found.append(
                    DoubleClaim(one.certificate, one.number, one.occupation, later.place, since, days)
                )
    return found


def _overlaps(posts: list[_Post], on: date) -> Iterator[tuple[date, int, _Post]]:
    for one, other in combinations(posts, 2):
        if one.employer == other.employer:
            continue
        start, end = max(one.start, other.start), min(one.end, other.end, on)
        if start < end:
            yield start, (end - start).days, max(one, other, key=lambda p: p.start)


def _posts(persons: Collection[int] | None) -> dict[int, list[_Post]]:
    """Posts by person from both lists; an employer's own staff list and its filing are one employer's."""
    found: dict[int, list[_Post]] = defaultdict(list)
    filings = Filing.objects.filter(superseded_at=None, person__isnull=False)
    staff = StaffMember.objects.filter(person__isnull=False).select_related("organisation")
    if persons is not None:
        filings, staff = filings.filter(person_id__in=persons), staff.filter(person_id__in=persons)
    for row in filings.iterator():
        assert row.person_id is not None
        found[row.person_id].append(
            _Post(row.employer_id, row.occupation, row.level, row.region, row.period.lower, row.period.upper or _FAR)
        )  # fmt: skip
    for member in staff.iterator():
        assert member.person_id is not None
        found[member.person_id].append(
            _Post(member.organisation_id, member.occupation, member.level, member.organisation.region, member.since,
                  member.until or _FAR)
        )  # fmt: skip
    return found


@transaction.atomic
def announce_double_claims(*, now: datetime, persons: Collection[int] | None = None) -> int:
    """Hand double claims to quality; one that a case was made of since it began is not handed over again."""
    told = 0
    for claim in find_double_claims(on=day_of(now), persons=persons):
        cases = Case.objects.filter(source=SOURCE, certificate_number=claim.number)
        if any(day_of(at) >= claim.since for at in cases.values_list("received_at", flat=True)):
            continue
        summary = SUMMARY.zh.format(
            number=claim.number, occupation=claim.occupation, since=claim.since.isoformat(), days=claim.days
        )
        ledger.record(verb="inspection.double_claim", subject=("certificates.certificate", str(claim.certificate)),
                      actor=None, now=now, days=claim.days)  # fmt: skip
        announce(
            "certificate_suspicious", source=SOURCE, certificate_number=claim.number, region=claim.place, summary=summary,
            at=now,
        )  # fmt: skip
        told += 1
    return told

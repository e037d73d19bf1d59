"""What PostgreSQL knows, copied out for a screening: filings, certificates with the days they held,
approved exemptions, demands.

Persons meet by a signed 63-bit key, the first eight bytes of the keyed document digest. A certificate is
written under every document of its holder that some filing bears, so that a filing under an old passport
finds it. A paper certificate counts once an inspector has checked it with its issuer. Filings that end
before the period, or were superseded, are left out.
"""

# ruff: noqa: S608 - only our own fragments enter the SQL; values are parameters

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from django.db import connection

from chizheng.inspection.io import extracts

KEY = "(('x' || encode(substr({digest}, 1, 8), 'hex'))::bit(64)::bigint >> 1) & 9223372036854775807"

SPELLS = """
with marks as (
    select c.id, 'issue' as kind, c.issued_on as on_day, 0 as seq
    from certificates_certificate c join certificates_batch b on b.id = c.batch_id
    where b.state in ('published', 'annulled')
    union all
    select e.certificate_id, e.kind, greatest(e.effective_on, c.issued_on), e.id
    from certificates_certificateevent e join certificates_certificate c on c.id = e.certificate_id where e.kind in ('suspend', 'reinstate', 'revoke', 'supersede')
), turns as (
    select id, kind, on_day, lead(on_day) over (partition by id order by on_day, seq) as until_day from marks
), spells as (
    select id, on_day, until_day from turns
    where kind in ('issue', 'reinstate') and (until_day is null or until_day > on_day)
)
"""
"""The days on which each certificate held, folded from its events."""

CONCERNED = """concerned as (
    select distinct f.number_digest, f.document_kind from inspection_filing f
    where f.superseded_at is null and f.period && daterange(%(from)s, %(until)s) and f.region like %(place)s
)"""
"""The documents of the filings that are asked about."""

CERTIFICATES = f"""{SPELLS}, {CONCERNED}
select {KEY.format(digest="d.number_digest")}, c.occupation, c.level, s.on_day, s.until_day
from spells s
join certificates_certificate c on c.id = s.id
join people_document d on d.person_id = c.person_id
join concerned n on n.number_digest = d.number_digest and n.document_kind = d.kind
union all
select {KEY.format(digest="f.number_digest")}, f.occupation, coalesce(a.level, 9), a.issued_on, null
from inspection_answer a join inspection_filing f on f.id = a.filing_id
join concerned n on n.number_digest = f.number_digest and n.document_kind = f.document_kind
where a.genuine
order by 1, 2, 3, 4
"""

EXEMPTIONS = f"""
select distinct {KEY.format(digest="f.number_digest")}, x.occupation, x.code, lower(x.period), upper(x.period)
from access_exceptionrequest x
join inspection_filing f on f.employer_id = x.organisation_id and f.occupation = x.occupation
    and f.region like x.place || '%%'
    and (x.document_digest is null or x.document_digest = f.number_digest)
where x.state = 'granted' and f.superseded_at is null and f.region like %(place)s
order by 1, 2, 3, 4
"""
"""Granted to the employer, or for one person of it; the exempted meet by person, occupation and text."""

HELD = f"""{SPELLS}
select f.id, c.number, c.occupation, c.level, s.on_day, s.until_day
from inspection_filing f
join people_document d on d.number_digest = f.number_digest and d.kind = f.document_kind
join certificates_certificate c on c.person_id = d.person_id
join spells s on s.id = c.id
where f.id = any(%(filings)s)
union all
select f.id, a.certificate_number, f.occupation, a.level, a.issued_on, null
from inspection_answer a join inspection_filing f on f.id = a.filing_id
where a.genuine and f.id = any(%(filings)s) order by 1, 5
"""

EMPLOYMENT = f"""
select f.id, {KEY.format(digest="f.number_digest")}, f.employer_id, f.occupation, f.level, f.region,
    lower(f.period), upper(f.period)
from inspection_filing f
where f.superseded_at is null and f.period && daterange(%(from)s, %(until)s) and f.region like %(place)s
order by f.id
"""

DEMANDS = """
select d.id * 3, d.employer_id, d.occupation, d.region, lower(d.period), upper(d.period)
from inspection_demand d where d.region like %(place)s
union all
select f.id * 3 + 1, f.employer_id, f.occupation, f.region, lower(f.period), upper(f.period)
from inspection_filing f where f.demanded and f.superseded_at is null and f.region like %(place)s
union all
select distinct a.id * 3 + 2, a.organisation_id, p ->> 'occupation', a.place, a.on, null::date
from access_ad a, jsonb_array_elements(a.vetting -> 'posts') p
where a.place <> '' and a.place like %(place)s and p ->> 'role' = 'post'
    and jsonb_path_exists(a.vetting, '$.findings[*] ? (@.code == "over_gating")')
"""
"""Demands noted by hand, those of filings, and those that vetting found in advertisements (modulo 3)."""

CHANGED = f"""
select distinct {KEY.format(digest="x.number_digest")} from (
    select f.number_digest from inspection_filing f
    where f.filed_at >= %(since)s or f.superseded_at >= %(since)s
        or (lower(f.period) > %(last)s and lower(f.period) < %(until)s)
        or (upper(f.period) > %(last)s and upper(f.period) < %(until)s)
    union all
    select d.number_digest from people_document d
    join certificates_certificate c on c.person_id = d.person_id
    join certificates_batch b on b.id = c.batch_id
    where b.published_at >= %(since)s or (c.issued_on > %(last)s and c.issued_on < %(until)s)
        or exists (select 1 from certificates_certificateevent e where e.certificate_id = c.id
            and (e.at >= %(since)s or (e.effective_on > %(last)s and e.effective_on < %(until)s)))
    union all
    select f.number_digest from inspection_answer a join inspection_filing f on f.id = a.filing_id
    where a.checked_at >= %(since)s
    union all
    select f.number_digest from access_exceptionrequest x
    join inspection_filing f on f.employer_id = x.organisation_id and f.occupation = x.occupation
    where x.decided_at >= %(since)s or (lower(x.period) > %(last)s and lower(x.period) < %(until)s)
        or (upper(x.period) > %(last)s and upper(x.period) < %(until)s)
) x
"""
"""Persons about whom something was written since, or for whom a day in between changes something."""


def copy_out(kind: str, target: Path, *, sql: str, params: dict[str, object]) -> int:
    """Write the rows of a query as the Parquet table `kind`; returns how many."""
    return extracts.pack(_stream(sql, params), kind, target)


def _stream(sql: str, params: dict[str, object]) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(f"copy ({sql}) to stdout (format csv)", params) as copy:
        for chunk in copy:
            yield bytes(chunk)


def export(folder: Path, *, start: date, until: date, place: str) -> tuple[int, dict[str, str]]:
    """The tables of a screening into `folder`; returns the number of filings and the SHA-256 of each table."""
    asked = {"from": start, "until": until, "place": f"{place}%"}
    counts = {
        kind: copy_out(kind, folder / f"{kind}.parquet", sql=sql, params=asked)
        for kind, sql in (
            ("employment", EMPLOYMENT), ("certificates", CERTIFICATES), ("exemptions", EXEMPTIONS),
        )
    }  # fmt: skip
    return counts["employment"], {kind: extracts.sha256(folder / f"{kind}.parquet") for kind in counts}


def held_by(filings: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    """Filing id to the certificates (number, occupation, level, days) its bearer is known to hold."""
    found: dict[int, list[dict[str, object]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"filings": list(filings)})
        for filing, number, occupation, level, start, until in cursor.fetchall():
            found.setdefault(filing, []).append(
                {"number": number, "occupation": occupation, "level": level, "from": start.isoformat(),
                 "until": until.isoformat() if until else None}
            )  # fmt: skip
    return found

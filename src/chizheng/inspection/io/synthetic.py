"""A synthetic province 模拟省 in Parquet: certificates, filings, gates and demands, all from a seed.

Nothing in it is a real person: keys are hashes of running numbers. Shapes that matter to screening are
kept: few large and many small employers, most certificates without an end, some revoked, some suspended
and restored, national gates over provincial ones in four epochs, people with several jobs, and edge days
(a certificate that begins on the first day of work, or ends on it).

The random numbers are DuckDB's `hash`, so a file is reproducible for one version of DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

PROVINCES = (
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41,
    42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """Where the tables of one synthetic province lie."""

    certificates: Path
    employment: Path
    gates: Path
    demands: Path


def write_province(
    folder: Path,
    *,
    certificates: int,
    employment: int,
    seed: int = 1997,
    ordered: bool = False,
    threads: int = 2,
) -> Files:
    """Write the four tables into `folder` (made if absent) and say where they are.

    `ordered` writes both large tables in the order of the person key, as the key-sorted path wants them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(
        *(folder / f"{name}.parquet" for name in ("certificates", "employment", "gates", "demands"))
    )
    persons = max(1, employment * 3 // 4)
    employers = max(1, employment // 12)
    order = "ORDER BY person, occupation" if ordered else ""
    con = duckdb.connect(config={"threads": threads, "preserve_insertion_order": ordered})
    try:
        con.execute(
            _MACROS.format(seed=int(seed), provinces=list(PROVINCES), persons=persons, employers=employers)
        )
        for path, query in (
            (files.gates, _GATES),
            (files.employment, f"{_EMPLOYMENT.format(rows=employment)} {order}"),
            (files.certificates, f"{_CERTIFICATES.format(rows=certificates, filings=employment)} {order}"),
            (files.demands, _DEMANDS.format(rows=max(1, employment // 100))),
        ):
            target = str(path).replace("'", "''")
            con.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    finally:
        con.close()
    return files


_MACROS = """
-- draw(row, column): uniform in [0, 1); skew: many small numbers, few large ones
CREATE MACRO bits(row, col) AS hash(row, col, {seed}) >> 11;
CREATE MACRO draw(row, col) AS bits(row, col)::DOUBLE / 9007199254740992.0;
CREATE MACRO person_key(p) AS (hash(p, 'person', {seed}) >> 1)::BIGINT;
CREATE MACRO person_of(i) AS floor(draw(i, 'p') * {persons})::BIGINT;
CREATE MACRO employer_of(i) AS floor(power(draw(i, 'e'), 2.5) * {employers})::BIGINT;
CREATE MACRO occupation_of(i) AS (1 + floor(power(draw(i, 'o'), 1.4) * 300))::INTEGER;
CREATE MACRO place_of(employer) AS
    ({provinces}[1 + (hash(employer, 'place', {seed}) % 31)::INTEGER] * 10000
     + (1 + hash(employer, 'city', {seed}) % 9) * 100 + 1 + hash(employer, 'county', {seed}) % 5)::INTEGER;
CREATE MACRO start_of(i) AS DATE '1996-01-01' + floor(power(draw(i, 's'), 0.6) * 11100)::INTEGER;
CREATE MACRO length_of(i) AS 30 + floor(power(draw(i, 'l'), 2) * 4000)::INTEGER;
"""

_EMPLOYMENT = """
SELECT i::BIGINT AS filing, person_key(person_of(i)) AS person, employer_of(i) AS employer,
       occupation_of(i) AS occupation, place_of(employer_of(i)) AS place, start_of(i) AS start_date,
       CASE WHEN draw(i, 'open') < 0.4 THEN DATE '9999-12-31' ELSE start_of(i) + length_of(i) END AS end_date
FROM range({rows}) t(i)
"""

_CERTIFICATES = """
SELECT person, occupation, level, valid_from, valid_until FROM (
    SELECT *, CASE
        WHEN fate < 0.04 THEN valid_from + 200 + (span * 3000)::INTEGER   -- revoked
        WHEN fate < 0.06 THEN works_from                                  -- ends on the first day of work
        WHEN fate < 0.09 THEN valid_from + 90                             -- first part of a suspension
        ELSE DATE '9999-12-31' END AS valid_until
    FROM (
        SELECT person_key(CASE WHEN j % 20 < 13 THEN person_of(f) ELSE person_of(-j - 1) END) AS person,
               occupation_of(f) AS occupation, draw(j, 'fate') AS fate, draw(j, 'span') AS span,
               CASE WHEN draw(j, 'level') < 0.35 THEN 5 WHEN draw(j, 'level') < 0.72 THEN 4
                    WHEN draw(j, 'level') < 0.93 THEN 3 WHEN draw(j, 'level') < 0.985 THEN 2 ELSE 1
               END::INTEGER AS level,
               start_of(f) AS works_from,
               CASE WHEN draw(j, 'edge') < 0.05 THEN start_of(f)
                    ELSE start_of(f) - 2500 + (draw(j, 'from') * 3400)::INTEGER END AS valid_from
        FROM (SELECT i::BIGINT AS j, floor(draw(i, 'filing') * {filings})::BIGINT AS f FROM range({rows}) t(i))
    )
)
"""

_GATES = """
WITH epochs(epoch, valid_from, valid_until) AS (VALUES
    (0, DATE '1997-08-25', DATE '2000-07-01'), (1, DATE '2000-07-01', DATE '2015-11-12'),
    (2, DATE '2015-11-12', DATE '2021-12-01'), (3, DATE '2021-12-01', DATE '9999-12-31')),
national AS (
    SELECT o AS occupation, 0 AS place, e.epoch, e.valid_from, e.valid_until FROM epochs e, range(1, 31) t(o)
    WHERE e.epoch < 2 OR o <= 12),
provincial AS (
    SELECT 101 + (hash(s, p, 'gate') % 100) AS occupation, p * 10000 AS place, e.epoch, e.valid_from, e.valid_until
    FROM epochs e, (SELECT unnest([11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45,
                                   46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65]) AS p), range(0, 66) t(s))
SELECT row_number() OVER (ORDER BY place, occupation, epoch)::BIGINT AS gate, occupation::INTEGER AS occupation,
       place::INTEGER AS place, (CASE WHEN occupation % 7 = 0 THEN 3 WHEN occupation % 3 = 0 THEN 4
                                      WHEN occupation % 11 = 0 THEN 9 ELSE 5 END)::INTEGER AS level,
       valid_from, valid_until,
       '模拟门槛 ' || epoch || ' 第' || occupation || '条' AS citation
FROM (SELECT DISTINCT * FROM (SELECT * FROM national UNION ALL SELECT * FROM provincial))
"""

_DEMANDS = """
SELECT i::BIGINT AS demand, employer_of(i) AS employer, occupation_of(i) AS occupation,
       place_of(employer_of(i)) AS place, start_of(i) AS start_date, start_of(i) + 60 AS end_date
FROM range({rows}) t(i)
"""

-- Screening 比对筛查: who works in a gated post without a certificate that opens it on the first day?
--
-- gated   the answer of gated.sql
-- covers  person, occupation, level, valid_from, valid_until                 certificates
-- exempt  person, occupation, gate, valid_from, valid_until                  approved exemptions
--
-- Levels run backwards (5 lowest, 1 highest), so "at or above" is `<=`; 9 is "no level". Not the latest
-- certificate counts but any one valid that day. The anti-joins are spelled LEFT JOIN ... IS NULL, which
-- every engine plans well; NOT EXISTS says the same and was slower on DuckDB 2.0 when both were tried.
SELECT s.filing, s.person, s.employer, s.occupation, s.place, s.gate, s.level, s.first_day, s.end_day
FROM gated AS s
LEFT JOIN covers AS c
    ON c.person = s.person AND c.occupation = s.opened_by AND c.level <= s.level
    AND c.valid_from <= s.first_day AND c.valid_until > s.first_day
LEFT JOIN exempt AS x
    ON x.person = s.person AND x.occupation = s.occupation AND x.gate = s.gate
    AND x.valid_from <= s.first_day AND x.valid_until > s.first_day
WHERE s.first_day < s.end_day AND c.person IS NULL AND x.person IS NULL

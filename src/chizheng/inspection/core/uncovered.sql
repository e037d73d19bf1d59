-- Uncovered intervals 无证在岗区间: on which days of a gated spell does no certificate open the gate?
--
-- Cover can begin to be missing on the first day of a spell or on the day a cover ends; where it is
-- missing, it stays so until the next cover begins or the spell ends. So the intervals are disjoint, and
-- their lengths add up to the uncovered days. Relations and conventions as in screening.sql.
WITH covered AS (
    SELECT s.filing, s.gate, c.valid_from, c.valid_until
    FROM gated AS s
    JOIN covers AS c ON c.person = s.person AND c.occupation = s.opened_by
    WHERE c.level <= s.level AND c.valid_from < s.end_day AND c.valid_until > s.first_day
    UNION ALL
    SELECT s.filing, s.gate, x.valid_from, x.valid_until
    FROM gated AS s
    JOIN exempt AS x ON x.person = s.person AND x.occupation = s.occupation AND x.gate = s.gate
    WHERE x.valid_from < s.end_day AND x.valid_until > s.first_day
),
openings AS (
    SELECT s.filing, s.person, s.employer, s.occupation, s.place, s.gate, s.level, s.first_day, s.end_day,
        s.first_day AS uncovered_from
    FROM gated AS s
    WHERE s.first_day < s.end_day
    UNION ALL
    SELECT DISTINCT s.filing, s.person, s.employer, s.occupation, s.place, s.gate, s.level, s.first_day,
        s.end_day, c.valid_until AS uncovered_from
    FROM gated AS s
    JOIN covered AS c ON c.filing = s.filing AND c.gate = s.gate
    WHERE c.valid_until < s.end_day
),
uncovered AS (
    SELECT o.filing, o.person, o.employer, o.occupation, o.place, o.gate, o.level, o.first_day, o.end_day,
        o.uncovered_from
    FROM openings AS o
    LEFT JOIN covered AS c
        ON c.filing = o.filing AND c.gate = o.gate
        AND c.valid_from <= o.uncovered_from AND c.valid_until > o.uncovered_from
    WHERE c.filing IS NULL
),
resumed AS (
    SELECT u.filing, u.gate, u.uncovered_from, MIN(c.valid_from) AS covered_from
    FROM uncovered AS u
    JOIN covered AS c ON c.filing = u.filing AND c.gate = u.gate
    WHERE c.valid_from > u.uncovered_from
    GROUP BY u.filing, u.gate, u.uncovered_from
)
SELECT u.filing, u.person, u.employer, u.occupation, u.place, u.gate, u.level, u.first_day, u.end_day,
    u.uncovered_from, LEAST(u.end_day, COALESCE(r.covered_from, u.end_day)) AS uncovered_until
FROM uncovered AS u
LEFT JOIN resumed AS r
    ON r.filing = u.filing AND r.gate = u.gate AND r.uncovered_from = u.uncovered_from

-- Gated spells 准入岗位在岗期: every filing under every gate that stood before its post.
--
-- Asked for [:from_date, :until_date), half-open; one day is [day, day + 1). `first_day` is the first day
-- both employed and bound by the gate inside the period, `end_day` the first day no longer so. Who was in
-- post before a gate's in_post_before is bound only from its in_post_from (9999-12-31: never).
--
-- employment  filing, person, employer, occupation, level, place, start_date, end_date
-- gates       gate, occupation, opened_by, place, level, level_floor, valid_from, valid_until, in_post_before,
--             in_post_from
--
-- `occupation` of a gate is that of the post, `opened_by` that of the certificate; they differ only where
-- an occupation was renamed. The stricter of the gate's and the post's level counts (9: none stated), but
-- for a licence without levels (level_floor 9) any certificate does.
-- Places are six digits: 0 the country, 440000 a province, 440100 a city, 440103 a county. A gate binds
-- its place and all within; one equi-join per depth costs far less than one join with OR (docs/scale.md).
SELECT e.filing, e.person, e.employer, e.occupation, e.place, g.gate, g.opened_by,
    GREATEST(LEAST(g.level, e.level), g.level_floor) AS level,
    GREATEST(e.start_date, g.valid_from, :from_date,
        CASE WHEN e.start_date < g.in_post_before THEN g.in_post_from ELSE g.valid_from END) AS first_day,
    LEAST(e.end_date, g.valid_until, :until_date) AS end_day
FROM employment AS e
JOIN gates AS g ON g.occupation = e.occupation
WHERE g.place = 0
    AND e.start_date < :until_date AND e.end_date > :from_date
    AND g.valid_from < :until_date AND g.valid_until > :from_date
UNION ALL
SELECT e.filing, e.person, e.employer, e.occupation, e.place, g.gate, g.opened_by,
    GREATEST(LEAST(g.level, e.level), g.level_floor) AS level,
    GREATEST(e.start_date, g.valid_from, :from_date,
        CASE WHEN e.start_date < g.in_post_before THEN g.in_post_from ELSE g.valid_from END) AS first_day,
    LEAST(e.end_date, g.valid_until, :until_date) AS end_day
FROM employment AS e
JOIN gates AS g ON g.occupation = e.occupation AND g.place = e.place - e.place % 10000
WHERE g.place % 10000 = 0 AND g.place > 0
    AND e.start_date < :until_date AND e.end_date > :from_date
    AND g.valid_from < :until_date AND g.valid_until > :from_date
UNION ALL
SELECT e.filing, e.person, e.employer, e.occupation, e.place, g.gate, g.opened_by,
    GREATEST(LEAST(g.level, e.level), g.level_floor) AS level,
    GREATEST(e.start_date, g.valid_from, :from_date,
        CASE WHEN e.start_date < g.in_post_before THEN g.in_post_from ELSE g.valid_from END) AS first_day,
    LEAST(e.end_date, g.valid_until, :until_date) AS end_day
FROM employment AS e
JOIN gates AS g ON g.occupation = e.occupation AND g.place = e.place - e.place % 100
WHERE g.place % 100 = 0 AND g.place % 10000 > 0
    AND e.start_date < :until_date AND e.end_date > :from_date
    AND g.valid_from < :until_date AND g.valid_until > :from_date
UNION ALL
SELECT e.filing, e.person, e.employer, e.occupation, e.place, g.gate, g.opened_by,
    GREATEST(LEAST(g.level, e.level), g.level_floor) AS level,
    GREATEST(e.start_date, g.valid_from, :from_date,
        CASE WHEN e.start_date < g.in_post_before THEN g.in_post_from ELSE g.valid_from END) AS first_day,
    LEAST(e.end_date, g.valid_until, :until_date) AS end_day
FROM employment AS e
JOIN gates AS g ON g.occupation = e.occupation AND g.place = e.place
WHERE g.place % 100 > 0
    AND e.start_date < :until_date AND e.end_date > :from_date
    AND g.valid_from < :until_date AND g.valid_until > :from_date

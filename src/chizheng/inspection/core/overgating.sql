-- Over-gating 违规设限: which employers demand a certificate that no text lets them demand?
--
-- Asked for [:from_date, :until_date); judged on the first day the demand stood inside the period, and
-- only from :unlawful_from, the day since which a demand without a legal basis is itself a violation.
--
-- demands  demand, employer, occupation, place, start_date, end_date    posts or advertisements
-- bases    occupation, place, valid_from, valid_until                   gates and other bodies' licences
WITH stood AS (
    SELECT d.demand, d.employer, d.occupation, d.place,
        GREATEST(d.start_date, :from_date, :unlawful_from) AS first_day,
        LEAST(d.end_date, :until_date) AS end_day
    FROM demands AS d
    WHERE d.start_date < :until_date AND d.end_date > :from_date AND d.end_date > :unlawful_from
)
SELECT s.demand, s.employer, s.occupation, s.place, s.first_day, s.end_day
FROM stood AS s
WHERE s.first_day < s.end_day
    AND NOT EXISTS (
        SELECT 1 FROM bases AS b
        WHERE b.occupation = s.occupation AND b.place = 0
            AND b.valid_from <= s.first_day AND b.valid_until > s.first_day
    )
    AND NOT EXISTS (
        SELECT 1 FROM bases AS b
        WHERE b.occupation = s.occupation AND b.place > 0 AND b.place = s.place - s.place % 10000
            AND b.valid_from <= s.first_day AND b.valid_until > s.first_day
    )
    AND NOT EXISTS (
        SELECT 1 FROM bases AS b
        WHERE b.occupation = s.occupation AND b.place > 0 AND b.place = s.place - s.place % 100
            AND b.valid_from <= s.first_day AND b.valid_until > s.first_day
    )
    AND NOT EXISTS (
        SELECT 1 FROM bases AS b
        WHERE b.occupation = s.occupation AND b.place > 0 AND b.place = s.place
            AND b.valid_from <= s.first_day AND b.valid_until > s.first_day
    )

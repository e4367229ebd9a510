SELECT period, edition, layer, avg(score) AS mean, min(score) AS lowest FROM mart.standing
WHERE scorecard = ? AND list_contains(?::VARCHAR[], period) /*scope unit*/ GROUP BY period, edition, layer ORDER BY period, edition

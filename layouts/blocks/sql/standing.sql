SELECT * FROM mart.standing WHERE scorecard = ? AND period = ? AND layer = 'official' /*scope unit*/
ORDER BY rank NULLS LAST, unit

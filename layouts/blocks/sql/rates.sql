SELECT node, numerator, denominator, rate, shrunk, rate_low, rate_high, funnel, publication FROM mart.score_rate
WHERE scorecard = ? AND period = ? AND edition = ? AND unit = ? /*scope unit*/ ORDER BY node

SELECT unit, node, parent, score, max_score, weight, contribution, state FROM mart.score
WHERE scorecard = ? AND period = ? AND layer = 'official' AND parent IS NOT NULL /*scope unit*/ ORDER BY unit, node

SELECT unit, edition, layer, score, rank, tier, rank_low, rank_high FROM mart.standing
WHERE scorecard = ? AND period = ? /*scope unit*/ ORDER BY unit, edition

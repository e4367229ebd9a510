SELECT measure, value, units FROM mart.score_summary WHERE scorecard = ? AND period = ? AND edition = ?

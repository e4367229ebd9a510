SELECT goal_rank, step, node, cases, points, score_after, rank_after, promised, is_reached FROM mart.next_point
WHERE scorecard = ? AND period = ? AND unit = ? /*scope unit*/ ORDER BY step

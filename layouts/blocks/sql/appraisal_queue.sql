SELECT queue_place, unit, criterion, self_value, expected, impact, evidence FROM mart.appraisal
WHERE period = ? AND queue_place IS NOT NULL /*scope unit*/ ORDER BY queue_place LIMIT 25

SELECT * FROM mart.appraisal_standing WHERE period = ? /*scope unit*/ ORDER BY expected_score DESC, unit

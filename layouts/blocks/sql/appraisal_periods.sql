SELECT DISTINCT period FROM mart.appraisal_standing WHERE true /*scope unit*/ ORDER BY period

SELECT unit, criterion, self_value, verified_value, reason, entered_by FROM mart.appraisal
WHERE period = ? AND status = 'disputed' /*scope unit*/ ORDER BY unit, criterion

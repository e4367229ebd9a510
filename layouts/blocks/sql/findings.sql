SELECT unit, kind, value, bound, deviation FROM mart.finding WHERE period = ? /*scope unit*/ ORDER BY kind, unit

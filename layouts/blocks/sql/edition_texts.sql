SELECT file, body FROM mart.edition ORDER BY valid_from NULLS FIRST, edition

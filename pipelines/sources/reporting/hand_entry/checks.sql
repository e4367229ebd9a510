-- reported_once
SELECT field_code, unit_code, period FROM core.report_value GROUP BY ALL HAVING count(*) > 1;

-- field_report_once
SELECT report_code FROM core.field_report GROUP BY report_code HAVING count(*) > 1;

-- submission_once
SELECT report_code, unit_code, period FROM core.report_submission GROUP BY ALL HAVING count(*) > 1;

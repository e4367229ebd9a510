-- count_once
SELECT unit_code, counted_on FROM core.procedure_count GROUP BY ALL HAVING count(*) > 1;

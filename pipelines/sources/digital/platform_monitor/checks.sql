-- count_once
SELECT unit_code, counted_on FROM core.platform_count GROUP BY ALL HAVING count(*) > 1;
